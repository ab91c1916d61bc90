/// Numbers as people read them: the same on every machine, whatever its locale.
public enum NumberText {
    /// `48,210`.
    public static func grouped(_ value: Int) -> String {
        let digits = Array(String(value.magnitude))
        var text = value < 0 ? "-" : ""
        for (index, digit) in digits.enumerated() {
            if index > 0, (digits.count - index) % 3 == 0 { text.append(",") }
            text.append(digit)
        }
        return text
    }

    /// `1 event`, `48,210 events`; irregular plurals are given.
    public static func counted(_ value: Int, _ singular: String, _ plural: String? = nil) -> String {
        "\(grouped(value)) \(value == 1 ? singular : plural ?? singular + "s")"
    }

    /// `2.5×`, `40×`; one decimal below ten.
    public static func factor(_ value: Double) -> String {
        guard value.isFinite, value >= 0 else { return "?×" }
        if value >= 9.95 { return "\(grouped(Int(min(value.rounded(), 1e15))))×" }
        return "\(oneDecimal(value))×"
    }

    /// `812 bytes`, `1.5 kB`, `2.1 GB`: powers of 1,000, as disks are sold.
    public static func bytes(_ count: Int64) -> String {
        guard count >= 1000 else { return "\(max(0, count)) bytes" }
        var value = Double(count) / 1000
        var unit = 0
        let units = ["kB", "MB", "GB", "TB", "PB", "EB"]
        while value >= 999.5, unit < units.count - 1 { (value, unit) = (value / 1000, unit + 1) }
        return "\(value >= 99.5 ? grouped(Int(value.rounded())) : oneDecimal(value)) \(units[unit])"
    }

    /// `0.87`: a likeness or a score between 0 and 1.
    public static func score(_ value: Double) -> String {
        guard value.isFinite else { return "?" }
        let hundredths = Int((max(0, min(1, value)) * 100).rounded())
        return "\(hundredths / 100).\(hundredths % 100 < 10 ? "0" : "")\(hundredths % 100)"
    }

    private static func oneDecimal(_ value: Double) -> String {
        let tenths = Int((value * 10).rounded())
        return tenths % 10 == 0 ? grouped(tenths / 10) : "\(grouped(tenths / 10)).\(tenths % 10)"
    }
}
