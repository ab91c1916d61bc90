import Events
import Foundation

/// Makes events of whole records: one JSON line, or a header with everything below it.
struct RecordReader {
    var source: SourceSettings
    var times: LogTime

    init(source: SourceSettings, now: Timestamp) {
        self.source = source
        times = LogTime(zone: source.timeZone.flatMap(TimeZone.init(identifier:)) ?? .gmt, now: now)
    }

    /// What a line of this source looks like.
    func shape(_ line: Substring) -> LineShape { LineShape(line, times: times, format: source.format) }

    /// What came of a record: an event that no trigger has judged yet, and whether it was all understood.
    struct Reading {
        var draft: EventDraft
        var isBroken = false
    }

    func read(_ record: RecordAssembly) -> Reading {
        var reading = record.isJSON ? readJSON(record) : Reading(draft: readText(record.lines))
        if record.isRepaired { reading.draft.event.tags["encoding.repaired"] = "true" }
        fill(&reading.draft)
        return reading
    }

    /// What came of a part of a record: an event that no trigger has judged yet, or what was wrong with it.
    struct Part {
        var draft: EventDraft?
        var problem: IntakeProblem.Reason?
        /// How often that was wrong.
        var count = 1
        /// A whole message of a service: the lines before it are not the program's.
        var isService = false
    }

    /// The events of a record: one, but for lines that hold a whole message of a service.
    ///
    /// - Parameter facts: what the carrier of the record's lines says of them.
    func readAll(_ record: RecordAssembly, facts: LineFacts? = nil) -> [Part] {
        var line = record.lines.first ?? ""
        var parts =
            record.isJSON
            ? line.withUTF8 { self.parts(of: UnsafeRawBufferPointer($0)) } : [Part(draft: readText(record.lines))]
        for index in parts.indices {
            guard var draft = parts[index].draft else { continue }
            if record.isRepaired { draft.event.tags["encoding.repaired"] = "true" }
            facts?.complete(&draft)
            fill(&draft)
            parts[index].draft = draft
        }
        return parts
    }

    /// Reads a JSON line of a program where it lies, into an event that says nothing yet.
    ///
    /// - Parameters:
    ///   - fields: of the line; they are used up.
    ///   - isComplete: the line is a whole object.
    func read(_ fields: inout LogFields, isComplete: Bool, into event: inout ErrorEvent) -> EventDraft.Account {
        var own = LogFields()
        swap(&own, &fields)
        var structured = StructuredEvent(fields: consume own, times: times)
        let account = structured.read(into: &event)
        swap(&structured.fields, &fields)
        if !isComplete { event.tags["json.incomplete"] = "true" }
        fill(&event, hasTime: account.hasTime)
        return account
    }

    /// The object of these fields is a line of a program, neither a message of a service nor an event of ours.
    func isLine(_ fields: LogFields, isComplete: Bool) -> Bool {
        if fields.isEmpty { return false }
        return !isComplete || !(mayBeService(fields) || OwnEvent.isLikely(fields))
    }

    /// The events of a JSON line, read where it lies.
    ///
    /// - Parameter bytes: UTF-8 without control characters.
    func readAll(object bytes: UnsafeRawBufferPointer) -> [Part] {
        var parts = self.parts(of: bytes)
        complete(&parts)
        return parts
    }

    /// One JSON object, whatever it means.
    private func parts(of bytes: UnsafeRawBufferPointer) -> [Part] {
        let (fields, isComplete) = JSONScanner.scan(bytes)
        if isComplete, let parts = readService(bytes, fields) { return parts }
        let reading = read(consume fields, bytes, isComplete: isComplete)
        return [Part(draft: reading.draft, problem: reading.isBroken ? .brokenJSON : nil)]
    }

    /// What the source knows, for each event.
    func complete(_ parts: inout [Part]) {
        for index in parts.indices {
            parts[index].draft?.fill(by: self)
        }
    }

    /// A JSON object of a program, whatever services write; nil for text that is none.
    func readPlainJSON(_ text: String) -> EventDraft? {
        var text = text
        let (fields, isComplete) = text.withUTF8 { JSONScanner.scan(UnsafeRawBufferPointer($0)) }
        guard isComplete, !fields.isEmpty else { return nil }
        var structured = StructuredEvent(fields: fields, times: times)
        return structured.read()
    }

    /// Reads a JSON line where it lies.
    ///
    /// - Parameter bytes: UTF-8 without control characters.
    func read(object bytes: UnsafeRawBufferPointer) -> Reading {
        var reading = readJSON(bytes)
        fill(&reading.draft)
        return reading
    }

    private func readJSON(_ record: RecordAssembly) -> Reading {
        var line = record.lines.first ?? ""
        return line.withUTF8 { readJSON(UnsafeRawBufferPointer($0)) }
    }

    private func readJSON(_ bytes: UnsafeRawBufferPointer) -> Reading {
        let (fields, isComplete) = JSONScanner.scan(bytes)
        return read(consume fields, bytes, isComplete: isComplete)
    }

    private func read(
        _ fields: consuming LogFields, _ bytes: UnsafeRawBufferPointer, isComplete: Bool
    ) -> Reading {
        if isComplete, let draft = OwnEvent.parse(bytes, fields: fields, now: times.now) {
            return Reading(draft: draft)
        }
        let isEmpty = fields.isEmpty
        var structured = StructuredEvent(fields: fields, times: times)
        var draft = structured.read()
        if isEmpty { draft.event.message = clip(String(decoding: bytes, as: UTF8.self), to: 1024) }
        if !isComplete { draft.event.tags["json.incomplete"] = "true" }
        return Reading(draft: draft, isBroken: !isComplete)
    }

    func readText(_ lines: [String]) -> EventDraft {
        if let fields = PostgresCSV.isStart((lines.first ?? "")[...]) ? PostgresCSV.parse(lines) : nil {
            return PostgresCSV.draft(fields, times: times)
        }
        var all = lines.map { $0[...] }
        let first = all.first ?? ""
        if let fields = Logfmt.parse(first, isExpected: source.format == .logfmt) {
            var structured = StructuredEvent(fields: fields, times: times)
            var draft = structured.read()
            draft.event.request = Provenance.request(ofPairs: draft.event.tags)
            attach(all, to: &draft)
            return draft
        }
        var header = ReportKind.opening(first) == nil ? TextHeader.parse(first, times: times) : nil
        if lines.count > 1, let split = header?.joined(withLevelOf: all[1], times: times) {
            header = split
            all.remove(at: 1)
        }
        if header == nil, let entry = AccessLine.parse(first, times) {
            var draft = entry.draft(times)
            attach(all, header: TextHeader(message: draft.event.message[...]), to: &draft)
            return draft
        }
        if header?.isBanner == true, all.count > 1 {
            all.remove(at: 0)
            header?.message = Self.title(all[0].trimmed)
        }
        var draft = header.map(read(_:)) ?? EventDraft(event: blank(), hasTime: false, hasLevel: false)
        draft.event.message = String(header?.message.trimmed ?? first.trimmed)
        attach(all, header: header, to: &draft)
        return draft
    }

    /// What a report says first; names of its parts say nothing.
    private static func title(_ line: Substring) -> Substring {
        let text = line.after("** ") ?? line
        return text.utf8.last == 0x3A ? "" : text
    }

    private func blank() -> ErrorEvent { ErrorEvent(id: "", time: times.now, level: .info, message: "") }

    /// What the header says; its own words before those of the logging context.
    private func read(_ header: TextHeader) -> EventDraft {
        var event = blank()
        var context = StructuredEvent(fields: header.context, times: times)
        let level = header.level ?? context.readLevel()
        let requestID = context.readContext(of: &event)
        event.time = header.time ?? times.now
        event.level = level ?? .info
        if let fields = header.object {
            var object = StructuredEvent(fields: fields, times: times)
            event.exceptions = object.readExceptions()
        }
        event.target = header.logger ?? event.target
        event.host = event.host ?? header.host
        event.service = event.service ?? header.program
        return EventDraft(
            event: event, hasTime: header.time != nil, hasLevel: level != nil, requestID: requestID)
    }

    /// Adds the trace that the record's lines hold, or the lines to the message.
    private func attach(_ lines: [Substring], header: TextHeader? = nil, to draft: inout EventDraft) {
        var text = lines
        if let message = header?.message, !text.isEmpty { text[0] = message }
        let isReport = text.first.map { ReportKind.opening($0) != nil || $0.contains("panicked at ") } ?? false
        let exceptions = lines.count > 1 || isReport ? Trace.parse(lines: text) : []
        draft.event.exceptions = draft.event.exceptions.isEmpty ? exceptions : draft.event.exceptions
        if header != nil { Self.name(&draft.event) }
        if exceptions.isEmpty {
            if header == nil, !draft.hasLevel { draft.event.level = Self.level(ofText: text.first ?? "") }
            if lines.count > 1 {
                let rest = lines.dropFirst().map { $0.trimmed }.filter { !$0.isEmpty }
                draft.event.message = ([draft.event.message[...]] + rest).joined(separator: "\n")
            }
        } else {
            if !draft.hasLevel { draft.event.level = Self.level(of: exceptions) }
            let isTold = exceptions.first?.message == draft.event.message
            if header.map({ Self.isDecoration($0.message) }) ?? !isTold, let first = exceptions.first {
                draft.event.message = first.told
            }
        }
        // Laravel writes the exception behind the message, as JSON.
        if let split = draft.event.message[...].split(at: " {\""), split.after.contains("\"[object] (") {
            draft.event.message = String(split.before)
        }
        draft.event.message = clip(draft.event.message, to: TraceLimits.message)
        if draft.event.code == nil { draft.event.code = source.triggers.code(in: draft.event.message[...]) }
    }

    /// A trace that does not say what happened, as AWS Lambda and zap print it: the message or its context does.
    private static func name(_ event: inout ErrorEvent) {
        guard event.exceptions.count == 1, event.exceptions[0].type == nil, event.exceptions[0].message == nil else {
            return
        }
        let (type, message) = typeAndMessage(event.message[...])
        if let type, isErrorName(type[...]) {
            (event.exceptions[0].type, event.exceptions[0].message) = (type, message)
        } else if let error = event.tags["error"] {
            event.exceptions[0].message = error
        }
    }

    /// A rule above a report says nothing.
    private static func isDecoration(_ message: Substring) -> Bool {
        message.starts("------------[ cut here ]") || message.starts("Traceback (most recent") || message.isEmpty
            || message.utf8.allSatisfy { $0 == 0x3D || $0 == 0x2D }
    }

    /// `TypeError: message` without frames is an error all the same, and so is what an interpreter says before it ends.
    private static func level(ofText text: Substring) -> LogLevel {
        if let phrase = text.after("PHP ") {
            if phrase.starts("Warning") { return .warning }
            return phrase.starts("Notice") || phrase.starts("Deprecated") ? .info : .error
        }
        if let kind = ReportKind.opening(text), kind != .rule { return .error }
        guard let type = typeAndMessage(text.prefix(300)).type, isErrorName(type[...]) else { return .info }
        return type.hasSuffix("Warning") ? .warning : .error
    }

    /// The level of a trace whose record names none: what ends the program is fatal.
    private static func level(of exceptions: [ExceptionInfo]) -> LogLevel {
        guard let type = exceptions.last?.type ?? exceptions.first?.type else { return .error }
        if type.hasSuffix("Warning") || type == "WARNING" || type == "INFO" { return .warning }
        if fatalTypes.contains(type) || type.hasPrefix("SIG") || type.hasPrefix("signal ") { return .fatal }
        return type.contains("Sanitizer: ") ? .fatal : .error
    }

    private static let fatalTypes: Set<String> = [
        "panic", "fatal error", "Fatal error", "Precondition failed", "Assertion failed", "crash", "core dump",
        "terminate",
        "Kernel panic", "Oops", "BUG", "kernel BUG", "general protection fault", "Fatal Python error",
    ]

    /// What the source knows, where the record says nothing; what its time is worth.
    func fill(_ draft: inout EventDraft) { fill(&draft.event, hasTime: draft.hasTime) }

    private func fill(_ event: inout ErrorEvent, hasTime: Bool) {
        if LineDecoder.hasControls(&event.message) { event.message = LineDecoder.withoutControls(event.message) }
        if event.message.isEmpty { event.message = "(no message)" }
        if event.service == nil { event.service = source.service }
        if event.release == nil { event.release = source.release }
        if event.environment == nil { event.environment = source.environment }
        if event.repositoryURL == nil { event.repositoryURL = source.repositoryURL }
        if !hasTime {
            event.time = times.now
            event.tags["time.missing"] = "true"
        } else if event.time < IntakeLimits.earliest
            || event.time > times.now.advanced(by: IntakeLimits.clockAhead)
        {
            event.tags["time.implausible"] = "true"
            event.receivedAt = times.now
        }
    }
}

extension EventDraft {
    /// Adds what the source knows, where the record says nothing.
    fileprivate mutating func fill(by reader: RecordReader) { reader.fill(&self) }
}
