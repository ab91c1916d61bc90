import Events
import Foundation
import History

/// The nightly run: read what is new, group it, diagnose what is new or changed, deliver.
///
/// Whatever interrupts it, the next run goes on from there: a source's cursor is committed with the events that it
/// covers, each diagnosis as soon as it is made, and a message's number and bytes before its file. What was recorded
/// and not delivered stays news for the run that delivers.
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
        do {
            return try await work(site, now: now, since: start, progress: progress, record: &record)
        } catch let error where !(error is CancellationError) {
            record.finished = now.advanced(by: start.duration(to: clock.now))
            Self.tellOfEnd(error, site, now: now, record, progress)
            throw error
        }
    }

    /// A run that broke off is told of: by a message, and at the head of the next report.
    private static func tellOfEnd(
        _ error: any Error, _ site: Site, now: Timestamp, _ broken: BatchRecord, _ progress: ProgressHandler
    ) {
        var record = broken
        let words = site.textRedactor("\(error)").text
        record.fail(OwnWords("the run broke off: \(words)", "실행이 중단됨: \(words)"))
        do {
            try DeliveryStage(site: site, now: now).tell(into: &record)
            try site.history.recordRun(
                RunRecord(
                    kind: "batch", started: record.started, finished: record.finished,
                    payload: String(decoding: try JSONEncoder().encode(record), as: UTF8.self)))
        } catch let second {
            // The first error is what the operator is shown; why nobody was told of it is said beside it.
            progress(.warning("nobody is told that the run broke off: \(second)"))
        }
    }

    private func work(
        _ site: Site, now: Timestamp, since start: ContinuousClock.Instant, progress: @escaping ProgressHandler,
        record: inout BatchRecord
    ) async throws -> BatchSummary {
        let clock = ContinuousClock()
        if !queuedOnly {
            let stage = ReadingStage(site: site, now: now, extent: .news, progress: progress)
            _ = try await stage.run(into: &record)
        }
        // What merges brought, or a run that was interrupted, is news as much as what was read now.
        let news = Set(try site.history.news().groups.keys)
        record.groups = news.count
        try Task.checkCancellation()
        do {
            try await EmbeddingStage(site: site, now: now, progress: progress).run(into: &record)
            var diagnosing = DiagnosingStage(site: site, now: now, progress: progress)
            try await diagnosing.run(touched: news, into: &record)
            try await FixingStage(site: site, now: now, progress: progress)
                .run(touched: news, into: &record)
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
        let delivered = try DeliveryStage(site: site, now: now).run(into: &record)
        return BatchSummary(
            run: record, seconds: start.duration(to: clock.now).inSeconds, report: delivered.report,
            outbox: "\(configuration.home.outbox)/new", history: configuration.home.history)
    }

    /// Retention, and a dictionary that fits: what fails here spoils nothing that was done.
    static func lookAfter(
        _ history: HistoryStore, _ configuration: Configuration, now: Timestamp, into record: inout BatchRecord
    ) {
        do throws(HistoryError) {
            try history.removeSamples(olderThan: configuration.retention.details, now: now)
            try history.trainDictionary(now: now)
        } catch {
            record.fail(OwnWords("the history could not be looked after: \(error)", "이력을 정리하지 못함: \(error)"))
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
