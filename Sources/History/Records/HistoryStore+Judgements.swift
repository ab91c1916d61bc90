import Events
import GRDB

extension HistoryStore {
    /// Judgements of one group that are worth telling a model.
    public static let mostJudgedCauses = 5

    /// What people said of the diagnoses of a group, the newest word first, each with the diagnosis that it was about:
    /// the newest that was there when it was said.
    public func judgedCauses(
        of fingerprint: Fingerprint, limit: Int = mostJudgedCauses
    ) throws(HistoryError) -> [JudgedCause] {
        try read { db in
            guard let id = try Self.findGroupID(fingerprint, db) else { return [] }
            let (aliases, codec) = (try Aliases(db), try codec(db))
            let members = aliases.members(of: aliases.canonical(of: id))
            let rows = try members.flatMap { member in
                try Row.fetchAll(
                    db,
                    sql: """
                        SELECT at, verdict, cause, fixed_by FROM verdict WHERE group_id = ?
                        ORDER BY at DESC, origin_id DESC LIMIT ?
                        """, arguments: [member, max(0, limit)])
            }.sorted { ($0[0] as Int64) > ($1[0] as Int64) }
            return try rows.prefix(max(0, limit)).compactMap { row in
                try Self.judgement(row, try Self.judged(members, at: row[0], codec, db)?.rootCause)
            }
        }
    }

    /// Diagnoses that people judged, the newest word first; of each group the latest word.
    ///
    /// - Parameter limit: judgements that are looked at.
    public func judgedDiagnoses(limit: Int = 1000) throws(HistoryError) -> [JudgedDiagnosis] {
        try read { db in
            let rows = try Row.fetchAll(
                db,
                sql: """
                    SELECT at, verdict, cause, fixed_by, group_id FROM verdict
                    ORDER BY at DESC, group_id, origin_id DESC LIMIT ?
                    """, arguments: [max(0, limit)])
            guard !rows.isEmpty else { return [] }
            let (reader, codec) = (try GroupReader(db), try codec(db))
            var seen: Set<Int64> = []
            return try rows.compactMap { row in
                let id = reader.aliases.canonical(of: row[4])
                guard seen.insert(id).inserted, let group = try reader.group(id),
                    let diagnosis = try Self.judged(reader.aliases.members(of: id), at: row[0], codec, db),
                    let judgement = try Self.judgement(row, diagnosis.rootCause)
                else { return nil }
                return JudgedDiagnosis(
                    fingerprint: group.fingerprint, title: group.title, diagnosis: diagnosis, judgement: judgement)
            }
        }
    }

    private static func judgement(_ row: Row, _ rootCause: String?) throws -> JudgedCause? {
        guard let verdict = Verdict(rawValue: row[1]) else { return nil }
        return JudgedCause(
            verdict: verdict, rootCause: rootCause, correction: row[2], fixedBy: row[3],
            at: Timestamp(nanoseconds: row[0]))
    }

    /// The newest diagnosis of these members of a group at an instant.
    private static func judged(
        _ members: [Int64], at: Int64, _ codec: RecordCodec, _ db: Database
    ) throws -> Diagnosis? {
        let statement = try db.cachedStatement(
            sql: """
                SELECT at, record FROM diagnosis WHERE group_id = ? AND at <= ? ORDER BY at DESC, version DESC LIMIT 1
                """)
        var newest: Row?
        for member in members {
            guard let row = try Row.fetchOne(statement, arguments: [member, at]) else { continue }
            if let known = newest, (known[0] as Int64) >= (row[0] as Int64) { continue }
            newest = row
        }
        return try newest.map { try decode($0[1], codec).diagnosis }
    }
}
