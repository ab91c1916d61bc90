/// SHA-256 of a grouping key: equal for events that are the same error.
///
/// Kept as numbers: a report orders tens of thousands of them, and a copy counts no references.
public struct Fingerprint: Sendable, Hashable, Comparable, Codable, CustomStringConvertible {
    /// Eight bytes of the digest each, the first ones first.
    private let first: UInt64
    private let second: UInt64
    private let third: UInt64
    private let fourth: UInt64

    private init(_ words: (UInt64, UInt64, UInt64, UInt64)) { (first, second, third, fourth) = words }

    /// - Returns: nil unless `hex` is 64 lowercase hexadecimal digits.
    public init?(hex: String) {
        var (words, count) = ((UInt64(0), UInt64(0), UInt64(0), UInt64(0)), 0)
        for byte in hex.utf8 {
            guard count < 64, let value = Self.value(byte) else { return nil }
            Self.append(value, bits: 4, to: &words)
            count += 1
        }
        guard count == 64 else { return nil }
        self.init(words)
    }

    /// - Parameter digest: 32 bytes; anything else is a programming error.
    public init(digest: some Sequence<UInt8>) {
        var (words, count) = ((UInt64(0), UInt64(0), UInt64(0), UInt64(0)), 0)
        for byte in digest {
            Self.append(byte, bits: 8, to: &words)
            count += 1
        }
        precondition(count == 32, "a fingerprint is 32 bytes")
        self.init(words)
    }

    /// 64 lowercase hexadecimal digits.
    public var hex: String { digits(64) }

    /// The 32 bytes of the digest.
    public var digest: [UInt8] {
        [first, second, third, fourth].flatMap { word in
            stride(from: 56, through: 0, by: -8).map { UInt8(truncatingIfNeeded: word >> UInt64($0)) }
        }
    }

    /// What people read and type: `G-` and the first 8 digits. A pure function of the fingerprint, so that
    /// shards, sites and reports agree; any unambiguous prefix of 4 digits or more finds the group.
    public var groupID: String { "G-\(digits(8))" }

    public var description: String { groupID }

    public static func < (left: Fingerprint, right: Fingerprint) -> Bool {
        if left.first != right.first { return left.first < right.first }
        return (left.second, left.third, left.fourth) < (right.second, right.third, right.fourth)
    }

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

    /// The first digits; at most 64.
    private func digits(_ count: Int) -> String {
        String(unsafeUninitializedCapacity: count) { text in
            for (place, word) in [first, second, third, fourth].enumerated() {
                for digit in 0..<16 where place * 16 + digit < count {
                    let value = UInt8(truncatingIfNeeded: word >> UInt64(60 - 4 * digit)) & 15
                    text[place * 16 + digit] = value < 10 ? 0x30 + value : 0x57 + value
                }
            }
            return count
        }
    }

    /// Shifts the whole number to the left and puts `value` at its end.
    private static func append(_ value: UInt8, bits: UInt64, to words: inout (UInt64, UInt64, UInt64, UInt64)) {
        let rest = 64 - bits
        words = (
            words.0 << bits | words.1 >> rest, words.1 << bits | words.2 >> rest, words.2 << bits | words.3 >> rest,
            words.3 << bits | UInt64(value)
        )
    }

    private static func value(_ digit: UInt8) -> UInt8? {
        if digit &- 0x30 < 10 { return digit &- 0x30 }
        return digit &- 0x61 < 6 ? digit &- 0x57 : nil
    }
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
