import Events
import Foundation

/// One channel's part of a round: posts its messages one after another, and notes what became of each.
struct ChannelRelay {
    let relay: Relay
    let work: Relay.Work
    let poster: DiscordPoster

    private struct Posting {
        var name: String
        var payload: DiscordPayload
        var attachments: [OutboxAttachment]
        var group: String?
        var key: RelayLedger.Key
    }

    func run() async throws -> RelaySummary {
        var summary = RelaySummary()
        for (index, item) in work.items.enumerated() {
            try Task.checkCancellation()
            guard let posting = prepare(item, &summary) else { continue }
            if relay.isDryRun {
                let bytes = [UInt8](try posting.payload.encoded())
                relay.tell(.wouldPost(message: posting.name, channel: work.channel.name, payload: bytes))
                summary.posted += 1
                continue
            }
            if let reason = try await post(posting, &summary) {
                fault(.stopped(channel: work.channel.name, reason: reason), &summary)
                summary.waiting += work.items.count - index
                break
            }
        }
        return summary
    }

    /// Reads a message again, for it was a while ago that it was checked; nil when it cannot be posted now.
    private func prepare(_ item: Relay.Work.Item, _ summary: inout RelaySummary) -> Posting? {
        switch item {
        case .silence(let site, let since):
            return Posting(
                name: "notice that \(site) is silent", payload: DiscordMessages.silence(of: site, since: since),
                attachments: [], group: nil,
                key: .init(site: site, item: .silence(since), channel: work.channel.name))
        case .message(let message, let folder):
            do {
                return try read(message, in: folder)
            } catch let error as SpoolReader.AttachmentFault {
                fault(error.fault, &summary)
            } catch {
                fault(.unreadable(name: message.name, reason: "\(error)"), &summary)
            }
            summary.waiting += 1
            return nil
        }
    }

    private struct Unusable: Error, CustomStringConvertible {
        var description: String
    }

    private func read(_ message: RelayLedger.Message, in folder: String) throws -> Posting {
        guard let bytes = try DurableFile.read("\(folder)/\(message.name)", limit: Outbox.maximumBytes) else {
            throw Unusable(description: "it is gone")
        }
        guard OutboxMessage.sha256(bytes) == message.digest else {
            throw SpoolReader.AttachmentFault(fault: .changed(name: message.name))
        }
        let envelope = try JSONDecoder().decode(OutboxMessage.self, from: bytes)
        guard case .discord(let payload, let group) = envelope.data else {
            throw Unusable(description: "no webhook takes it")
        }
        return Posting(
            name: message.name, payload: payload,
            attachments: try SpoolReader.attachments(of: envelope, name: message.name, in: folder), group: group,
            key: message.key(work.channel.name))
    }

    /// - Returns: why nothing more of this channel can be posted now.
    private func post(_ posting: Posting, _ summary: inout RelaySummary) async throws -> String? {
        let thread = posting.group ?? (work.channel.isForum ? posting.key.site : nil)
        var delivery = RelayLedger.Delivery(
            site: posting.key.site, item: posting.key.item, channel: work.channel.name, state: .posting, group: thread)
        let known = thread.flatMap {
            relay.ledger.thread(.init(site: posting.key.site, channel: work.channel.name, group: $0))
        }
        try relay.ledger.append(.init(delivery: delivery), sync: true)
        let outcome: DiscordPoster.Outcome
        do {
            outcome = try await poster.post(
                posting.payload, attachments: posting.attachments, name: posting.name,
                thread: work.channel.isForum ? known : nil, newThread: thread)
        } catch {
            // Only an interruption comes here: between two tries nothing is on its way.
            delivery.state = .open
            try relay.ledger.append(.init(delivery: delivery), sync: true)
            throw error
        }
        var stop: String?
        switch outcome {
        case .posted(let made):
            (delivery.state, delivery.thread) = (.posted, made)
            summary.posted += 1
            relay.tell(.posted(message: posting.name, channel: work.channel.name))
        case .refused(let reason):
            (delivery.state, delivery.reason) = (.parked, reason)
            fault(.parked(name: posting.name, channel: work.channel.name, reason: reason), &summary)
        case .unknown(let reason):
            (delivery.state, delivery.reason) = (.doubt, reason)
            fault(.doubt(name: posting.name, channel: work.channel.name), &summary)
        case .unavailable(let reason), .closed(let reason):
            delivery.state = .open
            stop = reason
        }
        try relay.ledger.append(.init(delivery: delivery), sync: false)
        return stop
    }

    private func fault(_ fault: RelayFault, _ summary: inout RelaySummary) {
        summary.faults.append(fault)
        relay.tell(.fault(fault))
    }
}

extension DiscordMessages {
    /// What a relay says when a site has not been heard of; words of our own, and the relay's own name of the site.
    static func silence(of site: String, since: Timestamp) -> DiscordPayload {
        let embed = DiscordPayload.Embed(
            title: "No sign of life from \(site)",
            description: "Its last heartbeat is of \(since.rfc3339). Either the appliance there does not run, or "
                + "nothing crosses the gap: no alert would arrive either.",
            color: color(.high), fields: [], footer: .init(text: "said by the relay, not by the site"), timestamp: nil)
        return DiscordPayload(
            content: "site \(site) is silent", embeds: [embed], allowedMentions: .init(.none))
    }
}
