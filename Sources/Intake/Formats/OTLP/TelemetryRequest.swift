import Events

/// The records of one OTLP request that was read whole.
struct TelemetryRequest {
    private(set) var records: [(record: Telemetry.Record, source: Telemetry.Source)] = []
    private(set) var spans: [(span: Telemetry.Span, source: Telemetry.Source)] = []
    var rejected = 0

    /// Whether one more may be added; where not, it counts as rejected.
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
