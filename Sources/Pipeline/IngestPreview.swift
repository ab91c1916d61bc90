import Events
import Foundation
import Grouping
import Intake

/// Parses files and shows their events; nothing is recorded.
public struct IngestPreview: Sendable {
    public struct Summary: Sendable, Codable {
        public var files: Int
        public var lines: Int
        public var bytes: Int64
        public var events: Int
        /// What could not be read, in words with place, reason and count.
        public var problems: [String]
        /// The same, each with place, count and sample.
        public var unreadable: [Unreadable]
        /// Files of which nothing could be read.
        public var unopened: Int
    }

    private static let eventsAtOnce = 500

    /// The names of formats that a file can be said to have.
    public static let formats = SourceSettings.Format.allCases.map(\.rawValue)

    let configuration: Configuration
    let redacts: Bool
    let appliesTriggers: Bool
    let format: SourceSettings.Format?

    /// - Parameter format: one of ``formats``; nil chooses file by file.
    public init(configuration: Configuration, redacts: Bool, appliesTriggers: Bool, format: String? = nil) {
        (self.configuration, self.redacts, self.appliesTriggers) = (configuration, redacts, appliesTriggers)
        self.format = format.flatMap(SourceSettings.Format.init)
    }

    /// - Parameter emit: gets one event as JSON, in order.
    public func run(files: [String], now: Timestamp, emit: (String) -> Void) throws -> Summary {
        var source = SourceSettings(name: "preview", paths: files, format: format)
        if !appliesTriggers { source.triggers = .all }
        let plain: Redactor = { text in Redacted(text: text) }
        let redactor = redacts ? try configuration.makeRedactor() : plain
        // Whoever asks for a file wants all of it, its last line too.
        var intake = FileIntake(source: source, cursors: [], now: now, isWhole: true)
        var summary = Summary(
            files: files.count, lines: 0, bytes: 0, events: 0, problems: [], unreadable: [], unopened: 0)
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        var ledger: [String: Int] = [:]
        var statistics = IntakeStatistics()
        while let piece = try intake.next(limit: Self.eventsAtOnce) {
            for event in piece.events {
                let clean = event.redacted(by: redactor, ledger: &ledger)
                emit(String(decoding: try encoder.encode(clean), as: UTF8.self))
            }
            summary.lines += Int(piece.statistics.lines)
            summary.bytes += piece.statistics.bytes
            summary.events += piece.events.count
            statistics += piece.statistics
        }
        summary.unreadable = statistics.unreadable.map { Unreadable($0, source: source.name, redactor: redactor) }
        summary.problems = summary.unreadable.map(\.words)
        summary.problems += statistics.clockSkews.map { $0.words(source: source.name, redactor: redactor) }
        summary.unopened = statistics.unreadable.count { $0.isUnopened }
        if statistics.unlistedProblems > 0 {
            summary.problems.append("\(statistics.unlistedProblems) more could not be read")
        }
        return summary
    }
}
