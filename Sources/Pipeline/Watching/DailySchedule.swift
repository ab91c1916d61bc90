import Events
import Foundation

/// A time of day in a zone, once a day.
struct DailySchedule: Sendable, Equatable {
    let hour: Int
    let minute: Int
    let timeZone: TimeZone

    /// - Returns: nil for anything but `HH:MM`.
    init?(_ text: String, timeZone: TimeZone) {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count == 2, parts.allSatisfy({ $0.utf8.count == 2 && $0.utf8.allSatisfy { $0 &- 0x30 < 10 } }),
            let hour = Int(parts[0]), let minute = Int(parts[1]), hour < 24, minute < 60
        else { return nil }
        (self.hour, self.minute, self.timeZone) = (hour, minute, timeZone)
    }

    /// The latest time not after `now`. A time of day that summer time leaves out comes right behind the gap; one that
    /// comes twice counts the first time.
    func last(before now: Timestamp) -> Timestamp {
        var calendar = Calendar(identifier: .gregorian)
        calendar.timeZone = timeZone
        let date = Date(timeIntervalSince1970: now.seconds)
        for days in 0...2 {
            guard let day = calendar.date(byAdding: .day, value: -days, to: calendar.startOfDay(for: date)),
                let time = calendar.nextDate(
                    after: day.addingTimeInterval(-1), matching: DateComponents(hour: hour, minute: minute, second: 0),
                    matchingPolicy: .nextTime, repeatedTimePolicy: .first),
                time <= date
            else { continue }
            return Timestamp(seconds: time.timeIntervalSince1970)
        }
        // Unreached: one of three days in a row has its time before now.
        return now
    }
}
