import Delivery
import Events
import Foundation
import History

/// Takes a text out of the outbox, as far as it has not left: a message that holds it becomes a signed tombstone under
/// its number, one that waits for approval goes.
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
    }

    func clean(of text: String) throws -> Cleaned {
        let meant = LeavingContent.plain(text)
        func isMeant(_ found: String) -> Bool { found.contains(meant) }
        var cleaned = Cleaned()
        for row in try site.history.heldDrafts() {
            let texts =
                (try? JSONDecoder().decode(Delivery.OutboxDraft.self, from: Data(row.text.utf8)))
                .map(LeavingContent.texts(of:)) ?? [row.text]
            guard texts.contains(where: isMeant) else { continue }
            _ = try site.history.dropHeld(row.id, by: author, now: now)
            cleaned.refused.append(row.id)
        }
        let shipped = Set(try site.history.outboxLedger().filter { $0.event == .shipped }.map(\.number))
        for (number, bytes) in try holding(isMeant).sorted(by: { $0.key < $1.key }) {
            guard !shipped.contains(number) else {
                cleaned.left.append(number)
                continue
            }
            if try bury(number, bytes) { cleaned.tombstones.append(number) }
        }
        try PendingMessages(site: site, now: now).write()
        return cleaned
    }

    /// Messages that say it: those that are not written yet, and those in `outbox/new`.
    private func holding(_ isMeant: (String) -> Bool) throws -> [Int: Data] {
        var found: [Int: Data] = [:]
        for message in try site.history.pendingMessages() {
            let bytes = Data(message.bytes)
            let texts =
                LeavingContent.texts(ofMessage: bytes)
                + message.attachments.flatMap { LeavingContent.texts(ofFile: Data($0.bytes)) }
            if texts.contains(where: isMeant) { found[message.number] = bytes }
        }
        let outbox = Outbox(directory: site.configuration.home.outbox)
        try outbox.prepare()
        for entry in try outbox.list(.new) where try outbox.says(entry, isMeant) {
            found[entry.sequence] = try outbox.read(entry)
        }
        return found
    }

    /// - Returns: false for a file that is no message of this site's chain.
    private func bury(_ number: Int, _ bytes: Data) throws -> Bool {
        guard let digest = try site.history.outboxDigest(of: number),
            let tombstone = try OutboxMessage.tombstone(
                for: bytes, digest: digest, site: site.configuration.report.site,
                key: try site.configuration.home.loadSigningKey())
        else { return false }
        try site.history.replaceMessage(number, name: tombstone.name, bytes: [UInt8](tombstone.bytes))
        return true
    }
}
