import Events

/// What Sentry says about an event from outside it: its API's replies and the bodies of its webhooks.
enum SentryMessage {
    /// Actions of an issue that tell of an error; resolved, ignored and assigned ones do not.
    private static let actions: Set<String> = ["created", "triggered", "unresolved"]

    static func isMessage(_ value: JSONValue) -> Bool {
        SentryEvent.isEvent(value) || value.has("eventID") || value["data"].isObject && value.has("action")
    }

    /// - Returns: nil for a value that is neither an event nor about one.
    static func recognise(_ value: JSONValue, _ times: LogTime) -> FormatReading? {
        guard value.isObject else { return nil }
        if value.has("action"), value["data"].isObject, value.has("installation") || value.has("actor") {
            return webhook(value, times)
        }
        if value.has("eventID"), value.has("entries") || value.has("groupID") || value.has("dateCreated") {
            return SentryEvent.read(value, times)
        }
        // The older webhook of a project.
        if value["event"].isObject, value.has("project_name") || value.has("project"),
            SentryEvent.isEvent(value["event"])
        {
            var reading = SentryEvent.read(value["event"], times)
            for index in reading.drafts.indices {
                let service = reading.drafts[index].event.service
                reading.drafts[index].event.service = service ?? value[["project_slug", "project"]].text
            }
            return reading
        }
        return SentryEvent.isEvent(value) ? SentryEvent.read(value, times) : nil
    }

    /// `{"action": …, "data": {"issue" | "event" | "error": {…}}}`
    /// (https://docs.sentry.io/organization/integrations/integration-platform/webhooks/).
    static func webhook(_ value: JSONValue, _ times: LogTime) -> FormatReading {
        let data = value["data"]
        guard let action = value["action"].string, actions.contains(action) else { return FormatReading(ignored: 1) }
        let event = data[["event", "error"]]
        if event.isObject {
            var reading = SentryEvent.read(event, times)
            for index in reading.drafts.indices {
                reading.drafts[index].event.tags["sentry.rule"] = data["triggered_rule"].text.map { clip($0, to: 256) }
            }
            return reading
        }
        guard data["issue"].isObject else { return FormatReading(ignored: 1) }
        return FormatReading(drafts: [issue(data["issue"], times)])
    }

    /// An issue: what its latest event was, without its frames.
    private static func issue(_ issue: JSONValue, _ times: LogTime) -> EventDraft {
        let text = { (value: JSONValue) in value.text.map { clip($0, to: 1024) } }
        let metadata = issue["metadata"]
        let time = times.field(issue[["lastSeen", "firstSeen"]].field)
        let named = [metadata["type"], metadata["value"]].compactMap(text).joined(separator: ": ")
        var event = ErrorEvent(
            id: "", time: time ?? times.now, level: StructuredEvent.level(issue["level"].field) ?? .error,
            message: text(issue["title"]) ?? (named.isEmpty ? text(issue["culprit"]) ?? "" : named))
        if metadata.has("type") {
            var exception = ExceptionInfo(type: text(metadata["type"]), message: text(metadata["value"]))
            if let file = text(metadata["filename"]) {
                exception.frames = [StackFrame(file: file, function: text(metadata["function"]))]
            }
            event.exceptions = [exception]
        }
        event.service = text(issue["project"]["slug"]) ?? text(issue["project"]["name"])
        event.target = text(issue["logger"])
        let tags = [
            ("sentry.issue", issue[["shortId", "id"]]), ("sentry.count", issue["count"]), ("culprit", issue["culprit"]),
            ("platform", issue["platform"]), ("sentry.url", issue[["permalink", "web_url", "url"]]),
        ]
        for (name, value) in tags { event.tags[name] = value.text.map { clip($0, to: 256) } }
        return EventDraft(event: event, hasTime: time != nil)
    }
}
