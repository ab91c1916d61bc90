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

    /// Whether bytes are taken for UTF-8 as long as they are.
    var readsUTF8: Bool { source.encoding.map(LineDecoder.isUTF8) ?? true }

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

    private func readText(_ lines: [String]) -> EventDraft {
        let all = lines.map { $0[...] }
        let first = all.first ?? ""
        if let fields = Logfmt.parse(first) {
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
    private func fill(_ draft: inout EventDraft) {
        draft.event.message = LineDecoder.withoutControls(draft.event.message)
        if draft.event.message.isEmpty { draft.event.message = "(no message)" }
        if draft.event.service == nil { draft.event.service = source.service }
        if draft.event.release == nil { draft.event.release = source.release }
        if draft.event.environment == nil { draft.event.environment = source.environment }
        if draft.event.repositoryURL == nil { draft.event.repositoryURL = source.repositoryURL }
        if !draft.hasTime {
            draft.event.time = times.now
            draft.event.tags["time.missing"] = "true"
        } else if draft.event.time < IntakeLimits.earliest || draft.event.time > times.now.advanced(by: .days(1)) {
            draft.event.tags["time.implausible"] = "true"
            draft.event.receivedAt = times.now
        }
    }
}
