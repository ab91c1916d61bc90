import Events
import Foundation

/// The body of a webhook message, within Discord's limits
/// (https://discord.com/developers/docs/resources/webhook#execute-webhook).
public struct DiscordPayload: Sendable, Hashable, Codable {
    /// The configured mention and words of our own; never text of a log or a model.
    public var content: String?
    public var embeds: [Embed]
    /// Always given, so that nothing but the configured mention can ping.
    public var allowedMentions: AllowedMentions

    enum CodingKeys: String, CodingKey {
        case content, embeds
        case allowedMentions = "allowed_mentions"
    }

    public struct Embed: Sendable, Hashable, Codable {
        public var title: String
        public var description: String?
        public var color: Int
        public var fields: [Field]
        public var footer: Footer?
        /// RFC 3339.
        public var timestamp: String?
    }

    public struct Field: Sendable, Hashable, Codable {
        public var name: String
        public var value: String
        public var inline: Bool
    }

    public struct Footer: Sendable, Hashable, Codable {
        public var text: String
    }

    public struct AllowedMentions: Sendable, Hashable, Codable {
        public var parse: [String]
        public var roles: [String]?
        public var users: [String]?

        public init(_ mention: Mention) {
            switch mention {
            case .none: parse = []
            case .here, .everyone: parse = ["everyone"]
            case .role(let id): (parse, roles) = ([], [id])
            case .user(let id): (parse, users) = ([], [id])
            }
        }
    }

    /// The bytes to post: the same for the same message, keys sorted.
    public func encoded() throws -> Data { try CanonicalJSON.encode(self) }

    /// Bytes of a file that any webhook may carry
    /// (https://discord.com/developers/docs/reference#uploading-files: 10 MiB).
    public static let attachmentBytes = 8 << 20

    /// Characters as Discord counts them against the limit of 6,000 over all embeds.
    public var embedUnits: Int {
        embeds.reduce(0) { sum, embed in
            let fields = embed.fields.reduce(0) { $0 + $1.name.utf16.count + $1.value.utf16.count }
            return sum + embed.title.utf16.count + (embed.description?.utf16.count ?? 0) + fields
                + (embed.footer?.text.utf16.count ?? 0)
        }
    }
}

/// Discord's limits, in UTF-16 units
/// (https://discord.com/developers/docs/resources/message#embed-object-embed-limits).
enum DiscordLimit {
    static let content = 2000
    static let title = 256
    static let description = 4096
    static let fieldName = 256
    static let fieldValue = 1024
    static let footer = 2048
    static let fields = 25
    static let embedsTogether = 6000
}

/// JSON with sorted keys and no white space: equal values give equal bytes.
enum CanonicalJSON {
    static func encode(_ value: some Encodable) throws -> Data {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return try encoder.encode(value)
    }
}
