import Crypto
import Events

/// Makes the redactor of a site: secrets become `<type:hash>`, with six digits of a keyed hash, so that two events
/// with one secret still match. Pure; redacting redacted text changes nothing.
///
/// - Parameter key: at least `RedactionError.minKeyBytes` random bytes that never leave the site.
/// - Throws: `RedactionError` for a key that is too short or a pattern that cannot be used.
public func makeRedactor(settings: RedactionSettings, key: [UInt8]) throws -> Redactor {
    let masker = try SecretMasker(settings: settings, key: key)
    return { text in
        var text = text
        guard let masked = text.withUTF8(masker.masked) else { return Redacted(text: text) }
        return Redacted(text: String(decoding: masked.bytes, as: UTF8.self), counts: masked.counts)
    }
}

/// Replaces secrets by placeholders, with a site's settings and key.
struct SecretMasker: Sendable {
    /// Passes over one text; all but a few hostile ones need one, and one more to see that it was enough.
    private static let maxPasses = 6

    let finder: SecretFinder
    private let key: SymmetricKey

    init(settings: RedactionSettings, key: [UInt8]) throws {
        try validate(settings, key)
        finder = SecretFinder(settings: settings, operatorPatterns: try OperatorPatterns(settings.patterns))
        self.key = SymmetricKey(data: key)
    }

    /// - Returns: the text without its secrets, and how many of each rule it had; nil when it has none.
    func masked(_ text: Bytes) -> (bytes: [UInt8], counts: [String: Int])? {
        let secrets = finder.secrets(in: text)
        guard !secrets.isEmpty else { return nil }
        var pass = mask(secrets, in: text, key)
        var counts = pass.counts
        for _ in 1..<Self.maxPasses {
            // What stands beside a placeholder can be clearer than what stood beside the secret.
            let next: Masked? = pass.bytes.withUnsafeBufferPointer { bytes in
                let secrets = finder.secrets(in: bytes, around: pass.placeholders)
                return secrets.isEmpty ? nil : mask(secrets, in: bytes, key)
            }
            guard let next else { break }
            pass = next
            counts.merge(next.counts, uniquingKeysWith: +)
        }
        return (pass.bytes, counts)
    }
}

/// The text with the secrets that the default settings know replaced by their types (`<password>`), without a key:
/// for what is shown while a site's key may be unknown, such as an error in its configuration.
public func withoutSecrets(_ text: String) -> String {
    var text = text
    return text.withUTF8 { bytes in
        var (result, index): ([UInt8], Int) = ([], 0)
        for secret in defaultFinder.secrets(in: bytes) {
            result += bytes[index..<secret.range.lowerBound]
            result += "<\(secret.name)>".utf8
            index = secret.range.upperBound
        }
        return String(decoding: result + bytes[index...], as: UTF8.self)
    }
}

private let defaultFinder = SecretFinder(settings: RedactionSettings(), operatorPatterns: .none)

private func validate(_ settings: RedactionSettings, _ key: [UInt8]) throws(RedactionError) {
    guard key.count >= RedactionError.minKeyBytes else { throw .keyTooShort(bytes: key.count) }
    guard settings.patterns.count <= RedactionError.maxPatterns else { throw .tooManyPatterns(settings.patterns.count) }
    for pattern in settings.patterns {
        let isName = pattern.name.utf8.allSatisfy { $0.isLower || $0.isDigit || $0 == 0x2D }
        guard isName, (1...24).contains(pattern.name.utf8.count) else { throw .invalidName(pattern.name) }
        guard pattern.prefix != nil || pattern.expression != nil else { throw .patternWithout(name: pattern.name) }
        if let prefix = pattern.prefix, prefix.utf8.count < 3 { throw .prefixTooShort(name: pattern.name) }
    }
}

/// A text with placeholders, where they stand, and how many of each rule they are.
private typealias Masked = (bytes: [UInt8], placeholders: [Range<Int>], counts: [String: Int])

private func mask(_ secrets: [Secret], in bytes: Bytes, _ key: SymmetricKey) -> Masked {
    var result: [UInt8] = []
    result.reserveCapacity(bytes.count + secrets.count * 24)
    var (counts, placeholders): ([String: Int], [Range<Int>]) = ([:], [])
    var index = 0
    for secret in secrets {
        result += bytes[index..<secret.range.lowerBound]
        let start = result.count
        result += "<\(secret.name):".utf8
        result += shortHash(UnsafeRawBufferPointer(rebasing: UnsafeRawBufferPointer(bytes)[secret.range]), key)
        result.append(0x3E)
        placeholders.append(start..<result.count)
        index = secret.range.upperBound
        counts[secret.name, default: 0] += 1
    }
    result += bytes[index...]
    return (result, placeholders, counts)
}

private func shortHash(_ value: UnsafeRawBufferPointer, _ key: SymmetricKey) -> [UInt8] {
    let digits = Array("0123456789abcdef".utf8)
    return HMAC<SHA256>.authenticationCode(for: value, using: key).prefix(RedactionMark.hashDigits / 2)
        .flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }
}
