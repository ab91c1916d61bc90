import Events

/// What ends a mute.
public enum MuteEnd: Sendable, Hashable, Codable {
    case expired
    /// Times as many as when it was muted.
    case grown(Double)
    case release(String)
    case back
}

extension AlertState.Mute {
    /// What wakes the group now; nil while it stays muted.
    ///
    /// - Parameter factor: growth that breaks through.
    public func wake(_ facts: GroupFacts, now: Timestamp, factor: Double) -> MuteEnd? {
        if let until, now >= until { return .expired }
        if case .back(let resolution) = facts.trend, resolution.at > at { return .back }
        let known = Set(releases)
        if let release = facts.releases.last(where: { $0.last > at && !known.contains($0.release) }) {
            return .release(release.release)
        }
        let growth = Double(facts.count) / Double(max(1, count))
        return growth >= factor ? .grown(growth) : nil
    }
}

/// Hours of each day in the site's zone, `22:00-07:00`.
public struct QuietHours: Sendable, Hashable, Codable {
    /// Minutes since midnight; the end is not in it.
    public let start: Int
    public let end: Int
    /// Of the site; set with the rest of the configuration.
    public var timeZone = "UTC"

    /// - Returns: nil for anything but `HH:MM-HH:MM` with two different times.
    public init?(_ text: String) {
        let halves = text.split(separator: "-", omittingEmptySubsequences: false).map(Self.minutes)
        guard halves.count == 2, let start = halves[0], let end = halves[1], start != end else { return nil }
        (self.start, self.end) = (start, end)
    }

    public var text: String { "\(Self.clock(start))-\(Self.clock(end))" }

    public func contains(_ time: Timestamp) -> Bool {
        guard let minute = Self.minutes(Substring(SiteClock(identifier: timeZone).clockTime(time))) else {
            return false
        }
        return start < end ? (start..<end).contains(minute) : minute >= start || minute < end
    }

    private static func minutes(_ text: Substring) -> Int? {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count == 2, parts.allSatisfy({ $0.utf8.count == 2 && $0.utf8.allSatisfy { $0 &- 0x30 < 10 } }),
            let hour = Int(parts[0]), let minute = Int(parts[1]), hour < 24, minute < 60
        else { return nil }
        return hour * 60 + minute
    }

    private static func clock(_ minutes: Int) -> String {
        let (hour, minute) = minutes.quotientAndRemainder(dividingBy: 60)
        return "\(hour < 10 ? "0" : "")\(hour):\(minute < 10 ? "0" : "")\(minute)"
    }
}

/// A time in which a service may fail without anybody being told.
public struct Maintenance: Sendable, Hashable, Codable {
    /// `*` for all.
    public var service: String
    public var start: Timestamp
    /// nil until somebody ends it.
    public var end: Timestamp?
    public var reason: String?

    public init(service: String, start: Timestamp, end: Timestamp?, reason: String? = nil) {
        (self.service, self.start, self.end, self.reason) = (service, start, end, reason)
    }

    public func covers(_ time: Timestamp) -> Bool { start <= time && (end.map { time < $0 } ?? true) }

    /// Whether a group's latest event falls into it, so that its alert is held.
    public func holds(_ facts: GroupFacts) -> Bool { concerns(facts) && covers(facts.group.lastSeen) }

    /// Whether some of a group's events fall into it, as finely as the facts tell when they came.
    public func marks(_ facts: GroupFacts) -> Bool {
        guard concerns(facts) else { return false }
        let (window, slices) = (facts.window, facts.series)
        let slice = window.start.duration(to: window.end) / max(1, slices.count)
        guard !slices.isEmpty, slice > .zero else { return holds(facts) }
        return slices.enumerated().contains { index, count in
            let begin = window.start.advanced(by: slice * index)
            return count > 0 && start < begin.advanced(by: slice) && (end.map { $0 > begin } ?? true)
        }
    }

    /// Whether it is of a service that has the group.
    public func concerns(_ facts: GroupFacts) -> Bool {
        service == "*" || facts.services.contains { $0.value == service }
    }
}
