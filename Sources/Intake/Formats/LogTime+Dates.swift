import Events

/// Dates as older and smaller log formats write them.
extension LogTime {
    /// `21-Nov-2026 03:04:05.123`, `21/11/2026 03:04:05`, `11/21/2026 3:04:05 PM`, `2026.11.21 03:04:05`,
    /// `21.11.2026 03:04:05`, `21 nov. 2026 03:04:05`, `26/11/21 03:04:05`, `11-21 03:04:05.123`, `261121 030405`, and
    /// epochs.
    func otherDate(_ text: Substring) -> (Timestamp, Substring.Index)? {
        let bytes = Array(text.utf8.prefix(40))
        guard bytes.count >= 10 else { return nil }
        if bytes[2] == 0x2D, bytes.count >= 20, bytes[6] == 0x2D { return namedMonth(bytes, text) }
        if bytes[2] == 0x2E, bytes.count >= 19, bytes[5] == 0x2E { return dottedDay(bytes, text) }
        if bytes[4] == 0x2E, bytes.count >= 19, bytes[7] == 0x2E { return dotted(bytes, text) }
        if bytes.count >= 17, bytes[2] == 0x2F, bytes[5] == 0x2F {
            return bytes[8] == 0x20 ? shortYear(bytes, text) : slashed(bytes, text)
        }
        if bytes.count >= 14, bytes[2] == 0x2D, bytes[5] == 0x20 { return monthDay(bytes, text) }
        if bytes.count >= 13, bytes[6] == 0x20, bytes[..<6].allSatisfy(\.isDigit) { return packed(bytes, text) }
        if bytes[1] == 0x20 || bytes[1] == 0x2E || bytes[2] == 0x20 || bytes[2] == 0x2E {
            return dayFirst(bytes, text)
        }
        return leadingEpoch(bytes, text)
    }

    /// `21 nov. 2026 03:04:05`, `21. November 2026, 03:04:05`; a word may stand before the clock (`um`, `à`).
    private func dayFirst(_ bytes: [UInt8], _ text: Substring) -> (Timestamp, Substring.Index)? {
        let words = bytes.split(separator: 0x20, maxSplits: 6)
        guard words.count >= 4, let day = number(words[0].last == 0x2E ? words[0].dropLast() : words[0]), day <= 31,
            let month = month(words[1]), let year = number(words[2].last == 0x2C ? words[2].dropLast() : words[2]),
            (1970...2200).contains(year)
        else { return nil }
        for word in words[3...].prefix(2) where word.count >= 8 {
            guard let seconds = clock(word.prefix(8)) else { return nil }
            return instant(year, month, day, seconds, bytes, word.startIndex + 8, text)
        }
        return nil
    }

    /// `21.11.2026 03:04:05`, with or without a comma.
    private func dottedDay(_ bytes: [UInt8], _ text: Substring) -> (Timestamp, Substring.Index)? {
        let start = bytes[10] == 0x2C ? 12 : 11
        guard bytes[start - 1] == 0x20, bytes.count >= start + 8, let day = number(bytes[0..<2]),
            let month = number(bytes[3..<5]), let year = number(bytes[6..<10]),
            let seconds = clock(bytes[start..<start + 8])
        else { return nil }
        return instant(year, month, day, seconds, bytes, start + 8, text)
    }

    /// PHP's `21-Nov-2026 03:04:05 Europe/Berlin`, Tomcat's, and Erlang's with two colons before the clock.
    private func namedMonth(_ bytes: [UInt8], _ text: Substring) -> (Timestamp, Substring.Index)? {
        let isErlang = bytes[11] == 0x3A && bytes[12] == 0x3A
        let start = isErlang ? 13 : 12
        guard bytes[11] == 0x20 || isErlang, bytes.count >= start + 8, let day = number(bytes[0..<2]),
            let month = month(bytes[3..<6]), let year = number(bytes[7..<11]),
            let seconds = clock(bytes[start..<start + 8])
        else { return nil }
        return instant(year, month, day, seconds, bytes, start + 8, text)
    }

    private func dotted(_ bytes: [UInt8], _ text: Substring) -> (Timestamp, Substring.Index)? {
        guard bytes[10] == 0x20, let year = number(bytes[0..<4]), let month = number(bytes[5..<7]),
            let day = number(bytes[8..<10]), let seconds = clock(bytes[11..<19])
        else { return nil }
        return instant(year, month, day, seconds, bytes, 19, text)
    }

    /// Spark's `26/11/21 03:04:05`; the day first where the year could not be.
    private func shortYear(_ bytes: [UInt8], _ text: Substring) -> (Timestamp, Substring.Index)? {
        guard let first = number(bytes[0..<2]), let month = number(bytes[3..<5]), let last = number(bytes[6..<8]),
            let seconds = clock(bytes[9..<17])
        else { return nil }
        let isYearFirst = 2000 + first <= CivilDate(daysSinceEpoch: now.minute / 1440).year
        let (year, day) = isYearFirst ? (first, last) : (last, first)
        return instant(2000 + year, month, day, seconds, bytes, 17, text)
    }

    /// The day first, unless it cannot be one, or the clock has halves, as where the month comes first.
    private func slashed(_ bytes: [UInt8], _ text: Substring) -> (Timestamp, Substring.Index)? {
        guard bytes.count >= 18, bytes[10] == 0x20 || bytes[10] == 0x2C, let first = number(bytes[0..<2]),
            let second = number(bytes[3..<5]), let year = number(bytes[6..<10])
        else { return nil }
        let start = bytes[11] == 0x20 ? 12 : 11
        var clockText = Array(bytes[start...].prefix { $0.isDigit || $0 == 0x3A })
        let end = start + clockText.count
        if clockText.count == 7 { clockText.insert(0x30, at: 0) }
        guard var seconds = clock(clockText[...]) else { return nil }
        var length = end
        var isHalf = false
        if end + 2 < bytes.count, bytes[end] == 0x20, bytes[end + 2] | 0x20 == 0x6D {
            let half = bytes[end + 1] | 0x20
            isHalf = half == 0x61 || half == 0x70
            if half == 0x70, seconds < 43200 { seconds += 43200 }
            if half == 0x61, seconds >= 43200 { seconds -= 43200 }
            if isHalf { length = end + 3 }
        }
        let isMonthFirst = second > 12 || isHalf && first <= 12
        let (day, month) = isMonthFirst ? (second, first) : (first, second)
        return instant(year, month, day, seconds, bytes, length, text)
    }

    /// Android's `11-21 03:04:05.123`.
    private func monthDay(_ bytes: [UInt8], _ text: Substring) -> (Timestamp, Substring.Index)? {
        guard let month = number(bytes[0..<2]), let day = number(bytes[3..<5]), (1...12).contains(month),
            let seconds = clock(bytes[6..<14])
        else { return nil }
        let part = fraction(bytes, from: 14)
        return withoutYear(month, day, seconds, part.value).map {
            ($0, text.utf8.index(text.startIndex, offsetBy: part.end))
        }
    }

    /// Hadoop's `261121 030405`.
    private func packed(_ bytes: [UInt8], _ text: Substring) -> (Timestamp, Substring.Index)? {
        guard bytes[7..<13].allSatisfy(\.isDigit), bytes.count == 13 || !bytes[13].isDigit,
            let year = number(bytes[0..<2]), let month = number(bytes[2..<4]), let day = number(bytes[4..<6]),
            let hour = number(bytes[7..<9]), let minute = number(bytes[9..<11]), let second = number(bytes[11..<13]),
            hour < 24, minute < 60, second <= 60
        else { return nil }
        return instant(2000 + year, month, day, Int64(hour * 3600 + minute * 60 + second), bytes, 13, text)
    }

    /// Seconds to nanoseconds of the years 2001 to 2033, with or without a fraction, and a blank behind.
    private func leadingEpoch(_ bytes: [UInt8], _ text: Substring) -> (Timestamp, Substring.Index)? {
        let digits = bytes.prefix { $0.isDigit }
        guard [10, 13, 16, 19].contains(digits.count), digits.first == 0x31 else { return nil }
        var end = digits.count
        if end + 1 < bytes.count, bytes[end] == 0x2E, bytes[end + 1].isDigit {
            end += 1
            while end < bytes.count, bytes[end].isDigit { end += 1 }
        }
        guard end < bytes.count, bytes[end] == 0x20 || bytes[end] == 0x5D || bytes[end] == 0x09 else { return nil }
        let written = String(decoding: bytes[..<end], as: UTF8.self)
        guard let value = Double(written), let time = Self.epoch(value, digits: written) else { return nil }
        return (time, text.utf8.index(text.startIndex, offsetBy: end))
    }

    /// With the fraction and the zone's name that may follow.
    private func instant(
        _ year: Int, _ month: Int, _ day: Int, _ seconds: Int64, _ bytes: [UInt8], _ length: Int, _ text: Substring
    ) -> (Timestamp, Substring.Index)? {
        guard (1700..<2260).contains(year), let date = CivilDate(year: year, month: month, day: day) else { return nil }
        let part = fraction(bytes, from: length)
        let local = (date.daysSinceEpoch * 86400 + seconds) * 1_000_000_000 + part.value
        return zoned(local, text, text.utf8.index(text.startIndex, offsetBy: part.end))
    }
}
