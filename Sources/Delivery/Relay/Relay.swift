import Events
import Foundation
import Synchronization

/// The connected side: posts what came over the gap, each message once, in order, and says what it cannot know.
///
/// Needs a directory with messages, the public keys of the sites that may speak, webhooks, and a directory of its
/// own; no history and no mirror. Delivery guarantee: a message is posted once to each of its channels; where a crash
/// or a broken connection leaves open whether it was, it is in doubt, is said to be, and is not posted again by
/// itself.
public final class Relay: Sendable {
    let settings: RelaySettings
    let ledger: RelayLedger
    let isDryRun: Bool
    private let posters: [String: DiscordPoster]
    let tell: @Sendable (RelayEvent) -> Void
    /// Nil in a dry run, which signs nothing.
    let key: SigningKey?

    /// Opens the ledger; messages that were being sent when the last run stopped are in doubt from now on.
    ///
    /// - Parameters:
    ///   - isDryRun: everything is read and checked, nothing is posted or written.
    ///   - tell: told of each message as it is dealt with.
    public init(
        settings: RelaySettings, isDryRun: Bool = false, clock: RelayClock, now: Timestamp,
        tell: @escaping @Sendable (RelayEvent) -> Void
    ) throws(RelayError) {
        (self.settings, self.isDryRun, self.tell) = (settings, isDryRun, tell)
        let global = GlobalLimit()
        posters = Dictionary(
            settings.channels.compactMap { channel in
                channel.webhook.map {
                    (
                        channel.name,
                        DiscordPoster(
                            channel, webhook: $0, settings: settings, clock: clock, global: global, tell: tell)
                    )
                }
            }, uniquingKeysWith: { first, _ in first })
        if isDryRun {
            (ledger, key) = (try RelayLedger(directory: settings.state, isReadOnly: true), nil)
            return
        }
        do throws(OutboxError) {
            for directory in [settings.state, settings.acks] { try DurableFile.makeDirectory(directory) }
        } catch {
            throw .file(error)
        }
        ledger = try RelayLedger(directory: settings.state)
        key = try Self.loadKey(in: settings.state)
        for delivery in ledger.deliveries(in: .posting) {
            var doubt = delivery
            (doubt.state, doubt.reason) = (.doubt, "the relay was stopped while it was being posted")
            try ledger.append(.init(delivery: doubt), sync: false)
        }
        for site in settings.sites where ledger.known(site.name) == nil {
            try ledger.append(.init(site: .init(name: site.name, at: now)), sync: false)
        }
        try ledger.sync()
    }

    /// Posts everything that is there and not yet dealt with, then writes acks.
    ///
    /// - Throws: ``RelayError``, or `CancellationError` between two messages.
    public func round(now: Timestamp) async throws -> RelaySummary {
        let reader = SpoolReader(directory: settings.spool, sites: settings.sites)
        let found = try reader.read { [ledger, isDryRun] in !isDryRun && ledger.message(named: $0) != nil }
        var summary = RelaySummary()
        summary.faults = found.faults
        let taken = try takeIn(found, &summary)
        summary.faults += gaps(found, taken)
        for fault in summary.faults { tell(.fault(fault)) }
        let silent = try silences(now)
        for item in silent {
            let fault = RelayFault.silent(site: item.site, since: item.since)
            summary.faults.append(fault)
            tell(.fault(fault))
        }
        try await post(taken, places: found.places, silent: silent, &summary)
        if !isDryRun {
            try ledger.sync()
            try writeAcks(now)
        }
        summary.inDoubt = ledger.deliveries(in: .doubt).map { "\(Self.words($0.key.item)) of \($0.site)" }
        return summary
    }

    static func words(_ item: RelayLedger.Item) -> String {
        switch item {
        case .message(let sequence): "message \(sequence)"
        case .silence(let since): "the notice of silence since \(since.rfc3339)"
        }
    }

    /// Lets messages that are parked or in doubt be posted again; for an operator who knows better.
    ///
    /// - Throws: ``RelayError/nothingToRepeat(_:)``.
    public func postAgain(_ sequence: Int, of site: String?) throws(RelayError) {
        let found = (ledger.deliveries(in: .doubt) + ledger.deliveries(in: .parked)).filter {
            $0.item == .message(sequence) && (site == nil || $0.site == site)
        }
        guard !found.isEmpty else { throw .nothingToRepeat(sequence) }
        for delivery in found {
            var open = delivery
            (open.state, open.reason) = (.open, "to be posted again")
            try ledger.append(.init(delivery: open), sync: true)
        }
    }

    // MARK: - Posting

    /// A channel's work: what it has to post, in order.
    struct Work: Sendable {
        var channel: RelayChannel
        var items: [Item]

        enum Item: Sendable {
            case message(RelayLedger.Message, folder: String)
            case silence(site: String, since: Timestamp)
        }
    }

    /// Each channel at its own pace, all at the same time.
    private func post(
        _ messages: [RelayLedger.Message], places: [String: String], silent: [(site: String, since: Timestamp)],
        _ summary: inout RelaySummary
    ) async throws {
        let inTurn = Self.inTurn(messages)
        let works = settings.channels.map { channel in
            let items = inTurn.filter { message in
                message.channels.contains(channel.name)
                    && ledger.state(message.key(channel.name))?.isFinal != true
            }
            let notices = silent.filter {
                channel.wantsNotices(of: $0.site)
                    && ledger.state(.init(site: $0.site, item: .silence($0.since), channel: channel.name))?.isFinal
                        != true
            }
            return Work(
                channel: channel,
                items: items.map { .message($0, folder: places[$0.name] ?? settings.spool) }
                    + notices.map { .silence(site: $0.site, since: $0.since) })
        }
        try await withThrowingTaskGroup(of: RelaySummary.self) { group in
            for work in works where !work.items.isEmpty {
                group.addTask { [self] in
                    try await ChannelRelay(relay: self, work: work, poster: posters[work.channel.name]).run()
                }
            }
            for try await part in group {
                summary.posted += part.posted
                summary.waiting += part.waiting
                summary.faults += part.faults
            }
        }
    }

    /// In order within a site, and no site waits for another's backlog.
    private static func inTurn(_ messages: [RelayLedger.Message]) -> [RelayLedger.Message] {
        var counts: [String: Int] = [:]
        let ranked = messages.sorted { ($0.site, $0.sequence) < ($1.site, $1.sequence) }.map { message in
            counts[message.site, default: 0] += 1
            return (rank: counts[message.site, default: 0], message: message)
        }
        return ranked.sorted { ($0.rank, $0.message.site) < ($1.rank, $1.message.site) }.map(\.message)
    }
}
