import Events
import Foundation
import GRDB

/// What a merge brought.
public struct MergeSummary: Sendable, Hashable, Codable {
    public var groups = 0
    public var newGroups = 0
    public var samples = 0
    public var diagnoses = 0
    /// Rows that could not be used: too long, or not as we write them.
    public var skipped = 0

    public init() {}
}

extension HistoryStore {
    /// Takes in all facts of another history, in one transaction.
    ///
    /// Facts carry the home that saw them, and of two accounts of the same home the larger one counts: so merging is
    /// commutative and idempotent, and shards, sites and restored backups come together without double counting.
    /// What is a home's own (cursors, settings, alerts, the outbox) stays its own.
    @discardableResult
    public func merge(_ path: String, now: Timestamp) throws(HistoryError) -> MergeSummary {
        do {
            let other = try ForeignHistory(path)
            return try other.queue.read { source in
                try write { db in
                    let merge = try HistoryMerge(
                        from: source, into: db, codec: codec(db), theirs: codec(source), now: now)
                    try merge.run()
                    return merge.summary
                }
            }
        } catch {
            throw HistoryError(error, path: path)
        }
    }
}

/// One merge; lives for one transaction.
final class HistoryMerge {
    let source: Database
    let db: Database
    let codec: RecordCodec
    let theirs: RecordCodec
    let now: Timestamp
    var texts: TextDictionary
    var search: SearchIndexWriter
    var summary = MergeSummary()
    /// Their number → ours.
    var origins: [Int64: Int64] = [:]
    var groups: [Int64: Int64] = [:]
    /// Our number → what is the same in every file.
    var fingerprints: [Int64: Data] = [:]
    var originNames: [Int64: String] = [:]
    var textNumbers: [Int64: Int64] = [:]

    init(
        from source: Database, into db: Database, codec: RecordCodec, theirs: RecordCodec, now: Timestamp
    ) throws {
        (self.source, self.db, self.codec, self.theirs, self.now) = (source, db, codec, theirs, now)
        texts = try TextDictionary(db)
        search = try SearchIndexWriter(db)
    }

    func run() throws {
        try mergeTombstones()
        try mergeOrigins()
        try mergeGroups()
        try mergeCounts()
        try mergeSamples()
        try mergeDiagnoses()
        try mergeDecisions()
        try mergeOperations()
        try search.flush()
    }

    // MARK: - Groups

    private func mergeOrigins() throws {
        for row in try Row.fetchAll(source, sql: "SELECT id, uuid, first_used FROM origin") {
            guard let uuid = UUID(uuidString: row[1] as String)?.uuidString else {
                summary.skipped += 1
                continue
            }
            try db.execute(
                sql: """
                    INSERT INTO origin (uuid, first_used) VALUES (?, ?)
                    ON CONFLICT DO UPDATE SET first_used = min(first_used, excluded.first_used)
                    """, arguments: [uuid, row[2] as Int64])
            let id = try Int64.fetchOne(db, sql: "SELECT id FROM origin WHERE uuid = ?", arguments: [uuid])
            origins[row[0]] = id
            if let id { originNames[id] = uuid }
        }
    }

    /// Groups in order of their fingerprints, so that new ones get their numbers in an order that both files have.
    private func mergeGroups() throws {
        let rows = try Row.fetchCursor(
            source,
            sql: """
                SELECT g.id, g.fingerprint, g.version, g.rule, g.parts, g.title, g.template, g.type, g.code, d.tokens
                FROM error_group g LEFT JOIN search_document d ON d.id = g.id ORDER BY g.fingerprint
                """)
        while let row = try rows.next() {
            guard let fingerprint = Fingerprint(bytes: row[1]), let rule = GroupingResult.Rule(rawValue: row[3]) else {
                summary.skipped += 1
                continue
            }
            if try Tombstone.exists(Tombstone.group(fingerprint.bytes), db) { continue }
            summary.groups += 1
            if let known = try HistoryStore.findGroupID(fingerprint, db) {
                groups[row[0]] = known
                fingerprints[known] = fingerprint.bytes
                continue
            }
            let columns = try (4...8).map { try text(row[$0] as Int64?) }
            guard columns[0] != nil, columns[1] != nil, columns[2] != nil else {
                summary.skipped += 1
                continue
            }
            try db.execute(
                sql: """
                    INSERT INTO error_group (fingerprint, version, rule, parts, title, template, type, code)
                    VALUES (?, ?, ?, ?, ?, ?, ?, ?)
                    """,
                arguments: [fingerprint.bytes, row[2] as Int64, rule.rawValue] + StatementArguments(columns))
            let id = db.lastInsertedRowID
            groups[row[0]] = id
            fingerprints[id] = fingerprint.bytes
            summary.newGroups += 1
            let tokens = try row.withUnsafeData(atIndex: 9) { data in
                data?.withUnsafeBytes { SearchTokens(encoded: $0) } ?? nil
            }
            if let tokens { try search.add(id, tokens) }
        }
    }

    /// Our number of a text of theirs.
    func text(_ number: Int64?) throws -> Int64? {
        guard let number else { return nil }
        if let known = textNumbers[number] { return known }
        let row = try Row.fetchOne(
            source.cachedStatement(sql: "SELECT value FROM text WHERE id = ? AND length(value) <= ?"),
            arguments: [number, HistoryLimits.textBytes])
        guard let value = try row?.storedText(0) else { return nil }
        let id = try texts.id(value) as Int64
        textNumbers[number] = id
        return id
    }

    // MARK: - Counts

    private func mergeCounts() throws {
        try each("SELECT group_id, origin_id, first, last, total, level FROM sighting") { group, origin, row in
            let numbers = try bounded(row, 4...5)
            try noteGrowth(group, origin, total: numbers[0], last: row[3])
            try db.cachedStatement(
                sql: """
                    INSERT INTO sighting (group_id, origin_id, first, last, total, level) VALUES (?, ?, ?, ?, ?, ?)
                    ON CONFLICT DO UPDATE SET first = min(first, excluded.first), last = max(last, excluded.last),
                        total = max(total, excluded.total), level = max(level, excluded.level)
                    """
            ).execute(arguments: [group, origin, row[2] as Int64, row[3] as Int64, numbers[0], min(5, numbers[1])])
        }
        try each("SELECT group_id, origin_id, minute, count FROM bucket") { group, origin, row in
            try db.cachedStatement(
                sql: """
                    INSERT INTO bucket (minute, group_id, origin_id, count) VALUES (?, ?, ?, ?)
                    ON CONFLICT DO UPDATE SET count = max(count, excluded.count)
                    """
            ).execute(arguments: [row[2] as Int64, group, origin, try bounded(row, 3...3)[0]])
        }
        try each("SELECT group_id, origin_id, kind, value, first, last, count FROM group_value") { group, origin, row in
            let bytes = try Data.fetchOne(
                source.cachedStatement(sql: "SELECT value FROM text WHERE id = ? AND length(value) <= ?"),
                arguments: [row[3] as Int64, HistoryLimits.textBytes])
            if let fingerprint = fingerprints[group], let bytes,
                try Tombstone.exists(Tombstone.value(fingerprint, kind: row[2], bytes), db)
            {
                return
            }
            guard ValueKind(rawValue: row[2]) != nil, let value = try text(row[3]) else {
                summary.skipped += 1
                return
            }
            try db.cachedStatement(
                sql: """
                    INSERT INTO group_value (group_id, kind, value, origin_id, first, last, count)
                    VALUES (?, ?, ?, ?, ?, ?, ?)
                    ON CONFLICT DO UPDATE SET first = min(first, excluded.first), last = max(last, excluded.last),
                        count = max(count, excluded.count)
                    """
            ).execute(arguments: [
                group, row[2] as Int64, value, origin, row[4] as Int64, row[5] as Int64, try bounded(row, 6...6)[0],
            ])
        }
    }

    /// What groups gained by this merge is news of those that were seen lately.
    private func noteGrowth(_ group: Int64, _ origin: Int64, total: Int64, last: Int64) throws {
        guard last >= now.advanced(by: .zero - HistoryStore.recent).nanoseconds else { return }
        let known = try Int64.fetchOne(
            db.cachedStatement(sql: "SELECT total FROM sighting WHERE group_id = ? AND origin_id = ?"),
            arguments: [group, origin])
        let growth = Int(total - min(total, known ?? 0))
        if growth > 0 { try HistoryStore.addNews(group, events: growth, db) }
    }

    private func bounded(_ row: Row, _ columns: ClosedRange<Int>) throws -> [Int64] {
        columns.map { max(0, min(row[$0] as Int64, Int64(HistoryLimits.occurrences))) }
    }

    /// Rows whose group and home are known; `sql` names them first.
    func each(
        _ sql: String, arguments: StatementArguments = StatementArguments(),
        _ body: (Int64, Int64, Row) throws -> Void
    ) throws {
        let rows = try Row.fetchCursor(source, sql: sql, arguments: arguments)
        while let row = try rows.next() {
            guard let group = groups[row[0]], let origin = origins[row[1]] else {
                summary.skipped += 1
                continue
            }
            try body(group, origin, row)
        }
    }
}
