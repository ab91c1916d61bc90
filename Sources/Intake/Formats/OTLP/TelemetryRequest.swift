import Events

/// The records of one OTLP request.
struct TelemetryRequest {
    private(set) var records: [(record: Telemetry.Record, source: Telemetry.Source)] = []
    private(set) var spans: [(span: Telemetry.Span, source: Telemetry.Source)] = []
    var rejected = 0

    /// Whether one more may be added; where not, what is left out counts as one rejected.
    mutating func hasRoom() -> Bool {
        if records.count + spans.count < Telemetry.records { return true }
        rejected += 1
        return false
    }

    mutating func add(_ record: Telemetry.Record, _ source: Telemetry.Source) { records.append((record, source)) }
    mutating func add(_ span: Telemetry.Span, _ source: Telemetry.Source) { spans.append((span, source)) }

    func reading(_ times: LogTime, readText: @escaping (String) -> EventDraft) -> FormatReading {
        let maker = TelemetryEvents(times: times, readText: readText)
        let failed = maker.events(spans)
        return FormatReading(
            drafts: records.map { maker.event($0.record, $0.source) } + failed, rejected: rejected,
            ignored: max(0, spans.count - failed.count))
    }
}

/// Requests of OpenTelemetry's protocol: logs, and the spans that failed.
public enum OTLPRequest {
    /// Reads `ExportLogsServiceRequest` or `ExportTraceServiceRequest` in JSON.
    ///
    /// - Throws: ``FormatError`` where the bytes are neither.
    public static func parse(json bytes: [UInt8], now: Timestamp) throws(FormatError) -> ParsedEvents {
        guard bytes.count <= IntakeLimits.document else {
            throw .tooLarge(format: "OTLP", limit: IntakeLimits.document)
        }
        guard let value = JSONTree.parse(bytes) else { throw .notJSON(format: "OTLP") }
        guard TelemetryJSON.isRequest(value) else { throw .notOfFormat("OTLP") }
        return finished(TelemetryJSON.read(value), bytes, now)
    }

    /// Reads the same requests as protocol buffers.
    ///
    /// - Throws: ``FormatError`` where the bytes are neither.
    public static func parse(protobuf bytes: [UInt8], now: Timestamp) throws(FormatError) -> ParsedEvents {
        guard bytes.count <= IntakeLimits.document else {
            throw .tooLarge(format: "OTLP", limit: IntakeLimits.document)
        }
        guard let request = bytes.withUnsafeBytes(OTLPWire.read) else { throw .notOfFormat("OTLP") }
        return finished(request, bytes, now)
    }

    private static func finished(_ request: TelemetryRequest, _ bytes: [UInt8], _ now: Timestamp) -> ParsedEvents {
        let reader = RecordReader(source: SourceSettings(name: "otlp", paths: []), now: now)
        let reading = request.reading(reader.times, readText: reader.readBody)
        let document = DocumentID(bytes)
        return ParsedEvents(
            events: reading.drafts.enumerated().map { $1.finished(now: now, document: document, index: $0) },
            rejected: reading.rejected, ignored: reading.ignored)
    }
}
