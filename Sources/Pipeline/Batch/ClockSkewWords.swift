import Events
import Intake

extension ClockSkew {
    /// What an operator is told of a host whose clock cannot be right.
    func words(source: String, redactor: Redactor) -> String {
        let events = count == 1 ? "1 event" : "\(count) events"
        let direction = seconds < 0 ? "behind" : "ahead"
        return
            "\(source): \(events) of \(redactor(host).text) \(count == 1 ? "has a time" : "have times") that cannot be "
            + "right, as much as \(Self.length(seconds)) \(direction): kept, and marked time.implausible"
    }

    private static func length(_ seconds: Double) -> String {
        let minutes = seconds.magnitude / 60
        let (number, unit) =
            minutes < 120
            ? (minutes, "minutes") : minutes < 2880 ? (minutes / 60, "hours") : (minutes / 1440, "days")
        return "\(Int(number.rounded())) \(unit)"
    }
}
