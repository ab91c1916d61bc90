import Events

/// Reads the attributes of one Sentry payload, by the names of SDKs and of the API.
struct SentryReader {
    let value: JSONValue
    let times: LogTime

    private static let nameLength = 256
    private static let breadcrumbs = 100
    private static let fingerprints = 16

    mutating func read() -> EventDraft {
        let time = times.field(value[["timestamp", "datetime", "dateCreated", "received"]].field)
        let exceptions = readExceptions()
        var event = ErrorEvent(id: identifier(), time: time ?? times.now, level: level(), message: "")
        event.exceptions = exceptions
        event.message = message(exceptions)
        readPlace(of: &event)
        readTrace(of: &event)
        event.request = request()
        event.breadcrumbs = readBreadcrumbs()
        event.fingerprint = value["fingerprint"].items.prefix(Self.fingerprints)
            .compactMap { $0.text.map { clip($0, to: Self.nameLength) } }
        return EventDraft(event: event, hasTime: time != nil, hasLevel: true, requestID: event.tags["request_id"])
    }

    private func short(_ value: JSONValue) -> String? { value.text.map { clip($0, to: Self.nameLength) } }

    /// Without dashes: both spellings name the same event.
    private func identifier() -> String {
        let id = value[["event_id", "eventID"]].text ?? (value.has("entries") ? value["id"].text : nil) ?? ""
        return clip(id.filter { $0 != "-" }.lowercased(), to: 64)
    }

    private func level() -> LogLevel {
        let tag = value["tags"].pairs.first { $0.name == "level" }?.value ?? .null
        for candidate in [value["level"], tag] where !candidate.isNull {
            if let level = StructuredEvent.level(candidate.field) { return level }
        }
        return .error
    }

    /// The data of an entry of the API's form.
    private func entry(_ type: String) -> JSONValue {
        value["entries"].items.first { $0["type"].string == type }?["data"] ?? .null
    }

    private func interface(_ name: String, _ old: String) -> JSONValue {
        let own = value[[name, "sentry.interfaces.\(old)"]]
        return own.isNull ? entry(name) : own
    }

    private func readExceptions() -> [ExceptionInfo] {
        var exceptions = SentryFrames.exceptions(interface("exception", "Exception"))
        if exceptions.allSatisfy({ $0.frames.isEmpty }) {
            let frames = threadFrames()
            if !frames.isEmpty {
                if exceptions.isEmpty { exceptions = [ExceptionInfo(type: nil)] }
                exceptions[exceptions.count - 1].frames = frames
            }
        }
        if exceptions.isEmpty, let type = value["metadata"]["type"].string {
            exceptions = [ExceptionInfo(type: type, message: value["metadata"]["value"].text)]
        }
        return exceptions
    }

    /// Frames of the event itself, else of the thread that crashed, else of the current one.
    private func threadFrames() -> [StackFrame] {
        let own = SentryFrames.frames(interface("stacktrace", "Stacktrace"))
        if !own.isEmpty { return own }
        let threads = value["threads"].isNull ? entry("threads") : value["threads"]
        let listed = threads["values"].isNull ? threads.items : threads["values"].items
        for mark in ["crashed", "current"] {
            guard let thread = listed.first(where: { $0[mark].flag == true }) else { continue }
            let frames = SentryFrames.frames(thread["stacktrace"])
            if !frames.isEmpty { return frames }
        }
        return []
    }

    private func message(_ exceptions: [ExceptionInfo]) -> String {
        let candidates = [
            value["logentry"], value["message"], value["sentry.interfaces.Message"], entry("message"),
        ]
        for candidate in candidates {
            if let text = candidate.text ?? formatted(candidate) { return clip(text, to: TraceLimits.message) }
        }
        if let first = exceptions.first {
            let named = first.told
            if !named.isEmpty { return clip(named, to: TraceLimits.message) }
        }
        let titles = [
            value["title"], value["metadata"]["title"], value["transaction"], value["culprit"], value["logger"],
        ]
        if let title = titles.lazy.compactMap({ short($0) }).first { return title }
        return exceptions.last?.frames.last?.function.map { "crash in \(clip($0, to: Self.nameLength))" } ?? ""
    }

    /// `formatted`, else `message` with `params` put into `%s` and `{}`.
    private func formatted(_ entry: JSONValue) -> String? {
        if let text = entry["formatted"].text { return text }
        guard let template = entry["message"].text else { return nil }
        let parameters = entry["params"].items.compactMap { $0.text ?? ($0.isNull ? "null" : nil) }
        return parameters.isEmpty ? template : Self.fill(template, parameters)
    }

    private static func fill(_ template: String, _ parameters: [String]) -> String {
        var output: [UInt8] = []
        var (rest, left) = (template.utf8[...], parameters[...])
        while let byte = rest.popFirst() {
            let next = rest.first
            let isPlace = byte == 0x25 && (next == 0x73 || next == 0x64 || next == 0x69) || byte == 0x7B && next == 0x7D
            if isPlace, let parameter = left.popFirst() {
                rest = rest.dropFirst()
                output += parameter.utf8.prefix(nameLength)
            } else {
                output.append(byte)
            }
        }
        return String(decoding: output, as: UTF8.self)
    }

    private func readPlace(of event: inout ErrorEvent) {
        let pairs = value["tags"].pairs
        let tag = { (name: String) in pairs.first { $0.name == name }.flatMap { self.short($0.value) } }
        let release = value["release"]
        event.release = short(release) ?? short(release["version"]) ?? tag("release") ?? tag("sentry:release")
        event.environment = short(value["environment"]) ?? tag("environment")
        event.host = short(value["server_name"]) ?? tag("server_name")
        event.target = short(value["logger"]) ?? tag("logger")
        let resource = value["contexts"]["otel"]["resource"]
        event.service =
            tag("service.name") ?? tag("service") ?? short(resource["service.name"])
            ?? short(value["project"]["slug"]) ?? short(value["project_name"]) ?? short(value["projectSlug"])
        event.revision =
            Provenance.revision(tag) ?? Provenance.revision { self.short(resource[$0]) }
            ?? short(release["lastCommit"]["id"]).flatMap { Provenance.isRevision($0) ? $0 : nil }
            ?? Provenance.revision({ _ in nil }, release: event.release)
        event.repositoryURL = Provenance.first(Provenance.repositoryNames, tag)
        event.code = tag("error.code") ?? tag("code") ?? tag("error_code")
        for pair in pairs.prefix(64) where event.tags.count < LineFacts.tagCount {
            if let text = short(pair.value), pair.name.utf8.count <= 64 { event.tags[pair.name] = text }
        }
        for (name, field) in [
            ("transaction", value["transaction"]), ("culprit", value["culprit"]), ("platform", value["platform"]),
            ("dist", value["dist"]), ("sentry.group", value["groupID"]), ("sentry.project", value["projectID"]),
            ("sentry.issue", value["issue_id"]), ("request_id", value["extra"][["request_id", "requestId"]]),
            ("user.id", value["user"][["id", "username", "email", "ip_address"]]),
        ] where event.tags[name] == nil {
            event.tags[name] = short(field)
        }
    }

    private func readTrace(of event: inout ErrorEvent) {
        let trace = value["contexts"]["trace"]
        event.traceID = short(trace[["trace_id", "traceId"]])
        event.spanID = short(trace[["span_id", "spanId"]])
        if let parent = short(trace[["parent_span_id", "parentSpanId"]]) { event.tags["parent_span_id"] = parent }
    }

    private func request() -> RequestInfo? {
        let request = interface("request", "Http")
        guard request.isObject else { return nil }
        var url = request["url"].text
        let query = request[["query_string", "query"]]
        if let path = url, !path.utf8.contains(0x3F) {
            let text =
                query.text
                ?? query.pairs.prefix(32).map { "\($0.name)=\($0.value.text ?? "")" }
                .joined(separator: "&")
            if !text.isEmpty { url = "\(path)?\(text)" }
        }
        guard url != nil || request["method"].text != nil else { return nil }
        let status = value["contexts"]["response"]["status_code"].int
        return RequestInfo(
            method: request["method"].text.map { clip($0, to: 16) }, url: url.map { clip($0, to: 2048) }, status: status
        )
    }

    private func readBreadcrumbs() -> [Breadcrumb] {
        let crumbs = interface("breadcrumbs", "Breadcrumbs")
        let listed = crumbs["values"].isNull ? crumbs.items : crumbs["values"].items
        return listed.suffix(Self.breadcrumbs).compactMap { crumb in
            let data = crumb["data"].scalars(limit: 8).map { "\($0.path)=\($0.value.text ?? "")" }
            let text = crumb["message"].text ?? (data.isEmpty ? nil : data.joined(separator: " "))
            guard let text else { return nil }
            return Breadcrumb(
                time: times.field(crumb["timestamp"].field), category: short(crumb[["category", "type"]]),
                level: StructuredEvent.level(crumb["level"].field), message: clip(text, to: 1024))
        }
    }
}
