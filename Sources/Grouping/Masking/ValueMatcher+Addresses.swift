/// Network addresses, identifiers with hyphens, emails, versions.
extension ValueMatcher {
    /// Four numbers up to 255 with dots between them.
    func matchIPv4(_ start: Int) -> Int? {
        var index = start
        for part in 0..<4 {
            var (value, end) = (0, index)
            while end < index + 3, bytes.at(end).isDigit { (value, end) = (value * 10 + Int(bytes[end] & 15), end + 1) }
            guard end > index, value < 256 else { return nil }
            index = end
            if part < 3 {
                guard bytes.at(index) == 0x2E else { return nil }
                index += 1
            }
        }
        let next = bytes.at(index)
        return next.isWord || (next == 0x2E && bytes.at(index + 1).isDigit) ? nil : index
    }

    /// `:port` or `/prefix` after an address.
    func withPort(_ end: Int) -> Int {
        guard bytes.at(end) == 0x3A || bytes.at(end) == 0x2F else { return end }
        let close = bytes.run(from: end + 1, limit: 6) { $0.isDigit }
        return close > end + 1 && close < end + 7 && !bytes.at(close).isWord ? close : end
    }

    /// Groups of up to four hexadecimal digits with colons: eight of them, or fewer with one `::`.
    func matchIPv6(_ start: Int) -> Int? {
        var (index, groups, gap, wide) = (start, 0, false, false)
        while groups < 9 {
            if bytes.at(index) == 0x3A, bytes.at(index + 1) == 0x3A {
                guard !gap else { return nil }
                gap = true
                index += 2
            } else if bytes.at(index) == 0x3A, groups > 0, bytes.at(index + 1).isHexDigit {
                index += 1
            } else if index > start {
                break
            }
            let end = bytes.run(from: index, limit: 5) { $0.isHexDigit }
            guard end > index else { break }
            if groups > 0 || gap, let four = matchIPv4(index) { return withPort(four) }
            guard end - index <= 4 else { return nil }
            if bytes[index..<end].contains(where: \.isDigit) { wide = true }
            (index, groups) = (end, groups + 1)
        }
        guard !bytes.at(index).isWord, groups == 8 || (gap && wide && groups < 8) else { return nil }
        if bytes.at(index) == 0x3A, bytes.at(index + 1).isDigit { return withPort(index) }
        return index
    }

    /// Six pairs of hexadecimal digits, or more, with `:` or `-` between them.
    func matchMAC(_ start: Int) -> Int? {
        let separator = bytes.at(start + 2)
        guard separator == 0x3A || separator == 0x2D else { return nil }
        var (index, pairs) = (start, 0)
        while pairs < 20, bytes.at(index).isHexDigit, bytes.at(index + 1).isHexDigit {
            (index, pairs) = (index + 2, pairs + 1)
            guard bytes.at(index) == separator, bytes.at(index + 1).isHexDigit else { break }
            index += 1
        }
        let next = bytes.at(index)
        return pairs < 6 || next.isWord || next == separator ? nil : index
    }

    /// 8-4-4-4-12 hexadecimal digits.
    func matchUUID(_ start: Int) -> Int? {
        guard start + 36 <= bytes.count, bytes[start + 8] == 0x2D, bytes[start + 13] == 0x2D else { return nil }
        for position in 0..<36 {
            let byte = bytes[start + position]
            let isHyphen = position == 8 || position == 13 || position == 18 || position == 23
            guard isHyphen ? byte == 0x2D : byte.isHexDigit else { return nil }
        }
        return bytes.at(start + 36).isWord ? nil : start + 36
    }

    /// `local@domain.top`; the local part starts at `start`.
    func matchEmail(_ start: Int) -> Int? {
        guard hasAt else { return nil }
        let at = bytes.run(from: start, limit: 64) {
            $0.isAlphanumeric || $0 == 0x2E || $0 == 0x2B || $0 == 0x2D || $0 == 0x5F
        }
        guard at > start, bytes.at(at) == 0x40 else { return nil }
        var end = bytes.run(from: at + 1, limit: 128) { $0.isAlphanumeric || $0 == 0x2D || $0 == 0x2E }
        while end > at + 1, bytes[end - 1] == 0x2E || bytes[end - 1] == 0x2D { end -= 1 }
        guard let dot = bytes[at + 1..<end].lastIndex(of: 0x2E), dot > at + 1, end - dot >= 3,
            bytes[dot + 1..<end].allSatisfy(\.isLetter)
        else { return nil }
        return end
    }

    /// Three or more numbers with dots, and a suffix such as `-rc1` or `-SNAPSHOT`.
    func matchVersion(_ start: Int) -> Int? {
        var (end, parts) = (bytes.run(from: start) { $0.isDigit }, 1)
        while bytes.at(end) == 0x2E, bytes.at(end + 1).isDigit {
            end = bytes.run(from: end + 1) { $0.isDigit }
            parts += 1
        }
        guard parts >= 3 else { return nil }
        if bytes.at(end) == 0x2D || bytes.at(end) == 0x2B, bytes.at(end + 1).isAlphanumeric {
            end = bytes.run(from: end + 1, limit: 24) { $0.isAlphanumeric || $0 == 0x2E }
            if bytes.at(end - 1) == 0x2E { end -= 1 }
        }
        return bytes.at(end).isWord ? nil : end
    }
}
