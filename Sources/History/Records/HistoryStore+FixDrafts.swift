import Events
import Foundation
import GRDB

/// A draft with what became of it. Its bundle is not kept here.
public struct FixDraftRecord: Sendable, Hashable {
    public var fingerprint: Fingerprint
    public var draft: FixDraft
    public var at: Timestamp
    public var fate: DraftFate
    public var fateAt: Timestamp

    public init(
        fingerprint: Fingerprint, draft: FixDraft, at: Timestamp, fate: DraftFate = .open, fateAt: Timestamp? = nil
    ) {
        (self.fingerprint, self.draft, self.at, self.fate) = (fingerprint, draft, at, fate)
        self.fateAt = fateAt ?? at
    }
}

extension HistoryStore {
    /// Drafts listed at most.
    static let maximumDrafts = 1000

    /// Drafts made since a time, newest first; of one group where it is named.
    public func fixDrafts(
        since start: Timestamp, of fingerprint: Fingerprint? = nil
    ) throws(HistoryError) -> [FixDraftRecord] {
        try read { db in
            // A history of an older version, opened for reading only, has no drafts yet.
            guard try db.tableExists("fix_draft") else { return [] }
            let codec = try codec(db)
            let rows = try Row.fetchAll(
                db,
                sql: """
                    SELECT d.record, g.fingerprint, d.at, d.fate, d.fate_at
                    FROM fix_draft d JOIN error_group g ON g.id = d.group_id
                    WHERE d.at >= ? ORDER BY d.at DESC, d.id DESC LIMIT ?
                    """, arguments: [start.nanoseconds, Self.maximumDrafts])
            let wanted = try fingerprint.map { try Self.family(of: $0, db) }
            return try rows.compactMap { row in
                guard let found = Fingerprint(bytes: row[1]), wanted?.contains(found) ?? true else { return nil }
                return FixDraftRecord(
                    fingerprint: found, draft: try Self.draft(row[0], codec), at: Timestamp(nanoseconds: row[2]),
                    fate: DraftFate(rawValue: row[3]) ?? .open, fateAt: Timestamp(nanoseconds: row[4]))
            }
        }
    }

    /// Notes what became of a draft.
    public func setFate(
        _ fate: DraftFate, of fingerprint: Fingerprint, base: String, at: Timestamp, note: AuditNote? = nil
    ) throws(HistoryError) {
        try write { db in
            if let note { try Self.insert(note, at: at, db) }
            try db.execute(
                sql: "UPDATE fix_draft SET fate = ?, fate_at = ? WHERE group_id = ? AND base = ?",
                arguments: [fate.rawValue, at.nanoseconds, try Self.groupID(fingerprint, db), base])
        }
    }

    /// The latest judgement of a group's diagnosis, and when it was given.
    public func latestVerdict(
        of fingerprint: Fingerprint
    ) throws(HistoryError) -> (at: Timestamp, verdict: Verdict)? {
        try read { db in
            guard let id = try Self.findGroupID(fingerprint, db) else { return nil }
            let aliases = try Aliases(db)
            let found = try Decisions.currentVerdict(of: aliases.members(of: aliases.canonical(of: id)), in: db)
            return found.map { (Timestamp(nanoseconds: $0.at), $0.verdict) }
        }
    }

    static func insert(_ record: FixDraftRecord, originID: Int64, _ codec: RecordCodec, _ db: Database) throws {
        var draft = record.draft
        draft.bundle = nil
        try db.execute(
            sql: """
                INSERT INTO fix_draft (group_id, origin_id, at, mirror, base, fate, fate_at, record)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?)
                """,
            arguments: [
                try groupID(record.fingerprint, db), originID, record.at.nanoseconds, draft.mirror.withoutNUL,
                draft.base.withoutNUL, record.fate.rawValue, record.fateAt.nanoseconds, Data(try codec.encode(draft)),
            ])
    }

    /// The group and those that were joined with it.
    private static func family(of fingerprint: Fingerprint, _ db: Database) throws -> Set<Fingerprint> {
        guard let id = try findGroupID(fingerprint, db) else { return [] }
        let aliases = try Aliases(db)
        let members = aliases.members(of: aliases.canonical(of: id))
        return Set(
            try members.compactMap { member in
                try Data.fetchOne(db, sql: "SELECT fingerprint FROM error_group WHERE id = ?", arguments: [member])
                    .flatMap { Fingerprint(bytes: $0) }
            })
    }

    private static func draft(_ record: Data, _ codec: RecordCodec) throws -> FixDraft {
        do throws(RecordError) {
            return try codec.decode(FixDraft.self, from: [UInt8](record))
        } catch {
            throw HistoryError.damagedRecord(what: "a fix draft", reason: error)
        }
    }
}
