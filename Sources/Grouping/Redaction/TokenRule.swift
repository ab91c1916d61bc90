/// Bytes that a token may be made of.
enum TokenAlphabet: Sendable {
    case digits, hex, alphanumeric
    /// Letters, digits, `_` and `-`.
    case url
    /// `url` with `.`, `=`, `~` and `%`.
    case wide
    /// `wide` with `+` and `/`.
    case base64
    /// The digits of base64 alone.
    case plainBase64
    /// Letters, digits and `+,-./$=_`: password hashes, and tokens in several parts.
    case crypt
    /// `crypt` with `:`, which some hashes of passwords have between their parts.
    case scram
    /// Whatever can be seen but quotes, brackets and backslashes.
    case printable
    /// `url` with `@` and `/`: the path of a webhook.
    case webhook

    @inline(__always)
    func contains(_ byte: UInt8) -> Bool {
        switch self {
        case .digits: byte.isDigit
        case .hex: byte.isHexDigit
        case .alphanumeric: byte.isAlphanumeric
        case .url: byte.isAlphanumeric || byte == 0x5F || byte == 0x2D
        case .wide:
            byte.isAlphanumeric || byte == 0x5F || byte == 0x2D || byte == 0x2E || byte == 0x3D || byte == 0x7E
                || byte == 0x25
        case .base64: Self.wide.contains(byte) || byte == 0x2B || byte == 0x2F
        case .plainBase64: byte.isAlphanumeric || byte == 0x2B || byte == 0x2F
        case .crypt:
            byte.isAlphanumeric || byte &- 0x2B < 5 || byte == 0x24 || byte == 0x3D || byte == 0x5F
        case .scram: Self.crypt.contains(byte) || byte == 0x3A
        case .printable:
            byte &- 0x21 < 0x5E && byte != 0x22 && byte != 0x27 && byte != 0x3C && byte != 0x3E && byte != 0x5C
                && byte != 0x60
        case .webhook: Self.url.contains(byte) || byte == 0x40 || byte == 0x2F
        }
    }
}

/// A token that shows by its prefix what it is.
struct TokenRule: Sendable {
    /// The placeholder's type.
    let name: String
    let prefix: String
    let alphabet: TokenAlphabet
    /// Bytes after the prefix.
    let length: ClosedRange<Int>
    /// Whether the prefix is compared with regard to case.
    var isExact = true
    /// Least Shannon entropy of what follows the prefix, in bits a byte: look-alikes such as `xxxx` have less.
    var minEntropy = 2.6
    /// Whether digits (at least `minDigits`) and letters must both be in it.
    var isMixed = false
    var minDigits = 5

    init(
        _ name: String, _ prefix: String, _ alphabet: TokenAlphabet, _ length: ClosedRange<Int>, isExact: Bool = true,
        minEntropy: Double = 2.6, isMixed: Bool = false, minDigits: Int = 5
    ) {
        (self.name, self.prefix, self.alphabet, self.length) = (name, prefix, alphabet, length)
        (self.isExact, self.minEntropy) = (isExact, minEntropy)
        (self.isMixed, self.minDigits) = (isMixed, minDigits)
    }
}

/// A token that shows what it is by a mark within it.
struct InfixRule: Sendable {
    /// The placeholder's type.
    let name: String
    let mark: String
    let before: TokenAlphabet
    /// Bytes before the mark.
    let head: ClosedRange<Int>
    let after: TokenAlphabet
    /// Bytes after the mark.
    let tail: ClosedRange<Int>

    static let all: [InfixRule] = [
        InfixRule(
            name: "azure-token", mark: "AZDO", before: .alphanumeric, head: 76...76, after: .alphanumeric, tail: 4...4),
        InfixRule(name: "openai-key", mark: "T3BlbkFJ", before: .url, head: 20...180, after: .url, tail: 20...80),
        InfixRule(name: "newrelic-key", mark: "NRAL", before: .hex, head: 36...36, after: .hex, tail: 0...0),
        InfixRule(name: "mailchimp-key", mark: "-us", before: .hex, head: 32...32, after: .digits, tail: 1...2),
        InfixRule(name: "maxmind-key", mark: "_mmk", before: .url, head: 36...36, after: .digits, tail: 0...0),
        InfixRule(name: "fcm-key", mark: ":APA91b", before: .url, head: 10...24, after: .url, tail: 100...200),
        InfixRule(
            name: "salesforce-token", mark: "!AQ", before: .alphanumeric, head: 12...18, after: .wide, tail: 80...110),
        // https://learn.microsoft.com/purview/sit-defn-azure: keys that say in their middle what they are.
        InfixRule(
            name: "azure-key", mark: "JQQJ99", before: .alphanumeric, head: 52...52, after: .alphanumeric, tail: 26...26
        ),
        InfixRule(name: "azure-key", mark: "+ASt", before: .plainBase64, head: 76...76, after: .base64, tail: 8...8),
        InfixRule(name: "azure-key", mark: "+ABa", before: .plainBase64, head: 76...76, after: .base64, tail: 8...8),
        InfixRule(name: "azure-key", mark: "ACDb", before: .plainBase64, head: 76...76, after: .base64, tail: 8...8),
        InfixRule(name: "azure-key", mark: "+ACR", before: .plainBase64, head: 42...42, after: .base64, tail: 6...6),
        InfixRule(name: "azure-key", mark: "+ASb", before: .plainBase64, head: 33...33, after: .base64, tail: 7...7),
        InfixRule(name: "azure-key", mark: "+AEh", before: .plainBase64, head: 33...33, after: .base64, tail: 7...7),
        InfixRule(name: "azure-key", mark: "AzSe", before: .alphanumeric, head: 42...42, after: .base64, tail: 6...8),
        InfixRule(name: "azure-key", mark: "AzFu", before: .url, head: 44...44, after: .base64, tail: 6...8),
        InfixRule(name: "azure-key", mark: "AzCa", before: .plainBase64, head: 33...33, after: .base64, tail: 7...7),
        InfixRule(
            name: "line-token", mark: "w1cDnyilFU=", before: .base64, head: 120...200, after: .digits, tail: 0...0),
    ]
}
