import Dispatch
import Events
import Foundation
import Synchronization
import Testing

@testable import Intake

/// Seeded mutations of whole files: the same in every run.
struct Mutations {
    private var state: UInt64

    init(seed: UInt64) { state = seed &* 0x9E37_79B9_7F4A_7C15 | 1 }

    mutating func random(_ bound: Int) -> Int {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return Int(truncatingIfNeeded: state >> 33) % max(1, bound)
    }

    private static let pieces: [[UInt8]] = [
        Array("{\"".utf8), Array("[[".utf8), Array("null".utf8), Array("-1e999".utf8),
        Array("18446744073709551616".utf8),
        [0x0A], [0x0A, 0xFF], Array("\\u".utf8), [0xED, 0xA0], Array("\",\"".utf8), [0xFF, 0xFF, 0xFF, 0xFF, 0x7F], [0],
    ]

    mutating func mutate(_ seed: [UInt8]) -> [UInt8] {
        var bytes = seed
        for _ in 0...random(8) where !bytes.isEmpty {
            let place = random(bytes.count)
            switch random(6) {
            case 0: bytes[place] = UInt8(random(256))
            case 1: bytes.remove(at: place)
            case 2: bytes.insert(contentsOf: Self.pieces[random(Self.pieces.count)], at: place)
            case 3: bytes.removeSubrange(place..<min(bytes.count, place + random(40)))
            case 4:
                bytes.replaceSubrange(place..<min(bytes.count, place + 4), with: Self.pieces[random(Self.pieces.count)])
            default: bytes += bytes[place..<min(bytes.count, place + random(60))]
            }
        }
        return bytes
    }
}

@Suite("Hostile messages of services never stop a parser")
struct ServiceFuzzTests {
    /// A soak run takes a million of each.
    static let rounds = ProcessInfo.processInfo.environment["APPLIANCE_SOAK"] == nil ? 150 : 1_000_000

    /// A parser with messages to begin from.
    struct Target: CustomTestStringConvertible, Sendable {
        var testDescription: String
        var seeds: [[UInt8]]
        var parse: @Sendable ([UInt8]) throws -> [ErrorEvent]

        init(_ name: String, _ seeds: [String], _ parse: @escaping @Sendable ([UInt8]) throws -> [ErrorEvent]) {
            self.init(name, bytes: seeds.map { Array($0.utf8) }, parse)
        }

        init(_ name: String, bytes: [[UInt8]], _ parse: @escaping @Sendable ([UInt8]) throws -> [ErrorEvent]) {
            (testDescription, seeds, self.parse) = (name, bytes, parse)
        }
    }

    private static let now = TraceTests.now

    /// As a pasted text: the way of files, without the file.
    private static func pasted(_ bytes: [UInt8], _ format: SourceSettings.Format?) -> [ErrorEvent] {
        let text = bytes.withUnsafeBytes { LineDecoder.decode($0).text }
        let source = SourceSettings(name: "f", paths: [], format: format, triggers: .all)
        return parseEvent(text: text, now: now, source: source)
    }

    static let targets: [Target] = [
        Target(
            "forwarded records",
            [
                #"{"records":[{"time":"2026-11-21T03:04:05Z","resourceId":"/A/B","category":"c","operationName":"o","level":"Error","properties":{"message":"a\n at b"}}]}"#,
                #"{"logEvents":[{"id":"1","timestamp":1795230245123,"message":"[ERROR] a\n"}],"logGroup":"g","logStream":"s"}"#,
                #"{"events":[{"logStreamName":"a","timestamp":1,"message":"ERROR x","ingestionTime":1}]}"#,
                #"{"text":"a","record":{"level":{"name":"ERROR"},"message":"m","time":{"timestamp":1.5},"exception":{"type":"E","value":"v"}}}"#,
                #"{"time":"2026-11-21T03:04:05Z","type":"platform.report","record":{"status":"timeout","requestId":"r"}}"#,
                #"{"exceptions":[{"type":"T","value":"v","stacktrace":{"frames":[{"filename":"f","lineno":1}]}}],"logs":[],"meta":{"app":{"name":"a"}}}"#,
            ]
        ) { pasted($0, nil) },
        Target("Sentry's event", [SentryFormatTests.chained]) { [try SentryEvent.parse($0, now: now)] },
        Target(
            "Sentry's envelope",
            [
                SentryEnvelopeTests.header + "\n" + SentryEnvelopeTests.item("event", SentryFormatTests.chained)
                    + SentryEnvelopeTests.item("log", "{\"items\":[{\"body\":\"x\"}]}")
            ]
        ) { try SentryEnvelope.parse($0, now: now).events },
        Target(
            "OTLP in JSON",
            [
                TelemetryTests.logs(
                    #"{"timeUnixNano":"1794888000123456789","severityNumber":17,"body":{"kvlistValue":{"values":[{"key":"a","value":{"arrayValue":{"values":[{"intValue":"7"}]}}}]}},"attributes":[{"key":"exception.stacktrace","value":{"stringValue":"E: x\n\tat a.B.c(B.java:1)"}}]}"#
                )
            ]
        ) {
            try OTLPRequest.parse(json: $0, now: now).events
        },
        Target("OTLP as a protocol buffer", bytes: [TelemetryTests.request(Array("boom".utf8))]) {
            try OTLPRequest.parse(protobuf: $0, now: now).events
        },
        Target("Patrol", [PatrolTests.event, PatrolTests.sqs([PatrolTests.event, "{}"])]) {
            try PatrolBatch.parse($0, now: now).records.compactMap(\.event)
        },
        Target(
            "Loki",
            [LokiFormatTests.reply(LokiFormatTests.stream(#""app":"pay""#, CarrierFiles.python, backward: true))]
        ) {
            try LokiStreams.parse($0).events(source: SourceSettings(name: "l", paths: [], triggers: .all), now: now)
        },
        Target("Rollbar", [ExportTests.rollbar]) { pasted($0, .rollbar) },
        Target("Datadog", [ExportTests.agent]) { pasted($0, .datadog) },
        Target("Docker", [CarrierFiles.docker(CarrierFiles.python)]) { pasted($0, nil) },
        Target("CRI", [CarrierFiles.cri(CarrierFiles.python, tag: "P") + CarrierFiles.cri(["x"])]) { pasted($0, nil) },
        Target("journald's objects", [CarrierTests.journal("\"a\\nb\""), CarrierTests.journal("[1,2,300]")]) {
            pasted($0, nil)
        },
        Target(
            "syslog",
            [
                #"<11>1 2026-11-17T04:00:00Z h pay 41 ID47 [a@1 k="x\"y\]z"][b@1 m="3"] boom#012\#tat x"# + "\n",
                "Nov 17 04:00:00 h pay[41]: ERROR boom\n",
            ]
        ) { pasted($0, .syslog) },
        Target("logfmt", [#"time=2026-11-20T10:00:00Z level=error msg="a\"b" err=x request_id=r-1 took=6s"#]) {
            pasted($0, .logfmt)
        },
        Target("JSON lines", ProgramStyle.objects.map(\.text) + [FuzzTests.seeds[0]]) { pasted($0, .json) },
        Target("headers of text", ProgramStyle.headers.map(\.text)) { pasted($0, .text) },
        Target("traces of text", FuzzTests.seeds.dropFirst() + [ProgramStyle.loguru.text]) { pasted($0, .text) },
        Target(
            "objects in arrays and over lines",
            ["[{\"level\":\"error\",\n\"msg\":\"a\"},\n{\"level\":\"error\",\n\"msg\":\"b\"}]\n{\n\"msg\":\"c\"\n}"]
        ) {
            pasted($0, nil)
        },
    ]

    @Test("mutations of messages", arguments: targets)
    func messages(target: Target) {
        let counts = Mutex((read: 0, refused: 0))
        let parts = min(Self.rounds, 2 * ProcessInfo.processInfo.activeProcessorCount)
        DispatchQueue.concurrentPerform(iterations: parts) { part in
            var mutations = Mutations(seed: UInt64(7 + part))
            var (read, refused) = (0, 0)
            for round in Self.rounds * part / parts..<Self.rounds * (part + 1) / parts {
                let bytes = mutations.mutate(target.seeds[round % target.seeds.count])
                do {
                    let events = try target.parse(bytes)
                    if !events.allSatisfy({ !$0.message.isEmpty && !$0.id.isEmpty }) {
                        Issue.record("no message or id: \(String(decoding: bytes, as: UTF8.self))")
                    }
                    read += 1
                } catch {
                    if !(error is FormatError) { Issue.record(error) }
                    refused += 1
                }
            }
            counts.withLock { $0 = ($0.read + read, $0.refused + refused) }
        }
        counts.withLock { #expect($0.read > 0 && $0.read + $0.refused == Self.rounds) }
    }

    @Test("mutations of files: export, counted syslog, framed requests, envelopes, arrays", arguments: 1...6)
    func files(seed: UInt64) throws {
        let frame = TelemetryTests.request(Array("boom".utf8))
        let whole: [[UInt8]] = [
            Array("__CURSOR=a\n__REALTIME_TIMESTAMP=1794888000123456\nMESSAGE\n".utf8) + [
                3, 0, 0, 0, 0, 0, 0, 0, 0x61, 0x0A, 0x62, 0x0A, 0x0A,
            ],
            Array(
                "46 <11>1 2026-11-17T04:00:00Z h pay 41 - - one\nx46 <11>1 2026-11-17T04:00:00Z h pay 41 - - two\nx"
                    .utf8),
            [0, 0, 0, UInt8(frame.count & 255)] + frame, frame,
            Array(
                (SentryEnvelopeTests.header + "\n" + SentryEnvelopeTests.item("event", SentryFormatTests.chained)).utf8),
            Array("[\n{\"level\":\"error\",\"msg\":\"a\"},\n{\"level\":\"error\",\n\"msg\":\"b\"}\n]".utf8),
        ]
        var mutations = Mutations(seed: seed)
        let scratch = try Scratch()
        let source = SourceSettings(name: "s", paths: ["\(scratch.path)/f"], triggers: .all)
        for round in 0..<min(Self.rounds, 20_000) / 5 {
            try scratch.write("f", Data(mutations.mutate(whole[round % whole.count])))
            let (events, statistics) = try CarrierFiles.read(source)
            #expect(events.allSatisfy { !$0.message.isEmpty && !$0.id.isEmpty })
            #expect(statistics.bytes >= 0)
        }
    }

    @Test(
        "depth and number are bounded",
        arguments: ["{\"a\":", "[", "{\"exception\":{\"values\":[", "{\"Records\":[{\"body\":", "{\"resourceLogs\":["])
    func depth(part: String) throws {
        let text = String(repeating: part, count: 50_000)
        #expect(try CarrierFiles.read(text).statistics.bytes == Int64(text.utf8.count))
        #expect(JSONTree.parse(text) == nil)
        let closed = String(repeating: "[", count: 50_000) + String(repeating: "]", count: 50_000)
        #expect(JSONTree.parse(closed) != nil)
    }

    @Test("an object beyond the limit is passed and counted, and the next one read")
    func tooLarge() throws {
        let big = "{\n\"message\": \"\(String(repeating: "x", count: JSONSplitter.limit))\"}\n"
        let (events, statistics) = try CarrierFiles.read(big + "{\"level\":\"error\",\"msg\":\"next\"}\n")
        #expect(events.map(\.message) == ["next"])
        #expect(statistics.unreadable.map(\.reason) == [.documentTooLarge])
    }

    @Test("a torn object costs itself")
    func torn() throws {
        let text =
            "{\n  \"level\": \"error\",\n  \"msg\": \"torn\",\n{\n  \"level\": \"error\",\n  \"msg\": \"whole\"\n}\n{\n \"msg\": \"x"
        let (events, statistics) = try CarrierFiles.read(text)
        #expect(events.map(\.message) == ["whole"])
        #expect(statistics.unreadable.map(\.reason) == [.brokenJSON])
        #expect(statistics.unreadable.map(\.count) == [2])
    }
}
