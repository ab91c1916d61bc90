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
        let requestID = readContext(of: &event)
        return EventDraft(event: event, hasTime: time != nil, hasLevel: level != nil, requestID: requestID)
    }

    /// Where, for which release and for whom the program ran; what no name claims becomes tags.
    ///
    /// - Returns: the request's id, which is a tag too.
    mutating func readContext(of event: inout ErrorEvent) -> String? {
        readPlace(of: &event)
        event.code = short(Names.code, in: Names.scopes, limit: 128)
        event.traceID = short(Names.traceID, in: Names.scopes)
        event.spanID = short(Names.spanID, in: Names.scopes)
        event.durationMilliseconds = readDuration()
        let requestID = short(Names.requestID, in: Names.scopes) ?? spanValue(Names.requestID)
        event.tags = readTags()
        if let requestID { event.tags["request_id"] = clip(requestID, to: Self.nameLength) }
        return requestID
    }

    /// Bytes of a name or identifier that are kept: its writer chooses the length.
    private static let nameLength = 256

    private mutating func short(
        _ names: [String], in scopes: [String] = ["", "fields."], limit: Int = nameLength
    ) -> String? {
        fields.text(names, in: scopes).map { clip($0, to: limit) }
    }

    private mutating func readPlace(of event: inout ErrorEvent) {
        event.service = short(Names.service, in: Names.scopes)
        event.target = short(Names.target)
        // Bunyan calls the service `name`, Python's JSON formatters the logger.
        if let name = short(["name"]) {
            if event.service == nil, fields.value("hostname") != nil {
                event.service = name
            } else if event.target == nil {
                event.target = name
            }
        }
        event.release = short(Names.release)
        event.revision = fields.text(Names.revision).flatMap {
            (7...64).contains($0.utf8.count) && $0.utf8.allSatisfy { $0.isDigit || ($0 | 0x20) &- 0x61 < 6 } ? $0 : nil
        }
        event.environment = short(Names.environment)
        event.host = short(Names.host)
        event.repositoryURL = short(Names.repositoryURL)
    }

    mutating func readLevel() -> LogLevel? {
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
    static func otelLevel(_ number: Double) -> LogLevel? {
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
            if !isTrace { tags[field.path] = clip(text, to: Self.nameLength) }
        }
        return tags
    }
}
