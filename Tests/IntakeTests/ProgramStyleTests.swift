import Events
import Testing

@testable import Intake

/// A line or record of a program, and what an operator would read in it.
struct ProgramStyle: CustomTestStringConvertible, Sendable {
    var testDescription: String
    var text: String
    var time: String?
    var level: LogLevel
    var message: String
    var service: String?
    var target: String?
    var traceID: String?
    var requestID: String?
    /// `type: message at file:line function` of the innermost exception's last frame.
    var fault: String?

    init(
        _ name: String, _ text: String, _ message: String, time: String? = "2026-11-20T10:00:00Z",
        level: LogLevel = .error, service: String? = nil, target: String? = nil, trace: String? = nil,
        request: String? = nil, fault: String? = nil
    ) {
        (testDescription, self.text, self.time, self.level, self.message) = (name, text, time, level, message)
        (self.service, self.target, self.traceID, self.requestID, self.fault) = (service, target, trace, request, fault)
    }

    init(_ event: ErrorEvent, of style: ProgramStyle) {
        let root = event.rootException
        let fault = root.map { exception in
            let frame = exception.frames.last
            let place = [frame?.file, frame?.line.map(String.init)].compactMap(\.self).joined(separator: ":")
            let said = [exception.type, exception.message].compactMap(\.self).joined(separator: ": ")
            return "\(said) at \(place) \(frame?.function ?? "?")"
        }
        self.init(
            style.testDescription, style.text, event.message,
            time: event.tags["time.missing"] == nil ? event.time.rfc3339 : nil, level: event.level,
            service: event.service, target: event.target, trace: event.traceID,
            request: event.tags["request_id"], fault: fault)
    }

    static let trace = "4bf92f3577b34da6a3ce929d0e0e4736"
    static let span = "00f067aa0ba902b7"

    static let headers = [
        ProgramStyle(
            "Elasticsearch",
            "[2026-11-20T10:00:00,000][ERROR][o.e.b.Bootstrap          ] [node-1] Exception\n"
                + "org.elasticsearch.ElasticsearchException: no space\n\tat org.elasticsearch.a.B.c(B.java:1)\n",
            "Exception", target: "o.e.b.Bootstrap",
            fault: "org.elasticsearch.ElasticsearchException: no space at B.java:1 c"),
        ProgramStyle(
            "env_logger", "[2026-11-20T10:00:00Z ERROR app::db] cannot open\n", "cannot open", target: "app::db"),
        ProgramStyle(
            "tracing with spans",
            "2026-11-20T10:00:00Z ERROR request{request_id=7f3a method=GET}:query{}: app::db: cannot open code=2\n",
            "cannot open code=2", target: "app::db", request: "7f3a"),
        ProgramStyle(
            "tracing without", "2026-11-20T10:00:00Z ERROR app::db: cannot open\n", "cannot open", target: "app::db"),
        ProgramStyle(
            "Celery", "[2026-11-20 10:00:00,000: ERROR/ForkPoolWorker-1] Task app.add raised unexpected\n",
            "Task app.add raised unexpected"),
        ProgramStyle(
            "Django", "ERROR 2026-11-20 10:00:00,000 handler 12 140 no such page\n", "handler 12 140 no such page"),
        ProgramStyle(
            "AWS Lambda", "[ERROR]\t2026-11-20T10:00:00.000Z\t4f1c9e2a-0000-1111-2222-333344445555\tcharging failed\n",
            "charging failed", request: "4f1c9e2a-0000-1111-2222-333344445555"),
        ProgramStyle(
            "Asterisk", "[2026-11-20 10:00:00] ERROR[6756][C-0000001d] chan_sip.c: no route to peer\n",
            "no route to peer", target: "chan_sip.c"),
        ProgramStyle(
            "MariaDB", "2026-11-20  9:04:05 0 [ERROR] InnoDB: aborted\n", "InnoDB: aborted",
            time: "2026-11-20T09:04:05Z"),
        ProgramStyle(
            "Redis", "1234:M 20 Nov 2026 10:00:00.000 # Can't save in background\n", "Can't save in background",
            level: .warning),
        ProgramStyle(
            "Spring with Sleuth",
            "2026-11-20 10:00:00.000 ERROR [orders,\(trace),\(span)] 9 --- [nio-1] c.a.Orders : failed\n", "failed",
            service: "orders", target: "c.a.Orders", trace: trace),
        ProgramStyle(
            "Spring with Micrometer",
            "2026-11-20T10:00:00.000Z ERROR 9 --- [orders] [nio-1] [\(trace)-\(span)] c.a.Orders : failed\n", "failed",
            service: "orders", target: "c.a.Orders", trace: trace),
    ]

    static let priorities = [
        ProgramStyle("sd-daemon", "<3>disk failed\n", "disk failed", time: nil),
        ProgramStyle("sd-daemon, with a level too", "<3>[ERROR] disk failed\n", "disk failed", time: nil),
        ProgramStyle(
            "Cisco", "<187>77: 000073: *Nov 20 2026 10:00:00.000: %SYS-3-CPUHOG: Task ran for 2012 ms\n",
            "%SYS-3-CPUHOG: Task ran for 2012 ms"),
    ]

    static let objects = [
        ProgramStyle(
            "MongoDB",
            #"{"t":{"$date":"2026-11-20T10:00:00.000+00:00"},"s":"E",  "c":"STORAGE",  "id":20557,"msg":"aborted"}"#,
            "aborted"),
        ProgramStyle(
            "zerolog",
            #"{"level":"error","error":"refused","stack":[{"func":"connect","line":"42","source":"db.go"},{"func":"main","line":"10","source":"main.go"}],"time":"2026-11-20T10:00:00Z","message":"down"}"#,
            "down", fault: "refused at db.go:42 connect"),
        ProgramStyle(
            "Monolog",
            #"{"message":"Uncaught","context":{"exception":{"class":"RuntimeException","message":"bad","code":0,"file":"/app/src/A.php:12","trace":["/app/src/B.php:3"],"previous":{"class":"PDOException","message":"gone","file":"/app/src/C.php:4"}}},"level":400,"level_name":"ERROR","channel":"app","datetime":"2026-11-20T10:00:00.000000+00:00"}"#,
            "Uncaught", fault: "PDOException: gone at /app/src/C.php:4 ?"),
        ProgramStyle(
            "Semantic Logger",
            #"{"timestamp":"2026-11-20T10:00:00Z","level":"error","application":"shop","message":"failed","exception":{"name":"RecordNotFound","message":"nope","stack_trace":["app/models/order.rb:5:in `find'","app/a.rb:1:in `y'"]}}"#,
            "failed", service: "shop", fault: "RecordNotFound: nope at app/models/order.rb:5 find"),
        ProgramStyle(
            "Google's entry of an object",
            #"{"jsonPayload":{"message":"refused"},"resource":{"labels":{"container_name":"pay"}},"timestamp":"2026-11-20T10:00:00Z","severity":"ERROR","trace":"projects/p/traces/4bf92f3577b34da6a3ce929d0e0e4736"}"#,
            "refused", service: "pay", trace: trace),
        ProgramStyle(
            "Google's entry of text",
            #"{"textPayload":"Traceback (most recent call last):\n  File \"/app/a.py\", line 1, in f\n    x\nKeyError: 'a'","severity":"ERROR","timestamp":"2026-11-20T10:00:00Z"}"#,
            "KeyError: 'a'", fault: "KeyError: 'a' at /app/a.py:1 f"),
        ProgramStyle(
            "an exception that only says what it is",
            #"{"timestamp":"2026-11-20T10:00:00Z","level":"error","error":{"type":"No space left","message":"No space left"}}"#,
            "No space left", fault: "No space left: No space left at  ?"),
    ]

    static let all = headers + priorities + objects + [loguru]

    static let loguru = ProgramStyle(
        "loguru",
        """
        2026-11-20 10:00:00.000 | ERROR    | app.main:run:12 - failed badly
        Traceback (most recent call last):

          File "/app/main.py", line 20, in <module>
            run()
            └ <function run at 0x7f>

        > File "/app/main.py", line 12, in run
            1 / 0

        ZeroDivisionError: division by zero

        """,
        "failed badly", target: "app.main:run:12", fault: "ZeroDivisionError: division by zero at /app/main.py:12 run")
}

@Suite("Each program's own way of writing is read as its operators read it")
struct ProgramStyleTests {
    @Test("alone", arguments: ProgramStyle.all)
    func alone(style: ProgramStyle) throws {
        let events = parseEvent(text: style.text, now: FixtureTests.now)
        #expect(events.count == 1)
        let read = ProgramStyle(try #require(events.first), of: style)
        #expect(read.time == style.time)
        #expect(read.level == style.level)
        #expect(read.message == style.message)
        #expect(read.service == style.service)
        #expect(style.target == nil || read.target == style.target)
        #expect(read.traceID == style.traceID)
        #expect(read.requestID == style.requestID)
        #expect(read.fault == style.fault)
    }

    @Test("among others, and found by the prefilter")
    func together() throws {
        let styles = ProgramStyle.all
        let text = styles.map { $0.text.hasSuffix("\n") ? $0.text : $0.text + "\n" }.joined()
        let scratch = try Scratch()
        try scratch.write("app.log", text)
        let all = try FixtureTests.read("\(scratch.path)/app.log", .all).events
        #expect(all.map(\.message) == styles.map(\.message))
        let errors = try FixtureTests.read("\(scratch.path)/app.log", Triggers()).events
        #expect(errors.map(\.message) == styles.filter { $0.level >= .error }.map(\.message))
    }
}
