/// Private keys in their several forms, and Kubernetes' secrets.
extension SecretReader {
    /// Longest private key, in bytes: 16,384-bit RSA in PEM has 13,000.
    static let maxKeyBytes = 32_768

    /// The body of a private key, up to its end line, or to the first line that is no part of one.
    func privateKey(from start: Int, end: Int) -> Secret? {
        let title = bytes.run(from: end, limit: 64) { $0 != 0x2D && $0 != 0x0A }
        guard (end..<title).contains(where: { Self.keyTitles.starts(bytes, at: $0) }) else { return nil }
        let body = bytes.run(from: title, limit: 5) { $0 == 0x2D }
        let first = bytes.run(from: body, limit: 16) { $0.isSpace }
        let close = endMark(from: body) ?? encodedLinesEnd(from: body)
        var last = close
        while last > first, bytes[last - 1].isSpace { last -= 1 }
        return last - first >= 8 ? Secret(name: "private-key", range: first..<last) : nil
    }

    private static let keyTitles: WordSet = ["private key", "openvpn static key"]

    /// The place of `-----END`, when nothing else begins before it.
    private func endMark(from start: Int) -> Int? {
        let limit = min(bytes.count, start + Self.maxKeyBytes)
        var index = start
        while index < limit {
            if bytes[index] == 0x2D, bytes.has("-----", at: index) {
                let mark = bytes.run(from: index, limit: 8) { $0 == 0x2D }
                if bytes.hasAnyCase("begin", at: mark) { return nil }
                if bytes.hasAnyCase("end ", at: mark) { return index }
                index = mark
            } else {
                index += 1
            }
        }
        return nil
    }

    /// Lines that end in a word of base64, whatever a log wrote before it, and a PEM's own headers.
    private func encodedLinesEnd(from start: Int) -> Int {
        let limit = min(bytes.count, start + Self.maxKeyBytes)
        var (end, line) = (start, start)
        while line < limit {
            let lineEnd = bytes.run(from: line, limit: limit - line) { $0 != 0x0A }
            let word = bytes[line..<lineEnd].lastIndex { $0 == 0x20 || $0 == 0x09 }.map { $0 + 1 } ?? line
            var wordEnd = lineEnd
            while wordEnd > word,
                bytes[wordEnd - 1] == 0x0D || Self.isQuote(bytes[wordEnd - 1]) || bytes[wordEnd - 1] == 0x2C
            {
                wordEnd -= 1
            }
            let isHeader =
                bytes[line..<lineEnd].prefix(24).contains(0x3A) && line != start
                && (bytes.hasAnyCase("proc-type", at: line) || bytes.hasAnyCase("dek-info", at: line)
                    || bytes.hasAnyCase("version", at: line) || bytes.hasAnyCase("comment", at: line))
            let isBlank = bytes[line..<lineEnd].allSatisfy(\.isSpace)
            guard isBlank || isHeader || isKeyLine(word..<wordEnd, isFirst: line == start) else { break }
            if !isBlank { end = lineEnd }
            line = lineEnd + 1
        }
        return end
    }

    /// A line of a key: base64 without other signs, of any length when it is the last.
    private func isKeyLine(_ range: Range<Int>, isFirst: Bool) -> Bool {
        guard !range.isEmpty else { return false }
        let isEncoded = bytes[range].allSatisfy {
            $0.isAlphanumeric || $0 == 0x2B || $0 == 0x2F || $0 == 0x3D || $0 == 0x5C
        }
        guard isEncoded, bytes[range.lowerBound] != 0x3D || range.count == 5 else { return false }
        if range.count >= 32 || isFirst && range.count >= 16 { return true }
        let parts = composition(range)
        return parts.digits > 0 && parts.letters > 0 || bytes[range.upperBound - 1] == 0x3D
    }

    /// A private key that lost its first line: the numbers that PKCS#1, PKCS#8, SEC 1 and OpenSSH begin with.
    func headlessKey(from start: Int) -> Secret? {
        let before = bytes.at(start - 1)
        guard !before.isWord, before != 0x2F, before != 0x2B else { return nil }
        let end = bytes.run(from: start, limit: 8192) { $0.isAlphanumeric || $0 == 0x2B || $0 == 0x2F || $0 == 0x3D }
        guard end - start >= 32 else { return nil }
        return Secret(name: "private-key", range: start..<wrappedEnd(start..<end))
    }

    /// Whether the bytes at `start` are the head of a private key in DER: version 0 or 1 after the outer length.
    func isKeyHead(_ start: Int) -> Bool {
        // MII???IBAAK: PKCS#1 (version 0, then the modulus); MII???IBADAN: PKCS#8; MHcCAQEE and its like: SEC 1.
        if bytes.has("IBAAK", at: start + 6) || bytes.has("IBADAN", at: start + 6) { return true }
        return bytes.has("MHcCAQEE", at: start) || bytes.has("MIGHAgEAMBMG", at: start)
            || bytes.has("MC4CAQAwBQYDK2Vw", at: start) || bytes.has("MIGkAgEBBD", at: start)
            || bytes.has("b3BlbnNzaC1rZXktdjE", at: start) || bytes.has("MIGTAgEAMBMG", at: start)
    }

    static let keyHeads = [
        "mii", "mhccaqee", "mighageambmg", "mc4caqawbqydk2vw", "migkagebbd", "b3blbnnzac1rzxktdje", "migtageambmg",
    ]

    /// A text that is one line of a key and nothing else, when each line of a key became a text of its own.
    func bareKeyLine() -> Secret? {
        let start = bytes.run(from: 0, limit: 16) { $0.isSpace }
        let end = bytes.run(from: start, limit: 80) { $0.isAlphanumeric || $0 == 0x2B || $0 == 0x2F || $0 == 0x3D }
        guard [64, 70, 76].contains(end - start), bytes[end...].allSatisfy(\.isSpace) else { return nil }
        let parts = composition(start..<end)
        guard parts.digits >= 4, parts.upper >= 8, parts.lower >= 8, entropy(start..<end) >= 4.6 else { return nil }
        return Secret(name: "private-key", range: start..<end)
    }

    /// PuTTY's `Private-Lines: 14` and the lines after it.
    func puttyKey(end: Int) -> Secret? {
        let count = bytes.run(from: end, limit: 6) { $0 == 0x20 || $0.isDigit }
        let start = bytes.run(from: count, limit: 4) { $0.isSpace || $0 == 0x5C || $0 == 0x6E || $0 == 0x72 }
        guard start > count else { return nil }
        let close = bytes.run(from: start, limit: Self.maxKeyBytes) {
            $0.isAlphanumeric || $0 == 0x2B || $0 == 0x2F || $0 == 0x3D || $0.isSpace || $0 == 0x5C
        }
        // What follows, "Private-MAC", was passed over up to its hyphen.
        var last = close
        if bytes.at(close) == 0x2D, bytes.hasAnyCase("private-mac", at: close - 7) { last = close - 7 }
        while last > start, bytes[last - 1].isSpace { last -= 1 }
        return last - start >= 16 ? Secret(name: "private-key", range: start..<last) : nil
    }

    /// The private part of a JSON web key, `"d": "…"` beside a `"kty"`.
    func webKey(end: Int) -> Secret? {
        let start = bytes.run(from: end, limit: 6) { $0.isSpace || $0 == 0x22 || $0 == 0x5C || $0 == 0x3A }
        let close = bytes.run(from: start, limit: 2048) { TokenAlphabet.url.contains($0) }
        guard close - start >= 32, Self.isQuote(bytes.at(start - 1)) else { return nil }
        let near = max(0, end - 2048)..<min(bytes.count, close + 512)
        guard near.contains(where: { bytes[$0] == 0x6B && bytes.has("kty", at: $0) }) else { return nil }
        return Secret(name: "private-key", range: start..<close)
    }

    /// The secret beside an AWS access key's id, as `credentials.csv` and pasted pairs have it.
    func awsSecret(after end: Int) -> Secret? {
        let start = bytes.run(from: end, limit: 4) {
            $0.isSpace || Self.isQuote($0) || $0 == 0x2C || $0 == 0x3A || $0 == 0x3B || $0 == 0x7C
        }
        let close = bytes.run(from: start, limit: 41) { TokenAlphabet.plainBase64.contains($0) }
        let parts = composition(start..<close)
        guard start > end, close - start == 40, parts.upper >= 4, parts.lower >= 4, entropy(start..<close) >= 4 else {
            return nil
        }
        return Secret(name: TokenRules.awsKey, range: start..<close)
    }

    // MARK: - Kubernetes

    /// The values under `data:` and `stringData:` of a Secret's manifest in YAML, after its `kind: Secret`.
    func manifestValues(end: Int) -> [Secret] {
        guard !bytes.at(end).isWord, bytes.at(end) != 0x2D else { return [] }
        let limit = min(bytes.count, end + 8192)
        guard let data = (end..<limit).first(where: { isDataLine($0) }) else { return [] }
        var secrets: [Secret] = []
        var line = bytes.run(from: data + 1, limit: limit - data) { $0 != 0x0A } + 1
        while line < limit, secrets.count < 64 {
            let key = bytes.run(from: line, limit: 64) { $0 == 0x20 }
            let colon = bytes.run(from: key, limit: 128) { $0.isWord || (0x2D...0x2E).contains($0) }
            guard key > line, colon > key, bytes.at(colon) == 0x3A else { break }
            let value = bytes.run(from: colon + 1, limit: 4) { $0 == 0x20 || Self.isQuote($0) }
            let close = bytes.run(from: value, limit: Self.maxKeyBytes) { !$0.isSpace && !Self.isQuote($0) }
            if close - value >= 3, !isStandIn(value..<close) {
                secrets.append(Secret(name: "secret", range: value..<close))
            }
            line = bytes.run(from: close, limit: 256) { $0 != 0x0A } + 1
        }
        return secrets
    }

    private func isDataLine(_ index: Int) -> Bool {
        guard bytes[index] == 0x0A else { return false }
        let name = bytes.run(from: index + 1, limit: 32) { $0 == 0x20 }
        let colon = bytes.has("data:", at: name) ? name + 5 : bytes.has("stringData:", at: name) ? name + 11 : 0
        return colon > 0 && isCut(bytes.run(from: colon, limit: 8) { $0 == 0x20 })
    }
}
