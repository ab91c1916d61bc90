/// Whom an alert calls: from the configuration only, never from a log or a model.
public enum Mention: Sendable, Hashable, Codable {
    case none, here, everyone
    /// Discord's number of a role or a user.
    case role(String)
    case user(String)

    /// Reads `@here`, `@everyone`, `<@&123>` (a role), `<@123>` (a user), or nothing.
    ///
    /// - Returns: nil for anything else.
    public init?(_ text: String) {
        switch text {
        case "": self = .none
        case "@here": self = .here
        case "@everyone": self = .everyone
        default:
            guard text.hasPrefix("<@"), text.hasSuffix(">") else { return nil }
            var digits = text.dropFirst(2).dropLast()
            let isRole = digits.hasPrefix("&")
            if isRole { digits = digits.dropFirst() }
            // A snowflake is an unsigned 64-bit number (https://discord.com/developers/docs/reference#snowflakes).
            guard digits.utf8.allSatisfy({ $0 &- 0x30 < 10 }), let number = UInt64(digits), number > 0 else {
                return nil
            }
            self = isRole ? .role(String(number)) : .user(String(number))
        }
    }

    /// As Discord reads it in a message's content.
    public var text: String {
        switch self {
        case .none: ""
        case .here: "@here"
        case .everyone: "@everyone"
        case .role(let id): "<@&\(id)>"
        case .user(let id): "<@\(id)>"
        }
    }
}
