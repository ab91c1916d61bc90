/// Dates and times of day, in the shapes that programs print.
extension ValueMatcher {
    /// A date in digits (year first or last, or month and day before a time), with its time of day.
    func matchDate(_ start: Int) -> Int? {
        let first = bytes.run(from: start, limit: 5) { $0.isDigit }
        let separator = bytes.at(first)
        guard separator == 0x2D || separator == 0x2F || separator == 0x2E else { return nil }
        let second = bytes.run(from: first + 1, limit: 3) { $0.isDigit }
        let length = first - start
        if separator == 0x2F, second == first + 1, let month = matchMonth(first + 1), bytes.at(month) == 0x2F {
            return withTime(bytes.run(from: month + 1, limit: 4) { $0.isDigit })
        }
        guard (1...2).contains(second - first - 1), length == 4 || length <= 2 else { return nil }
        guard bytes.at(second) == separator else {
            // Month and day alone are a date only where a time of day follows.
            guard length == 2, second - first == 3, bytes.at(second) == 0x20, let clock = matchClock(second + 1)
            else { return nil }
            return withZone(clock)
        }
        let third = bytes.run(from: second + 1, limit: 5) { $0.isDigit }
        let year = length == 4 ? first - start : third - second - 1
        guard year == 4, third > second + 1, third - second <= 5, !bytes.at(third).isLetter || bytes[third] == 0x54
        else { return nil }
        if separator == 0x2E, bytes.at(third) == 0x2E { return nil }
        guard isPlausible(start, first, second) else { return nil }
        return withTime(third)
    }

    /// The year, or the day and month, are such as a calendar has.
    func isPlausible(_ start: Int, _ first: Int, _ second: Int) -> Bool {
        let middle = number(first + 1, second)
        return first - start == 4
            ? (1900...2200).contains(number(start, first)) && middle <= 12 : number(start, first) <= 31 && middle <= 31
    }

    func number(_ start: Int, _ end: Int) -> Int {
        var value = 0
        for index in start..<min(end, start + 9) { value = value * 10 + Int(bytes[index] & 15) }
        return value
    }

    /// A time of day after a date: `T`, a space, `_`, `-` or `:` between them.
    func withTime(_ end: Int) -> Int {
        let separator = bytes.at(end)
        guard separator == 0x54 || separator == 0x20 || separator == 0x5F || separator == 0x2D || separator == 0x3A,
            let clock = matchClock(end + 1)
        else { return end }
        return withZone(clock)
    }

    /// `hh:mm`, `hh:mm:ss`, `hh.mm.ss`, with a fraction.
    func matchClock(_ start: Int) -> Int? {
        let hours = bytes.run(from: start, limit: 3) { $0.isDigit }
        let separator = bytes.at(hours)
        guard (1...2).contains(hours - start), separator == 0x3A || separator == 0x2E else { return nil }
        let minutes = bytes.run(from: hours + 1, limit: 3) { $0.isDigit }
        guard minutes == hours + 3, bytes[hours + 1] < 0x36 else { return nil }
        var end = minutes
        if bytes.at(minutes) == separator {
            end = bytes.run(from: minutes + 1, limit: 3) { $0.isDigit }
            guard end == minutes + 3, bytes[minutes + 1] < 0x37 else { return nil }
            if bytes.at(end) == 0x2E || bytes.at(end) == 0x2C, bytes.at(end + 1).isDigit {
                end = bytes.run(from: end + 1) { $0.isDigit }
            }
        } else if separator == 0x2E {
            return nil
        }
        guard !bytes.at(end).isWord || bytes[end] == 0x5A, bytes.at(end) != 0x3A || !bytes.at(end + 1).isHexDigit
        else { return nil }
        return end
    }

    /// `Z`, `+09:00`, ` +0900`, ` UTC`, ` AM` after a time.
    func withZone(_ end: Int) -> Int {
        if bytes.at(end) == 0x5A, !bytes.at(end + 1).isWord { return end + 1 }
        let sign = bytes.at(end) == 0x20 ? end + 1 : end
        if bytes.at(sign) == 0x2B || bytes.at(sign) == 0x2D {
            let close = bytes.run(from: sign + 1, limit: 6) { $0.isDigit || $0 == 0x3A }
            if close - sign >= 5, !bytes.at(close).isWord { return close }
        }
        guard sign > end, (2...3).contains(bytes.run(from: sign, limit: 4, \.isUpper) - sign) else { return end }
        for zone in Self.zones where bytes.has(zone, at: sign) {
            let close = sign + zone.utf8CodeUnitCount
            if !bytes.at(close).isWord { return close }
        }
        return end
    }

    private static let zones: [StaticString] = ["UTC", "GMT", "KST", "JST", "CET", "EST", "PST", "AM", "PM"]

    /// `Jun 14 15:16:01`, `Sat Jul  9 12:16:51 2005`, `Mon, 02 Jan 2006 15:04:05`.
    func matchMonthDate(_ start: Int, _ end: Int) -> Int? {
        if let month = matchMonth(start) {
            let day = bytes.run(from: month, limit: 2) { $0 == 0x20 }
            let close = bytes.run(from: day, limit: 3) { $0.isDigit }
            guard day > month, (1...2).contains(close - day) else { return nil }
            let year = withYear(bytes.at(close) == 0x2C ? close + 1 : close)
            if let clock = matchClock(year + 1), bytes.at(year) == 0x20 { return withYear(withZone(clock)) }
            return year > close ? year : nil
        }
        guard Self.weekdays.contains(where: { bytes.has($0, at: start) }) else { return nil }
        let comma = bytes.at(end) == 0x2C ? end + 1 : end
        guard bytes.at(comma) == 0x20 else { return nil }
        if let close = matchMonthDate(comma + 1, comma + 4) { return close }
        return matchDayMonth(comma + 1, bytes.run(from: comma + 1, limit: 3) { $0.isDigit })
    }

    /// `02 Jan 2006 15:04:05`.
    func matchDayMonth(_ start: Int, _ digits: Int) -> Int? {
        guard (1...2).contains(digits - start), bytes.at(digits) == 0x20 || bytes.at(digits) == 0x2D,
            let month = matchMonth(digits + 1)
        else { return nil }
        let year = bytes.at(month) == 0x2D ? month + 5 : withYear(month)
        guard year > month, year <= bytes.count else { return nil }
        return withTime(year)
    }

    func withYear(_ end: Int) -> Int {
        guard bytes.at(end) == 0x20 else { return end }
        let close = bytes.run(from: end + 1, limit: 5) { $0.isDigit }
        return close == end + 5 && !bytes.at(close).isWord && bytes.at(close) != 0x3A ? close : end
    }

    func matchMonth(_ start: Int) -> Int? {
        guard bytes.at(start).isUpper, bytes.at(start + 2).isLower, !bytes.at(start + 3).isWord,
            Self.months.contains(where: { bytes.has($0, at: start) })
        else { return nil }
        return start + 3
    }

    private static let months: [StaticString] = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ]
    private static let weekdays: [StaticString] = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"]
}
