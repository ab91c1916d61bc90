import Events

/// Datadog's JSON: logs as an agent sends them and as its API exports them, error-tracking issues
/// (https://docs.datadoghq.com/api/latest/logs/, https://docs.datadoghq.com/api/latest/error-tracking/).
enum DatadogEvent {
    static func isMessage(_ value: JSONValue) -> Bool {
        if value.has("ddtags") || value.has("ddsource") { return value.has("message") || value["error"].isObject }
        if isRecord(value) { return true }
        return value["data"].items.contains(where: isRecord) || isRecord(value["data"])
    }

    /// An object of the API: a type and attributes.
    private static func isRecord(_ value: JSONValue) -> Bool {
        let attributes = value["attributes"]
        guard let type = value["type"].string, attributes.isObject else { return false }
        switch type {
        case "log": return attributes.has("message") || attributes.has("status") || attributes.has("attributes")
        case "issue", "error_tracking_issue": return attributes.has("error_type") || attributes.has("error_message")
        case "error_tracking_event", "error", "rum", "trace", "span", "spans":
            return attributes["attributes"].isObject || attributes["error"].isObject
        default: return false
        }
    }

    static func read(_ value: JSONValue, _ times: LogTime) -> FormatReading {
        let listed = value["data"].isObject && isRecord(value["data"]) ? [value["data"]] : value["data"].items
        guard listed.contains(where: isRecord) else {
            return isRecord(value)
                ? record(value, times) : FormatReading(drafts: [log(value, outer: value, id: nil, times)])
        }
        return listed.reduce(into: FormatReading()) { $0 += record($1, times) }
    }

    private static func record(_ value: JSONValue, _ times: LogTime) -> FormatReading {
        guard isRecord(value) else { return FormatReading(rejected: 1) }
        let attributes = value["attributes"]
        if attributes.has("error_type") || attributes.has("error_message") {
            return FormatReading(drafts: [issue(value, attributes, times)])
        }
        let inner = attributes["attributes"].isObject ? attributes["attributes"] : attributes
        if value["type"].string != "log", !inner["error"].isObject { return FormatReading(ignored: 1) }
        return FormatReading(drafts: [log(inner, outer: attributes, id: value["id"].text, times)])
    }

    /// - Parameter outer: where the API puts service, host, status and tags; the log itself where an agent sends it.
    private static func log(_ value: JSONValue, outer: JSONValue, id: String?, _ times: LogTime) -> EventDraft {
        let short = { (value: JSONValue) in value.text.map { clip($0, to: 256) } }
        let tags = readTags(outer["tags"].isNull ? outer["ddtags"] : outer["tags"])
        let error = value["error"]
        let time = times.field(
            (outer[["timestamp", "date"]].isNull ? value : outer)[["timestamp", "date", "@timestamp"]].field)
        let status =
            outer[["status", "level", "severity"]].isNull
            ? value[["status", "level"]] : outer[["status", "level", "severity"]]
        let level = StructuredEvent.level(status.field)
        var event = ErrorEvent(
            id: id.map { clip($0, to: 128) } ?? "", time: time ?? times.now, level: level ?? .error, message: "")
        event.exceptions = StackText.exceptions(
            error["stack"].string, type: short(error[["kind", "type", "name"]]), message: error["message"].text)
        if level == nil, event.exceptions.isEmpty { event.level = .info }
        let message = outer["message"].text ?? value["message"].text
        event.message = clip(message ?? named(event.exceptions) ?? short(outer["title"]) ?? "", to: TraceLimits.message)
        let dd = value["dd"]
        event.service = short(outer["service"]) ?? short(value["service"]) ?? short(dd["service"]) ?? tags["service"]
        event.host = short(outer[["hostname", "host"]]) ?? tags["host"]
        event.environment = short(dd["env"]) ?? tags["env"] ?? short(value["env"])
        event.release = short(dd["version"]) ?? tags["version"] ?? short(value["version"])
        event.revision = Provenance.revision({ tags[$0] ?? short(value[$0]) }, release: event.release)
        event.repositoryURL = Provenance.first(Provenance.repositoryNames) { tags[$0] ?? short(value[$0]) }
        event.target = short(value["logger"]["name"]) ?? short(value["logger"])
        event.code = short(error["code"])
        event.traceID = short(dd["trace_id"]) ?? short(value["trace_id"])
        event.spanID = short(dd["span_id"]) ?? short(value["span_id"])
        event.request = request(value)
        fill(&event, tags, value)
        return EventDraft(event: event, hasTime: time != nil, hasLevel: true, requestID: event.tags["request_id"])
    }

    private static func named(_ exceptions: [ExceptionInfo]) -> String? {
        exceptions.first.map(\.told)
    }

    /// `env:prod,version:1.2`, or a list of such pairs.
    private static func readTags(_ value: JSONValue) -> [String: String] {
        let listed = value.string.map { $0.split(separator: ",").map(String.init) } ?? value.items.compactMap(\.text)
        var tags: [String: String] = [:]
        for pair in listed.prefix(64) {
            guard let (name, text) = pair[...].trimmed.split(at: ":"), name.utf8.count <= 64 else { continue }
            if tags[String(name)] == nil { tags[String(name)] = clip(String(text), to: 256) }
        }
        return tags
    }

    private static func request(_ value: JSONValue) -> RequestInfo? {
        let http = value["http"]
        guard http["url"].text != nil || http["method"].text != nil else { return nil }
        return RequestInfo(
            method: http["method"].text.map { clip($0, to: 16) }, url: http["url"].text.map { clip($0, to: 2048) },
            status: http["status_code"].int)
    }

    private static func fill(_ event: inout ErrorEvent, _ tags: [String: String], _ value: JSONValue) {
        for (name, text) in tags.sorted(by: { $0.key < $1.key }) where event.tags.count < LineFacts.tagCount {
            event.tags[name] = text
        }
        let known = [
            "error.", "dd.", "message", "status", "service", "hostname", "ddtags", "timestamp", "date", "http.",
            "logger",
        ]
        for (path, field) in value.scalars(limit: 64) where event.tags.count < LineFacts.tagCount {
            guard path.utf8.count <= 64, event.tags[path] == nil, !known.contains(where: { path.hasPrefix($0) }),
                let text = field.text, !text.utf8.contains(0x0A)
            else { continue }
            event.tags[path] = clip(text, to: 256)
        }
        event.tags["request_id"] =
            value[["request_id", "requestId"]].text.map { clip($0, to: 256) } ?? event.tags["request_id"]
    }

    /// An issue of error tracking: type, message and place of its errors.
    private static func issue(_ value: JSONValue, _ attributes: JSONValue, _ times: LogTime) -> EventDraft {
        let short = { (value: JSONValue) in value.text.map { clip($0, to: 256) } }
        let time = times.field(attributes[["last_seen", "first_seen"]].field)
        var exception = ExceptionInfo(
            type: short(attributes["error_type"]),
            message: attributes["error_message"].text.map { clip($0, to: TraceLimits.message) })
        if let file = short(attributes["file_path"]) {
            exception.frames = [StackFrame(file: file, function: short(attributes["function_name"]))]
        }
        let isCrash = attributes["is_crash"].flag == true
        var event = ErrorEvent(
            id: "", time: time ?? times.now, level: isCrash ? .fatal : .error, message: named([exception]) ?? "")
        event.exceptions = [exception]
        event.service = short(attributes["service"])
        event.release = short(attributes[["last_seen_version", "first_seen_version"]])
        event.revision = Provenance.revision({ _ in nil }, release: event.release)
        for (name, field) in [
            ("datadog.issue", value["id"]), ("platform", attributes["platform"]), ("state", attributes["state"]),
            ("first_seen_version", attributes["first_seen_version"]),
            ("language", attributes["languages"].items.first ?? .null),
        ] {
            event.tags[name] = short(field)
        }
        return EventDraft(event: event, hasTime: time != nil)
    }
}
