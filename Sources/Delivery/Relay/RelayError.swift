import Events

/// What keeps a relay from working at all; what is wrong with single messages is a ``RelayFault``.
public enum RelayError: OperatorFacing, Equatable {
    case badWebhook(String)
    /// Others can read the file.
    case exposedWebhook(path: String)
    case missing(path: String)
    case badKey(path: String)
    case ledger(path: String, reason: String)
    /// The same ledger is in use.
    case busy(path: String)
    /// Nothing that is parked or in doubt has that number.
    case nothingToRepeat(Int)
    case file(OutboxError)

    public var description: String {
        switch self {
        case .badWebhook(let why): "the webhook's file does not hold a URL to post to: \(why)"
        case .exposedWebhook(let path): "\(path) holds a secret, and others can read it"
        case .missing(let path): "there is no \(path)"
        case .badKey(let path): "\(path) does not hold a key"
        case .ledger(let path, let reason): "the ledger \(path) cannot be used: \(reason)"
        case .busy(let path): "another relay works with \(path)"
        case .nothingToRepeat(let number): "message \(number) is neither parked nor in doubt"
        case .file(let error): error.description
        }
    }

    public var remedy: String? {
        switch self {
        case .badWebhook: "Put the webhook's URL, and nothing else, into that file."
        case .exposedWebhook(let path):
            "chmod 600 \(path); whoever has read it can post: make a new webhook if in doubt."
        case .missing: "Write it, or correct its path in relay.toml."
        case .badKey: "Copy keys/site.pub of the site's home: one line, ed25519:…"
        case .ledger:
            "Without it, nobody knows what was posted: restore it, or name an empty directory and accept that."
        case .busy: "Stop the other one, or give this one a state directory of its own."
        case .nothingToRepeat: "appliance relay --dry-run names what is."
        case .file(.full):
            "Free space there, then start the relay again: it knows what it posted, and the rest waits in the spool."
        case .file(let error): error.remedy
        }
    }

    public var kind: FailureKind {
        switch self {
        case .badWebhook, .exposedWebhook, .missing, .badKey: .configuration
        case .ledger: .data
        case .busy: .busy
        case .nothingToRepeat: .usage
        case .file(let error): error.kind
        }
    }
}
