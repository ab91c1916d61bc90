import Events

/// One record of a batch in Patrol's form, as a reply to its sender tells it.
public struct PatrolRecord: Sendable, Equatable {
    /// The sender's id of the event; nil where there is none, or the record is broken.
    public var eventID: String?
    /// nil for a record that could not be read.
    public var event: ErrorEvent?
}

/// The records of one message in Patrol's form: `{eventId, timestamp, repositoryUrl, errorLog: {message, code, filePath,
/// lineNumber, stackTrace, context}}`, bare or in what AWS puts around it.
public struct PatrolBatch: Sendable, Equatable {
    /// In the order of the message.
    public var records: [PatrolRecord]

    /// Records of one message.
    static let most = 10_000

    public var processed: Int { records.count { $0.event != nil } }
    public var failed: Int { records.count - processed }

    /// Reads a bare event or a list of them, SQS and SNS records, an SNS notification, an EventBridge detail, a request
    /// that API Gateway hands on, and OTLP logs in place of an event.
    ///
    /// A record that cannot be read costs no other one.
    /// - Throws: ``FormatError`` where the bytes are no JSON, or too many records.
    public static func parse(_ bytes: [UInt8], now: Timestamp) throws(FormatError) -> PatrolBatch {
        guard bytes.count <= JSONSplitter.limit else {
            throw .tooLarge(format: "Patrol", limit: JSONSplitter.limit)
        }
        guard let value = JSONTree.parse(bytes) else { throw .notJSON(format: "Patrol") }
        let reader = RecordReader(source: SourceSettings(name: "patrol", paths: []), now: now)
        let reading = MessageEnvelope.read(value, reader, depth: 0, most: most) ?? FormatReading(rejected: 1)
        guard !reading.hasMore, reading.count <= most else { throw .tooMany(format: "Patrol", limit: most) }
        let document = DocumentID(bytes)
        var records = reading.drafts.enumerated().map { index, draft in
            PatrolRecord(
                eventID: draft.event.id.isEmpty ? nil : draft.event.id,
                event: draft.finished(now: now, document: document, index: index))
        }
        records += (0..<reading.rejected).map { _ in PatrolRecord(eventID: nil, event: nil) }
        return PatrolBatch(records: records)
    }
}

/// Reads one event in Patrol's form.
enum PatrolEvent {
    static func isEvent(_ value: JSONValue) -> Bool { value["errorLog"].isObject }

    /// - Returns: a rejected record where the error has neither a message nor a trace.
    static func read(_ value: JSONValue, _ times: LogTime) -> FormatReading {
        let log = value["errorLog"]
        let text = log["message"].text.map { clip($0, to: TraceLimits.message) }
        let stack = log["stackTrace"].text ?? joined(log["stackTrace"])
        guard text != nil || stack != nil else { return FormatReading(rejected: 1) }
        let time = times.field(value["timestamp"].field)
        let short = { (value: JSONValue) in value.text.map { clip($0, to: 256) } }
        var event = ErrorEvent(
            id: short(value["eventId"]) ?? "", time: time ?? times.now, level: .error, message: text ?? "")
        event.code = short(log["code"]).map { clip($0, to: 128) }
        event.repositoryURL = short(value["repositoryUrl"])
        let named = typeAndMessage((text ?? "")[...])
        let isNamed = named.type != nil && named.message != nil
        event.exceptions = StackText.exceptions(
            stack, type: isNamed ? named.type : event.code, message: isNamed ? named.message : text)
        locate(&event, log)
        if event.message.isEmpty, let first = event.exceptions.first {
            event.message = first.told
        }
        describe(&event, log["context"])
        event.tags["webhook_config_id"] = short(value["webhookConfigId"])
        return FormatReading(drafts: [
            EventDraft(event: event, hasTime: time != nil, requestID: event.tags["request_id"])
        ])
    }

    private static func joined(_ value: JSONValue) -> String? {
        let lines = value.items.prefix(TraceLimits.lines).compactMap(\.text)
        return lines.isEmpty ? nil : lines.joined(separator: "\n")
    }

    /// File and line, where the trace has no frames.
    private static func locate(_ event: inout ErrorEvent, _ log: JSONValue) {
        guard event.exceptions.allSatisfy({ $0.frames.isEmpty }), let file = log["filePath"].text else { return }
        let line = log["lineNumber"].int.flatMap { (1...999_999_999).contains($0) ? $0 : nil }
        let frame = StackFrame(file: clip(file, to: 4096), line: line, inApp: true)
        if event.exceptions.isEmpty { event.exceptions = [ExceptionInfo(type: nil)] }
        event.exceptions[event.exceptions.count - 1].frames = [frame]
    }

    private static func describe(_ event: inout ErrorEvent, _ context: JSONValue) {
        var values: [String: String] = [:]
        for (path, value) in context.scalars(limit: 64) {
            if let text = value.text, values[path] == nil { values[path] = clip(text, to: 256) }
        }
        let named = { (names: [String]) in Provenance.first(names) { values[$0] } }
        event.release = named(["service.version", "release", "version"])
        event.service = named(["service.name", "serviceName", "service"])
        event.environment = named(Provenance.environmentNames)
        event.host = named(["host.name", "hostname", "host"])
        event.revision = Provenance.revision({ values[$0] }, release: event.release)
        event.repositoryURL = event.repositoryURL ?? Provenance.first(Provenance.repositoryNames) { values[$0] }
        event.traceID = named(["trace_id", "traceId", "trace.id"])
        event.request = Provenance.request { values[$0] }
        for (path, value) in context.scalars(limit: 64) where event.tags.count < LineFacts.tagCount {
            if path.utf8.count <= 64, let text = value.text { event.tags[path] = clip(text, to: 256) }
        }
    }
}
