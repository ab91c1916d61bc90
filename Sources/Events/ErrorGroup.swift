/// All events with one fingerprint.
public struct ErrorGroup: Sendable, Hashable, Codable {
    public var fingerprint: Fingerprint
    /// Version of the grouping rules that made it.
    public var groupingVersion: Int
    public var rule: GroupingResult.Rule
    public var parts: [String]
    public var title: String
    public var template: String
    public var exceptionType: String?
    public var code: String?
    /// In all of history.
    public var firstSeen: Timestamp
    public var lastSeen: Timestamp
    public var total: Int
    /// The worst level that an event of it had.
    public var level: LogLevel
    public var resolution: Resolution?

    public init(
        fingerprint: Fingerprint, groupingVersion: Int, rule: GroupingResult.Rule, parts: [String], title: String,
        template: String, exceptionType: String? = nil, code: String? = nil, firstSeen: Timestamp,
        lastSeen: Timestamp, total: Int, level: LogLevel, resolution: Resolution? = nil
    ) {
        (self.fingerprint, self.groupingVersion, self.rule, self.parts) = (fingerprint, groupingVersion, rule, parts)
        (self.title, self.template, self.exceptionType, self.code) = (title, template, exceptionType, code)
        (self.firstSeen, self.lastSeen, self.total, self.level) = (firstSeen, lastSeen, total, level)
        self.resolution = resolution
    }

    public var id: String { fingerprint.groupID }
}

/// A fingerprint that a message made, with what makes it up: what groups that may be alike are found by.
public struct MessageGroup: Sendable, Hashable {
    public var fingerprint: Fingerprint
    /// The group that it is part of: its own, unless it was joined to another.
    public var canonical: Fingerprint
    public var rule: GroupingResult.Rule
    public var parts: [String]
    public var firstSeen: Timestamp

    public init(
        fingerprint: Fingerprint, canonical: Fingerprint, rule: GroupingResult.Rule, parts: [String],
        firstSeen: Timestamp
    ) {
        (self.fingerprint, self.canonical, self.rule, self.parts) = (fingerprint, canonical, rule, parts)
        self.firstSeen = firstSeen
    }
}

/// Someone's word that a group was mended, and how.
public struct Resolution: Sendable, Hashable, Codable {
    public var at: Timestamp
    public var by: String?
    /// What was done, in words.
    public var note: String?
    public var commit: String?

    public init(at: Timestamp, by: String? = nil, note: String? = nil, commit: String? = nil) {
        (self.at, self.by, self.note, self.commit) = (at, by, note, commit)
    }
}

/// A person's judgement of a diagnosis.
public enum Verdict: String, Sendable, Codable, CaseIterable { case correct, partly, wrong }

/// A value and how many events carried it.
public struct Tally: Sendable, Hashable, Codable {
    public var value: String
    public var count: Int

    public init(value: String, count: Int) { (self.value, self.count) = (value, count) }
}

/// What is known of one group in one window of time, without its blobs.
public struct GroupFacts: Sendable, Hashable, Codable {
    public var group: ErrorGroup
    public var window: TimeWindow
    /// Events in the window, and in the one of equal length before it.
    public var count: Int
    public var previousCount: Int
    /// Events in equal slices of the window, oldest first.
    public var series: [Int]
    /// Values seen in all of history, the most frequent first, bounded.
    public var services: [Tally]
    public var hosts: [Tally]
    public var releases: [ReleaseWindow]
    public var environments: [Tally]
    /// What the appliance noted of the group while reading, oldest first.
    public var marks: [GroupMark]
    public var trend: Trend

    public enum Trend: Sendable, Hashable, Codable {
        /// Never seen before this window.
        case new
        /// Resolved by someone, and seen again after that.
        case back(resolved: Resolution)
        /// At least `GroupFacts.worseFactor` times as many as in the window before.
        case worse
        case ongoing
    }

    /// A group is called worse from this growth on.
    public static let worseFactor = 2.0

    public init(
        group: ErrorGroup, window: TimeWindow, count: Int, previousCount: Int, series: [Int] = [],
        services: [Tally] = [], hosts: [Tally] = [], releases: [ReleaseWindow] = [], environments: [Tally] = [],
        marks: [GroupMark] = [], trend: Trend
    ) {
        (self.group, self.window, self.count, self.previousCount) = (group, window, count, previousCount)
        (self.series, self.services, self.hosts, self.releases) = (series, services, hosts, releases)
        (self.environments, self.marks, self.trend) = (environments, marks, trend)
    }

    /// The bursts that reach into the window.
    public var bursts: [GroupMark] {
        marks.filter { $0.kind != .baseline && $0.last >= window.start && $0.first < window.end }
    }

    /// Those worth a word: the group's own, and a service's only where it has none.
    public var notableBursts: [GroupMark] {
        let own = bursts.filter { $0.kind == .burst }
        return own.isEmpty ? bursts : own
    }

    /// How many times as many as before; nil when there were none before.
    public var growth: Double? { previousCount > 0 ? Double(count) / Double(previousCount) : nil }
}

/// Something that the appliance noted of a group, with the stretch of time that it holds for.
public struct GroupMark: Sendable, Hashable, Codable {
    public enum Kind: String, Sendable, Codable, CaseIterable {
        /// More events of the group in a few minutes than the source's trigger allows.
        case burst
        /// More events of a service of the group, whatever their group.
        case serviceBurst = "service burst"
        /// First brought by a source that was new itself: never called new.
        case baseline
    }

    public var kind: Kind
    /// Of the bursts of one day, from the first minute to the end of the last.
    public var first: Timestamp
    public var last: Timestamp
    /// Of a burst, the most events that its few minutes held; of a baseline, the events that first came.
    public var count: Int

    public init(kind: Kind, first: Timestamp, last: Timestamp, count: Int) {
        (self.kind, self.first, self.last, self.count) = (kind, first, last, count)
    }
}

/// When a release was seen with a group.
public struct ReleaseWindow: Sendable, Hashable, Codable {
    public var release: String
    public var first: Timestamp
    public var last: Timestamp
    public var count: Int

    public init(release: String, first: Timestamp, last: Timestamp, count: Int) {
        (self.release, self.first, self.last, self.count) = (release, first, last, count)
    }
}

/// A group of the past that is like the one at hand.
public struct SimilarGroup: Sendable, Hashable, Codable {
    public var fingerprint: Fingerprint
    public var title: String
    public var template: String
    /// 0 (nothing in common) to 1 (the same).
    public var score: Double
    /// In words: "same type, 5 of 7 frames".
    public var reason: String
    public var firstSeen: Timestamp
    public var lastSeen: Timestamp
    public var total: Int
    /// What mended it; these come first.
    public var resolution: Resolution?
    /// Root cause of its latest diagnosis.
    public var rootCause: String?
    /// What a person said of that root cause.
    public var verdict: Verdict?
    /// The true cause, in a person's words.
    public var correction: String?

    public init(
        fingerprint: Fingerprint, title: String, template: String, score: Double, reason: String,
        firstSeen: Timestamp, lastSeen: Timestamp, total: Int, resolution: Resolution? = nil,
        rootCause: String? = nil, verdict: Verdict? = nil, correction: String? = nil
    ) {
        (self.fingerprint, self.title, self.template, self.score) = (fingerprint, title, template, score)
        (self.reason, self.firstSeen, self.lastSeen, self.total) = (reason, firstSeen, lastSeen, total)
        (self.resolution, self.rootCause, self.verdict) = (resolution, rootCause, verdict)
        self.correction = correction
    }
}

/// What the alert policy remembers of a group.
public struct AlertState: Sendable, Hashable, Codable {
    public var lastSent: Timestamp?
    /// Occurrences not told since then.
    public var heldBack: Int
    /// Messages sent about it so far.
    public var sent: Int
    /// Somebody wants to hear nothing of it for a while.
    public var mute: Mute?

    public init(lastSent: Timestamp? = nil, heldBack: Int = 0, sent: Int = 0, mute: Mute? = nil) {
        (self.lastSent, self.heldBack, self.sent, self.mute) = (lastSent, heldBack, sent, mute)
    }

    /// A group is still counted, but neither told of nor diagnosed, unless something wakes it.
    public struct Mute: Sendable, Hashable, Codable {
        public var at: Timestamp
        /// nil for ever.
        public var until: Timestamp?
        public var reason: String
        public var by: String?
        /// Events of the day before: tenfold of it wakes.
        public var count: Int
        /// Releases that it was seen with: another one wakes.
        public var releases: [String]

        public init(
            at: Timestamp, until: Timestamp?, reason: String, by: String? = nil, count: Int, releases: [String]
        ) {
            (self.at, self.until, self.reason, self.by) = (at, until, reason, by)
            (self.count, self.releases) = (count, releases)
        }
    }
}
