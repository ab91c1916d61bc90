/// SHA-256 of a grouping key: equal for events that are the same error.
public struct Fingerprint: Sendable, Hashable, Comparable, Codable, CustomStringConvertible {
    /// 64 lowercase hexadecimal digits.
    public let hex: String

    /// - Returns: nil unless `hex` is 64 lowercase hexadecimal digits.
    public init?(hex: String) {
        guard hex.utf8.count == 64, hex.utf8.allSatisfy(Self.isHexDigit) else { return nil }
        self.hex = hex
    }

    /// - Parameter digest: 32 bytes; anything else is a programming error.
    public init(digest: some Sequence<UInt8>) {
        hex = String(unsafeUninitializedCapacity: 64) { text in
            var count = 0
            for byte in digest {
                precondition(count < 64, "a fingerprint is 32 bytes")
                text[count] = Self.digit(byte >> 4)
                text[count + 1] = Self.digit(byte & 15)
                count += 2
            }
            precondition(count == 64, "a fingerprint is 32 bytes")
            return count
        }
    }

    /// What people read and type: `G-` and the first 8 digits. A pure function of the fingerprint, so that
    /// shards, sites and reports agree; any unambiguous prefix of 4 digits or more finds the group.
    public var groupID: String { "G-\(hex.prefix(8))" }

    public var description: String { groupID }

    public static func < (left: Fingerprint, right: Fingerprint) -> Bool { left.hex < right.hex }

    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        let text = try container.decode(String.self)
        guard let value = Fingerprint(hex: text) else {
            throw DecodingError.dataCorruptedError(in: container, debugDescription: "not a fingerprint")
        }
        self = value
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(hex)
    }

    private static func digit(_ value: UInt8) -> UInt8 { value < 10 ? 0x30 + value : 0x57 + value }

    private static func isHexDigit(_ byte: UInt8) -> Bool { byte &- 0x30 < 10 || byte &- 0x61 < 6 }
}

/// The prefix of a group's id, as a person typed it: `G-9c07`, `9c07a1`, or all 64 digits.
public struct GroupReference: Sendable, Hashable {
    /// 4 to 64 lowercase hexadecimal digits.
    public let prefix: String

    public init?(_ text: String) {
        var digits = text.lowercased()
        if digits.hasPrefix("g-") { digits.removeFirst(2) }
        guard (4...64).contains(digits.utf8.count),
            digits.utf8.allSatisfy({ $0 &- 0x30 < 10 || $0 &- 0x61 < 6 })
        else { return nil }
        prefix = digits
    }
}

/// What Grouping says of one event: a pure function of the event, the configuration and the version.
public struct GroupingResult: Sendable, Hashable {
    public var fingerprint: Fingerprint
    /// Version of the fingerprint's rules; frozen once released.
    public var version: Int
    /// Which rule made the key.
    public var rule: Rule
    /// The parts of the key, in order, for `show GROUP --why`.
    public var parts: [String]
    /// The message with its variable parts masked.
    public var template: String
    /// One line for people: type and place, or the template.
    public var title: String
    public var searchKey: SearchKey
    /// What older versions of the rules called this group, newest first: the history may know it by one of them.
    public var earlier: [Fingerprint]

    public enum Rule: String, Sendable, Hashable, Codable, CaseIterable {
        case operatorRule, ownFingerprint, frames, codeAndTarget, typeAndTemplate, template
    }

    public init(
        fingerprint: Fingerprint, version: Int, rule: Rule, parts: [String], template: String, title: String,
        searchKey: SearchKey, earlier: [Fingerprint] = []
    ) {
        (self.fingerprint, self.version, self.rule, self.parts) = (fingerprint, version, rule, parts)
        (self.template, self.title, self.searchKey, self.earlier) = (template, title, searchKey, earlier)
    }
}

/// What likeness is judged by: made by Grouping, indexed by History.
public struct SearchKey: Sendable, Hashable, Codable {
    /// One call of a trace, as grouping names it.
    public struct Frame: Sendable, Hashable, Codable {
        /// `OrderRepository.findOpen`, `app/orders.py:find_open`, or a file alone.
        public var name: String
        public var line: Int?
        /// Of the language's runtime or a test runner: in every trace, and so telling little.
        public var isRuntime: Bool

        public init(name: String, line: Int? = nil, isRuntime: Bool = false) {
            (self.name, self.line, self.isRuntime) = (name, line, isRuntime)
        }
    }

    public var exceptionType: String?
    public var code: String?
    /// Normalized frames, innermost first.
    public var frames: [Frame]
    /// The message as it came (redacted): its words are looked for when it is indexed or compared.
    public var text: String

    public init(exceptionType: String? = nil, code: String? = nil, frames: [Frame] = [], text: String = "") {
        (self.exceptionType, self.code, self.frames, self.text) = (exceptionType, code, frames, text)
    }
}
