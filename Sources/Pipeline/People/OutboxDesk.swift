import Delivery
import Events

/// What waits to leave the site and what left, for a page.
public struct OutboxDesk: Sendable {
    let configuration: Configuration

    /// The chain is checked while no more messages than these wait; beyond them the command does it.
    public static let checkedAtMost = 500
    public static let ledgerLines = 30

    public init(configuration: Configuration) { self.configuration = configuration }

    public struct Overview: Sendable {
        /// Whether a person approves before anything leaves.
        public var needsApproval: Bool
        public var held: [OutboxLeaving.Held]
        public var waiting: [OutboxReading.Message]
        /// nil where it was not checked.
        public var faults: [String]?
        /// The latest first.
        public var ledger: [OutboxLedgerLine]
        /// When the oldest of what is held or waits was made.
        public var oldest: Timestamp?
        /// With so many it is full.
        public var fullFrom: Int
    }

    public func overview(now: Timestamp) throws -> Overview {
        let (leaving, reading) = (
            OutboxLeaving(configuration: configuration), OutboxReading(configuration: configuration)
        )
        let (held, waiting) = (try leaving.held(now: now), try reading.list())
        let times = held.map(\.time) + waiting.compactMap { $0.time.flatMap { Timestamp(rfc3339: $0) } }
        return Overview(
            needsApproval: configuration.export.approval == .required, held: held, waiting: waiting,
            faults: waiting.count <= Self.checkedAtMost ? try reading.verify() : nil,
            ledger: try leaving.ledger(now: now).suffix(Self.ledgerLines).reversed(), oldest: times.min(),
            fullFrom: configuration.outbox.fullFrom)
    }
}
