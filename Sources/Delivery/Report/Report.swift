import Events

/// One page about one window of time: everything that any format of the report shows, and nothing else.
///
/// Made from values that the pipeline gathers; order, totals and what to look at first are settled here once, so
/// that Markdown, JSON and the digest say the same.
public struct Report: Sendable, Hashable, Codable {
    /// The site's name in the configuration.
    public let site: String
    public let window: TimeWindow
    public let generatedAt: Timestamp
    /// Identifier of the tz database (`Asia/Seoul`).
    public let timeZone: String
    public let now: Counts
    /// The window of equal length before; nil when history does not reach that far.
    public let before: Counts?
    /// What the runs of this window read; nil when there was none.
    public let reading: ReadingFacts?
    public let model: ModelInUse
    /// The worst first.
    public let groups: [ReportGroup]
    /// What to look at first: back, then new and critical, then grown.
    public let lookFirst: [LookFirst]
    /// What was not read, queued or done and why: one sentence each.
    public let notRead: [String]
    /// Rule of redaction → values masked.
    public let masked: [String: Int]
    /// Alerts held back by the alert policy.
    public let held: Int
    /// Groups queued for a diagnosis by a later run.
    public let queued: Int
    /// Runs of this window that failed, in words; they head the page.
    public let batchFailures: [String]
    /// nil where no draft was ever made.
    public var fixDrafts: FixDraftCounts?
    /// What else is wrong with the appliance itself, in words; heads the page too.
    public var notices: [String] = []
    /// Groups that somebody muted; they count, and have one line each.
    public let muted: [MutedGroup]
    /// Groups that are counted above and not told below; nil where all are told.
    public let untold: UntoldGroups?
    /// Maintenances that reach into the window.
    public var maintenance: [Maintenance] = []
    /// What each model took in the window, the dearest first.
    public var costs: [ModelCost] = []
    public var layout = ReportLayout()
    /// nil unless it was asked for.
    public var comparison: ReportComparison?

    public init(
        site: String, window: TimeWindow, generatedAt: Timestamp, timeZone: String, groups: [ReportGroup],
        before: Counts? = nil, reading: ReadingFacts? = nil, model: ModelInUse, notRead: [String] = [],
        masked: [String: Int] = [:], held: Int = 0, queued: Int = 0, batchFailures: [String] = [],
        muted: [MutedGroup] = [], untold: UntoldGroups? = nil
    ) {
        (self.site, self.window, self.generatedAt, self.timeZone) = (site, window, generatedAt, timeZone)
        (self.before, self.reading, self.model) = (before, reading, model)
        (self.notRead, self.masked, self.held, self.queued) = (notRead, masked, held, queued)
        self.batchFailures = batchFailures
        self.groups = groups.sorted(by: ReportGroup.comesFirst)
        self.muted = muted.sorted { $0.facts.group.fingerprint < $1.facts.group.fingerprint }
        self.untold = untold
        let told = Counts(
            of: groups.map(\.facts) + muted.map(\.facts), notDiagnosed: groups.count { !$0.isDiagnosed })
        now = untold.map { told + $0.counts } ?? told
        lookFirst = LookFirst.select(from: self.groups)
    }

    /// Whether events of a group came while its service was under maintenance.
    func isUnderMaintenance(_ group: ReportGroup) -> Bool { maintenance.contains { $0.marks(group.facts) } }

    public var clock: SiteClock { SiteClock(identifier: timeZone, language: layout.language) }
}

/// A group that is only counted, and why.
public struct MutedGroup: Sendable, Hashable, Codable {
    public var facts: GroupFacts
    public var mute: AlertState.Mute

    public init(facts: GroupFacts, mute: AlertState.Mute) { (self.facts, self.mute) = (facts, mute) }
}

/// The totals of one window.
public struct Counts: Sendable, Hashable, Codable {
    public var events: Int
    public var groups: Int
    public var new: Int
    public var back: Int
    /// Groups that no model has diagnosed; nil where that is not known any more.
    public var notDiagnosed: Int?

    public init(events: Int, groups: Int, new: Int, back: Int, notDiagnosed: Int? = nil) {
        (self.events, self.groups, self.new, self.back) = (events, groups, new, back)
        self.notDiagnosed = notDiagnosed
    }

    static func + (left: Counts, right: Counts) -> Counts {
        let (events, overflow) = left.events.addingReportingOverflow(right.events)
        return Counts(
            events: overflow ? .max : events, groups: left.groups + right.groups, new: left.new + right.new,
            back: left.back + right.back, notDiagnosed: (left.notDiagnosed ?? 0) + (right.notDiagnosed ?? 0))
    }

    /// Adds up the groups of a window.
    public init(of facts: [GroupFacts], notDiagnosed: Int? = nil) {
        var (events, new, back) = (0, 0, 0)
        for group in facts {
            let (sum, overflow) = events.addingReportingOverflow(group.count)
            events = overflow ? .max : sum
            switch group.trend {
            case .new: new += 1
            case .back: back += 1
            case .worse, .ongoing: break
            }
        }
        self.init(events: events, groups: facts.count, new: new, back: back, notDiagnosed: notDiagnosed)
    }
}

/// What the runs of a window have read.
public struct ReadingFacts: Sendable, Hashable, Codable {
    public var runs: Int
    public var sources: Int
    public var lines: Int
    public var bytes: Int64
    /// When the last of these runs began: the time that a run is given, so that the same input makes the same page.
    public var lastRun: Timestamp?

    public init(runs: Int, sources: Int, lines: Int, bytes: Int64, lastRun: Timestamp? = nil) {
        (self.runs, self.sources, self.lines, self.bytes, self.lastRun) = (runs, sources, lines, bytes, lastRun)
    }
}

/// The model that the diagnoses come from, or why there is none.
public enum ModelInUse: Sendable, Hashable, Codable {
    case model(ModelFacts)
    /// Only the built-in triage; `reason` in words.
    case none(reason: String)
}

/// What all calls of one model took in a window.
public struct ModelCost: Sendable, Hashable, Codable {
    public var model: String
    public var calls: Int
    public var promptTokens: Int
    public var answerTokens: Int
    /// Of the server, whole.
    public var seconds: Int

    public init(model: String, calls: Int, promptTokens: Int, answerTokens: Int, seconds: Int) {
        (self.model, self.calls, self.seconds) = (model, calls, seconds)
        (self.promptTokens, self.answerTokens) = (promptTokens, answerTokens)
    }
}

/// A model and what it cost in a window.
public struct ModelFacts: Sendable, Hashable, Codable {
    public var name: String
    /// As the server names it (64 hexadecimal digits).
    public var digest: String?
    public var promptTokens: Int
    public var answerTokens: Int

    public init(name: String, digest: String? = nil, promptTokens: Int = 0, answerTokens: Int = 0) {
        (self.name, self.digest) = (name, digest)
        (self.promptTokens, self.answerTokens) = (promptTokens, answerTokens)
    }
}
