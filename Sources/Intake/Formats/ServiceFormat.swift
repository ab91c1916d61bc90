import Events

/// Chooses the reader of a JSON message by what the message holds.
enum ServiceFormat {
    /// - Returns: nil for a value of no service's form: a log line of a program.
    static func read(_ value: JSONValue, _ reader: RecordReader) -> FormatReading? {
        let times = reader.times
        if TelemetryJSON.isRequest(value) {
            return TelemetryJSON.read(value).reading(times, readText: reader.readBody)
        }
        if PatrolEvent.isEvent(value) { return PatrolEvent.read(value, times) }
        if LokiStreams.isReply(value) { return LokiStreams(value).reading(reader) }
        if let payload = RollbarItem.payload(value) { return RollbarItem.read(payload, times) }
        if let reading = SentryMessage.recognise(value, times) { return reading }
        if FaroPayload.isMessage(value) { return FaroPayload.read(value, times) }
        if ForwardedRecords.isMessage(value) { return ForwardedRecords.read(value, reader) }
        if WrappedRecord.isMessage(value) { return WrappedRecord.read(value, times) }
        if DatadogEvent.isMessage(value) { return DatadogEvent.read(value, times) }
        return nil
    }

    /// As the source's settings say; a value of another form is rejected.
    static func read(_ value: JSONValue, as format: SourceSettings.Format, _ reader: RecordReader) -> FormatReading {
        let times = reader.times
        switch format {
        case .otlp where TelemetryJSON.isRequest(value):
            return TelemetryJSON.read(value).reading(times, readText: reader.readBody)
        case .patrol: return MessageEnvelope.read(value, reader, depth: 0) ?? FormatReading(rejected: 1)
        case .loki where LokiStreams.isReply(value): return LokiStreams(value).reading(reader)
        case .rollbar:
            return RollbarItem.payload(value).map { RollbarItem.read($0, times) } ?? FormatReading(rejected: 1)
        case .sentry: return SentryMessage.recognise(value, times) ?? SentryEvent.read(value, times)
        case .datadog where value.isObject: return DatadogEvent.read(value, times)
        default: return FormatReading(rejected: 1)
        }
    }
}

/// Names at the top of a JSON object that a service's message has: whoever has none of them is a log line.
struct ServiceMarks: OptionSet {
    let rawValue: UInt32

    /// Enough to look at the whole object.
    static let strong = ServiceMarks(rawValue: 1)
    /// An event of Sentry has two of these at least.
    static let identifier = ServiceMarks(rawValue: 2)
    static let sentry = ServiceMarks(rawValue: 4)
    static let exception = ServiceMarks(rawValue: 8)
    /// Of webhooks, API replies and exports.
    static let data = ServiceMarks(rawValue: 16)
    static let about = ServiceMarks(rawValue: 32)
    static let message = ServiceMarks(rawValue: 64)
    /// Of a line that a carrier holds.
    static let carrier = ServiceMarks(rawValue: 128)

    init(rawValue: UInt32) { self.rawValue = rawValue }

    var isService: Bool {
        if contains(.strong) || contains([.data, .about]) { return true }
        if contains(.sentry) { return !isDisjoint(with: [.identifier, .exception, .message]) }
        return contains([.identifier, .exception]) || contains([.identifier, .message])
    }

    /// By the names as `FieldName` spells them: in lower case, without `_` and `-`.
    static let known: [FieldName: ServiceMarks] = {
        let strong = [
            "resourcelogs", "resourcespans", "resourcemetrics", "errorlog", "records", "detailtype", "topicarn",
            "requestcontext", "isbase64encoded", "logentry", "streams", "ddtags", "ddsource", "entries", "groupid",
            "projectname", "starttimestamp", "sentry.interfaces.exception", "sentry.interfaces.message",
            "logevents", "nextforwardtoken", "searchedlogstreams", "record", "sentry.interfaces.stacktrace",
            "sentry.interfaces.http", "sentry.interfaces.csp", "sentry.interfaces.user",
        ]
        let others: [(ServiceMarks, [String])] = [
            (.identifier, ["eventid"]), (.sentry, ["sdk", "platform", "contexts", "breadcrumbs", "threads"]),
            (.exception, ["exception"]), (.data, ["data", "result", "attributes", "exceptions", "measurements"]),
            ([.data, .message], ["body"]),
            ([.data, .about], ["logs"]),
            (
                .about,
                [
                    "installation", "actor", "status", "err", "accesstoken", "environment", "type", "uuid", "meta",
                    "links",
                ]
            ),
            (.message, ["message"]), (.carrier, Carriers.names),
        ]
        var known: [FieldName: ServiceMarks] = [:]
        for (marks, names) in [(.strong, strong)] + others {
            for name in names { known[FieldName(name)] = marks }
        }
        return known
    }()
}
