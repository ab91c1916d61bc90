import Events
import Foundation
import Glibc

/// A message as it was copied out.
public struct ShippedMessage: Sendable, Hashable {
    public var entry: Outbox.Entry
    public var kind: String
    public var subject: String
    public var bytes: Int
    public var attached: Int
    /// SHA-256 of its file.
    public var digest: String
}

extension Outbox {
    /// Copies messages, what travels beside them and a signed manifest to a directory: a stick, a diode's inbox.
    ///
    /// Each file appears whole under its name (hidden and synced before); what is there already is left alone. The
    /// manifest comes last. Nothing is moved or deleted here.
    ///
    /// - Parameters:
    ///   - range: numbers to send again, wherever they lie; nil for all that is new.
    ///   - key: the site's; what it did not sign is not carried out.
    public func ship(
        to target: String, range: ClosedRange<Int>? = nil, site: String, key: SigningKey, at time: Timestamp
    ) throws -> [ShippedMessage] {
        try DurableFile.makeDirectory(target)
        var shipment = FileShipment(to: target)
        let entries: [(message: ShippedMessage, listed: OutboxManifest.Entry)]
        do {
            entries = try candidates(range).compactMap { try copy($0, into: &shipment, key) }
            try shipment.settle()
        } catch {
            // What is whole goes out before the fault is told.
            try? shipment.settle()
            throw error
        }
        guard !entries.isEmpty else { return [] }
        let manifest = OutboxManifest(
            source: OutboxMessage.source(of: site), time: time, messages: entries.map(\.listed))
        let (name, bytes) = try manifest.sealed(key)
        // One of the same messages, made at another time, says the same.
        if try DurableFile.read("\(target)/\(name)", limit: Self.maximumBytes) == nil {
            try shipment.add(bytes, as: name)
            try shipment.settle()
        }
        return entries.map(\.message)
    }

    /// One message and its files; nil where it went away since it was listed.
    private func copy(
        _ entry: Entry, into shipment: inout FileShipment, _ key: SigningKey
    ) throws -> (message: ShippedMessage, listed: OutboxManifest.Entry)? {
        guard let bytes = try read(entry) else { return nil }
        guard let object = SignedObject.open(bytes, as: .message, by: [key.publicKey]),
            let head = try? JSONDecoder().decode(ShippedHead.self, from: object), head.sequence == entry.sequence
        else { throw OutboxError.changed(name: entry.name) }
        let unlisted = ExportFields.unlisted(inMessage: bytes)
        guard unlisted.isEmpty else { throw OutboxError.unlisted(name: entry.name, fields: unlisted) }
        var files: [(name: String, bytes: Data)] = []
        for attachment in head.attachments ?? [] {
            let name = OutboxAttachment.fileName(sha256: attachment.sha256)
            guard Self.isAttachment(name), let file = try read(attachment: name) else {
                throw OutboxError.lostAttachment(name: attachment.name, of: entry.name)
            }
            files.append((name, file))
        }
        for file in files { try shipment.add(file.bytes, as: file.name) }
        try shipment.add(bytes, as: entry.name)
        let digest = OutboxMessage.sha256(bytes)
        return (
            ShippedMessage(
                entry: entry, kind: head.type, subject: head.subject, bytes: bytes.count,
                attached: files.reduce(0) { $0 + $1.bytes.count }, digest: digest),
            .init(
                sequence: entry.sequence, name: entry.name, sha256: digest, size: bytes.count,
                attachments: (head.attachments ?? []).map(\.sha256))
        )
    }

    /// Moves messages from `new` to `sent`, and those of their files that no message in `new` names any more.
    ///
    /// - Returns: those that were in `new`.
    @discardableResult
    public func markSent(_ isSent: (Entry) -> Bool) throws(OutboxError) -> [Entry] {
        var moved: [Entry] = []
        var (free, needed): (Set<String>, Set<String>) = ([], [])
        for entry in try list(.new) {
            let head = try read(entry).flatMap { try? JSONDecoder().decode(ShippedHead.self, from: $0) }
            let files = (head?.attachments ?? []).map { OutboxAttachment.fileName(sha256: $0.sha256) }
            if isSent(entry) {
                try rename(entry.name)
                moved.append(entry)
                free.formUnion(files)
            } else {
                needed.formUnion(files)
            }
        }
        for name in free.subtracting(needed).sorted() where Self.isAttachment(name) {
            // Moved before, with another message.
            guard access(path(name, .new), F_OK) == 0 else { continue }
            try rename(name)
        }
        if !moved.isEmpty {
            for place in [Place.sent, .new] { try DurableFile.syncDirectory("\(directory)/\(place.rawValue)") }
        }
        return moved
    }

    /// From `new` to `sent`; that it is so after a crash is asked of the disk once for all.
    private func rename(_ name: String) throws(OutboxError) {
        guard Glibc.rename(path(name, .new), path(name, .sent)) == 0 else {
            throw DurableFile.error(errno, "rename to", path(name, .sent))
        }
    }

    /// Only what shipping needs.
    struct ShippedHead: Decodable {
        let sequence: Int
        let type: String
        let subject: String
        let attachments: [OutboxMessage.Attachment]?
    }

    private func candidates(_ range: ClosedRange<Int>?) throws(OutboxError) -> [Entry] {
        guard let range else { return try list(.new) }
        let all = (try list(.new) + (try list(.sent))).filter { range.contains($0.sequence) }
        var seen: Set<String> = []
        return all.sorted { ($0.sequence, $0.name) < ($1.sequence, $1.name) }.filter { seen.insert($0.name).inserted }
    }
}
