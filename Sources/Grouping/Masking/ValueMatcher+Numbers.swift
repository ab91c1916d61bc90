/// Values that start with a digit.
extension ValueMatcher {
    /// Times, addresses, versions, UUIDs: values with punctuation at known places.
    func matchStructure(_ start: Int, _ digits: Int, _ next: UInt8) -> (Mask, Int)? {
        let length = digits - start
        switch next {
        case 0x20 where length <= 2:
            return matchDayMonth(start, digits).map { (.time, $0) }
        case 0x2D, 0x2F, 0x2E, 0x3A:
            if length <= 4 || (length == 8 && next == 0x2D), let end = matchDate(start) { return (.time, end) }
            if next == 0x3A, length <= 2, let end = matchClock(start) { return (.time, withZone(end)) }
            if next == 0x2E, length <= 3, let end = matchIPv4(start) { return (.ip, withPort(end)) }
            if next == 0x2E, let end = matchVersion(start) { return (.version, end) }
            if length <= 4, next == 0x3A || next == 0x2D, let end = matchMAC(start) { return (.mac, end) }
            if length <= 4, next == 0x3A, let end = matchIPv6(start) { return (.ip, end) }
            if length == 8, next == 0x2D, let end = matchUUID(start) { return (.uuid, end) }
            if let end = matchEmail(start) { return (.email, end) }
        case 0x78, 0x58:
            if length == 1, bytes[start] == 0x30 {
                let end = bytes.run(from: digits + 1) { $0.isHexDigit }
                if end > digits + 1, !bytes.at(end).isWord { return (.hex, end) }
            }
        case 0x54 where length == 8:
            let clock = bytes.run(from: digits + 1, limit: 7) { $0.isDigit }
            if clock == digits + 7 { return (.time, withZone(bytes.run(from: clock) { $0.isDigit || $0 == 0x2E })) }
        default: break
        }
        return nil
    }

    func isOrdinal(_ start: Int, _ end: Int) -> Bool {
        end == start + 2
            && (bytes.hasAnyCase("st", at: start) || bytes.hasAnyCase("nd", at: start)
                || bytes.hasAnyCase("rd", at: start) || bytes.hasAnyCase("th", at: start))
    }

    /// A comma between digits groups thousands when exactly three digits follow.
    func isThousands(_ comma: Int) -> Bool {
        let end = bytes.run(from: comma + 1, limit: 4) { $0.isDigit }
        return end == comma + 4
    }

    /// A unit at `start`, with a space before it or not.
    func matchUnit(_ start: Int) -> (Mask, Int)? {
        let word = bytes.at(start) == 0x20 ? start + 1 : start
        guard Self.mayBeginUnit(bytes.at(word)) else { return nil }
        let end = bytes.run(from: word, limit: 13) { $0.isLetter || $0.isForeign }
        guard end > word, !bytes.at(end).isDigit, bytes.at(end) != 0x5F else { return nil }
        // After a space a single letter is a unit only where it stands as it is written: `5 s`, `88.0 B`.
        if word > start, end - word < 2, !Self.isLoneUnit(bytes[word]) || !endsValue(end) { return nil }
        return Self.unitTable.value(bytes, word, end).flatMap(Mask.init).map { ($0, end) }
    }

    /// The first letters of all units, `b d g h k m n s t u`, and of `µs`: most words after a number end here.
    static func mayBeginUnit(_ byte: UInt8) -> Bool {
        switch byte | 0x20 {
        case 0x62, 0x64, 0x67, 0x68, 0x6B, 0x6D, 0x6E, 0x73, 0x74, 0x75: true
        default: byte.isForeign
        }
    }

    static func isLoneUnit(_ byte: UInt8) -> Bool {
        byte == 0x73 || byte == 0x68 || byte == 0x42 || byte == 0x4B || byte == 0x4D || byte == 0x47
    }

    /// White space, closing punctuation or the end follows; a dot only where it ends a sentence.
    func endsValue(_ end: Int) -> Bool {
        let next = bytes.at(end)
        if next == 0x2E { return bytes.at(end + 1) == 0 || bytes.at(end + 1).isSpace }
        return next == 0 || next.isSpace || next == 0x2C || next == 0x3B || next == 0x29 || next == 0x5D
    }

    private static let unitTable = WordTable(units.map { ($0.0, $0.1.rawValue) })

    private static let units: [(StaticString, Mask)] = [
        ("ms", .duration), ("s", .duration), ("sec", .duration), ("secs", .duration), ("second", .duration),
        ("seconds", .duration), ("us", .duration), ("µs", .duration), ("ns", .duration), ("min", .duration),
        ("mins", .duration), ("minute", .duration), ("minutes", .duration), ("m", .duration), ("h", .duration),
        ("hour", .duration), ("hours", .duration), ("d", .duration), ("day", .duration), ("days", .duration),
        ("millis", .duration), ("msec", .duration), ("msecs", .duration), ("milliseconds", .duration),
        ("microseconds", .duration), ("nanoseconds", .duration), ("usec", .duration),
        ("b", .size), ("k", .size), ("g", .size), ("kb", .size), ("mb", .size), ("gb", .size), ("tb", .size),
        ("kib", .size),
        ("mib", .size), ("gib", .size), ("tib", .size), ("byte", .size), ("bytes", .size), ("mi", .size), ("gi", .size),
    ]

    /// Whether a number belongs to what stands before it: `status 404`, `HTTP/1.1`, `ORA-00942`.
    func isPartOfName(_ start: Int, _ end: Int, isInteger: Bool) -> Bool {
        switch bytes.at(start - 1) {
        case 0x2F: return bytes.hasAnyCase("http", at: start - 5)
        case 0x2D:
            guard isInteger, end - start >= 3, !bytes.at(end).isWord, bytes.at(end) != 0x2D else { return false }
            var word = start - 1
            while word > 0, start - word < 6, bytes[word - 1].isUpper { word -= 1 }
            return (1...4).contains(start - 1 - word) && !bytes.at(word - 1).isWord && bytes.at(word - 1) != 0x2D
        default: return isInteger && end - start <= 3 && isAfterCodeWord(start)
        }
    }

    /// After `status`, `code`, `HTTP` … a short number names the error, it does not vary.
    func isAfterCodeWord(_ start: Int) -> Bool {
        var end = start
        let lowest = max(0, start - 4)
        while end > lowest, bytes[end - 1].isSpace || bytes[end - 1] == 0x3D || bytes[end - 1] == 0x3A { end -= 1 }
        guard end < start else { return false }
        // Few words end as one of these does.
        switch bytes.at(end - 1).lowercased {
        case 0x65, 0x6C, 0x6F, 0x70, 0x73: break
        default: return false
        }
        return endsWith("status", end) || endsWith("code", end) || endsWith("http", end) || endsWith("errno", end)
            || endsWith("signal", end) || endsWith("status_code", end)
    }

    private func endsWith(_ word: StaticString, _ end: Int) -> Bool {
        let start = end - word.utf8CodeUnitCount
        return bytes.hasAnyCase(word, at: start) && !bytes.at(start - 1).isLetter
    }
}
