import Events
import Foundation
import Testing

@testable import Intake

@Suite("Requests that a server could not answer are errors")
struct AccessTests {
    private static let times = LogTime(now: FixtureTests.now)

    @Test(
        "by the status, or by who ended the connection",
        arguments: [
            (#"10.0.0.9 - - [20/Nov/2026:03:04:06 +0900] "GET /a?b=1 HTTP/1.1" 502 157 "-" "x""#, LogLevel.error),
            (#"10.0.0.9 - - [20/Nov/2026:03:04:06 +0900] "GET /a HTTP/1.1" 499 0"#, .info),
            (#"10.0.0.9 - - [20/Nov/2026:03:04:06 +0900] "GET /a HTTP/1.1" 500 -"#, .error),
            (
                #"1.2.3.4:5 [20/Nov/2026:03:04:06.655] in app/<NOSRV> 0/-1/-1/-1/0 503 212 - - SC-- 0/0/0/0/0 0/0 "GET / HTTP/1.1""#,
                .error
            ),
            (
                #"1.2.3.4:5 [20/Nov/2026:03:04:06.655] in app/s1 0/0/1/2/3 200 212 - - CD-- 0/0/0/0/0 0/0 "GET / HTTP/1.1""#,
                .info
            ),
            ("1.2.3.4:5 [20/Nov/2026:03:04:06.655] in db/<NOSRV> 0/-1/0 0 SC 0/0/0/0/0 0/0", .error),
            ("1.2.3.4:5 [20/Nov/2026:03:04:06.655] in db/s1 0/0/7 212 CD 0/0/0/0/0 0/0", .info),
            (
                "[pid: 8|app: 0|req: 1/1] ::1 () {3 vars in 6 bytes} [Fri Nov 20 03:04:06 2026] GET /a => generated 7 bytes in 9 msecs (HTTP/1.1 504) 9 headers",
                .error
            ),
        ])
    func level(line: String, expected: LogLevel) throws {
        let entry = try #require(AccessLine.parse(line[...], Self.times))
        let draft = entry.draft(Self.times)
        #expect(draft.event.level == expected && draft.hasTime && !draft.event.message.isEmpty)
        #expect(parseEvent(text: line, now: FixtureTests.now).map(\.level) == [expected])
        for triggers in [Triggers(), Triggers.all] {
            let errors = try CarrierFiles.read("INFO a\n\(line)\nINFO b\n", triggers: triggers).events
            #expect(errors.filter { $0.level >= .error }.count == (expected == .error ? 1 : 0))
        }
    }

    @Test(
        "lines that only look like requests",
        arguments: [
            #"10.0.0.9 - - [yesterday] "GET /a HTTP/1.1" 502 157"#, #"a [20/Nov/2026:03:04:06 +0900] "hello" none 157"#,
            #"a [20/Nov/2026:03:04:06 +0900] "GET /a" 999 1"#, "a [20/Nov/2026:03:04:06] b c/d e 503 1 - - ---- 0 0",
            "[pid: 8|app: 0] x", "",
        ])
    func none(line: String) { #expect(AccessLine.parse(line[...], Self.times) == nil) }

    private static let head = """
        #Software: Microsoft Internet Information Services 10.0
        #Version: 1.0
        #Date: 2026-11-20 03:04:05
        #Fields: date time s-ip cs-method cs-uri-stem cs-uri-query s-port cs-username c-ip sc-status sc-substatus time-taken

        """
    private static func row(_ path: String, _ status: Int, _ taken: Int) -> String {
        "2026-11-20 03:04:06 10.0.0.5 POST \(path) id=7 443 kim 10.0.0.9 \(status) 19 \(taken)\n"
    }

    @Test("IIS: columns by their names, slow requests by the trigger, changed columns, a cursor behind the directives")
    func iis() throws {
        let scratch = try Scratch()
        var text = Self.head + Self.row("/pay", 500, 12) + Self.row("/ok", 200, 31)
        try scratch.write("app.log", text)
        var cursors: [FileCursor] = []
        var events = try FileIntakeTests.read(scratch, &cursors, triggers: Triggers()).0
        #expect(events.map(\.message) == ["POST /pay responded 500"])
        let event = try #require(events.first)
        #expect(event.time.rfc3339 == "2026-11-20T03:04:06Z" && event.host == "10.0.0.5" && event.code == "500.19")
        #expect(event.request == RequestInfo(method: "POST", url: "/pay?id=7", status: 500))
        #expect(event.durationMilliseconds == 12 && event.tags["user"] == "kim")
        text += Self.row("/slow", 200, 5001) + "too few columns\n"
        text += "#Fields: date time cs-method cs-uri-stem sc-status\n2026-11-20 03:04:09 GET /other 503\n"
        try scratch.write("app.log", text)
        let second = try FileIntakeTests.read(scratch, &cursors, triggers: Triggers())
        events = second.0
        #expect(events.map(\.message) == ["POST /slow responded 200", "GET /other responded 503"])
        #expect(second.1.unreadable.map(\.reason) == [.otherFormat])
    }

    @Test("CloudFront: tabs, parts of seconds, the day from a directive where no column has it")
    func cloudFront() throws {
        let text =
            "#Version: 1.0\n#Fields: date time x-edge-location sc-bytes c-ip cs-method cs-uri-stem sc-status time-taken\n"
            + "2026-11-20\t03:04:05\tICN54\t512\t10.0.0.9\tGET\t/a b\t502\t0.251\n"
        let event = try #require(try CarrierFiles.read(text, triggers: Triggers()).events.first)
        #expect(event.message == "GET /a b responded 502" && event.durationMilliseconds == 251)
        #expect(event.host == "ICN54")
        let dated =
            "#Version: 1.0\n#Date: 2026-11-20 03:00:00\n#Fields: time cs-method cs-uri sc-status\n03:04:05 GET /a 500\n"
        let other = try #require(try CarrierFiles.read(dated, triggers: Triggers()).events.first)
        #expect(other.time.rfc3339 == "2026-11-20T03:04:05Z")
    }
}
