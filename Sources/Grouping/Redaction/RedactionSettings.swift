import Events

/// What is masked beside secrets, which always are.
public struct RedactionSettings: Sendable, Hashable, Codable {
    public var emails: Bool
    public var ipAddresses: Bool
    /// User names in paths of home directories.
    public var homeDirectories: Bool
    public var phoneNumbers: Bool
    /// Korean resident registration numbers.
    public var residentNumbers: Bool
    /// Payment cards (by their Luhn digit).
    public var cards: Bool
    /// Values that stay as they are, compared literally.
    public var allow: [String]
    /// The operator's own secrets.
    public var patterns: [RedactionPattern]

    public init(
        emails: Bool = true, ipAddresses: Bool = false, homeDirectories: Bool = false, phoneNumbers: Bool = true,
        residentNumbers: Bool = true, cards: Bool = true, allow: [String] = [], patterns: [RedactionPattern] = []
    ) {
        (self.emails, self.ipAddresses, self.homeDirectories) = (emails, ipAddresses, homeDirectories)
        (self.phoneNumbers, self.residentNumbers, self.cards) = (phoneNumbers, residentNumbers, cards)
        (self.allow, self.patterns) = (allow, patterns)
    }
}

/// A secret of the operator's own: a literal start, and what follows it without a space.
public struct RedactionPattern: Sendable, Hashable, Codable {
    /// The placeholder's type: lowercase letters, digits and hyphens, 24 at most.
    public var name: String
    /// At least three bytes; compared without regard to case.
    public var prefix: String
    /// Bytes that must follow the prefix.
    public var minLength: Int

    public init(name: String, prefix: String, minLength: Int = 4) {
        (self.name, self.prefix, self.minLength) = (name, prefix, minLength)
    }
}

/// Why no redactor can be made.
public enum RedactionError: OperatorFacing, Equatable {
    case keyTooShort(bytes: Int)
    case invalidName(String)
    case prefixTooShort(name: String)
    case tooManyPatterns(Int)

    /// Shortest key, in bytes: half a SHA-256 block of security is plenty for six shown digits.
    public static let minKeyBytes = 16
    public static let maxPatterns = 256

    public var description: String {
        switch self {
        case .keyTooShort(let bytes): "redaction key has \(bytes) bytes, at least \(Self.minKeyBytes) are needed"
        case .invalidName(let name): "redaction pattern name \"\(name)\" is not 1 to 24 of a-z, 0-9 and -"
        case .prefixTooShort(let name): "redaction pattern \"\(name)\" has a prefix of less than 3 bytes"
        case .tooManyPatterns(let count): "\(count) redaction patterns, at most \(Self.maxPatterns) are allowed"
        }
    }

    public var remedy: String? {
        switch self {
        case .keyTooShort:
            "Remove the key file, so that a new key is made; old placeholders then no longer match new ones."
        case .invalidName, .prefixTooShort, .tooManyPatterns: "Change [redaction] patterns in appliance.toml."
        }
    }

    public var kind: FailureKind { .configuration }
}
