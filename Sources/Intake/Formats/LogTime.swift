import Events
import Foundation

/// Reads the times of log lines: RFC 3339 and its kin, epochs in any unit, syslog, CLF, java.util.logging.
struct LogTime {
    /// For times without a zone.
    var zone: TimeZone
    /// Gives the year, or the day, that a form leaves out; the time is never more than a day after it.
    var now: Timestamp

    init(zone: TimeZone = .gmt, now: Timestamp) { (self.zone, self.now) = (zone, now) }

    /// An epoch by its size: seconds, milliseconds, microseconds, or nanoseconds.
    static func epoch(_ value: Double, digits: String) -> Timestamp? {
        guard value.isFinite, value > 0 else { return nil }
        let unit: Int64 = value < 1e11 ? 1_000_000_000 : value < 1e14 ? 1_000_000 : value < 1e17 ? 1000 : 1
        if let exact = exact(digits, unit) { return exact }
        return value < 9.2e18 ? Timestamp(seconds: value * Double(unit) / 1e9) : nil
    }

    /// From the digits: a double keeps 53 bits, too few for a microsecond of today.
    private static func exact(_ digits: String, _ unit: Int64) -> Timestamp? {
        let parts = digits.split(separator: ".", maxSplits: 1)
        guard let first = parts.first, let whole = Int64(first) else { return nil }
        var (fraction, scale) = (Int64(0), unit)
        for digit in (parts.count > 1 ? parts[1] : "").utf8 {
            guard digit.isDigit else { return nil }
            scale /= 10
            fraction += Int64(digit - 0x30) * scale
        }
        let (scaled, overflow) = whole.multipliedReportingOverflow(by: unit)
        return overflow ? nil : Timestamp(nanoseconds: scaled).advanced(by: .nanoseconds(fraction))
    }

    /// The time of a structured field.
    func field(_ value: LogFields.Value) -> Timestamp? {
        switch value {
        case .number(let number, let digits): return Self.epoch(number, digits: digits)
        case .text(let text):
            if let number = Double(text) { return Self.epoch(number, digits: text) }
            guard let (time, end) = prefix(of: text[...]), text[end...].trimmed.isEmpty else { return nil }
            return time
        case .flag, .absent: return nil
        }
    }

    /// The time at the beginning of the text, and where it ends.
    func prefix(of text: Substring) -> (time: Timestamp, end: Substring.Index)? {
        guard let first = text.utf8.first else { return nil }
        if first.isDigit { return iso(text) ?? commonLog(text) ?? timeOfDay(text) ?? otherDate(text) }
        return first.isLetter ? named(text) ?? weekday(text) : nil
    }

    /// `Sat 2026-11-21 03:04:05 KST`, as systemd writes times.
    private func weekday(_ text: Substring) -> (Timestamp, Substring.Index)? {
        let bytes = Array(text.utf8.prefix(9))
        guard bytes.count == 9, bytes[3] == 0x20, bytes[4].isDigit, bytes[8] == 0x2D else { return nil }
        return iso(text[text.utf8.index(text.startIndex, offsetBy: 4)...])
    }

    /// An instant from its parts in the source's zone.
    ///
    /// Of an hour that the clock shows twice, the second; one that it skips counts from before the change.
    func instant(days: Int64, seconds: Int64, fraction: Int64) -> Timestamp? {
        let local = days * 86400 + seconds
        let (before, after) = (offset(at: local - 86400), offset(at: local + 86400))
        var chosen = local - before
        if before != after {
            let valid = [local - before, local - after].filter { $0 + offset(at: $0) == local }
            chosen = valid.max() ?? chosen
        }
        let (scaled, overflow) = chosen.multipliedReportingOverflow(by: 1_000_000_000)
        return overflow ? nil : Timestamp(nanoseconds: scaled &+ fraction)
    }

    /// Seconds east of UTC.
    private func offset(at second: Int64) -> Int64 {
        Int64(zone.secondsFromGMT(for: Date(timeIntervalSince1970: Double(second))))
    }

    /// Zone names that logs print; others are ambiguous and left to the source's setting.
    static let zoneNames: [String: Int] = [
        "UTC": 0, "GMT": 0, "Z": 0, "KST": 9, "JST": 9, "CET": 1, "CEST": 2, "PST": -8, "PDT": -7, "EST": -5, "EDT": -4,
        "MSK": 3, "BST": 1, "EET": 2, "EEST": 3, "WET": 0, "WEST": 1, "MST": -7, "MDT": -6, "CDT": -5,
    ]
}

extension LogTime {
    /// `2026-11-21T03:04:05.123+09:00`, `2026/11/21 03:04:05,123`, with or without zone.
    private func iso(_ text: Substring) -> (Timestamp, Substring.Index)? {
        var bytes = Array(text.utf8.prefix(48))
        guard bytes.count >= 19 else { return nil }
        for index in [4, 7] where bytes[index] == 0x2F { bytes[index] = 0x2D }
        // MariaDB's `2026-11-21  9:04:05`.
        if bytes[10] == 0x20, bytes[11] == 0x20, bytes[12].isDigit { bytes[11] = 0x30 }
        var end = 19
        if end + 1 < bytes.count, bytes[end] == 0x2E || bytes[end] == 0x2C, bytes[end + 1].isDigit {
            end += 1
            while end < bytes.count, bytes[end].isDigit { end += 1 }
        }
        var length = end
        end = zoneEnd(bytes, from: end)
        var parsed = bytes[..<end].withUnsafeBufferPointer(Timestamp.parse)
        if parsed == nil { parsed = bytes[..<length].withUnsafeBufferPointer(Timestamp.parse) } else { length = end }
        guard let (nanoseconds, hasZone) = parsed else { return nil }
        let index = text.utf8.index(text.startIndex, offsetBy: length)
        if hasZone { return (Timestamp(nanoseconds: nanoseconds), index) }
        return zoned(nanoseconds, text, index)
    }

    private func zoneEnd(_ bytes: [UInt8], from start: Int) -> Int {
        guard start < bytes.count else { return start }
        if bytes[start] | 0x20 == 0x7A { return start + 1 }
        guard bytes[start] == 0x2B || bytes[start] == 0x2D else { return start }
        var end = start + 1
        while end < bytes.count, end - start < 6, bytes[end].isDigit || bytes[end] == 0x3A { end += 1 }
        return bytes[end - 1] == 0x3A ? end - 1 : end
    }

    /// A zone's name, or its offset after a space, else the source's zone.
    func zoned(_ nanoseconds: Int64, _ text: Substring, _ index: Substring.Index) -> (
        Timestamp, Substring.Index
    )? {
        let rest = text[index...]
        if rest.utf8.first == 0x20 {
            let word = rest.dropFirst().prefix { $0 != " " && $0 != "]" && $0 != ":" && $0 != "," }
            if let hours = Self.zoneNames[String(word)] {
                let shifted = Timestamp(nanoseconds: nanoseconds).advanced(by: .hours(-hours))
                return (shifted, word.endIndex)
            }
            // `Europe/Berlin`, as PHP writes it.
            if word.utf8.contains(0x2F), word.utf8.count <= 32, let named = TimeZone(identifier: String(word)) {
                let time = LogTime(zone: named, now: now).zoned(nanoseconds, text, word.endIndex)
                return time.map { ($0.0, word.endIndex) }
            }
            if word.utf8.count == 5, word.starts("+") || word.starts("-"), let offset = Int(word), abs(offset) < 1500 {
                let minutes = offset / 100 * 60 + offset % 100
                return (Timestamp(nanoseconds: nanoseconds).advanced(by: .minutes(-minutes)), word.endIndex)
            }
        }
        let (seconds, fraction) = nanoseconds.quotientAndRemainder(dividingBy: 1_000_000_000)
        guard fraction >= 0 else { return (Timestamp(nanoseconds: nanoseconds), index) }
        return instant(days: 0, seconds: seconds, fraction: fraction).map { ($0, index) }
    }

    /// `10/Oct/2000:13:55:36 -0700`.
    private func commonLog(_ text: Substring) -> (Timestamp, Substring.Index)? {
        let bytes = Array(text.utf8.prefix(26))
        guard bytes.count >= 20, bytes[2] == 0x2F, bytes[6] == 0x2F, bytes[11] == 0x3A,
            let day = number(bytes[0..<2]), let month = month(bytes[3..<6]), let year = number(bytes[7..<11]),
            (1700..<2260).contains(year),
            let seconds = clock(bytes[12..<20]), let days = CivilDate(year: year, month: month, day: day)
        else { return nil }
        let index = text.utf8.index(text.startIndex, offsetBy: 20)
        return zoned((days.daysSinceEpoch * 86400 + seconds) * 1_000_000_000, text, index)
    }

    /// `13:55:36.123` of today, or of yesterday where today's is still to come.
    private func timeOfDay(_ text: Substring) -> (Timestamp, Substring.Index)? {
        let bytes = Array(text.utf8.prefix(18))
        guard bytes.count >= 8, let seconds = clock(bytes[0..<8]) else { return nil }
        let (fraction, length) = fraction(bytes, from: 8)
        let offset = Int64(zone.secondsFromGMT(for: Date(timeIntervalSince1970: now.seconds)))
        let today = (now.minute * 60 + offset) / 86400
        let later = now.advanced(by: .hours(1))
        guard let time = instant(days: today, seconds: seconds, fraction: fraction) else { return nil }
        let index = text.utf8.index(text.startIndex, offsetBy: length)
        return (time > later ? time.advanced(by: .days(-1)) : time, index)
    }

    /// `Nov 21 03:04:05`, `Wed Oct 11 14:32:52.123 2000`, `Jul 09, 2015 3:23:29 PM`.
    private func named(_ text: Substring) -> (Timestamp, Substring.Index)? {
        var words = text.prefix(40).split(separator: " ", maxSplits: 6)[...]
        // The day of the week: `Wed`, `mer.`, `Mi,`.
        if let first = words.first, first.utf8.count <= 5, words.count > 4, month(Array(first.utf8)[...]) == nil {
            words = words.dropFirst()
        }
        guard words.count >= 3, let month = month(Array(words[words.startIndex].utf8)[...]) else { return nil }
        let dayWord = words[words.startIndex + 1]
        guard let day = number(Array(dayWord.utf8.filter { $0 != 0x2C })[...]) else { return nil }
        let third = words[words.startIndex + 2]
        if dayWord.ends(","), words.count >= 5 { return javaUtil(words, month: month, day: day, in: text) }
        // Cisco's `Jan 1 2006 23:12:00.975:`.
        if words.count > 3, third.utf8.count == 4, let year = number(Array(third.utf8)[...]) {
            return withYear(year, month, day, words[words.startIndex + 3])
        }
        var clockText = Array(third.utf8)
        if clockText.last == 0x3A { clockText.removeLast() }
        guard clockText.count >= 8, let seconds = clock(clockText[0..<8]) else { return nil }
        let part = fraction(clockText, from: 8).value
        if words.count > 3, let year = number(Array(words[words.startIndex + 3].utf8.prefix { $0 != 0x5D })[...]),
            (1970...2200).contains(year), let date = CivilDate(year: year, month: month, day: day)
        {
            let end = text.utf8.index(words[words.startIndex + 3].startIndex, offsetBy: 4)
            return instant(days: date.daysSinceEpoch, seconds: seconds, fraction: part).map { ($0, end) }
        }
        return withoutYear(month, day, seconds, part).map { ($0, third.endIndex) }
    }

    private func withYear(_ year: Int, _ month: Int, _ day: Int, _ word: Substring) -> (Timestamp, Substring.Index)? {
        let bytes = Array(word.utf8)
        guard (1970...2200).contains(year), bytes.count >= 8, let seconds = clock(bytes[0..<8]),
            let date = CivilDate(year: year, month: month, day: day)
        else { return nil }
        return instant(days: date.daysSinceEpoch, seconds: seconds, fraction: fraction(bytes, from: 8).value).map {
            ($0, word.endIndex)
        }
    }

    /// The year that brings the time nearest below `now` (a day of clock skew allowed).
    func withoutYear(_ month: Int, _ day: Int, _ seconds: Int64, _ fraction: Int64) -> Timestamp? {
        let year = CivilDate(daysSinceEpoch: now.minute / 1440).year
        for candidate in [year + 1, year, year - 1, year - 2, year - 3, year - 4] {
            guard let date = CivilDate(year: candidate, month: month, day: day),
                let time = instant(days: date.daysSinceEpoch, seconds: seconds, fraction: fraction)
            else { continue }
            if time <= now.advanced(by: .days(1)) { return time }
        }
        return nil
    }

    private func javaUtil(
        _ words: ArraySlice<Substring>, month: Int, day: Int, in text: Substring
    ) -> (Timestamp, Substring.Index)? {
        let start = words.startIndex
        guard let year = number(Array(words[start + 2].utf8)[...]),
            let date = CivilDate(year: year, month: month, day: day)
        else { return nil }
        var clockText = Array(words[start + 3].utf8)
        if clockText.count == 7 { clockText.insert(0x30, at: 0) }
        guard clockText.count == 8, var seconds = clock(clockText[...]) else { return nil }
        let half = words[start + 4]
        let isNoonHour = seconds / 3600 == 12
        if half.starts("PM"), !isNoonHour { seconds += 43200 }
        if half.starts("AM"), isNoonHour { seconds -= 43200 }
        let isHalf = half.starts("PM") || half.starts("AM")
        let end = isHalf ? text.utf8.index(half.startIndex, offsetBy: 2) : words[start + 3].endIndex
        return instant(days: date.daysSinceEpoch, seconds: seconds, fraction: 0).map { ($0, end) }
    }

    func number(_ digits: ArraySlice<UInt8>) -> Int? {
        guard (1...4).contains(digits.count), digits.allSatisfy(\.isDigit) else { return nil }
        return digits.reduce(0) { $0 * 10 + Int($1 - 0x30) }
    }

    func month(_ name: ArraySlice<UInt8>) -> Int? { MonthNames.month(name) }

    /// Seconds of `hh:mm:ss`.
    func clock(_ text: ArraySlice<UInt8>) -> Int64? {
        let start = text.startIndex
        guard text.count == 8, text[start + 2] == 0x3A, text[start + 5] == 0x3A,
            let hour = number(text[start..<start + 2]), let minute = number(text[start + 3..<start + 5]),
            let second = number(text[start + 6..<start + 8]), hour < 24, minute < 60, second <= 60
        else { return nil }
        return Int64(hour * 3600 + minute * 60 + second)
    }

    func fraction(_ bytes: [UInt8], from start: Int) -> (value: Int64, end: Int) {
        guard start + 1 < bytes.count, bytes[start] == 0x2E || bytes[start] == 0x2C, bytes[start + 1].isDigit
        else { return (0, start) }
        var (value, scale, index) = (Int64(0), Int64(100_000_000), start + 1)
        while index < bytes.count, bytes[index].isDigit {
            value += Int64(bytes[index] - 0x30) * scale
            (scale, index) = (scale / 10, index + 1)
        }
        return (value, index)
    }
}
