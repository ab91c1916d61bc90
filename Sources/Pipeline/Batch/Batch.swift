import Events
import Foundation
import History

/// The nightly run: read what is new, group it, diagnose what is new or changed, deliver.
///
/// Whatever interrupts it, the next run goes on from there: a source's cursor is committed with the events that it
/// covers, each diagnosis as soon as it is made, and a message's number and bytes before its file.
public struct Batch: Sendable {
    public let configuration: Configuration
    /// Read nothing; only diagnose what earlier runs had to leave.
    public let queuedOnly: Bool

    /// The stretch of time that the report of a batch covers.
    static let reportWindow = Duration.hours(24)

    public init(configuration: Configuration, queuedOnly: Bool = false) {
        (self.configuration, self.queuedOnly) = (configuration, queuedOnly)
    }

    /// - Parameter now: the time that counts as now in reports and policies.
    /// - Throws: before anything is read, when the home, the history or the configuration cannot be used; and
    ///   `CancellationError` after a stage, with everything done so far kept.
    public func run(now: Timestamp, progress: @escaping ProgressHandler) async throws -> BatchSummary {
        let clock = ContinuousClock()
        let start = clock.now
        try configuration.home.prepare()
        let lock = try RunLock(home: configuration.home, holder: "batch")
        defer { withExtendedLifetime(lock) {} }
        // A prompt that cannot be used is told before anything is read, not after.
        if !configuration.diagnosingModels.isEmpty { _ = try Asking.prompts(configuration) }
        let site = try Site(configuration, mode: .readWrite, now: now)
        try ShardRun.refuseShard(site.history)
        var record = BatchRecord(started: now, finished: now)

        var touched: [Fingerprint: Int] = [:]
        if !queuedOnly {
            let stage = ReadingStage(site: site, now: now, extent: .news, progress: progress)
            touched = try await stage.run(into: &record)
        }
        let merged = try takeInMerged(site.history, now: now, &touched, &record)
        try Task.checkCancellation()
        do {
            var diagnosing = DiagnosingStage(site: site, now: now, progress: progress)
            try await diagnosing.run(touched: Set(touched.keys), into: &record)
            try await FixingStage(site: site, now: now, progress: progress)
                .run(touched: Set(touched.keys), into: &record)
        } catch {
            await site.mirrors.close()
            throw error
        }
        await site.mirrors.close()
        let masked = site.ledger.take()
        record.reading.masked.merge(masked, uniquingKeysWith: +)
        if !masked.isEmpty { _ = try site.history.record(RecordBatch(entries: [], masked: masked, now: now)) }
        Self.lookAfter(site.history, configuration, now: now, into: &record)
        record.finished = now.advanced(by: start.duration(to: clock.now))
        let delivered = try DeliveryStage(site: site, now: now).run(touched: touched, into: &record)
        if merged { try site.history.forgetGrown() }
        return BatchSummary(
            run: record, seconds: start.duration(to: clock.now).inSeconds, report: delivered.report,
            outbox: "\(configuration.home.outbox)/new", history: configuration.home.history)
    }

    /// What merges brought since the last run is news as much as what was read: shards tell nothing by themselves.
    ///
    /// - Returns: whether there was anything.
    private func takeInMerged(
        _ history: HistoryStore, now: Timestamp, _ touched: inout [Fingerprint: Int], _ record: inout BatchRecord
    ) throws -> Bool {
        let grown = try history.grown()
        guard !grown.isEmpty else { return false }
        let names = try history.canonical(of: grown.keys)
        let window = TimeWindow(start: now.advanced(by: .zero - Self.reportWindow), end: now)
        for (fingerprint, count) in grown {
            let group = names[fingerprint] ?? fingerprint
            guard let facts = try history.facts(of: group, window: window), facts.count > 0 else { continue }
            touched[group, default: 0] += count
        }
        record.groups = touched.count
        return true
    }

    /// Retention, and a dictionary that fits: what fails here spoils nothing that was done.
    static func lookAfter(
        _ history: HistoryStore, _ configuration: Configuration, now: Timestamp, into record: inout BatchRecord
    ) {
        do throws(HistoryError) {
            try history.removeSamples(olderThan: configuration.retention.details, now: now)
            try history.trainDictionary(now: now)
        } catch {
            record.failures.append("the history could not be looked after: \(error)")
        }
    }
}

/// A batch's result, for the summary and `--json`.
public struct BatchSummary: Sendable, Codable {
    public var run: BatchRecord
    public var seconds: Double
    public var report: String
    public var outbox: String
    public var history: String

    /// What the exit code says when the run did its work but met problems on the way; nil when all went well.
    public var failureKind: FailureKind? {
        if !run.reading.problems.isEmpty, run.reading.events == 0, run.reading.lines == 0 { return .noInput }
        if let kind = run.reading.failed?.first { return FailureKind(rawValue: kind) }
        if run.diagnosing.failed { return .unavailable }
        return run.failures.isEmpty ? nil : .io
    }
}
