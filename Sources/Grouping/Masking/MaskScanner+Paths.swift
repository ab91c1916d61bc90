/// Paths and URLs: fixed parts stay, identifiers in them are masked.
extension MaskScanner {
    /// A `/`, `~` or `\` that may start a path.
    mutating func scanPath() {
        let before = bytes.at(index - 1)
        guard bytes[index] == 0x2F, !before.isWord else { return copy(index + 1) }
        if let end = matchTemporaryPath(index) { return mask(.path, to: end) }
        scanSegments()
    }

    /// Copies the segments of a path, masking the variable ones.
    private mutating func scanSegments() {
        var afterHome = false
        while bytes.at(index) == 0x2F {
            copy(index + 1)
            let end = bytes.run(from: index) { Self.isPathByte($0) }
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
        if digits == 0, end - index < Self.minBase64 { return copy(end) }
        if end - index == 36, let close = matchUUID(index), close == end { return mask(.uuid, to: end) }
        if let close = matchBase64(index), close == end { return mask(.base64, to: end) }
        while index < end {
            let byte = bytes[index]
            if byte.isDigit { scanNumber(from: index) } else if byte.isWord { scanWord() } else { copy(index + 1) }
        }
    }

    private static func isPathByte(_ byte: UInt8) -> Bool {
        byte.isWord || byte == 0x2E || byte == 0x2D || byte == 0x2B || byte == 0x25 || byte == 0x40
    }

    /// Files in a directory for temporary files have names that nobody chose.
    private func matchTemporaryPath(_ start: Int) -> Int? {
        guard bytes.has("/tmp/", at: start) || bytes.has("/var/tmp/", at: start) || bytes.has("/dev/shm/", at: start)
        else { return nil }
        return bytes.run(from: start) { Self.isPathByte($0) || $0 == 0x2F }
    }

    /// The end of a Windows path whose first `\` is at `start`.
    func matchWindowsPath(_ start: Int) -> Int {
        bytes.run(from: start) { Self.isPathByte($0) || $0 == 0x5C || $0 == 0x7E || $0 == 0x24 }
    }

    /// A URL whose authority starts at `authority`: user and query are dropped, the host stays unless it is an address.
    mutating func scanURL(from authority: Int) {
        copy(authority)
        let end = bytes.run(from: index, limit: Self.maxValueBytes) { !$0.isSpace && !Self.endsURL($0) }
        let slash = bytes.run(from: index, limit: end - index) { $0 != 0x2F && $0 != 0x3F && $0 != 0x23 }
        if let at = bytes[index..<slash].lastIndex(of: 0x40) { mask(.user, to: at) }
        scanHost(to: slash)
        if bytes.at(index) == 0x2F { scanSegments() }
        if bytes.at(index) == 0x3F, index < end { mask(.query, to: trimmed(index, end)) }
    }

    private mutating func scanHost(to end: Int) {
        if let close = matchIPv4(index), close <= end { return mask(.ip, to: min(withPort(close), end)) }
        if bytes.at(index) == 0x5B { copy(index + 1) }
        let colon = bytes.run(from: index, limit: end - index) { $0 != 0x3A }
        while index < colon {
            let byte = bytes[index]
            if byte.isDigit { scanNumber(from: index) } else { copy(index + 1) }
        }
        if index < end, bytes.at(index) == 0x3A { copy(bytes.run(from: index + 1, limit: 5) { $0.isDigit }) }
    }

    private static func endsURL(_ byte: UInt8) -> Bool {
        byte == 0x22 || byte == 0x27 || byte == 0x3C || byte == 0x3E || byte == 0x60 || byte == 0x7C || byte == 0x5C
    }

    /// Closing punctuation after a URL belongs to the sentence.
    private func trimmed(_ start: Int, _ end: Int) -> Int {
        var end = end
        while end > start + 1, [0x2E, 0x2C, 0x29, 0x5D, 0x3A, 0x3B].contains(bytes[end - 1]) { end -= 1 }
        return end
    }
}
