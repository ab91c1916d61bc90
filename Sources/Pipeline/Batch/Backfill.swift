import Events
import Foundation
import History

/// Reads what the first run of each source left out. Resumable like any run; nothing is diagnosed, reported or told:
/// what is old needs nobody at night, and what comes again is then known.
public struct Backfill: Sendable {
    public let configuration: Configuration
    /// How far back; nil reads all that the files hold, and a year of remote engines.
    public let since: Timestamp?

    public init(configuration: Configuration, since: Timestamp?) {
        (self.configuration, self.since) = (configuration, since)
    }

    public struct Summary: Sendable, Codable {
        public var run: BatchRecord
        public var seconds: Double

        /// As for a batch: what the exit code says when the run met problems on the way.
        public var failureKind: FailureKind? {
            run.reading.failed?.first.flatMap(FailureKind.init) ?? (run.failures.isEmpty ? nil : .io)
        }
    }

    public func run(now: Timestamp, progress: @escaping ProgressHandler) async throws -> Summary {
        let clock = ContinuousClock()
        let start = clock.now
        try configuration.home.prepare()
        let lock = try RunLock(home: configuration.home, holder: "batch --backfill")
        defer { withExtendedLifetime(lock) {} }
        let site = try Site(configuration, mode: .readWrite, now: now)
        try ShardRun.refuseShard(site.history)
        var record = BatchRecord(started: now, finished: now)
        let stage = ReadingStage(site: site, now: now, extent: .older(since: since), progress: progress)
        _ = try await stage.run(into: &record)
        record.finished = now.advanced(by: start.duration(to: clock.now))
        try site.history.recordRun(
            RunRecord(
                kind: "backfill", started: record.started, finished: record.finished,
                payload: String(decoding: try JSONEncoder().encode(record), as: UTF8.self)))
        return Summary(run: record, seconds: start.duration(to: clock.now).inSeconds)
    }
}
