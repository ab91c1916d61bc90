import Events
import Testing

@testable import Delivery

@Suite("What is muted, gathered or quiet")
struct MutingTests {
    typealias Policy = AlertPolicyTests
    static let now = Policy.now

    static func mute(until: Timestamp? = nil, count: Int = 10) -> AlertState.Mute {
        AlertState.Mute(
            at: Policy.ago(.hours(2)), until: until, reason: "known", count: count, releases: ["1.0"])
    }

    private func facts(
        _ trend: GroupFacts.Trend = .ongoing, count: Int = 50, releases: [String] = ["1.0"]
    ) -> GroupFacts {
        var facts = Policy.facts(trend, count: count)
        facts.releases = releases.map {
            ReleaseWindow(release: $0, first: Policy.ago(.hours(1)), last: Self.now, count: 1)
        }
        return facts
    }

    private static func group(_ number: Int) -> ReportGroup {
        ReportGroup(facts: Sample.facts("aaa\(number)", title: "t\(number)", template: "t", count: 5, trend: .new))
    }

    @Test("a muted group is counted and nothing else, whatever its severity", arguments: Severity.allCases)
    func muted(severity: Severity) {
        let state = AlertState(mute: Self.mute())
        let (after, actions) = Policy.decide(facts(.new), severity, state: state)
        #expect(actions == [.hold(5)] && after.heldBack == 5 && after.mute == state.mute)
    }

    @Test("tenfold growth, a new release and a regression wake it; an end lets it be as others are")
    func wakes() {
        let state = AlertState(mute: Self.mute())
        let back = Resolution(at: Policy.ago(.hours(1)))
        for (facts, end) in [
            (facts(count: 100), MuteEnd.grown(10)), (facts(releases: ["1.0", "1.1"]), .release("1.1")),
            (facts(.back(resolved: back)), .back),
        ] {
            let (after, actions) = Policy.decide(facts, .high, state: state)
            #expect(actions == [.send(.woken(end), heldBack: 0)] && after.mute == nil)
        }
        // Known before it was muted.
        let old = Resolution(at: Policy.ago(.hours(3)))
        #expect(Policy.decide(facts(.back(resolved: old)), state: state).actions == [.hold(5)])
        let over = AlertState(mute: Self.mute(until: Policy.ago(.minutes(1))))
        #expect(Policy.decide(facts(.new), state: over).actions == [.send(.new, heldBack: 0)])
        #expect(Policy.decide(facts(), state: over).actions.isEmpty)
    }

    @Test("warnings are gathered, what is less is left to the report")
    func gathers() {
        let (after, actions) = Policy.decide(facts(.new), .medium)
        #expect(actions == [.gather(.new, heldBack: 0)] && after.sent == 1)
        #expect(Policy.decide(facts(.new), .low).actions.isEmpty)
    }

    @Test("maintenance holds all, quiet hours all that is not critical, and what is held is told after")
    func holds() {
        var settings = AlertSettings()
        settings.quietHours = QuietHours("00:00-23:59")
        for (severity, isHeld, isTold) in [
            (Severity.critical, false, true), (.high, false, false), (.critical, true, false),
        ] {
            let (after, actions) = AlertPolicy.decide(
                facts(.new), severity: severity, occurrences: 5, state: AlertState(), isHeld: isHeld, now: Self.now,
                settings: settings)
            #expect(actions == [isTold ? .send(.new, heldBack: 0) : .hold(5)])
            #expect(after.heldBack == (isTold ? 0 : 5))
        }
        let held = AlertState(heldBack: 5)
        #expect(Policy.decide(facts(.new), state: held).actions == [.send(.new, heldBack: 5)])
    }

    @Test(
        "hours of a day, over midnight too",
        arguments: [
            ("22:00-07:00", "2026-11-21T13:30:00Z", true), ("22:00-07:00", "2026-11-20T21:59:59Z", true),
            ("22:00-07:00", "2026-11-20T22:00:00Z", false), ("09:00-18:00", "2026-11-21T00:00:00Z", true),
            ("09:00-18:00", "2026-11-21T09:00:00Z", false),
        ])
    func hours(text: String, time: String, isQuiet: Bool) throws {
        var hours = try #require(QuietHours(text))
        hours.timeZone = "Asia/Seoul"
        #expect(hours.contains(try #require(Timestamp(rfc3339: time))) == isQuiet)
        #expect(hours.text == text)
    }

    @Test("what are no hours", arguments: ["", "22-07", "25:00-07:00", "22:00-22:00", "22:00–07:00", "22:00-07:60"])
    func noHours(text: String) { #expect(QuietHours(text) == nil) }

    @Test("a maintenance holds what happened in it, of its service")
    func maintenance() {
        var facts = facts()
        facts.services = [Tally(value: "billing", count: 1)]
        let last = facts.group.lastSeen
        func holds(_ service: String, _ start: Duration, _ end: Duration?) -> Bool {
            Maintenance(
                service: service, start: last.advanced(by: start), end: end.map { last.advanced(by: $0) }
            ).holds(facts)
        }
        #expect(holds("billing", .zero - .hours(1), .hours(1)) && holds("*", .zero - .hours(1), nil))
        #expect(!holds("orders", .zero - .hours(1), .hours(1)))
        #expect(!holds("billing", .zero - .hours(2), .zero - .hours(1)) && !holds("billing", .hours(1), nil))
    }

    // MARK: - The site as a whole

    @Test("gathered groups are told once an hour, each once, and not in quiet hours")
    func book() {
        let groups = (0..<3).map { Self.group($0) }
        var (book, settings) = (AlertBook(), AlertSettings())
        let alerts = groups.map { Alert(group: $0, reason: .new) }
        func taken(_ time: Timestamp) -> [Alert] { book.takeGathered(from: groups, now: time, settings: settings) }
        book.gather(alerts[0])
        book.gather(alerts[0])
        #expect(taken(Self.now) == [alerts[0]])
        book.gather(alerts[1])
        let soon = Self.now.advanced(by: .minutes(59))
        #expect(taken(soon).isEmpty)
        book.gather(alerts[2])
        let later = Self.now.advanced(by: .minutes(60))
        settings.quietHours = QuietHours("00:00-23:59")
        #expect(taken(later).isEmpty)
        settings.quietHours = nil
        #expect(taken(later) == Array(alerts[1...]))
        #expect(taken(later.advanced(by: .days(1))).isEmpty)
    }

    @Test("alerts of runs that follow one another closely are one storm")
    func storm() {
        var (book, settings) = (AlertBook(), AlertSettings())
        settings.stormFrom = 3
        let alerts = (0..<2).map { Alert(group: Self.group($0), reason: .new) }
        var kinds: [Bool] = []
        for minutes in [0, 1, 30] {
            let recent = book.note(
                alerts: 2, now: Self.now.advanced(by: .minutes(minutes)), window: settings.stormWindow)
            let messages = AlertPolicy.messages(for: alerts, recent: recent, settings: settings)
            kinds.append(messages.count == 1)
        }
        #expect(kinds == [false, true, false])
        #expect(AlertPolicy.messages(for: [], recent: 99, settings: settings).isEmpty)
    }

    @Test("a sign of life a day, also from runs that are a minute early")
    func heartbeat() {
        var book = AlertBook()
        let times: [(Duration, Bool)] = [
            (.zero, true), (.hours(1), false), (.hours(24) - .minutes(1), true), (.hours(25), false),
        ]
        for (time, isDue) in times {
            let found = book.isHeartbeatDue(now: Self.now.advanced(by: time), settings: AlertSettings())
            #expect(found == isDue)
        }
        // The clock was set back: better once too often.
        let isDue = book.isHeartbeatDue(now: Policy.ago(.days(30)), settings: AlertSettings())
        #expect(isDue)
    }

    @Test("its own failures are told at once, then ever less often, and anew when they come again")
    func notices() {
        var book = AlertBook()
        func due(_ words: [String], _ minutes: Int) -> [String] {
            book.due(words, now: Self.now.advanced(by: .minutes(minutes)), settings: AlertSettings())
        }
        #expect(due(["a"], 0) == ["a"] && due(["a", "b"], 4) == ["b"] && due(["a", "b"], 5) == ["a"])
        #expect(due(["a"], 34).isEmpty && due(["a"], 35) == ["a"])
        #expect(due([], 36).isEmpty && due(["a"], 37) == ["a"])
    }

    @Test("a source is silent when it is so for twice as long as it ever was")
    func silence() {
        var book = AlertBook()
        func silent(_ heard: Set<String>, _ hours: Int) -> [String] {
            book.listen(to: ["a", "b"], heard: heard, now: Self.now.advanced(by: .hours(hours))).map(\.source)
        }
        #expect(silent(["a"], 0).isEmpty && silent(["a"], 24).isEmpty)
        #expect(silent([], 48).isEmpty && silent([], 72).isEmpty && silent([], 73) == ["a"])
        #expect(silent(["a"], 96).isEmpty && silent([], 200).isEmpty)
    }
}
