import Events
import Foundation
import Testing

@testable import Intake

@Suite("Headers of text lines")
struct TextHeaderTests {
    static func event(_ text: String) throws -> ErrorEvent {
        let events = parseEvent(text: text, now: TraceTests.now)
        #expect(events.count == 1)
        return try #require(events.first)
    }

    @Test("nginx")
    func nginx() throws {
        let event = try Self.event(
            "2026/11/18 03:04:05 [crit] 1234#5678: *9 connect() failed (111: Connection refused), client: 10.0.0.1")
        #expect(event.time.rfc3339 == "2026-11-18T03:04:05Z")
        #expect(event.level == .fatal)
        #expect(event.message == "*9 connect() failed (111: Connection refused), client: 10.0.0.1")
        #expect(event.target == nil)
        #expect(event.host == nil)
        #expect(event.service == nil)
    }

    @Test("PostgreSQL, whose details are lines with a header of their own")
    func postgres() throws {
        let text = """
            2026-11-18 03:04:05.123 UTC [1234] app@orders ERROR:  duplicate key value violates unique constraint "k"
            2026-11-18 03:04:05.123 UTC [1234] app@orders DETAIL:  Key (id)=(7) already exists.
            2026-11-18 03:04:05.123 UTC [1234] app@orders STATEMENT:  insert into t values (7)
            """
        let event = try Self.event(text)
        #expect(event.time.rfc3339 == "2026-11-18T03:04:05.123Z")
        #expect(event.level == .error)
        #expect(event.message.hasPrefix("duplicate key value violates unique constraint \"k\"\n"))
        #expect(event.message.contains("Key (id)=(7) already exists."))
        #expect(event.message.contains("insert into t values (7)"))
        #expect(event.target == nil)
    }

    struct Expected: Sendable {
        var time: String?
        var level: LogLevel
        var target: String?
        var host: String?
        var service: String?
        var message: String

        init(_ time: String?, _ level: LogLevel, _ message: String, target: String? = nil) {
            (self.time, self.level, self.message, self.target) = (time, level, message, target)
        }

        init(_ time: String?, _ level: LogLevel, _ message: String, host: String, service: String) {
            (self.time, self.level, self.message, self.host, self.service) = (time, level, message, host, service)
        }
    }

    @Test(
        "one line each",
        arguments: [
            (
                "E1117 15:04:22.619632    1952 main.cc:253] it broke",
                Expected("2026-11-17T15:04:22.619632Z", .error, "it broke", target: "main.cc:253")
            ),
            ("ERROR:root:it broke", Expected(nil, .error, "root:it broke")),
            ("[ERROR] it broke", Expected(nil, .error, "it broke")),
            ("error: it broke", Expected(nil, .error, "it broke")),
            (
                "2026-11-18T03:04:05Z ERROR orders::db: it broke",
                Expected("2026-11-18T03:04:05Z", .error, "it broke", target: "orders::db")
            ),
            (
                "2026-11-18 03:04:05.123 ERROR 12345 --- [main] c.a.FarmApplication     : it broke",
                Expected("2026-11-18T03:04:05.123Z", .error, "it broke", target: "c.a.FarmApplication")
            ),
            (
                "2026-11-18 03:04:05 ERROR [com.acme.Orders] it broke",
                Expected("2026-11-18T03:04:05Z", .error, "it broke", target: "com.acme.Orders")
            ),
            (
                "<11>1 2026-11-18T03:04:05Z h orders: it broke",
                Expected("2026-11-18T03:04:05Z", .error, "it broke", host: "h", service: "orders")
            ),
            (
                "Nov 17 03:04:05 h kernel: error: it broke",
                Expected("2026-11-17T03:04:05Z", .error, "it broke", host: "h", service: "kernel")
            ),
            (
                "2026-11-17T03:04:05Z h orders[12]: ERROR it broke",
                Expected("2026-11-17T03:04:05Z", .error, "it broke", host: "h", service: "orders")
            ),
            (
                "[Wed Nov 18 03:04:05.500000 2026] [core:error] [pid 5] it broke",
                Expected("2026-11-18T03:04:05.500Z", .error, "it broke")
            ),
        ])
    func headers(line: String, expected: Expected) throws {
        let event = try Self.event(line)
        #expect(expected.time == nil || event.time.rfc3339 == expected.time)
        #expect(event.level == expected.level)
        #expect(event.target == expected.target)
        #expect(event.host == expected.host)
        #expect(event.service == expected.service)
        #expect(event.message == expected.message)
    }

    @Test("logfmt, with quotes and escapes")
    func logfmt() throws {
        let event = try Self.event(
            #"time=2026-11-18T03:04:05Z level=error msg="it \"broke\"\n" service=s host=h-1 code=DB_1 took=6s open="x"#)
        #expect(event.time.rfc3339 == "2026-11-18T03:04:05Z")
        #expect(event.level == .error)
        #expect(event.message == "it \"broke\"\n")
        #expect(event.service == "s")
        #expect(event.host == "h-1")
        #expect(event.code == "DB_1")
        #expect(event.durationMilliseconds == 6000)
        #expect(event.tags == ["open": "x"])
    }

    @Test("codes in the message, by the source's patterns")
    func codes() throws {
        #expect(try Self.event("2026-11-18 03:04:05 ERROR a.b - [AI_003] x").code == "AI_003")
        #expect(try Self.event("2026-11-18 03:04:05 ERROR a.b - AI_ x").code == nil)
    }

    @Test(
        "code patterns are globs",
        arguments: [
            ("AI_003", "AI_*", true), ("AI_003", "*3", true), ("AI_003", "A*0*3", true), ("AI_003", "AI_", false),
            ("AI_003", "*", true), ("", "*", true), ("AI_003", "AI_003", true), ("AI_003", "B*", false),
        ])
    func globs(code: String, pattern: String, isMatch: Bool) {
        #expect(Triggers.matches(code, pattern: pattern) == isMatch)
    }
}

@Suite("Times of log lines")
struct LogTimeTests {
    static func read(_ text: String, zone: String = "UTC", now: Timestamp = TraceTests.now) throws -> String? {
        let times = LogTime(zone: try #require(TimeZone(identifier: zone)), now: now)
        return times.prefix(of: text[...])?.time.rfc3339
    }

    @Test(
        "forms and zones",
        arguments: [
            ("2026-11-18T03:04:05.123456789+09:00", "2026-11-17T18:04:05.123456789Z"),
            ("2026-11-18 03:04:05,123 KST [x]", "2026-11-17T18:04:05.123Z"),
            ("2026-11-18 03:04:05 CET x", "2026-11-18T02:04:05Z"),
            ("2026-11-18 03:04:05 -0730 x", "2026-11-18T10:34:05Z"),
            ("2026-11-18 03:04:05 XYZ x", "2026-11-18T03:04:05Z"),
            ("10/Oct/2026:13:55:36 -0700", "2026-10-10T20:55:36Z"),
            ("Jul 09, 2026 3:23:29 PM x", "2026-07-09T15:23:29Z"),
            ("Jul 09, 2026 12:23:29 AM x", "2026-07-09T00:23:29Z"),
            ("Jul 09, 2026 12:23:29 PM x", "2026-07-09T12:23:29Z"),
            ("Dec 31 23:59:59 x", "2025-12-31T23:59:59Z"),
            ("Feb 29 01:00:00 x", "2024-02-29T01:00:00Z"),
            ("01:00:00.250 x", "2026-11-18T01:00:00.250Z"),
            ("23:00:00 x", "2026-11-17T23:00:00Z"),
        ])
    func forms(text: String, expected: String) throws { #expect(try Self.read(text) == expected) }

    @Test(
        "what is no time",
        arguments: [
            "2026-13-01 00:00:00", "2026-11-18 25:00:00", "10/Foo/2026:13:55:36", "Foo 21 03:04:05 x",
            "Nov 99 03:04:05 x",
            "Nov 21 3:4:5 x", "Jul 09, abcd 3:23:29 PM x", "Jul 09, 2026 3:2:9 PM x", "99:99:99", "", "-",
        ])
    func noTimes(text: String) throws { #expect(try Self.read(text) == nil) }

    @Test(
        "a clock that was set back, or forward, in Berlin",
        arguments: [
            // Named, the two are an hour apart.
            ("2026-10-25 02:30:00 CEST x", "2026-10-25T00:30:00Z"),
            ("2026-10-25 02:30:00 CET x", "2026-10-25T01:30:00Z"),
            // Not named, the hour that came twice is winter time's.
            ("2026-10-25 02:30:00 x", "2026-10-25T01:30:00Z"),
            ("2026-10-25 01:59:59 x", "2026-10-24T23:59:59Z"),
            ("2026-10-25 03:00:00 x", "2026-10-25T02:00:00Z"),
            // The hour that never was.
            ("2026-03-29 02:30:00 x", "2026-03-29T01:30:00Z"),
            ("2026-03-29 01:59:59 x", "2026-03-29T00:59:59Z"),
            ("2026-03-29 03:00:00 x", "2026-03-29T01:00:00Z"),
        ])
    func daylightSaving(text: String, expected: String) throws {
        #expect(try Self.read(text, zone: "Europe/Berlin") == expected)
    }

    @Test(
        "epochs in any unit",
        arguments: [
            ("1795000000", 1_795_000_000_000_000_000), ("1795000000.123456", 1_795_000_000_123_456_000),
            ("1.795e9", 1_795_000_000_000_000_000), ("1795000000123.5", 1_795_000_000_123_500_000),
            ("1795000000123", 1_795_000_000_123_000_000), ("1795000000123456", 1_795_000_000_123_456_000),
            ("1795000000123456789", 1_795_000_000_123_456_789),
        ])
    func epochs(digits: String, nanoseconds: Int64) throws {
        let time = LogTime(now: TraceTests.now).field(.text(digits))
        #expect(try #require(time).nanoseconds == nanoseconds)
    }

    @Test(
        "values that are no time",
        arguments: ["-1", "0", "nan", "inf", "99999999999999999999", "yesterday", "2026-11-18T00:00:00Z and more"])
    func noFields(text: String) { #expect(LogTime(now: TraceTests.now).field(.text(text)) == nil) }

    @Test(
        "implausible times are marked, and the run's time kept beside them",
        arguments: ["1999-12-31T23:59:59Z", "2200-01-01T00:00:00Z"])
    func implausible(time: String) throws {
        let event = try #require(parseEvent(text: "\(time) ERROR a.b - m", now: TraceTests.now).first)
        #expect(event.time.rfc3339 == time)
        #expect(event.receivedAt == TraceTests.now)
        #expect(event.tags["time.implausible"] == "true")
    }

    @Test("a source's zone")
    func sourceZone() throws {
        let source = SourceSettings(name: "s", paths: [], timeZone: "Asia/Seoul", release: "r", environment: "e")
        let text = "2026-11-18 03:04:05 ERROR a.b - m"
        let event = try #require(parseEvent(text: text, now: TraceTests.now, source: source).first)
        #expect(event.time.rfc3339 == "2026-11-17T18:04:05Z")
        #expect(event.release == "r")
        #expect(event.environment == "e")
    }
}
