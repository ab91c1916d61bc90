import Events

/// Why an HTTP exchange failed below HTTP.
public enum TransportError: OperatorFacing, Equatable {
    /// The egress guard refused a connection to this address.
    case refusedByPolicy(String)
    case cannotConnect(String)
    case timedOut(Phase, after: Duration)
    case reset(String)
    /// The certificate was not accepted, or TLS failed.
    case untrusted(String)
    /// What answered does not speak HTTP/1.
    case notHTTP(String)
    case tooLarge(limit: Int)
    /// The request itself cannot be sent: a path or a header with forbidden characters.
    case invalidRequest(String)
    /// A file that is uploaded could not be read to its end.
    case unreadable(String)
    case cancelled
    case other(String)

    /// What was waited for.
    public enum Phase: String, Sendable, CaseIterable {
        case connect, firstByte, stall, total
    }

    public var description: String {
        switch self {
        case .refusedByPolicy(let what): "not allowed by the egress policy: \(what)"
        case .cannotConnect(let what): "cannot connect: \(what)"
        case .timedOut(let phase, let after): "timed out \(phase.inWords) after \(after.inSeconds) s"
        case .reset(let what): "the connection broke: \(what)"
        case .untrusted(let what): "the TLS connection is not trusted: \(what)"
        case .notHTTP(let what): "the reply is not HTTP: \(what)"
        case .tooLarge(let limit): "the reply is larger than \(limit) bytes"
        case .invalidRequest(let what): "the request cannot be sent: \(what)"
        case .unreadable(let what): "the file that is sent cannot be read: \(what)"
        case .cancelled: "cancelled"
        case .other(let what): what
        }
    }

    public var remedy: String? {
        switch self {
        case .refusedByPolicy: "Name the address in the endpoint's `addresses`, if it may be connected to."
        case .cannotConnect: "Check that the service runs, and that the configured address and port are its own."
        case .timedOut: "Check the load of the service, or raise the time-out."
        case .untrusted: "Name the authority that signed the service's certificate as the endpoint's CA file."
        case .notHTTP, .tooLarge: "Check that the configured port belongs to the service."
        case .unreadable: "Check the medium that it lies on, and copy it to this host first."
        case .reset, .invalidRequest, .cancelled, .other: nil
        }
    }

    public var kind: FailureKind {
        switch self {
        case .invalidRequest: .bug
        case .refusedByPolicy: .configuration
        case .unreadable: .io
        case .cannotConnect, .timedOut, .reset, .untrusted, .notHTTP, .tooLarge, .cancelled, .other: .unavailable
        }
    }
}

extension TransportError.Phase {
    var inWords: String {
        switch self {
        case .connect: "connecting"
        case .firstByte: "waiting for the first byte"
        case .stall: "in the middle of the reply"
        case .total: "altogether"
        }
    }
}
