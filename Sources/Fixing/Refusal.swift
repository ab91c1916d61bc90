import Events

/// Why a proposed change became no draft. Each is told in words, and none is an error: refusing is what the rules are
/// for.
public enum Refusal: Error, Sendable, Hashable, CustomStringConvertible {
    case notProposed(String)
    case unsure(confidence: Int, least: Int)
    case unknownRevision(mirror: String, revision: String)
    case exists(branch: String)
    case limit(String)
    /// The path is not one that a draft may change.
    case path(String, reason: String)
    /// The block is not in the file, or not only once.
    case block(path: String, reason: String)
    case secret(path: String, line: Int)
    case kind(path: String, reason: String)
    case size(String)
    case syntax(path: String, tool: String, message: String)
    /// What git made of the change is not the change.
    case patch(String)

    public var description: String {
        switch self {
        case .notProposed(let reason): reason
        case .unsure(let confidence, let least): "the diagnosis is \(confidence) sure; a draft takes \(least)"
        case .unknownRevision(let mirror, let revision): "mirror \(mirror) lacks the revision \(revision.prefix(12))"
        case .exists(let branch): "\(branch) exists already"
        case .limit(let reason): reason
        case .path(let path, let reason): "\(Self.shown(path)) may not be changed: \(reason)"
        case .block(let path, let reason): "\(Self.shown(path)): \(reason)"
        case .secret(let path, let line): "\(Self.shown(path)):\(line) holds a secret, and is not to be touched"
        case .kind(let path, let reason): "\(Self.shown(path)): \(reason)"
        case .size(let reason): reason
        case .syntax(let path, let tool, let message): "\(Self.shown(path)) is no longer valid (\(tool)): \(message)"
        case .patch(let reason): reason
        }
    }

    /// The rule's name, for counting and JSON.
    public var rule: String {
        switch self {
        case .notProposed: "not-proposed"
        case .unsure: "confidence"
        case .unknownRevision: "revision"
        case .exists: "exists"
        case .limit: "limit"
        case .path: "path"
        case .block: "block"
        case .secret: "secret"
        case .kind: "kind"
        case .size: "size"
        case .syntax: "syntax"
        case .patch: "patch"
        }
    }

    /// A path as a model wrote it: short, on one line.
    private static func shown(_ path: String) -> String {
        let cleaned = path.unicodeScalars.prefix(120).map { scalar in
            scalar.value < 0x20 || (0x7F..<0xA0).contains(scalar.value) || (0x2028...0x202E).contains(scalar.value)
                || (0x200B...0x200F).contains(scalar.value) || (0x2066...0x2069).contains(scalar.value)
                ? "\u{FFFD}" : scalar
        }
        return String(String.UnicodeScalarView(cleaned))
    }
}
