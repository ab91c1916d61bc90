import Events
import Foundation

/// Makes outbox drafts of what is to be told, in every form that the configuration names.
public struct MessageMaker: Sendable {
    private let discord: DiscordMessages
    private let site: String
    private let clock: SiteClock
    private let mention: Mention
    private let settings: MessageSettings

    public init(site: String, timeZone: String, mention: Mention, settings: MessageSettings) {
        discord = DiscordMessages(site: site, timeZone: timeZone, mention: mention)
        (self.site, clock, self.mention) = (site, SiteClock(identifier: timeZone), mention)
        self.settings = settings
    }

    /// - Parameters:
    ///   - content: as it may leave.
    ///   - page: the HTML report of a digest.
    public func draft(_ content: MessageContent, page: OutboxAttachment? = nil, at now: Timestamp) -> OutboxDraft {
        var attachments = [page].compactMap { $0 }
        if settings.forms.contains(.mail), let from = settings.mailFrom, !settings.mailTo.isEmpty {
            let mail = MailMessage(site: site, clock: clock, from: from, to: settings.mailTo)
            attachments.append(
                OutboxAttachment(name: MailMessage.fileName, bytes: mail.bytes(content, page: page, at: now)))
        }
        return OutboxDraft(
            kind: content.kind, subject: content.subject, severity: content.severity, time: now,
            data: .discord(payload(content, now), thread: content.thread, forms: forms(content, now)),
            attachments: attachments)
    }

    private func payload(_ content: MessageContent, _ now: Timestamp) -> DiscordPayload {
        switch content {
        case .alert(let alert): discord.alert(alert)
        case .storm(let alerts): discord.storm(alerts, at: now)
        case .warnings(let alerts): discord.warnings(alerts, at: now)
        case .notice(let words): discord.notice(words, at: now)
        case .digest(let report): discord.digest(report)
        }
    }

    private func forms(_ content: MessageContent, _ now: Timestamp) -> MessageForms {
        MessageForms(
            slack: settings.forms.contains(.slack)
                ? SlackMessages(site: site, clock: clock, mention: mention).payload(content) : nil,
            json: settings.forms.contains(.json)
                ? GenericPayload(content, site: site, clock: clock, at: now) : nil)
    }
}

/// Which forms messages are made in.
public struct MessageSettings: Sendable, Hashable {
    public var forms: [MessageForm] = [.discord]
    public var mailFrom: String?
    public var mailTo: [String] = []

    public init() {}

    /// Whether it is one plain address that can stand in a mail's header.
    public static func isAddress(_ text: String) -> Bool { MailMessage.isAddress(text) }
}
