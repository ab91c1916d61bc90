import Events
import Testing

@testable import Grouping

private func frame(_ module: String, _ function: String) -> StackFrame {
    StackFrame(file: "\(module.split(separator: ".").last ?? "").java", function: function, module: module, line: 7)
}

private func thrown(_ type: String, _ message: String, _ frames: [StackFrame]) -> ErrorEvent {
    var event = ErrorEvent(id: "1", time: Timestamp(nanoseconds: 0), message: "\(type): \(message)")
    event.exceptions = [ExceptionInfo(type: type, message: message, frames: frames)]
    return event
}

private func parts(_ event: ErrorEvent) -> [String] { Grouper().group(event).parts }

@Suite("The place of an error depends on how it comes about")
struct ErrorPlaceTests {
    static let path = ["serve", "load", "parse", "read"].map { frame("com.acme.Orders", $0) }

    @Test(
        "what the language notices is where it is noticed",
        arguments: [
            "java.lang.NullPointerException", "java.lang.ArrayIndexOutOfBoundsException", "TypeError",
            "builtins.AttributeError", "System.NullReferenceException", "SIGSEGV", "NoMethodError",
        ])
    func faults(type: String) {
        #expect(parts(thrown(type, "x", Self.path)) == ["exception: \(type)", "in com.acme.Orders.read"])
    }

    @Test("what the program raises is known by the calls before")
    func raised() {
        let expected = ["load", "parse", "read"].map { "in com.acme.Orders.\($0)" }
        #expect(parts(thrown("OrderError", "x", Self.path)) == ["exception: OrderError"] + expected)
    }

    @Test("guards and nameless frames do not count")
    func passed() {
        let guarded = Self.path + [frame("com.acme.Ids", "verifyRange"), frame("com.acme.Ids", "checkRange")]
        #expect(
            parts(thrown("java.lang.ArithmeticException", "x", guarded)).dropFirst().first == "in com.acme.Orders.read")
        let nameless = [StackFrame(file: "src/app.js", function: "load"), StackFrame(file: "src/app.js")]
        #expect(
            parts(thrown("TypeError", "x", nameless)) == [
                "exception: TypeError", "in src/app.js:load", "in src/app.js",
            ])
    }

    @Test("guards all the way are bounded")
    func guards() {
        let frames = (0..<100).map { frame("com.acme.Ids", "check\($0 % 7 == 0 ? "A" : "B")\($0)") }
        #expect(parts(thrown("E", "x", frames)).count <= 10)
    }
}

@Suite("A failed test is known by what its assertion found")
struct FailedTestTests {
    static func failure(_ message: String, test: String = "findsOpen", type: String = "org.junit.ComparisonFailure")
        -> ErrorEvent
    {
        thrown(
            type, message,
            [
                frame("org.junit.Runner", "run"), frame("com.acme.OrdersTest", test),
                frame("com.acme.OrdersTest", "compare"),
                frame("org.junit.Assert", "assertEquals"),
            ])
    }

    @Test("the same difference in different tests is one bug")
    func difference() {
        let first = Self.failure("expected:<...find(): [undefined]> but was:<...find(): [?]>", test: "a")
        let second = Self.failure("expected:<x = [undefined] or y> but was:<x = [?] or y>", test: "b")
        #expect(
            parts(first) == [
                "exception: org.junit.ComparisonFailure", "in program com.acme", "expected: undefined", "found: ?",
            ])
        #expect(parts(first) == parts(second))
    }

    @Test("a short difference is known by its test")
    func short() {
        let first = Self.failure("expected:<true> but was:<false>", test: "a")
        #expect(
            parts(first) == [
                "exception: org.junit.ComparisonFailure", "in com.acme.OrdersTest.a", "in com.acme.OrdersTest.compare",
                "message: expected:<true> but was:<false>",
            ])
        #expect(parts(first) != parts(Self.failure("expected:<true> but was:<false>", test: "b")))
        #expect(parts(first) != parts(Self.failure("expected:<6> but was:<7>", test: "a")))
    }

    @Test("a telling message is known without its test")
    func message() {
        let words = "no open orders were found in the list of 17 customers"
        let (first, second) = (Self.failure(words, test: "a"), Self.failure(words, test: "b"))
        #expect(parts(first) == parts(second))
        #expect(parts(first).last == "message: \(words)")
    }

    @Test("what differs from run to run stays out")
    func volatile() {
        let (first, second) = (Self.failure("gone: Order@1b6d3586"), Self.failure("gone: Order@77fa1c2d"))
        #expect(parts(first) == parts(second))
    }

    @Test("an assertion outside of tests masks its values")
    func production() {
        let place = [frame("com.acme.Stock", "take")]
        let first = thrown("java.lang.AssertionError", "stock is -3", place)
        #expect(parts(first) == parts(thrown("java.lang.AssertionError", "stock is -4", place)))
        #expect(parts(first).last == "message: java.lang.AssertionError: stock is <num>")
    }

    @Test(
        "both values are read in the words of common frameworks",
        arguments: [
            ("expected:<1234> but was:<99>", "1234", "99"), ("expected: <abc> but was: <xyz>", "abc", "xyz"),
            ("expected: java.lang.String<17> but was: java.lang.Long<99>", "17", "99"),
            ("\nExpected: a(b)\nResult: a(c)", "b", "c"), ("Expected: one\n     but: was two", "one", "two"),
            ("Expected: 10\nReceived: 11", "0", "1"), ("Not equal:\nexpected: 17\nactual  : 29", "17", "29"),
            ("expected one, got two", "one", "two"), ("expected:<가나> but was:<가다>", "나", "다"),
            ("expected:<aa> but was:<aaa>", "", "a"), ("expected:<> but was:<>", "", ""),
        ])
    func values(message: String, expected: String, found: String) throws {
        let finding = try #require(AssertionFinding(message: message))
        #expect(finding.expected == expected)
        #expect(finding.found == found)
    }

    @Test("what names no two values is none", arguments: ["", "expected", "expected a warning", "but was:<1>"])
    func none(message: String) { #expect(AssertionFinding(message: message) == nil) }

    @Test("hostile messages are read in bounds", arguments: HostileMessageTests.shapes + ["expected", "but was", "<"])
    func hostile(piece: String) {
        let text = String(repeating: piece, count: 100_000 / piece.utf8.count)
        for message in [text, "expected:<\(text)> but was:<\(text)x>", "expected \(text) but was"] {
            #expect(AssertionFinding(message: message).map { $0.expected.utf8.count <= 2000 } ?? true)
        }
    }
}
