import Crypto
import Events

/// Makes the redactor of a site: secrets become `<type:hash>`, with six digits of a keyed hash, so that two events
/// with one secret still match. Pure; redacting redacted text changes nothing.
///
/// - Parameter key: at least `RedactionError.minKeyBytes` random bytes that never leave the site.
/// - Throws: `RedactionError` for a key that is too short or a pattern that cannot be used.
public func makeRedactor(settings: RedactionSettings, key: [UInt8]) throws -> Redactor {
    try validate(settings, key)
    let finder = SecretFinder(settings: settings, operatorPatterns: try OperatorPatterns(settings.patterns))
    let key = SymmetricKey(data: key)
    return { text in
        var result = Redacted(text: text)
        var changed: [Range<Int>]?
        for _ in 0..<maxPasses {
            let pass = result.text.withUTF8 { bytes in
                // What stands beside a placeholder can be clearer than what stood beside the secret.
                let secrets = changed.map { finder.secrets(in: bytes, around: $0) } ?? finder.secrets(in: bytes)
                return secrets.isEmpty ? nil : mask(secrets, in: bytes, key)
            }
            guard let pass else { break }
            result.text = pass.redacted.text
            result.counts.merge(pass.redacted.counts, uniquingKeysWith: +)
            changed = pass.placeholders
        }
        return result
    }
}

/// Passes over one text; all but a few hostile ones need one, and one more to see that it was enough.
private let maxPasses = 6

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

/// - Returns: the text, and where its new placeholders stand.
private func mask(
    _ secrets: [Secret], in bytes: Bytes, _ key: SymmetricKey
) -> (redacted: Redacted, placeholders: [Range<Int>]) {
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
    return (Redacted(text: String(decoding: result, as: UTF8.self), counts: counts), placeholders)
}

private func shortHash(_ value: UnsafeRawBufferPointer, _ key: SymmetricKey) -> [UInt8] {
    let digits = Array("0123456789abcdef".utf8)
    return HMAC<SHA256>.authenticationCode(for: value, using: key).prefix(RedactionMark.hashDigits / 2)
        .flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }
}
