import Crypto
import Events
import Foundation

/// Where the chain of messages stands: the number of the last message, and SHA-256 of its bytes.
public struct OutboxLink: Sendable, Hashable, Codable {
    public let sequence: Int
    /// 64 hexadecimal digits.
    public let digest: String

    /// What may be a message's number: at most 18 digits.
    static let numbers = 1...999_999_999_999_999_999

    /// - Parameter sequence: 0 before the first message; another follows whatever it is.
    public init(sequence: Int, digest: String) {
        (self.sequence, self.digest) = (min(max(0, sequence), Self.numbers.upperBound - 1), digest)
    }

    /// Before the first message.
    public static let start = OutboxLink(sequence: 0, digest: String(repeating: "0", count: 64))
}

/// A file that travels beside a message, named in it by its digest.
public struct OutboxAttachment: Sendable, Hashable, Codable {
    /// As a reader shall see it (`report.html`).
    public var name: String
    public var bytes: Data

    public init(name: String, bytes: Data) { (self.name, self.bytes) = (name, bytes) }

    /// 64 hexadecimal digits.
    public var sha256: String { OutboxMessage.sha256(bytes) }

    /// Its file in the outbox: the same bytes lie there once, whatever messages name them.
    public var fileName: String { Self.fileName(sha256: sha256) }

    static func fileName(sha256: String) -> String { "sha256-\(sha256)" }
}

/// What a message says, before it has a number.
public struct OutboxDraft: Sendable, Hashable, Codable {
    public var kind: Kind
    /// The group's id, or what else it is about.
    public var subject: String
    /// Of the worst group that it tells of.
    public var severity: Severity
    public var time: Timestamp
    public var data: OutboxData
    /// Files that travel beside it.
    public var attachments: [OutboxAttachment]

    /// The envelope's `type`.
    public enum Kind: String, Sendable, Codable {
        case alert = "appliance.alert.v1"
        case storm = "appliance.storm.v1"
        case digest = "appliance.digest.v1"
        case heartbeat = "appliance.heartbeat.v1"
        /// A fix draft with its patch.
        case fix = "appliance.fix.v1"
        /// A fix draft that did not leave, or failed its tests.
        case fixNotice = "appliance.fix-notice.v1"
        /// Warnings of some time, gathered.
        case warnings = "appliance.warnings.v1"
        /// What the appliance has to say of itself: a failed run, a source that is silent.
        case notice = "appliance.notice.v1"
        /// An issue to be opened or updated.
        case issue = "appliance.issue.v1"
        /// In place of a message that was cleaned before it left.
        case tombstone = "appliance.tombstone.v1"
    }

    public init(
        kind: Kind, subject: String, severity: Severity, time: Timestamp, data: OutboxData,
        attachments: [OutboxAttachment] = []
    ) {
        (self.kind, self.subject, self.severity, self.time) = (kind, subject, severity, time)
        (self.data, self.attachments) = (data, attachments)
    }
}

/// A message's load: `{"kind": "discord", "payload": {…}, "thread": "G-…", "forms": {…}}`,
/// `{"kind": "fix", "fix": {…}}`, `{"kind": "issue", "issue": {…}}`, `{"kind": "heartbeat", "heartbeat": {…}}` or
/// `{"kind": "tombstone", "digest": "…"}`.
public enum OutboxData: Sendable, Hashable, Codable {
    /// A webhook's body as it is to be posted, the group whose thread it belongs to, the same for others, and the
    /// far side's ids of that thread by channel, as far as acks brought them back.
    case discord(
        DiscordPayload, thread: String?, forms: MessageForms = MessageForms(), threads: [String: String] = [:])
    /// For a person, or what opens pull requests on the other side; no webhook takes it.
    case fix(FixMessage)
    /// For a person, or what opens issues on the other side; no webhook takes it.
    case issue(IssueDraft)
    /// That the site lives; for the relay alone.
    case heartbeat(Heartbeat)
    /// Nothing: what stood under this number was cleaned before it left. `digest` is SHA-256 of the file that stood
    /// there: the next message names it as its predecessor.
    case tombstone(digest: String)

    private enum CodingKeys: String, CodingKey {
        case kind, payload, thread, forms, threads, fix, issue, heartbeat, digest
    }
    private enum Kind: String, Codable { case discord, fix, issue, heartbeat, tombstone }

    public init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        switch try values.decode(Kind.self, forKey: .kind) {
        case .discord:
            self = .discord(
                try values.decode(DiscordPayload.self, forKey: .payload),
                thread: try values.decodeIfPresent(String.self, forKey: .thread),
                forms: try values.decodeIfPresent(MessageForms.self, forKey: .forms) ?? MessageForms(),
                threads: try values.decodeIfPresent([String: String].self, forKey: .threads) ?? [:])
        case .fix: self = .fix(try values.decode(FixMessage.self, forKey: .fix))
        case .issue: self = .issue(try values.decode(IssueDraft.self, forKey: .issue))
        case .heartbeat: self = .heartbeat(try values.decode(Heartbeat.self, forKey: .heartbeat))
        case .tombstone: self = .tombstone(digest: try values.decode(String.self, forKey: .digest))
        }
    }

    public func encode(to encoder: any Encoder) throws {
        var values = encoder.container(keyedBy: CodingKeys.self)
        switch self {
        case .discord(let payload, let thread, let forms, let threads):
            try values.encode(Kind.discord, forKey: .kind)
            try values.encode(payload, forKey: .payload)
            try values.encodeIfPresent(thread, forKey: .thread)
            if !forms.isEmpty { try values.encode(forms, forKey: .forms) }
            if !threads.isEmpty { try values.encode(threads, forKey: .threads) }
        case .fix(let message):
            try values.encode(Kind.fix, forKey: .kind)
            try values.encode(message, forKey: .fix)
        case .issue(let draft):
            try values.encode(Kind.issue, forKey: .kind)
            try values.encode(draft, forKey: .issue)
        case .heartbeat(let heartbeat):
            try values.encode(Kind.heartbeat, forKey: .kind)
            try values.encode(heartbeat, forKey: .heartbeat)
        case .tombstone(let digest):
            try values.encode(Kind.tombstone, forKey: .kind)
            try values.encode(digest, forKey: .digest)
        }
    }
}

extension OutboxData: LeavingText {
    /// Every text but code: a patch is held back whole where something in it was masked, never rewritten.
    func mapTexts(_ change: (String) -> String) -> OutboxData {
        switch self {
        case .discord(let payload, let thread, let forms, let threads):
            .discord(
                payload.mapTexts(change), thread: thread, forms: forms.mapTexts(change), threads: threads)
        case .issue(let draft): .issue(draft.mapTexts(change))
        case .fix, .heartbeat, .tombstone: self
        }
    }
}

extension OutboxData {
    /// What it says, in words of logs, models and repositories: neither names of its own nor digests.
    public var texts: [String] {
        var texts: [String] = []
        _ = mapTexts { text in
            texts.append(text)
            return text
        }
        if case .fix(let fix) = self { texts += [fix.pullRequest.title, fix.pullRequest.body, fix.readablePatch] }
        return texts
    }

    /// With every text changed; code stays as it is.
    public func changingTexts(_ change: (String) -> String) -> OutboxData { mapTexts(change) }

    /// Of a tombstone: the digest of the file whose place it takes.
    var replaced: String? {
        if case .tombstone(let digest) = self { return digest }
        return nil
    }
}

/// A sign of life: what a site says of itself once a day, whether anything broke or not.
public struct Heartbeat: Sendable, Hashable, Codable {
    /// When the last run ended.
    public var lastRun: Timestamp
    /// Problems that it met.
    public var failures: Int
    /// Events and groups of the last day.
    public var events: Int
    public var groups: Int

    public init(lastRun: Timestamp, failures: Int, events: Int, groups: Int) {
        (self.lastRun, self.failures, self.events, self.groups) = (lastRun, failures, events, groups)
    }
}

/// One message of the outbox as a CloudEvents envelope
/// (https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/formats/json-format.md).
///
/// `previous` is SHA-256 of the bytes of the message before it, and `id` a digest of its own bytes with an empty
/// `id` and no signature: so a lost, doubled, reordered or changed message can be named, the last one too. The site's
/// signature is the last member of the file (``SignedObject``).
public struct OutboxMessage: Sendable, Hashable, Codable {
    public var specversion = "1.0"
    public var id: String
    public var source: String
    public var type: OutboxDraft.Kind
    public var time: Timestamp
    public var subject: String
    /// An extension attribute: of the worst group that the message tells of.
    public var severity: Severity
    public var sequence: Int
    public var previous: String
    public var data: OutboxData
    public var attachments: [Attachment]

    /// A file that travels beside the message.
    public struct Attachment: Sendable, Hashable, Codable {
        public var name: String
        public var sha256: String
        public var size: Int

        /// Its file in the outbox.
        public var fileName: String { OutboxAttachment.fileName(sha256: sha256) }
    }

    /// The file of a draft under the number that follows `link`: the same values give the same name and bytes.
    ///
    /// - Parameters:
    ///   - site: the site's name in the configuration; percent-encoded in `source`.
    ///   - key: the site's own.
    /// - Throws: only what `JSONEncoder` throws for values that JSON cannot hold.
    public static func seal(
        _ draft: OutboxDraft, site: String, after link: OutboxLink, key: SigningKey
    ) throws -> OutboxFile {
        var message = OutboxMessage(
            id: "", source: source(of: site), type: draft.kind, time: draft.time, subject: draft.subject,
            severity: draft.severity, sequence: link.sequence + 1, previous: link.digest,
            data: draft.data.withoutHashes,
            attachments: draft.attachments.map { Attachment(name: $0.name, sha256: $0.sha256, size: $0.bytes.count) })
        message.id = ownDigest(of: try CanonicalJSON.encode(message))
        let bytes = try SignedObject.sign(try CanonicalJSON.encode(message), as: .message, with: key)
        return OutboxFile(
            name: fileName(sequence: message.sequence, id: message.id), bytes: bytes, attachments: draft.attachments,
            link: OutboxLink(sequence: message.sequence, digest: message.data.replaced ?? sha256(bytes)))
    }

    /// What takes the place of a message that was cleaned before it left: the same number and place in the chain, and
    /// nothing of what it said.
    ///
    /// - Parameters:
    ///   - bytes: of the message's file.
    ///   - number: its own, as its name and the history say.
    ///   - digest: SHA-256 of what first stood under its number.
    /// - Returns: nil for a file that is no message, or of another number.
    /// - Throws: only what `JSONEncoder` throws for values that JSON cannot hold.
    public static func tombstone(
        for bytes: Data, number: Int, digest: String, site: String, key: SigningKey
    ) throws -> OutboxFile? {
        guard let head = try? JSONDecoder().decode(TombstoneHead.self, from: bytes), head.sequence == number,
            OutboxLink.numbers.contains(number)
        else { return nil }
        let draft = OutboxDraft(
            kind: .tombstone, subject: "tombstone", severity: .info, time: head.time, data: .tombstone(digest: digest))
        return try seal(
            draft, site: site, after: OutboxLink(sequence: head.sequence - 1, digest: head.previous), key: key)
    }

    /// Only what the chain needs.
    private struct TombstoneHead: Decodable {
        var time: Timestamp
        var sequence: Int
        var previous: String
    }

    static func fileName(sequence: Int, id: String) -> String {
        let digits = String(sequence)
        return "\(String(repeating: "0", count: max(0, 8 - digits.count)))\(digits)-\(id).json"
    }

    /// The first 32 hexadecimal digits of SHA-256.
    static func ownDigest(of bytes: Data) -> String { String(sha256(bytes).prefix(32)) }

    static func sha256(_ bytes: Data) -> String {
        SHA256.hash(data: bytes).map { $0 < 16 ? "0" + String($0, radix: 16) : String($0, radix: 16) }.joined()
    }

    /// `/appliance/SITE`, a URI reference.
    public static func source(of site: String) -> String {
        let plain = CharacterSet(charactersIn: "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~")
        return "/appliance/" + (site.addingPercentEncoding(withAllowedCharacters: plain) ?? "")
    }
}

/// A sealed message: its name, its complete bytes, and where the chain stands after it.
public struct OutboxFile: Sendable, Hashable {
    public let name: String
    public let bytes: Data
    public let attachments: [OutboxAttachment]
    public let link: OutboxLink
}
