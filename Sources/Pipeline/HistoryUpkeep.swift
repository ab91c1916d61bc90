import Events
import Foundation
import History

/// Looking after the history file.
public struct HistoryUpkeep: Sendable {
    let configuration: Configuration

    public init(configuration: Configuration) { self.configuration = configuration }

    public struct Statistics: Sendable, Codable {
        public var groups: Int
        public var events: Int
        public var samples: Int
        public var diagnoses: Int
        public var bytes: Int
        public var firstSeen: Timestamp?
        public var lastSeen: Timestamp?
        /// Patrol's names for the reuse of diagnoses.
        public var cacheStats: CacheStats

        public struct CacheStats: Sendable, Codable {
            public var hits: Int
            public var misses: Int
            public var hitRate: Double
            public var size: Int
            public var maxSize: Int
            public var utilizationPercent: Double
        }

        /// For people.
        public var lines: [String] {
            let seen = firstSeen.flatMap { first in lastSeen.map { "\(first.rfc3339) to \($0.rfc3339)" } }
            let cache = cacheStats
            return [
                "\(groups) groups, \(events) events, \(samples) samples, \(diagnoses) diagnoses, \(bytes) bytes",
                "seen from \(seen ?? "never")",
                "cache: \(cache.hits) hits, \(cache.misses) misses, \(cache.size) of \(cache.maxSize) entries",
            ]
        }
    }

    public func statistics(now: Timestamp) throws -> Statistics {
        let history = try open(now)
        let facts = try history.statistics()
        let cache = try history.cacheStatistics()
        let maximum = configuration.cache.maxEntries
        return Statistics(
            groups: facts.groups, events: facts.events, samples: facts.samples, diagnoses: facts.diagnoses,
            bytes: facts.bytes, firstSeen: facts.firstSeen, lastSeen: facts.lastSeen,
            cacheStats: .init(
                hits: cache.hits, misses: cache.misses, hitRate: cache.hitRate ?? 0, size: cache.entries,
                maxSize: maximum,
                utilizationPercent: maximum > 0 ? 100 * Double(cache.entries) / Double(maximum) : 0))
    }

    /// - Returns: what is wrong, in words; empty when nothing is.
    public func verify(now: Timestamp) throws -> [String] { try open(now).verify().problems }

    public func backup(to file: String, now: Timestamp) throws { try open(now).backup(to: file) }

    private func open(_ now: Timestamp) throws -> HistoryStore {
        try HistoryStore.open(at: configuration.home.history, mode: .readOnly, now: now)
    }
}
