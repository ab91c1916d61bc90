import Foundation
import Testing

@testable import Diagnosing

@Suite("Tables are written as TOON, version 4")
struct TOONTests {
    private static func toon(_ json: String, delimiter: TOONDocument.Delimiter = .comma, indent: Int = 2) throws
        -> String
    {
        try #require(TOONDocument(json: Array(json.utf8))).text(delimiter: delimiter, indent: indent)
    }

    @Test(
        "each form follows from the value",
        arguments: [
            (#"{}"#, ""), (#"[]"#, "[]"), (#"{"a":[]}"#, "a: []"), (#"{"a":{}}"#, "a:"),
            (#"[[],[1]]"#, "[2]:\n  - [0]:\n  - [1]: 1"),
            (#"[{"id":1},{"id":2}]"#, "[2]{id}:\n  1\n  2"),
            (#"{"t":[{"a":1,"b":"x"},{"b":"y","a":2}]}"#, "t[2]{a,b}:\n  1,x\n  2,y"),
            (#"{"t":[{"a":{"x":1,"y":{"z":2}}},{"a":{"x":3,"y":{"z":4}}}]}"#, "t[2]{a{x,y{z}}}:\n  1,2\n  3,4"),
            (#"{"t":[{"a":1},{"a":null}]}"#, "t[2]{a}:\n  1\n  null"),
            (#"{"t":[{"a":1},{"b":1}]}"#, "t[2]:\n  - a: 1\n  - b: 1"),
            (#"{"t":[{"a":{"x":1}},{"a":null}]}"#, "t[2]:\n  - a:\n      x: 1\n  - a: null"),
            (#"{"s":{"eu":{"n":1},"us":{"n":2}}}"#, "s[2:]{n}:\n  eu: 1\n  us: 2"),
            (#"{"eu":{"n":1},"us":{"n":2}}"#, "[2:]{n}:\n  eu: 1\n  us: 2"),
            (#"{"s":{"eu":{"n":1}}}"#, "s:\n  eu:\n    n: 1"),
            (#"{"t":[{"a":{"x":1},"b":{"x":2}},5]}"#, "t[2]:\n  - a:\n      x: 1\n    b:\n      x: 2\n  - 5"),
            (#"{"a":[[{"x":1},{"x":2}]]}"#, "a[1]:\n  - [2]:\n    - x: 1\n    - x: 2"),
            (#"{"i":[{"u":[{"id":1},{"id":2}],"n":"x"}]}"#, "i[1]:\n  - u[2]{id}:\n      1\n      2\n    n: x"),
            (#"{"i":["a",{}]}"#, "i[2]:\n  - a\n  -"),
        ])
    func forms(json: String, expected: String) throws {
        #expect(try Self.toon(json) == expected)
    }

    @Test(
        "numbers keep their digits and lose their dress",
        arguments: [
            ("0", "0"), ("-0", "0"), ("-0.0", "0"), ("0e9", "0"), ("1e6", "1000000"), ("1.50", "1.5"), ("1.0", "1"),
            ("1e-6", "0.000001"), ("1e-7", "1e-7"), ("-1.25e-7", "-1.25e-7"), ("1e20", "100000000000000000000"),
            ("1e21", "1e+21"), ("12.5e29", "1.25e+30"), ("9007199254740993", "9007199254740993"),
            ("0.30000000000000004", "0.30000000000000004"), ("123456789012345680000", "123456789012345680000"),
            ("1e99999999999999999999", "null"), ("1e9223372036854775807", "null"),
        ])
    func numbers(json: String, expected: String) throws {
        #expect(try Self.toon(json) == expected)
    }

    @Test(
        "quotes stand where a text could be taken for something else",
        arguments: [
            ("", "\"\""), (" a", "\" a\""), ("a ", "\"a \""), ("a b", "a b"), ("true", "\"true\""), ("True", "True"),
            ("05", "\"05\""),
            ("+1", "\"+1\""), ("1.", "1."), ("1e5", "\"1e5\""), ("1e", "1e"), ("-x", "\"-x\""), ("#x", "\"#x\""),
            ("a#b-c", "a#b-c"),
            ("a:b", "\"a:b\""), ("a,b", "\"a,b\""), ("a|b", "a|b"), ("x[1]", "\"x[1]\""), ("{x}", "\"{x}\""),
            ("é한🚀", "é한🚀"), ("\u{1F}", "\"\\u001f\""), ("\u{7F}", "\u{7F}"), ("\u{FEFF}8", "\"\u{FEFF}8\""),
            ("\\\"\n\r\t", "\"\\\\\\\"\\n\\r\\t\""),
        ])
    func quotes(text: String, expected: String) throws {
        #expect(try Self.toon(JSONText.quoted(text)) == expected)
    }

    @Test("another delimiter is named in the header, and quoted instead of the comma")
    func delimiters() throws {
        #expect(try Self.toon(#"{"t":["a,b","c|d"]}"#, delimiter: .pipe) == "t[2|]: a,b|\"c|d\"")
        #expect(
            try Self.toon(#"{"s":{"a":{"x":1,"y":2},"b":{"x":3,"y":4}}}"#, delimiter: .tab)
                == "s[2:\t]{x\ty}:\n  a: 1\t2\n  b: 3\t4")
        #expect(try Self.toon(#"{"a":{"b":1}}"#, indent: 4) == "a:\n    b: 1")
    }

    @Test("what is not JSON, says a name twice, or is nested too deep is refused")
    func refuses() {
        let deep = String(repeating: "[", count: 40) + String(repeating: "]", count: 40)
        for text in ["", "{", #"{"a":1,"a":2}"#, deep, "1\nx"] {
            #expect(TOONDocument(json: Array(text.utf8)) == nil, "\(text)")
        }
        #expect(TOONDocument(json: Array("{\"a\":1}\n{\"a\":2}\n".utf8))?.text() == "[2]{a}:\n  1\n  2")
    }

    @Test("an object of many names is read in order, and found by name")
    func manyNames() throws {
        let names = (0..<40).map { "n\($0)" }
        let forward = "{\(names.map { "\"\($0)\":1" }.joined(separator: ","))}"
        let backward = "{\(names.reversed().map { "\"\($0)\":2" }.joined(separator: ","))}"
        let lines = try Self.toon("[\(forward),\(backward)]").split(separator: "\n")
        #expect(lines[0] == "[2]{\(names.joined(separator: ","))}:")
        #expect(lines[2].split(separator: ",").count == 40)
        #expect(JSONText(Array("{\(names.map { "\"\($0)\":1" }.joined(separator: ",")),\"n3\":2}".utf8)) == nil)
    }

    /// Errors as a night's table has them: the scalar fields of our own events.
    static func errors(_ count: Int) -> String {
        let rows = (0..<count).map { index in
            """
            {"time":"2026-11-21T0\(index % 10):1\(index % 6):00Z","level":"error","service":"orders-api",\
            "message":"pool \(index % 7) gave no connection after \(index * 13 % 30_000) ms","code":"DB_\(index % 40)",\
            "release":"2026.11.20-1","environment":"production","host":"web-\(index % 9)","count":\(index % 400)}
            """
        }
        return "{\"errors\":[\(rows.joined(separator: ","))]}"
    }

    @Test("a table of errors takes at most 0.6 of JSON's bytes")
    func ratio() throws {
        let document = try #require(TOONDocument(json: Array(Self.errors(2000).utf8)))
        #expect(Double(document.text().utf8.count) <= 0.6 * Double(document.compactJSONBytes))
    }

    // MARK: conformance

    struct Conformance: Decodable {
        struct Case: Decodable {
            struct Options: Decodable {
                var delimiter: String?
                var indentSize: Int?
            }
            var name: String
            var expected: String
            var options: Options?
        }
        var tests: [Case]
    }

    static let folder = ProcessInfo.processInfo.environment["APPLIANCE_TEST_DATA"].map {
        "\($0)/fixtures/toon/tests/fixtures/encode"
    }

    @Test("the specification's cases", .enabled(if: folder != nil, "needs APPLIANCE_TEST_DATA"))
    func conforms() throws {
        let folder = try #require(Self.folder)
        var cases = 0
        for file in try FileManager.default.contentsOfDirectory(atPath: folder).sorted() where file.hasSuffix(".json") {
            let data = try #require(FileManager.default.contents(atPath: "\(folder)/\(file)"))
            let expected = try JSONDecoder().decode(Conformance.self, from: data).tests
            // Foundation would lose the order of names: the inputs are read by our own reader.
            let inputs = try #require(JSONText(Array(data))?["tests"]?.elements)
            for (test, input) in zip(expected, inputs) {
                let value = try #require(input["input"])
                let delimiter = test.options?.delimiter?.utf8.first ?? 0x2C
                let text = TOONEncoder.text(of: value, delimiter: delimiter, indent: test.options?.indentSize ?? 2)
                #expect(text == test.expected, "\(file): \(test.name)")
                cases += 1
            }
        }
        #expect(cases >= 100)
    }
}
