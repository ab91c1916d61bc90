import Delivery
import Events
import Foundation
import History

/// How messages leave: approved, shipped, acknowledged, and written down each time.
public struct OutboxLeaving: Sendable {
    let configuration: Configuration
    private let outbox: Outbox

    public init(configuration: Configuration) {
        self.configuration = configuration
        outbox = Outbox(directory: configuration.home.outbox)
    }

    // MARK: - Approval

    /// A message that waits for approval, as people are shown it.
    public struct Held: Sendable, Hashable, Codable {
        public var held: Int
        public var time: Timestamp
        public var kind: String
        public var subject: String
        public var severity: String
        public var bytes: Int
    }

    public func held(now: Timestamp) throws -> [Held] {
        // Before the first run there is no history, and nothing waits.
        guard FileManager.default.fileExists(atPath: configuration.home.history) else { return [] }
        let history = try HistoryStore.open(at: configuration.home.history, mode: .readOnly, now: now)
        return try history.heldDrafts().compactMap { row in
            guard let draft = Self.draft(row) else { return nil }
            return Held(
                held: row.id, time: row.at, kind: draft.kind.rawValue, subject: row.subject,
                severity: draft.severity.rawValue, bytes: row.text.utf8.count)
        }
    }

    /// What would leave if it were approved; its number and its place in the chain are given then.
    public func text(ofHeld id: Int, now: Timestamp) throws -> String {
        let history = try HistoryStore.open(at: configuration.home.history, mode: .readOnly, now: now)
        guard let row = try history.heldDrafts().first(where: { $0.id == id }) else {
            throw OutboxLeavingError.notHeld(id)
        }
        return row.text
    }

    /// Gives messages that wait their numbers, in the order given, and writes them to `outbox/new`.
    ///
    /// - Returns: the numbers.
    /// - Throws: ``OutboxLeavingError/notHeld(_:)`` before anything is approved.
    public func approve(_ ids: [Int]?, by author: String?, now: Timestamp) throws -> [Int] {
        let site = try Site(configuration, mode: .readWrite, now: now)
        let waiting = try site.history.heldDrafts()
        let chosen = try (ids ?? waiting.map(\.id)).map { id in
            guard let row = waiting.first(where: { $0.id == id }), let draft = Self.draft(row) else {
                throw OutboxLeavingError.notHeld(id)
            }
            let unlisted = ExportFields.unlisted(inDraft: Data(row.text.utf8))
            guard unlisted.isEmpty else { throw OutboxError.unlisted(name: "held \(id)", fields: unlisted) }
            return (id: id, draft: draft)
        }
        let pending = PendingMessages(site: site, now: now)
        var numbers: [Int] = []
        for (id, draft) in chosen {
            let messages = try site.history.enqueue(try pending.sealing([draft]), released: id)
            try site.history.note(
                messages.map { message in
                    OutboxLedgerEntry(
                        at: now, event: .approved, number: message.number, name: message.name,
                        kind: draft.kind.rawValue, subject: draft.subject, bytes: message.bytes.count,
                        attached: draft.attachments.reduce(0) { $0 + $1.bytes.count }, digest: message.digest,
                        detail: author)
                })
            numbers += messages.map(\.number)
        }
        try pending.write()
        return numbers
    }

    /// Takes a message that waits away; it never leaves.
    public func refuse(_ id: Int, by author: String?, now: Timestamp) throws {
        let history = try HistoryStore.open(at: configuration.home.history, mode: .readWrite, now: now)
        guard try history.dropHeld(id, by: author, now: now) else { throw OutboxLeavingError.notHeld(id) }
    }

    private static func draft(_ row: HeldDraft) -> Delivery.OutboxDraft? {
        try? JSONDecoder().decode(Delivery.OutboxDraft.self, from: Data(row.text.utf8))
    }

    // MARK: - Shipping

    /// Copies what is new, or a range again, to a directory, with a signed manifest.
    ///
    /// Where `[outbox] ack` is `none`, what is shipped counts as sent.
    public func ship(to directory: String, range: ClosedRange<Int>?, now: Timestamp) throws -> [ShippedMessage] {
        let site = try Site(configuration, mode: .readWrite, now: now)
        try PendingMessages(site: site, now: now).write()
        let shipped = try outbox.ship(
            to: directory, range: range, site: configuration.report.site,
            key: try configuration.home.loadSigningKey(), at: now)
        try site.history.note(
            shipped.map { message in
                OutboxLedgerEntry(
                    at: now, event: .shipped, number: message.entry.sequence, name: message.entry.name,
                    kind: message.kind, subject: message.subject, bytes: message.bytes, attached: message.attached,
                    digest: message.digest, detail: directory)
            })
        if configuration.outbox.ack == .never {
            let names = Set(shipped.map(\.entry.name))
            try outbox.markSent { names.contains($0.name) }
        }
        return shipped
    }

    // MARK: - Acknowledgement

    /// What an ack came to.
    public struct Acknowledged: Sendable, Hashable, Codable {
        /// Messages that are marked as sent now.
        public var marked: [Int] = []
        /// Refused by the webhook, or nobody knows: for a person to look at.
        public var parked: [Int] = []
        public var doubt: [Int] = []
    }

    /// Marks what the far side is done with; deletes nothing. An ack that comes twice changes nothing.
    ///
    /// - Throws: ``OutboxLeavingError`` for an ack that the pinned relay did not sign, or of another chain.
    public func acknowledge(file: String, now: Timestamp) throws -> Acknowledged {
        guard let key = configuration.outbox.relayKey.flatMap({ VerifyingKey($0) }) else {
            throw OutboxLeavingError.noRelayKey
        }
        guard let handle = FileHandle(forReadingAtPath: file) else {
            throw OutboxLeavingError.unreadable(file, reason: String(cString: strerror(errno)))
        }
        let bytes = try handle.read(upToCount: Acknowledgement.maximumBytes + 1) ?? Data()
        guard bytes.count <= Acknowledgement.maximumBytes, let ack = Acknowledgement.open(bytes, by: key) else {
            throw OutboxLeavingError.notSigned(file)
        }
        let site = try Site(configuration, mode: .readWrite, now: now)
        guard ack.source == OutboxMessage.source(of: configuration.report.site) else {
            throw OutboxLeavingError.otherSite(ack.source)
        }
        for range in ack.ranges {
            guard range.first >= 1, range.first <= range.last,
                try site.history.outboxDigest(of: range.last) == range.digest
            else { throw OutboxLeavingError.otherChain(range.last) }
        }
        return try mark(ack, site, now)
    }

    private func mark(_ ack: Acknowledgement, _ site: Site, _ now: Timestamp) throws -> Acknowledged {
        func state(_ number: Int) -> Acknowledgement.State? {
            ack.ranges.first { $0.first <= number && number <= $0.last }?.state
        }
        var result = Acknowledged()
        let known = Set(try site.history.outboxLedger().filter { $0.event == .acknowledged }.map(\.number))
        var entries: [OutboxLedgerEntry] = []
        for place in Outbox.Place.allCases {
            for entry in try outbox.list(place) {
                guard let state = state(entry.sequence), !known.contains(entry.sequence) else { continue }
                switch state {
                case .parked: result.parked.append(entry.sequence)
                case .doubt: result.doubt.append(entry.sequence)
                case .posted, .kept: break
                }
                if place == .new { result.marked.append(entry.sequence) }
                let digest = try site.history.outboxDigest(of: entry.sequence) ?? ""
                entries.append(
                    OutboxLedgerEntry(
                        at: now, event: .acknowledged, number: entry.sequence, name: entry.name, kind: "",
                        subject: "", bytes: 0, attached: 0, digest: digest, detail: state.rawValue))
            }
        }
        // Files first: a crash between the two leaves an ack to be taken in again, which finds the rest.
        try outbox.markSent { state($0.sequence) != nil }
        try site.history.note(entries)
        try site.history.keepThreads(ack.threads.map { ($0.group, $0.channel, $0.id) })
        return result
    }
}

public enum OutboxLeavingError: OperatorFacing, Equatable {
    case notHeld(Int)
    case noRelayKey
    case unreadable(String, reason: String)
    case notSigned(String)
    case otherSite(String)
    case otherChain(Int)

    public var description: String {
        switch self {
        case .notHeld(let id): "no message \(id) waits for approval"
        case .noRelayKey: "no relay's key is pinned, so no ack can be believed"
        case .unreadable(let path, let reason): "cannot read \(path): \(reason)"
        case .notSigned(let path): "\(path) is not an ack of the relay whose key is pinned, or was changed"
        case .otherSite(let source): "the ack is for \(source.prefix(120))"
        case .otherChain(let number): "the ack knows another message \(number) than this outbox"
        }
    }

    public var remedy: String? {
        switch self {
        case .notHeld: "appliance outbox list shows what waits."
        case .noRelayKey: "Copy the line of relay.pub to [outbox] relay_key in appliance.toml."
        case .unreadable: "Check the path and its permissions."
        case .notSigned: "Carry it over again; if the relay has a new key, pin that one."
        case .otherSite: "Take the ack that bears this site's name."
        case .otherChain: "This home was restored from a backup, or the relay mistook it: run appliance outbox verify."
        }
    }

    public var kind: FailureKind {
        switch self {
        case .notHeld: .usage
        case .noRelayKey: .configuration
        case .unreadable: .noInput
        case .notSigned, .otherSite, .otherChain: .data
        }
    }
}
