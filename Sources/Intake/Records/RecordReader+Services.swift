import Events

/// Messages of services among the records, and those that are a file of their own.
extension RecordReader {
    /// The events of a JSON message of a service.
    ///
    /// - Returns: nil for any other object.
    func readService(_ bytes: UnsafeRawBufferPointer, _ fields: LogFields) -> [Part]? {
        switch source.format {
        case nil:
            guard mayBeService(fields) else { return nil }
            guard let value = JSONTree.parse(bytes) else { return [Part(problem: .documentTooLarge)] }
            return MessageEnvelope.read(value, self, depth: 0).map(readings)
        case .sentry?, .otlp?, .patrol?, .loki?, .rollbar?, .datadog?:
            guard let format = source.format, let value = JSONTree.parse(bytes) else {
                return [Part(problem: .documentTooLarge)]
            }
            let reading = ServiceFormat.read(value, as: format, self)
            return readings(reading, problem: .otherFormat)
        default: return nil
        }
    }

    /// Whether the names of an object's fields are those of a service's message.
    func mayBeService(_ fields: LogFields) -> Bool {
        switch source.format {
        case nil: fields.marks.isService || fields.marks.contains(.data) && fields.hasServiceData
        case .sentry?, .otlp?, .patrol?, .loki?, .rollbar?, .datadog?: true
        default: false
        }
    }

    /// One JSON object of a file of such, of any size up to ``JSONSplitter/limit``.
    func readDocument(_ bytes: UnsafeRawBufferPointer) -> [Part] {
        if let readings = readCarried(bytes) { return readings }
        return readAll(object: bytes)
    }

    /// An entry of a carrier that was printed over many lines (`journalctl -o json-pretty`).
    private func readCarried(_ bytes: UnsafeRawBufferPointer) -> [Part]? {
        guard bytes.count <= IntakeLimits.record,
            let carried = Carriers(times: times, format: source.format).unwrap(LineDecoder.decode(bytes).text)
        else { return nil }
        var streams = StreamAssembly(times: times)
        streams.add(carried, start: 0, end: 0, .utf8)
        return streams.takeAll().flatMap { readAll($0.assembly, facts: $0.facts) }
    }

    func readEnvelope(_ bytes: UnsafeRawBufferPointer) -> [Part] {
        var readings = SentryEnvelope.read(bytes, times).map { self.readings($0) } ?? [Part(problem: .brokenMessage)]
        complete(&readings)
        return readings
    }

    /// One OTLP request as a protocol buffer.
    func readRequest(_ bytes: UnsafeRawBufferPointer) -> [Part] {
        guard let request = OTLPWire.read(bytes) else { return [Part(problem: .brokenMessage)] }
        var readings = readings(request.reading(times, readText: readBody))
        complete(&readings)
        return readings
    }

    /// The body of a log record, which may be a line of a log with its trace, or JSON.
    func readBody(_ text: String) -> EventDraft {
        let lines = textLines(clip(text, to: IntakeLimits.record))
        if lines.count == 1, text.utf8.first == 0x7B, let draft = readPlainJSON(text) { return draft }
        return readText(lines.map(String.init))
    }

    private func readings(_ reading: FormatReading) -> [Part] { readings(reading, problem: .brokenMessage) }

    private func readings(_ reading: FormatReading, problem: IntakeProblem.Reason) -> [Part] {
        var readings = reading.drafts.map { Part(draft: $0, isService: true) }
        if reading.rejected > 0 { readings.append(Part(problem: problem, count: reading.rejected)) }
        return readings
    }
}

extension LogFields {
    /// Whether `data` or `result` hold what Rollbar, Datadog and Loki put there.
    fileprivate var hasServiceData: Bool {
        ["data.environment", "data.level", "data.0.type", "data.resulttype", "result.data.environment", "data.type"]
            .contains { value($0)?.text != nil }
    }
}
