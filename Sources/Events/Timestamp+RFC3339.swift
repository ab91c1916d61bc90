/// Reading and writing RFC 3339 (https://www.rfc-editor.org/rfc/rfc3339) without Foundation's formatters:
/// they cost microseconds a line, and the conversion must be the same on every machine.
extension Timestamp: CustomStringConvertible, Codable {
    /// `2026-11-21T03:04:05.123Z`.
    public var description: String { rfc3339 }

    public var rfc3339: String {
        let (whole, nanos) = Self.floorDivide(nanoseconds, 1_000_000_000)
        let (day, second) = Self.floorDivide(whole, 86400)
        let date = CivilDate(daysSinceEpoch: day)
        var text = "\(Self.pad(date.year, 4))-\(Self.pad(date.month, 2))-\(Self.pad(date.day, 2))T"
        text +=
            "\(Self.pad(Int(second / 3600), 2)):\(Self.pad(Int(second / 60 % 60), 2)):\(Self.pad(Int(second % 60), 2))"
        if nanos != 0 {
            var digits = 9
            var fraction = Int(nanos)
            while digits > 3, fraction % 1000 == 0 { (digits, fraction) = (digits - 3, fraction / 1000) }
            text += ".\(Self.pad(fraction, digits))"
        }
        return text + "Z"
    }

    /// - Returns: nil for anything that is not a complete RFC 3339 date and time with a zone.
    public init?(rfc3339 text: some StringProtocol) {
        var text = String(text)
        let parsed = text.withUTF8 { bytes -> (Int64, Bool)? in
            guard let (nanoseconds, hasZone) = Self.parse(bytes) else { return nil }
            return (nanoseconds, hasZone)
        }
        guard let (nanoseconds, hasZone) = parsed, hasZone else { return nil }
        self.init(nanoseconds: nanoseconds)
    }

    /// Reads `YYYY-MM-DD[T ]hh:mm:ss[.,fraction][Z|±hh:mm|±hhmm|±hh]`.
    ///
    /// - Returns: nanoseconds since the epoch, taking the text as UTC where it has no zone, and whether it had one.
    public static func parse(_ bytes: UnsafeBufferPointer<UInt8>) -> (nanoseconds: Int64, hasZone: Bool)? {
        guard bytes.count >= 19, bytes[4] == 0x2D, bytes[7] == 0x2D, bytes[13] == 0x3A, bytes[16] == 0x3A,
            bytes[10] == 0x54 || bytes[10] == 0x74 || bytes[10] == 0x20,
            let year = number(bytes, 0, 4), let month = number(bytes, 5, 2), let day = number(bytes, 8, 2),
            let hour = number(bytes, 11, 2), let minute = number(bytes, 14, 2), let second = number(bytes, 17, 2),
            hour < 24, minute < 60, second <= 60,
            let days = CivilDate(year: year, month: month, day: day)?.daysSinceEpoch
        else { return nil }
        var index = 19
        var fraction: Int64 = 0
        if index < bytes.count, bytes[index] == 0x2E || bytes[index] == 0x2C {
            guard let (value, next) = readFraction(bytes, from: index + 1) else { return nil }
            (fraction, index) = (value, next)
        }
        guard let (offset, hasZone) = readZone(bytes, from: index) else { return nil }
        let seconds = days * 86400 + Int64(hour * 3600 + minute * 60 + second) - offset
        // Before the epoch the fraction is taken from the next second, so that the first moment of the range is read.
        let (whole, rest) = seconds < 0 && fraction > 0 ? (seconds + 1, fraction - 1_000_000_000) : (seconds, fraction)
        let (scaled, overflow) = whole.multipliedReportingOverflow(by: 1_000_000_000)
        let (sum, carried) = scaled.addingReportingOverflow(rest)
        return overflow || carried ? nil : (sum, hasZone)
    }

    private static func readFraction(_ bytes: UnsafeBufferPointer<UInt8>, from start: Int) -> (Int64, Int)? {
        var (value, scale, index) = (Int64(0), Int64(100_000_000), start)
        while index < bytes.count, bytes[index] &- 0x30 < 10 {
            value += Int64(bytes[index] - 0x30) * scale
            scale /= 10
            index += 1
        }
        return index > start ? (value, index) : nil
    }

    /// Seconds east of UTC; 0 and false at the end of the text.
    private static func readZone(_ bytes: UnsafeBufferPointer<UInt8>, from start: Int) -> (Int64, Bool)? {
        if start == bytes.count { return (0, false) }
        let sign: Int64
        switch bytes[start] {
        case 0x5A, 0x7A: return start + 1 == bytes.count ? (0, true) : nil
        case 0x2B: sign = 1
        case 0x2D: sign = -1
        default: return nil
        }
        guard let hours = number(bytes, start + 1, 2), hours < 24 else { return nil }
        var index = start + 3
        if index < bytes.count, bytes[index] == 0x3A { index += 1 }
        if index == bytes.count { return index == start + 3 ? (sign * Int64(hours) * 3600, true) : nil }
        guard let minutes = number(bytes, index, 2), minutes < 60, index + 2 == bytes.count else { return nil }
        return (sign * Int64(hours * 3600 + minutes * 60), true)
    }

    private static func number(_ bytes: UnsafeBufferPointer<UInt8>, _ start: Int, _ count: Int) -> Int? {
        guard start + count <= bytes.count else { return nil }
        var value = 0
        for index in start..<start + count {
            let digit = bytes[index] &- 0x30
            guard digit < 10 else { return nil }
            value = value * 10 + Int(digit)
        }
        return value
    }

    static func pad(_ value: Int, _ width: Int) -> String {
        let digits = String(value)
        return digits.count >= width ? digits : String(repeating: "0", count: width - digits.count) + digits
    }

    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        let text = try container.decode(String.self)
        guard let time = Timestamp(rfc3339: text) else {
            throw DecodingError.dataCorruptedError(
                in: container, debugDescription: "not an RFC 3339 time: \(text.prefix(40))")
        }
        self = time
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(rfc3339)
    }
}

/// A day of the proleptic Gregorian calendar.
///
/// The conversion counts days in 400-year eras
/// (https://howardhinnant.github.io/date_algorithms.html describes the arithmetic).
public struct CivilDate: Sendable, Hashable {
    public let year: Int
    public let month: Int
    public let day: Int

    /// - Returns: nil when the calendar has no such day.
    public init?(year: Int, month: Int, day: Int) {
        guard (1...12).contains(month), day >= 1, day <= Self.length(ofMonth: month, year: year) else { return nil }
        (self.year, self.month, self.day) = (year, month, day)
    }

    public init(daysSinceEpoch days: Int64) {
        let shifted = days + 719_468
        let era = Timestamp.floorDivide(shifted, 146_097)
        let dayOfEra = Int(era.remainder)
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shiftedMonth = (5 * dayOfYear + 2) / 153
        day = dayOfYear - (153 * shiftedMonth + 2) / 5 + 1
        month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
        year = yearOfEra + Int(era.quotient) * 400 + (month <= 2 ? 1 : 0)
    }

    public var daysSinceEpoch: Int64 {
        let shiftedYear = Int64(month <= 2 ? year - 1 : year)
        let era = Timestamp.floorDivide(shiftedYear, 400)
        let dayOfYear = Int64((153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1)
        let dayOfEra = era.remainder * 365 + era.remainder / 4 - era.remainder / 100 + dayOfYear
        return era.quotient * 146_097 + dayOfEra - 719_468
    }

    private static func length(ofMonth month: Int, year: Int) -> Int {
        switch month {
        case 2: year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28
        case 4, 6, 9, 11: 30
        default: 31
        }
    }
}
