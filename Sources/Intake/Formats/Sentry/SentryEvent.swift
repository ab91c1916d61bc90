import Events

/// An error event of Sentry: what an SDK of any language sends, what the API returns, what a webhook carries.
///
/// Payload: https://develop.sentry.dev/sdk/data-model/event-payloads/; shapes of SDKs of many years are read too.
public enum SentryEvent {
    /// Reads one event: an SDK's payload, `GET /api/0/issues/{id}/events/latest/`, or the body of a webhook.
    ///
    /// - Throws: ``FormatError`` where the bytes are no JSON or no error event (a transaction is none).
    public static func parse(_ bytes: [UInt8], now: Timestamp) throws(FormatError) -> ErrorEvent {
        guard bytes.count <= JSONSplitter.limit else {
            throw .tooLarge(format: "Sentry", limit: JSONSplitter.limit)
        }
        guard let value = JSONTree.parse(bytes) else { throw .notJSON(format: "Sentry") }
        let times = LogTime(now: now)
        let reading = SentryMessage.recognise(value, times) ?? read(value, times)
        guard let draft = reading.drafts.first else { throw .notOfFormat("Sentry") }
        return draft.finished(now: now, document: DocumentID(bytes))
    }

    /// Whether an object is an event of an SDK.
    static func isEvent(_ value: JSONValue) -> Bool {
        guard value.isObject else { return false }
        let exception = value["exception"]
        if exception["values"].items.contains(where: isException) { return true }
        if !exception.items.isEmpty, exception.items.contains(where: isException) { return true }
        if value.members.contains(where: { $0.name.hasPrefix("sentry.interfaces.") }) { return true }
        if value["logentry"].isObject || value["threads"]["values"].items.contains(where: { $0["stacktrace"].isObject })
        {
            return true
        }
        let marks = ["platform", "sdk", "contexts", "breadcrumbs", "logentry", "exception", "modules", "threads"]
        let known = marks.filter { value.has($0) }.count
        if value.has("event_id") {
            return known > 0 || value.has("message") || value.has("level") || value.has("timestamp")
        }
        return known > 1 || value["sdk"].isObject && value.has("message") || isTransaction(value)
            || value["platform"].string != nil
                && (value["stacktrace"]["frames"].items.first?.isObject == true
                    || value["exception"].isObject)
    }

    private static func isException(_ item: JSONValue) -> Bool {
        item.has("stacktrace") || item.has("type") && (item.has("value") || item.has("mechanism"))
    }

    static func isTransaction(_ value: JSONValue) -> Bool {
        value["type"].string == "transaction" && value.has("start_timestamp")
    }

    /// Reads an SDK's payload. A transaction is no error.
    static func read(_ value: JSONValue, _ times: LogTime) -> FormatReading {
        guard value.isObject else { return FormatReading(rejected: 1) }
        if isTransaction(value) || value["type"].string == "transaction" { return FormatReading(ignored: 1) }
        var reader = SentryReader(value: value, times: times)
        return FormatReading(drafts: [reader.read()])
    }
}

extension JSONValue {
    /// Whether the object has a member of that name with any value but null.
    func has(_ name: String) -> Bool { !self[name].isNull }
}

/// The name of a message by its content, made when the first of its events needs it, and once: a message of a hundred
/// thousand events is not hashed for each of them.
final class DocumentID {
    private let bytes: [UInt8]
    private(set) lazy var text = String(FileCursor.hash(bytes).prefix(32))

    init(_ bytes: [UInt8]) { self.bytes = bytes }
}

extension EventDraft {
    /// The event as a caller outside files gets it: with its time, an id from its content, and a message.
    func finished(now: Timestamp, document: DocumentID, index: Int = 0) -> ErrorEvent {
        var event = event
        if event.id.isEmpty { event.id = index == 0 ? document.text : "\(document.text)-\(index)" }
        if !hasTime {
            event.time = now
            event.tags["time.missing"] = "true"
        }
        event.message = LineDecoder.withoutControls(event.message)
        if event.message.isEmpty { event.message = "(no message)" }
        return event
    }
}
