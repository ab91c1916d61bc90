import Events
import Foundation

/// What the alert policy remembers of the site as a whole; kept in one transaction with the messages it leads to.
public struct AlertBook: Sendable, Hashable, Codable {
    /// Times of the latest alerts, for storms.
    public var recent: [Timestamp] = []
    /// Groups that wait for the next message of gathered ones.
    public var gathered: [Gathered] = []
    public var gatheredAt: Timestamp?
    public var heartbeatAt: Timestamp?
    /// What the appliance said of itself → when, and how often.
    public var notices: [String: Told] = [:]
    /// Source → when it last brought anything, and its longest silence before that.
    public var heard: [String: Heard] = [:]

    public struct Gathered: Sendable, Hashable, Codable {
        public var group: String
        public var reason: AlertReason
        public var heldBack: Int
    }

    /// A group that the quiet hours or a maintenance kept quiet.
    public struct Postponed: Sendable, Hashable, Codable {
        public var fingerprint: Fingerprint
        public var since: Timestamp
    }

    public struct Told: Sendable, Hashable, Codable {
        public var at: Timestamp
        public var count: Int
    }

    public struct Heard: Sendable, Hashable, Codable {
        public var last: Timestamp
        public var longest: Double
    }

    /// Absent in books of versions that did not know it.
    private var postponedGroups: [Postponed]?
    /// Absent for 1.
    private var v: Int?

    private static let version = 1

    public init() {}

    /// Reads one that an earlier run kept.
    ///
    /// - Returns: nil for one of a later version, or a damaged one.
    public static func read(_ bytes: Data) -> AlertBook? {
        guard let book = try? JSONDecoder().decode(AlertBook.self, from: bytes), book.v ?? 1 <= version else {
            return nil
        }
        return book
    }

    // MARK: - What was kept quiet

    public var postponed: [Postponed] { postponedGroups ?? [] }

    public mutating func postpone(_ fingerprint: Fingerprint, now: Timestamp) {
        guard !postponed.contains(where: { $0.fingerprint == fingerprint }) else { return }
        postponedGroups = (postponed + [Postponed(fingerprint: fingerprint, since: now)]).suffix(Self.entries)
    }

    public mutating func forgetPostponed(_ fingerprint: Fingerprint) {
        guard postponed.contains(where: { $0.fingerprint == fingerprint }) else { return }
        let rest = postponed.filter { $0.fingerprint != fingerprint }
        postponedGroups = rest.isEmpty ? nil : rest
    }

    /// Entries of `recent` and `gathered` that are kept.
    private static let entries = 1000
    /// A source is never called silent before.
    private static let leastSilence = Duration.hours(1)
    /// A source is silent after so many times its longest silence.
    private static let silenceFactor = 2.0

    // MARK: - Storms and warnings

    /// Notes alerts that are told now.
    ///
    /// - Returns: how many were told within `window` before.
    public mutating func note(alerts: Int, now: Timestamp, window: Duration) -> Int {
        recent.removeAll { $0.duration(to: now) > window || $0 > now }
        let before = recent.count
        recent = Array((recent + Array(repeating: now, count: min(alerts, Self.entries))).suffix(Self.entries))
        return before
    }

    public mutating func gather(_ alert: Alert) {
        guard !gathered.contains(where: { $0.group == alert.group.id }) else { return }
        gathered.append(Gathered(group: alert.group.id, reason: alert.reason, heldBack: alert.heldBack))
        gathered = Array(gathered.suffix(Self.entries))
    }

    /// The gathered alerts, when it is time to tell of them.
    public mutating func takeGathered(
        from groups: [ReportGroup], now: Timestamp, settings: AlertSettings
    ) -> [Alert] {
        if let gatheredAt, gatheredAt <= now, gatheredAt.duration(to: now) < settings.gatherEvery { return [] }
        if settings.quietHours?.contains(now) ?? false { return [] }
        let byID = Dictionary(groups.map { ($0.id, $0) }, uniquingKeysWith: { first, _ in first })
        let alerts = gathered.compactMap { entry in
            byID[entry.group].map { Alert(group: $0, reason: entry.reason, heldBack: entry.heldBack) }
        }
        guard !gathered.isEmpty else { return [] }
        gathered = []
        if !alerts.isEmpty { gatheredAt = now }
        return alerts
    }

    // MARK: - The appliance itself

    /// Whether a sign of life is due; it is noted as given.
    public mutating func isHeartbeatDue(now: Timestamp, settings: AlertSettings) -> Bool {
        // A nightly run is never exactly a day after the one before.
        let slack = settings.heartbeatEvery * 0.05
        if let heartbeatAt, heartbeatAt <= now, heartbeatAt.duration(to: now) + slack < settings.heartbeatEvery {
            return false
        }
        heartbeatAt = now
        return true
    }

    /// Which of these are to be told now: at first at once, then with the reminders' waiting times.
    public mutating func due(_ words: [String], now: Timestamp, settings: AlertSettings) -> [String] {
        let due = words.filter { text in
            guard let told = notices[text], told.at <= now else { return true }
            guard !settings.reminders.isEmpty else { return false }
            return told.at.duration(to: now) >= settings.reminders[min(told.count, settings.reminders.count) - 1]
        }
        // What is over is forgotten: when it comes again, it is told at once.
        notices = notices.filter { words.contains($0.key) }
        for text in due { notices[text] = Told(at: now, count: (notices[text]?.count ?? 0) + 1) }
        return due
    }

    /// Notes which sources brought anything in this run.
    ///
    /// - Returns: those that are silent for longer than they ever were, with the time they were last heard.
    public mutating func listen(
        to sources: [String], heard names: Set<String>, now: Timestamp
    ) -> [(source: String, since: Timestamp)] {
        heard = heard.filter { sources.contains($0.key) }
        var silent: [(source: String, since: Timestamp)] = []
        for source in sources {
            guard let before = heard[source] else {
                if names.contains(source) { heard[source] = Heard(last: now, longest: 0) }
                continue
            }
            let gap = before.last.duration(to: now)
            if names.contains(source) {
                heard[source] = Heard(last: now, longest: max(before.longest, gap.inSeconds))
            } else if gap > Self.leastSilence, before.longest > 0, gap.inSeconds > before.longest * Self.silenceFactor {
                silent.append((source, before.last))
            }
        }
        return silent
    }
}
