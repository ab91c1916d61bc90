import Events
import Foundation
import GRDB

extension HistoryStore {
    /// Records events, the groups they belong to, how far the sources are read, and what was masked: all of it
    /// in one durable transaction, or nothing.
    ///
    /// Recording the same entries in any split into batches leaves the same facts and samples.
    @discardableResult
    public func record(_ batch: RecordBatch) throws(HistoryError) -> RecordSummary {
        try write { db in
            var (tally, duplicates) = (BatchTally(), 0)
            for (index, entry) in batch.entries.enumerated() {
                guard try Self.isFirst(entry, now: batch.now, db) else {
                    duplicates += 1
                    continue
                }
                tally.add(entry, at: index)
            }
            var writer = try GroupWriter(db, originID: originID, codec: codec(db), entries: batch.entries)
            (writer.isBaseline, writer.isNews) = (batch.isBaseline, batch.isNews)
            try writer.write(tally)
            if let rule = batch.burst { try writer.markBursts(tally, rule) }
            try Self.save(batch.cursors, now: batch.now, db)
            try Self.forget(batch.forgotten, db)
            let late = batch.maskedLate?() ?? [:]
            let masked = batch.masked.merging(late, uniquingKeysWith: +)
            try addMasked(masked, now: batch.now, db)
            var summary = writer.summary
            summary.duplicates = duplicates
            summary.maskedLate = late
            try Self.count(summary, of: batch.source, masked: masked, db)
            return summary
        }
    }

    private static func count(
        _ summary: RecordSummary, of source: String?, masked: [String: Int], _ db: Database
    ) throws {
        var amounts: [CounterKey: Double] = [:]
        if let source, summary.events > 0 { amounts[CounterKey(.events, source)] = Double(summary.events) }
        if source != nil, !summary.new.isEmpty { amounts[CounterKey(.newGroups)] = Double(summary.new.count) }
        for (rule, count) in masked where count > 0 { amounts[CounterKey(.masked, rule)] = Double(count) }
        if !amounts.isEmpty { try count(amounts, db) }
    }

    /// A source's cursors, in order of their keys.
    public func cursors(source: String) throws(HistoryError) -> [CursorRecord] {
        try read { db in
            try Row.fetchAll(
                db, sql: "SELECT key, payload, at FROM cursor WHERE source = ? ORDER BY key",
                arguments: [source.withoutNUL]
            ).map { row in
                CursorRecord(source: source, key: row[0], payload: row[1], at: Timestamp(nanoseconds: row[2]))
            }
        }
    }

    /// Forgets ids of pushed events that need not be recognised any more.
    public func dropExpiredSeenEvents(now: Timestamp) throws(HistoryError) {
        try write { db in
            try db.execute(sql: "DELETE FROM seen_event WHERE expires <= ?", arguments: [now.nanoseconds])
        }
    }

    /// Secrets masked while reading, rule → count, on the UTC days that the window touches.
    public func masked(in window: TimeWindow) throws(HistoryError) -> [String: Int] {
        try read { db in
            let last = window.end > window.start ? window.end.advanced(by: .nanoseconds(-1)) : window.end
            let rows = try Row.fetchAll(
                db, sql: "SELECT rule, sum(count) FROM masked WHERE day BETWEEN ? AND ? GROUP BY rule",
                arguments: [window.start.day, last.day])
            return Dictionary(rows.map { ($0[0] as String, $0[1] as Int) }, uniquingKeysWith: +)
        }
    }

    private static func isFirst(_ entry: RecordEntry, now: Timestamp, _ db: Database) throws -> Bool {
        guard let expires = entry.deduplicateUntil else { return true }
        let (high, low) = SampleKey.halves(entry.event.id)
        let statement = try db.cachedStatement(
            sql: """
                INSERT INTO seen_event (id, expires) VALUES (?, ?)
                ON CONFLICT DO UPDATE SET expires = excluded.expires WHERE expires <= ?
                """)
        try statement.execute(arguments: [
            SampleKey(high: high, low: low, time: 0).hash, expires.nanoseconds, now.nanoseconds,
        ])
        return db.changesCount > 0
    }

    private static func save(_ cursors: [CursorRecord], now: Timestamp, _ db: Database) throws {
        let statement = try db.cachedStatement(
            sql: """
                INSERT INTO cursor (source, key, payload, at) VALUES (?, ?, ?, ?)
                ON CONFLICT DO UPDATE SET payload = excluded.payload, at = excluded.at
                """)
        for cursor in cursors {
            try statement.execute(arguments: [
                cursor.source.withoutNUL, cursor.key.withoutNUL, cursor.payload.withoutNUL, now.nanoseconds,
            ])
        }
    }

    private static func forget(_ cursors: [CursorRecord], _ db: Database) throws {
        let statement = try db.cachedStatement(sql: "DELETE FROM cursor WHERE source = ? AND key = ?")
        for cursor in cursors {
            try statement.execute(arguments: [cursor.source.withoutNUL, cursor.key.withoutNUL])
        }
    }

    func addMasked(_ masked: [String: Int], now: Timestamp, _ db: Database) throws {
        let statement = try db.cachedStatement(
            sql: """
                INSERT INTO masked (day, rule, origin_id, count) VALUES (?, ?, ?, ?)
                ON CONFLICT DO UPDATE SET count = min(count + excluded.count, \(HistoryLimits.occurrences))
                """)
        for (rule, count) in masked.sorted(by: { $0.key < $1.key }) {
            let count = max(0, min(count, HistoryLimits.occurrences))
            try statement.execute(arguments: [now.day, rule.withoutNUL, originID, count])
        }
    }
}

extension Timestamp {
    /// Whole UTC days since the epoch.
    var day: Int64 {
        let (quotient, remainder) = minute.quotientAndRemainder(dividingBy: 1440)
        return remainder < 0 ? quotient - 1 : quotient
    }
}
