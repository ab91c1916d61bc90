/// How far a value goes, and whether it is a secret.
extension SecretReader {
    /// What a value is enclosed in: a quote, and the backslashes before it where the text is quoted again.
    struct Quotation: Equatable {
        var byte: UInt8
        var slashes: Int
    }

    func quotation(before value: Int) -> Quotation? {
        let byte = bytes.at(value - 1)
        guard Self.isQuote(byte) else { return nil }
        var slashes = 0
        while slashes < 15, bytes.at(value - 2 - slashes) == 0x5C { slashes += 1 }
        return Quotation(byte: byte, slashes: slashes)
    }

    /// The end of a quoted value; nil when its line ends first.
    ///
    /// Within a text that was quoted k times, n backslashes before a quote end it when they are as many as before
    /// the first quote, and whole escaped backslashes besides.
    private func quotedEnd(_ start: Int, _ quote: Quotation) -> Int? {
        let limit = min(bytes.count, start + Self.maxValueBytes)
        var (index, slashes) = (start, 0)
        while index < limit, bytes[index] != 0x0A {
            if bytes[index] == quote.byte, slashes % (2 * quote.slashes + 2) == quote.slashes {
                return index - quote.slashes
            }
            slashes = bytes[index] == 0x5C ? slashes + 1 : 0
            index += 1
        }
        return nil
    }

    func valueEnd(_ start: Int, _ kind: SecretNames.Kind, _ link: Link, _ quote: Quotation?) -> Int {
        if let quote, let end = quotedEnd(start, quote) {
            let hasSpace = bytes[start..<end].contains(0x20)
            if kind == .password ? link != .words || !hasSpace : !hasSpace && end - start <= Self.maxValueBytes {
                return end
            }
        }
        if kind == .password {
            if link == .element || link == .attribute && quote == nil {
                return bytes.run(from: start, limit: Self.maxValueBytes) { $0 != 0x3C && $0 != 0x0A }
            }
            return passwordEnd(start, isQuoted: quote != nil)
        }
        let end = bytes.run(from: start, limit: Self.maxValueBytes) {
            TokenAlphabet.base64.contains($0) || $0 == 0x21 || $0 == 0x23 || $0 == 0x24 || $0 == 0x2A || $0 == 0x5E
        }
        return end
    }

    /// The end of a password without quotes: punctuation ends it where something follows that is no part of one.
    private func passwordEnd(_ start: Int, isQuoted: Bool) -> Int {
        let limit = min(bytes.count, start + Self.maxValueBytes)
        var index = start
        while index < limit {
            switch bytes[index] {
            case 0x22, 0x27, 0x60, 0x3C, 0x26, 0x1B: return index
            case let byte where byte.isSpace: return index
            case 0x5C where isQuoted || [0x6E, 0x72, 0x74, 0x22, 0x27, 0x5C].contains(bytes.at(index + 1)): return index
            case 0x2C, 0x3B, 0x29, 0x7D, 0x5D, 0x7C:
                if isQuoted || endsValue(index) { return index }
            default: break
            }
            index += 1
        }
        return index
    }

    /// Whether nothing but a space, an end or another name follows the punctuation at `index`.
    private func endsValue(_ index: Int) -> Bool {
        let next = bytes.run(from: index, limit: 4) {
            $0 == 0x2C || $0 == 0x3B || $0 == 0x29 || $0 == 0x7D || $0 == 0x5D
        }
        let after = bytes.at(max(next, index + 1))
        if next >= bytes.count || after.isSpace || Self.isQuote(after) || after == 0x5C || after == 0 { return true }
        let name = bytes.run(from: next, limit: 40) { $0.isWord || $0 == 0x2D || $0 == 0x2E || $0 == 0x20 }
        return name > next && (bytes.at(name) == 0x3D || bytes.at(name) == 0x3A)
    }

    /// The end of a value that is longer than what it was judged by.
    func wholeEnd(_ start: Int, _ end: Int) -> Int {
        end - start < Self.maxValueBytes ? end : bytes.run(from: end) { TokenAlphabet.base64.contains($0) }
    }

    /// Where a value that fills its line goes on in the lines below it, as encoders wrap them.
    func wrappedEnd(_ range: Range<Int>) -> Int {
        var end = range.upperBound
        let line = bytes[range].lastIndex(of: 0x0A).map { $0 + 1 } ?? range.lowerBound
        var width = end - line
        guard width >= Self.minWrappedBytes else { return end }
        for _ in 0..<Self.maxWrappedLines where bytes.at(end) == 0x0A || bytes.has("\r\n", at: end) {
            let start = bytes.run(from: end, limit: 10) { $0.isSpace }
            let next = bytes.run(from: start, limit: width + 1) { TokenAlphabet.base64.contains($0) || $0 == 0x3D }
            let length = next - start
            guard length >= 4, length <= width, isCut(next), !bytes[start..<next].allSatisfy({ $0 == 0x3D }),
                isEncoded(start..<next)
            else { break }
            (end, width) = (next, length)
            if length < Self.minWrappedBytes { break }
        }
        return end
    }

    private static let minWrappedBytes = 40
    private static let maxWrappedLines = 256

    /// Letters and digits mixed, or letters in changing case, as no word has them.
    private func isEncoded(_ range: Range<Int>) -> Bool {
        let parts = composition(range.prefix(Self.maxValueBytes))
        return parts.letters > 0
            && (parts.digits > 0 || bytes[range.upperBound - 1] == 0x3D || parts.changes * 4 >= range.count)
    }

    // MARK: - Whether it is a secret

    func isSecret(_ range: Range<Int>, _ name: SecretNames.Name, _ quote: Quotation?, _ link: Link) -> Bool {
        let next = bytes.at(range.upperBound)
        guard !isStandIn(range), next != 0x28, next != 0x7B || quote != nil else { return false }
        let parts = composition(range)
        switch name.kind {
        case .password: return isPassword(range, parts, name, quote, link)
        case .key:
            guard range.count >= 8, next != 0x40 || parts.digits > 0 else { return false }
            if case .sign(let sign, _) = link {
                if sign == 0x2C, quote == nil { return isRandom(range, parts, minBytes: 20) }
                if name.text == "signature", sign != 0x3D { return false }
            }
            return isRandom(range, parts, minBytes: 8)
        case .definite:
            guard range.count >= 8, quote != nil || link != .words, !isCounting(range) else { return false }
            return isRandom(range, parts, minBytes: 8)
                || !isProse(range) && (parts.digits > 0 && entropy(range) >= 2.2 || parts.changes >= 3)
        case .service:
            return range.count >= 14 && isRandom(range, parts, minBytes: 14) && parts.letters >= 2
                || isSnowflake(range, parts)
        case .weak:
            let isParameter = link == .sign(0x3D, isSpaced: false)
            return (range.count >= 24 || range.count >= 16 && isParameter) && isRandom(range, parts, minBytes: 16)
                && parts.letters >= 4 && !isIdentifier(range, parts)
        case .code, .identity: return false
        }
    }

    private func isPassword(
        _ range: Range<Int>, _ parts: Composition, _ name: SecretNames.Name, _ quote: Quotation?, _ link: Link
    ) -> Bool {
        if quote == nil, isExpression(range) || isPath(range) { return false }
        if name.isWord, name.text.utf8.count <= 4, parts.digits == range.count, range.count < 6 { return false }
        switch link {
        case .sign(let sign, let isSpaced):
            if sign == 0x3D || quote != nil || !isSpaced { return range.count >= 3 || parts.digits > 0 }
            // After a colon in a sentence only what looks unlike a word, or ends the line.
            if bytes[range].contains(where: \.isForeign) || isOne(of: Self.states, range) { return false }
            return parts.digits > 0 || parts.others > 0 && !isProse(range)
                || isCut(range.upperBound) && range.count >= 6
        case .element, .attribute, .option, .login: return range.count >= 3
        case .words:
            if isOne(of: Self.states, range) { return false }
            if quote != nil { return range.count >= 3 && !bytes[range].contains(where: \.isForeign) }
            return range.count >= 6 && parts.digits > 0 && parts.letters > 0
                && !bytes[range].contains(where: \.isForeign)
        }
    }

    /// Code that gets the value from elsewhere: `os.environ[…]`, `config.get(…)`, `process.env.PASSWORD`.
    private func isExpression(_ range: Range<Int>) -> Bool {
        let word = bytes.run(from: range.lowerBound, limit: range.count) { $0.isWord || $0 == 0x2E }
        if word < range.upperBound {
            return word > range.lowerBound && (bytes[word] == 0x28 || bytes[word] == 0x5B)
                && !bytes[range.lowerBound..<word].contains(where: \.isDigit)
        }
        let heads: [StaticString] = ["process.env", "os.environ", "system.getenv", "config.", "self.", "this.", "env."]
        return heads.contains { bytes.hasAnyCase($0, at: range.lowerBound) }
    }

    /// `/etc/acme/db.pass`: where a password lies, or the working directory that shells call PWD.
    private func isPath(_ range: Range<Int>) -> Bool {
        let first = bytes[range.lowerBound]
        if first == 0x2F || first == 0x7E { return bytes[range].dropFirst().contains(0x2F) || range.count < 8 }
        return range.count > 3 && first.isLetter && bytes[range.lowerBound + 1] == 0x3A
            && bytes[range.lowerBound + 2] == 0x5C
    }

    /// A UUID or a plain hash: more often an identifier than a secret.
    private func isIdentifier(_ range: Range<Int>, _ parts: Composition) -> Bool {
        guard bytes[range].allSatisfy({ $0.isHexDigit || $0 == 0x2D }) else { return false }
        return parts.others == 0 && [32, 40, 64].contains(range.count) || parts.others == 4 && range.count == 36
    }

    /// A bare number of 15 to 20 digits: an identifier of a client.
    private func isSnowflake(_ range: Range<Int>, _ parts: Composition) -> Bool {
        (15...20).contains(parts.digits) && parts.digits == range.count && entropy(range) >= 2.5
    }

    /// Letters and digits mixed as no word or number does.
    func isRandom(_ range: Range<Int>, _ parts: Composition, minBytes: Int) -> Bool {
        guard range.count >= minBytes, parts.letters > 0, !isProse(range), !isCounting(range) else { return false }
        let bits = entropy(range)
        if parts.digits == 0 { return parts.changes * 4 >= range.count && range.count >= 16 && bits >= 3.5 }
        return range.count < 16 ? bits >= 2.7 && parts.changes >= 2 : bits >= 3 && parts.changes >= 4
    }

    /// Words, a path, a host name or a class: what lies between punctuation is nearly all plain words.
    func isProse(_ range: Range<Int>) -> Bool {
        var (words, total, start) = (0, 0, range.lowerBound)
        for index in range.lowerBound...range.upperBound where index == range.upperBound || !bytes[index].isAlphanumeric
        {
            if index > start {
                total += index - start
                let parts = composition(start..<index)
                let isWord = parts.digits == 0 && parts.changes * 4 <= index - start && index - start <= 20
                if isWord || index - start <= 2 { words += index - start }
            }
            start = index + 1
        }
        return total > 0 && words * 4 >= total * 3
    }
}
