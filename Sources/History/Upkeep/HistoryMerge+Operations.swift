import Events
import Foundation
import GRDB

/// What homes did: runs, calls of the model, minutes of services, fix drafts.
extension HistoryMerge {
    func mergeOperations() throws {
        try eachOrigin("SELECT origin_id, day, rule, count FROM masked") { origin, row in
            try db.execute(
                sql: """
                    INSERT INTO masked (day, rule, origin_id, count) VALUES (?, ?, ?, ?)
                    ON CONFLICT DO UPDATE SET count = max(count, excluded.count)
                    """,
                arguments: [
                    row[1] as Int64, row[2] as String, origin,
                    max(0, min(row[3] as Int64, Int64(HistoryLimits.occurrences))),
                ])
        }
        try eachOrigin("SELECT origin_id, kind, started, finished, payload FROM run ORDER BY id") { origin, row in
            try db.execute(
                sql: """
                    INSERT INTO run (origin_id, kind, started, finished, payload) SELECT ?1, ?2, ?3, ?4, ?5
                    WHERE NOT EXISTS (SELECT 1 FROM run WHERE origin_id = ?1 AND kind = ?2 AND started = ?3)
                    """,
                arguments: [origin, row[1] as String, row[2] as Int64, row[3] as Int64, row[4] as String])
        }
        try mergeCalls()
        try mergeServiceMinutes()
        try mergeDrafts()
    }

    /// Calls have no name of their own: a home's calls of one instant are taken when the other has more of them.
    private func mergeCalls() throws {
        let columns = "time, endpoint, model, prompt_digest, prompt_tokens, answer_tokens, outcome, seconds"
        try eachOrigin(
            "SELECT origin_id, \(columns), count(*) FROM model_call GROUP BY origin_id, \(columns) ORDER BY min(id)"
        ) { origin, row in
            let values: StatementArguments = [
                origin, row[1] as Int64, row[2] as String, row[3] as String, row[4] as String, row[5] as Int64,
                row[6] as Int64, row[7] as String, row[8] as Double,
            ]
            let known = try Int.fetchOne(
                db,
                sql: """
                    SELECT count(*) FROM model_call WHERE origin_id = ? AND time = ? AND endpoint = ? AND model = ?
                    AND prompt_digest = ? AND prompt_tokens = ? AND answer_tokens = ? AND outcome = ? AND seconds = ?
                    """, arguments: values)
            for _ in 0..<max(0, (row[9] as Int) - (known ?? 0)) {
                try db.execute(
                    sql: "INSERT INTO model_call (origin_id, \(columns)) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
                    arguments: values)
            }
        }
    }

    private func eachOrigin(_ sql: String, _ body: (Int64, Row) throws -> Void) throws {
        let rows = try Row.fetchCursor(source, sql: sql)
        while let row = try rows.next() {
            if let origin = origins[row[0]] { try body(origin, row) } else { summary.skipped += 1 }
        }
    }

    private func mergeServiceMinutes() throws {
        guard try source.tableExists("service_bucket") else { return }
        try eachOrigin("SELECT origin_id, service, minute, count FROM service_bucket") { origin, row in
            guard let service = try text(row[1]) else {
                summary.skipped += 1
                return
            }
            let name = try Data.fetchOne(
                db.cachedStatement(sql: "SELECT value FROM text WHERE id = ?"), arguments: [service])
            if let name, try Tombstone.exists(Tombstone.service(name), db) { return }
            try db.cachedStatement(
                sql: """
                    INSERT INTO service_bucket (minute, service, origin_id, count) VALUES (?, ?, ?, ?)
                    ON CONFLICT DO UPDATE SET count = max(count, excluded.count)
                    """
            ).execute(arguments: [
                row[2] as Int64, service, origin, max(0, min(row[3] as Int64, Int64(HistoryLimits.occurrences))),
            ])
        }
    }

    /// A draft is its home's, for one revision; of two accounts of what became of it the later one counts.
    private func mergeDrafts() throws {
        guard try source.tableExists("fix_draft") else { return }
        try each(
            """
            SELECT group_id, origin_id, at, mirror, base, fate, fate_at, record FROM fix_draft
            WHERE length(record) <= ?1 AND length(mirror) <= ?1 AND length(base) <= ?1 ORDER BY at, id
            """, arguments: [ForeignHistory.longestValue]
        ) { group, origin, row in
            guard let fingerprint = fingerprints[group], let name = originNames[origin],
                try !Tombstone.exists(Tombstone.draft(fingerprint, origin: name, base: row[4]), db)
            else { return }
            guard DraftFate(rawValue: row[5]) != nil, let draft = try read(FixDraft.self, row[7]) else {
                summary.skipped += 1
                return
            }
            try db.execute(
                sql: """
                    INSERT INTO fix_draft (group_id, origin_id, at, mirror, base, fate, fate_at, record)
                    VALUES (?, ?, ?, ?, ?, ?, ?, ?)
                    ON CONFLICT (group_id, origin_id, base) DO UPDATE SET fate = excluded.fate,
                        fate_at = excluded.fate_at
                    WHERE (excluded.fate_at, excluded.fate) > (fate_at, fate)
                    """,
                arguments: [
                    group, origin, row[2] as Int64, row[3] as String, row[4] as String, row[5] as String,
                    row[6] as Int64, Data(try codec.encode(draft)),
                ])
        }
    }
}
