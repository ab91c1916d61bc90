import Delivery
import Events
import Foundation
import History
import Synchronization

/// Gives messages their place in the chain, and writes those that are committed and not yet on disk, from earlier
/// runs too.
struct PendingMessages {
    let site: Site
    let now: Timestamp

    /// Commits numbers, bytes and what goes with them; where messages need approval, they wait for it without a number.
    ///
    /// A draft with a field that is not on the list of what may leave (``ExportFields``) waits too, whatever it is.
    ///
    /// - Parameters:
    ///   - held: messages that wait for approval whatever the configuration says.
    ///   - released: a message that waited, and that these take the place of.
    ///   - replaced: messages whose place in the chain others take.
    /// - Returns: the numbers.
    func enqueue(
        _ all: [Delivery.OutboxDraft], alertStates: [Fingerprint: AlertState] = [:],
        fixDrafts: [FixDraftRecord] = [], held asked: [Delivery.OutboxDraft] = [], settings: [String: String] = [:],
        released: Int? = nil, replaced: [ReplacedMessage] = [], told: News = News()
    ) throws -> [Int] {
        let listed = try all.map(withThreads).map { ($0, ExportFields.unlisted(in: $0).isEmpty) }
        let drafts = listed.filter(\.1).map(\.0)
        let held = asked + listed.filter { !$0.1 }.map(\.0)
        let mustWait = site.configuration.export.approval == .required
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        let waiting = try ((mustWait ? drafts : []) + held).map {
            HeldDraft(at: now, subject: $0.subject, text: String(decoding: try encoder.encode($0), as: UTF8.self))
        }
        return try site.history.enqueue(
            mustWait ? [] : try sealing(drafts), alertStates: alertStates, fixDrafts: fixDrafts, held: waiting,
            settings: settings, released: released, replaced: replaced, told: told
        ).map(\.number)
    }

    /// With the ids of the far side's threads, as far as acks brought them back.
    private func withThreads(_ draft: Delivery.OutboxDraft) throws -> Delivery.OutboxDraft {
        guard case .discord(let payload, let thread?, let forms, _) = draft.data else { return draft }
        var copy = draft
        copy.data = .discord(
            payload, thread: thread, forms: forms, threads: try site.history.outboxThreads(of: thread))
        return copy
    }

    /// What seals each draft at the place in the chain that it gets.
    func sealing(_ drafts: [Delivery.OutboxDraft]) throws -> [(OutboxSlot) throws -> History.OutboxDraft] {
        let (siteName, key) = (site.configuration.report.site, try site.configuration.home.loadSigningKey())
        return drafts.map { draft in
            { slot in
                let link = slot.previous.map { OutboxLink(sequence: slot.number - 1, digest: $0) } ?? .start
                let file = try OutboxMessage.seal(draft, site: siteName, after: link, key: key)
                return History.OutboxDraft(
                    name: file.name, bytes: [UInt8](file.bytes),
                    attachments: file.attachments.map { .init(name: $0.fileName, bytes: [UInt8]($0.bytes)) })
            }
        }
    }

    /// - Throws: ``OutboxError``; the messages stay in the history, and the next run writes them.
    func write() throws { try site.outboxTurn.withLock { _ in try writeFiles() } }

    private func writeFiles() throws {
        let outbox = Outbox(directory: site.configuration.home.outbox)
        try outbox.prepare()
        for message in try site.history.pendingMessages() {
            for attachment in message.attachments {
                try outbox.write(attachment: attachment.name, bytes: Data(attachment.bytes))
            }
            try outbox.write(name: message.name, bytes: Data(message.bytes))
            try outbox.removeReplaced(by: message.name, bytes: Data(message.bytes))
            try site.history.markWritten(message.number, entry(message))
        }
    }

    private struct Head: Decodable {
        var type: String
        var subject: String
    }

    private func entry(_ message: PendingMessage) -> OutboxLedgerEntry? {
        guard let head = try? JSONDecoder().decode(Head.self, from: Data(message.bytes)) else { return nil }
        return OutboxLedgerEntry(
            at: now, event: .written, number: message.number, name: message.name, kind: head.type,
            subject: head.subject, bytes: message.bytes.count,
            attached: message.attachments.reduce(0) { $0 + $1.bytes.count }, digest: message.digest)
    }
}
