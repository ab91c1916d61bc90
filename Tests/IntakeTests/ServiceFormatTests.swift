import Events
import Foundation
import Testing

@testable import Intake

@Suite("Patrol's events, bare and in what AWS puts around them")
struct PatrolTests {
    static let event =
        #"{"eventId":"error-1","timestamp":1794888000123,"repositoryUrl":"https://h/org/r","errorLog":{"message":"TypeError: x","code":"TypeError","filePath":"src/user.ts","lineNumber":"45","stackTrace":"at f (src/user.ts:45:15)\nat g (src/app.ts:3:1)","context":{"git.commit.sha":"0123456789abcdef0123456789abcdef01234567","service.name":"users","http.method":"GET","http.url":"/u"}},"webhookConfigId":7}"#

    static func parse(_ text: String) throws -> PatrolBatch {
        try PatrolBatch.parse(Array(text.utf8), now: TraceTests.now)
    }

    static func sqs(_ bodies: [String]) -> String {
        let records = bodies.enumerated().map {
            #"{"messageId":"m\#($0)","eventSource":"aws:sqs","body":\#(JSONValueText.quoted($1))}"#
        }
        return #"{"Records":[\#(records.joined(separator: ","))]}"#
    }

    @Test("an event, bare")
    func bare() throws {
        let event = try #require(try Self.parse(Self.event).records.first?.event)
        #expect(event.id == "error-1")
        #expect(event.time == Timestamp(nanoseconds: 1_794_888_000_123_000_000))
        #expect((event.message, event.code, event.service) == ("TypeError: x", "TypeError", "users"))
        #expect(
            (event.repositoryURL, event.revision) == ("https://h/org/r", "0123456789abcdef0123456789abcdef01234567"))
        #expect(event.exceptions.map(\.type) == ["TypeError"])
        #expect(event.rootException?.frames.map(\.file) == ["src/app.ts", "src/user.ts"])
        #expect(event.request == RequestInfo(method: "GET", url: "/u"))
        #expect(event.tags["webhook_config_id"] == "7")
    }

    @Test(
        "every wrapper",
        arguments: [
            sqs([event]), #"{"Records":[{"EventSource":"aws:sns","Sns":{"Message":\#(JSONValueText.quoted(event))}}]}"#,
            #"{"Type":"Notification","MessageId":"1","TopicArn":"arn","Message":\#(JSONValueText.quoted(event))}"#,
            sqs([#"{"Type":"Notification","TopicArn":"arn","Message":\#(JSONValueText.quoted(event))}"#]),
            #"{"source":"my.app","detail-type":"Error","detail":\#(event)}"#, "[\(event)]",
            #"{"requestContext":{},"body":\#(JSONValueText.quoted(event)),"isBase64Encoded":false}"#,
            #"{"isBase64Encoded":true,"body":"\#(Data(event.utf8).base64EncodedString())"}"#,
        ])
    func wrapped(text: String) throws {
        let batch = try Self.parse(text)
        #expect(batch.records.map(\.eventID) == ["error-1"])
        #expect((batch.processed, batch.failed) == (1, 0))
        let (events, statistics) = try CarrierFiles.read(text + "\n")
        #expect(events.map(\.id) == ["error-1"])
        #expect(events.first?.rootException?.frames.count == 2)
        #expect(statistics.unreadable.isEmpty)
    }

    @Test("one bad record does not lose the others, and is counted")
    func bad() throws {
        let text = Self.sqs([
            Self.event, "{", "7", #"{"errorLog":{}}"#, Self.event.replacingOccurrences(of: "error-1", with: "error-2"),
        ])
        let batch = try Self.parse(text)
        #expect((batch.processed, batch.failed) == (2, 3))
        #expect(batch.records.compactMap(\.eventID) == ["error-1", "error-2"])
        let (events, statistics) = try CarrierFiles.read(text + "\n", triggers: Triggers())
        #expect(events.map(\.id) == ["error-1", "error-2"])
        #expect(statistics.unreadable.map(\.count) == [3])
        #expect(try Self.parse(#"{"foo":1}"#).failed == 1)
        #expect(throws: FormatError.notJSON(format: "Patrol")) { try Self.parse("nothing") }
    }

    @Test("OTLP where Patrol took it: flat attributes, a forwarder's `logs`")
    func telemetry() throws {
        let request =
            #"{"resourceLogs":[{"resource":{"attributes":{"service.name":"svc-b"}},"scopeLogs":[{"logRecords":[{"timeUnixNano":"1707817200000000000","severityNumber":17,"body":{"stringValue":"boom"},"attributes":{"exception.type":"TypeError","exception.message":"Cannot read","exception.stacktrace":"at f (src/a.ts:1:2)"},"traceId":"abc","spanId":"def"}]}]}]}"#
        for text in [request, #"{"logs":[\#(request)]}"#, #"{"logs":\#(request)}"#, Self.sqs([request])] {
            let event = try #require(try Self.parse(text).records.first?.event)
            #expect((event.message, event.service) == ("TypeError: Cannot read", "svc-b"))
            #expect(event.rootException?.frames.map(\.file) == ["src/a.ts"])
        }
        #expect(try Self.parse(#"{"logs":[\#(request),\#(request)]}"#).processed == 2)
    }

    @Test("wrappers within wrappers come to an end")
    func depth() throws {
        var text = Self.event
        for _ in 0..<9 { text = Self.sqs([text]) }
        #expect(try Self.parse(text).failed == 1)
    }
}

@Suite("Loki's replies")
struct LokiFormatTests {
    static func reply(_ streams: String) -> String {
        #"{"status":"success","data":{"resultType":"streams","result":[\#(streams)],"stats":{}}}"#
    }

    static func stream(_ labels: String, _ lines: [String], backward: Bool = false, step: Int = 1000) -> String {
        var values = lines.enumerated().map {
            "[\"\(1_794_888_000_000_000_000 + $0 * step)\",\(JSONValueText.quoted($1))]"
        }
        if backward { values.reverse() }
        return #"{"stream":{\#(labels)},"values":[\#(values.joined(separator: ","))]}"#
    }

    @Test("a trace over lines of one stream is one event, whatever the reply's direction", arguments: [false, true])
    func traces(backward: Bool) throws {
        for step in [1000, 0] where step > 0 || !backward {
            let text = Self.reply(
                Self.stream(#""app":"pay","level":"error""#, CarrierFiles.python, backward: backward, step: step) + ","
                    + Self.stream(#""app":"web""#, ["INFO a", "ERROR b"], backward: backward))
            let (events, statistics) = try CarrierFiles.read(text)
            #expect(events.map(\.service).sorted { ($0 ?? "") < ($1 ?? "") } == ["pay", "web", "web"])
            let event = try #require(events.first { $0.service == "pay" })
            #expect(event.rootException?.frames.map(\.line) == [8, 3])
            #expect(statistics.unreadable.isEmpty)
            let own = try LokiStreams.parse(Array(text.utf8)).events(
                source: SourceSettings(name: "loki", paths: []), now: TraceTests.now)
            #expect(Set(own.map(\.message)) == ["KeyError: 'currency'", "b"])
            #expect(Set(own.map(\.id)).count == 2)
        }
    }

    @Test("entries: nanoseconds exact, structured metadata in either form, one bad entry costs itself")
    func entries() throws {
        let text = Self.reply(
            #"{"stream":{"app":"a","n":5},"values":[["1794888000123456789","x",{"trace_id":"t1"}],["1794888000123456788","w",{"structuredMetadata":{"k":"v"},"parsed":{"msg":"w"}}],[1],["later","y"],["5"]]}"#
        )
        let reply = try LokiStreams.parse(Array(text.utf8))
        #expect(reply.entries.map(\.nanoseconds) == [1_794_888_000_123_456_788, 1_794_888_000_123_456_789])
        #expect(reply.entries.map(\.metadata) == [["k": "v"], ["trace_id": "t1"]])
        #expect(reply.streams == [["app": "a", "n": "5"]])
        #expect(reply.rejected == 3)
        let (events, statistics) = try CarrierFiles.read(text)
        #expect(events.last?.traceID == "t1")
        #expect(statistics.unreadable.map(\.count) == [3])
    }

    @Test(
        "numbers, other shapes, older shapes",
        arguments: [
            (
                #"{"status":"success","data":{"resultType":"matrix","result":[{"metric":{},"values":[[1588889221,"1"]]}]}}"#,
                0
            ),
            (
                #"{"status":"success","data":{"resultType":"vector","result":[{"metric":{},"value":[1588889221,"1"]}]}}"#,
                0
            ),
            (#"{"streams":[{"stream":{"a":"b"},"values":[["1794888000123456789","x"]]}],"dropped_entries":[]}"#, 1),
            (#"{"streams":[{"labels":"{app=\"b\"}","entries":[{"ts":"2026-11-17T04:00:00.5Z","line":"x"}]}]}"#, 1),
            (#"{"status":"success","data":{"resultType":"streams","result":[]}}"#, 0),
        ])
    func shapes(text: String, count: Int) throws {
        #expect(try LokiStreams.parse(Array(text.utf8)).entries.count == count)
        #expect(try CarrierFiles.read(text).events.count == count)
    }

    @Test("what is no reply says so", arguments: [#"{"status":"error"}"#, "[]", "x"])
    func errors(text: String) { #expect(throws: FormatError.self) { try LokiStreams.parse(Array(text.utf8)) } }
}

@Suite("Rollbar's items and Datadog's events")
struct ExportTests {
    static let rollbar =
        #"{"access_token":"t","data":{"uuid":"d4c7-1","timestamp":1794888000,"level":"critical","environment":"prod","code_version":"4f1c9e2a4f1c9e2a4f1c9e2a4f1c9e2a4f1c9e2a","platform":"linux","language":"python","context":"pay#charge","title":"t","fingerprint":"50a5","server":{"host":"h-1","root":"/app","branch":"main"},"request":{"url":"http://h/pay","method":"POST"},"person":{"id":"7"},"custom":{"order":7},"notifier":{"name":"pyrollbar"},"body":{"telemetry":[{"level":"info","type":"log","timestamp_ms":1794887999000,"body":{"message":"before"}}],"trace_chain":[{"exception":{"class":"Boom","message":"outer"},"frames":[{"filename":"/app/main.py","lineno":9,"method":"main"}]},{"exception":{"class":"KeyError","message":"'id'"},"frames":[{"filename":"/app/a.py","lineno":1,"method":"a"},{"filename":"/app/pay.py","lineno":3,"method":"pay","code":"x","context":{"pre":["w"],"post":["y"]}}]}]}}}"#

    @Test("a Rollbar item, as sent and as the API returns it")
    func items() throws {
        let data = try #require(JSONTree.parse(Self.rollbar)?["data"])
        #expect(RollbarItem.payload(data) != nil)
        let inner = String(Self.rollbar.dropFirst(27).dropLast())
        for text in [Self.rollbar, #"{"err":0,"result":{"id":1,"project_id":2,"data":\#(inner)}}"#] {
            let event = try #require(try CarrierFiles.read(text + "\n").events.first)
            #expect((event.id, event.level, event.message) == ("d4c71", .fatal, "Boom: outer"))
            #expect(event.exceptions.map(\.type) == ["Boom", "KeyError"])
            #expect(event.rootException?.frames.map(\.function) == ["a", "pay"])
            #expect(event.rootException?.frames.last?.context == FrameContext(before: ["w"], line: "x", after: ["y"]))
            #expect((event.host, event.environment, event.target) == ("h-1", "prod", "pay#charge"))
            #expect(event.revision == "4f1c9e2a4f1c9e2a4f1c9e2a4f1c9e2a4f1c9e2a" && event.release == nil)
            #expect(event.fingerprint == ["50a5"] && event.request?.method == "POST")
            #expect(event.breadcrumbs.map(\.message) == ["before"] && event.tags["custom.order"] == "7")
        }
    }

    @Test(
        "Rollbar's other bodies",
        arguments: [
            (#"{"message":{"body":"told"}}"#, "told", 0),
            (#"{"trace":{"exception":{"class":"T"},"frames":[]}}"#, "T", 1),
            (#"{"crash_report":{"raw":"java.lang.E: x\n\tat a.B.c(B.java:1)\n"}}"#, "java.lang.E: x", 1),
        ])
    func bodies(body: String, message: String, exceptions: Int) throws {
        let text = #"{"data":{"environment":"e","level":"error","timestamp":1794888000,"body":\#(body)}}"#
        let event = try #require(try CarrierFiles.read(text + "\n").events.first)
        #expect(event.message == message)
        #expect(event.exceptions.count == exceptions)
    }

    static let agent =
        #"{"message":"charging failed","status":"error","service":"pay","hostname":"h-1","ddsource":"python","ddtags":"env:prod,version:1.4.0,git.commit.sha:4f1c9e2a","timestamp":1794888000123,"logger":{"name":"pay.charging"},"dd":{"trace_id":"99","span_id":"7"},"error":{"kind":"KeyError","message":"'id'","stack":"Traceback (most recent call last):\n  File \"/app/pay.py\", line 8, in pay\n    x\nKeyError: 'id'"},"http":{"url":"/pay","method":"POST","status_code":500},"order":7}"#

    @Test("a Datadog log, as an agent has it and as the API exports it")
    func logs() throws {
        let exported =
            #"{"data":[{"id":"AQ1","type":"log","attributes":{"timestamp":"2026-11-17T04:00:00.123Z","status":"error","service":"pay","host":"h-1","message":"charging failed","tags":["env:prod","version:1.4.0","git.commit.sha:4f1c9e2a"],"attributes":{"order":7,"logger":{"name":"pay.charging"},"dd":{"trace_id":"99","span_id":"7"},"http":{"url":"/pay","method":"POST","status_code":500},"error":{"kind":"KeyError","message":"'id'","stack":"Traceback (most recent call last):\n  File \"/app/pay.py\", line 8, in pay\n    x\nKeyError: 'id'"}}}}],"meta":{}}"#
        for text in [Self.agent, exported] {
            let event = try #require(try CarrierFiles.read(text + "\n").events.first)
            #expect((event.message, event.level, event.service) == ("charging failed", .error, "pay"))
            #expect(event.time == Timestamp(nanoseconds: 1_794_888_000_123_000_000))
            #expect((event.host, event.environment, event.release) == ("h-1", "prod", "1.4.0"))
            #expect((event.revision, event.target, event.traceID) == ("4f1c9e2a", "pay.charging", "99"))
            #expect(event.exceptions.map(\.type) == ["KeyError"])
            #expect(event.rootException?.frames.map(\.line) == [8])
            #expect(event.request == RequestInfo(method: "POST", url: "/pay", status: 500))
            #expect(event.tags["order"] == "7")
        }
    }

    @Test("issues of Datadog's error tracking")
    func issues() throws {
        let text =
            #"{"data":[{"id":"c1","type":"issue","attributes":{"error_type":"KeyError","error_message":"'id'","file_path":"pay.py","function_name":"pay","first_seen":1794880000000,"last_seen":1794888000000,"last_seen_version":"1.4.0","is_crash":false,"languages":["PYTHON"],"platform":"BACKEND","service":"pay","state":"OPEN"}},{"type":"issue","attributes":{}},{"id":"2","type":"rum","attributes":{"attributes":{"view":{}}}}]}"#
        let (events, statistics) = try CarrierFiles.read(text + "\n")
        let event = try #require(events.first)
        #expect(events.count == 1)
        #expect((event.message, event.service, event.release) == ("KeyError: 'id'", "pay", "1.4.0"))
        #expect(event.frames == [StackFrame(file: "pay.py", function: "pay")])
        #expect(event.time.rfc3339 == "2026-11-17T04:00:00Z")
        #expect(statistics.unreadable.map(\.reason) == [.brokenMessage])
    }

    @Test("a settled format rejects what is of another")
    func forced() throws {
        let (events, statistics) = try CarrierFiles.read(Self.rollbar + "\n" + Self.agent + "\n", format: .rollbar)
        #expect(events.count == 1)
        #expect(statistics.unreadable.map(\.reason) == [.otherFormat])
    }

    @Test(
        "log lines of programs are no messages of services",
        arguments: [
            #"{"level":"error","message":"m","data":{"a":1},"status":"x","exception":"E: y"}"#,
            #"{"level":"error","msg":"m","body":{"message":"x"},"environment":"prod"}"#,
            #"{"level":"error","message":"m","event_id":"7","type":"order"}"#,
            #"{"level":"error","message":"m","attributes":{"message":"x"},"type":"log-line"}"#,
            #"{"level":"error","message":"m","streams":["a"],"logs":[1]}"#,
            #"{"level":"error","message":"m","Records":[1,2]}"#, #"{"level":"error","message":"m","entries":5}"#,
        ])
    func programs(line: String) throws {
        let event = try #require(try CarrierFiles.read(line + "\n").events.first)
        #expect(event.message == "m")
        #expect(event.level == .error)
    }
}
