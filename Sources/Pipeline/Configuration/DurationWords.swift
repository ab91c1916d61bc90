import Events

extension Duration {
    private static let units: [(suffix: String, milliseconds: Int64)] = [
        ("ms", 1), ("s", 1000), ("m", 60_000), ("h", 3_600_000), ("d", 86_400_000), ("w", 604_800_000),
    ]

    /// Reads `500ms`, `90s`, `5m`, `24h`, `30d`, `2w`.
    ///
    /// - Returns: nil for anything else, for negative values and beyond 100 years.
    public init?(words text: some StringProtocol) {
        let digits = text.prefix { $0.isASCII && $0.isNumber }
        let suffix = String(text.dropFirst(digits.count))
        guard let count = Int64(digits), let unit = Self.units.first(where: { $0.suffix == suffix }),
            count <= 3_155_760_000_000 / unit.milliseconds
        else { return nil }
        self = .milliseconds(count * unit.milliseconds)
    }

    /// The largest unit that divides it: `24h` for a day's worth of hours stays `1d`.
    public var words: String {
        let milliseconds = nanoseconds / 1_000_000
        if milliseconds == 0 { return "0s" }
        let unit = Self.units.dropLast().last { milliseconds % $0.milliseconds == 0 }
        return unit.map { "\(milliseconds / $0.milliseconds)\($0.suffix)" } ?? "\(milliseconds)ms"
    }
}

/// A moment that a person names: `24h` (ago), `7d`, `yesterday`, or RFC 3339.
public struct MomentWords: Sendable, Hashable {
    public let moment: Timestamp

    /// - Parameter text: `24h`, `7d`, `yesterday`, `now`, `2026-11-21`, or RFC 3339 with a zone.
    /// - Parameter secondsFromUTC: what a day begins at, for `yesterday` and bare dates.
    public init?(_ text: String, now: Timestamp, secondsFromUTC: Int = 0) {
        let shift = Duration.seconds(secondsFromUTC)
        if let ago = Duration(words: text) {
            moment = now.advanced(by: .zero - ago)
        } else if let time = Timestamp(rfc3339: text) {
            moment = time
        } else if text == "now" {
            moment = now
        } else if text == "yesterday" || text == "today" {
            let local = now.advanced(by: shift)
            let midnight = Timestamp(minute: local.minute - ((local.minute % 1440) + 1440) % 1440)
            let day = text == "today" ? midnight : midnight.advanced(by: .zero - .days(1))
            moment = day.advanced(by: .zero - shift)
        } else if text.utf8.count == 10, let day = Timestamp(rfc3339: text + "T00:00:00Z") {
            moment = day.advanced(by: .zero - shift)
        } else {
            return nil
        }
    }
}
