import Events
import Foundation
import Testing

@testable import Intake

@Suite("JSON lines of the usual libraries are understood whole")
struct StructuredFormatTests {
    static func event(_ line: String) throws -> ErrorEvent {
        let events = parseEvent(text: line, now: TraceTests.now)
        #expect(events.count == 1)
        return try #require(events.first)
    }

    @Test("logback with logstash's encoder")
    func logstash() throws {
        let event = try Self.event(
            #"{"@timestamp":"2026-11-17T03:04:05.123+09:00","@version":"1","message":"cannot open","logger_name":"com.acme.Orders","thread_name":"main","level":"ERROR","level_value":40000,"stack_trace":"com.acme.Boom: outer\n\tat com.acme.Orders.open(Orders.java:88)\nCaused by: java.io.IOException: inner\n\tat com.acme.Pool.take(Pool.java:7)\n\t... 1 common frames omitted\n","traceId":"9db1","spanId":"1f","HOSTNAME":"orders-1","service":"orders"}"#
        )
        #expect(event.time.rfc3339 == "2026-11-16T18:04:05.123Z")
        #expect(event.level == .error)
        #expect(event.message == "cannot open")
        #expect(event.target == "com.acme.Orders")
        #expect(event.traceID == "9db1")
        #expect(event.spanID == "1f")
        #expect(event.host == "orders-1")
        #expect(event.service == "orders")
        #expect(event.exceptions.map(\.type) == ["com.acme.Boom", "java.io.IOException"])
        #expect(event.rootException?.frames.map(\.line) == [88, 7])
        #expect(event.tags == ["thread_name": "main", "level_value": "40000"])
    }

    @Test("zap, with Go's pairs of lines")
    func zap() throws {
        let event = try Self.event(
            #"{"level":"error","ts":1795000000.25,"caller":"orders/db.go:88","msg":"query failed","error":"dial tcp: refused","elapsed":"1.5s","stacktrace":"github.com/acme/orders.Find\n\t/app/orders/db.go:88\nmain.main\n\t/app/main.go:9"}"#
        )
        #expect(event.time == Timestamp(nanoseconds: 1_795_000_000_250_000_000))
        #expect(event.level == .error)
        #expect(event.message == "query failed")
        #expect(event.target == "orders/db.go:88")
        #expect(event.durationMilliseconds == 1500)
        #expect(event.exceptions.first?.frames.map(\.file) == ["/app/main.go", "/app/orders/db.go"])
        #expect(event.exceptions.first?.frames.map(\.line) == [9, 88])
        #expect(event.exceptions.first?.message == "dial tcp: refused")
    }

    @Test("structlog: the event is the message; a printed traceback, and a list of exceptions")
    func structlog() throws {
        let printed = try Self.event(
            #"{"event":"pay failed","level":"error","logger":"billing","timestamp":"2026-11-17T00:00:00.5Z","request_id":"r-1","order":7,"exception":"Traceback (most recent call last):\n  File \"/app/pay.py\", line 5, in pay\n    x()\nKeyError: 'id'"}"#
        )
        #expect(printed.message == "pay failed")
        #expect(printed.time.rfc3339 == "2026-11-17T00:00:00.500Z")
        #expect(printed.target == "billing")
        #expect(printed.tags == ["request_id": "r-1", "order": "7"])
        #expect(printed.exceptions.map(\.type) == ["KeyError"])
        #expect(printed.exceptions.first?.frames.map(\.function) == ["pay"])
        let listed = try Self.event(
            #"{"event":"pay failed","level":"critical","exception":[{"exc_type":"ValueError","exc_value":"bad","frames":[{"filename":"/usr/lib/python3.11/x.py","lineno":3,"name":"run"},{"filename":"/app/pay.py","lineno":9,"name":"pay"}]},{"exc_type":"KeyError","exc_value":"'id'","frames":[]}]}"#
        )
        #expect(listed.level == .fatal)
        #expect(listed.exceptions.map(\.type) == ["ValueError", "KeyError"])
        #expect(listed.exceptions.map(\.message) == ["bad", "'id'"])
        #expect(listed.exceptions[0].frames.map(\.line) == [3, 9])
        #expect(listed.exceptions[0].frames.map(\.inApp) == [false, true])
        #expect(listed.tags == ["time.missing": "true"])
    }

    @Test("Bunyan and pino: numbers for levels, errors as objects")
    func bunyan() throws {
        let bunyan = try Self.event(
            #"{"name":"pay","hostname":"h-1","pid":12,"level":60,"err":{"message":"boom","name":"TypeError","stack":"TypeError: boom\n    at run (/app/x.js:52:3)","code":"E_PAY"},"msg":"failed","time":"2026-11-17T00:00:00.000Z","v":0}"#
        )
        #expect(bunyan.level == .fatal)
        #expect(bunyan.service == "pay")
        #expect(bunyan.host == "h-1")
        #expect(bunyan.message == "failed")
        #expect(bunyan.code == "E_PAY")
        #expect(bunyan.time.rfc3339 == "2026-11-17T00:00:00Z")
        #expect(bunyan.exceptions.map(\.type) == ["TypeError"])
        #expect(bunyan.exceptions.first?.message == "boom")
        #expect(bunyan.exceptions.first?.frames.first?.column == 3)
        #expect(bunyan.tags["pid"] == "12")
        let pino = try Self.event(
            #"{"level":50,"time":1795000000123,"pid":1,"hostname":"h-2","reqId":"req-1","responseTime":6001,"err":{"type":"Error","message":"boom"},"msg":"request errored"}"#
        )
        #expect(pino.level == .error)
        #expect(pino.time == Timestamp(nanoseconds: 1_795_000_000_123_000_000))
        #expect(pino.host == "h-2")
        #expect(pino.durationMilliseconds == 6001)
        #expect(pino.exceptions == [ExceptionInfo(type: "Error", message: "boom")])
        #expect(pino.tags == ["pid": "1", "request_id": "req-1"])
    }

    @Test("Elastic's common schema, dotted or nested")
    func ecs() throws {
        let event = try Self.event(
            #"{"@timestamp":"2026-11-17T00:00:00Z","log.level":"ERROR","message":"m","ecs.version":"1.2.0","service.name":"orders","service":{"version":"1.2","environment":"prod"},"log":{"logger":"com.acme.X"},"host":{"name":"h-1"},"error.type":"com.acme.Boom","error.message":"b","error.code":"DB_001","error.stack_trace":"com.acme.Boom: b\n\tat com.acme.X.f(X.java:3)","trace.id":"t1","span.id":"s1","http":{"request":{"id":"r1"}},"event.duration":6000000000}"#
        )
        #expect(event.service == "orders")
        #expect(event.release == "1.2")
        #expect(event.environment == "prod")
        #expect(event.target == "com.acme.X")
        #expect(event.host == "h-1")
        #expect(event.code == "DB_001")
        #expect(event.traceID == "t1")
        #expect(event.spanID == "s1")
        #expect(event.durationMilliseconds == 6000)
        #expect(event.level == .error)
        #expect(event.exceptions.map(\.type) == ["com.acme.Boom"])
        #expect(event.exceptions.first?.frames.map(\.line) == [3])
        #expect(event.tags["request_id"] == "r1")
    }

    @Test(
        "levels as words, numbers, and OpenTelemetry's severities",
        arguments: [
            (#""level":"E""#, LogLevel?.none), (#""level":"ERROR2""#, .error), (#""level":3"#, .error),
            (#""level":2"#, .fatal), (#""level":4"#, .warning), (#""level":6"#, .info), (#""level":7"#, .debug),
            (#""level":10"#, .trace), (#""level":20"#, .debug), (#""level":30"#, .info), (#""level":40"#, .warning),
            (#""level":100"#, .debug), (#""level":200"#, .info), (#""level":300"#, .warning),
            (#""level":400"#, .error), (#""level":550"#, .fatal), (#""level":"50""#, .error),
            (#""severity_number":2"#, .trace), (#""severity_number":6"#, .debug), (#""severity_number":9"#, .info),
            (#""severity_number":13"#, .warning), (#""severityNumber":17"#, .error),
            (#""severityNumber":24"#, .fatal), (#""PRIORITY":3"#, .error), (#""level":true"#, nil),
            (#""level":-1"#, nil), (#""severityNumber":99"#, nil),
        ])
    func levels(field: String, level: LogLevel?) throws {
        #expect(try Self.event("{\"msg\":\"m\",\(field)}").level == level ?? .info)
    }

    @Test(
        "durations by unit",
        arguments: [
            (#""duration":"20ms""#, 20.0), (#""took":"1m3.5s""#, 63500), (#""elapsed":"900µs""#, 0.9),
            (#""latency_s":1"#, nil), (#""elapsed_seconds":2"#, 2000), (#""duration_us":1500"#, 1.5),
            (#""duration_ns":2000000"#, 2), (#""request_time":"0.25""#, 250), (#""duration":-1"#, nil),
            (#""duration":"soon""#, nil), (#""duration":"1 h""#, 3_600_000), (#""duration":"""#, nil),
            (#""duration":true"#, nil), (#""duration":"5 parsecs""#, nil),
        ])
    func durations(field: String, milliseconds: Double?) throws {
        #expect(try Self.event("{\"level\":\"error\",\"msg\":\"m\",\(field)}").durationMilliseconds == milliseconds)
    }

    @Test("escapes: surrogate pairs, lone halves, what is no escape")
    func escapes() throws {
        let line = #"{"level":"error","msg":"\ud83d\ude00 \ud83d \u00e9 \q \u12 \/ \b\f\t\\ \"x\""}"#
        #expect(
            try Self.event(line).message == "😀 \u{FFFD} é \\q \\u12 / \u{8}\u{C}\t\\ \"x\"")
    }

    @Test("an event of our own form comes back as it was")
    func ownEvents() throws {
        var event = ErrorEvent(
            id: "e-1", time: Timestamp(nanoseconds: 1_794_999_000_000_000_000), level: .fatal, message: "m")
        event.service = "orders"
        event.exceptions = [
            ExceptionInfo(
                type: "T", message: "x",
                frames: [StackFrame(file: "a.swift", function: "f", line: 3, column: 2, inApp: true)])
        ]
        event.tags = ["request_id": "r-1", "a": "b"]
        event.count = 7
        event.linesBefore = ["before"]
        event.source = EventSource(name: "other", offset: 5)
        let line = String(decoding: try JSONEncoder().encode(event), as: UTF8.self)
        #expect(parseEvent(text: line, now: TraceTests.now) == [event])
        let scratch = try Scratch()
        try scratch.write("own.jsonl", line + "\n" + line.replacingOccurrences(of: "\"v\":1", with: "\"v\":99") + "\n")
        var cursors: [FileCursor] = []
        let (events, _) = try FileIntakeTests.read(scratch, &cursors, pattern: "own.jsonl")
        #expect(events.count == 2)
        event.source = EventSource(name: "s", offset: 0)
        #expect(events.first == event)
        #expect(events.last?.message == "m")
        #expect(events.last?.count == 1)
    }

    @Test("an own event without a time has the run's")
    func ownWithoutTime() throws {
        let event = try Self.event(#"{"v":1,"id":"x","message":"m"}"#)
        #expect(event.id == "x")
        #expect(event.time == TraceTests.now)
        #expect(event.tags == ["time.missing": "true"])
    }

    @Test("a line that was torn tells what is left of it")
    func torn() throws {
        let event = try Self.event(#"{"level":"error","message":"half of a mess"#)
        #expect(event.level == .error)
        #expect(event.message == "half of a mess")
        #expect(event.tags["json.incomplete"] == "true")
    }
}
