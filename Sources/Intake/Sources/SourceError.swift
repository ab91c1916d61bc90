import Events
import HTTPTransport

/// Why a source cannot be read in this run; the other sources go on.
public enum SourceError: OperatorFacing, Equatable {
    /// A cursor of the source does not say how far it was read: reading on would count its events twice.
    case unreadableCursor(source: String, key: String)
    /// The configured address is none that may be connected to.
    case endpoint(source: String, EndpointError)
    case secret(source: String, path: String, reason: String)
    case unreachable(source: String, TransportError)
    /// The server said no, or what it said is no answer to what was asked.
    case refused(source: String, status: Int, words: String)
    case malformed(source: String, words: String)
    /// A program that reads the source failed.
    case program(source: String, name: String, words: String)
    case directory(source: String, path: String, reason: String)

    public var description: String {
        switch self {
        case .unreadableCursor(let source, let key):
            "source \(source): the place where reading stopped cannot be understood (\(key)); nothing of it was read"
        case .endpoint(let source, let error): "source \(source): \(error)"
        case .secret(let source, let path, let reason): "source \(source): cannot read the token in \(path): \(reason)"
        case .unreachable(let source, let error): "source \(source): \(error)"
        case .refused(let source, let status, let words): "source \(source): the server answers \(status): \(words)"
        case .malformed(let source, let words): "source \(source): \(words)"
        case .program(let source, let name, let words): "source \(source): \(name): \(words)"
        case .directory(let source, let path, let reason): "source \(source): \(path): \(reason)"
        }
    }

    public var remedy: String? {
        switch self {
        case .unreadableCursor(let source, _):
            "A newer version wrote it: run that one. Or name the source \"\(source)\" anew in appliance.toml: it is then"
                + " read from its beginning, and what was counted before is counted again."
        case .endpoint(_, let error): error.remedy
        case .secret: "Put the token into that file, readable by this user alone."
        case .unreachable(_, let error): error.remedy
        case .refused(_, 401, _), .refused(_, 403, _): "Check the source's token_file, user and tenant."
        case .refused(_, 404, _): "Check the source's url, organization and projects."
        case .refused, .malformed: "Check the source's url and query, and the server's own log."
        case .program(_, let name, _): "Check that \(name) is installed and that this user may read what it reads."
        case .directory: "Make the directory, readable and writable for this user."
        }
    }

    public var kind: FailureKind {
        switch self {
        case .unreadableCursor, .malformed: .data
        case .endpoint, .secret: .configuration
        case .unreachable, .refused, .program: .unavailable
        case .directory: .noInput
        }
    }
}
