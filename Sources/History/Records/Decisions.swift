import Events
import GRDB

/// What people said of groups: resolutions and verdicts.
enum Decisions {
    /// The latest decision, if it is that the group is resolved.
    static func current(of members: [Int64], in db: Database) throws -> Resolution? {
        let statement = try db.cachedStatement(
            sql: """
                SELECT at, is_open, author, note, fixed_by FROM resolution WHERE group_id = ?
                ORDER BY at DESC, origin_id DESC LIMIT 1
                """)
        var latest: (at: Int64, resolution: Resolution?)?
        for member in members {
            guard let row = try Row.fetchOne(statement, arguments: [member]) else { continue }
            let at: Int64 = row[0]
            if let latest, latest.at >= at { continue }
            let resolution = Resolution(
                at: Timestamp(nanoseconds: at), by: row[2], note: row[3], commit: row[4])
            latest = (at, (row[1] as Bool) ? nil : resolution)
        }
        return latest?.resolution
    }

    /// A person's latest word on a group.
    struct Word {
        var at: Int64
        var verdict: Verdict
        var cause: String?
    }

    static func currentVerdict(of members: [Int64], in db: Database) throws -> Word? {
        let statement = try db.cachedStatement(
            sql: """
                SELECT at, verdict, cause FROM verdict WHERE group_id = ? ORDER BY at DESC, origin_id DESC LIMIT 1
                """)
        var latest: Word?
        for member in members {
            guard let row = try Row.fetchOne(statement, arguments: [member]), let verdict = Verdict(rawValue: row[1])
            else { continue }
            let at: Int64 = row[0]
            if latest.map({ $0.at < at }) ?? true { latest = Word(at: at, verdict: verdict, cause: row[2]) }
        }
        return latest
    }
}

extension HistoryStore {
    /// Notes that a group was mended; seen again after `resolution.at`, it is back.
    ///
    /// - Throws: ``HistoryError/unknownGroup(_:)``.
    ///
    /// - Parameter note: goes into the audit with it.
    public func resolve(
        _ fingerprint: Fingerprint, _ resolution: Resolution, note: AuditNote? = nil
    ) throws(HistoryError) {
        try decide(fingerprint, resolution, isOpen: false, note)
    }

    /// Notes that a group is not mended after all.
    public func reopen(
        _ fingerprint: Fingerprint, at: Timestamp, by author: String? = nil, note: String? = nil,
        audit: AuditNote? = nil
    ) throws(HistoryError) {
        try decide(fingerprint, Resolution(at: at, by: author, note: note), isOpen: true, audit)
    }

    /// Notes a person's judgement of a group's diagnosis; every judgement is kept, the latest counts.
    public func recordVerdict(
        of fingerprint: Fingerprint, _ verdict: Verdict, cause: String? = nil, fixedBy: String? = nil, at: Timestamp,
        note: AuditNote? = nil
    ) throws(HistoryError) {
        try write { db in
            if let note { try Self.insert(note, at: at, db) }
            try db.execute(
                sql: """
                    INSERT INTO verdict (group_id, origin_id, at, verdict, cause, fixed_by) VALUES (?, ?, ?, ?, ?, ?)
                    ON CONFLICT DO UPDATE SET verdict = excluded.verdict, cause = excluded.cause,
                        fixed_by = excluded.fixed_by
                    """,
                arguments: [
                    try Self.groupID(fingerprint, db), originID, at.nanoseconds, verdict.rawValue, cause?.withoutNUL,
                    fixedBy?.withoutNUL,
                ])
        }
    }

    /// The latest judgement of a group's diagnosis.
    public func verdict(of fingerprint: Fingerprint) throws(HistoryError) -> Verdict? {
        try read { db in
            guard let id = try Self.findGroupID(fingerprint, db) else { return nil }
            let aliases = try Aliases(db)
            return try Decisions.currentVerdict(of: aliases.members(of: aliases.canonical(of: id)), in: db)?.verdict
        }
    }

    private func decide(
        _ fingerprint: Fingerprint, _ resolution: Resolution, isOpen: Bool, _ note: AuditNote?
    ) throws(HistoryError) {
        try write { db in
            if let note { try Self.insert(note, at: resolution.at, db) }
            try Self.insert(resolution, isOpen: isOpen, of: Self.groupID(fingerprint, db), originID: originID, db)
        }
    }

    static func insert(
        _ resolution: Resolution, isOpen: Bool, of id: Int64, originID: Int64, _ db: Database
    ) throws {
        try db.execute(
            sql: """
                INSERT INTO resolution (group_id, origin_id, at, is_open, author, note, fixed_by)
                VALUES (?, ?, ?, ?, ?, ?, ?)
                ON CONFLICT DO UPDATE SET is_open = excluded.is_open, author = excluded.author,
                    note = excluded.note, fixed_by = excluded.fixed_by
                """,
            arguments: [
                id, originID, resolution.at.nanoseconds, isOpen, resolution.by?.withoutNUL,
                resolution.note?.withoutNUL, resolution.commit?.withoutNUL,
            ])
    }
}
