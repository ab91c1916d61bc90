import Events

/// What a record says about itself, before it is known whether it is an error.
struct EventDraft {
    var event: ErrorEvent
    var hasTime = true
    /// The record names a level; without one a trace makes it an error.
    var hasLevel = true
    var requestID: String?
}

extension EventDraft {
    /// What is known of a record besides its event.
    struct Account {
        var hasTime = true
        var hasLevel = true
        var requestID: String?
    }

    init(_ event: ErrorEvent, _ account: Account) {
        self.init(
            event: event, hasTime: account.hasTime, hasLevel: account.hasLevel, requestID: account.requestID)
    }
}

/// Reads the fields of a structured log line by their usual names.
struct StructuredEvent {
    var fields: LogFields
    var times: LogTime

    init(fields: consuming LogFields, times: LogTime) { (self.fields, self.times) = (fields, times) }

    mutating func read() -> EventDraft {
        var event = ErrorEvent(id: "", time: times.now, level: .info, message: "")
        let account = read(into: &event)
        return EventDraft(event, account)
    }

    /// Fills an event that says nothing yet: an event is large, and most are read into the place where they stay.
    mutating func read(into event: inout ErrorEvent) -> EventDraft.Account {
        // logstash's `@version` is its own, not the program's.
        if let version = fields.entry(.formVersion) { fields.markRead(version) }
        let time = readTime() ?? readInstant()
        let level = readLevel()
        let exceptions = readExceptions()
        event.time = time ?? times.now
        event.level = level ?? (exceptions.isEmpty ? .info : .error)
        event.exceptions = exceptions
        event.message = readMessage(exceptions)
        if event.exceptions.first?.frames.isEmpty == false, let end = event.message.utf8.firstIndex(of: 0x0A),
            let first = exceptions.first, Trace.isTraceText(event.message)
        {
            // The message was the trace: what it says, without the frames.
            let told = first.told
            event.message = told.isEmpty ? String(event.message[..<end]) : told
        }
        let requestID = readContext(of: &event)
        return EventDraft.Account(hasTime: time != nil, hasLevel: level != nil, requestID: requestID)
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
        // Google's are paths: `projects/shop/traces/4bf9…`.
        event.traceID = short(.traceID).map { $0[...].split(atLast: 0x2F).map { String($0.after) } ?? $0 }
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
        event.revision = readRevision()
        event.environment = short(.environment)
        event.host = short(.host)
        event.repositoryURL = short(.repositoryURL, limit: 2048)
    }

    /// The first name whose value is a commit: `revision` may also be a build's number.
    private mutating func readRevision() -> String? {
        for entry in fields.candidates(.revision) {
            let text = fields.text(entry)
            guard (7...64).contains(text.utf8.count),
                text.utf8.allSatisfy({ $0.isDigit || ($0 | 0x20) &- 0x61 < 6 })
            else { continue }
            fields.markRead(entry)
            return text
        }
        return nil
    }

    private static let instant = FieldName("instant")

    /// log4j's `"instant": {"epochSecond": …, "nanoOfSecond": …}`.
    private mutating func readInstant() -> Timestamp? {
        guard fields.hasParent(Self.instant),
            case .number(let seconds, let digits) = fields.take(["instant.epochsecond"], in: [""]),
            let time = LogTime.epoch(seconds, digits: digits)
        else { return nil }
        guard case .number(let nanoseconds, _) = fields.take(["instant.nanoofsecond"], in: [""]),
            (0..<1e9).contains(nanoseconds)
        else { return time }
        return time.advanced(by: .nanoseconds(Int64(nanoseconds)))
    }

    private static let hostname = FieldName("hostname")

    mutating func readLevel() -> LogLevel? {
        if let entry = fields.entry(.level) {
            fields.markRead(entry)
            let field = fields.entries[entry]
            if field.kind == .text, let level = fields.withBytes(field.value, { LogLevel(plain: $0) }) { return level }
            return Self.level(fields.value(entry), NumberScale(fields))
        }
        if let number = Self.number(fields.take(.severityNumber)) { return Self.otelLevel(number) }
        if let number = Self.number(fields.take(Names.pythonLevel)) { return NumberScale.python.level(Double(number)) }
        if let number = Self.number(fields.take(.priority)) { return Self.syslogLevel(number) }
        return readMongo()
    }

    private static let mongoTime = FieldName("t.$date")

    /// MongoDB's `{"t": {"$date": …}, "s": "E", "c": "STORAGE", …}`: one letter, and a digit behind that of debugging.
    private mutating func readMongo() -> LogLevel? {
        guard fields.has(Self.mongoTime), let letter = fields.take(["s"], in: [""])?.text?.utf8.first else {
            return nil
        }
        switch letter {
        case 0x46: return .fatal
        case 0x45: return .error
        case 0x57: return .warning
        case 0x49: return .info
        case 0x44: return .debug
        default: return nil
        }
    }

    private static func number(_ value: LogFields.Value?) -> Int? {
        if case .number(_, let digits) = value { levelNumber(digits) } else { nil }
    }

    /// Levels are whole numbers of five digits at most (logback counts to 40000).
    private static func levelNumber(_ digits: String) -> Int? {
        (1...5).contains(digits.utf8.count) && digits.utf8.allSatisfy(\.isDigit) ? Int(digits) : nil
    }

    /// A word, or a number by the scale that the other fields speak for: `DEBUG5`, `E`, `5`.
    static func level(_ value: LogFields.Value, _ scale: NumberScale = .common) -> LogLevel? {
        switch value {
        case .text(let word):
            if let number = levelNumber(word) { return scale.level(Double(number)) }
            return LogLevel(word: word) ?? LogLevel(word: word.prefix { $0.isASCII && $0.isLetter })
        case .number(_, let digits): return levelNumber(digits).flatMap { scale.level(Double($0)) }
        case .flag, .absent: return nil
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
            return first.told
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
        var unread = 0
        for entry in fields.entries where !entry.isRead && entry.hasText { unread += 1 }
        if unread == 0 { return [:] }
        // One more: the request's id is a tag too.
        var tags = [String: String](minimumCapacity: min(unread + 1, Self.tagLimit))
        for index in fields.entries.indices where tags.count < Self.tagLimit {
            let entry = fields.entries[index]
            if entry.isRead || !entry.hasText { continue }
            guard let text = fields.line(index) else { continue }
            let path = fields.path(index)
            guard path.utf8.count <= 64 else { continue }
            if path.hasPrefix("exception") || path.hasPrefix("stack") { continue }
            tags[path] = clip(text, to: Self.nameLength)
        }
        return tags
    }
}
