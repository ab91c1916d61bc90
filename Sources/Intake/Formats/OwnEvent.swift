import Events
import Foundation

/// Our own documented form of an event, as `ingest --json` prints it.
enum OwnEvent {
    /// - Returns: nil when the line is something else; other programs write `message` and `level` too.
    static func parse(_ bytes: UnsafeRawBufferPointer, fields: LogFields, now: Timestamp) -> EventDraft? {
        guard isLikely(fields) else { return nil }
        do {
            var event = try JSONDecoder().decode(ErrorEvent.self, from: Data(bytes))
            let hasTime = fields.has(time)
            if !hasTime { event.time = now }
            return EventDraft(event: event, hasTime: hasTime, hasLevel: true, requestID: event.tags["request_id"])
        } catch {
            // Alike, but not ours: the generic reader makes the best of it.
            return nil
        }
    }

    /// Whether the names are those of our form.
    static func isLikely(_ fields: LogFields) -> Bool {
        (isOurs(fields) || fields.hasParent(firstException) && fields.has(firstType)) && fields.has(message)
    }

    private static func isOurs(_ fields: LogFields) -> Bool {
        guard case .number(1, _) = fields.value(version) else { return false }
        return fields.has(id) || fields.has(time)
    }

    private static let message = FieldName("message")
    private static let version = FieldName("v")
    private static let id = FieldName("id")
    private static let time = FieldName("time")
    private static let firstException = FieldName("exceptions.0")
    private static let firstType = FieldName("exceptions.0.type")
}
