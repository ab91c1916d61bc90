import Events
import Foundation

extension ConfigurationKeys {
    static let watch: [ConfigurationKey<WatchSettings>] = [
        .init(
            "settle", \.settle, "After the first sign of a change, what belongs to it is let come for so long.",
            check: within(.zero ... .seconds(2))),
        .init(
            "poll", \.poll, "Files are looked at so often, where nothing tells of their changes.",
            check: within(.milliseconds(100) ... .minutes(5))),
        .init(
            "remote_every", \.remoteEvery, "Journals, spools and remote engines are asked so often.",
            check: within(.seconds(1) ... .days(1))),
        .init(
            "diagnoses_an_hour", \.diagnosesAnHour,
            "Groups that a model is asked about in an hour; at night [budget] holds.", check: within(0...10_000)),
        .init(
            "diagnoses_a_day", \.diagnosesADay, "And in a day, likewise.", check: within(0...100_000)),
    ]

    static let schedule: [ConfigurationKey<ScheduleSettings>] = [
        .init("nightly_at", \.nightlyAt, "When a watch does the nightly run: HH:MM in [report] time_zone.") {
            DailySchedule($0, timeZone: .gmt) == nil ? "a time of day, such as \"02:30\"" : nil
        }
    ]
}
