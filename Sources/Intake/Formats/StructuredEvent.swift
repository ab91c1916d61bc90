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
        _ = fields.entry(.formVersion).map { fields.markRead($0) }
        let time = readTime()
        let level = readLevel()
        let exceptions = readExceptions()
        var event = ErrorEvent(
            id: "", time: time ?? times.now, level: level ?? (exceptions.isEmpty ? .info : .error), message: "")
        event.exceptions = exceptions
        event.message = readMessage(exceptions)
        let requestID = readContext(of: &event)
        return EventDraft(event: event, hasTime: time != nil, hasLevel: level != nil, requestID: requestID)
    }

    private mutating func readTime() -> Timestamp? {
        guard let entry = fields.entry(.time) else { return nil }
        fields.markRead(entry)
        let field = fields.entries[entry]
        // Nearly every time is whole and names its zone.
        if field.kind == .text,
            let parsed = fields.withBytes(field.value, { Timestamp.parse($0.assumingMemoryBound(to: UInt8.self)) }),
            parsed.hasZone
        {
            return Timestamp(nanoseconds: parsed.nanoseconds)
        }
        return times.field(fields.value(entry))
    }

    /// Where, for which release and for whom the program ran; what no name claims becomes tags.
    ///
    /// - Returns: the request's id, which is a tag too.
    mutating func readContext(of event: inout ErrorEvent) -> String? {
        readPlace(of: &event)
        event.code = short(.code, limit: 128)
        event.traceID = short(.traceID)
        event.spanID = short(.spanID)
        event.durationMilliseconds = readDuration()
        let requestID = short(.requestID) ?? spanValue(Names.requestID)
        event.tags = readTags()
        if let requestID { event.tags["request_id"] = clip(requestID, to: Self.nameLength) }
        return requestID
    }

    /// Bytes of a name or identifier that are kept: its writer chooses the length.
    private static let nameLength = 256

    private mutating func short(_ role: FieldRole, limit: Int = nameLength) -> String? {
        fields.text(role).map { clip($0, to: limit) }
    }

    private mutating func readPlace(of event: inout ErrorEvent) {
        event.service = short(.service)
        event.target = short(.target)
        // Bunyan calls the service `name`, Python's JSON formatters the logger.
        if let name = short(.name) {
            if event.service == nil, fields.has(Self.hostname) {
                event.service = name
            } else if event.target == nil {
                event.target = name
            }
        }
        event.release = short(.release)
        event.revision = fields.text(.revision).flatMap {
            (7...64).contains($0.utf8.count) && $0.utf8.allSatisfy { $0.isDigit || ($0 | 0x20) &- 0x61 < 6 } ? $0 : nil
        }
        event.environment = short(.environment)
        event.host = short(.host)
        event.repositoryURL = short(.repositoryURL)
    }

    private static let hostname = FieldName("hostname")

    mutating func readLevel() -> LogLevel? {
        if let entry = fields.entry(.level) {
            fields.markRead(entry)
            let field = fields.entries[entry]
            if field.kind == .text, let level = fields.withBytes(field.value, { LogLevel(plain: $0) }) { return level }
            return Self.level(fields.value(entry))
        }
        if let number = Self.number(fields.take(.severityNumber)) { return Self.otelLevel(number) }
        if let number = Self.number(fields.take(.priority)) { return Self.syslogLevel(number) }
        return nil
    }

    private static func number(_ value: LogFields.Value?) -> Int? {
        if case .number(_, let digits) = value { levelNumber(digits) } else { nil }
    }

    /// Levels are whole numbers below a thousand.
    private static func levelNumber(_ digits: String) -> Int? {
        (1...3).contains(digits.utf8.count) && digits.utf8.allSatisfy(\.isDigit) ? Int(digits) : nil
    }

    /// A word, or a number: `DEBUG5`, `E`, `5`.
    static func level(_ value: LogFields.Value) -> LogLevel? {
        switch value {
        case .text(let word):
            if let number = levelNumber(word) { return level(number) }
            return LogLevel(word: word) ?? LogLevel(word: word.prefix { $0.isASCII && $0.isLetter })
        case .number(_, let digits): return levelNumber(digits).flatMap(level)
        case .flag, .absent: return nil
        }
    }

    /// A number of Bunyan and pino (10 to 60), syslog (0 to 7), Monolog (100 to 600), Python (10 to 50).
    static func level(_ number: Int) -> LogLevel? {
        switch number {
        case 0..<8: TextHeader.syslogLevel(number)
        case 10..<20: .trace
        case 20..<30: .debug
        case 30..<40, 200..<300: .info
        case 40..<50, 300..<400: .warning
        case 50..<60, 400..<500: .error
        case 60..<70, 500...600: .fatal
        case 100..<200: .debug
        default: nil
        }
    }

    static func syslogLevel(_ number: Int) -> LogLevel? {
        (0...7).contains(number) ? TextHeader.syslogLevel(number) : nil
    }

    /// OpenTelemetry's severity numbers: 17 to 20 are errors.
    static func otelLevel(_ number: Int) -> LogLevel? {
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
        if let message = fields.text(.message) { return clip(message, to: TraceLimits.message) }
        if let first = exceptions.first {
            return [first.type, first.message].compactMap(\.self).joined(separator: ": ")
        }
        if let text = fields.text(.errorMessage) { return clip(text, to: TraceLimits.message) }
        let pairs = fields.fields.prefix(8).compactMap { field in field.value.text.map { "\(field.path)=\($0)" } }
        return clip(pairs.joined(separator: " "), to: 1024)
    }

    private static let durations: [(FieldRole, Double)] = zip(
        [.milliseconds, .seconds, .microseconds, .nanoseconds], Names.durations.map(\.1)
    ).map { ($0, $1) }

    /// Milliseconds, by the unit in the name; text carries its own unit.
    private mutating func readDuration() -> Double? {
        for (role, scale) in Self.durations {
            guard let value = fields.take(role) else { continue }
            switch value {
            case .number(let number, _): return number.isFinite && number >= 0 ? number * scale : nil
            case .text(let text): return Duration.milliseconds(text: text) ?? Double(text).map { $0 * scale }
            case .flag, .absent: return nil
            }
        }
        return nil
    }

    private static let spans = FieldName("spans")

    /// A value of the current span, or of the nearest one around it.
    private func spanValue(_ names: [String]) -> String? {
        guard fields.hasParent(Self.spans) else { return nil }
        return fields.below("spans.").last { field in
            field.name.split(separator: ".").last.map { names.contains(String($0)) } ?? false
        }?.value.text
    }

    /// Fields that are kept as tags.
    private static let tagLimit = 24

    /// What no name claimed; the writer's own spelling.
    private func readTags() -> [String: String] {
        var unread: [Int] = []
        for index in fields.entries.indices where !fields.entries[index].isRead && fields.entries[index].hasText {
            unread.append(index)
        }
        var tags = [String: String](minimumCapacity: min(unread.count + 1, Self.tagLimit))
        for index in unread where tags.count < Self.tagLimit {
            let (path, text) = (fields.path(index), fields.text(index))
            guard path.utf8.count <= 64, !Self.isLines(text) else { continue }
            if !path[...].starts("exception"), !path[...].starts("stack") {
                tags[path] = clip(text, to: Self.nameLength)
            }
        }
        return tags
    }

    private static func isLines(_ text: String) -> Bool {
        text[...].contains("\n")
    }
}
