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
    /// Numbers of passports, driving licences and bank accounts, where a name says what they are.
    public var identityNumbers: Bool
    /// Values that stay as they are, compared literally.
    public var allow: [String]
    /// The operator's own secrets.
    public var patterns: [RedactionPattern]

    public init(
        emails: Bool = true, ipAddresses: Bool = false, homeDirectories: Bool = false, phoneNumbers: Bool = true,
        residentNumbers: Bool = true, cards: Bool = true, identityNumbers: Bool = true, allow: [String] = [],
        patterns: [RedactionPattern] = []
    ) {
        (self.emails, self.ipAddresses, self.homeDirectories) = (emails, ipAddresses, homeDirectories)
        (self.phoneNumbers, self.residentNumbers, self.cards) = (phoneNumbers, residentNumbers, cards)
        (self.identityNumbers, self.allow, self.patterns) = (identityNumbers, allow, patterns)
    }
}

/// A secret of the operator's own: a literal start and what follows it without a space, or an expression.
public struct RedactionPattern: Sendable, Hashable, Codable {
    /// The placeholder's type: lowercase letters, digits and hyphens, 24 at most.
    public var name: String
    /// At least three bytes; compared without regard to case.
    public var prefix: String?
    /// Bytes that must follow the prefix.
    public var minLength: Int
    /// What is masked, as a ``BoundedPattern``; where it has a group named `secret`, that group alone.
    public var expression: String?

    public init(name: String, prefix: String? = nil, minLength: Int = 4, expression: String? = nil) {
        (self.name, self.prefix, self.minLength, self.expression) = (name, prefix, minLength, expression)
    }
}

/// Why no redactor can be made.
public enum RedactionError: OperatorFacing, Equatable {
    case keyTooShort(bytes: Int)
    case invalidName(String)
    case prefixTooShort(name: String)
    case tooManyPatterns(Int)
    case invalidExpression(name: String, reason: String)
    case matchesEmptyText(name: String)
    case expressionTooSlow(name: String)
    case patternWithout(name: String)

    /// Shortest key, in bytes: half a SHA-256 block of security is plenty for six shown digits.
    public static let minKeyBytes = 16
    public static let maxPatterns = 256

    public var description: String {
        switch self {
        case .keyTooShort(let bytes): "redaction key has \(bytes) bytes, at least \(Self.minKeyBytes) are needed"
        case .invalidName(let name): "redaction pattern name \"\(name)\" is not 1 to 24 of a-z, 0-9 and -"
        case .prefixTooShort(let name): "redaction pattern \"\(name)\" has a prefix of less than 3 bytes"
        case .tooManyPatterns(let count): "\(count) redaction patterns, at most \(Self.maxPatterns) are allowed"
        case .invalidExpression(let name, let reason): "the expression of redaction pattern \"\(name)\" \(reason)"
        case .matchesEmptyText(let name): "the expression of redaction pattern \"\(name)\" matches where nothing stands"
        case .expressionTooSlow(let name):
            "the expression of redaction pattern \"\(name)\" reaches its step limit on plain text"
        case .patternWithout(let name): "redaction pattern \"\(name)\" has neither a prefix nor an expression"
        }
    }

    public var remedy: String? {
        switch self {
        case .keyTooShort:
            "Remove the key file, so that a new key is made; old placeholders then no longer match new ones."
        case .expressionTooSlow:
            "Change [[redaction.pattern]] in appliance.toml: no repetition within a repetition, such as (a+)+."
        case .invalidName, .prefixTooShort, .tooManyPatterns, .invalidExpression, .matchesEmptyText, .patternWithout:
            "Change [[redaction.pattern]] in appliance.toml."
        }
    }

    public var kind: FailureKind { .configuration }
}
