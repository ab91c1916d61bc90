import Events

/// Reads whatever was pasted: an event of ours, log lines, a bare stack trace, any text.
///
/// - Returns: at least one event; records that are no errors only where there is no error among them.
public func parseEvent(text: String, now: Timestamp, source: SourceSettings? = nil) -> [ErrorEvent] {
    let settings = source ?? SourceSettings(name: "pasted", paths: [])
    let reader = RecordReader(source: settings, now: now)
    var text = clip(text, to: IntakeLimits.pasted)
    if let whole = wholeObject(&text, reader) { return [identified(whole, "", 0, [text], settings)] }
    var records: [RecordAssembly] = []
    var current: RecordAssembly?
    for line in textLines(text, limit: .max) {
        let clean = LineDecoder.withoutControls(String(line))
        let shape = reader.shape(clean[...])
        if current?.accept(clean, shape, .utf8) == true { continue }
        if let current { records.append(current) }
        current = nil
        if case .blank = shape { continue }
        current = RecordAssembly()
        current?.begin(clean, shape, .utf8)
    }
    if let current { records.append(current) }
    let events = records.enumerated().map { index, record in
        identified(reader.read(record).draft.event, "pasted", Int64(index), record.lines, settings)
    }
    let errors = events.filter(settings.triggers.match)
    if !errors.isEmpty { return errors }
    if let first = events.first { return [first] }
    var empty = ErrorEvent(id: "", time: now, message: "(no text)")
    empty.tags["time.missing"] = "true"
    return [identified(empty, "pasted", 0, [], settings)]
}

/// Reads a text that is known to be one exception with its trace, whatever the lines of its message look like.
///
/// - Returns: nil for a text without frames.
public func parseTrace(text: String, now: Timestamp) -> ErrorEvent? {
    let exceptions = Trace.parse(clip(text, to: IntakeLimits.pasted))
    guard let first = exceptions.first, exceptions.contains(where: { !$0.frames.isEmpty }) else { return nil }
    let message = [first.type, first.message].compactMap(\.self).joined(separator: ": ")
    var event = ErrorEvent(id: "", time: now, message: clip(message, to: TraceLimits.message))
    event.exceptions = exceptions
    return event
}

/// A JSON object printed over many lines.
private func wholeObject(_ text: inout String, _ reader: RecordReader) -> ErrorEvent? {
    guard reader.source.format != .text, text[...].trimmed.utf8.first == 0x7B else { return nil }
    let isObject = text.withUTF8 { JSONScanner.scan(UnsafeRawBufferPointer($0)).isComplete }
    guard isObject else { return nil }
    var record = RecordAssembly()
    record.begin(String(text[...].trimmed), .json, .utf8)
    return reader.read(record).draft.event
}

private func identified(
    _ event: ErrorEvent, _ file: String, _ offset: Int64, _ lines: [String], _ source: SourceSettings
) -> ErrorEvent {
    var event = event
    if event.id.isEmpty { event.id = RecordReader.identifier(file: file, offset: offset, record: lines) }
    if event.source == nil { event.source = EventSource(name: source.name) }
    return event
}
