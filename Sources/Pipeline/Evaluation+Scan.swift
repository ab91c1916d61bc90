import Events
import Foundation
import Intake

extension Evaluation {
    /// What a scan costs: files are read and parsed as in a batch, and nothing is done with their events.
    public struct ScanFacts: Sendable, Codable {
        public var files: Int
        public var bytes: Int64
        public var lines: Int64
        public var events: Int
        public var problems: Int
        /// Of the clock, and of the processor: both from the first file to the last.
        public var seconds: Double
        public var processorSeconds: Double
        public var megabytesPerSecond: Double
        public var peakMemoryBytes: Int64
    }

    /// Which records a scan looks for.
    public enum ScanTriggers: String, Sendable, CaseIterable {
        /// Levels alone.
        case level
        /// What a source has without settings of its own.
        case standard
        /// Every record becomes an event.
        case everything

        var triggers: Triggers {
            switch self {
            case .level: Triggers(traces: false, durationMilliseconds: nil, codes: [])
            case .standard: Triggers()
            case .everything: .all
            }
        }
    }

    private static let eventsAtOnce = 2000

    /// Reads the files and throws their events away.
    public func scan(files: [String], triggers: ScanTriggers, now: Timestamp) throws -> ScanFacts {
        let source = SourceSettings(name: "scan", paths: files, triggers: triggers.triggers)
        let clock = ContinuousClock()
        let (start, processor) = (clock.now, Self.processorTime())
        var intake = FileIntake(source: source, cursors: [], now: now)
        var (statistics, events) = (IntakeStatistics(), 0)
        while let batch = try intake.next(limit: Self.eventsAtOnce) {
            statistics += batch.statistics
            events += batch.events.count
        }
        let seconds = (clock.now - start).inSeconds
        return ScanFacts(
            files: statistics.files, bytes: statistics.bytes, lines: statistics.lines, events: events,
            problems: statistics.unreadable.reduce(statistics.unlistedProblems) { $0 + $1.count },
            seconds: seconds, processorSeconds: (Self.processorTime() - processor).inSeconds,
            megabytesPerSecond: seconds > 0 ? Double(statistics.bytes) / 1e6 / seconds : 0,
            peakMemoryBytes: Int64(PeakMemory.bytes()))
    }

    /// clock(3) counts microseconds on every POSIX system.
    static func processorTime() -> Duration { .microseconds(Int64(clock())) }
}
