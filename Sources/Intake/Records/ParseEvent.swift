import Events

/// Reads whatever was pasted: an event of ours, log lines, a bare stack trace, any text.
///
/// - Returns: at least one event; records that are no errors only where there is no error among them.
public func parseEvent(text: String, now: Timestamp, source: SourceSettings? = nil) -> [ErrorEvent] {
    let settings = source ?? SourceSettings(name: "pasted", paths: [])
    let reader = RecordReader(source: settings, now: now)
    let text = clip(text, to: IntakeLimits.pasted)
    if let events = wholeMessage(text, reader) { return events }
    let events = records(of: text, reader).enumerated().flatMap { index, record in
        let readings = reader.readAll(record.assembly, facts: record.facts)
        return readings.compactMap(\.draft).enumerated().map { part, draft in
            identified(draft.event, "pasted", Int64(index), part, record.assembly.lines, settings)
        }
    }
    let errors = events.filter(settings.triggers.match)
    if !errors.isEmpty { return errors }
    if let first = events.first { return [first] }
    var empty = ErrorEvent(id: "", time: now, message: "(no text)")
    empty.tags["time.missing"] = "true"
    return [identified(empty, "pasted", 0, 0, [], settings)]
}

/// Reads a text that is known to be one exception with its trace, whatever the lines of its message look like.
///
/// - Returns: nil for a text without frames.
public func parseTrace(text: String, now: Timestamp) -> ErrorEvent? {
    let exceptions = Trace.parse(clip(text, to: IntakeLimits.pasted))
    guard let first = exceptions.first, exceptions.contains(where: { !$0.frames.isEmpty }) else { return nil }
    let message = first.told
    var event = ErrorEvent(id: "", time: now, message: clip(message, to: TraceLimits.message))
    event.exceptions = exceptions
    return event
}

/// The records of pasted lines, in their order, out of whatever carries them.
private func records(of text: String, _ reader: RecordReader) -> [StreamAssembly.Record] {
    let carriers = Carriers(times: reader.times, format: reader.source.format)
    var streams = StreamAssembly(times: reader.times, format: reader.source.format)
    for (index, line) in textLines(text, limit: .max).enumerated() {
        let clean = LineDecoder.withoutControls(String(line))
        let (start, end) = (Int64(index), Int64(index) + 1)
        let carried = carriers.unwrap(clean)
        if carried == nil, streams.takeBare(clean, reader.shape(clean[...]), end: end, .utf8) { continue }
        streams.add(carried ?? CarriedLine(text: clean), start: start, end: end, .utf8)
    }
    return streams.takeAll().filter { !$0.assembly.lines.allSatisfy(\.isEmpty) }
}

/// JSON objects over many lines or in an array, or an envelope.
///
/// - Returns: nil where the text is made of lines.
private func wholeMessage(_ text: String, _ reader: RecordReader) -> [ErrorEvent]? {
    let bytes = Array(text.utf8)
    let readings: [RecordReader.Part]
    switch FileLayout(of: bytes, format: reader.source.format) {
    case .objects: readings = objects(bytes, reader)
    case .envelope: readings = bytes.withUnsafeBytes { reader.readEnvelope($0) }
    default: return nil
    }
    let events = readings.compactMap(\.draft).enumerated().map { index, draft in
        identified(draft.event, "pasted", 0, index, [text], reader.source)
    }
    let errors = events.filter { reader.source.triggers.match($0) }
    let told = errors.isEmpty ? Array(events.prefix(1)) : errors
    return told.isEmpty ? nil : told
}

private func objects(_ bytes: [UInt8], _ reader: RecordReader) -> [RecordReader.Part] {
    var splitter = JSONSplitter()
    var (readings, index) = ([RecordReader.Part](), 0)
    bytes.withUnsafeBytes { bytes in
        while index < bytes.count {
            switch splitter.feed(bytes, from: index) {
            case .more: index = bytes.count
            case .value(let end):
                readings += splitter.value.withUnsafeBytes { reader.readDocument($0) }
                index = end
            case .tooLarge(let end): index = end
            case .broken(let place): index = place
            }
        }
    }
    return readings
}

private func identified(
    _ event: ErrorEvent, _ file: String, _ offset: Int64, _ part: Int, _ lines: [String], _ source: SourceSettings
) -> ErrorEvent {
    var event = event
    if event.id.isEmpty {
        event.id = RecordReader.identifier(file: file, offset: offset, record: lines)
        if part > 0 { event.id += "-\(part)" }
    }
    if event.source == nil { event.source = EventSource(name: source.name) }
    return event
}
