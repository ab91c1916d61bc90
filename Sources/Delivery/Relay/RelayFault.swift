import Events

/// Something that a relay says of a message, or of the lack of one.
public enum RelayFault: Sendable, Hashable, CustomStringConvertible {
    case missing(site: String, first: Int, last: Int)
    /// Not what the site signed, or not signed by a site that is known.
    case forged(name: String)
    /// It was whole when it came, and is not any more.
    case changed(name: String)
    /// Another message has that number already.
    case doubled(name: String, sequence: Int)
    /// Signed, but not the one that follows the message before it.
    case unlinked(name: String)
    /// It came after messages with higher numbers.
    case late(site: String, sequence: Int)
    case attachment(name: String, of: String)
    case unreadable(name: String, reason: String)
    /// Not a message's name.
    case foreign(name: String)
    /// So many more files of the spool with the fault of that ``code``.
    case more(code: String, count: Int)
    /// The far side refused it.
    case parked(name: String, channel: String, reason: String)
    /// It may have been posted: the relay stopped, or the connection broke, before the answer came.
    case doubt(name: String, channel: String)
    /// The far side cannot be reached, or refuses everything; the rest waits.
    case stopped(channel: String, reason: String)
    /// No heartbeat for longer than the site's `silence_after`.
    case silent(site: String, since: Timestamp)

    public var description: String {
        switch self {
        case .missing(let site, let first, let last):
            first == last
                ? "message \(first) of \(site) is missing" : "messages \(first) to \(last) of \(site) are missing"
        case .forged(let name):
            "\(VisibleText.verbatim(name, width: 120)) was changed, or is not signed by a site that this relay knows"
        case .changed(let name): "\(name) was changed after it came"
        case .doubled(let name, let sequence): "\(name): another message was number \(sequence)"
        case .unlinked(let name): "\(name) does not follow the message before it"
        case .late(let site, let sequence): "message \(sequence) of \(site) came after later ones"
        case .attachment(let name, let message):
            "\(VisibleText.verbatim(name, width: 80)) of \(message) is missing or was changed"
        case .unreadable(let name, let reason): "\(name) cannot be read: \(VisibleText.verbatim(reason, width: 200))"
        case .foreign(let name): "\(VisibleText.verbatim(name, width: 120)) is not a message"
        case .more(let code, let count):
            "\(NumberText.grouped(count)) more files \(Self.meanings[code] ?? "with the fault \(code)")"
        case .parked(let name, let channel, let reason):
            "\(name) was refused by channel \(channel): \(VisibleText.verbatim(reason, width: 300))"
        case .doubt(let name, let channel):
            "\(name) may have been posted to channel \(channel) or not: nobody can know, and it is not posted again"
        case .stopped(let channel, let reason): "channel \(channel): \(VisibleText.verbatim(reason, width: 300))"
        case .silent(let site, let since): "site \(site) sent no heartbeat since \(since.rfc3339)"
        }
    }

    /// The word by which programs tell them apart.
    public var code: String {
        switch self {
        case .missing: "missing"
        case .forged: "forged"
        case .changed: "changed"
        case .doubled: "doubled"
        case .unlinked: "unlinked"
        case .late: "late"
        case .attachment: "attachment"
        case .unreadable: "unreadable"
        case .foreign: "foreign"
        case .more: "more"
        case .parked: "parked"
        case .doubt: "doubt"
        case .stopped: "stopped"
        case .silent: "silent"
        }
    }

    /// What is said of many files at once.
    private static let meanings = [
        "foreign": "are not messages", "forged": "were changed, or are not signed by a site that this relay knows",
        "unreadable": "cannot be read",
    ]

    /// Whether it is about the connection, and may be gone the next time.
    public var isPassing: Bool { if case .stopped = self { true } else { false } }
}
