import Events
import Foundation

/// Instants as the site's people read them: in its time zone and language, the same on every machine.
public struct SiteClock: Sendable, Hashable {
    /// The zone's identifier (`Asia/Seoul`), or `UTC` where the given one is unknown to this machine.
    public let identifier: String
    private let zone: TimeZone
    private let language: ReportLanguage

    /// - Parameter identifier: of the tz database; an unknown one reads as UTC, which ``identifier`` then says.
    public init(identifier: String, language: ReportLanguage = .english) {
        self.language = language
        if let zone = TimeZone(identifier: identifier) {
            (self.zone, self.identifier) = (zone, ["GMT", "Etc/UTC"].contains(identifier) ? "UTC" : identifier)
        } else {
            (zone, self.identifier) = (.gmt, "UTC")
        }
    }

    /// `Sat 21 Nov 2026 06:00`, `2026년 11월 21일 (토) 06:00`.
    public func long(_ time: Timestamp) -> String {
        let local = LocalTime(time, offset: offset(at: time))
        return language(
            "\(local.weekday) \(local.date.day) \(local.month) \(local.date.year) \(local.clock)",
            "\(local.date.year)년 \(local.koreanDay) (\(local.koreanWeekday)) \(local.clock)")
    }

    /// `21 Nov 05:59`; with the year where it is another one than `reference`'s.
    public func short(_ time: Timestamp, near reference: Timestamp) -> String {
        let local = LocalTime(time, offset: offset(at: time))
        let year = LocalTime(reference, offset: offset(at: reference)).date.year
        let isFar = local.date.year != year
        return language(
            "\(local.date.day) \(local.month) \(isFar ? "\(local.date.year) " : "")\(local.clock)",
            "\(isFar ? "\(local.date.year)년 " : "")\(local.koreanDay) \(local.clock)")
    }

    /// `05:59`.
    public func clockTime(_ time: Timestamp) -> String { LocalTime(time, offset: offset(at: time)).clock }

    /// `3 Mar`; with the year where it is another one than `reference`'s.
    public func day(_ time: Timestamp, near reference: Timestamp) -> String {
        let local = LocalTime(time, offset: offset(at: time))
        let year = LocalTime(reference, offset: offset(at: reference)).date.year
        let isFar = local.date.year != year
        return language(
            "\(local.date.day) \(local.month)\(isFar ? " \(local.date.year)" : "")",
            "\(isFar ? "\(local.date.year)년 " : "")\(local.koreanDay)")
    }

    /// `2026-11-21 05:59:12.345`.
    public func precise(_ time: Timestamp) -> String {
        let local = LocalTime(time, offset: offset(at: time))
        let (date, pad) = (local.date, LocalTime.pad)
        let milliseconds = LocalTime.floored(time.nanoseconds, 1_000_000_000).remainder / 1_000_000
        return "\(pad(date.year, 4))-\(pad(local.date.month, 2))-\(pad(date.day, 2)) \(local.clock):"
            + "\(pad(local.second, 2)).\(pad(Int(milliseconds), 3))"
    }

    /// `UTC`, `UTC+9`, `UTC-3:30`: the offset that holds at `time`.
    public func offsetName(at time: Timestamp) -> String {
        let minutes = offset(at: time) / 60
        guard minutes != 0 else { return "UTC" }
        let (hours, rest) = (abs(minutes) / 60, abs(minutes) % 60)
        return "UTC\(minutes < 0 ? "-" : "+")\(hours)\(rest == 0 ? "" : ":\(LocalTime.pad(rest, 2))")"
    }

    private func offset(at time: Timestamp) -> Int {
        zone.secondsFromGMT(for: Date(timeIntervalSince1970: time.seconds))
    }
}

/// An instant split into the parts of a local calendar and clock.
private struct LocalTime {
    let date: CivilDate
    let secondOfDay: Int
    private let days: Int64

    init(_ time: Timestamp, offset: Int) {
        let seconds = Self.floored(time.nanoseconds, 1_000_000_000).quotient + Int64(offset)
        let split = Self.floored(seconds, 86400)
        (days, secondOfDay) = (split.quotient, Int(split.remainder))
        date = CivilDate(daysSinceEpoch: split.quotient)
    }

    var second: Int { secondOfDay % 60 }
    var clock: String { "\(Self.pad(secondOfDay / 3600, 2)):\(Self.pad(secondOfDay / 60 % 60, 2))" }

    var month: String {
        ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"][date.month - 1]
    }

    /// 1 January 1970 was a Thursday.
    var weekday: String {
        ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"][Int(Self.floored(days, 7).remainder)]
    }

    var koreanDay: String { "\(date.month)월 \(date.day)일" }
    var koreanWeekday: String { ["목", "금", "토", "일", "월", "화", "수"][Int(Self.floored(days, 7).remainder)] }

    static func floored(_ value: Int64, _ divisor: Int64) -> (quotient: Int64, remainder: Int64) {
        let (quotient, remainder) = value.quotientAndRemainder(dividingBy: divisor)
        return remainder < 0 ? (quotient - 1, remainder + divisor) : (quotient, remainder)
    }

    static func pad(_ value: Int, _ width: Int) -> String {
        let digits = String(value)
        return String(repeating: "0", count: max(0, width - digits.count)) + digits
    }
}
