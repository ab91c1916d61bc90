import Events
import Foundation

/// What a relay tells a site on the way back: which messages it is done with. It marks, and never deletes.
///
/// Signed by the relay's own key; always the whole state, so that one that is lost or comes twice does no harm.
public struct Acknowledgement: Sendable, Hashable, Codable {
    public enum State: String, Sendable, Codable, CaseIterable {
        case posted
        /// No channel wanted it.
        case kept
        /// Refused by the webhook; the relay has the reason.
        case parked
        case doubt
    }

    /// Messages of successive numbers and the same state.
    public struct Range: Sendable, Hashable, Codable {
        public var first: Int
        public var last: Int
        public var state: State
        /// SHA-256 of the file of message `last`: proves that it is the same chain, and not one that was restored.
        public var digest: String
    }

    /// Where the relay keeps a group's messages together.
    public struct Thread: Sendable, Hashable, Codable {
        public var group: String
        public var channel: String
        public var id: String
    }

    public var v = 1
    /// The envelopes' `source`.
    public var source: String
    public var time: Timestamp
    public var ranges: [Range]
    public var threads: [Thread]

    public static let maximumBytes = Outbox.maximumBytes

    /// - Throws: only what the library throws when it cannot sign at all.
    func sealed(with key: SigningKey) throws -> Data {
        try SignedObject.sign(try CanonicalJSON.encode(self), as: .acknowledgement, with: key)
    }

    /// Reads one, when `key` signed it and it is of the version that we know.
    public static func open(_ bytes: Data, by key: VerifyingKey) -> Acknowledgement? {
        guard let object = SignedObject.open(bytes, as: .acknowledgement, by: [key]),
            let found = try? JSONDecoder().decode(Acknowledgement.self, from: object), found.v == 1
        else { return nil }
        return found
    }
}

extension Relay {
    /// The relay's own key, made on first use, and its public half for the sites to pin.
    static func loadKey(in directory: String) throws(RelayError) -> SigningKey {
        let path = "\(directory)/relay.key"
        do throws(OutboxError) {
            guard let seed = try DurableFile.read(path, limit: 4096) else {
                let key = SigningKey()
                try DurableFile.write(Data(key.seed), to: path + ".new")
                try DurableFile.write(Data("\(key.publicKey)\n".utf8), to: "\(directory)/relay.pub")
                try DurableFile.rename(path + ".new", to: path)
                return key
            }
            if let key = SigningKey(seed: [UInt8](seed)) { return key }
        } catch {
            throw .file(error)
        }
        throw .badKey(path: path)
    }

    /// One file a site, replaced whole, and only when there is something new to say.
    func writeAcks(_ now: Timestamp) throws {
        guard let key else { return }
        for (site, messages) in Dictionary(grouping: ledger.messages, by: \.site).sorted(by: { $0.key < $1.key }) {
            guard var ack = acknowledgement(of: site, messages, now) else { continue }
            let path = "\(settings.acks)/\(site).ack.json"
            if let bytes = try DurableFile.read(path, limit: Acknowledgement.maximumBytes),
                let old = Acknowledgement.open(bytes, by: key.publicKey)
            {
                let time = ack.time
                ack.time = old.time
                if ack == old { continue }
                ack.time = time
            }
            try DurableFile.write(try ack.sealed(with: key), to: path + ".part")
            try DurableFile.rename(path + ".part", to: path)
            tell(.acknowledged(site: site, path: path))
        }
    }

    private func acknowledgement(
        of site: String, _ messages: [RelayLedger.Message], _ now: Timestamp
    ) -> Acknowledgement? {
        var ranges: [Acknowledgement.Range] = []
        for message in messages {
            guard let state = state(of: message) else { continue }
            if let last = ranges.last, last.state == state, last.last + 1 == message.sequence {
                ranges[ranges.count - 1].last = message.sequence
                ranges[ranges.count - 1].digest = message.digest
            } else {
                ranges.append(
                    .init(first: message.sequence, last: message.sequence, state: state, digest: message.digest))
            }
        }
        guard let source = messages.last?.source, !ranges.isEmpty else { return nil }
        let threads = ledger.threads(of: site).map {
            Acknowledgement.Thread(group: $0.key.group, channel: $0.key.channel, id: $0.value)
        }.sorted { ($0.group, $0.channel) < ($1.group, $1.channel) }
        return Acknowledgement(source: source, time: now, ranges: ranges, threads: threads)
    }

    /// Nil while something of it is still to be posted.
    private func state(of message: RelayLedger.Message) -> Acknowledgement.State? {
        let states = message.channels.map { ledger.state(message.key($0)) }
        if states.contains(where: { $0?.isFinal != true }) { return nil }
        if states.contains(.doubt) { return .doubt }
        if states.contains(.parked) { return .parked }
        return states.isEmpty ? .kept : .posted
    }
}
