import Foundation

/// What is wrong with an outbox, one finding each.
public enum OutboxFault: Sendable, Hashable, CustomStringConvertible {
    /// Numbers `first` to `last` are not there.
    case missing(first: Int, last: Int)
    /// Two files have one number.
    case doubled(sequence: Int, names: [String])
    /// The message's bytes are not those that were written.
    case changed(name: String)
    /// Whole in itself, but not the one that follows the message before it.
    case unlinked(name: String)
    /// No signature, or not by the site's key.
    case forged(name: String)
    /// A file that a message names is not there, or not as it was.
    case attachment(name: String, of: String)
    case unreadable(name: String, reason: String)
    /// Not a message's name.
    case foreign(name: String)

    public var description: String {
        switch self {
        case .missing(let first, let last):
            first == last ? "message \(first) is missing" : "messages \(first) to \(last) are missing"
        case .doubled(let sequence, let names): "message \(sequence) is there twice: \(names.joined(separator: ", "))"
        case .changed(let name): "\(name) was changed"
        case .unlinked(let name): "\(name) does not follow the message before it"
        case .forged(let name): "\(name) is not signed by this site's key"
        case .attachment(let name, let message):
            "\(VisibleText.verbatim(name, width: 80)) of \(message) is missing or was changed"
        case .unreadable(let name, let reason): "\(name) cannot be read: \(VisibleText.verbatim(reason, width: 200))"
        case .foreign(let name): "\(VisibleText.verbatim(name, width: 120)) is not a message"
        }
    }
}

extension Outbox {
    /// Reads every message in `sent` and `new`, and names whatever breaks the chain.
    ///
    /// - Parameters:
    ///   - start: where the chain stood before the first message that is still here; nil accepts any.
    ///   - key: the site's; without it, signatures are not looked at.
    /// - Returns: the faults in order of the numbers, and where the chain ends.
    public func verify(
        after start: OutboxLink? = nil, key: VerifyingKey? = nil
    ) throws(OutboxError) -> (faults: [OutboxFault], end: OutboxLink?) {
        var faults: [OutboxFault] = []
        var messages: [Checked] = []
        for place in [Place.sent, .new] {
            for name in try DurableFile.names(in: "\(directory)/\(place.rawValue)") {
                if Self.isAttachment(name) { continue }
                guard let sequence = Self.sequence(of: name) else {
                    faults.append(.foreign(name: name))
                    continue
                }
                messages.append(check(Entry(name: name, sequence: sequence, place: place), key))
            }
        }
        messages.sort { ($0.entry.sequence, $0.entry.name) < ($1.entry.sequence, $1.entry.name) }
        var position = start.map { Position(sequence: $0.sequence, digest: $0.digest) }
        for run in Self.runs(messages) {
            faults += Self.follow(run, &position)
            for message in run where message.fault == nil { faults += try missingAttachments(of: message) }
        }
        let end = position.flatMap { position in
            position.digest.map { OutboxLink(sequence: position.sequence, digest: $0) }
        }
        return (faults, end)
    }

    /// The number reached; no digest after a message that cannot be trusted.
    private struct Position {
        let sequence: Int
        let digest: String?
    }

    private struct Checked {
        let entry: Entry
        let digest: String?
        let previous: String?
        let attachments: [Head.Attachment]
        let fault: OutboxFault?
    }

    /// Only what the chain needs: a later version's other keys and kinds are no fault.
    private struct Head: Decodable {
        let id: String
        let sequence: Int
        let previous: String
        let attachments: [Attachment]?
        let type: String?
        let data: Load?

        /// Of a tombstone: what its successor names as its predecessor.
        var replaced: String? { type == OutboxDraft.Kind.tombstone.rawValue ? data?.digest : nil }

        struct Load: Decodable {
            let digest: String?
        }

        struct Attachment: Decodable {
            let name: String
            let sha256: String
        }
    }

    private func missingAttachments(of message: Checked) throws(OutboxError) -> [OutboxFault] {
        var faults: [OutboxFault] = []
        for attachment in message.attachments {
            let name = OutboxAttachment.fileName(sha256: attachment.sha256)
            guard Self.isAttachment(name), try read(attachment: name) != nil else {
                faults.append(.attachment(name: attachment.name, of: message.entry.name))
                continue
            }
        }
        return faults
    }

    private func check(_ entry: Entry, _ key: VerifyingKey?) -> Checked {
        func failed(_ fault: OutboxFault, digest: String? = nil) -> Checked {
            Checked(entry: entry, digest: digest, previous: nil, attachments: [], fault: fault)
        }
        let bytes: Data
        do throws(OutboxError) {
            guard let found = try read(entry) else {
                return failed(.unreadable(name: entry.name, reason: "it is gone"))
            }
            bytes = found
        } catch {
            return failed(.unreadable(name: entry.name, reason: error.description))
        }
        let digest = OutboxMessage.sha256(bytes)
        do {
            let head = try JSONDecoder().decode(Head.self, from: bytes)
            guard head.sequence == entry.sequence,
                entry.name == OutboxMessage.fileName(sequence: head.sequence, id: head.id),
                let (object, _) = SignedObject.split(bytes),
                Self.withoutID(object, id: head.id).map(OutboxMessage.ownDigest) == head.id
            else { return failed(.changed(name: entry.name), digest: digest) }
            if let key, SignedObject.open(bytes, as: .message, by: [key]) == nil {
                return failed(.forged(name: entry.name), digest: digest)
            }
            return Checked(
                entry: entry, digest: head.replaced ?? digest, previous: head.previous,
                attachments: head.attachments ?? [], fault: nil)
        } catch {
            // A message is written whole: one that is no JSON any more was changed since.
            return failed(.changed(name: entry.name), digest: digest)
        }
    }

    /// The bytes that ``OutboxMessage/id`` was computed from.
    private static func withoutID(_ bytes: Data, id: String) -> Data? {
        guard let range = bytes.range(of: Data("\"id\":\"\(id)\"".utf8)) else { return nil }
        var original = bytes
        original.replaceSubrange(range, with: Data("\"id\":\"\"".utf8))
        return original
    }

    /// Messages of one number together.
    private static func runs(_ messages: [Checked]) -> [[Checked]] {
        var runs: [[Checked]] = []
        for message in messages {
            if runs.last?.first?.entry.sequence == message.entry.sequence {
                runs[runs.count - 1].append(message)
            } else {
                runs.append([message])
            }
        }
        return runs
    }

    private static func follow(_ run: [Checked], _ position: inout Position?) -> [OutboxFault] {
        guard let sequence = run.first?.entry.sequence else { return [] }
        var faults: [OutboxFault] = []
        var expected = sequence == 1 && position == nil ? OutboxLink.start.digest : nil
        if let last = position {
            if sequence == last.sequence + 1 { expected = last.digest }
            if sequence > last.sequence + 1 { faults.append(.missing(first: last.sequence + 1, last: sequence - 1)) }
        }
        // The same file in `sent` and `new` is what a crash between two renames leaves: one message.
        if run.count > 1, Set(run.map(\.digest)).count > 1 {
            faults.append(
                .doubled(sequence: sequence, names: run.map { "\($0.entry.place.rawValue)/\($0.entry.name)" }))
        }
        faults += run.compactMap(\.fault)
        let whole = run.filter { $0.fault == nil }
        let linked = whole.first { expected == nil || $0.previous == expected }
        if linked == nil, let stray = whole.first { faults.append(.unlinked(name: stray.entry.name)) }
        position = Position(sequence: sequence, digest: (linked ?? whole.first)?.digest)
        return faults
    }
}
