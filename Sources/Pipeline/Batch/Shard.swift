import Events
import Foundation
import History

/// One of several parts of all groups, by their fingerprints: the same everywhere, whatever is read in which order.
public struct Shard: Sendable, Hashable, CustomStringConvertible {
    public static let most = 4096

    /// 1 to `count`.
    public let number: Int
    public let count: Int

    /// - Parameter text: `3/16`, the third of sixteen.
    public init?(_ text: String) {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count == 2, let number = Int(parts[0]), let count = Int(parts[1]), (1...Self.most).contains(count),
            (1...count).contains(number)
        else { return nil }
        (self.number, self.count) = (number, count)
    }

    public var description: String { "\(number)/\(count)" }

    func contains(_ fingerprint: Fingerprint) -> Bool {
        // The first 15 digits of a hash are as even as all of them.
        (Int(fingerprint.hex.prefix(15), radix: 16) ?? 0) % count == number - 1
    }
}

/// Reads all sources into a home of its own, and keeps the groups of one shard. Nothing is joined, diagnosed, reported
/// or told: the run that merges the shards does that.
public struct ShardRun: Sendable {
    public let configuration: Configuration
    public let shard: Shard

    public init(configuration: Configuration, shard: Shard) {
        (self.configuration, self.shard) = (configuration, shard)
    }

    public struct Summary: Sendable, Codable {
        public var shard: String
        public var run: BatchRecord
        public var seconds: Double
        public var history: String

        /// As for a batch: what the exit code says when the run met problems on the way.
        public var failureKind: FailureKind? {
            run.reading.failed?.first.flatMap(FailureKind.init) ?? (run.failures.isEmpty ? nil : .io)
        }
    }

    /// - Throws: ``ShardError/other(_:)`` for the home of another shard.
    public func run(now: Timestamp, progress: @escaping ProgressHandler) async throws -> Summary {
        let clock = ContinuousClock()
        let start = clock.now
        try configuration.home.prepare()
        let lock = try RunLock(home: configuration.home, holder: "batch --shard \(shard)")
        defer { withExtendedLifetime(lock) {} }
        let site = try Site(configuration, mode: .readWrite, now: now)
        try claim(site.history)
        var record = BatchRecord(started: now, finished: now)
        let stage = ReadingStage(site: site, now: now, extent: .news, progress: progress, shard: shard)
        _ = try await stage.run(into: &record)
        record.finished = now.advanced(by: start.duration(to: clock.now))
        try site.history.recordRun(
            RunRecord(
                kind: "shard", started: record.started, finished: record.finished,
                payload: String(decoding: try JSONEncoder().encode(record), as: UTF8.self)))
        return Summary(
            shard: "\(shard)", run: record, seconds: start.duration(to: clock.now).inSeconds,
            history: configuration.home.history)
    }

    private static let setting = "shard"

    /// A home belongs to one shard: its cursors say what was read, and nobody would see what another one left out.
    private func claim(_ history: HistoryStore) throws {
        if let known = try history.setting(Self.setting) {
            guard known == shard.description else { throw ShardError.other(known) }
        } else {
            guard try history.statistics().groups == 0 else { throw ShardError.whole }
            try history.setSetting(Self.setting, to: shard.description)
        }
    }

    /// - Throws: ``ShardError/other(_:)`` for the home of a shard, where a whole run would miss what was read there.
    static func refuseShard(_ history: HistoryStore) throws {
        if let known = try history.setting(setting) { throw ShardError.other(known) }
    }
}

/// Why a home cannot be used for a shard, or a shard's home for anything else.
enum ShardError: OperatorFacing, Equatable {
    case other(String)
    case whole

    var description: String {
        switch self {
        case .other(let shard): "this home is that of shard \(shard)"
        case .whole: "this home holds whole runs, and is no shard's"
        }
    }

    var remedy: String? { "Give each shard a home of its own (--home DIR), and merge them into the site's." }

    var kind: FailureKind { .usage }
}
