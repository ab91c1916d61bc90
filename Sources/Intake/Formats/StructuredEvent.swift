import Events

/// What a record says about itself, before it is known whether it is an error.
struct EventDraft {
    var event: ErrorEvent
    var hasTime = true
    /// The record names a level; without one a trace makes it an error.
    var hasLevel = true
    var requestID: String?
}

/// Reads the fields of a structured log line by their usual names.
struct StructuredEvent {
    var fields: LogFields
    var times: LogTime

    init(fields: LogFields, times: LogTime) { (self.fields, self.times) = (fields, times) }

    mutating func read() -> EventDraft {
        // logstash's `@version` is its own, not the program's.
        _ = fields.take(["@version", "ecs.version", "v"], in: [""])
        let time = fields.take(Names.time, in: ["", "fields."]).flatMap(times.field)
        let level = readLevel()
        let exceptions = readExceptions()
        var event = ErrorEvent(
            id: "", time: time ?? times.now, level: level ?? (exceptions.isEmpty ? .info : .error), message: "")
        event.exceptions = exceptions
        event.message = readMessage(exceptions)
        readPlace(of: &event)
        event.code = fields.text(Names.code, in: Names.scopes).map { clip($0, to: 128) }
        event.traceID = fields.text(Names.traceID, in: Names.scopes)
        event.spanID = fields.text(Names.spanID, in: Names.scopes)
        event.durationMilliseconds = readDuration()
        let requestID = fields.text(Names.requestID, in: Names.scopes) ?? spanValue(Names.requestID)
        event.tags = readTags()
        if let requestID { event.tags["request_id"] = clip(requestID, to: 256) }
        return EventDraft(event: event, hasTime: time != nil, hasLevel: level != nil, requestID: requestID)
    }

    private mutating func readPlace(of event: inout ErrorEvent) {
        event.service = fields.text(Names.service, in: Names.scopes)
        event.target = fields.text(Names.target)
        // Bunyan calls the service `name`, Python's JSON formatters the logger.
        if let name = fields.text(["name"]) {
            if event.service == nil, fields.value("hostname") != nil {
                event.service = name
            } else if event.target == nil {
                event.target = name
            }
        }
        event.release = fields.text(Names.release)
        event.revision = fields.text(Names.revision).flatMap {
            (7...64).contains($0.utf8.count) && $0.utf8.allSatisfy { $0.isDigit || ($0 | 0x20) &- 0x61 < 6 } ? $0 : nil
        }
        event.environment = fields.text(Names.environment)
        event.host = fields.text(Names.host)
        event.repositoryURL = fields.text(Names.repositoryURL)
    }

    private mutating func readLevel() -> LogLevel? {
        if let value = fields.take(Names.level) { return Self.level(value) }
        if case .number(let number, _) = fields.take(["severitynumber"]) { return Self.otelLevel(number) }
        if case .number(let number, _) = fields.take(["priority", "syslog.severity"]), (0...7).contains(number) {
            return TextHeader.syslogLevel(Int(number))
        }
        return nil
    }

    /// A word, or a number of Bunyan and pino (10 to 60), syslog (0 to 7), Monolog (100 to 600), Python (10 to 50).
    static func level(_ value: LogFields.Value) -> LogLevel? {
        switch value {
        case .text(let word):
            // `DEBUG5`, `E`, `5`.
            if let number = Double(word) { return level(.number(number, word)) }
            return LogLevel(word: word) ?? LogLevel(word: word.prefix { $0.isASCII && $0.isLetter })
        case .number(let number, _):
            switch number {
            case 0..<8: return TextHeader.syslogLevel(Int(number))
            case 10..<20: return .trace
            case 20..<30: return .debug
            case 30..<40, 200..<300: return .info
            case 40..<50, 300..<400: return .warning
            case 50..<60, 400..<500: return .error
            case 60..<70, 500...600: return .fatal
            case 100..<200: return .debug
            default: return nil
            }
        case .flag, .absent: return nil
        }
    }

    /// OpenTelemetry's severity numbers: 17 to 20 are errors.
    private static func otelLevel(_ number: Double) -> LogLevel? {
        switch number {
        case 1..<5: .trace
        case 5..<9: .debug
        case 9..<13: .info
        case 13..<17: .warning
        case 17..<21: .error
        case 21...24: .fatal
        default: nil
        }
    }

    private mutating func readMessage(_ exceptions: [ExceptionInfo]) -> String {
        if let message = fields.text(Names.message) { return clip(message, to: TraceLimits.message) }
        if let first = exceptions.first {
            return [first.type, first.message].compactMap(\.self).joined(separator: ": ")
        }
        if let text = fields.text(Names.errorMessage, in: Names.scopes) { return clip(text, to: TraceLimits.message) }
        let pairs = fields.fields.prefix(8).compactMap { field in field.value.text.map { "\(field.path)=\($0)" } }
        return clip(pairs.joined(separator: " "), to: 1024)
    }

    /// Milliseconds, by the unit in the name; text carries its own unit.
    private mutating func readDuration() -> Double? {
        for (names, scale) in Names.durations {
            guard let value = fields.take(names, in: Names.scopes) else { continue }
            switch value {
            case .number(let number, _): return number.isFinite && number >= 0 ? number * scale : nil
            case .text(let text): return Duration.milliseconds(text: text) ?? Double(text).map { $0 * scale }
            case .flag, .absent: return nil
            }
        }
        return nil
    }

    /// A value of the current span, or of the nearest one around it.
    private func spanValue(_ names: [String]) -> String? {
        fields.below("spans.").last { field in
            field.name.split(separator: ".").last.map { names.contains(String($0)) } ?? false
        }?.value.text
    }

    /// What no name claimed; the writer's own spelling.
    private func readTags() -> [String: String] {
        var tags: [String: String] = [:]
        for field in fields.fields where !field.isRead && tags.count < 24 {
            guard let text = field.value.text, field.path.utf8.count <= 64, !text.utf8.contains(0x0A) else { continue }
            let isTrace = field.path.hasPrefix("exception") || field.path.hasPrefix("stack")
            if !isTrace { tags[field.path] = clip(text, to: 256) }
        }
        return tags
    }
}

/// The usual names, as `LogFields.normalized` spells them.
enum Names {
    static let scopes = [
        "", "fields.", "span.", "extra.", "context.", "mdc.", "attributes.", "labels.", "contextmap.", "data.", "tags.",
    ]
    static let time = [
        "timestamp", "time", "ts", "@t", "datetime", "date", "eventtime", "asctime", "instant", "timemillis",
        "timeunixnano", "createdat", "logtime", "localtime",
    ]
    static let level = [
        "level", "severity", "lvl", "loglevel", "log.level", "levelname", "severitytext", "@l", "priorityname",
        "leveltext", "levelvalue",
    ]
    static let message = [
        "message", "msg", "@m", "@mt", "event", "body", "log", "text", "shortmessage", "log.original",
    ]
    static let errorMessage = [
        "error", "err", "error.message", "err.message", "errormessage", "errmsg", "exception.message", "reason",
    ]
    static let errorType = [
        "error.type", "err.type", "error.name", "err.name", "exception.type", "exception.class", "exctype",
        "errortype", "exceptionclass", "error.kind", "thrown.name", "exception.exceptionclass",
        "context.exception.class",
        "error.class",
    ]
    static let exceptionMessage = [
        "error.message", "err.message", "exception.message", "thrown.message", "exception.exceptionmessage",
        "context.exception.message", "excvalue",
    ]
    static let trace = [
        "stacktrace", "error.stacktrace", "error.stack", "err.stack", "exception.stacktrace", "excinfo", "exception",
        "stack", "exc", "traceback", "@x", "errorverbose", "thrown.extendedstacktrace", "error.stacktrace.text",
        "backtrace", "panic", "throwable", "exceptiontrace", "exctext", "exception.stack", "error.exception",
    ]
    static let code = [
        "errorcode", "code", "error.code", "err.code", "errcode", "error.errorcode", "sqlstate", "errorid",
        "statuscode.error",
    ]
    static let target = [
        "target", "logger", "loggername", "log.logger", "sourcecontext", "category", "module", "caller",
    ]
    static let requestID = [
        "requestid", "reqid", "request.id", "httprequest.id", "http.request.id", "xrequestid", "correlationid",
        "req.id",
        "request.requestid",
    ]
    static let traceID = ["traceid", "trace.id", "dd.traceid", "otel.traceid", "trace"]
    static let spanID = ["spanid", "span.id", "dd.spanid", "otel.spanid"]
    static let service = [
        "service.name", "service", "servicename", "app", "application", "appname", "application.name", "dd.service",
        "resource.service.name", "app.name",
    ]
    static let release = [
        "release", "service.version", "version", "appversion", "app.version", "build.version", "dd.version",
    ]
    static let revision = [
        "revision", "commit", "gitcommit", "git.commit.sha", "gitsha", "commitsha", "vcs.ref.head.revision",
        "service.revision", "git.commit.id", "commitid",
    ]
    static let environment = ["environment", "env", "deployment.environment", "service.environment", "dd.env"]
    static let host = ["host", "host.name", "hostname", "host.hostname", "node", "machine"]
    static let repositoryURL = [
        "repositoryurl", "repository.url", "git.repository.url", "git.repositoryurl", "vcs.repository.url",
        "vcs.repository.url.full",
    ]
    /// Names of durations, and what makes milliseconds of their numbers.
    static let durations: [([String], Double)] = [
        (
            [
                "durationms", "elapsedms", "latencyms", "tookms", "responsetimems", "timems", "durationmillis",
                "duration",
                "elapsed", "latency", "responsetime", "took", "elapsedtime", "executiontime", "durationmilliseconds",
            ], 1
        ),
        (["durations", "durationseconds", "elapsedseconds", "latencyseconds", "durationsec", "requesttime"], 1000),
        (["durationus", "elapsedus", "latencyus", "durationmicros"], 1e-3),
        (["event.duration", "durationns", "elapsedns", "latencyns", "durationnano", "durationnanos"], 1e-6),
    ]
}

extension Duration {
    /// Milliseconds of `1.5s`, `20ms`, `1m3.5s`, `900µs`; nil for anything else.
    static func milliseconds(text: String) -> Double? {
        var (total, rest) = (0.0, text[...].trimmed)
        guard !rest.isEmpty, rest.utf8.count <= 32 else { return nil }
        while !rest.isEmpty {
            let digits = rest.prefix { $0.isASCII && ($0.isNumber || $0 == ".") }
            guard let number = Double(digits) else { return nil }
            let unit = rest[digits.endIndex...].trimmed.prefix { !($0.isASCII && $0.isNumber) }
            guard let scale = scales[unit.lowercased().trimmingPrefix(while: { $0 == " " }).description] else {
                return nil
            }
            total += number * scale
            rest = rest[unit.endIndex...]
        }
        return total
    }

    private static let scales: [String: Double] = [
        "ns": 1e-6, "us": 1e-3, "µs": 1e-3, "μs": 1e-3, "ms": 1, "s": 1000, "sec": 1000, "m": 60000, "min": 60000,
        "h": 3_600_000,
    ]
}
