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

        private static func percent(_ value: Double) -> String { String(format: "%.1f %%", value) }

        /// For people.
        public var lines: [String] {
            let seen = firstSeen.flatMap { first in lastSeen.map { "\(first.rfc3339) to \($0.rfc3339)" } }
            let cache = cacheStats
            return [
                "\(groups) groups, \(events) events, \(samples) samples, \(diagnoses) diagnoses, \(bytes) bytes",
                "seen from \(seen ?? "never")",
                "cache: \(cache.hits) hits, \(cache.misses) misses (\(Self.percent(100 * cache.hitRate))), "
                    + "\(cache.size) of \(cache.maxSize) entries (\(Self.percent(cache.utilizationPercent)))",
            ]
        }
    }

    public func statistics(now: Timestamp) throws -> Statistics {
        let history = try open(now)
        let facts = try history.statistics()
        let settings = configuration.cache
        let cache = try history.cacheStatistics(
            notBefore: now.advanced(by: .zero - settings.ttl), limit: settings.limit)
        let maximum = settings.maxEntries
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

    /// What an operation did, for people and for programs.
    public struct Outcome: Sendable {
        public var lines: [String]
        public var json: String
    }

    /// Takes in another site's, shard's or backup's history.
    public func merge(_ file: String, now: Timestamp) throws -> Outcome {
        let summary = try writing("history merge", now) { try $0.merge(file, now: now) }
        return Outcome(
            lines: [
                "\(summary.groups) groups, \(summary.newGroups) of them new; \(summary.skipped) rows passed over"
            ], json: try Self.json(summary))
    }

    public func prune(keep: Duration?, maxSize: Int?, now: Timestamp) throws -> Outcome {
        let summary = try writing("history prune", now) { try $0.prune(keep: keep, maxSize: maxSize, now: now) }
        return Outcome(
            lines: [
                "removed \(summary.buckets) counts, \(summary.samples) samples, \(summary.rawAnswers) raw answers",
                "\(summary.bytesBefore) bytes before, \(summary.bytesAfter) now",
            ], json: try Self.json(summary))
    }

    /// Removes everything that holds a text, from the history and from report files.
    public func forget(_ text: String, by author: String?, now: Timestamp) throws -> Outcome {
        guard text.utf8.count >= HistoryStore.shortestForgotten else {
            throw ForgetError.tooShort(least: HistoryStore.shortestForgotten)
        }
        var cleaned = OutboxCleaning.Cleaned()
        let summary = try writing("history forget", now) { history in
            // Before the history is rewritten, which overwrites what the messages leave behind.
            let site = try Site(configuration, mode: .readWrite, now: now)
            cleaned = try OutboxCleaning(site: site, now: now, author: author).clean(of: text)
            try site.history.close()
            return try history.forget(matching: text, by: author, now: now)
        }
        let reports = try removeReports { $0.range(of: Data(text.utf8)) != nil }
        let lines = [
            "forgot \(summary.groups) groups, \(summary.samples) samples, \(summary.diagnoses) diagnoses, "
                + "\(summary.drafts) fix drafts, \(summary.rawAnswers) raw answers; "
                + "took the text out of \(summary.texts) places",
            "removed \(reports) report files; the history can make them again",
        ]
        return Outcome(
            lines: lines + Self.words(cleaned), json: try Self.json(Forgotten(history: summary, outbox: cleaned)))
    }

    private struct Forgotten: Encodable {
        var history: ForgetSummary
        var outbox: OutboxCleaning.Cleaned

        func encode(to encoder: any Encoder) throws {
            try history.encode(to: encoder)
            var values = encoder.container(keyedBy: CodingKeys.self)
            try values.encode(outbox, forKey: .outbox)
        }

        enum CodingKeys: String, CodingKey { case outbox }
    }

    static func words(_ cleaned: OutboxCleaning.Cleaned) -> [String] {
        func numbers(_ list: [Int]) -> String { list.map(String.init).joined(separator: ", ") }
        var lines: [String] = []
        if !cleaned.tombstones.isEmpty {
            lines.append(
                "messages \(numbers(cleaned.tombstones)) are tombstones now: the chain holds, what they said is gone")
        }
        if !cleaned.anew.isEmpty {
            lines.append(
                "messages \(numbers(cleaned.anew)) tell it anew, masked; pages and mails that held it are left out")
        }
        if !cleaned.refused.isEmpty {
            lines.append("took away \(numbers(cleaned.refused)), which waited for approval")
        }
        if !cleaned.left.isEmpty {
            lines.append(
                "messages \(numbers(cleaned.left)) were shipped: clean the sticks, and tell the connected side")
        }
        return lines
    }

    func removeReports(where holds: (Data) -> Bool) throws -> Int {
        let directory = configuration.home.reports
        guard FileManager.default.fileExists(atPath: directory) else { return 0 }
        var count = 0
        for name in try FileManager.default.contentsOfDirectory(atPath: directory).sorted() {
            let path = "\(directory)/\(name)"
            guard let content = FileManager.default.contents(atPath: path), holds(content) else { continue }
            try FileManager.default.removeItem(atPath: path)
            count += 1
        }
        return count
    }

    /// Brings whatever can be read of the home's damaged history into a new file; the damaged one stays as it is.
    public func recover(to file: String, now: Timestamp) throws -> Outcome {
        let summary = try HistoryStore.recover(configuration.home.history, to: file, now: now)
        let rows = summary.rows.values.reduce(0, +)
        let damaged = summary.damagedTables.joined(separator: ", ")
        return Outcome(
            lines: [
                "\(rows) rows are in \(file), \(summary.leftOut) could not be used",
                damaged.isEmpty ? "every table was read to its end" : "damaged: \(damaged)",
            ], json: try Self.json(summary))
    }

    static func json(_ value: some Encodable) throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys]
        return String(decoding: try encoder.encode(value), as: UTF8.self)
    }

    /// One JSON object a group, as `history import` reads it.
    ///
    /// - Returns: groups that could not be told because no event of theirs is kept.
    public func export(now: Timestamp, emit: (String) throws -> Void) throws -> Int {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return try open(now).export { group in
            try emit(String(decoding: try encoder.encode(group), as: UTF8.self))
        }
    }

    /// Alone at work: no batch runs meanwhile.
    func writing<Result>(
        _ holder: String, _ now: Timestamp, _ body: (HistoryStore) throws -> Result
    ) throws -> Result {
        try configuration.home.prepare()
        let lock = try RunLock(home: configuration.home, holder: holder)
        defer { withExtendedLifetime(lock) {} }
        let history = try HistoryStore.open(at: configuration.home.history, mode: .readWrite, now: now)
        let result = try body(history)
        try history.close()
        return result
    }

    private func open(_ now: Timestamp) throws -> HistoryStore {
        try HistoryStore.open(at: configuration.home.history, mode: .readOnly, now: now)
    }
}

/// Why nothing was forgotten.
enum ForgetError: OperatorFacing, Equatable {
    case tooShort(least: Int)

    var description: String {
        switch self {
        case .tooShort(let least): "a text of fewer than \(least) bytes stands in too much"
        }
    }

    var remedy: String? { "Give more of the text, as it stands in the history." }

    var kind: FailureKind { .usage }
}
