import Events
import Testing

@testable import Intake

@Suite("The logging context of a text line is read by the names that JSON fields have")
struct LoggingContextTests {
    static func event(_ line: String) throws -> ErrorEvent {
        let events = parseEvent(text: line, now: TraceTests.now)
        #expect(events.count == 1)
        return try #require(events.first)
    }

    @Test("logback: thread, then context, then logger")
    func logback() throws {
        let event = try Self.event(
            "2026-11-17 13:41:00,000 ERROR [http-nio-8080-exec-72] [host=orders-1 release=2026.11.20-1 "
                + "traceId=9db1ad82] com.acme.orders.web.OrderController - GET /orders failed")
        #expect(event.time.rfc3339 == "2026-11-17T13:41:00Z")
        #expect(event.level == .error)
        #expect(event.host == "orders-1")
        #expect(event.release == "2026.11.20-1")
        #expect(event.traceID == "9db1ad82")
        #expect(event.target == "com.acme.orders.web.OrderController")
        #expect(event.message == "GET /orders failed")
        #expect(event.tags.isEmpty)
    }

    @Test("Python: context, then logger and colon")
    func python() throws {
        let event = try Self.event(
            "2026-11-17 13:41:00,250 ERROR    [host=bill-1 release=2026.11.19-2 requestId=r-77] "
                + "billing_worker.worker: invoice 12 failed")
        #expect(event.host == "bill-1")
        #expect(event.release == "2026.11.19-2")
        #expect(event.target == "billing_worker.worker")
        #expect(event.message == "invoice 12 failed")
        #expect(event.tags == ["request_id": "r-77"])
    }

    @Test("every name that an event has a place for; other pairs are tags")
    func names() throws {
        let event = try Self.event(
            "2026-11-17T13:41:00Z ERROR [service=orders, env=prod, span_id=1f, trace.id=2e, duration_ms=6500.5, "
                + "code=AI_003, commit=4f1c9e2, user=Kim Jiyoung, ids=1,2,3, note=\"a ] \\\"b\\\", c\", empty=] m.n - failed"
        )
        #expect(event.service == "orders")
        #expect(event.environment == "prod")
        #expect(event.spanID == "1f")
        #expect(event.traceID == "2e")
        #expect(event.durationMilliseconds == 6500.5)
        #expect(event.code == "AI_003")
        #expect(event.revision == "4f1c9e2")
        #expect(event.tags == ["user": "Kim Jiyoung", "ids": "1,2,3", "note": "a ] \"b\", c"])
        #expect(event.message == "failed")
    }

    @Test(
        "wherever the pattern puts it",
        arguments: [
            "2026-11-17 13:41:00 [host=h-1 a.b=1 c=2 d=3 e=4 f=5 g=6 i=7 j=8] ERROR [main] com.acme.X - boom",
            "2026-11-17 13:41:00 ERROR [main] com.acme.X {host=h-1, b=1} - boom",
            "2026-11-17 13:41:00 ERROR {host='h-1'} com.acme.X - boom",
            "2026-11-17 13:41:00 ERROR {} [host=h-1] com.acme.X - boom",
            "ERROR [host=h-1] [main] com.acme.X - boom",
            "2026-11-17 13:41:00 [main] [host=h-1 level=ERROR] com.acme.X - boom",
        ])
    func places(line: String) throws {
        let event = try Self.event(line)
        #expect(event.host == "h-1")
        #expect(event.level == .error)
        #expect(event.message.hasSuffix("boom"))
    }

    @Test("a context of the program's own wins over syslog's sender")
    func syslog() throws {
        let event = try Self.event("<27>Nov 17 13:41:00 relay-1 orders[12]: it failed")
        #expect(event.host == "relay-1")
        #expect(event.service == "orders")
        #expect(event.level == .error)
        #expect(event.message == "it failed")
    }

    @Test(
        "a group that is no context stays what it was",
        arguments: [
            ("2026-11-17 13:41:00 ERROR [main] a.b - boom", "boom"),
            ("2026-11-17 13:41:00 ERROR [pool 1 thread 2] a.b - boom", "boom"),
            ("2026-11-17 13:41:00 ERROR [select x=1] a.b - boom", "boom"),
            ("2026-11-17 13:41:00 ERROR a.b - no {id=1} left", "no {id=1} left"),
            ("2026-11-17 13:41:00 ERROR a.b - [host=h boom", "[host=h boom"),
            ("2026-11-17 13:41:00 ERROR [host=h a.b - boom", "[host=h a.b - boom"),
            ("2026-11-17 13:41:00 ERROR [host=\"h] a.b - boom", "boom"),
            ("2026-11-17 13:41:00 ERROR [=x =y] a.b - boom", "boom"),
            ("2026-11-17 13:41:00 ERROR [] a.b - boom", "boom"),
        ])
    func noContext(line: String, message: String) throws {
        #expect(try Self.event(line).message == message)
    }

    @Test("ten thousand pairs cost one pass, and make 24 tags")
    func manyPairs() throws {
        let pairs = (0..<10_000).map { "key\($0)=value\($0)" }.joined(separator: " ")
        let event = try Self.event("2026-11-17 13:41:00 ERROR [\(pairs)] com.acme.X - boom")
        #expect(event.message == "boom")
        #expect(event.tags.count == 24)
        #expect(event.tags["key0"] == "value0")
    }

    @Test(
        "hostile groups end quickly",
        arguments: ["a=\"", "a='", "a=b ", "=", "[", "{", "a=\\", "a=[", ",", "a=\"\\"])
    func hostile(part: String) throws {
        let clock = ContinuousClock()
        let start = clock.now
        let event = try Self.event("2026-11-17 13:41:00 ERROR [x=y " + String(repeating: part, count: 20_000))
        #expect(event.level == .error)
        #expect(event.message.utf8.count <= 16 * 1024)
        #expect(clock.now - start < .seconds(5))
    }

    @Test("names and identifiers are cut to a bearable length")
    func longValues() throws {
        let long = String(repeating: "h", count: 5000)
        let event = try Self.event("2026-11-17 13:41:00 ERROR [host=\(long) traceId=\(long) k=\(long)] com.acme.X - m")
        #expect(event.host?.utf8.count == 256)
        #expect(event.traceID?.utf8.count == 256)
        #expect(event.tags["k"]?.utf8.count == 256)
    }

    @Test("a trace below the line belongs to it")
    func withTrace() throws {
        let text = """
            2026-11-17 13:41:00,250 ERROR    [host=bill-1 release=7] billing_worker.worker: invoice failed
            Traceback (most recent call last):
              File "/app/worker.py", line 5, in run
                pay()
            KeyError: 'id'
            """
        let event = try Self.event(text)
        #expect(event.host == "bill-1")
        #expect(event.release == "7")
        #expect(event.message == "invoice failed")
        #expect(event.exceptions.map(\.type) == ["KeyError"])
    }
}

@Suite("The source's format is obeyed")
struct SourceFormatTests {
    static func read(_ text: String, _ format: SourceSettings.Format?) throws -> ([ErrorEvent], IntakeStatistics) {
        let scratch = try Scratch()
        try scratch.write("app.log", text)
        let source = SourceSettings(name: "s", paths: ["\(scratch.path)/app.log"], format: format)
        var intake = FileIntake(source: source, cursors: [], now: FileIntakeTests.now)
        var (events, statistics) = ([ErrorEvent](), IntakeStatistics())
        while let batch = try intake.next(limit: 10) {
            events += batch.events
            statistics += batch.statistics
        }
        return (events, statistics)
    }

    static let text = """
        2026-11-17 13:41:00 ERROR [main] a.b - plain
        {"level":"error","message":"structured"}

        """

    @Test("json: what is no object is counted, and does not join its neighbours")
    func json() throws {
        let (events, statistics) = try Self.read(Self.text, .json)
        #expect(events.map(\.message) == ["structured"])
        #expect(statistics.unreadable.map(\.reason) == [.brokenJSON])
        #expect(statistics.unreadable.first?.offset == 0)
    }

    @Test("text: an object is a line like any other")
    func text() throws {
        let (events, statistics) = try Self.read(Self.text, .text)
        #expect(events.map(\.message) == ["plain\n{\"level\":\"error\",\"message\":\"structured\"}"])
        #expect(statistics.unreadable.isEmpty)
    }

    @Test("none: line by line")
    func mixed() throws {
        let (events, _) = try Self.read(Self.text, nil)
        #expect(events.map(\.message) == ["plain", "structured"])
    }

    @Test("pasted text obeys too")
    func pasted() throws {
        let object = "{\n  \"level\": \"error\",\n  \"message\": \"m\"\n}"
        let text = SourceSettings(name: "s", paths: [], format: .text)
        #expect(parseEvent(text: object, now: TraceTests.now).map(\.message) == ["m"])
        #expect(parseEvent(text: object, now: TraceTests.now, source: text).first?.message != "m")
    }
}

@Suite("What came before an error is kept where no lines of a file hold it")
struct RecentLinesTests {
    private static func facts(_ service: String, _ index: Int) -> EntryFacts {
        var facts = EntryFacts(time: Timestamp(nanoseconds: Int64(index) + 1), identity: "\(service) \(index)")
        facts.service = service
        return facts
    }

    @Test("of the journal and of Loki: the same program's, those of the same request first, across pieces")
    func streams() throws {
        let source = SourceSettings(name: "s", paths: [], linesBefore: 3)
        var streams = CarriedStreams(source, now: FileIntakeTests.now)
        streams.take("level=info request_id=r-77 msg=mine", stream: "a1", Self.facts("a", 0))
        for index in 1..<9 {
            streams.take("level=info msg=a\(index)", stream: "a1", Self.facts("a", index))
            streams.take("level=info msg=b\(index)", stream: "b1", Self.facts("b", index))
        }
        streams.finish()
        #expect(streams.events.isEmpty)
        var next = CarriedStreams(source, now: FileIntakeTests.now, recent: streams.recent)
        next.take("level=error request_id=r-77 msg=bad", stream: "a2", Self.facts("a", 9))
        next.finish()
        let event = try #require(next.events.first)
        #expect(event.linesBefore == ["level=info request_id=r-77 msg=mine", "level=info msg=a7", "level=info msg=a8"])
    }

    @Test("in a storm of errors: those since the tenth error before it, and those of its own request further back")
    func storm() throws {
        var text = "2026-11-20T10:00:00Z INFO opening request_id=r-77\n2026-11-20T10:00:00Z INFO listening\n"
        for index in 10..<22 {
            text += "2026-11-20T10:00:\(index)Z ERROR bad \(index)\n2026-11-20T10:00:\(index)Z INFO after \(index)\n"
        }
        text += #"{"time":"2026-11-20T10:00:30Z","level":"error","msg":"worse","request_id":"r-77"}"# + "\n"
        let scratch = try Scratch()
        try scratch.write("app.log", text)
        var cursors: [FileCursor] = []
        let events = try FileIntakeTests.read(scratch, &cursors).0
        #expect(events.count == 13)
        let before = events.map { $0.linesBefore.map { String($0.dropFirst(21)) } }
        #expect(before[9].first == "INFO opening request_id=r-77" && before[9].count == 20)
        #expect(before[10].first == "ERROR bad 10" && before[10].count == 20)
        #expect(before[11].first == "ERROR bad 11" && before[11].count == 20)
        #expect(before[12].prefix(2) == ["INFO opening request_id=r-77", "ERROR bad 12"] && before[12].count == 21)
    }

    @Test("of systemd's export format, and of objects in an array")
    func files() throws {
        var export = ""
        for (index, text) in ["opening", "level=error msg=bad"].enumerated() {
            export += "__CURSOR=\(index)\n__REALTIME_TIMESTAMP=179488800012345\(index)\n_HOSTNAME=h\n"
            export += "SYSLOG_IDENTIFIER=pay\nPRIORITY=\(index == 0 ? 6 : 3)\nMESSAGE=\(text)\n\n"
        }
        let exported = try CarrierFiles.read(export).events
        #expect(exported.map(\.linesBefore).last == ["opening"])
        let array = """
            [{"time": "2026-11-20T10:00:00Z", "level": "info", "msg": "opening", "service": "pay"},
             {"time": "2026-11-20T10:00:01Z", "level": "error", "msg": "bad", "service": "pay"}]
            """
        let objects = try CarrierFiles.read(array).events
        #expect(objects.last?.message == "bad")
        #expect(objects.last?.linesBefore == ["2026-11-20T10:00:00Z info opening"])
    }

    @Test("memory is bounded, whoever speaks")
    func bounded() {
        var recent = RecentLines()
        let long = String(repeating: "x", count: 5000)
        for index in 0..<20_000 { recent.add(["\(index) \(long)"], of: index % 7) }
        let kept = recent.before(100, of: 3, naming: [])
        #expect(kept.count == 100)
        #expect(kept.allSatisfy { $0.utf8.count <= IntakeLimits.lineBefore })
        for index in 0..<20_000 { recent.add(["\(index) \(long)"], of: 1) }
        #expect(recent.before(100, of: 3, naming: []).isEmpty)
    }
}
