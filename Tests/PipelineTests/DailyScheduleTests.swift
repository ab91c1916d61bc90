import Events
import Foundation
import Testing

@testable import Pipeline

@Suite("The time of day of the nightly run")
struct DailyScheduleTests {
    @Test(
        "the last time before a moment",
        arguments: [
            ("02:30", "UTC", "2026-11-21T06:00:00Z", "2026-11-21T02:30:00Z"),
            ("02:30", "UTC", "2026-11-21T02:30:00Z", "2026-11-21T02:30:00Z"),
            ("02:30", "UTC", "2026-11-21T02:29:59Z", "2026-11-20T02:30:00Z"),
            ("23:59", "Asia/Seoul", "2026-11-21T14:58:00Z", "2026-11-20T14:59:00Z"),
            ("02:30", "Asia/Seoul", "2026-11-21T00:00:00Z", "2026-11-20T17:30:00Z"),
            // Clocks go forward from 02:00 to 03:00, and back from 03:00 to 02:00.
            ("02:30", "Europe/Berlin", "2026-03-29T12:00:00Z", "2026-03-29T01:00:00Z"),
            ("02:30", "Europe/Berlin", "2026-10-25T12:00:00Z", "2026-10-25T00:30:00Z"),
            ("00:00", "America/Sao_Paulo", "2026-11-21T03:00:00Z", "2026-11-21T03:00:00Z"),
        ])
    func last(time: String, zone: String, now: String, expected: String) throws {
        let timeZone = try #require(TimeZone(identifier: zone))
        let schedule = try #require(DailySchedule(time, timeZone: timeZone))
        let moment = try #require(Timestamp(rfc3339: now))
        #expect(schedule.last(before: moment).rfc3339 == expected)
    }

    @Test(
        "what is no time of day is refused",
        arguments: ["", "2:30", "24:00", "12:60", "12:3", "12-30", "+1:30", "１２:30"])
    func refused(text: String) { #expect(DailySchedule(text, timeZone: .gmt) == nil) }
}
