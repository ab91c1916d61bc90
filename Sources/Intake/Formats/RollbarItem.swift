import Events

/// An item of Rollbar: what a notifier sends, and what the API returns for an occurrence
/// (https://docs.rollbar.com/reference/create-item).
enum RollbarItem {
    /// The payload inside what stands around it; nil for anything else.
    static func payload(_ value: JSONValue) -> JSONValue? {
        let candidates = [value, value["data"], value["result"]["data"], value["result"]]
        return candidates.first { isPayload($0) }
    }

    private static func isPayload(_ value: JSONValue) -> Bool {
        let body = value["body"]
        let isBody =
            body["trace"]["exception"].isObject || body["trace"].has("frames") || !body["trace_chain"].items.isEmpty
            || body["message"].has("body") || body["crash_report"].has("raw")
        guard isBody else { return false }
        return ["environment", "level", "notifier", "uuid", "timestamp", "language", "platform", "server"]
            .contains { value.has($0) }
    }

    static func read(_ value: JSONValue, _ times: LogTime) -> FormatReading {
        let body = value["body"]
        let short = { (value: JSONValue) in value.text.map { clip($0, to: 256) } }
        let time = times.field(value["timestamp"].field)
        var event = ErrorEvent(
            id: short(value["uuid"])?.filter { $0 != "-" } ?? "", time: time ?? times.now,
            level: StructuredEvent.level(value["level"].field) ?? .error, message: "")
        let chain = body["trace_chain"].items
        event.exceptions = (chain.isEmpty ? [body["trace"]] : chain).prefix(TraceLimits.exceptions).compactMap(
            exception)
        if let raw = body["crash_report"]["raw"].string {
            event.exceptions = StackText.exceptions(raw, type: nil, message: nil)
        }
        event.message = clip(message(value, body, event.exceptions), to: TraceLimits.message)
        let server = value["server"]
        event.host = short(server["host"]) ?? short(value["host"])
        event.environment = short(value["environment"])
        event.service = short(value["custom"][["service", "service.name"]]) ?? short(server["service"])
        event.target = short(value["context"])
        let version = short(value["code_version"]) ?? short(server["code_version"])
        let sha = short(server["sha"]) ?? version
        event.revision = sha.flatMap { Provenance.isRevision($0) ? $0 : nil }
        event.release = event.revision == version ? nil : version
        event.fingerprint = short(value["fingerprint"]).map { [$0] } ?? []
        event.request = request(value["request"])
        event.breadcrumbs = breadcrumbs(body["telemetry"], times)
        tag(&event, value)
        return FormatReading(drafts: [
            EventDraft(event: event, hasTime: time != nil, requestID: event.tags["request_id"])
        ])
    }

    private static func exception(_ trace: JSONValue) -> ExceptionInfo? {
        guard trace.isObject else { return nil }
        let info = trace["exception"]
        let frames = trace["frames"].items
        let half = TraceLimits.frames / 2
        let kept = frames.count > TraceLimits.frames ? Array(frames.prefix(half) + frames.suffix(half)) : frames
        return ExceptionInfo(
            type: info["class"].text.map { clip($0, to: 1024) },
            message: (info["message"].text ?? info["description"].text).map { clip($0, to: TraceLimits.message) },
            frames: kept.compactMap(frame))
    }

    private static func frame(_ value: JSONValue) -> StackFrame? {
        let name = { (value: JSONValue) in value.text.map { clip($0, to: 4096) } }
        guard let file = name(value["filename"]) else { return nil }
        let number = { (value: JSONValue) in value.int.flatMap { (1...999_999_999).contains($0) ? $0 : nil } }
        var frame = StackFrame(
            file: file, function: name(value["method"]), module: name(value["class_name"]),
            line: number(value["lineno"]),
            column: number(value["colno"]))
        if let code = value["code"].string {
            let lines = { (value: JSONValue) in value.items.prefix(10).compactMap(\.text).map { clip($0, to: 512) } }
            frame.context = FrameContext(
                before: lines(value["context"]["pre"]), line: clip(code, to: 512),
                after: lines(value["context"]["post"]))
        }
        return frame
    }

    private static func message(_ value: JSONValue, _ body: JSONValue, _ exceptions: [ExceptionInfo]) -> String {
        if let text = body["message"]["body"].text ?? body["message"].text { return text }
        if let first = exceptions.first, first.type != nil || first.message != nil {
            return first.told
        }
        return value["title"].text ?? ""
    }

    private static func request(_ value: JSONValue) -> RequestInfo? {
        guard value["url"].text != nil || value["method"].text != nil else { return nil }
        return RequestInfo(
            method: value["method"].text.map { clip($0, to: 16) }, url: value["url"].text.map { clip($0, to: 2048) })
    }

    private static func breadcrumbs(_ value: JSONValue, _ times: LogTime) -> [Breadcrumb] {
        value.items.suffix(100).compactMap { item in
            let told = item["body"].scalars(limit: 6).map { "\($0.path)=\($0.value.text ?? "")" }.joined(separator: " ")
            guard let text = item["body"]["message"].text ?? (told.isEmpty ? nil : told) else { return nil }
            return Breadcrumb(
                time: times.field(item["timestamp_ms"].field), category: item["type"].text.map { clip($0, to: 64) },
                level: StructuredEvent.level(item["level"].field), message: clip(text, to: 1024))
        }
    }

    private static func tag(_ event: inout ErrorEvent, _ value: JSONValue) {
        for (name, field) in [
            ("platform", value["platform"]), ("language", value["language"]), ("framework", value["framework"]),
            ("branch", value["server"]["branch"]), ("user.id", value["person"]["id"]), ("title", value["title"]),
            ("request_id", value["custom"][["request_id", "requestId"]]), ("notifier", value["notifier"]["name"]),
        ] {
            event.tags[name] = field.text.map { clip($0, to: 256) }
        }
        for (path, field) in value["custom"].scalars(limit: 32) where event.tags.count < LineFacts.tagCount {
            let name = "custom.\(path)"
            if name.utf8.count <= 64 { event.tags[name] = field.text.map { clip($0, to: 256) } }
        }
    }
}
