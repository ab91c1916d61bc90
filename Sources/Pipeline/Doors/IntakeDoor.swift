import Diagnosing
import Events
import Foundation
import Grouping
import History
import Intake

/// Takes messages of services that push: parsed, judged by the triggers, redacted and durable before it answers.
///
/// What it accepted lies in the home's inbox; the next run (or a watch, within seconds) reads it like any other source,
/// and an event that is sent twice is counted once.
public final class IntakeDoor: Sendable {
    /// What a message is, as its address says.
    public enum Format: Sendable, Hashable, CaseIterable {
        case sentryEnvelope, sentryEvent, sentryWebhook
        case otlpJSON, otlpProtobuf
        case patrol
    }

    /// What became of a message's records.
    public struct Receipt: Sendable, Hashable {
        /// Events that are durable now.
        public var accepted = 0
        /// Records that are sound and no errors.
        public var ignored = 0
        /// Records that could not be read.
        public var rejected = 0
        /// Ids of the events that were read, in order; nil for one that could not be.
        public var ids: [String?] = []
        /// Fingerprints of the same, in hexadecimal.
        public var fingerprints: [String?] = []

        /// Of a message without records.
        public init() {}
    }

    let configuration: Configuration
    let clock: @Sendable () -> Timestamp
    private let redactor: Redactor
    private let grouper: Grouper
    private let writer: InboxWriter
    private let triggers = Triggers()

    /// - Parameter clock: what counts as now.
    /// - Throws: where the home cannot be used.
    public init(configuration: Configuration, clock: @escaping @Sendable () -> Timestamp) throws {
        try configuration.home.prepare()
        (self.configuration, self.clock) = (configuration, clock)
        redactor = try configuration.makeRedactor()
        grouper = Grouper(settings: configuration.grouping)
        writer = InboxWriter(configuration)
    }

    /// - Parameters:
    ///   - body: the message, whole and uncompressed.
    ///   - service: of events that name none.
    /// - Throws: ``MessageError`` where it cannot be read, ``InboxError`` where it cannot be kept; then nothing of it was
    ///   accepted.
    public func accept(_ body: [UInt8], as format: Format, service: String? = nil) async throws -> Receipt {
        let now = clock()
        var rest: [ErrorEvent?]
        let (ignored, rejected): (Int, Int)
        (rest, ignored, rejected) = try read(body, format, now)
        // Each is let go as its clean copy is made: a message may hold a hundred thousand.
        rest.reverse()
        var receipt = Receipt()
        (receipt.ignored, receipt.rejected) = (ignored, rejected)
        var file = InboxFile(events: [], masked: [:])
        while let next = rest.popLast() {
            guard var event = next else {
                receipt.ids.append(nil)
                receipt.fingerprints.append(nil)
                continue
            }
            event.service = event.service ?? service
            event.receivedAt = now
            event.source = EventSource(name: SourceSettings.inboxName)
            receipt.ids.append(event.id)
            guard triggers.match(event) else {
                receipt.ignored += 1
                receipt.fingerprints.append(nil)
                continue
            }
            let clean = event.redacted(by: redactor, ledger: &file.masked)
            receipt.fingerprints.append(grouper.group(clean).fingerprint.hex)
            file.events.append(clean)
        }
        receipt.accepted = file.events.count
        if !file.events.isEmpty { try await writer.append(file, bytes: body.count) }
        return receipt
    }

    /// The bytes of a message that was sent compressed with gzip or deflate.
    ///
    /// - Parameters:
    ///   - limit: bytes that it may become.
    ///   - takes: asked for each further piece, with its bytes; false ends it as too large.
    public static func decompressed(
        _ bytes: [UInt8], limit: Int, takes: (Int) -> Bool = { _ in true }
    ) throws(MessageError) -> [UInt8] {
        do throws(FormatError) {
            return try inflated(bytes, limit: limit, takes: takes)
        } catch {
            throw MessageError(error)
        }
    }

    private func read(
        _ body: [UInt8], _ format: Format, _ now: Timestamp
    ) throws(MessageError) -> (events: [ErrorEvent?], ignored: Int, rejected: Int) {
        do throws(FormatError) { return try parse(body, format, now) } catch { throw MessageError(error) }
    }

    private func parse(
        _ body: [UInt8], _ format: Format, _ now: Timestamp
    ) throws(FormatError) -> (events: [ErrorEvent?], ignored: Int, rejected: Int) {
        let parsed: ParsedEvents
        switch format {
        case .sentryEnvelope: parsed = try SentryEnvelope.parse(body, now: now)
        case .sentryEvent: parsed = ParsedEvents(events: [try SentryEvent.parse(body, now: now)])
        case .sentryWebhook: parsed = try SentryWebhook.parse(body, now: now)
        case .otlpJSON: parsed = try OTLPRequest.parse(json: body, now: now)
        case .otlpProtobuf: parsed = try OTLPRequest.parse(protobuf: body, now: now)
        case .patrol:
            let records = try PatrolBatch.parse(body, now: now).records
            return (records.map(\.event), 0, records.count { $0.event == nil })
        }
        return (parsed.events, parsed.ignored, parsed.rejected)
    }
}
