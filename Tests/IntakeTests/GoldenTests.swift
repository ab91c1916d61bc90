import Events
import Foundation
import Testing

@testable import Intake

private let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent(
    "ServiceFixtures")

@Suite("Whole files give whole events")
struct GoldenTests {
    static let now = Timestamp(nanoseconds: 1_795_262_400_000_000_000)

    /// `ServiceFixtures/<case>/input.*` and beside it the events, one a line. `RECORD_GOLDEN=1` rewrites them and then fails,
    /// so that a person reads the difference.
    @Test(
        "as recorded",
        arguments: [
            "docker", "kubernetes", "journal", "syslog", "sentry-event", "sentry-envelope", "sentry-latest",
            "sentry-webhook", "otlp-logs", "otlp-traces", "patrol-sqs", "loki", "rollbar", "datadog",
        ])
    func golden(name: String) throws {
        let case_ = folder.appendingPathComponent(name)
        let input = try #require(
            try FileManager.default.contentsOfDirectory(atPath: case_.path).first { $0.hasPrefix("input.") })
        // Written long ago, so that nobody is thought to be writing it still.
        let scratch = try Scratch()
        let path = "\(scratch.path)/\(input)"
        try FileManager.default.copyItem(atPath: case_.appendingPathComponent(input).path, toPath: path)
        try FileManager.default.setAttributes([.modificationDate: Date(timeIntervalSince1970: 0)], ofItemAtPath: path)
        var intake = FileIntake(
            source: SourceSettings(name: name, paths: [path], triggers: .all), cursors: [], now: Self.now)
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        var lines = ""
        while let batch = try intake.next(limit: 100) {
            #expect(batch.statistics.unreadable.isEmpty)
            for event in batch.events { lines += String(decoding: try encoder.encode(event), as: UTF8.self) + "\n" }
        }
        let expected = case_.appendingPathComponent("expected.jsonl")
        if ProcessInfo.processInfo.environment["RECORD_GOLDEN"] == "1" {
            try Data(lines.utf8).write(to: expected)
            Issue.record("recorded \(name): read the difference, then run without RECORD_GOLDEN")
            return
        }
        let wanted = String(decoding: try Data(contentsOf: expected), as: UTF8.self)
        for (got, want) in zip(lines.split(separator: "\n"), wanted.split(separator: "\n")) { #expect(got == want) }
        #expect(lines.utf8.count == wanted.utf8.count)
    }
}
