import Events
import GRDB

/// What a person did with a group, for the audit: never what they wrote about it.
public struct AuditNote: Sendable, Hashable {
    public enum Action: String, Sendable, CaseIterable {
        case resolve, reopen, mute, unmute, feedback
        case draftFate = "draft"
    }

    public var action: Action
    public var group: Fingerprint
    /// As given at the login or on the command line.
    public var author: String?
    /// One word more: `wrong`, `for good`; nil where the action says all.
    public var detail: String?

    public init(_ action: Action, of group: Fingerprint, by author: String?, detail: String? = nil) {
        (self.action, self.group, self.author, self.detail) = (action, group, author, detail)
    }
}

extension HistoryStore {
    private struct Payload: Codable {
        var group: String
        var detail: String?
    }

    /// Entries of one group that are told at most.
    static let auditedAtMost = 200

    static func insert(_ note: AuditNote, at time: Timestamp, _ db: Database) throws {
        let payload = Payload(group: note.group.hex, detail: note.detail)
        try db.execute(
            sql: "INSERT INTO audit (at, action, author, payload) VALUES (?, ?, ?, ?)",
            arguments: [
                time.nanoseconds, note.action.rawValue, note.author?.withoutNUL, try StoredJSON.text(payload),
            ])
    }

    /// What people did with a group, or with one that was joined to it, newest first.
    public func audit(of fingerprint: Fingerprint) throws(HistoryError) -> [(at: Timestamp, note: AuditNote)] {
        let names = Set(try names(of: fingerprint).map(\.hex)).union([fingerprint.hex])
        return try read { db in
            let rows = try Row.fetchCursor(
                db,
                sql: "SELECT at, action, author, payload FROM audit WHERE payload LIKE '{%\"group\":%' ORDER BY id DESC"
            )
            var found: [(at: Timestamp, note: AuditNote)] = []
            while found.count < Self.auditedAtMost, let row = try rows.next() {
                guard let action = AuditNote.Action(rawValue: row[1]) else { continue }
                let payload = try StoredJSON.value(Payload.self, row[3])
                guard names.contains(payload.group), let group = Fingerprint(hex: payload.group) else { continue }
                found.append(
                    (Timestamp(nanoseconds: row[0]), AuditNote(action, of: group, by: row[2], detail: payload.detail)))
            }
            return found
        }
    }
}
