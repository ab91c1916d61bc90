import Events
import Foundation
import Testing

@testable import Intake

/// A Python that has the official SDKs: that of `make test-deps`, or the system's. nil where there is none.
private let python: String? = [
    URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        .appending(path: ".build/clients/bin/python").path, "/usr/bin/python3",
]
.first { candidate in
    let process = Process()
    process.executableURL = URL(fileURLWithPath: candidate)
    process.arguments = ["-c", "import sentry_sdk, opentelemetry.sdk, opentelemetry.exporter.otlp.proto.common"]
    process.standardError = FileHandle.nullDevice
    do { try process.run() } catch { return false }
    process.waitUntilExit()
    return process.terminationStatus == 0
}

@Suite(
    "What the official SDKs send",
    .enabled(if: python != nil, "needs a Python with sentry-sdk and the OpenTelemetry SDK"))
struct SDKTests {
    /// The payloads, made once.
    private static let payloads: [String: Data] = {
        do {
            let scratch = try Scratch()
            let process = Process()
            process.executableURL = URL(fileURLWithPath: python ?? "")
            process.arguments = [
                URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("payloads.py").path,
                scratch.path,
            ]
            process.standardOutput = FileHandle.nullDevice
            try process.run()
            process.waitUntilExit()
            var payloads: [String: Data] = [:]
            for name in try FileManager.default.contentsOfDirectory(atPath: scratch.path) {
                payloads[name] = FileManager.default.contents(atPath: "\(scratch.path)/\(name)")
            }
            return payloads
        } catch {
            Issue.record(error)
            return [:]
        }
    }()

    @Test("OpenTelemetry's logs and spans, in both encodings", arguments: ["pb", "json"])
    func telemetry(encoding: String) throws {
        let logs = try CarrierFiles.read(try #require(Self.payloads["otlp-logs.\(encoding)"])).events
        #expect(logs.map(\.level) == [.info, .error])
        let event = try #require(logs.last)
        #expect(event.message == "RuntimeError: charging failed")
        #expect(event.tags["log.body"] == "order 7 was not charged")
        #expect(event.exceptions.map(\.type) == ["RuntimeError", "KeyError"])
        #expect(event.exceptions.map { $0.frames.last?.function } == ["fail", "charge"])
        #expect((event.service, event.release, event.environment) == ("pay", "1.4.0", "prod"))
        #expect(event.revision == "4f1c9e2a4f1c9e2a4f1c9e2a4f1c9e2a4f1c9e2a")
        #expect((event.traceID?.utf8.count, event.spanID?.utf8.count) == (32, 16))
        let spans = try CarrierFiles.read(try #require(Self.payloads["otlp-spans.\(encoding)"])).events
        #expect(spans.count == 1)
        #expect(spans.first?.message == "RuntimeError: charging failed")
        #expect(spans.first?.spanID == event.spanID && spans.first?.traceID == event.traceID)
        #expect(spans.first?.parentSpans.map(\.name) == ["POST /orders"])
        #expect(spans.first?.exceptions.map(\.type) == ["RuntimeError", "KeyError"])
    }

    @Test("Sentry's envelopes")
    func sentry() throws {
        let events = try Self.payloads.filter { $0.key.hasSuffix(".envelope") }.sorted { $0.key < $1.key }
            .flatMap { try CarrierFiles.read($0.value).events }
        #expect(events.map(\.level) == [.error, .warning])
        let event = try #require(events.first)
        #expect(event.message == "RuntimeError: charging failed")
        #expect(event.exceptions.map(\.type) == ["RuntimeError", "KeyError"])
        #expect(event.rootException?.frames.map(\.function) == ["fail", "charge"])
        #expect(event.rootException?.frames.last?.context?.line == "    return order[\"currency\"]")
        #expect((event.release, event.environment, event.host) == ("pay@1.4.0", "prod", "h-1"))
        #expect(event.tags["tenant"] == "acme" && event.breadcrumbs.map(\.message) == ["select order 7"])
        #expect(events.last?.message == "queue is long")
    }
}
