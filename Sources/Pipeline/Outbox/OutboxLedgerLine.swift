import Events
import History

/// A line of the ledger of what left, for people and for an audit.
public struct OutboxLedgerLine: Sendable, Hashable, Codable {
    public var time: Timestamp
    /// `approved`, `written` (to outbox/new), `shipped` (to a directory) or `acknowledged`.
    public var event: String
    public var message: Int
    public var file: String
    public var type: String
    public var subject: String
    /// Of the message's file, and of what travels beside it.
    public var bytes: Int
    public var attachedBytes: Int
    public var sha256: String
    public var detail: String?

    init(_ entry: OutboxLedgerEntry) {
        (time, event, message, file) = (entry.at, entry.event.rawValue, entry.number, entry.name)
        (type, subject, bytes, attachedBytes) = (entry.kind, entry.subject, entry.bytes, entry.attached)
        (sha256, detail) = (entry.digest, entry.detail)
    }

    /// The head of the table that ``csv`` is a line of (RFC 4180).
    public static let csvHead = "time,event,message,file,type,subject,bytes,attached_bytes,sha256,detail\r\n"

    public var csv: String {
        let fields = [
            time.rfc3339, event, "\(message)", file, type, subject, "\(bytes)", "\(attachedBytes)", sha256,
            detail ?? "",
        ]
        return fields.map(Self.quoted).joined(separator: ",") + "\r\n"
    }

    /// A field that begins like a formula is one to a spreadsheet: an apostrophe before it makes it text.
    private static func quoted(_ field: String) -> String {
        let text = field.utf8.first.map { "=+-@\t\r".utf8.contains($0) } ?? false ? "'" + field : field
        guard text.utf8.contains(where: { ",\"\r\n".utf8.contains($0) }) else { return text }
        return "\"\(text.replacing("\"", with: "\"\""))\""
    }
}

extension OutboxLeaving {
    /// What left, when and how large, oldest first.
    public func ledger(now: Timestamp) throws -> [OutboxLedgerLine] {
        try HistoryStore.open(at: configuration.home.history, mode: .readOnly, now: now).outboxLedger()
            .map(OutboxLedgerLine.init)
    }
}
