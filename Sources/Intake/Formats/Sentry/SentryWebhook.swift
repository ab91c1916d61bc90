import Events

/// Bodies of Sentry's webhooks, as a door gets them.
public enum SentryWebhook {
    /// Reads an event alert, a new error or a new issue; every other action of an issue is counted as ignored.
    ///
    /// - Throws: ``FormatError`` where the bytes are no such body.
    public static func parse(_ bytes: [UInt8], now: Timestamp) throws(FormatError) -> ParsedEvents {
        guard bytes.count <= IntakeLimits.document else {
            throw .tooLarge(format: "Sentry's webhooks", limit: IntakeLimits.document)
        }
        guard let value = JSONTree.parse(bytes) else { throw .notJSON(format: "Sentry's webhooks") }
        let times = LogTime(now: now)
        let reading: FormatReading?
        if value.has("action"), value["data"].isObject {
            let isIssue = value["data"]["issue"].isObject && value["action"].string != "created"
            reading = isIssue ? FormatReading(ignored: 1) : SentryMessage.webhook(value, times)
        } else {
            reading = SentryMessage.recognise(value, times)
        }
        guard let reading else { throw .notOfFormat("Sentry's webhooks") }
        let document = DocumentID(bytes)
        return ParsedEvents(
            events: reading.drafts.enumerated().map { $1.finished(now: now, document: document, index: $0) },
            rejected: reading.rejected, ignored: reading.ignored)
    }
}
