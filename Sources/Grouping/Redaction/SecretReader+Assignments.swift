/// Values that a name marks as secret.
extension SecretReader {
    private static let maxNameRest = 25

    /// `password=…`, `"api_key": "…"`, `TOKEN => '…'`. The name ends, or goes on, at `nameEnd`; the value must not
    /// start before `from`.
    func assignment(_ kind: SecretNames.Kind, nameEnd: Int, from: Int) -> Secret? {
        guard RedactionMark.enclosing(bytes, nameEnd - 1) == nil,
            let (value, isSpaced, separator) = valueStart(after: nameEnd, kind), value >= from, value < bytes.count
        else { return nil }
        let isQuoted = Self.isQuote(bytes.at(value - 1))
        let end = valueEnd(value, kind, isQuoted: isQuoted)
        guard end > value, isSecret(value..<end, kind, isQuoted: isQuoted, isSpaced: isSpaced, separator) else {
            return nil
        }
        return Secret(name: kind == .password ? "password" : "secret", range: value..<end)
    }

    /// Passes over the rest of the name, the operator and the quotes before the value.
    private func valueStart(after nameEnd: Int, _ kind: SecretNames.Kind) -> (Int, isSpaced: Bool, separator: UInt8)? {
        if kind == .key, let value = optionValue(nameEnd) { return (value, true, 0x20) }
        let rest = bytes.run(from: nameEnd, limit: Self.maxNameRest) {
            $0.isAlphanumeric || $0 == 0x5F || $0 == 0x2D || $0 == 0x2E
                || (kind != .password && ($0 == 0x20 || $0 == 0x09))
        }
        var index = skip(rest, limit: 5) { $0.isSpace || Self.isQuote($0) || $0 == 0x5C || $0 == 0x5D }
        let separator = bytes.at(index)
        switch separator {
        case 0x3D, 0x3A: index += 1
        case 0x3E, 0x2C, 0x3F, 0x7C:
            guard kind != .password || separator == 0x2C && index > rest else { return nil }
            index += 1
        default: return nil
        }
        let end = bytes.run(from: index, limit: 3) {
            $0 == 0x3D || $0 == 0x3E || $0 == 0x3A || $0 == 0x7C || $0 == 0x7E
        }
        let value = skip(end, limit: 8) {
            $0.isSpace || Self.isQuote($0) || $0 == 0x5C || ($0 == 0x3D && kind != .password)
        }
        return (value, value > end && bytes.at(end).isSpace, separator)
    }

    /// The value of a command's option, `--token VALUE`.
    private func optionValue(_ nameEnd: Int) -> Int? {
        let close = bytes.run(from: nameEnd, limit: Self.maxNameRest) { $0.isAlphanumeric || $0 == 0x2D || $0 == 0x5F }
        guard bytes.at(close) == 0x20 else { return nil }
        let lowest = max(0, nameEnd - Self.maxNameRest)
        var index = nameEnd - 1
        while index > lowest, bytes[index].isWord || (bytes[index] == 0x2D && bytes[index - 1] != 0x2D) { index -= 1 }
        guard bytes.at(index) == 0x2D, bytes.at(index - 1) == 0x2D else { return nil }
        return bytes.run(from: close, limit: 4) { $0 == 0x20 || Self.isQuote($0) }
    }

    /// Passes over bytes of a class; an escaped line break (`\n`) counts as white space.
    private func skip(_ start: Int, limit: Int, _ belongs: (UInt8) -> Bool) -> Int {
        var index = start
        while index < min(bytes.count, start + limit) {
            if bytes[index] == 0x5C, bytes.at(index + 1) == 0x6E || bytes.at(index + 1) == 0x74 {
                index += 2
            } else if belongs(bytes[index]) {
                index += 1
            } else {
                break
            }
        }
        return index
    }

    private func valueEnd(_ start: Int, _ kind: SecretNames.Kind, isQuoted: Bool) -> Int {
        if kind == .password, isQuoted, let end = quotedEnd(start) { return end }
        let end = bytes.run(from: start, limit: Self.maxValueBytes) { byte in
            if kind == .password {
                return !byte.isSpace && !Self.isQuote(byte) && byte != 0x2C && byte != 0x3B && byte != 0x26
                    && byte != 0x29
                    && byte != 0x7D && byte != 0x5D && byte != 0x3C && byte != 0x5C
            }
            return TokenAlphabet.base64.contains(byte)
        }
        guard end == start + Self.maxValueBytes else { return end }
        return bytes.run(from: end) { TokenAlphabet.base64.contains($0) }
    }

    private func quotedEnd(_ start: Int) -> Int? {
        let quote = bytes.at(start - 1)
        let end = bytes.run(from: start, limit: Self.maxValueBytes) { $0 != quote && $0 != 0x0A && $0 != 0x5C }
        return bytes.at(end) == quote || bytes.at(end) == 0x5C ? end : nil
    }

    private func isSecret(
        _ range: Range<Int>, _ kind: SecretNames.Kind, isQuoted: Bool, isSpaced: Bool, _ separator: UInt8
    ) -> Bool {
        let next = bytes.at(range.upperBound)
        guard !isStandIn(range), next != 0x28, next != 0x7B else { return false }
        let parts = composition(range)
        switch kind {
        case .password:
            if separator == 0x3D || isQuoted || !isSpaced { return range.count >= 3 || parts.digits > 0 }
            // After a colon in a sentence only what looks unlike a word, or ends the line.
            return parts.digits > 0 || parts.others > 0 && !isProse(range)
                || isCut(range.upperBound) && range.count >= 6
        case .key:
            guard range.count >= 8, next != 0x40 || parts.digits > 0 else { return false }
            if separator == 0x2C, !isQuoted { return isRandom(range, parts, minBytes: 20) }
            return isRandom(range, parts, minBytes: 8)
        case .service:
            return range.count >= 14 && isRandom(range, parts, minBytes: 14) && parts.letters >= 2
                || isSnowflake(range, parts)
        }
    }

    /// A bare number of 15 to 20 digits: an identifier of a client.
    private func isSnowflake(_ range: Range<Int>, _ parts: Composition) -> Bool {
        (15...20).contains(parts.digits) && parts.digits == range.count && entropy(range) >= 2.5
    }

    /// Letters and digits mixed as no word or number does.
    private func isRandom(_ range: Range<Int>, _ parts: Composition, minBytes: Int) -> Bool {
        guard range.count >= minBytes, parts.letters > 0, !isProse(range), !isCounting(range) else { return false }
        let bits = entropy(range)
        if parts.digits == 0 { return parts.changes * 4 >= range.count && range.count >= 16 && bits >= 3.5 }
        return range.count < 16 ? bits >= 2.7 && parts.changes >= 2 : bits >= 3 && parts.changes >= 4
    }

    /// Words, a path, a host name or a class: what lies between punctuation is nearly all plain words.
    private func isProse(_ range: Range<Int>) -> Bool {
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

    /// What stands where a secret would: `${TOKEN}`, `<token>`, `****`, `xxxx`, `null`.
    func isStandIn(_ range: Range<Int>) -> Bool {
        let first = bytes[range.lowerBound]
        if first == 0x24 || first == 0x3C || first == 0x7B || first == 0x25 || first == 0x2A || first == 0x28
            || first == 0x5B
        {
            return true
        }
        for word in Self.standIns
        where word.utf8CodeUnitCount == range.count && bytes.hasAnyCase(word, at: range.lowerBound) {
            return true
        }
        for word in Self.partsOfStandIns {
            for index in range.prefix(64) where bytes.hasAnyCase(word, at: index) { return true }
        }
        return range.count >= 4 && Set(bytes[range].prefix(64)).count <= 2
    }

    private static let standIns: [StaticString] = [
        "null", "nil", "none", "true", "false", "undefined", "empty", "yes", "no", "redacted", "masked", "hidden",
        "invalid",
    ]
    private static let partsOfStandIns: [StaticString] = [
        "xxxxxx", "your_", "your-", "_here", "example_", "placeholder",
    ]
}
