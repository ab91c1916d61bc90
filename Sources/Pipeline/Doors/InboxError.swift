import Events

/// Why the door cannot take what it was sent, now.
public enum InboxError: OperatorFacing, Equatable {
    /// More is waiting to be written than memory should hold.
    case busy
    /// What was accepted and not read yet has reached its limit.
    case full(bytes: Int)
    case noSpace(freeBytes: Int64)
    case cannotWrite(path: String, reason: String)

    public var description: String {
        switch self {
        case .busy: "more is being sent than can be written"
        case .full(let bytes): "the inbox holds \(bytes / 1_000_000) MB that no run has read yet"
        case .noSpace(let free): "the file system has \(free / 1_000_000) MB left"
        case .cannotWrite(let path, let reason): "cannot write \(path): \(reason)"
        }
    }

    public var remedy: String? {
        switch self {
        case .busy: "Send it again in a moment."
        case .full: "Run appliance batch or appliance watch, which read it, and send it again."
        case .noSpace, .cannotWrite: "Make room, and send it again."
        }
    }

    public var kind: FailureKind {
        switch self {
        case .busy, .full: .busy
        case .noSpace, .cannotWrite: .io
        }
    }
}
