import Events

/// Stretches of time in words.
public enum DurationText {
    private static let units: [(seconds: Int64, name: String, short: String)] = [
        (86400, "day", "d"), (3600, "hour", "h"), (60, "minute", "min"), (1, "second", "s"),
    ]

    /// `24 hours`, `7 days`, `1 hour 30 minutes`: the two largest units that say something.
    public static func words(_ duration: Duration) -> String {
        let seconds = max(0, duration.components.seconds)
        if seconds == 86400 { return "24 hours" }
        let parts = parts(of: seconds)
        guard !parts.isEmpty else { return "0 seconds" }
        return parts.map { NumberText.counted(Int($0.count), units[$0.unit].name) }.joined(separator: " ")
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
    public static func before(_ duration: Duration) -> String {
        switch duration.components.seconds {
        case 3600: "hour before"
        case 86400: "day before"
        case 7 * 86400: "week before"
        default: "\(words(duration)) before"
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
