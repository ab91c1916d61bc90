import Events
import Testing

@testable import Intake

@Suite("A stack trace is one event with its frames")
struct TraceTests {
    static let now = Timestamp(nanoseconds: 1_795_000_000_000_000_000)

    @Test("Java: causes come last, and \"... n more\" is expanded from the exception around it")
    func java() throws {
        let text = """
            2026-11-21 03:04:05,123 ERROR [main] com.acme.Orders - cannot open
            com.acme.OrderException: outer
            \tat com.acme.Orders.open(Orders.java:88)
            \tat org.springframework.web.Dispatcher.run(Dispatcher.java:10)
            Caused by: java.lang.IllegalStateException: inner
            \tat com.acme.Pool.take(Pool.java:7)
            \t... 2 more
            """
        let event = try #require(parseEvent(text: text, now: Self.now).first)
        #expect(event.message == "cannot open")
        #expect(event.target == "com.acme.Orders")
        #expect(event.time.rfc3339 == "2026-11-21T03:04:05.123Z")
        #expect(event.exceptions.map(\.type) == ["com.acme.OrderException", "java.lang.IllegalStateException"])
        let frames = try #require(event.rootException?.frames)
        #expect(frames.map(\.line) == [10, 88, 7])
        #expect(frames.map(\.inApp) == [false, true, true])
        #expect(frames.last?.function == "take")
        #expect(frames.last?.module == "com.acme.Pool")
    }

    @Test("Python: the exception that was printed last is the outermost")
    func python() throws {
        let text = """
            Traceback (most recent call last):
              File "/app/db.py", line 5, in get
                return rows[key]
            KeyError: 'id'

            During handling of the above exception, another exception occurred:

            Traceback (most recent call last):
              File "/usr/lib/python3.11/site-packages/flask/app.py", line 9, in run
                f()
              File "/app/web.py", line 12, in view
                raise ValueError("bad")
            ValueError: bad
            """
        let events = parseEvent(text: text, now: Self.now)
        let event = try #require(events.first)
        #expect(events.count == 1)
        #expect(event.exceptions.map(\.type) == ["ValueError", "KeyError"])
        #expect(event.exceptions[0].frames.map(\.inApp) == [false, true])
        #expect(event.exceptions[1].frames.first?.context?.line == "return rows[key]")
    }

    @Test(
        "Panics of Rust and Go, and errors of Node",
        arguments: [
            ("thread 'main' panicked at src/main.rs:4:19:\nboom", "panic", "boom", "src/main.rs", 4),
            ("thread 'main' panicked at 'boom', src/main.rs:4:19", "panic", "boom", "src/main.rs", 4),
            (
                "panic: boom\n\ngoroutine 4 [running]:\nmain.run(0x1)\n\t/app/foo.go:6 +0x39\n", "panic", "boom",
                "/app/foo.go", 6
            ),
            (
                "TypeError: boom\n    at run (/app/x.js:52:3)\n    at node:internal/main:1:2", "TypeError", "boom",
                "/app/x.js", 52
            ),
        ])
    func others(text: String, type: String, message: String, file: String, line: Int) throws {
        let events = parseEvent(text: text, now: Self.now)
        let exception = try #require(events.first?.exceptions.last)
        #expect(events.count == 1)
        #expect(exception.type == type)
        #expect(exception.message == message)
        #expect(exception.frames.last?.file == file)
        #expect(exception.frames.last?.line == line)
    }
}

@Suite("Structured lines are read by their usual names")
struct StructuredLineTests {
    @Test(
        "Level, message, code and service",
        arguments: [
            (
                #"{"timestamp":"2026-11-21T00:00:00Z","level":"ERROR","target":"ai","fields":{"message":"m","error_code":"AI_003"}}"#,
                LogLevel.error, "m", "AI_003" as String?, nil as String?
            ),
            (#"{"level":50,"time":1795000000000,"hostname":"h","name":"pay","msg":"m"}"#, .error, "m", nil, "pay"),
            (
                #"{"@timestamp":"2026-11-21T00:00:00Z","log.level":"error","message":"m","service":{"name":"s"}}"#,
                .error, "m", nil, "s"
            ),
            (#"level=error ts=2026-11-21T00:00:00Z msg="m" service=s"#, .error, "m", nil, "s"),
            (#"{"level":"info","msg":"m","duration_ms":6000,"app":"s"}"#, .info, "m", nil, "s"),
            (#"{"level":"error","msg":"\ud55c\u0041"}"#, .error, "한A", nil, nil),
        ])
    func fields(line: String, level: LogLevel, message: String, code: String?, service: String?) throws {
        let event = try #require(parseEvent(text: line, now: TraceTests.now).first)
        #expect(event.level == level)
        #expect(event.message == message)
        #expect(event.code == code)
        #expect(event.service == service)
    }

    @Test(
        "Anything at all gives an event",
        arguments: ["", "\n\n", "{", "{\"a\":", "[1,2]", "\u{0}", "at", "goroutine ", "<999999999999>x"])
    func anything(text: String) { #expect(!parseEvent(text: text, now: TraceTests.now).isEmpty) }
}
