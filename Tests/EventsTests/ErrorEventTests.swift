import Events
import Foundation
import Testing

@Suite("An event has one JSON form")
struct ErrorEventTests {
    static func full() throws -> ErrorEvent {
        var event = ErrorEvent(
            id: "e1", time: try #require(Timestamp(rfc3339: "2026-11-21T03:04:05.5Z")), level: .fatal,
            message: "it broke")
        event.receivedAt = event.time.advanced(by: .seconds(3))
        (event.service, event.code, event.target, event.release) = ("orders", "AI_003", "ai::service", "1.2")
        (event.revision, event.repositoryURL, event.environment, event.host) = ("abc1234", "git@x:y", "prod", "web-1")
        (event.traceID, event.spanID, event.durationMilliseconds, event.count) = ("t", "s", 12.5, 7)
        let context = FrameContext(before: ["a"], line: "b", after: ["c"])
        let frame = StackFrame(
            file: "a.py", function: "f", module: "m", line: 3, column: 4, inApp: true, context: context)
        event.exceptions = [ExceptionInfo(type: "Outer", message: "x", frames: [frame]), ExceptionInfo(type: "Inner")]
        event.breadcrumbs = [Breadcrumb(time: event.time, category: "http", level: .info, message: "GET /")]
        (event.linesBefore, event.tags, event.fingerprint) = (["before"], ["k": "v"], ["{{ default }}", "x"])
        event.source = EventSource(name: "app", offset: 42)
        return event
    }

    @Test("everything survives being written and read")
    func roundTrip() throws {
        let event = try Self.full()
        let data = try JSONEncoder().encode(event)
        #expect(try JSONDecoder().decode(ErrorEvent.self, from: data) == event)
        #expect(event.rootException?.type == "Inner")
        #expect(event.frames.count == 1)
    }

    @Test("only the message is required, and absent lists are left out")
    func minimal() throws {
        let event = try JSONDecoder().decode(ErrorEvent.self, from: Data(#"{"message": "x"}"#.utf8))
        #expect(event.count == 1 && event.level == .error && event.exceptions.isEmpty)
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys]
        let text = String(decoding: try encoder.encode(event), as: UTF8.self)
        #expect(text == #"{"id":"","level":"error","message":"x","time":"1970-01-01T00:00:00Z","v":1}"#)
    }

    @Test(
        "what cannot be understood is refused",
        arguments: [#"{"v": 2, "message": "x"}"#, #"{"id": "x"}"#, #"{"message": "x", "time": "soon"}"#])
    func refused(text: String) {
        #expect(throws: DecodingError.self) { try JSONDecoder().decode(ErrorEvent.self, from: Data(text.utf8)) }
    }

    @Test("a count below one is one")
    func count() throws {
        let event = try JSONDecoder().decode(ErrorEvent.self, from: Data(#"{"message": "x", "count": -4}"#.utf8))
        #expect(event.count == 1)
    }

    @Test("every free text passes the redactor, and what was masked is counted")
    func redacts() throws {
        let redactor: Redactor = { text in
            text.contains("SECRET")
                ? Redacted(text: text.replacing("SECRET", with: "<key>"), counts: ["key": 1]) : Redacted(text: text)
        }
        var event = try Self.full()
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys]
        event.message = "SECRET"
        (event.service, event.code, event.target, event.release) = ("SECRET", "SECRET", "SECRET", "SECRET")
        (event.environment, event.host, event.repositoryURL) = ("SECRET", "SECRET", "SECRET")
        let frame = StackFrame(
            file: "SECRET", function: "SECRET", module: "SECRET",
            context: FrameContext(before: ["SECRET"], line: "SECRET", after: ["SECRET"]))
        event.exceptions = [ExceptionInfo(type: "SECRET", message: "SECRET", frames: [frame])]
        event.breadcrumbs = [Breadcrumb(category: "SECRET", message: "SECRET")]
        (event.linesBefore, event.fingerprint) = (["SECRET"], ["SECRET"])
        event.tags = ["password": "SECRET", "SECRET": "x"]
        var ledger = ["key": 1]
        let clean = event.redacted(by: redactor, ledger: &ledger)
        #expect(!String(decoding: try encoder.encode(clean), as: UTF8.self).contains("SECRET"))
        #expect(clean.tags["password"] == "<key>")
        #expect(ledger["key", default: 0] > 20)
    }

    @Test("lines before an event that nobody has read yet are masked when they are, and shown to nobody before")
    func deferredLines() throws {
        let redactor: Redactor = { text in
            Redacted(text: text.replacing("SECRET", with: "<key>"), counts: ["key": 1])
        }
        var event = ErrorEvent(id: "1", time: Timestamp(nanoseconds: 0), message: "m")
        event.precedingLines = PrecedingLines(deferred: { ["a SECRET", "b"] })
        var ledger: [String: Int] = [:]
        let clean = event.redacted(by: redactor, ledger: &ledger)
        #expect(clean.precedingLines.isDeferred)
        let other = event.redacted(
            by: redactor, lines: { Redacted(text: $0.replacing("b", with: "c")) }, ledger: &ledger)
        #expect(other.linesBefore == ["a SECRET", "c"])
        #expect(!"\(event.precedingLines)".contains("SECRET"))
        #expect(clean.linesBefore == ["a <key>", "b"])
        #expect(clean.precedingLines == PrecedingLines(["a <key>", "b"]))
        #expect(clean.precedingLines.hashValue == PrecedingLines(["a <key>", "b"]).hashValue)
        let read = try JSONDecoder().decode(ErrorEvent.self, from: JSONEncoder().encode(clean))
        #expect(read.linesBefore == ["a <key>", "b"])
    }
}
