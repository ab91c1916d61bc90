import Events
import Foundation
import Testing

@Suite("Timestamps read and write RFC 3339")
struct TimestampTests {
    @Test(
        "what is written is read back",
        arguments: [
            "1970-01-01T00:00:00Z", "2026-11-21T03:04:05Z", "2026-11-21T03:04:05.123Z",
            "2026-11-21T03:04:05.000001Z", "2026-11-21T03:04:05.123456789Z", "1969-12-31T23:59:59.500Z",
            "2000-02-29T12:00:00Z", "1700-03-01T00:00:00Z", "2261-12-31T23:59:59Z",
        ])
    func roundTrip(text: String) throws {
        let time = try #require(Timestamp(rfc3339: text))
        #expect(time.rfc3339 == text)
    }

    @Test(
        "zones are offsets from UTC",
        arguments: [
            ("2026-11-21T06:00:00+09:00", "2026-11-20T21:00:00Z"),
            ("2026-11-21T06:00:00+0900", "2026-11-20T21:00:00Z"),
            ("2026-11-21 06:00:00,250-03", "2026-11-21T09:00:00.250Z"),
            ("2026-11-21t06:00:00z", "2026-11-21T06:00:00Z"),
        ])
    func zones(text: String, utc: String) {
        #expect(Timestamp(rfc3339: text)?.rfc3339 == utc)
    }

    @Test(
        "what is not a moment is refused",
        arguments: [
            "", "2026-11-21", "2026-13-01T00:00:00Z", "2026-02-29T00:00:00Z", "2026-11-21T24:00:00Z",
            "2026-11-21T00:00:00", "2026-11-21T00:00:00.Z", "2026-11-21T00:00:00Zx", "2026-11-21T00:00:00+9",
            "９026-11-21T00:00:00Z", "2026-11-21T00:00:00+09:0", "9999-11-21T00:00:00Z",
        ])
    func refused(text: String) {
        #expect(Timestamp(rfc3339: text) == nil)
    }

    @Test("the calendar agrees with Foundation's on every 37th day of six centuries")
    func calendar() throws {
        var calendar = Calendar(identifier: .gregorian)
        calendar.timeZone = try #require(TimeZone(identifier: "UTC"))
        for day in stride(from: -98_000, through: 106_000, by: 37) where day > -98_000 {
            let date = Date(timeIntervalSince1970: Double(day) * 86400)
            let parts = calendar.dateComponents([.year, .month, .day], from: date)
            let ours = CivilDate(daysSinceEpoch: Int64(day))
            #expect(ours.daysSinceEpoch == Int64(day))
            // Foundation's calendar is Julian before 1582-10-15; the range begins in 1701.
            #expect([ours.year, ours.month, ours.day] == [parts.year, parts.month, parts.day])
        }
    }

    @Test("arithmetic stays within 64 bits")
    func saturates() {
        let late = Timestamp(nanoseconds: .max)
        #expect(late.advanced(by: .seconds(1)).nanoseconds == .max)
        #expect(Timestamp(nanoseconds: .min).advanced(by: .seconds(-1)).nanoseconds == .min)
        #expect(Timestamp(minute: .max).nanoseconds == .max)
        #expect(Timestamp(seconds: .infinity).nanoseconds == 0)
        #expect(Timestamp(nanoseconds: .min).duration(to: late).nanoseconds == .max)
        #expect(Duration.seconds(Int64.max).nanoseconds == .max)
    }

    @Test("the first and the last moment of the range are read back", arguments: [Int64.min, Int64.min + 1, Int64.max])
    func limits(nanoseconds: Int64) {
        let time = Timestamp(nanoseconds: nanoseconds)
        #expect(Timestamp(rfc3339: time.rfc3339) == time)
    }

    @Test("a minute's bucket holds times before 1970 too")
    func minutes() {
        #expect(Timestamp(nanoseconds: -1).minute == -1)
        #expect(Timestamp(nanoseconds: 59_999_999_999).minute == 0)
        #expect(Timestamp(minute: 3).nanoseconds == 180_000_000_000)
    }

    @Test("a window knows the one before it")
    func window() throws {
        let end = try #require(Timestamp(rfc3339: "2026-11-21T06:00:00Z"))
        let window = TimeWindow(start: end.advanced(by: .days(-1)), end: end)
        #expect(window.before.start.rfc3339 == "2026-11-19T06:00:00Z")
        #expect(window.before.end == window.start)
        #expect(window.contains(window.start))
        #expect(!window.contains(end))
        #expect(TimeWindow(start: end, end: window.start).end == end)
    }
}
