import Events

/// An envelope of a Sentry SDK: a header line, then items of a header line and a payload
/// (https://develop.sentry.dev/sdk/data-model/envelopes/).
public enum SentryEnvelope {
    /// Items of one envelope that are read, and records of one that is pushed.
    private static let items = 10_000

    private static let headerNames: Set<String> = ["event_id", "dsn", "sdk", "sent_at", "trace"]
    private static let itemTypes: Set<String> = [
        "event", "transaction", "attachment", "session", "sessions", "client_report", "log", "otel_log", "check_in",
        "user_report", "feedback", "profile", "profile_chunk", "replay_event", "replay_recording", "replay_video",
        "statsd", "metric_buckets", "metric_meta", "span", "raw_security", "nel", "form_data", "unreal_report",
        "view_hierarchy", "minidump", "security", "trace_metric",
    ]

    /// Reads every error of an envelope; what is no error is counted as ignored, a broken item as rejected.
    ///
    /// - Throws: ``FormatError`` where the first line is no header, or more follows than one envelope may hold.
    public static func parse(_ bytes: [UInt8], now: Timestamp) throws(FormatError) -> ParsedEvents {
        guard bytes.count <= IntakeLimits.document else {
            throw .tooLarge(format: "Sentry's envelopes", limit: IntakeLimits.document)
        }
        guard let reading = bytes.withUnsafeBytes({ read($0, LogTime(now: now), most: items) }) else {
            throw .notOfFormat("Sentry's envelopes")
        }
        guard !reading.hasMore else { throw .tooMany(format: "Sentry's envelopes", limit: items) }
        let document = DocumentID(bytes)
        let events = reading.drafts.enumerated().map { $1.finished(now: now, document: document, index: $0) }
        return ParsedEvents(events: events, rejected: reading.rejected, ignored: reading.ignored)
    }

    /// Whether the bytes begin with an envelope's header and, where there is a second line, an item's.
    static func isEnvelope(_ bytes: UnsafeRawBufferPointer) -> Bool {
        var lines = Lines(bytes)
        guard let first = lines.next(), let header = JSONTree.parse(first), isHeader(header) else { return false }
        guard let second = lines.next(), !second.isEmpty else { return !header.members.isEmpty }
        guard let item = JSONTree.parse(second), let type = item["type"].string else { return false }
        return itemTypes.contains(type) || item["length"].int != nil
    }

    private static func isHeader(_ value: JSONValue) -> Bool {
        value.isObject && value.members.allSatisfy { headerNames.contains($0.name) }
            && (value.members.isEmpty || value.has("dsn") || value.has("sent_at") || value.has("event_id")
                || value["trace"].isObject || value["sdk"].isObject)
    }

    private struct Lines {
        let bytes: UnsafeRawBufferPointer
        var index = 0

        init(_ bytes: UnsafeRawBufferPointer) { self.bytes = bytes }

        /// The next line without its end; nil behind the last.
        mutating func next() -> UnsafeRawBufferPointer? {
            guard index < bytes.count else { return nil }
            let end = bytes[index...].firstIndex(of: 0x0A) ?? bytes.count
            defer { index = end + 1 }
            let hasReturn = end > index && bytes[end - 1] == 0x0D
            return UnsafeRawBufferPointer(rebasing: bytes[index..<(hasReturn ? end - 1 : end)])
        }

        /// The next `count` bytes, and the line's end behind them.
        mutating func take(_ count: Int) -> UnsafeRawBufferPointer? {
            guard count >= 0, count <= bytes.count - min(index, bytes.count) else { return nil }
            let part = UnsafeRawBufferPointer(
                rebasing: bytes[min(index, bytes.count)..<min(index, bytes.count) + count])
            index += count
            if index < bytes.count, bytes[index] == 0x0D { index += 1 }
            if index < bytes.count, bytes[index] == 0x0A { index += 1 }
            return part
        }
    }

    /// - Parameter most: records that are read.
    /// - Returns: nil where the first line is no envelope's header.
    static func read(_ bytes: UnsafeRawBufferPointer, _ times: LogTime, most: Int = .max) -> FormatReading? {
        var lines = Lines(bytes)
        guard let first = lines.next(), var header = JSONTree.parse(first), header.isObject else { return nil }
        var reading = FormatReading()
        var count = 0
        while let line = lines.next() {
            count += 1
            guard count <= items else {
                reading.rejected += 1
                reading.hasMore = true
                break
            }
            if line.isEmpty { continue }
            guard let item = JSONTree.parse(line), item.isObject else {
                reading.rejected += 1
                continue
            }
            guard let type = item["type"].string else {
                // Another envelope behind this one.
                if isHeader(item) { header = item } else { reading.rejected += 1 }
                continue
            }
            let payload = item["length"].isNull ? lines.next() : item["length"].int.flatMap { lines.take($0) }
            guard let payload else {
                // An item without a payload is told only where its header promised one.
                if !item["length"].isNull { reading.rejected += 1 }
                break
            }
            reading += read(type, payload, header, times, most: most - reading.count)
            if reading.hasMore { break }
        }
        return reading
    }

    private static func read(
        _ type: String, _ payload: UnsafeRawBufferPointer, _ header: JSONValue, _ times: LogTime, most: Int
    ) -> FormatReading {
        switch type {
        case "event", "security":
            guard let value = JSONTree.parse(payload), value.isObject else { return FormatReading(rejected: 1) }
            var reading = SentryEvent.read(value, times)
            for index in reading.drafts.indices { complete(&reading.drafts[index], header, times) }
            return reading
        case "log":
            guard let value = JSONTree.parse(payload) else { return FormatReading(rejected: 1) }
            let records = value["items"].items
            return FormatReading(
                drafts: records.prefix(max(0, most)).map { log($0, header, times) }, hasMore: records.count > most)
        default: return FormatReading(ignored: 1)
        }
    }

    /// What the header knows and the event does not say.
    private static func complete(_ draft: inout EventDraft, _ header: JSONValue, _ times: LogTime) {
        let short = { (value: JSONValue) in value.text.map { clip($0, to: 256) } }
        if draft.event.id.isEmpty, let id = short(header["event_id"]) {
            draft.event.id = id.filter { $0 != "-" }.lowercased()
        }
        if !draft.hasTime, let time = times.field(header["sent_at"].field) {
            (draft.event.time, draft.hasTime) = (time, true)
        }
        let trace = header["trace"]
        draft.event.environment = draft.event.environment ?? short(trace["environment"])
        draft.event.release = draft.event.release ?? short(trace["release"])
        draft.event.traceID = draft.event.traceID ?? short(trace["trace_id"])
        if let project = short(header["dsn"])?[...].split(atLast: 0x2F)?.after, !project.isEmpty {
            draft.event.tags["sentry.project"] = String(project)
        }
    }

    /// A structured log of an SDK: its attributes are `{"name": {"value": …, "type": …}}`.
    private static func log(_ item: JSONValue, _ header: JSONValue, _ times: LogTime) -> EventDraft {
        let time = times.field(item["timestamp"].field)
        let attribute = { (name: String) -> String? in
            item["attributes"][name]["value"].text.map { clip($0, to: 256) }
        }
        let level = StructuredEvent.level(item["level"].field)
        var event = ErrorEvent(
            id: "", time: time ?? times.now, level: level ?? .info,
            message: clip(item["body"].text ?? "", to: TraceLimits.message))
        event.traceID = item["trace_id"].text.map { clip($0, to: 64) }
        event.release = attribute("sentry.release")
        event.environment = attribute("sentry.environment")
        event.host = attribute("server.address")
        event.target = attribute("logger.name")
        for pair in item["attributes"].members.prefix(LineFacts.tagCount) {
            event.tags[clip(pair.name, to: 64)] = pair.value["value"].text.map { clip($0, to: 256) }
        }
        var draft = EventDraft(event: event, hasTime: time != nil, hasLevel: level != nil)
        complete(&draft, header, times)
        draft.event.id = ""
        return draft
    }
}
