import ApplianceTestSupport
import Events
import Foundation
import Testing

@testable import Pipeline

@Suite("The door of the fingerprints")
struct FingerprintDoorTests {
    static func fingerprints(_ lines: [String]) throws -> [String] {
        let directory = try TemporaryDirectory()
        defer { directory.remove() }
        try directory.write("appliance.toml", "[report]\nsite = \"here\"\n")
        let file = try directory.write("events.jsonl", lines.joined(separator: "\n"))
        let configuration = try Configuration.load(
            home: Home(path: directory.path), option: directory.path, environment: [:])
        var found: [String] = []
        try Evaluation(configuration: configuration).fingerprints(file: file, now: Timestamp(nanoseconds: 0)) {
            found.append($0)
        }
        return found
    }

    @Test("an event, its text and its message as a whole are one error")
    func forms() throws {
        let trace = "com.acme.OrderError: order 17\\n\\nfailed\\n\\tat com.acme.Orders.find(Orders.java:3)"
        let exceptions = """
            [{"type": "com.acme.OrderError", "message": "order 17\\n\\nfailed", "frames": \
            [{"module": "com.acme.Orders", "function": "find", "file": "Orders.java", "line": 9}]}]
            """
        let found = try Self.fingerprints([
            "{\"text\": \"\(trace)\"}", "{\"message\": \"\(trace)\"}",
            "{\"message\": \"order 17\", \"exceptions\": \(exceptions)}",
        ])
        #expect(Set(found).count == 1)
        #expect(found.count == 3)
    }

    @Test("what is no event is an empty line")
    func none() throws {
        let found = try Self.fingerprints(["[1]", "oops", "{\"message\": \"disk full\"}", "17"])
        #expect(found.map(\.isEmpty) == [true, true, false, true])
    }
}

@Suite("The door of the diagnoses")
struct DiagnosisDoorTests {
    private static let rows = (1...3).map { number in
        """
        {"id": "r\(number)", "trace": "KeyError: 'zip\(number)'", "service": "orders", \
        "expected": {"names": ["key"]}}
        """
    }

    private func run(
        _ directory: TemporaryDirectory, answers: String?
    ) async throws -> (lines: [String], facts: [Evaluation.DiagnosisFacts]) {
        let configuration = try Configuration.load(
            home: Home(path: directory.path), option: directory.path, environment: [:])
        var lines: [String] = []
        let facts = try await Evaluation(configuration: configuration).diagnosis(
            file: directory.path + "/set.jsonl", .init(triageOnly: true, answers: answers), now: Timestamp(seconds: 9)
        ) { lines.append($0) }
        return (lines, facts)
    }

    @Test("a run that was cut short goes on where it was; what is kept is counted and not asked again")
    func resumes() async throws {
        let directory = try TemporaryDirectory()
        defer { directory.remove() }
        try directory.write("appliance.toml", "[report]\nsite = \"here\"\n")
        try directory.write("set.jsonl", Self.rows.joined(separator: "\n"))
        let kept = directory.path + "/kept.jsonl"
        let first = try await run(directory, answers: kept)
        #expect(first.lines.count == 3)
        #expect(try String(contentsOfFile: kept, encoding: .utf8) == first.lines.map { $0 + "\n" }.joined())
        // The second row's answer is another one, so that it is seen where it comes from; the third was torn.
        let changed = first.lines[1].replacing("\"seconds\":0", with: "\"seconds\":6")
        try directory.write("kept.jsonl", first.lines[0] + "\n" + changed + "\n" + first.lines[2].prefix(40))
        let second = try await run(directory, answers: kept)
        #expect(second.lines == [first.lines[0], changed, first.lines[2]])
        #expect(second.facts.first?.secondsARow == 2)
        #expect(second.facts.first?.right.all == 3)
        let third = try await run(directory, answers: kept)
        #expect(third.lines == second.lines)
        #expect(try await run(directory, answers: nil).lines.count == 3)
    }
}

@Suite("Labelled traces", .enabled(if: SharedTestData.isAvailable))
struct LabelledTraceTests {
    private struct Trace: Decodable {
        var bug: String
        var text: String
    }

    @Test("of the pairs put together, 97 in 100 are one bug; a tenth of the pairs of one bug are together")
    func precision() throws {
        let path = try #require(SharedTestData.path) + "/eval/similar/traces.open.jsonl.gz"
        // Reading them all takes the better part of a minute in a debug build.
        let isLong = ProcessInfo.processInfo.environment["APPLIANCE_SOAK"] != nil
        let lines = try Self.unpacked(path).split(separator: 0x0A)
        let traces = try lines.prefix(isLong ? .max : 400).map { try JSONDecoder().decode(Trace.self, from: $0) }
        let rows = try traces.map { trace in
            String(decoding: try JSONEncoder().encode(["text": trace.text]), as: UTF8.self)
        }
        let found = try FingerprintDoorTests.fingerprints(rows)
        try #require(found.count == traces.count)
        let together = Self.pairs(found)
        let right = Self.pairs(zip(found, traces).map { "\($0) \($1.bug)" })
        let same = Self.pairs(traces.map(\.bug))
        #expect(Double(right) >= 0.97 * Double(together))
        #expect(Double(right) >= 0.10 * Double(same))
    }

    private static func unpacked(_ path: String) throws -> Data {
        let (process, pipe) = (Process(), Pipe())
        process.executableURL = URL(fileURLWithPath: "/usr/bin/gzip")
        process.arguments = ["-dc", path]
        process.standardOutput = pipe
        try process.run()
        let data = try pipe.fileHandleForReading.readToEnd() ?? Data()
        process.waitUntilExit()
        return data
    }

    private static func pairs(_ keys: [String]) -> Int {
        keys.reduce(into: [:]) { $0[$1, default: 0] += 1 }.values.reduce(0) { $0 + $1 * ($1 - 1) / 2 }
    }
}
