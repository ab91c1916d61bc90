import Delivery
import Events
import Foundation
import History

/// Takes something out of the outbox, as far as it has not left: a message that holds it becomes a signed tombstone under
/// its number, one that waits for approval goes.
///
/// What is forgotten is gone. What a rule of redaction masks late is told anew, masked, by a message at the end of the
/// chain; but code is never rewritten, and goes.
struct OutboxCleaning {
    let site: Site
    let now: Timestamp
    let author: String?

    /// Numbers of messages.
    struct Cleaned: Sendable, Hashable, Encodable {
        var tombstones: [Int] = []
        /// That waited for approval, by the numbers that they waited under.
        var refused: [Int] = []
        /// They were shipped, and what is on the stick cannot be taken back.
        var left: [Int] = []
        /// That say masked what tombstones said; those that wait for approval have no number.
        var anew: [Int] = []
    }

    private static let withheld = "(withheld: something in it looks like a secret)"

    // MARK: - Forgetting

    func clean(of text: String) throws -> Cleaned {
        let meant = LeavingContent.plain(text)
        func isMeant(_ found: String) -> Bool { found.contains(meant) }
        return try clean(
            holds: { draft, row in (draft.map(LeavingContent.texts(of:)) ?? [row.text]).contains(where: isMeant) },
            says: { LeavingContent.texts(ofMessage: $0.bytes).contains(where: isMeant) },
            isFileMeant: { LeavingContent.texts(ofFile: $0).contains(where: isMeant) }, anew: { _ in nil })
    }

    // MARK: - A rule that came late

    func mask(by redactor: Redactor) throws -> Cleaned {
        // Messages carry masks without their digits, by which the rules know a mask and leave it.
        func isMeant(_ found: String) -> Bool {
            let plain = MaskedText.withDigits(LeavingContent.plain(found))
            return redactor(plain).text != plain
        }
        func isFileMeant(_ bytes: Data) -> Bool { LeavingContent.shown(ofFile: bytes).contains(where: isMeant) }
        func masked(_ text: String) -> String {
            let once = MaskedText.withoutHashes(redactor(MaskedText.withDigits(text)).text)
            // What escapes of a markup hid from the rules is not left in for that.
            return isMeant(once) ? Self.withheld : once
        }
        return try clean(
            holds: { draft, _ in
                draft.map {
                    $0.data.texts.contains(where: isMeant) || $0.attachments.map(\.bytes).contains(where: isFileMeant)
                }
                    ?? false
            },
            says: { message in
                // What is no message of this version is not judged by what it may say.
                let found = try? JSONDecoder().decode(OutboxMessage.self, from: message.bytes)
                return found?.data.texts.contains(where: isMeant) ?? false
            }, isFileMeant: isFileMeant,
            anew: { draft in
                var copy = draft
                copy.data = draft.data.changingTexts(masked)
                guard !copy.data.texts.contains(where: isMeant) else { return nil }
                copy.attachments = draft.attachments.filter { !isFileMeant($0.bytes) }
                return copy
            })
    }

    // MARK: - Both

    /// A message that has a number and has not been acknowledged.
    private struct Unsent {
        var number: Int
        var bytes: Data
        var files: [(name: String, bytes: Data)]
    }

    /// - Parameter anew: what is told instead; nil for nothing.
    private func clean(
        holds: (Delivery.OutboxDraft?, HeldDraft) -> Bool, says: (Unsent) -> Bool, isFileMeant: (Data) -> Bool,
        anew: (Delivery.OutboxDraft) -> Delivery.OutboxDraft?
    ) throws -> Cleaned {
        var cleaned = Cleaned()
        let pending = PendingMessages(site: site, now: now)
        for row in try site.history.heldDrafts() {
            let draft = try? JSONDecoder().decode(Delivery.OutboxDraft.self, from: Data(row.text.utf8))
            guard holds(draft, row) else { continue }
            if let copy = draft.flatMap(anew) {
                _ = try pending.enqueue([], held: [copy], released: row.id)
            } else {
                _ = try site.history.dropHeld(row.id, by: author, now: now)
                cleaned.refused.append(row.id)
            }
        }
        let shipped = Set(try site.history.outboxLedger().filter { $0.event == .shipped }.map(\.number))
        for message in try unsent() where says(message) || message.files.contains(where: { isFileMeant($0.bytes) }) {
            guard !shipped.contains(message.number) else {
                cleaned.left.append(message.number)
                continue
            }
            guard let tombstone = try tombstone(for: message) else { continue }
            let copy = draft(of: message).flatMap(anew)
            cleaned.anew += try pending.enqueue([copy].compactMap { $0 }, replaced: [tombstone])
            cleaned.tombstones.append(message.number)
        }
        try pending.write()
        return cleaned
    }

    /// In order: messages that are not written yet, and those in `outbox/new`.
    private func unsent() throws -> [Unsent] {
        var found: [Int: Unsent] = [:]
        for message in try site.history.pendingMessages() {
            found[message.number] = Unsent(
                number: message.number, bytes: Data(message.bytes),
                files: message.attachments.map { ($0.name, Data($0.bytes)) })
        }
        let outbox = Outbox(directory: site.configuration.home.outbox)
        try outbox.prepare()
        for entry in try outbox.list(.new) {
            guard let bytes = try outbox.read(entry) else { continue }
            let files = try outbox.files(of: entry)
            found[entry.sequence] = Unsent(number: entry.sequence, bytes: bytes, files: files)
        }
        return found.values.sorted { $0.number < $1.number }
    }

    /// What it was sealed of, without files that are gone.
    private func draft(of message: Unsent) -> Delivery.OutboxDraft? {
        guard let envelope = try? JSONDecoder().decode(OutboxMessage.self, from: message.bytes) else { return nil }
        let files = Dictionary(message.files.map { ($0.name, $0.bytes) }, uniquingKeysWith: { $1 })
        return Delivery.OutboxDraft(
            kind: envelope.type, subject: envelope.subject, severity: envelope.severity, time: envelope.time,
            data: envelope.data,
            attachments: envelope.attachments.compactMap { attachment in
                files[attachment.fileName].map { OutboxAttachment(name: attachment.name, bytes: $0) }
            })
    }

    /// - Returns: nil for a file that is no message of this site's chain.
    private func tombstone(for message: Unsent) throws -> ReplacedMessage? {
        guard let digest = try site.history.outboxDigest(of: message.number),
            let tombstone = try OutboxMessage.tombstone(
                for: message.bytes, number: message.number, digest: digest, site: site.configuration.report.site,
                key: try site.configuration.home.loadSigningKey())
        else { return nil }
        return ReplacedMessage(number: message.number, name: tombstone.name, bytes: [UInt8](tombstone.bytes))
    }
}
