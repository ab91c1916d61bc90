import Events

/// What a relay needs to know: where messages come from, whose they may be, and where they go.
public struct RelaySettings: Sendable {
    /// The directory that messages arrive in; also the directories directly below it.
    public var spool: String
    /// The ledger, the relay's key, and unless `acks` says otherwise the acks.
    public var state: String
    /// Where acks are written for the way back.
    public var acks: String
    public var sites: [RelaySite] = []
    public var channels: [RelayChannel] = []
    /// Between two rounds of a continuous run.
    public var interval = Duration.seconds(10)
    /// The wait before the second try of a message; it doubles from try to try.
    public var firstRetry = Duration.seconds(1)
    /// Tries of one message in one round.
    public var tries = 6
    /// A limit longer than this is not waited for: the rest is posted in a later round.
    public var longestWait = Duration.minutes(15)

    public init(spool: String, state: String, acks: String) {
        (self.spool, self.state, self.acks) = (spool, state, acks)
    }
}

/// A site whose messages are posted, known by its key.
public struct RelaySite: Sendable, Hashable {
    /// The relay's own name for it, in rules, the ledger and what is told.
    public var name: String
    /// More than one while a key is being replaced.
    public var keys: [VerifyingKey]
    /// The first number that is expected: earlier ones are not missing.
    public var first = 1
    /// Longer silence than this is told to the site's channels; nil for never.
    public var silence: Duration? = .hours(26)

    public init(name: String, keys: [VerifyingKey]) { (self.name, self.keys) = (name, keys) }
}

/// A webhook, and which messages go there.
public struct RelayChannel: Sendable, Hashable {
    public var name: String
    /// Nil for a mail drop.
    public var webhook: WebhookURL?
    /// Which form of a message is posted there; ``MessageForm/mail`` goes to ``mailDrop``.
    public var form = MessageForm.discord
    /// Directory that mails are put into, for a mail server to take.
    public var mailDrop: String?
    /// PEM file that replaces the system's authorities.
    public var caFile: String?
    /// A forum channel: each group gets a thread of its own there.
    public var isForum = false
    /// Empty for all.
    public var sites: [String] = []
    /// Empty for all kinds.
    public var kinds: [OutboxDraft.Kind] = []
    /// Messages that tell of nothing worse are not for this channel.
    public var atLeast = Severity.info
    /// Whether what the relay itself has to tell (a silent site) goes there.
    public var takesNotices = true

    public init(name: String, webhook: WebhookURL) { (self.name, self.webhook) = (name, webhook) }

    public init(name: String, mailDrop: String) { (self.name, self.mailDrop, form) = (name, mailDrop, .mail) }

    func wants(_ message: OutboxMessage, of site: String) -> Bool {
        (sites.isEmpty || sites.contains(site)) && (kinds.isEmpty || kinds.contains(message.type))
            && message.severity >= atLeast && message.has(form)
    }

    func wantsNotices(of site: String) -> Bool {
        takesNotices && form != .mail && (sites.isEmpty || sites.contains(site))
    }
}

extension OutboxMessage {
    /// Whether the site made it in that form.
    func has(_ form: MessageForm) -> Bool {
        guard case .discord(_, _, let forms, _) = data else { return false }
        return switch form {
        case .discord: true
        case .slack: forms.slack != nil
        case .json: forms.json != nil
        case .mail: attachments.contains { $0.name == MailMessage.fileName }
        }
    }
}

/// Something that a relay did, told as it happens.
public enum RelayEvent: Sendable, Hashable {
    case posted(message: String, channel: String)
    /// With `--dry-run`: the body as it would be posted.
    case wouldPost(message: String, channel: String, payload: [UInt8])
    /// A file of it was too large for the webhook.
    case leftOut(file: String, message: String, channel: String)
    case waiting(channel: String, time: Duration, reason: String)
    case fault(RelayFault)
    /// An ack was written.
    case acknowledged(site: String, path: String)
}

/// What a round came to.
public struct RelaySummary: Sendable, Hashable {
    public var posted = 0
    /// Messages that still have to be posted somewhere.
    public var waiting = 0
    /// Messages that nobody can know of whether they were posted, in all.
    public var inDoubt: [String] = []
    /// What is wrong, in order of sites and numbers.
    public var faults: [RelayFault] = []

    public init() {}
}
