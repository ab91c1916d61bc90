import Events
import Foundation
import GRDB

extension HistoryMerge {
    /// Samples of both, of which the selection keeps what it would have kept had all events come to one history.
    func mergeSamples() throws {
        var touched: Set<[Int64]> = []
        try each(
            """
            SELECT group_id, origin_id, event_hash, time, record FROM sample WHERE length(record) <= ?
            ORDER BY group_id, origin_id, event_hash, time
            """, arguments: [ForeignHistory.longestValue]
        ) { group, origin, row in
            let known = try Bool.fetchOne(
                db.cachedStatement(
                    sql: """
                        SELECT EXISTS (SELECT 1 FROM sample
                            WHERE group_id = ? AND origin_id = ? AND event_hash = ? AND time = ?)
                        """), arguments: [group, origin, row[2] as Data, row[3] as Int64])
            guard known == false, let fingerprint = fingerprints[group],
                try !Tombstone.exists(Tombstone.sample(fingerprint, row[2], row[3]), db),
                let event = try read(ErrorEvent.self, row[4])
            else { return }
            try db.cachedStatement(
                sql: """
                    INSERT INTO sample (group_id, origin_id, event_hash, time, slots, record) VALUES (?, ?, ?, ?, 0, ?)
                    """
            ).execute(arguments: [
                group, origin, row[2] as Data, row[3] as Int64, Data(try StoredEvent.pack(event, codec)),
            ])
            touched.insert([group, origin])
            summary.samples += 1
        }
        for place in touched { try select(place[0], place[1]) }
    }

    private func select(_ group: Int64, _ origin: Int64) throws {
        var selection = SampleSelection()
        let rows = try Row.fetchAll(
            db.cachedStatement(sql: "SELECT event_hash, time, rowid FROM sample WHERE group_id = ? AND origin_id = ?"),
            arguments: [group, origin])
        let keys = rows.map { (key: SampleKey(hash: $0[0], time: $0[1]), row: $0[2] as Int64) }
        for item in keys { selection.offer(item.key, .stored) }
        let kept = selection.kept
        for item in keys {
            if let slots = kept[item.key]?.slots {
                try db.cachedStatement(sql: "UPDATE sample SET slots = ? WHERE rowid = ?")
                    .execute(arguments: [slots.rawValue, item.row])
            } else {
                try db.cachedStatement(sql: "DELETE FROM sample WHERE rowid = ?").execute(arguments: [item.row])
            }
        }
    }

    func mergeDiagnoses() throws {
        try each(
            """
            SELECT group_id, origin_id, version, at, by_model, is_queued, cache_key, used_at, record FROM diagnosis
            WHERE length(record) <= ? ORDER BY group_id, origin_id, version
            """, arguments: [ForeignHistory.longestValue]
        ) { group, origin, row in
            let known = try Row.fetchOne(
                db.cachedStatement(
                    sql: "SELECT at, used_at FROM diagnosis WHERE group_id = ? AND origin_id = ? AND version = ?"),
                arguments: [group, origin, row[2] as Int64])
            // Of two accounts of one version, which only a copied home can give, the later one counts.
            if let known, (known[0] as Int64, known[1] as Int64) >= (row[3] as Int64, row[7] as Int64) { return }
            guard let fingerprint = fingerprints[group], let name = originNames[origin],
                try !Tombstone.exists(Tombstone.diagnosis(fingerprint, origin: name, version: row[2]), db),
                let stored = try read(StoredDiagnosis.self, row[8])
            else { return }
            try db.cachedStatement(
                sql: """
                    INSERT INTO diagnosis
                        (group_id, origin_id, version, at, is_current, by_model, is_queued, cache_key, used_at, record,
                        severity)
                    VALUES (?, ?, ?, ?, 0, ?, ?, ?, ?, ?, ?)
                    ON CONFLICT DO UPDATE SET at = excluded.at, by_model = excluded.by_model,
                        is_queued = excluded.is_queued, cache_key = excluded.cache_key, used_at = excluded.used_at,
                        record = excluded.record, severity = excluded.severity
                    """
            ).execute(arguments: [
                group, origin, row[2] as Int64, row[3] as Int64, row[4] as Bool, row[5] as Bool, row[6] as String?,
                row[7] as Int64, Data(try codec.encode(stored)), stored.diagnosis.severity.stored,
            ])
            summary.diagnoses += 1
        }
        try mergeAnswers()
        try Self.setCurrent(db)
    }

    private func mergeAnswers() throws {
        try each(
            "SELECT group_id, origin_id, version, number, record FROM raw_answer WHERE length(record) <= ?",
            arguments: [ForeignHistory.longestValue]
        ) { group, origin, row in
            let isKnown = try Bool.fetchOne(
                db.cachedStatement(
                    sql: """
                        SELECT EXISTS (SELECT 1 FROM diagnosis WHERE group_id = ? AND origin_id = ? AND version = ?)
                        """), arguments: [group, origin, row[2] as Int64])
            guard isKnown == true, let answer = unpack(row[4]) else { return }
            try db.cachedStatement(
                sql: """
                    INSERT OR IGNORE INTO raw_answer (group_id, origin_id, version, number, record)
                    VALUES (?, ?, ?, ?, ?)
                    """
            ).execute(arguments: [group, origin, row[2] as Int64, row[3] as Int64, Data(try codec.pack(answer))])
        }
    }

    /// The latest of a group counts, whoever made it; of equally late ones the home's name decides.
    static func setCurrent(_ db: Database) throws {
        try db.execute(
            sql: """
                UPDATE diagnosis SET is_current = 0 WHERE is_current = 1;
                UPDATE diagnosis SET is_current = 1 WHERE rowid IN (
                    SELECT id FROM (SELECT d.rowid AS id, row_number() OVER (
                        PARTITION BY d.group_id ORDER BY d.at DESC, d.version DESC, o.uuid DESC) AS place
                    FROM diagnosis d JOIN origin o ON o.id = d.origin_id) WHERE place = 1)
                """)
    }

    // MARK: - What was forgotten

    /// Obeys what the other has forgotten, here too.
    func mergeTombstones() throws {
        var isNew = false
        let rows = try Row.fetchCursor(source, sql: "SELECT name, at FROM tombstone WHERE length(name) = 16")
        while let row = try rows.next() {
            try db.execute(
                sql: """
                    INSERT INTO tombstone (name, at) VALUES (?, ?)
                    ON CONFLICT DO UPDATE SET at = min(at, excluded.at)
                    """, arguments: [row[0] as Data, row[1] as Int64])
            isNew = true
        }
        guard isNew else { return }
        var hasRemoved = false
        for row in try Row.fetchAll(db, sql: "SELECT id, fingerprint FROM error_group")
        where try Tombstone.exists(Tombstone.group(row[1]), db) {
            try HistoryForgetting.remove(row[0], row[1], now: now, db)
            hasRemoved = true
        }
        if hasRemoved { try HistoryForgetting.makeIndex(db) }
        try removeForgottenValues()
        let samples = try Row.fetchAll(
            db,
            sql: """
                SELECT s.rowid, g.fingerprint, s.event_hash, s.time FROM sample s
                JOIN error_group g ON g.id = s.group_id
                """)
        for row in samples where try Tombstone.exists(Tombstone.sample(row[1], row[2], row[3]), db) {
            try db.execute(sql: "DELETE FROM sample WHERE rowid = ?", arguments: [row[0] as Int64])
        }
        let diagnoses = try Row.fetchAll(
            db,
            sql: """
                SELECT d.rowid, g.fingerprint, o.uuid, d.version, d.group_id, d.origin_id FROM diagnosis d
                JOIN error_group g ON g.id = d.group_id JOIN origin o ON o.id = d.origin_id
                """)
        for row in diagnoses
        where try Tombstone.exists(Tombstone.diagnosis(row[1], origin: row[2], version: row[3]), db) {
            try db.execute(sql: "DELETE FROM diagnosis WHERE rowid = ?", arguments: [row[0] as Int64])
            try db.execute(
                sql: "DELETE FROM raw_answer WHERE group_id = ? AND origin_id = ? AND version = ?",
                arguments: [row[4] as Int64, row[5] as Int64, row[3] as Int64])
        }
        let drafts = try Row.fetchAll(
            db,
            sql: """
                SELECT d.id, g.fingerprint, o.uuid, d.base FROM fix_draft d
                JOIN error_group g ON g.id = d.group_id JOIN origin o ON o.id = d.origin_id
                """)
        for row in drafts where try Tombstone.exists(Tombstone.draft(row[1], origin: row[2], base: row[3]), db) {
            try db.execute(sql: "DELETE FROM fix_draft WHERE id = ?", arguments: [row[0] as Int64])
        }
    }

    private func removeForgottenValues() throws {
        let services = try Row.fetchAll(
            db,
            sql: """
                SELECT id, value FROM text WHERE id IN (SELECT DISTINCT service FROM service_bucket)
                """)
        for row in services where try Tombstone.exists(Tombstone.service(row[1]), db) {
            try db.execute(sql: "DELETE FROM service_bucket WHERE service = ?", arguments: [row[0] as Int64])
        }
        let values = try Row.fetchAll(
            db,
            sql: """
                SELECT g.fingerprint, v.kind, t.value, v.group_id, v.value FROM group_value v
                JOIN error_group g ON g.id = v.group_id JOIN text t ON t.id = v.value
                """)
        for row in values where try Tombstone.exists(Tombstone.value(row[0], kind: row[1], row[2]), db) {
            try db.execute(
                sql: "DELETE FROM group_value WHERE group_id = ? AND kind = ? AND value = ?",
                arguments: [row[3] as Int64, row[1] as Int64, row[4] as Int64])
        }
    }

    // MARK: - What people said, and what was done

    func mergeDecisions() throws {
        try each(
            """
            SELECT group_id, origin_id, at, is_open, author, note, fixed_by FROM resolution
            WHERE length(coalesce(author, '')) + length(coalesce(note, '')) + length(coalesce(fixed_by, '')) <= ?
            """, arguments: [ForeignHistory.longestValue]
        ) { group, origin, row in
            try db.execute(
                sql: """
                    INSERT OR IGNORE INTO resolution (group_id, origin_id, at, is_open, author, note, fixed_by)
                    VALUES (?, ?, ?, ?, ?, ?, ?)
                    """,
                arguments: [
                    group, origin, row[2] as Int64, row[3] as Bool, row[4] as String?, row[5] as String?,
                    row[6] as String?,
                ])
        }
        try each("SELECT group_id, origin_id, at, verdict, cause, fixed_by FROM verdict") { group, origin, row in
            guard Verdict(rawValue: row[3]) != nil else {
                summary.skipped += 1
                return
            }
            try db.execute(
                sql: """
                    INSERT OR IGNORE INTO verdict (group_id, origin_id, at, verdict, cause, fixed_by)
                    VALUES (?, ?, ?, ?, ?, ?)
                    """,
                arguments: [
                    group, origin, row[2] as Int64, row[3] as String, row[4] as String?, row[5] as String?,
                ])
        }
        let aliases = try Row.fetchCursor(source, sql: "SELECT fingerprint, canonical, at, origin_id FROM group_alias")
        while let row = try aliases.next() {
            guard let origin = origins[row[3]] else { continue }
            // Of two joins of one group the earlier one counts, then the smaller fingerprint.
            try db.execute(
                sql: """
                    INSERT INTO group_alias (fingerprint, canonical, at, origin_id) VALUES (?, ?, ?, ?)
                    ON CONFLICT DO UPDATE SET canonical = excluded.canonical, at = excluded.at,
                        origin_id = excluded.origin_id
                    WHERE (excluded.at, excluded.canonical) < (at, canonical)
                    """, arguments: [row[0] as Data, row[1] as Data, row[2] as Int64, origin])
        }
    }

    // MARK: - Records of theirs: one that is damaged is passed over

    func read<Value: Decodable>(_ type: Value.Type, _ record: Data) throws -> Value? {
        do throws(RecordError) {
            return try theirs.decode(type, from: [UInt8](record))
        } catch {
            summary.skipped += 1
            return nil
        }
    }

    private func unpack(_ record: Data) -> [UInt8]? {
        do throws(RecordError) {
            return try theirs.unpack([UInt8](record))
        } catch {
            summary.skipped += 1
            return nil
        }
    }
}
