/// Paths and URLs: fixed parts stay, identifiers in them are masked.
extension MaskScanner {
    /// A `/`, `~` or `\` that may start a path.
    mutating func scanPath() {
        let before = bytes.at(index - 1)
        guard bytes[index] == 0x2F, !before.isWord else { return copy(index + 1) }
        if let end = values.matchTemporaryPath(index) { return mask(.path, to: end) }
        scanSegments()
    }

    /// Copies the segments of a path, masking the variable ones.
    private mutating func scanSegments() {
        var afterHome = false
        while bytes.at(index) == 0x2F {
            copy(index + 1)
            let end = bytes.run(from: index) { ValueMatcher.isPathByte($0) }
            if afterHome, end > index {
                mask(.user, to: end)
                afterHome = false
                continue
            }
            afterHome =
                (bytes.has("home", at: index) && end == index + 4)
                || (bytes.has("Users", at: index) && end == index + 5)
            scanSegment(to: end)
        }
    }

    private mutating func scanSegment(to end: Int) {
        let digits = bytes[index..<end].reduce(into: 0) { if $1.isDigit { $0 += 1 } }
        if digits == 0, end - index < ValueMatcher.minBase64 { return copy(end) }
        if end - index == 36, let close = values.matchUUID(index), close == end { return mask(.uuid, to: end) }
        if let close = values.matchBase64(index), close == end { return mask(.base64, to: end) }
        while index < end {
            let byte = bytes[index]
            if byte.isDigit { scanNumber(from: index) } else if byte.isWord { scanWord() } else { copy(index + 1) }
        }
    }

    /// A URL whose authority starts at `authority`: user and query are dropped, the host stays unless it is an address.
    mutating func scanURL(from authority: Int) {
        copy(authority)
        let end = bytes.run(from: index, limit: ValueMatcher.maxValueBytes) { !$0.isSpace && !ValueMatcher.endsURL($0) }
        let slash = bytes.run(from: index, limit: end - index) { $0 != 0x2F && $0 != 0x3F && $0 != 0x23 }
        if let at = bytes[index..<slash].lastIndex(of: 0x40) { mask(.user, to: at) }
        scanHost(to: slash)
        if bytes.at(index) == 0x2F { scanSegments() }
        if bytes.at(index) == 0x3F, index < end { mask(.query, to: values.trimmed(index, end)) }
    }

    private mutating func scanHost(to end: Int) {
        if let close = values.matchIPv4(index), close <= end { return mask(.ip, to: min(values.withPort(close), end)) }
        if bytes.at(index) == 0x5B { copy(index + 1) }
        let colon = bytes.run(from: index, limit: end - index) { $0 != 0x3A }
        while index < colon {
            let byte = bytes[index]
            if byte.isDigit { scanNumber(from: index) } else { copy(index + 1) }
        }
        if index < end, bytes.at(index) == 0x3A { copy(bytes.run(from: index + 1, limit: 5) { $0.isDigit }) }
    }
}
