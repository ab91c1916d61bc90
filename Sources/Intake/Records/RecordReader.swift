import Crypto
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

    /// What came of a record: an event that no trigger has judged yet, and what was wrong with it.
    struct Reading {
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
    func readAll(_ record: RecordAssembly, facts: CarrierFacts? = nil) -> [Reading] {
        var readings = record.isJSON ? readJSON(record.lines.first ?? "") : [Reading(draft: readText(record.lines))]
        for index in readings.indices {
            guard var draft = readings[index].draft else { continue }
            if record.isRepaired { draft.event.tags["encoding.repaired"] = "true" }
            facts?.complete(&draft)
            fill(&draft)
            readings[index].draft = draft
        }
        return readings
    }

    /// One JSON object, whatever it means.
    private func readJSON(_ text: String) -> [Reading] {
        var text = text
        return text.withUTF8 { readJSON(UnsafeRawBufferPointer($0)) }
    }

    func readJSON(_ bytes: UnsafeRawBufferPointer) -> [Reading] {
        let (fields, isComplete) = JSONScanner.scan(bytes)
        if isComplete, let draft = OwnEvent.parse(bytes, fields: fields, now: times.now) {
            return [Reading(draft: draft)]
        }
        if isComplete, let readings = readService(bytes, fields) { return readings }
        var structured = StructuredEvent(fields: fields, times: times)
        var draft = structured.read()
        if fields.isEmpty { draft.event.message = clip(String(decoding: bytes, as: UTF8.self), to: 1024) }
        if !isComplete { draft.event.tags["json.incomplete"] = "true" }
        return [Reading(draft: draft, problem: isComplete ? nil : .brokenJSON)]
    }

    /// A JSON object of a program, whatever services write; nil for text that is none.
    func readPlainJSON(_ text: String) -> EventDraft? {
        var text = text
        let (fields, isComplete) = text.withUTF8 { JSONScanner.scan(UnsafeRawBufferPointer($0)) }
        guard isComplete, !fields.isEmpty else { return nil }
        var structured = StructuredEvent(fields: fields, times: times)
        return structured.read()
    }

    func readText(_ lines: [String]) -> EventDraft {
        let all = lines.map { $0[...] }
        let first = all.first ?? ""
        if let fields = Logfmt.parse(first, isExpected: source.format == .logfmt) {
            var structured = StructuredEvent(fields: fields, times: times)
            var draft = structured.read()
            attach(all, to: &draft)
            return draft
        }
        let header = TextHeader.parse(first, times: times)
        var draft = header.map(read(_:)) ?? EventDraft(event: blank(), hasTime: false, hasLevel: false)
        draft.event.message = String(header?.message.trimmed ?? first.trimmed)
        attach(all, header: header, to: &draft)
        return draft
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
        let exceptions =
            lines.count > 1 || lines.first?.contains("panicked at ") == true ? Trace.parse(lines: text) : []
        draft.event.exceptions = draft.event.exceptions.isEmpty ? exceptions : draft.event.exceptions
        if exceptions.isEmpty {
            if lines.count > 1 {
                let rest = lines.dropFirst().map { $0.trimmed }.filter { !$0.isEmpty }
                draft.event.message = ([draft.event.message[...]] + rest).joined(separator: "\n")
            }
        } else {
            if !draft.hasLevel { draft.event.level = isCrash(exceptions) ? .fatal : .error }
            if header == nil, let first = exceptions.first {
                draft.event.message = [first.type, first.message].compactMap(\.self).joined(separator: ": ")
            }
        }
        draft.event.message = clip(draft.event.message, to: TraceLimits.message)
        if draft.event.code == nil { draft.event.code = source.triggers.code(in: draft.event.message[...]) }
    }

    private func isCrash(_ exceptions: [ExceptionInfo]) -> Bool {
        exceptions.last?.type == "panic" || exceptions.last?.type == "fatal error"
    }

    /// What the source knows, where the record says nothing; what its time is worth.
    func fill(_ draft: inout EventDraft) {
        draft.event.message = LineDecoder.withoutControls(draft.event.message)
        if draft.event.message.isEmpty { draft.event.message = "(no message)" }
        draft.event.service = draft.event.service ?? source.service
        draft.event.release = draft.event.release ?? source.release
        draft.event.environment = draft.event.environment ?? source.environment
        draft.event.repositoryURL = draft.event.repositoryURL ?? source.repositoryURL
        if !draft.hasTime {
            draft.event.time = times.now
            draft.event.tags["time.missing"] = "true"
        } else if draft.event.time < IntakeLimits.earliest || draft.event.time > times.now.advanced(by: .days(1)) {
            draft.event.tags["time.implausible"] = "true"
            draft.event.receivedAt = times.now
        }
    }

    /// The same bytes at the same place of the same file, under whatever name, give the same id.
    static func identifier(file: String, offset: Int64, record: [String]) -> String {
        var hash = SHA256()
        hash.update(data: Data("\(file) \(offset)".utf8))
        for line in record { hash.update(data: Data("\n\(line)".utf8)) }
        return hash.finalize().prefix(16).map { byte in
            String(byte >> 4, radix: 16) + String(byte & 15, radix: 16)
        }.joined()
    }
}
