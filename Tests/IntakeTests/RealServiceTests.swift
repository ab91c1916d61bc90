import Events
import Foundation
import Testing

@testable import Intake

private let testData = ProcessInfo.processInfo.environment["APPLIANCE_TEST_DATA"]
private let fixtures = (testData ?? "") + "/fixtures/"

@Suite("Payloads that other people's services made", .enabled(if: testData != nil))
struct RealServiceTests {
    private static func data(_ path: String) throws -> [UInt8] {
        Array(try Data(contentsOf: URL(fileURLWithPath: fixtures + path)))
    }

    private static func files(_ path: String, _ suffix: String) throws -> [String] {
        try #require(FileManager.default.enumerator(atPath: fixtures + path)).compactMap { $0 as? String }
            .filter { $0.hasSuffix(suffix) }.sorted().map { "\(path)/\($0)" }
    }

    @Test("every event of Sentry is one event, with every exception and frame that it names")
    func sentry() throws {
        let names = try Self.files("sentry/events", ".json")
        #expect(names.count > 90)
        for name in names {
            let bytes = try Self.data(name)
            let root = try JSONSerialization.jsonObject(with: Data(bytes), options: .fragmentsAllowed)
            guard let object = root as? [String: Any], object["type"] as? String != "transaction" else { continue }
            let event = try SentryEvent.parse(bytes, now: TraceTests.now)
            #expect(event.message != "(no message)", "\(name)")
            #expect(event.tags["time.missing"] == nil || object["timestamp"] == nil, "\(name)")
            let exceptions = Self.exceptions(object)
            #expect(event.exceptions.count >= exceptions.count, "\(name)")
            let types = exceptions.reversed().map { $0["type"] as? String }
            #expect(event.exceptions.prefix(types.count).map(\.type) == types, "\(name)")
            for (own, theirs) in zip(event.exceptions, exceptions.reversed()) {
                let stack = theirs["stacktrace"] as? [String: Any]
                let frames = (stack?["frames"] as? [Any] ?? []).compactMap { $0 as? [String: Any] }
                guard !frames.isEmpty, frames.count <= 256 else { continue }
                let functions = frames.compactMap { $0["function"] as? String }.filter { !$0.isEmpty }
                #expect(own.frames.count <= frames.count)
                #expect(own.frames.compactMap(\.function).count >= functions.count, "\(name)")
                if functions.count == frames.count { #expect(own.frames.map(\.function) == functions, "\(name)") }
                let lines = frames.compactMap { $0["lineno"] as? Int }.filter { $0 > 0 }
                #expect(own.frames.compactMap(\.line) == lines, "\(name)")
            }
            let read = try CarrierFiles.read(Data(bytes))
            #expect(read.events.count == 1, "\(name)")
            #expect(read.events.first?.exceptions == event.exceptions, "\(name)")
        }
    }

    private static func exceptions(_ event: [String: Any]) -> [[String: Any]] {
        let value = event["exception"] ?? event["sentry.interfaces.Exception"]
        let list = (value as? [String: Any])?["values"] as? [Any] ?? value as? [Any] ?? []
        return list.compactMap { $0 as? [String: Any] }.filter { $0["type"] is String || $0["value"] is String }
    }

    @Test(
        "envelopes, with items of every length",
        arguments: [
            ("rust-00-test_deserialize_envelope_empty.envelope", 0),
            ("rust-02-test_deserialize_envelope_empty_item_newline.envelope", 0),
            ("rust-05-test_deserialize_envelope_implicit_length_eof.envelope", 0),
            ("rust-06-test_deserialize_envelope_implicit_length_empty_eof.envelope", 0),
            ("rust-08-test_all_envelope_headers_roundtrip.envelope", 1), ("rust-12-raw_roundtrip.envelope", 1),
            ("rust-16-test_monitor_checkin.envelope", 0), ("rust-18-test_event_with_attachment.envelope", 1),
        ])
    func envelopes(name: String, events: Int) throws {
        let parsed = try SentryEnvelope.parse(try Self.data("sentry/envelopes/\(name)"), now: TraceTests.now)
        #expect(parsed.events.count == events)
        #expect(parsed.rejected == 0)
        let (read, statistics) = try CarrierFiles.read(Data(try Self.data("sentry/envelopes/\(name)")))
        #expect(read.count == events)
        #expect(statistics.unreadable.isEmpty)
    }

    @Test("the API's reply and a webhook's body")
    func sentryMessages() throws {
        let event = try SentryEvent.parse(try Self.data("sentry/rest/ReturnAnIssueEvent.json"), now: TraceTests.now)
        #expect(event.id == "9999aaaaca8b46d797c23c6077c6ff01")
        #expect(event.exceptions.count == 1 && event.exceptions[0].frames.count > 1)
        #expect(event.rootException?.frames.last?.context != nil)
        #expect(event.environment == "prod" && !event.breadcrumbs.isEmpty)
        for body in ["issue-created.json", "issue-created.pretty.body", "issue-created.compact.body"] {
            let (events, _) = try CarrierFiles.read(Data(try Self.data("sentry/webhooks/\(body)")))
            #expect(events.map(\.service) == ["front-end"])
            #expect(events.first?.exceptions.first?.type == "ReferenceError")
        }
    }

    @Test("OpenTelemetry's examples and the cases of a log forwarder's tests")
    func telemetry() throws {
        let counts = [("logs", 1), ("events", 1), ("trace", 0), ("metrics", nil)] as [(String, Int?)]
        for (name, count) in counts {
            let (events, _) = try CarrierFiles.read(Data(try Self.data("otlp/proto-examples/\(name).json")))
            if let count { #expect(events.count == count, "\(name)") }
        }
        for name in ["logs", "traces"] {
            let root = try JSONSerialization.jsonObject(
                with: Data(try Self.data("otlp/fluent-bit/internal__data__opentelemetry__\(name).json")))
            for (key, value) in try #require(root as? [String: [String: Any]]) {
                guard let input = value["input"] as? [String: Any],
                    input.keys.contains(where: { $0.hasPrefix("resource") })
                else { continue }
                let bytes = Array(try JSONSerialization.data(withJSONObject: input))
                let parsed = try OTLPRequest.parse(json: bytes, now: TraceTests.now)
                #expect(parsed.events.allSatisfy { !$0.message.isEmpty && !$0.id.isEmpty }, "\(key)")
                if key.contains("wrong_type") || key.contains("missing") { #expect(parsed.events.count <= 1, "\(key)") }
                if key == "base64_encoded_trace_span" {
                    #expect(parsed.events.first?.traceID?.utf8.count == 32)
                }
                if key == "multiple_records_middle_record_fails" { #expect(parsed.events.count >= 2) }
            }
        }
        let child = try OTLPRequest.parse(
            json: try Self.data(
                "otlp/fluent-bit/integration__scenarios__in_opentelemetry__data_files__test_traces_002.in.json"),
            now: TraceTests.now)
        #expect(child.events.map(\.message) == ["db timeout"])
        #expect(child.events.first?.parentSpans.map(\.name) == ["parent-span"])
    }

    @Test("Loki's literals are read or refused, and its lines counted")
    func loki() throws {
        let files = try Self.files("loki", ".json")
        #expect(files.count > 15)
        for name in files {
            do {
                let reply = try LokiStreams.parse(try Self.data(name))
                #expect(reply.entries == reply.entries.sorted { $0.nanoseconds < $1.nanoseconds }, "\(name)")
            } catch let error as FormatError {
                #expect(error == .notJSON(format: "Loki") || error == .notOfFormat("Loki"), "\(name)")
            }
        }
        let (events, _) = try CarrierFiles.read(Data(try Self.data("loki/logcli-jsonl-expected.jsonl")))
        #expect(events.map(\.message) == ["Hello", "Hello"])
    }

    @Test("Patrol's cases: the same message, code, place and repository; what it lost is found")
    func patrol() throws {
        let root = try JSONSerialization.jsonObject(with: Data(try Self.data("seeds/patrol/cases.json")))
        let cases = try #require((root as? [String: Any])?["parse_event"] as? [[String: Any]])
        for entry in cases {
            let name = entry["case"] as? String ?? ""
            let batch = try PatrolBatch.parse(
                Array(try JSONSerialization.data(withJSONObject: try #require(entry["event"]))), now: TraceTests.now)
            let wanted = (entry["reference_result"] as? [[String: Any]] ?? []).compactMap {
                $0["error_log"] as? [String: Any]
            }
            let events = batch.records.compactMap(\.event)
            #expect(events.count >= wanted.count, "\(name)")
            for (event, log) in zip(events, wanted) {
                #expect(event.message == log["message"] as? String, "\(name)")
                guard let file = log["file_path"] as? String else { continue }
                #expect(event.rootException?.frames.last?.file == file, "\(name)")
            }
            if name == "sns" { #expect(events.map(\.id) == ["error-123"]) }
            if name == "otel_two_records_first_only" { #expect(events.count == 2) }
        }
    }

    @Test("Docker's pieces and Kubernetes' records come out as the collector's own tests expect")
    func docker() throws {
        let (events, _) = try CarrierFiles.read(
            Data(try Self.data("logs/fluent-bit-tail/log-dockermode_splitted_multiple_lines.log")))
        #expect(
            events.first?.message.hasPrefix("Multiple lines:") == true
                || events.first?.message.contains("Multiple") == true)
        #expect(events.contains { $0.message.contains("third bullet point") })
        let (plain, _) = try CarrierFiles.read(Data(try Self.data("logs/fluent-bit-tail/log-dockermode.log")))
        #expect(plain.map(\.message) == ["Single log", "Second log", "Third log"])
    }
}
