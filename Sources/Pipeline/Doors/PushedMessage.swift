import Events
import Intake

/// A message of one format, read some records at a time.
struct PushedMessage {
    private enum Rest {
        case records(ArraySlice<ErrorEvent?>)
        case telemetry(OTLPReading)
    }

    private var rest: Rest
    private let told: (ignored: Int, rejected: Int)

    /// - Throws: ``MessageError`` where the bytes are no message of the format, or hold too much.
    init(_ body: [UInt8], _ format: IntakeDoor.Format, _ now: Timestamp) throws(MessageError) {
        do throws(FormatError) {
            (rest, told) = try Self.read(body, format, now)
        } catch {
            throw MessageError(error)
        }
    }

    private static func read(
        _ body: [UInt8], _ format: IntakeDoor.Format, _ now: Timestamp
    ) throws(FormatError) -> (Rest, (ignored: Int, rejected: Int)) {
        let parsed: ParsedEvents
        switch format {
        case .sentryEnvelope: parsed = try SentryEnvelope.parse(body, now: now)
        case .sentryEvent: parsed = ParsedEvents(events: [try SentryEvent.parse(body, now: now)])
        case .sentryWebhook: parsed = try SentryWebhook.parse(body, now: now)
        case .otlpJSON: return (.telemetry(try OTLPReading(json: body, now: now)), (0, 0))
        case .otlpProtobuf: return (.telemetry(try OTLPReading(protobuf: body, now: now)), (0, 0))
        case .patrol:
            let records = try PatrolBatch.parse(body, now: now).records
            return (.records(records.map(\.event)[...]), (0, records.count { $0.event == nil }))
        }
        return (.records((parsed.events as [ErrorEvent?])[...]), (parsed.ignored, parsed.rejected))
    }

    /// - Returns: nil behind the last record; nil within the list is a record that could not be read.
    mutating func next(_ most: Int) -> [ErrorEvent?]? {
        switch rest {
        case .records(let records):
            guard !records.isEmpty else { return nil }
            rest = .records(records.dropFirst(most))
            return Array(records.prefix(most))
        case .telemetry(var reading):
            defer { rest = .telemetry(reading) }
            return reading.next(most)
        }
    }

    /// Records that are sound and no errors, as far as the message was read.
    var ignored: Int {
        if case .telemetry(let reading) = rest { reading.ignored } else { told.ignored }
    }

    /// Records that could not be read, as far as the message was read.
    var rejected: Int {
        if case .telemetry(let reading) = rest { reading.rejected } else { told.rejected }
    }
}
