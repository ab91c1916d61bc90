import Events
import Foundation

/// What may be posted, and what is wrong with the rest.
extension Relay {
    /// Keeps new messages that contradict neither one another nor what came before.
    ///
    /// - Returns: every message that was ever taken in and still has something to be posted.
    func takeIn(_ found: SpoolReader.Found, _ summary: inout RelaySummary) throws(RelayError)
        -> [RelayLedger.Message]
    {
        var new: [RelayLedger.Message] = []
        var fresh: [String: [Int: RelayLedger.Message]] = [:]
        let highest = Dictionary(
            uniqueKeysWithValues: settings.sites.map { ($0.name, ledger.numbers(of: $0.name).max() ?? 0) })
        for incoming in found.messages {
            let (site, sequence) = (incoming.site, incoming.envelope.sequence)
            let message = record(incoming)
            if let known = ledger.message(sequence, of: site) ?? fresh[site]?[sequence] {
                // A tombstone that comes after what it stands for changes nothing here.
                if known.digest == incoming.digest, known.name != incoming.name { continue }
                if known.digest != incoming.digest {
                    summary.faults.append(.doubled(name: incoming.name, sequence: sequence))
                    continue
                }
            }
            if let listed = found.listed[site]?[sequence], listed != incoming.digest, listed != incoming.fileDigest {
                summary.faults.append(.doubled(name: incoming.name, sequence: sequence))
                continue
            }
            let before = fresh[site]?[sequence - 1] ?? ledger.message(sequence - 1, of: site)
            let after = ledger.message(sequence + 1, of: site)
            let expected = sequence == 1 ? OutboxLink.start.digest : before?.digest
            if expected.map({ $0 != message.previous }) ?? false
                || after.map({ $0.previous != message.digest }) ?? false
            {
                summary.faults.append(.unlinked(name: message.name))
            }
            if sequence < highest[site] ?? 0, !isDryRun {
                summary.faults.append(.late(site: site, sequence: sequence))
            }
            fresh[site, default: [:]][sequence] = message
            new.append(message)
        }
        if !isDryRun {
            for message in new { try ledger.append(.init(message: message), sync: false) }
            if !new.isEmpty { try ledger.sync() }
            return ledger.messages.filter { message in
                message.channels.contains { ledger.state(message.key($0))?.isFinal != true }
            }
        }
        return new.filter { message in
            message.channels.contains { ledger.state(message.key($0))?.isFinal != true }
        }
    }

    private func record(_ incoming: SpoolReader.IncomingMessage) -> RelayLedger.Message {
        let envelope = incoming.envelope
        return RelayLedger.Message(
            site: incoming.site, sequence: envelope.sequence, name: incoming.name, digest: incoming.digest,
            previous: envelope.previous, source: envelope.source, type: envelope.type.rawValue, time: envelope.time,
            channels: settings.channels.filter { $0.wants(envelope, of: incoming.site) }.map(\.name))
    }

    /// Numbers that are known to exist and never came.
    func gaps(_ found: SpoolReader.Found, _ taken: [RelayLedger.Message]) -> [RelayFault] {
        settings.sites.flatMap { site -> [RelayFault] in
            var seen = ledger.numbers(of: site.name)
            for message in taken where message.site == site.name { seen.insert(message.sequence) }
            for message in found.messages where message.site == site.name { seen.insert(message.envelope.sequence) }
            let last = max(seen.max() ?? 0, found.lastNumbers[site.name] ?? 0)
            var faults: [RelayFault] = []
            var expected = site.first
            for number in seen.sorted() + [last + 1] where number >= expected {
                if number > expected {
                    faults.append(.missing(site: site.name, first: expected, last: number - 1))
                }
                expected = number + 1
            }
            return faults
        }
    }

    /// Sites that should have been heard of by now.
    func silences(_ now: Timestamp) throws(RelayError) -> [(site: String, since: Timestamp)] {
        settings.sites.compactMap { site in
            guard let limit = site.silence, let since = ledger.heartbeat(of: site.name) ?? ledger.known(site.name),
                since.duration(to: now) > limit
            else { return nil }
            return (site.name, since)
        }
    }
}
