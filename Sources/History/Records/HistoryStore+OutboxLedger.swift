import Events
import Foundation
import GRDB

/// A line of the ledger of what left the site, or was about to.
public struct OutboxLedgerEntry: Sendable, Hashable, Codable {
    public enum Event: String, Sendable, Codable, CaseIterable {
        /// Somebody let it leave.
        case approved
        /// Its file was put into `outbox/new`, for whoever carries it.
        case written
        /// `outbox ship` copied it to a directory.
        case shipped
        /// The far side's ack came back.
        case acknowledged
    }

    public var at: Timestamp
    public var event: Event
    public var number: Int
    /// Of its file.
    public var name: String
    public var kind: String
    public var subject: String
    /// Of its file, and of what travels beside it.
    public var bytes: Int
    public var attached: Int
    /// SHA-256 of its file.
    public var digest: String
    /// The directory, the person, or what became of it.
    public var detail: String?

    public init(
        at: Timestamp, event: Event, number: Int, name: String, kind: String, subject: String, bytes: Int,
        attached: Int, digest: String, detail: String? = nil
    ) {
        (self.at, self.event, self.number, self.name, self.kind) = (at, event, number, name, kind)
        (self.subject, self.bytes, self.attached, self.digest) = (subject, bytes, attached, digest)
        self.detail = detail
    }
}

/// A message that may not leave before somebody says so; it has no number yet.
public struct HeldDraft: Sendable, Hashable {
    public var id: Int
    public var at: Timestamp
    public var subject: String
    /// As the room that made it wrote it.
    public var text: String

    public init(id: Int = 0, at: Timestamp, subject: String, text: String) {
        (self.id, self.at, self.subject, self.text) = (id, at, subject, text)
    }
}

extension HistoryStore {
    /// Adds to the ledger, in one transaction.
    public func note(_ entries: [OutboxLedgerEntry]) throws(HistoryError) {
        guard !entries.isEmpty else { return }
        try write { db in for entry in entries { try Self.insert(entry, db) } }
    }

    /// The ledger, oldest first.
    public func outboxLedger() throws(HistoryError) -> [OutboxLedgerEntry] {
        try read { db in
            try Row.fetchAll(
                db,
                sql: """
                    SELECT at, event, number, name, kind, subject, bytes, attached, digest, detail FROM outbox_ledger
                    ORDER BY id
                    """
            ).compactMap { row in
                guard let event = OutboxLedgerEntry.Event(rawValue: row[1]) else { return nil }
                return OutboxLedgerEntry(
                    at: Timestamp(nanoseconds: row[0]), event: event, number: row[2], name: row[3], kind: row[4],
                    subject: row[5], bytes: row[6], attached: row[7], digest: row[8], detail: row[9])
            }
        }
    }

    /// SHA-256 of a message's file, by its number; nil for numbers that were not given.
    public func outboxDigest(of number: Int) throws(HistoryError) -> String? {
        try read { db in
            try String.fetchOne(db, sql: "SELECT digest FROM outbox_pending WHERE number = ?", arguments: [number])
        }
    }

    /// What waits for approval, oldest first.
    public func heldDrafts() throws(HistoryError) -> [HeldDraft] {
        try read { db in
            try Row.fetchAll(db, sql: "SELECT id, at, subject, draft FROM outbox_held ORDER BY id").map {
                HeldDraft(id: $0[0], at: Timestamp(nanoseconds: $0[1]), subject: $0[2], text: $0[3])
            }
        }
    }

    /// Takes a message that waits for approval away, for good.
    ///
    /// - Returns: false when there is none of that id.
    public func dropHeld(_ id: Int, by author: String?, now: Timestamp) throws(HistoryError) -> Bool {
        try write { db in
            try db.execute(sql: "DELETE FROM outbox_held WHERE id = ?", arguments: [id])
            let isGone = db.changesCount > 0
            if isGone {
                try db.execute(
                    sql: "INSERT INTO audit (at, action, author, payload) VALUES (?, 'refuse to send', ?, ?)",
                    arguments: [now.nanoseconds, author?.withoutNUL, "{\"held\":\(id)}"])
            }
            return isGone
        }
    }

    /// Remembers the far side's threads; a later word about one replaces the earlier.
    public func keepThreads(_ threads: [(subject: String, channel: String, thread: String)]) throws(HistoryError) {
        guard !threads.isEmpty else { return }
        try write { db in
            for thread in threads {
                try db.execute(
                    sql: """
                        INSERT INTO outbox_thread (subject, channel, thread) VALUES (?, ?, ?)
                        ON CONFLICT DO UPDATE SET thread = excluded.thread
                        """,
                    arguments: [thread.subject.withoutNUL, thread.channel.withoutNUL, thread.thread.withoutNUL])
            }
        }
    }

    /// The far side's threads of one subject, by channel.
    public func outboxThreads(of subject: String) throws(HistoryError) -> [String: String] {
        try read { db in
            let rows = try Row.fetchAll(
                db, sql: "SELECT channel, thread FROM outbox_thread WHERE subject = ?", arguments: [subject])
            return Dictionary(rows.map { ($0[0] as String, $0[1] as String) }, uniquingKeysWith: { $1 })
        }
    }

    static func insert(_ entry: OutboxLedgerEntry, _ db: Database) throws {
        try db.execute(
            sql: """
                INSERT INTO outbox_ledger (at, event, number, name, kind, subject, bytes, attached, digest, detail)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
                """,
            arguments: [
                entry.at.nanoseconds, entry.event.rawValue, entry.number, entry.name, entry.kind,
                entry.subject.withoutNUL, entry.bytes, entry.attached, entry.digest, entry.detail?.withoutNUL,
            ])
    }

    static func insert(_ held: HeldDraft, _ db: Database) throws {
        try db.execute(
            sql: "INSERT INTO outbox_held (at, subject, draft) VALUES (?, ?, ?)",
            arguments: [held.at.nanoseconds, held.subject.withoutNUL, held.text.withoutNUL])
    }
}
