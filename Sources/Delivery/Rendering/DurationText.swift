import Events

/// Stretches of time in words.
public enum DurationText {
    private static let units: [(seconds: Int64, name: String, short: String, korean: String)] = [
        (86400, "day", "d", "일"), (3600, "hour", "h", "시간"), (60, "minute", "min", "분"), (1, "second", "s", "초"),
    ]

    /// `24 hours`, `7 days`, `1 hour 30 minutes`: the two largest units that say something.
    public static func words(_ duration: Duration, in say: ReportLanguage = .english) -> String {
        let seconds = max(0, duration.components.seconds)
        if seconds == 86400 { return say("24 hours", "24시간") }
        let parts = parts(of: seconds)
        guard !parts.isEmpty else { return say("0 seconds", "0초") }
        return parts.map { part in
            let (count, unit) = (Int(part.count), units[part.unit])
            return say(NumberText.counted(count, unit.name), NumberText.grouped(count) + unit.korean)
        }.joined(separator: " ")
    }

    /// `6 min 12 s`, `41 s`, `0.3 s`: how long something took.
    public static func elapsed(_ duration: Duration) -> String {
        let seconds = max(0, duration.components.seconds)
        if seconds < 10 {
            let tenths = Int((max(0, duration.inSeconds) * 10).rounded())
            return tenths % 10 == 0 ? "\(tenths / 10) s" : "\(tenths / 10).\(tenths % 10) s"
        }
        return parts(of: seconds).map { "\(NumberText.grouped(Int($0.count))) \(units[$0.unit].short)" }
            .joined(separator: " ")
    }

    /// The column's head for the window before: `day before`, `week before`, `90 minutes before`.
    public static func before(_ duration: Duration, in say: ReportLanguage = .english) -> String {
        switch duration.components.seconds {
        case 3600: say("hour before", "그 전 1시간")
        case 86400: say("day before", "전날")
        case 7 * 86400: say("week before", "전주")
        default: say("\(words(duration)) before", "그 전 \(words(duration, in: say))")
        }
    }

    private static func parts(of seconds: Int64) -> [(count: Int64, unit: Int)] {
        var rest = seconds
        var parts: [(count: Int64, unit: Int)] = []
        for (index, unit) in units.enumerated() where parts.count < 2 {
            let count = rest / unit.seconds
            // A second unit is only told right after the first: "2 days", not "2 days 5 seconds".
            if let first = parts.first, index > first.unit + 1 { break }
            if count > 0 { parts.append((count, index)) }
            rest %= unit.seconds
        }
        return parts
    }
}
