import Events
import Foundation
import Testing

@testable import Intake

/// A request read to its end.
enum OTLPRequest {
    static func parse(json bytes: [UInt8], now: Timestamp, most: Int = 1000) throws(FormatError) -> ParsedEvents {
        parse(try OTLPReading(json: bytes, now: now), most)
    }

    static func parse(protobuf bytes: [UInt8], now: Timestamp, most: Int = 1000) throws(FormatError) -> ParsedEvents {
        parse(try OTLPReading(protobuf: bytes, now: now), most)
    }

    private static func parse(_ reading: OTLPReading, _ most: Int) -> ParsedEvents {
        var (reading, events) = (reading, [ErrorEvent]())
        while let part = reading.next(most) { events += part }
        return ParsedEvents(events: events, rejected: reading.rejected, ignored: reading.ignored)
    }
}

@Suite("OpenTelemetry's logs and spans")
struct TelemetryTests {
    static func parse(_ text: String) throws -> ParsedEvents {
        try OTLPRequest.parse(json: Array(text.utf8), now: TraceTests.now)
    }

    static func logs(_ record: String, resource: String = #"{"key":"service.name","value":{"stringValue":"pay"}}"#)
        -> String
    {
        #"{"resourceLogs":[{"resource":{"attributes":[\#(resource)]},"scopeLogs":[{"scope":{"name":"lib"},"logRecords":[\#(record)]}]}]}"#
    }

    static func attribute(_ name: String, _ value: String) -> String {
        #"{"key":"\#(name)","value":{"stringValue":\#(JSONValueText.quoted(value))}}"#
    }

    @Test("a log record with its exception, code, resource and identifiers")
    func record() throws {
        let trace =
            "Traceback (most recent call last):\n  File \"/app/pay.py\", line 8, in pay\n    x\nKeyError: 'id'\n"
        let attributes = [
            Self.attribute("exception.type", "KeyError"), Self.attribute("exception.message", "'id'"),
            Self.attribute("exception.stacktrace", trace), Self.attribute("http.request.method", "POST"),
            Self.attribute("url.path", "/pay"), #"{"key":"order","value":{"intValue":"7"}}"#,
        ].joined(separator: ",")
        let resource = [
            Self.attribute("service.name", "pay"), Self.attribute("service.version", "1.4.0"),
            Self.attribute("host.name", "h-1"),
            Self.attribute("deployment.environment.name", "prod"), Self.attribute("git.commit.sha", "4f1c9e2a"),
            Self.attribute("vcs.repository.url", "https://h/v"), Self.attribute("git.repository.url", "https://h/g"),
        ].joined(separator: ",")
        let text = Self.logs(
            #"{"timeUnixNano":"1794888000123456789","severityNumber":17,"body":{"stringValue":"charging failed"},"traceId":"5B8EFFF798038103D269B633813FC60C","spanId":"7uGbfsPBsXQ=","attributes":[\#(attributes)]}"#,
            resource: resource)
        let event = try #require(try Self.parse(text).events.first)
        #expect(event.time == CarrierTests.time)
        #expect(event.level == .error)
        #expect(event.message == "KeyError: 'id'" && event.tags["log.body"] == "charging failed")
        #expect(event.exceptions.map(\.type) == ["KeyError"])
        #expect(event.rootException?.frames.map(\.line) == [8])
        #expect((event.service, event.release, event.environment) == ("pay", "1.4.0", "prod"))
        #expect((event.host, event.target, event.revision) == ("h-1", "lib", "4f1c9e2a"))
        #expect(event.repositoryURL == "https://h/g")
        #expect(event.traceID == "5b8efff798038103d269b633813fc60c")
        #expect(event.spanID == "eee19b7ec3c1b174")
        #expect(event.request == RequestInfo(method: "POST", url: "/pay"))
        #expect(event.tags["order"] == "7")
    }

    @Test(
        "levels, times and messages",
        arguments: [
            (#""severityNumber":"SEVERITY_NUMBER_ERROR3","body":{"stringValue":"m"}"#, LogLevel.error, "m"),
            (#""severityNumber":21,"body":"plain""#, .fatal, "plain"),
            (#""severityText":"warn","body":{"stringValue":"m"}"#, .warning, "m"),
            (#""body":{"stringValue":"2026-11-17 04:00:00 ERROR [a] inner"}"#, .error, "inner"),
            (#""body":{"stringValue":"{\"level\":\"error\",\"msg\":\"json\"}"}"#, .error, "json"),
            (
                #""body":{"kvlistValue":{"values":[{"key":"msg","value":{"stringValue":"kv"}},{"key":"level","value":{"stringValue":"error"}}]}}"#,
                .error, "kv"
            ),
            (#""body":{"intValue":"42"}"#, .info, "42"), (#""body":{}"#, .info, "Unknown error"),
            (#""body":{"arrayValue":{"values":[{"intValue":1},{"boolValue":true}]}}"#, .info, "[1, true]"),
            (#""eventName":"device.crash""#, .info, "device.crash"),
            (
                #""attributes":{"exception.message":"only"},"body":{"stringValue":"boom"},"severityNumber":17"#, .error,
                "only"
            ),
            (#""severity_number":13,"body":{"string_value":"snake"}"#, .warning, "snake"),
        ])
    func records(field: String, level: LogLevel, message: String) throws {
        for time in [#""timeUnixNano":1794888000000000000"#, #""observed_time_unix_nano":"1794888000000000000""#] {
            let event = try #require(try Self.parse(Self.logs("{\(time),\(field)}")).events.first)
            #expect((event.level, event.message) == (level, message))
            #expect(event.time == Timestamp(nanoseconds: 1_794_888_000_000_000_000))
        }
    }

    @Test("`code.*` place an error that has no frames, old names and new; an info record stays none")
    func code() throws {
        for (file, line) in [("code.filepath", "code.lineno"), ("code.file.path", "code.line.number")] {
            let attributes =
                #"[{"key":"\#(file)","value":{"stringValue":"src/a.ts"}},{"key":"\#(line)","value":{"intValue":"10"}}]"#
            let event = try #require(
                try Self.parse(
                    Self.logs(#"{"severityNumber":17,"body":{"stringValue":"m"},"attributes":\#(attributes)}"#)
                ).events.first)
            #expect(event.frames == [StackFrame(file: "src/a.ts", line: 10, inApp: true)])
            let info = try #require(
                try Self.parse(
                    Self.logs(#"{"severityNumber":9,"body":{"stringValue":"m"},"attributes":\#(attributes)}"#)
                ).events.first)
            #expect(info.frames.isEmpty && !Triggers().match(info))
        }
    }

    @Test("the span where an error arose tells it once, with the spans around it")
    func spans() throws {
        func span(_ id: String, _ parent: String, _ name: String, _ rest: String) -> String {
            #"{"traceId":"5b8efff798038103d269b633813fc60c","spanId":"\#(id)","parentSpanId":"\#(parent)","name":"\#(name)","kind":2,"startTimeUnixNano":"1794888000000000000","endTimeUnixNano":"1794888001500000000",\#(rest)}"#
        }
        let told =
            #""events":[{"timeUnixNano":"1794888001000000000","name":"exception","attributes":[{"key":"exception.type","value":{"stringValue":"Boom"}},{"key":"exception.message","value":{"stringValue":"m"}}]}],"status":{"code":2,"message":"x"}"#
        let all = [
            span("1111111111111111", "", "POST /pay", told),
            span("2222222222222222", "1111111111111111", "charge", told),
            span(
                "3333333333333333", "1111111111111111", "query",
                #""status":{"code":"STATUS_CODE_ERROR","message":"db timeout"}"#),
            span("4444444444444444", "4444444444444444", "itself", #""status":{"code":2}"#),
            span("5555555555555555", "", "fine", #""status":{"code":1}"#),
        ].joined(separator: ",")
        let parsed = try Self.parse(
            #"{"resourceSpans":[{"resource":{"attributes":[\#(Self.attribute("service.name", "pay"))]},"scopeSpans":[{"spans":[\#(all)]}]}]}"#
        )
        #expect(parsed.events.map(\.message) == ["Boom: m", "db timeout", "itself failed"])
        let event = try #require(parsed.events.first)
        #expect(
            event.parentSpans == [
                SpanInfo(id: "1111111111111111", name: "POST /pay", service: "pay", durationMilliseconds: 1500)
            ])
        #expect(event.durationMilliseconds == 1500 && event.spanID == "2222222222222222")
        #expect(event.tags["span.kind"] == "server")
        #expect(event.time == Timestamp(nanoseconds: 1_794_888_001_000_000_000))
    }

    @Test(
        "what is out of place is counted, and costs nothing beside it",
        arguments: [
            (#"{"resourceLogs":[{}]}"#, 0, 0), (#"{"resourceLogs":{}}"#, 0, 1),
            (#"{"resourceLogs":[7,{"scopeLogs":7}]}"#, 0, 2),
            (#"{"resourceLogs":[],"unexpected":"value"}"#, 0, 0),
            (#"{"resourceSpans":[{"scopeSpans":[{"spans":[1,{"events":7}]}]}]}"#, 0, 1),
            (
                #"{"resourceLogs":[{"scopeLogs":[{"logRecords":[{"timeUnixNano":{}},{"body":[]},{"attributes":7},null]}]}]}"#,
                3, 1
            ),
        ])
    func broken(text: String, events: Int, rejected: Int) throws {
        let parsed = try Self.parse(text)
        #expect(parsed.events.count == events)
        #expect(parsed.rejected == rejected)
    }

    /// The bytes of one field of the wire format.
    static func field(_ number: UInt8, _ content: [UInt8]) -> [UInt8] {
        var (bytes, length) = ([number << 3 | 2], content.count)
        repeat {
            bytes.append(UInt8(length & 0x7F) | (length > 0x7F ? 0x80 : 0))
            length >>= 7
        } while length > 0
        return bytes + content
    }

    static func fixed(_ number: UInt8, _ value: UInt64) -> [UInt8] {
        [number << 3 | 1] + withUnsafeBytes(of: value.littleEndian) { Array($0) }
    }

    static func text(_ value: String) -> [UInt8] { field(1, Array(value.utf8)) }

    static func request(_ message: [UInt8]) -> [UInt8] {
        let record =
            fixed(1, 1_794_888_000_123_456_789) + [0x10, 17] + field(5, field(1, message)) + field(9, Array(1...16))
        let resource = field(1, field(1, text("service.name") + field(2, text("pay"))))
        return field(1, resource + field(2, field(1, text("lib")) + field(2, record)))
    }

    @Test("protocol buffers: one request in a file, many behind their lengths, texts that are no UTF-8")
    func wire() throws {
        let bytes = Self.request(Array("boom ".utf8) + [0xFF])
        let parsed = try OTLPRequest.parse(protobuf: bytes, now: TraceTests.now)
        #expect(parsed.events.map(\.message) == ["boom ÿ"])
        #expect(parsed.events.first?.traceID == "0102030405060708090a0b0c0d0e0f10")
        #expect(parsed.events.first?.target == "lib")
        for format in [SourceSettings.Format?.none, .otlpProtobuf] {
            let (events, statistics) = try CarrierFiles.read(Data(bytes), format: format)
            #expect(events.map(\.time) == [CarrierTests.time])
            #expect(statistics.unreadable.isEmpty)
            let framed = [UInt8](
                repeatElement([0, 0, UInt8(bytes.count >> 8), UInt8(bytes.count & 255)] + bytes, count: 3).joined())
            #expect(try CarrierFiles.read(Data(framed), format: format).events.count == 3)
            let torn = try CarrierFiles.read(Data(framed.dropLast(5)), format: format)
            #expect(torn.events.count == 2)
            #expect(torn.statistics.unreadable.map(\.reason) == [.brokenMessage])
        }
        #expect(throws: FormatError.notOfFormat("OTLP")) {
            try OTLPRequest.parse(protobuf: Array(bytes.dropLast(3)), now: TraceTests.now)
        }
    }

    @Test("very many records are refused before they cost memory")
    func bomb() {
        let tooMany = FormatError.tooMany(format: "OTLP", limit: Telemetry.records)
        func request(_ record: [UInt8]) -> [UInt8] {
            Self.field(1, Self.field(2, Array(repeatElement(record, count: Telemetry.records + 1).joined())))
        }
        #expect(throws: FormatError.notOfFormat("OTLP"), "nothing says what they are") {
            try OTLPReading(protobuf: request([0x12, 0x00]), now: TraceTests.now)
        }
        #expect(throws: tooMany) {
            try OTLPReading(protobuf: request(Self.field(2, [0x10, 17])), now: TraceTests.now)
        }
        let empty = Array(repeating: "{}", count: Telemetry.records + 1).joined(separator: ",")
        #expect(throws: tooMany) { try OTLPReading(json: Array(Self.logs(empty).utf8), now: TraceTests.now) }
    }

    @Test("however few records are read at a time, the events are the same; a resource may stand behind its records")
    func parts() throws {
        func span(_ id: Int, parent: Int, _ rest: String) -> String {
            #"{"traceId":"5b8efff798038103d269b633813fc60c","spanId":"000000000000000\#(id)","parentSpanId":"000000000000000\#(parent)","name":"s\#(id)",\#(rest)}"#
        }
        let spans = [
            span(1, parent: 0, #""status":{"code":1}"#), span(2, parent: 1, #""status":{"code":2}"#), "7",
            span(
                3, parent: 1,
                #""status":{"code":1},"events":[{"attributes":[\#(Self.attribute("exception.type", "Boom"))]}]"#),
        ].joined(separator: ",")
        let records = (1...5).map { #"{"severityNumber":17,"body":{"stringValue":"record \#($0)"}}"# } + [#"{"body":"#]
        let resource = #""resource":{"attributes":[\#(Self.attribute("service.name", "late"))]}"#
        let text = #"""
            {"unknown":[{"a":"]}"}],"resourceLogs":[
            {"scopeLogs":[{"logRecords":[\#(records.dropLast().joined(separator: " , "))],"scope":{"name":"lib"}},{"scope":{}}],\#(resource)},
            {"resource":null,"scope_logs":[{"log_records":[{"body":"bare"}]}]}],
            "resource\u0053pans":[{"scopeSpans":[{"spans":[\#(spans)]}],\#(resource)}]}
            """#
        let whole = try OTLPRequest.parse(json: Array(text.utf8), now: TraceTests.now)
        #expect(whole.events.map(\.message) == (1...5).map { "record \($0)" } + ["bare", "s2 failed", "Boom"])
        #expect(whole.events.map(\.service) == Array(repeating: "late", count: 5) + [nil, "late", "late"])
        #expect(whole.events.first?.target == "lib" && whole.events.last?.parentSpans.map(\.name) == ["s1"])
        #expect((whole.rejected, whole.ignored) == (1, 1))
        #expect(Set(whole.events.map(\.id)).count == 8)
        for most in [0, 1, 3] {
            #expect(try OTLPRequest.parse(json: Array(text.utf8), now: TraceTests.now, most: most) == whole)
        }
        // A record that is broken in itself costs no other one; brackets that do not close are no request.
        let torn = Self.logs(#"{"body":"a"},{"body":tru},{"body":"b"}"#)
        let rest = try OTLPRequest.parse(json: Array(torn.utf8), now: TraceTests.now)
        #expect(rest.events.map(\.message) == ["a", "b"] && rest.rejected == 1)
        for text in [
            String(torn.dropLast()), torn + "]", #"{"resourceLogs":[{"scopeLogs":[{"logRecords":[{"body":"a"]}]}]}"#,
            #"{"resourceLogs":[}"#, #"{"resourceLogs"}"#, #"{"resourceLogs":[],}"#, #"{"a":"\"#, #"{"resourceLogs":"#,
            "",
        ] {
            #expect(throws: FormatError.notJSON(format: "OTLP"), "\(text)") {
                try OTLPReading(json: Array(text.utf8), now: TraceTests.now)
            }
        }
    }

    @Test("the Collector's file exporter: a request a line, beside others")
    func lines() throws {
        let line = Self.logs(
            #"{"timeUnixNano":"1794888000000000000","severityNumber":17,"body":{"stringValue":"a"}},{"timeUnixNano":"1794888001000000000","severityNumber":9,"body":{"stringValue":"b"}}"#
        )
        let (events, _) = try CarrierFiles.read(line + "\n" + line + "\n")
        #expect(events.map(\.message) == ["a", "b", "a", "b"])
        #expect(Set(events.map(\.id)).count == 4)
        #expect(
            try CarrierFiles.read(line + "\n" + line + "\n", triggers: Triggers()).events.map(\.message) == ["a", "a"])
    }
}
