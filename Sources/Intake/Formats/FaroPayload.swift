import Events

/// What Grafana Faro's web SDK sends: exceptions with their frames, and logs of a page
/// (https://grafana.com/docs/grafana-cloud/monitor-applications/frontend-observability/).
enum FaroPayload {
    static func isMessage(_ value: JSONValue) -> Bool {
        value["meta"].isObject && (value["meta"]["app"].isObject || value["meta"]["sdk"].isObject)
            && (isList(value["exceptions"]) || isList(value["logs"]) || isList(value["measurements"])
                || isList(value["events"]))
    }

    private static func isList(_ value: JSONValue) -> Bool { if case .array = value { true } else { false } }

    static func read(_ value: JSONValue, _ times: LogTime) -> FormatReading {
        var reading = FormatReading()
        for item in value["exceptions"].items { add(exception(item, times), item, value["meta"], times, &reading) }
        for item in value["logs"].items { add(log(item), item, value["meta"], times, &reading) }
        if reading.drafts.isEmpty, reading.rejected == 0 { reading.ignored = 1 }
        return reading
    }

    private static func add(
        _ event: ErrorEvent?, _ item: JSONValue, _ meta: JSONValue, _ times: LogTime, _ reading: inout FormatReading
    ) {
        guard var event else {
            reading.rejected += 1
            return
        }
        let short = { (value: JSONValue) in value.text.map { clip($0, to: 256) } }
        let time = times.field(item["timestamp"].field)
        event.time = time ?? times.now
        let app = meta["app"]
        (event.service, event.release) = (short(app["name"]), short(app[["version", "release"]]))
        event.environment = short(app["environment"])
        event.revision = Provenance.revision({ _ in nil }, release: app[["version", "release"]].text)
        event.traceID = short(item["trace"]["trace_id"])
        event.spanID = short(item["trace"]["span_id"])
        if let page = meta["page"]["url"].text { event.request = RequestInfo(url: clip(page, to: 2048)) }
        for member in item["context"].members.prefix(LineFacts.tagCount) {
            if member.name.utf8.count <= 64, let text = member.value.text {
                event.tags[member.name] = clip(text, to: 256)
            }
        }
        for (name, field) in [
            ("browser", meta["browser"]["name"]), ("browser.version", meta["browser"]["version"]),
            ("os", meta["browser"]["os"]), ("session", meta["session"]["id"]), ("view", meta["view"]["name"]),
        ] {
            event.tags[name] = short(field) ?? event.tags[name]
        }
        reading.drafts.append(EventDraft(event: event, hasTime: time != nil))
    }

    private static func exception(_ item: JSONValue, _ times: LogTime) -> ErrorEvent? {
        let (type, words) = (item["type"].text, item["value"].text)
        guard type != nil || words != nil else { return nil }
        // The browser's order: the newest call first.
        let frames = item["stacktrace"]["frames"].items.prefix(TraceLimits.frames).reversed().map { frame in
            let file = frame["filename"].string.map { clip($0, to: 1024) }
            return StackFrame(
                file: file, function: frame["function"].string.map { clip($0, to: 256) },
                module: frame["module"].string.map { clip($0, to: 256) }, line: number(frame["lineno"]),
                column: number(frame["colno"]), inApp: file.map { !LibraryCode.isNode($0[...]) })
        }
        let exception = ExceptionInfo(
            type: type.map { clip($0, to: 256) }, message: words.map { clip($0, to: TraceLimits.message) },
            frames: Array(frames))
        var event = ErrorEvent(id: "", time: times.now, level: .error, message: exception.told)
        event.exceptions = [exception]
        return event
    }

    private static func number(_ value: JSONValue) -> Int? {
        value.int.flatMap { (1...999_999_999).contains($0) ? $0 : nil }
    }

    private static func log(_ item: JSONValue) -> ErrorEvent? {
        guard let message = item["message"].text else { return nil }
        let level = StructuredEvent.level(item["level"].field) ?? .info
        var event = ErrorEvent(
            id: "", time: Timestamp(nanoseconds: 0), level: level, message: clip(message, to: TraceLimits.message))
        let exceptions = Trace.parse(clip(message, to: IntakeLimits.record))
        event.exceptions = exceptions
        if let first = exceptions.first, message.utf8.contains(0x0A) { event.message = first.told }
        return event
    }
}
