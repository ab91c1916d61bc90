import Events
import Foundation
import Grouping
import History
import Intake

extension Evaluation {
    /// What it costs to bring events into a history, stage by stage.
    public struct RecordingFacts: Sendable, Codable {
        /// Time that a stage took, and events a second of the clock.
        public struct Stage: Sendable, Codable {
            public var seconds = 0.0
            public var processorSeconds = 0.0
            public var eventsPerSecond = 0.0
        }

        public var events = 0
        public var groups = 0
        public var transactions = 0
        /// From the files to events.
        public var reading = Stage()
        /// Redaction and grouping, on all processors.
        public var grouping = Stage()
        /// From grouped events to a durable history.
        public var recording = Stage()
        public var historyBytes: Int64 = 0
        public var peakMemoryBytes: Int64 = 0
    }

    /// Records what the files hold into a history of its own, in transactions as large as a batch's, and throws it away.
    ///
    /// - Parameter directory: where the history is written; it must exist. Durable is what its disk makes of fsync.
    public func recording(files: [String], directory: String, now: Timestamp) throws -> RecordingFacts {
        let folder = "\(directory)/recording-\(UUID().uuidString)"
        guard mkdir(folder, 0o700) == 0 else {
            throw RecordingError.cannotCreate(path: folder, reason: String(cString: strerror(errno)))
        }
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let (redactor, grouper) = (try configuration.makeRedactor(), Grouper(settings: configuration.grouping))
        let history = try HistoryStore.open(at: "\(folder)/history.sqlite", mode: .readWrite, now: now)
        var intake = FileIntake(source: SourceSettings(name: "recording", paths: files), cursors: [], now: now)
        var facts = RecordingFacts()
        var groups: Set<Fingerprint> = []
        while let piece = try Self.timed(&facts.reading, { try intake.next(limit: ReadingStage.eventsATransaction) }) {
            let prepared = Self.timed(&facts.grouping) {
                PreparedEvents(piece.events, redactor: redactor, grouper: grouper, now: now)
            }
            guard !prepared.entries.isEmpty else { continue }
            var batch = RecordBatch(entries: prepared.entries, masked: prepared.masked, now: now)
            batch.maskedLate = prepared.maskedLate.take
            batch.source = "recording"
            let summary = try Self.timed(&facts.recording) { try history.record(batch) }
            facts.events += summary.events
            facts.transactions += 1
            groups.formUnion(summary.groups)
        }
        facts.groups = groups.count
        for stage in [\RecordingFacts.reading, \.grouping, \.recording] {
            let seconds = facts[keyPath: stage].seconds
            facts[keyPath: stage].eventsPerSecond = seconds > 0 ? Double(facts.events) / seconds : 0
        }
        for name in try FileManager.default.contentsOfDirectory(atPath: folder) {
            let attributes = try FileManager.default.attributesOfItem(atPath: "\(folder)/\(name)")
            facts.historyBytes += attributes[.size] as? Int64 ?? 0
        }
        facts.peakMemoryBytes = Int64(PeakMemory.bytes())
        return facts
    }

    private static func timed<Result>(
        _ stage: inout RecordingFacts.Stage, _ work: () throws -> Result
    ) rethrows -> Result {
        let (clock, processor) = (ContinuousClock(), processorTime())
        let start = clock.now
        defer {
            stage.seconds += (clock.now - start).inSeconds
            stage.processorSeconds += (processorTime() - processor).inSeconds
        }
        return try work()
    }
}

/// Why nothing was recorded.
public enum RecordingError: OperatorFacing, Equatable {
    case cannotCreate(path: String, reason: String)

    public var description: String {
        switch self {
        case .cannotCreate(let path, let reason): "cannot create \(path): \(reason)"
        }
    }

    public var remedy: String? { "Name a directory that this user may write to with --directory." }
    public var kind: FailureKind { .io }
}
