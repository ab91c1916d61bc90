import Events

/// Decides which groups are told of at once. Pure: state and facts in, state and actions out.
///
/// Critical and high groups that are new, back after being resolved, or grown tenfold are told at once; then the
/// group is quiet, what happens meanwhile is counted, reminders come ever less often, and tenfold growth breaks
/// through at any time. Warnings are gathered, the rest is left to the report and the digest. A group that somebody
/// muted, whose service is under maintenance, or that is not critical in the quiet hours is only counted.
public enum AlertPolicy {
    /// - Parameters:
    ///   - occurrences: events of the group since the last decision about it.
    ///   - isHeld: by a maintenance of its service.
    ///   - now: by the same clock as `state.lastSent`.
    /// - Returns: the state to keep, committed together with the messages that the actions lead to.
    public static func decide(
        _ facts: GroupFacts, severity: Severity, occurrences: Int, state: AlertState, isHeld: Bool = false,
        now: Timestamp, settings: AlertSettings
    ) -> (state: AlertState, actions: [AlertAction]) {
        guard occurrences > 0 else { return (state, []) }
        var (state, woken) = (state, AlertReason?.none)
        if let mute = state.mute {
            guard let wake = mute.wake(facts, now: now, factor: settings.breakThrough) else {
                state.heldBack = added(state.heldBack, occurrences)
                return (state, [.hold(occurrences)])
            }
            state.mute = nil
            if wake != .expired { woken = .woken(wake) }
        }
        guard severity >= settings.gatherFrom else { return (state, []) }
        let held = added(state.heldBack, occurrences)
        let isQuiet = isHeld || settings.isQuiet(severity, at: now)
        guard !isQuiet, let reason = woken ?? reason(for: facts, held: held, state: state, now: now, settings: settings)
        else {
            if isQuiet {
                state.heldBack = held
                return (state, [.hold(occurrences)])
            }
            // A group that was told of keeps count of what nobody was told; others have nothing to be told of.
            guard state.sent > 0 else { return (state, []) }
            var quiet = state
            quiet.heldBack = held
            return (quiet, [.hold(occurrences)])
        }
        let sent = reason == .back ? 1 : added(state.sent, 1)
        return (
            AlertState(lastSent: now, heldBack: 0, sent: sent),
            [
                severity >= settings.atOnceFrom
                    ? .send(reason, heldBack: state.heldBack) : .gather(reason, heldBack: state.heldBack)
            ]
        )
    }

    private static func reason(
        for facts: GroupFacts, held: Int, state: AlertState, now: Timestamp, settings: AlertSettings
    ) -> AlertReason? {
        guard let lastSent = state.lastSent, state.sent > 0 else { return first(facts, settings) }
        if let factor = growthSinceTold(facts, held: held), factor >= settings.breakThrough { return .grown(factor) }
        // A clock that was set back must not silence a group for ever.
        let quiet = max(.zero, lastSent.duration(to: now))
        guard quiet >= settings.quietTime || now < lastSent else { return nil }
        if case .back(let resolution) = facts.trend, resolution.at > lastSent { return .back }
        if lastSent < facts.window.start, let factor = facts.growth, factor >= settings.breakThrough {
            return .grown(factor)
        }
        guard !settings.reminders.isEmpty else { return nil }
        return quiet >= settings.reminders[min(state.sent, settings.reminders.count) - 1] ? .reminder : nil
    }

    private static func first(_ facts: GroupFacts, _ settings: AlertSettings) -> AlertReason? {
        switch facts.trend {
        case .new: .new
        case .back: .back
        case .worse, .ongoing:
            facts.growth.flatMap { $0 >= settings.breakThrough ? .grown($0) : nil }
        }
    }

    /// How many times as many events the window holds as when the last message told of it.
    private static func growthSinceTold(_ facts: GroupFacts, held: Int) -> Double? {
        let told = facts.count - held
        return told > 0 ? Double(facts.count) / Double(told) : nil
    }

    private static func added(_ left: Int, _ right: Int) -> Int {
        let (sum, overflow) = left.addingReportingOverflow(right)
        return overflow ? .max : sum
    }

    /// More alerts in one run than anybody reads become one message.
    ///
    /// - Parameter alerts: in the order of the report.
    /// - Parameter recent: alerts of the last ``AlertSettings/stormWindow``, of earlier runs.
    public static func messages(
        for alerts: [Alert], recent: Int = 0, settings: AlertSettings
    ) -> [AlertMessage] {
        guard !alerts.isEmpty else { return [] }
        return added(alerts.count, recent) > settings.stormFrom ? [.storm(alerts)] : alerts.map(AlertMessage.group)
    }
}

/// What the configuration says about alerts; the defaults are an installation's.
public struct AlertSettings: Sendable, Hashable, Codable {
    /// Groups of this severity or worse are told of at once.
    public var atOnceFrom: Severity = .high
    /// Quiet after a message about a group.
    public var quietTime: Duration = .minutes(5)
    /// Growth by this factor is told whatever else holds.
    public var breakThrough: Double = 10
    /// Waiting time before the first, second … reminder of a group that goes on; the last one repeats. Empty: none.
    public var reminders: [Duration] = [.minutes(5), .minutes(30), .hours(4), .days(1)]
    /// More alerts than this in one run are one message.
    public var stormFrom: Int = 10
    /// Alerts of earlier runs within this time count for a storm.
    public var stormWindow: Duration = .minutes(10)
    /// Groups of this severity, and below ``atOnceFrom``, are gathered.
    public var gatherFrom: Severity = .medium
    /// Between two messages of gathered groups.
    public var gatherEvery: Duration = .hours(1)
    /// Hours in which only what is severe enough is told at once.
    public var quietHours: QuietHours?
    /// Groups below this severity are quiet in these hours.
    public var quietBelow: Severity = .critical
    /// Between two signs of life.
    public var heartbeatEvery: Duration = .hours(24)
    /// Whom a critical alert calls.
    public var mention: Mention = .here
    /// Whether a model that does not fit the GPU is worth a word.
    public var tellsOfCPU = true

    public init() {}

    /// Whether the quiet hours keep a group of this severity quiet.
    public func isQuiet(_ severity: Severity, at time: Timestamp) -> Bool {
        severity < quietBelow && quietHours?.contains(time) ?? false
    }
}

/// What to do about a group now.
public enum AlertAction: Sendable, Hashable {
    /// Tell, and say how many events nobody was told of since the last message.
    case send(AlertReason, heldBack: Int)
    /// Tell with others, in the next message of gathered ones.
    case gather(AlertReason, heldBack: Int)
    /// Say nothing; this many events were added to the count.
    case hold(Int)
}

/// Why a group is told of.
public enum AlertReason: Sendable, Hashable, Codable {
    case new, back, reminder
    /// Times as many as before.
    case grown(Double)
    /// It was muted.
    case woken(MuteEnd)
    /// It was told of before its diagnosis was made: here it is.
    case diagnosed
}

/// A group to be told of.
public struct Alert: Sendable, Hashable {
    public var group: ReportGroup
    public var reason: AlertReason
    public var heldBack: Int

    public init(group: ReportGroup, reason: AlertReason, heldBack: Int = 0) {
        (self.group, self.reason, self.heldBack) = (group, reason, heldBack)
    }
}

/// One message of the policy.
public enum AlertMessage: Sendable, Hashable {
    case group(Alert)
    case storm([Alert])
}
