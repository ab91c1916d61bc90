import Events

/// Why an HTTP exchange failed below HTTP.
public enum TransportError: OperatorFacing, Equatable {
    case refusedByPolicy(String)
    case cannotConnect(String)
    case timedOut(String)
    case reset(String)
    case tooLarge(limit: Int)
    case cancelled
    case other(String)

    public var description: String {
        switch self {
        case .refusedByPolicy(let what): "not allowed by the egress policy: \(what)"
        case .cannotConnect(let what): "cannot connect: \(what)"
        case .timedOut(let what): "timed out: \(what)"
        case .reset(let what): "the connection broke: \(what)"
        case .tooLarge(let limit): "the reply is larger than \(limit) bytes"
        case .cancelled: "cancelled"
        case .other(let what): what
        }
    }

    public var remedy: String? { nil }
    public var kind: FailureKind { .unavailable }
}
