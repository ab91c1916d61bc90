import Events
import Foundation
import Testing

@testable import Intake

@Suite("Sentry's events, in every shape that SDKs and its API give them")
struct SentryFormatTests {
    static func event(_ text: String) throws -> ErrorEvent {
        try SentryEvent.parse(Array(text.utf8), now: TraceTests.now)
    }

    static let chained =
        #"{"event_id":"9EC79C33-EC99-42AB-8353-589FCB2E04DC","timestamp":1794888000.25,"platform":"python","level":"fatal","server_name":"h-1","release":"pay@1.4.0+4f1c9e2a4f1c9e2a","environment":"prod","logger":"pay.charging","transaction":"charge","tags":[["tenant","acme"],["service","pay"]],"fingerprint":["{{ default }}",7],"user":{"id":12},"request":{"url":"http://h/pay","method":"POST","query_string":[["a","b"]]},"contexts":{"trace":{"trace_id":"t1","span_id":"s1"}},"breadcrumbs":{"values":[{"timestamp":"2026-11-17T03:59:59Z","category":"db","message":"select","level":"info"},{"type":"http","data":{"status_code":500}}]},"exception":{"values":[{"type":"KeyError","value":"'id'","stacktrace":{"frames":[{"filename":"pay.py","abs_path":"/app/pay.py","function":"pay","module":"pay","lineno":3,"colno":0,"in_app":true,"pre_context":["a","b"],"context_line":"c","post_context":["d"]}]}},{"type":"Boom","value":"outer","stacktrace":{"frames":[{"filename":"main.py","function":"main","lineno":"9","in_app":"false"},null,{}]}}]}}"#

    @Test("everything that an event tells")
    func whole() throws {
        let event = try Self.event(Self.chained)
        #expect(event.id == "9ec79c33ec9942ab8353589fcb2e04dc")
        #expect(event.time == Timestamp(nanoseconds: 1_794_888_000_250_000_000))
        #expect(event.level == .fatal)
        #expect(event.message == "Boom: outer")
        #expect(event.exceptions.map(\.type) == ["Boom", "KeyError"])
        let frame = try #require(event.rootException?.frames.last)
        #expect((frame.file, frame.function, frame.module, frame.line) == ("pay.py", "pay", "pay", 3))
        #expect(frame.column == nil && frame.inApp == true)
        #expect(frame.context == FrameContext(before: ["a", "b"], line: "c", after: ["d"]))
        #expect(event.exceptions[0].frames == [StackFrame(file: "main.py", function: "main", line: 9, inApp: false)])
        #expect((event.service, event.host, event.environment) == ("pay", "h-1", "prod"))
        #expect((event.release, event.revision) == ("pay@1.4.0+4f1c9e2a4f1c9e2a", "4f1c9e2a4f1c9e2a"))
        #expect((event.target, event.traceID, event.spanID) == ("pay.charging", "t1", "s1"))
        #expect(event.fingerprint == ["{{ default }}", "7"])
        #expect(event.request == RequestInfo(method: "POST", url: "http://h/pay?a=b"))
        #expect(event.breadcrumbs.map(\.message) == ["select", "status_code=500"])
        #expect(event.breadcrumbs.first?.time?.rfc3339 == "2026-11-17T03:59:59Z")
        #expect(event.tags["tenant"] == "acme" && event.tags["user.id"] == "12")
        #expect(event.tags["transaction"] == "charge")
    }

    @Test(
        "messages, wherever they stand",
        arguments: [
            (#""message":"top""#, "top"), (#""message":{"formatted":"f","message":"m %s"}"#, "f"),
            (#""message":{"message":"m %s and {} %s","params":["a",2]}"#, "m a and 2 %s"),
            (#""logentry":"text""#, "text"), (#""logentry":{"message":"m"},"message":"top""#, "m"),
            (#""sentry.interfaces.Message":{"message":"old"}"#, "old"), (#""culprit":"a in b""#, "a in b"),
            (#""exception":{"values":[{"type":"T"}]}"#, "T"), (#""exception":[{"value":"v"}]"#, "v"),
            (#""exception":{"type":"T","value":{"code":4}}"#, "T: code=4"), (#""message":"""#, "(no message)"),
        ])
    func messages(field: String, message: String) throws {
        #expect(try Self.event("{\"event_id\":\"a\",\"platform\":\"x\",\(field)}").message == message)
    }

    @Test(
        "broken and odd payloads are read as far as they make sense",
        arguments: [
            #""exception":null"#, #""exception":{"values":null}"#, #""exception":{"values":[null,3,{}]}"#,
            #""exception":{"values":[{"type":"T","stacktrace":null}]}"#,
            #""exception":{"values":[{"type":"T","stacktrace":{"frames":null}}]}"#, #""tags":null"#, #""tags":7"#,
            #""tags":[["a"],[],["b",null],{"key":"c","value":"d"}]"#, #""timestamp":"never""#, #""timestamp":{}"#,
            #""level":17"#, #""level":"sample""#, #""platform":[]"#, #""request":{"headers":[["a","b"]]}"#,
            #""request":"GET /""#, #""user":{"id":{}}"#, #""breadcrumbs":[null,1,{"message":null}]"#,
            #""threads":{"values":[{"crashed":true}]}"#, #""contexts":{"trace":7}"#, #""fingerprint":"x""#,
            #""release":{"version":"1"}"#, #""event_id":7"#,
        ])
    func odd(field: String) throws {
        let event = try Self.event("{\"sdk\":{\"name\":\"x\"},\"message\":\"m\",\(field)}")
        #expect(event.message == "m")
        #expect(!event.id.isEmpty)
    }

    @Test("frames of the crashed thread, of the event, in the old names")
    func threads() throws {
        let crashed =
            #"{"event_id":"a","threads":{"values":[{"id":1,"stacktrace":{"frames":[{"function":"idle"}]}},{"id":2,"crashed":true,"stacktrace":{"frames":[{"function":"main","package":"/bin/app","instruction_addr":"0x1"}]}}]},"exception":{"values":[{"type":"SIGSEGV","value":"bad"}]}}"#
        let event = try Self.event(crashed)
        #expect(event.exceptions.map(\.type) == ["SIGSEGV"])
        #expect(event.rootException?.frames == [StackFrame(function: "main", module: "/bin/app")])
        let old = try Self.event(
            #"{"sentry.interfaces.Exception":{"values":[{"type":"T","value":"v","stacktrace":{"frames":[{"abs_path":"/a.py","lineno":4}]}}]},"sentry.interfaces.Message":{"message":"m"}}"#
        )
        #expect(old.message == "m")
        #expect(old.rootException?.frames == [StackFrame(file: "/a.py", line: 4)])
    }

    @Test("the API's reply, in its own spelling")
    func reply() throws {
        let text =
            #"{"id":"9999","eventID":"9999","groupID":"13","projectID":"4","title":"T: v","message":"","dateCreated":"2026-11-17T04:00:00Z","platform":"node","tags":[{"key":"level","value":"warning"},{"key":"environment","value":"prod"},{"key":"server_name","value":"h-1"}],"release":{"version":"1.2","lastCommit":{"id":"4f1c9e2a4f1c9e2a4f1c9e2a4f1c9e2a4f1c9e2a"}},"contexts":{"trace":{"trace_id":"t1"}},"user":{"id":"7"},"entries":[{"type":"exception","data":{"values":[{"type":"T","value":"v","stacktrace":{"frames":[{"filename":"a.js","absPath":"/app/a.js","module":"a","function":"f","lineNo":5,"colNo":2,"inApp":true,"context":[[4,"x"],[5,"y"],[6,"z"]]}]}}]}},{"type":"breadcrumbs","data":{"values":[{"message":"b"}]}},{"type":"request","data":{"url":"http://h/a","method":"GET","query":[["q","1"]]}}]}"#
        let event = try Self.event(text)
        #expect(event.level == .warning)
        #expect((event.release, event.revision) == ("1.2", "4f1c9e2a4f1c9e2a4f1c9e2a4f1c9e2a4f1c9e2a"))
        #expect((event.environment, event.host, event.traceID) == ("prod", "h-1", "t1"))
        #expect(event.message == "T: v")
        #expect(event.request == RequestInfo(method: "GET", url: "http://h/a?q=1"))
        let frame = try #require(event.rootException?.frames.first)
        #expect(
            frame
                == StackFrame(
                    file: "a.js", function: "f", module: "a", line: 5, column: 2, inApp: true,
                    context: FrameContext(before: ["x"], line: "y", after: ["z"])))
        #expect(event.breadcrumbs.map(\.message) == ["b"])
    }

    @Test("webhooks: an issue, an alert with its event, actions that are no errors")
    func webhooks() throws {
        func body(_ action: String, _ data: String) -> String {
            #"{"action":"\#(action)","installation":{"uuid":"u"},"data":{\#(data)},"actor":{"id":"sentry"}}"#
        }
        let issue =
            #""issue":{"id":"11","shortId":"PAY-9","title":"T: v","culprit":"c","level":"fatal","lastSeen":"2026-11-17T04:00:00Z","count":"7","metadata":{"type":"T","value":"v","filename":"/a.js"},"project":{"slug":"pay"},"permalink":null}"#
        let created = try Self.event(body("created", issue))
        #expect((created.message, created.level, created.service) == ("T: v", .fatal, "pay"))
        #expect(created.exceptions == [ExceptionInfo(type: "T", message: "v", frames: [StackFrame(file: "/a.js")])])
        #expect(created.count == 1 && created.tags["sentry.count"] == "7" && created.tags["sentry.issue"] == "PAY-9")
        let alert = try Self.event(body("triggered", #""event":\#(Self.chained),"triggered_rule":"rule 1""#))
        #expect(alert.exceptions.map(\.type) == ["Boom", "KeyError"])
        #expect(alert.tags["sentry.rule"] == "rule 1")
        for action in ["resolved", "ignored", "assigned"] {
            #expect(throws: FormatError.notOfFormat("Sentry")) { try Self.event(body(action, issue)) }
        }
        let old = try Self.event(#"{"id":"1","project":"pay","project_name":"Pay","event":\#(Self.chained),"url":"x"}"#)
        #expect(old.exceptions.count == 2)
    }

    @Test("what is no event says so")
    func errors() {
        #expect(throws: FormatError.notJSON(format: "Sentry")) { try Self.event("{") }
        #expect(throws: FormatError.notOfFormat("Sentry")) { try Self.event("[]") }
        #expect(throws: FormatError.notOfFormat("Sentry")) {
            try Self.event(#"{"type":"transaction","start_timestamp":1,"timestamp":2}"#)
        }
    }

    @Test("in files: a line each, printed over many lines, in arrays, beside log lines")
    func files() throws {
        let pretty = try #require(
            String(
                data: try JSONSerialization.data(
                    withJSONObject: JSONSerialization.jsonObject(with: Data(Self.chained.utf8)),
                    options: [.prettyPrinted, .sortedKeys]), encoding: .utf8))
        for text in [
            Self.chained + "\n" + Self.chained + "\n", pretty + "\n" + pretty, "[\(pretty),\n\(pretty)]",
            "[\(Self.chained),\(Self.chained)]", "\u{FEFF}" + pretty + pretty,
        ] {
            let (events, statistics) = try CarrierFiles.read(text)
            #expect(events.map { $0.exceptions.count } == [2, 2])
            #expect(events.allSatisfy { $0.id == "9ec79c33ec9942ab8353589fcb2e04dc" })
            #expect(statistics.unreadable.isEmpty)
            #expect(parseEvent(text: text, now: TraceTests.now).count == 2)
        }
        let mixed = try CarrierFiles.read(
            "2026-11-17 04:00:00 ERROR plain\n\(Self.chained)\n\(CarrierFiles.cri([Self.chained]))")
        #expect(mixed.events.map(\.exceptions.count) == [0, 2, 2])
    }
}

@Suite("Sentry's envelopes")
struct SentryEnvelopeTests {
    static let header =
        #"{"event_id":"9ec79c33ec9942ab8353589fcb2e04dc","dsn":"http://k@h/42","sent_at":"2026-11-17T04:00:00Z","trace":{"trace_id":"t9","environment":"prod","release":"1.0"}}"#

    static func item(_ type: String, _ payload: String, length: Bool = true) -> String {
        let size = length ? #","length":\#(payload.utf8.count)"# : ""
        return #"{"type":"\#(type)"\#(size)}"# + "\n" + payload + "\n"
    }

    static func parse(_ text: String) throws -> ParsedEvents {
        try SentryEnvelope.parse(Array(text.utf8), now: TraceTests.now)
    }

    @Test("events among other items; what the header knows fills what they leave out")
    func items() throws {
        let event = #"{"message":"é\nx","level":"warning"}"#
        let text =
            Self.header + "\n" + Self.item("attachment", "a\n{\"type\":\"event\"}\nb") + Self.item("event", event)
            + Self.item("attachment", "") + Self.item("session", "{}", length: false)
            + Self.item("event", SentryFormatTests.chained)
        for text in [text, String(text.dropLast()), text.replacingOccurrences(of: "}\n{\"type", with: "}\n\n{\"type")] {
            let parsed = try Self.parse(text)
            #expect(parsed.events.map(\.message) == ["é\nx", "Boom: outer"])
            #expect(parsed.events.map(\.environment) == ["prod", "prod"])
            #expect(parsed.events.first?.id == "9ec79c33ec9942ab8353589fcb2e04dc")
            #expect(parsed.events.first?.time.rfc3339 == "2026-11-17T04:00:00Z")
            #expect(parsed.events.first?.tags["sentry.project"] == "42")
            #expect(parsed.ignored == 3 && parsed.rejected == 0)
            let (events, statistics) = try CarrierFiles.read(text)
            #expect(events.map(\.message) == ["é\nx", "Boom: outer"])
            #expect(statistics.unreadable.isEmpty)
        }
    }

    @Test("a broken item costs no other one")
    func broken() throws {
        let text =
            Self.header + "\n" + Self.item("event", "{\"message\":") + Self.item("event", #"{"message":"good"}"#)
            + #"{"type":"event","length":99999}"# + "\n{}"
        let parsed = try Self.parse(text)
        #expect(parsed.events.map(\.message) == ["good"])
        #expect(parsed.rejected == 2)
        let (events, statistics) = try CarrierFiles.read(text)
        #expect(events.map(\.message) == ["good"])
        #expect(statistics.unreadable.map(\.count) == [2])
        #expect(throws: FormatError.self) { try Self.parse("no header\n") }
    }

    @Test("structured logs of an SDK, and envelopes one behind another")
    func logs() throws {
        let logs =
            #"{"items":[{"timestamp":1794888000.5,"level":"error","body":"log m","trace_id":"t1","attributes":{"sentry.environment":{"value":"dev","type":"string"},"order":{"value":7,"type":"integer"}}}]}"#
        let one = Self.header + "\n" + Self.item("log", logs)
        let parsed = try Self.parse(one + one)
        #expect(parsed.events.map(\.message) == ["log m", "log m"])
        #expect(parsed.events.map(\.environment) == ["dev", "dev"])
        #expect(parsed.events.first?.tags["order"] == "7")
        #expect(Set(parsed.events.map(\.id)).count == 2)
    }
}
