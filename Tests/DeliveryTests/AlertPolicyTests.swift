import Events
import Testing

@testable import Delivery

@Suite("The alert policy")
struct AlertPolicyTests {
    static let now = Sample.end
    static let resolved = Resolution(at: now.advanced(by: .zero - .hours(30)))

    static func facts(_ trend: GroupFacts.Trend, count: Int = 100, previous: Int = 0) -> GroupFacts {
        Sample.facts("aaaa", title: "t", template: "t", count: count, previous: previous, trend: trend)
    }

    static func ago(_ duration: Duration) -> Timestamp { now.advanced(by: .zero - duration) }

    static func decide(
        _ facts: GroupFacts, _ severity: Severity = .critical, occurrences: Int = 5, state: AlertState = AlertState(),
        settings: AlertSettings = AlertSettings(), now: Timestamp = now
    ) -> (state: AlertState, actions: [AlertAction]) {
        AlertPolicy.decide(
            facts, severity: severity, occurrences: occurrences, state: state, now: now, settings: settings)
    }

    @Test(
        "a group that nobody was told of",
        arguments: [
            (facts(.new), Severity.critical, AlertReason?.some(.new)), (facts(.new), .high, .new),
            (facts(.new), .low, nil), (facts(.new), .info, nil), (facts(.back(resolved: resolved)), .high, .back),
            (facts(.back(resolved: resolved)), .low, nil),
            (facts(.worse, count: 1000, previous: 100), .high, .grown(10)),
            (facts(.worse, count: 999, previous: 100), .high, nil), (facts(.ongoing), .critical, nil),
        ])
    func first(facts: GroupFacts, severity: Severity, reason: AlertReason?) {
        let (state, actions) = Self.decide(facts, severity)
        #expect(actions == (reason.map { [.send($0, heldBack: 0)] } ?? []))
        #expect(state == (reason == nil ? AlertState() : AlertState(lastSent: Self.now, heldBack: 0, sent: 1)))
    }

    @Test("within five minutes nothing more is said, and what is held back is counted")
    func quiet() {
        let told = AlertState(lastSent: Self.ago(.minutes(4)), heldBack: 7, sent: 1)
        let (state, actions) = Self.decide(Self.facts(.new), state: told)
        #expect(actions == [.hold(5)])
        #expect(state == AlertState(lastSent: told.lastSent, heldBack: 12, sent: 1))
    }

    @Test("tenfold growth breaks through the quiet")
    func breaksThrough() {
        let told = AlertState(lastSent: Self.ago(.seconds(30)), heldBack: 80, sent: 1)
        #expect(Self.decide(Self.facts(.new, count: 100), occurrences: 9, state: told).actions == [.hold(9)])
        let (state, actions) = Self.decide(Self.facts(.new, count: 100), occurrences: 10, state: told)
        #expect(actions == [.send(.grown(10), heldBack: 80)])
        #expect(state == AlertState(lastSent: Self.now, heldBack: 0, sent: 2))
    }

    @Test(
        "reminders come ever less often",
        arguments: [
            (1, Duration.minutes(4), false), (1, .minutes(5), true), (2, .minutes(29), false), (2, .minutes(30), true),
            (3, .hours(4), true), (4, .hours(23), false), (4, .days(1), true), (99, .hours(23), false),
            (99, .days(2), true),
        ])
    func reminders(sent: Int, quiet: Duration, reminds: Bool) {
        let told = AlertState(lastSent: Self.ago(quiet), heldBack: 3, sent: sent)
        let (state, actions) = Self.decide(Self.facts(.ongoing), state: told)
        #expect(actions == [reminds ? .send(.reminder, heldBack: 3) : .hold(5)])
        #expect(state.sent == (reminds ? sent + 1 : sent))
        var silent = AlertSettings()
        silent.reminders = []
        #expect(Self.decide(Self.facts(.ongoing), state: told, settings: silent).actions == [.hold(5)])
    }

    @Test("a group that was told of and resolved since is told of when it comes back")
    func comesBack() {
        let told = AlertState(lastSent: Self.ago(.days(3)), heldBack: 0, sent: 4)
        let (state, actions) = Self.decide(Self.facts(.back(resolved: Self.resolved)), state: told)
        #expect(actions == [.send(.back, heldBack: 0)])
        #expect(state.sent == 1)
        // Told of its return already: no more than a reminder.
        let again = AlertState(lastSent: Self.ago(.hours(1)), heldBack: 0, sent: 2)
        #expect(
            Self.decide(Self.facts(.back(resolved: Self.resolved)), state: again).actions
                == [.send(.reminder, heldBack: 0)])
    }

    @Test("growth that came long after the last message is told")
    func laterGrowth() {
        let told = AlertState(lastSent: Self.ago(.days(3)), heldBack: 0, sent: 2)
        var settings = AlertSettings()
        settings.reminders = []
        let facts = Self.facts(.worse, count: 5000, previous: 10)
        #expect(Self.decide(facts, state: told, settings: settings).actions == [.send(.grown(500), heldBack: 0)])
    }

    @Test("nothing happened, nothing is done; a clock set back does not silence; counts saturate")
    func edges() {
        let told = AlertState(lastSent: Self.ago(.days(9)), heldBack: .max, sent: 1)
        #expect(Self.decide(Self.facts(.new), occurrences: 0, state: told).actions == [])
        let future = AlertState(lastSent: Self.now.advanced(by: .days(400)), heldBack: 0, sent: 1)
        let back = Resolution(at: Self.now.advanced(by: .days(401)))
        #expect(Self.decide(Self.facts(.back(resolved: back)), state: future).actions == [.send(.back, heldBack: 0)])
        #expect(Self.decide(Self.facts(.ongoing), occurrences: .max, state: told).state.heldBack == 0)
    }

    @Test("more alerts than anybody reads become one message")
    func storm() {
        let alert = Alert(group: Sample.timeout, reason: .new)
        let settings = AlertSettings()
        let ten = AlertPolicy.messages(for: Array(repeating: alert, count: 10), settings: settings)
        #expect(ten.count == 10)
        let eleven = AlertPolicy.messages(for: Array(repeating: alert, count: 11), settings: settings)
        #expect(eleven == [.storm(Array(repeating: alert, count: 11))])
    }

    @Test(
        "a mention is what the configuration may name, and nothing else",
        arguments: [
            ("", Mention?.some(.none)), ("@here", .here), ("@everyone", .everyone), ("<@&123>", .role("123")),
            ("<@42>", .user("42")), ("here", nil), ("<@>", nil), ("<@&>", nil), ("<@12a>", nil), ("<@0>", nil),
            ("<#12>", nil), ("<@&123> @here", nil), ("<@99999999999999999999999>", nil),
        ])
    func mentions(text: String, expected: Mention?) {
        #expect(Mention(text) == expected)
        if let expected { #expect(expected.text == text) }
    }
}
