import Events
import Foundation

/// One channel's part of a round: posts its messages one after another, and notes what became of each.
struct ChannelRelay: Sendable {
    let relay: Relay
    let work: Relay.Work
    /// Nil for a mail drop.
    let poster: DiscordPoster?

    /// Characters of what the far side said that the ledger keeps.
    private static let reasonLimit = 500

    private struct Posting: Sendable {
        var name: String
        var body: PostedForm
        var attachments: [OutboxAttachment]
        var group: String?
        /// The far side's ids of the group's thread, as the site knows them.
        var threads: [String: String] = [:]
        var key: RelayLedger.Key
    }

    /// A message as it can be posted, or why it cannot be now.
    private enum Prepared: Sendable {
        case posting(Posting)
        case fault(RelayFault)
    }

    func run() async throws -> RelaySummary {
        var summary = RelaySummary()
        var current = try work.items.first.map(prepare)
        for index in work.items.indices {
            guard let prepared = current else { break }
            try Task.checkCancellation()
            // The next one is read while this one is on its way.
            let next = index + 1 < work.items.count ? work.items[index + 1] : nil
            async let upcoming = next.map { item in try prepare(item) }
            switch prepared {
            case .fault(let reason):
                fault(reason, &summary)
                summary.waiting += 1
            case .posting(let posting) where relay.isDryRun:
                let bytes = [UInt8](try shown(posting))
                relay.tell(.wouldPost(message: posting.name, channel: work.channel.name, payload: bytes))
                summary.posted += 1
            case .posting(let posting):
                if let reason = try await post(posting, &summary) {
                    fault(.stopped(channel: work.channel.name, reason: reason), &summary)
                    summary.waiting += work.items.count - index
                    return summary
                }
            }
            current = try await upcoming
        }
        return summary
    }

    /// Reads a message again, for it was a while ago that it was checked.
    private func prepare(_ item: Relay.Work.Item) throws -> Prepared {
        switch item {
        case .silence(let site, let since):
            return .posting(
                Posting(
                    name: "notice that \(site) is silent", body: try silence(of: site, since: since),
                    attachments: [], group: nil,
                    key: .init(site: site, item: .silence(since), channel: work.channel.name)))
        case .message(let message, let folder):
            do {
                return .posting(try read(message, in: folder))
            } catch let error as SpoolReader.AttachmentFault {
                return .fault(error.fault)
            } catch {
                return .fault(.unreadable(name: message.name, reason: "\(error)"))
            }
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
        guard case .discord(let payload, let group, let forms, let threads) = envelope.data else {
            throw Unusable(description: "no webhook takes it")
        }
        let attachments = try SpoolReader.attachments(of: envelope, name: message.name, in: folder)
        let isMail = work.channel.form == .mail
        return Posting(
            name: message.name, body: try body(payload, forms),
            attachments: attachments.filter { ($0.name == MailMessage.fileName) == isMail }, group: group,
            threads: threads, key: message.key(work.channel.name))
    }

    private func body(_ payload: DiscordPayload, _ forms: MessageForms) throws -> PostedForm {
        switch work.channel.form {
        case .discord, .mail: return .discord(payload)
        case .slack: if let slack = forms.slack { return .json(try CanonicalJSON.encode(slack)) }
        case .json: if let json = forms.json { return .json(try CanonicalJSON.encode(json)) }
        }
        throw Unusable(description: "the site did not make it in the form \(work.channel.form.rawValue)")
    }

    /// Of a dry run.
    private func shown(_ posting: Posting) throws -> Data {
        if work.channel.form == .mail { return posting.attachments.first?.bytes ?? Data() }
        return switch posting.body {
        case .discord(let payload): try payload.encoded()
        case .json(let bytes): bytes
        }
    }

    /// What the relay says when a site has not been heard of, in the channel's form.
    private func silence(of site: String, since: Timestamp) throws -> PostedForm {
        let content = MessageContent.notice(["No sign of life from \(site) since \(since.rfc3339)."])
        let clock = SiteClock(identifier: "UTC")
        return switch work.channel.form {
        case .discord, .mail: .discord(DiscordMessages.silence(of: site, since: since))
        case .slack:
            .json(
                try CanonicalJSON.encode(SlackMessages(site: site, clock: clock, mention: .none).payload(content)))
        case .json: .json(try CanonicalJSON.encode(GenericPayload(content, site: site, clock: clock, at: since)))
        }
    }

    /// Puts a mail where a mail server takes it: whole under its name, and the same again for the same message.
    private func drop(_ posting: Posting, in directory: String) -> DiscordPoster.Outcome {
        guard let mail = posting.attachments.first else { return .refused("the site made no mail of it") }
        let name = posting.name.hasSuffix(".json") ? String(posting.name.dropLast(5)) : posting.name
        let path = "\(directory)/\(posting.key.site)-\(name).eml"
        do throws(OutboxError) {
            try DurableFile.makeDirectory(directory)
            try DurableFile.write(mail.bytes, to: path + ".part")
            try DurableFile.rename(path + ".part", to: path)
            return .posted(thread: nil)
        } catch {
            return .unavailable(error.description)
        }
    }

    /// - Returns: why nothing more of this channel can be posted now.
    private func post(_ posting: Posting, _ summary: inout RelaySummary) async throws -> String? {
        let thread = posting.group ?? (work.channel.isForum ? posting.key.site : nil)
        var delivery = RelayLedger.Delivery(
            site: posting.key.site, item: posting.key.item, channel: work.channel.name, state: .posting, group: thread)
        let known = thread.flatMap {
            relay.ledger.thread(.init(site: posting.key.site, channel: work.channel.name, group: $0))
                ?? posting.threads[work.channel.name].flatMap { DiscordAnswer.isSnowflake($0) ? $0 : nil }
        }
        try relay.ledger.append(.init(delivery: delivery), sync: true)
        let outcome: DiscordPoster.Outcome
        do {
            if let poster {
                outcome = try await poster.post(
                    posting.body, attachments: posting.attachments, name: posting.name,
                    thread: work.channel.isForum ? known : nil, newThread: thread)
            } else if let directory = work.channel.mailDrop {
                outcome = drop(posting, in: directory)
            } else {
                outcome = .closed("the channel has neither a webhook nor a mail drop")
            }
        } catch {
            // Only an interruption comes here: between two tries nothing is on its way.
            delivery.state = .open
            try relay.ledger.append(.init(delivery: delivery), sync: true)
            throw error
        }
        func noted(_ reason: String) -> String { VisibleText.verbatim(reason, width: Self.reasonLimit) }
        var stop: String?
        switch outcome {
        case .posted(let made):
            (delivery.state, delivery.thread) = (.posted, made)
            summary.posted += 1
            relay.tell(.posted(message: posting.name, channel: work.channel.name))
        case .refused(let reason):
            (delivery.state, delivery.reason) = (.parked, noted(reason))
            fault(.parked(name: posting.name, channel: work.channel.name, reason: reason), &summary)
        case .unknown(let reason):
            (delivery.state, delivery.reason) = (.doubt, noted(reason))
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
