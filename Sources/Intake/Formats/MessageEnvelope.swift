import Events

/// What AWS and log forwarders put around a message: SQS and SNS records, SNS notifications, EventBridge, API Gateway,
/// Vector's `logs`. Any format may lie inside.
enum MessageEnvelope {
    /// Wrappers within wrappers: an SNS notification in an SQS record in an API request, and the event.
    private static let depth = 5

    /// - Parameter most: records that are read.
    /// - Returns: nil for a value that is neither wrapped nor of a known format.
    static func read(_ value: JSONValue, _ reader: RecordReader, depth: Int, most: Int = .max) -> FormatReading? {
        guard depth < Self.depth else { return FormatReading(rejected: 1) }
        let inside = { (inner: JSONValue) -> FormatReading in
            let inner = wrapped(inner) ?? inner
            return read(inner, reader, depth: depth + 1, most: most) ?? FormatReading(rejected: 1)
        }
        let all = { (values: [JSONValue], part: (JSONValue) -> JSONValue) -> FormatReading in
            values.reduce(into: FormatReading()) { total, value in
                if total.count < most { total += inside(part(value)) } else { total.hasMore = true }
            }
        }
        if case .array(let items) = value {
            guard !items.isEmpty, items.contains(where: { isKnown($0) }) else { return nil }
            return all(items) { $0 }
        }
        if let records = value["Records"].items.nonEmpty, records.contains(where: isRecord) {
            return all(records) { $0.has("body") ? $0["body"] : $0["Sns"]["Message"] }
        }
        if value.has("detail-type"), value["detail"].isObject { return inside(value["detail"]) }
        if value["Type"].string == "Notification", value.has("Message"), value.has("TopicArn") || value.has("MessageId")
        {
            return inside(value["Message"])
        }
        if value.has("body"), value.has("requestContext") || value.has("httpMethod") || value.has("isBase64Encoded") {
            let isEncoded = value["isBase64Encoded"].flag == true
            let text =
                isEncoded
                ? value["body"].string.flatMap(Telemetry.base64).map { String(decoding: $0, as: UTF8.self) }
                : value["body"].string
            return inside(text.map(JSONValue.string) ?? value["body"])
        }
        let logs = value["logs"].isObject ? [value["logs"]] : value["logs"].items
        if logs.contains(where: TelemetryJSON.isRequest) {
            return all(logs) { $0 }
        }
        return ServiceFormat.read(value, reader)
    }

    private static func isRecord(_ value: JSONValue) -> Bool {
        value.has("body") && (value.has("messageId") || value.has("eventSource")) || value["Sns"].isObject
            || value.has("body") && value.members.count <= 2
    }

    private static func isKnown(_ value: JSONValue) -> Bool {
        value.isObject
            && (PatrolEvent.isEvent(value) || TelemetryJSON.isRequest(value) || SentryMessage.isMessage(value))
    }

    /// JSON as text inside JSON; nil for what is a value already.
    private static func wrapped(_ value: JSONValue) -> JSONValue? {
        guard case .string(let text) = value else { return nil }
        return JSONTree.parse(text) ?? .null
    }
}

extension Array {
    fileprivate var nonEmpty: [Element]? { isEmpty ? nil : self }
}
