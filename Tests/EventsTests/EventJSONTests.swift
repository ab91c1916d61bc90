import ApplianceTestSupport
import Foundation
import Testing

@testable import Events

@Suite("An event is written as the encoder writes it, byte for byte")
struct EventJSONTests {
    private static func encoder() -> JSONEncoder {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        encoder.nonConformingFloatEncodingStrategy = .convertToString(
            positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
        return encoder
    }

    private static func expectSame(_ event: ErrorEvent, _ note: Comment? = nil) throws {
        let expected = String(decoding: try encoder().encode(event), as: UTF8.self)
        #expect(String(decoding: EventJSON.encode(event), as: UTF8.self) == expected, note)
    }

    @Test("all that an event may hold, and hardly anything")
    func wholeAndBare() throws {
        try Self.expectSame(ErrorEventTests.full())
        try Self.expectSame(ErrorEvent(id: "", time: Timestamp(nanoseconds: 0), level: .trace, message: ""))
    }

    @Test(
        "numbers as JSON has them, and those that it lacks",
        arguments: [0, -0.0, 12.5, 780, 1e20, 1.7e308, 0.1, -3, .infinity, -.infinity, .nan])
    func numbers(value: Double) throws {
        var event = ErrorEvent(id: "e", time: Timestamp(nanoseconds: 1), level: .error, message: "m")
        event.durationMilliseconds = value
        try Self.expectSame(event)
    }

    @Test("any text in any place", arguments: 0..<8)
    func anything(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        let characters: [Unicode.Scalar] =
            (0...0x7F).map { Unicode.Scalar(UInt8($0)) }
            + ["é", "한", "\u{2028}", "\u{FEFF}", "𝔘", "\u{202E}", "\u{85}"]
        func text() -> String {
            let length = Int.random(in: 0..<12, using: &random)
            return String(
                String.UnicodeScalarView((0..<length).map { _ in characters.randomElement(using: &random) ?? "x" }))
        }
        func perhaps<Value>(_ make: () -> Value) -> Value? { Bool.random(using: &random) ? make() : nil }
        func some<Value>(_ make: () -> Value) -> [Value] {
            (0..<Int.random(in: 0..<4, using: &random)).map { _ in make() }
        }
        func number() -> Int { Int.random(in: -3 ... .max, using: &random) }
        func time() -> Timestamp { Timestamp(nanoseconds: Int64.random(in: 0...(1 << 60), using: &random)) }
        func level() -> LogLevel { LogLevel.allCases.randomElement(using: &random) ?? .error }
        func context() -> FrameContext { FrameContext(before: some(text), line: text(), after: some(text)) }
        func frame() -> StackFrame {
            StackFrame(
                file: perhaps(text), function: perhaps(text), module: perhaps(text), line: perhaps(number),
                column: perhaps(number), inApp: perhaps { Bool.random(using: &random) }, context: perhaps(context))
        }
        for _ in 0..<200 {
            var event = ErrorEvent(id: text(), time: time(), level: level(), message: text())
            (event.receivedAt, event.service, event.code) = (perhaps(time), perhaps(text), perhaps(text))
            (event.target, event.release, event.revision) = (perhaps(text), perhaps(text), perhaps(text))
            (event.repositoryURL, event.environment, event.host) = (perhaps(text), perhaps(text), perhaps(text))
            (event.traceID, event.spanID, event.count) = (perhaps(text), perhaps(text), max(1, number()))
            event.exceptions = some { ExceptionInfo(type: perhaps(text), message: perhaps(text), frames: some(frame)) }
            event.request = perhaps { RequestInfo(method: perhaps(text), url: perhaps(text), status: perhaps(number)) }
            event.parentSpans = some {
                SpanInfo(
                    id: perhaps(text), name: text(), service: perhaps(text),
                    durationMilliseconds: perhaps { Double.random(in: 0..<1e6, using: &random) })
            }
            event.breadcrumbs = some {
                Breadcrumb(time: perhaps(time), category: perhaps(text), level: perhaps(level), message: text())
            }
            (event.linesBefore, event.fingerprint) = (some(text), some(text))
            // The encoder's order of names is its own where they differ in more than letters.
            event.tags = Dictionary(some { ("key-\(event.id.count)", text()) }, uniquingKeysWith: { $1 })
            event.source = perhaps { EventSource(name: text(), offset: perhaps { Int64(number()) }) }
            try Self.expectSame(event)
        }
    }
}
