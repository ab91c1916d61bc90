/// Numbers, and everything that starts with a digit.
extension MaskScanner {
    /// Scans the number whose first digit is at `start`; a sign before it is dropped with it.
    mutating func scanNumber(from start: Int) {
        let digits = bytes.run(from: start) { $0.isDigit }
        let next = bytes.at(digits)
        if let (kind, end) = values.matchStructure(start, digits, next) { return mask(kind, to: end) }
        if next.isLetter || next == 0x5F { return scanNumberWord(start, digits) }
        var end = digits
        while bytes.at(end) == 0x2E || bytes.at(end) == 0x2C, bytes.at(end + 1).isDigit,
            bytes.at(end) == 0x2E || values.isThousands(end)
        {
            end = bytes.run(from: end + 1) { $0.isDigit }
        }
        if end - start <= 5, values.isPartOfName(start, end, isInteger: end == digits) { return copy(end) }
        if let (kind, close) = values.matchUnit(end) { return mask(kind, to: close) }
        mask(.num, to: end)
    }

    /// Digits followed by letters: a unit, hexadecimal, an identifier, or a number and a word.
    private mutating func scanNumberWord(_ start: Int, _ digits: Int) {
        var end = digits
        var count = digits - start
        while end < bytes.count, bytes[end].isWord, !bytes[end].isForeign {
            if bytes[end].isDigit { count += 1 }
            end += 1
        }
        if let (kind, close) = values.matchUnit(digits), close == end { return mask(kind, to: close) }
        if bytes.at(end) == 0x2D, end - start == 8, let close = values.matchUUID(start) {
            return mask(.uuid, to: close)
        }
        if bytes.at(end) == 0x3A, end - start <= 4 {
            if let close = values.matchMAC(start) { return mask(.mac, to: close) }
            if let close = values.matchIPv6(start) { return mask(.ip, to: close) }
        }
        if let close = values.matchEmail(start) { return mask(.email, to: close) }
        if let (kind, close) = values.opaqueValue(start, end, digits: count) { return mask(kind, to: close) }
        mask(.num, to: digits)
        if values.isOrdinal(digits, end) { index = end }
    }
}
