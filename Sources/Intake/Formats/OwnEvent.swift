import Events
import Foundation

/// Our own documented form of an event, as `ingest --json` prints it.
enum OwnEvent {
    /// - Returns: nil when the line is something else; other programs write `message` and `level` too.
    static func parse(_ bytes: UnsafeRawBufferPointer, fields: LogFields, now: Timestamp) -> EventDraft? {
        guard fields.value("message") != nil, fields.value("exceptions.0.type") != nil || isOurs(fields) else {
            return nil
        }
        do {
            var event = try JSONDecoder().decode(ErrorEvent.self, from: Data(bytes))
            let hasTime = fields.value("time") != nil
            if !hasTime { event.time = now }
            return EventDraft(event: event, hasTime: hasTime, hasLevel: true, requestID: event.tags["request_id"])
        } catch {
            // Alike, but not ours: the generic reader makes the best of it.
            return nil
        }
    }

    private static func isOurs(_ fields: LogFields) -> Bool {
        guard case .number(1, _) = fields.value("v") else { return false }
        return fields.value("id") != nil || fields.value("time") != nil
    }
}
