import Events
import GRDB

/// One count that only grows, of this home alone: no pruning, merge or redaction takes anything from it.
public struct CounterKey: Sendable, Hashable, Comparable {
    /// What is counted.
    public enum Kind: String, Sendable, CaseIterable {
        /// First label: source.
        case events
        case newGroups = "new_groups"
        /// Labels: source, outcome.
        case sourceReads = "source_reads"
        /// First label: source.
        case parseFailures = "parse_failures"
        /// First label: rule.
        case masked
        /// First label: outcome.
        case cacheLookups = "cache_lookups"
        /// Labels: model, outcome.
        case modelCalls = "model_calls"
        /// Labels: model, kind of token.
        case modelTokens = "model_tokens"
        /// Seconds of whole answers. First label: model.
        case modelSeconds = "model_seconds"
        /// Answers by their seconds. Labels: model, the least of ``CounterKey/secondsBounds`` that is not below.
        case modelAnswers = "model_answers"
    }

    public var kind: Kind
    public var first: String
    public var second: String

    /// Upper bounds of a model's answering time, in seconds; an answer above the last has the label `+Inf`.
    public static let secondsBounds: [Double] = [1, 2, 5, 10, 20, 30, 60, 120, 300, 600, 1800, 3600]
    /// Pairs of labels of one kind that are told apart; later ones are counted under ``other``.
    public static let mostLabels = 200
    public static let other = "other"
    /// Bytes of a label.
    static let labelBytes = 200

    public init(_ kind: Kind, _ first: String = "", _ second: String = "") {
        (self.kind, self.first, self.second) = (kind, first, second)
    }

    public static func < (left: CounterKey, right: CounterKey) -> Bool {
        (left.kind.rawValue, left.first, left.second) < (right.kind.rawValue, right.first, right.second)
    }

    static func bound(_ seconds: Double) -> String {
        secondsBounds.first { seconds <= $0 }.map { "\(Int($0))" } ?? "+Inf"
    }
}

extension HistoryStore {
    /// Adds to counters; amounts below zero are left out.
    public func count(_ amounts: [CounterKey: Double]) throws(HistoryError) {
        guard !amounts.isEmpty else { return }
        try write { db in try Self.count(amounts, db) }
    }

    /// Every counter that was ever counted up.
    public func counters() throws(HistoryError) -> [CounterKey: Double] {
        try read { db in
            // A reader of a home that a newer version has not written to yet.
            guard try db.tableExists("counter") else { return [:] }
            var found: [CounterKey: Double] = [:]
            for row in try Row.fetchAll(db, sql: "SELECT kind, first, second, value FROM counter") {
                guard let kind = CounterKey.Kind(rawValue: row[0]) else { continue }
                found[CounterKey(kind, row[1], row[2])] = row[3]
            }
            return found
        }
    }

    static func count(_ amounts: [CounterKey: Double], _ db: Database) throws {
        let update = try db.cachedStatement(
            sql: "UPDATE counter SET value = value + ? WHERE kind = ? AND first = ? AND second = ?")
        let insert = try db.cachedStatement(
            sql: """
                INSERT INTO counter (kind, first, second, value) VALUES (?, ?, ?, ?)
                ON CONFLICT DO UPDATE SET value = value + excluded.value
                """)
        for (key, amount) in amounts.sorted(by: { $0.key < $1.key }) where amount >= 0 && amount.isFinite {
            let kind = key.kind.rawValue
            let labels = [key.first, key.second].map { String($0.withoutNUL.prefix(CounterKey.labelBytes)) }
            try update.execute(arguments: [amount, kind, labels[0], labels[1]])
            guard db.changesCount == 0 else { continue }
            let known = try Int.fetchOne(db, sql: "SELECT count(*) FROM counter WHERE kind = ?", arguments: [kind])
            let isFull = (known ?? 0) >= CounterKey.mostLabels
            try insert.execute(arguments: [
                kind, isFull ? CounterKey.other : labels[0], labels[1], amount,
            ])
        }
    }
}

extension HistoryStore {
    /// Whether a transaction that writes could begin now; nothing is written.
    ///
    /// - Returns: false where another process is writing and does not end within `patience`.
    /// - Throws: where it cannot be written at all.
    public func isWritable(within patience: Duration) throws(HistoryError) -> Bool {
        do {
            return try pool.writeWithoutTransaction { db in
                try db.execute(sql: "PRAGMA busy_timeout = \(max(0, patience.nanoseconds / 1_000_000))")
                let isFree = try Self.couldBegin(db)
                try db.execute(sql: "PRAGMA busy_timeout = \(Self.busyTimeout.nanoseconds / 1_000_000)")
                return isFree
            }
        } catch {
            throw HistoryError(error, path: path)
        }
    }

    private static func couldBegin(_ db: Database) throws -> Bool {
        do {
            try db.execute(sql: "BEGIN IMMEDIATE")
        } catch let error as DatabaseError where error.resultCode == .SQLITE_BUSY {
            return false
        }
        try db.execute(sql: "ROLLBACK")
        return true
    }
}
