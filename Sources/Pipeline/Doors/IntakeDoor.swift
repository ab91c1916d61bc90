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

        /// Whether the answer tells of each record, and not of the message alone.
        var tellsOfEach: Bool {
            switch self {
            case .otlpJSON, .otlpProtobuf: false
            case .sentryEnvelope, .sentryEvent, .sentryWebhook, .patrol: true
            }
        }

        /// Whether the answer tells what is known of each record's group.
        var tellsOfGroups: Bool { self == .patrol }
    }

    /// What became of a message's records.
    public struct Receipt: Sendable, Hashable {
        /// Events that are durable now.
        public var accepted = 0
        /// Records that are sound and no errors.
        public var ignored = 0
        /// Records that could not be read.
        public var rejected = 0
        /// Ids of the events that were read, in order; nil for one that could not be. Of OTLP, whose answer has none,
        /// they are not kept.
        public private(set) var ids: [String?] = []
        /// Fingerprints of the same, in hexadecimal, of Patrol's events alone.
        public private(set) var fingerprints: [String?] = []

        /// Of a message without records.
        public init() {}

        mutating func tell(_ id: String?, _ fingerprint: String?) {
            ids.append(id)
            fingerprints.append(fingerprint)
        }
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

    /// A message of many records is taken in parts, so that its bytes and one part are all the memory that it needs.
    ///
    /// - Parameters:
    ///   - body: the message, whole and uncompressed.
    ///   - service: of events that name none.
    /// - Throws: ``MessageError`` where it cannot be read, ``InboxError`` where it cannot be kept: then it is to be sent
    ///   again, and the parts that were kept before are not counted twice.
    public func accept(_ body: [UInt8], as format: Format, service: String? = nil) async throws -> Receipt {
        let now = clock()
        var message = try PushedMessage(body, format, now)
        var receipt = Receipt()
        while let records = message.next(Self.recordsAPart) {
            let file = judge(records, from: format, service, now, &receipt)
            receipt.accepted += file.events.count
            if !file.events.isEmpty { try await writer.append(file, bytes: body.count) }
        }
        receipt.ignored += message.ignored
        receipt.rejected = message.rejected
        return receipt
    }

    /// What the triggers take of some records, clean; the receipt tells of all of them.
    private func judge(
        _ records: [ErrorEvent?], from format: Format, _ service: String?, _ now: Timestamp, _ receipt: inout Receipt
    ) -> InboxFile {
        var file = InboxFile(events: [], masked: [:])
        for record in records {
            guard var event = record else {
                if format.tellsOfEach { receipt.tell(nil, nil) }
                continue
            }
            event.service = event.service ?? service
            event.receivedAt = now
            event.source = EventSource(name: SourceSettings.inboxName)
            guard triggers.match(event) else {
                receipt.ignored += 1
                if format.tellsOfEach { receipt.tell(event.id, nil) }
                continue
            }
            let clean = event.redacted(by: redactor, ledger: &file.masked)
            let fingerprint = format.tellsOfGroups ? grouper.group(clean).fingerprint.hex : nil
            if format.tellsOfEach { receipt.tell(event.id, fingerprint) }
            file.events.append(clean)
        }
        return file
    }

    /// Records of one message that are in hand at a time: one file of the inbox.
    static let recordsAPart = InboxWriter.eventsAFile

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
}
