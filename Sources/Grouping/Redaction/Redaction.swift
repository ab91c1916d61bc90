import Crypto
import Events

/// Makes the redactor of a site: secrets become `<type:hash>`, with six digits of a keyed hash, so that two events
/// with one secret still match. Pure; redacting redacted text changes nothing.
///
/// - Parameter key: at least `RedactionError.minKeyBytes` random bytes that never leave the site.
/// - Throws: `RedactionError` for a key that is too short or a pattern that cannot be used.
public func makeRedactor(settings: RedactionSettings, key: [UInt8]) throws -> Redactor {
    try validate(settings, key)
    let finder = SecretFinder(settings: settings)
    let key = SymmetricKey(data: key)
    return { text in
        var text = text
        let redacted: Redacted? = text.withUTF8 { bytes in
            let secrets = finder.secrets(in: bytes)
            return secrets.isEmpty ? nil : mask(secrets, in: bytes, key)
        }
        return redacted ?? Redacted(text: text)
    }
}

private func validate(_ settings: RedactionSettings, _ key: [UInt8]) throws(RedactionError) {
    guard key.count >= RedactionError.minKeyBytes else { throw .keyTooShort(bytes: key.count) }
    guard settings.patterns.count <= RedactionError.maxPatterns else { throw .tooManyPatterns(settings.patterns.count) }
    for pattern in settings.patterns {
        let isName = pattern.name.utf8.allSatisfy { $0.isLower || $0.isDigit || $0 == 0x2D }
        guard isName, (1...24).contains(pattern.name.utf8.count) else { throw .invalidName(pattern.name) }
        guard pattern.prefix.utf8.count >= 3 else { throw .prefixTooShort(name: pattern.name) }
    }
}

private func mask(_ secrets: [Secret], in bytes: Bytes, _ key: SymmetricKey) -> Redacted {
    var result: [UInt8] = []
    result.reserveCapacity(bytes.count + secrets.count * 24)
    var counts: [String: Int] = [:]
    var index = 0
    for secret in secrets {
        result += bytes[index..<secret.range.lowerBound]
        result += "<\(secret.name):".utf8
        result += shortHash(UnsafeRawBufferPointer(rebasing: UnsafeRawBufferPointer(bytes)[secret.range]), key)
        result.append(0x3E)
        index = secret.range.upperBound
        counts[secret.name, default: 0] += 1
    }
    result += bytes[index...]
    return Redacted(text: String(decoding: result, as: UTF8.self), counts: counts)
}

private func shortHash(_ value: UnsafeRawBufferPointer, _ key: SymmetricKey) -> [UInt8] {
    let digits = Array("0123456789abcdef".utf8)
    return HMAC<SHA256>.authenticationCode(for: value, using: key).prefix(RedactionMark.hashDigits / 2)
        .flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }
}
