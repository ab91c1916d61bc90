/// A complete object name: 40 (SHA-1) or 64 (SHA-256) lowercase hexadecimal digits.
struct ObjectName: Sendable, Hashable {
    let hex: String

    init?(_ text: some StringProtocol) {
        let count = text.utf8.count
        guard count == 40 || count == 64, text.utf8.allSatisfy(Self.isHexDigit) else { return nil }
        hex = String(text)
    }

    /// Whether the text may abbreviate an object name: 7 to 64 hexadecimal digits.
    static func isAbbreviation(_ text: some StringProtocol) -> Bool {
        (7...64).contains(text.utf8.count) && text.utf8.allSatisfy(isHexDigit)
    }

    static func isHexDigit(_ byte: UInt8) -> Bool { byte &- 0x30 < 10 || byte &- 0x61 < 6 }

    /// The name that stands for no object.
    var isZero: Bool { hex.utf8.allSatisfy { $0 == 0x30 } }
    var format: ObjectFormat { hex.utf8.count == 64 ? .sha256 : .sha1 }
    var short: String { String(hex.prefix(9)) }
}

/// The hash that a repository names its objects by.
enum ObjectFormat: String, Sendable {
    case sha1, sha256
}

/// A path inside a repository that is safe to hand to git: relative, without `..`, control characters,
/// or a leading dash.
enum RepositoryPath {
    /// PATH_MAX of Linux; git itself takes longer ones.
    static let maxBytes = 4096

    static func isSafe(_ path: some StringProtocol) -> Bool {
        let bytes = path.utf8
        guard let first = bytes.first, first != 0x2D, first != 0x2F, bytes.count < maxBytes,
            bytes.allSatisfy({ $0 >= 0x20 && $0 != 0x7F })
        else { return false }
        return path.split(separator: "/", omittingEmptySubsequences: false).allSatisfy {
            !$0.isEmpty && $0 != "." && $0 != ".."
        }
    }
}
