import Crypto
import Events
import Foundation
import GRDB

/// The place in the outbox's chain that the next message takes.
public struct OutboxSlot: Sendable, Hashable {
    public let number: Int
    /// ``PendingMessage/digest`` of the message before; nil for the first.
    public let previous: String?

    public init(number: Int, previous: String?) { (self.number, self.previous) = (number, previous) }
}

/// A message whose number and complete bytes are settled, and whose file may not be written yet.
public struct PendingMessage: Sendable, Hashable {
    public var number: Int
    /// Of the file in `outbox/new`.
    public var name: String
    public var bytes: [UInt8]
    /// SHA-256 of `bytes`, hexadecimal: what the next message names as its predecessor.
    public var digest: String
    /// Files to be written before it.
    public var attachments: [PendingAttachment]

    public init(
        number: Int, name: String, bytes: [UInt8], digest: String, attachments: [PendingAttachment] = []
    ) {
        (self.number, self.name, self.bytes, self.digest) = (number, name, bytes, digest)
        self.attachments = attachments
    }
}

/// A file that travels beside a message.
public struct PendingAttachment: Sendable, Hashable {
    /// Of the file in `outbox/new`.
    public var name: String
    public var bytes: [UInt8]

    public init(name: String, bytes: [UInt8]) { (self.name, self.bytes) = (name, bytes) }
}

/// What takes the place of a message under its number.
public struct ReplacedMessage: Sendable, Hashable {
    public var number: Int
    public var name: String
    public var bytes: [UInt8]

    public init(number: Int, name: String, bytes: [UInt8]) {
        (self.number, self.name, self.bytes) = (number, name, bytes)
    }
}

/// What a caller makes of a slot.
public struct OutboxDraft: Sendable, Hashable {
    public var name: String
    public var bytes: [UInt8]
    public var attachments: [PendingAttachment]

    public init(name: String, bytes: [UInt8], attachments: [PendingAttachment] = []) {
        (self.name, self.bytes, self.attachments) = (name, bytes, attachments)
    }
}

extension HistoryStore {
    /// Gives numbers to messages and keeps their complete bytes, in one transaction with the alert states that
    /// say they were sent.
    ///
    /// Each of `drafts` is called once, in order, with the slot that its message takes; it must be a pure function
    /// of it. After a crash ``pendingMessages()`` has the same names and bytes again. When one throws, nothing is
    /// kept and its error comes out as it is.
    ///
    /// - Parameters:
    ///   - fixDrafts: drafts that the messages carry, kept with them.
    ///   - held: messages that wait for approval, and so get no number yet.
    ///   - settings: of ``setting(_:)``, changed with them.
    ///   - released: the id of the held message that `drafts` is made of; it is taken away.
    ///   - replaced: messages whose bytes others take the place of, as ``replaceMessage(_:)`` does.
    ///   - told: news that these messages, or the decision to send none, deliver; they are news no more.
    @discardableResult
    public func enqueue(
        _ drafts: [(OutboxSlot) throws -> OutboxDraft], alertStates: [Fingerprint: AlertState] = [:],
        fixDrafts: [FixDraftRecord] = [], held: [HeldDraft] = [], settings: [String: String] = [:],
        released: Int? = nil, replaced: [ReplacedMessage] = [], told: News = News()
    ) throws -> [PendingMessage] {
        var refused: (any Error)?
        do {
            return try write { db in
                let messages = try drafts.map { draft in
                    let slot = try Self.nextSlot(db)
                    do {
                        return try Self.keep(draft(slot), slot, db)
                    } catch  where !(error is DatabaseError) {
                        refused = error
                        throw error
                    }
                }
                try Self.save(alertStates, db)
                let codec = try codec(db)
                for record in fixDrafts { try Self.insert(record, originID: originID, codec, db) }
                for draft in held { try Self.insert(draft, db) }
                for (key, value) in settings.sorted(by: { $0.key < $1.key }) { try Self.set(key, to: value, db) }
                if let released {
                    try db.execute(sql: "DELETE FROM outbox_held WHERE id = ?", arguments: [released])
                }
                for message in replaced { try Self.replace(message, db) }
                try Self.forget(told, db)
                return messages
            }
        } catch {
            throw refused ?? error
        }
    }

    /// Messages whose files are not known to be written, in order.
    public func pendingMessages() throws(HistoryError) -> [PendingMessage] {
        try read { db in
            try Row.fetchAll(
                db, sql: "SELECT number, name, bytes, digest FROM outbox_pending WHERE is_written = 0 ORDER BY number"
            ).map { row in
                PendingMessage(
                    number: row[0], name: row[1], bytes: [UInt8](row[2] as Data? ?? Data()), digest: row[3],
                    attachments: try Self.attachments(of: row[0], db))
            }
        }
    }

    /// Call once the message's file, and its directory, are on disk: its bytes are dropped here, its number and
    /// digest stay.
    ///
    /// - Parameter entry: goes into the ledger with it.
    public func markWritten(_ number: Int, _ entry: OutboxLedgerEntry? = nil) throws(HistoryError) {
        try write { db in
            if let entry { try Self.insert(entry, db) }
            try db.execute(
                sql: "UPDATE outbox_pending SET is_written = 1, bytes = NULL WHERE number = ?", arguments: [number])
            try db.execute(sql: "DELETE FROM outbox_attachment WHERE number = ?", arguments: [number])
        }
    }

    /// Puts other bytes under a message's number, to be written in place of what was; its digest, which the next
    /// message names, stays.
    public func replaceMessage(_ message: ReplacedMessage) throws(HistoryError) {
        try write { db in try Self.replace(message, db) }
    }

    private static func replace(_ message: ReplacedMessage, _ db: Database) throws {
        try db.execute(sql: "PRAGMA secure_delete = ON")
        try db.execute(
            sql: "UPDATE outbox_pending SET name = ?, bytes = ?, is_written = 0 WHERE number = ?",
            arguments: [message.name.withoutNUL, Data(message.bytes), message.number])
        try db.execute(sql: "DELETE FROM outbox_attachment WHERE number = ?", arguments: [message.number])
    }

    /// What the alert policy remembers of these groups; unknown ones are left out.
    public func alertStates(of fingerprints: [Fingerprint]) throws(HistoryError) -> [Fingerprint: AlertState] {
        try read { db in
            var states: [Fingerprint: AlertState] = [:]
            let statement = try db.cachedStatement(sql: "SELECT payload FROM alert_state WHERE fingerprint = ?")
            for fingerprint in fingerprints {
                guard let text = try String.fetchOne(statement, arguments: [fingerprint.bytes]) else { continue }
                states[fingerprint] = try StoredJSON.value(AlertState.self, text)
            }
            return states
        }
    }

    /// Changes what the alert policy remembers of one group, in a transaction of its own.
    ///
    /// - Parameter note: goes into the audit with it.
    public func changeAlertState(
        of fingerprint: Fingerprint, note: (AuditNote, at: Timestamp)? = nil, _ change: (inout AlertState) -> Void
    ) throws(HistoryError) {
        try write { db in
            if let note { try Self.insert(note.0, at: note.at, db) }
            let text = try String.fetchOne(
                db, sql: "SELECT payload FROM alert_state WHERE fingerprint = ?", arguments: [fingerprint.bytes])
            var state = try text.map { try StoredJSON.value(AlertState.self, $0) } ?? AlertState()
            change(&state)
            try Self.save([fingerprint: state], db)
        }
    }

    /// Groups that the alert policy remembers something of, with all of it.
    public func allAlertStates() throws(HistoryError) -> [Fingerprint: AlertState] {
        try read { db in
            var states: [Fingerprint: AlertState] = [:]
            for row in try Row.fetchAll(db, sql: "SELECT fingerprint, payload FROM alert_state") {
                guard let fingerprint = Fingerprint(bytes: row[0] as Data) else { continue }
                states[fingerprint] = try StoredJSON.value(AlertState.self, row[1])
            }
            return states
        }
    }

    private static func nextSlot(_ db: Database) throws -> OutboxSlot {
        let row = try Row.fetchOne(
            db, sql: "SELECT number, digest FROM outbox_pending ORDER BY number DESC LIMIT 1")
        return OutboxSlot(number: (row?[0] ?? 0) + 1, previous: row?[1])
    }

    private static func keep(_ draft: OutboxDraft, _ slot: OutboxSlot, _ db: Database) throws -> PendingMessage {
        let digest = SHA256.hash(data: draft.bytes).map { byte in
            let hex = String(byte, radix: 16)
            return hex.utf8.count == 1 ? "0" + hex : hex
        }.joined()
        try db.execute(
            sql: "INSERT INTO outbox_pending (number, name, digest, bytes, is_written) VALUES (?, ?, ?, ?, 0)",
            arguments: [slot.number, draft.name.withoutNUL, digest, Data(draft.bytes)])
        for attachment in draft.attachments {
            try db.execute(
                sql: "INSERT OR IGNORE INTO outbox_attachment (number, name, bytes) VALUES (?, ?, ?)",
                arguments: [slot.number, attachment.name.withoutNUL, Data(attachment.bytes)])
        }
        return PendingMessage(
            number: slot.number, name: draft.name, bytes: draft.bytes, digest: digest, attachments: draft.attachments)
    }

    private static func attachments(of number: Int, _ db: Database) throws -> [PendingAttachment] {
        try Row.fetchAll(
            db, sql: "SELECT name, bytes FROM outbox_attachment WHERE number = ? ORDER BY name", arguments: [number]
        ).map { PendingAttachment(name: $0[0], bytes: [UInt8]($0[1] as Data)) }
    }

    private static func save(_ states: [Fingerprint: AlertState], _ db: Database) throws {
        for (fingerprint, state) in states.sorted(by: { $0.key < $1.key }) {
            try db.execute(
                sql: """
                    INSERT INTO alert_state (fingerprint, payload) VALUES (?, ?)
                    ON CONFLICT DO UPDATE SET payload = excluded.payload
                    """, arguments: [fingerprint.bytes, try StoredJSON.text(state)])
        }
    }
}
