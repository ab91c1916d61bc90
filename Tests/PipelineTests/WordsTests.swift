import Events
import Testing

@testable import Pipeline

@Suite("Durations and moments are written as people write them")
struct WordsTests {
    @Test(
        "durations",
        arguments: [
            ("500ms", Duration.milliseconds(500)), ("90s", .seconds(90)), ("5m", .minutes(5)), ("24h", .hours(24)),
            ("30d", .days(30)), ("2w", .days(14)),
        ])
    func durations(text: String, duration: Duration) {
        #expect(Duration(words: text) == duration)
        #expect(Duration(words: duration.words) == duration)
    }

    @Test(
        "nonsense is refused",
        arguments: ["", "h", "5", "-5m", "5 m", "1e9d", "99999999999999999999s", "４h", "999999999w"])
    func refused(text: String) {
        #expect(Duration(words: text) == nil)
    }

    @Test("no time at all has a name")
    func zero() {
        #expect(Duration.zero.words == "0s")
        #expect(Duration.milliseconds(1500).words == "1500ms")
    }

    @Test(
        "moments",
        arguments: [
            ("24h", "2026-11-20T03:00:00Z"), ("now", "2026-11-21T03:00:00Z"), ("today", "2026-11-20T15:00:00Z"),
            ("yesterday", "2026-11-19T15:00:00Z"), ("2026-11-01", "2026-10-31T15:00:00Z"),
            ("2026-11-01T00:00:00+09:00", "2026-10-31T15:00:00Z"),
        ])
    func moments(text: String, expected: String) throws {
        let now = try #require(Timestamp(rfc3339: "2026-11-21T03:00:00Z"))
        #expect(MomentWords(text, now: now, secondsFromUTC: 9 * 3600)?.moment.rfc3339 == expected)
        #expect(MomentWords("last tuesday", now: now) == nil)
    }

    @Test("the nearest name is offered for a slip of the finger, not for another word")
    func nearestName() {
        #expect(nearest("sevice", in: ["service", "paths"]) == "service")
        #expect(nearest("colour", in: ["service", "paths"]) == nil)
    }
}
