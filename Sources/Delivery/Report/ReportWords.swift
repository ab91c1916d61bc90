import Events

/// The sentences that several formats share.
enum ReportWords {
    /// "12 events, muted until 1 Dec (known, waits for the vendor)", without the group's id and title.
    static func muted(_ group: MutedGroup, clock: SiteClock, near time: Timestamp) -> String {
        let until = group.mute.until.map { "until \(clock.short($0, near: time))" } ?? "for good"
        return "\(NumberText.counted(group.facts.count, "event")), muted \(until): \(group.mute.reason)"
    }

    /// "billing, 21 Nov 02:00 to 04:00".
    static func maintenance(_ maintenance: Maintenance, clock: SiteClock, near time: Timestamp) -> String {
        let service = maintenance.service == "*" ? "all services" : maintenance.service
        let end = maintenance.end.map { "to \(clock.short($0, near: time))" } ?? "and not ended yet"
        let reason = maintenance.reason.map { " (\($0))" } ?? ""
        return "\(service), \(clock.short(maintenance.start, near: time)) \(end)\(reason)"
    }

    static func trend(_ trend: GroupFacts.Trend) -> String {
        switch trend {
        case .new: "new"
        case .back: "back"
        case .worse: "worse"
        case .ongoing: "ongoing"
        }
    }

    static func title(_ severity: Severity) -> String {
        switch severity {
        case .critical: "Critical"
        case .high: "High"
        case .medium: "Medium"
        case .low: "Low"
        case .info: "Info"
        }
    }

    /// Completes "G-… ": what makes a reader look there first.
    static func reason(_ reason: LookFirst.Reason, clock: SiteClock, near end: Timestamp) -> String {
        switch reason {
        case .back(let resolution): "is back after being resolved on \(clock.day(resolution.at, near: end))"
        case .new(let severity): "is new and \(severity.rawValue)"
        case .grown(let factor): "grew \(NumberText.factor(factor))"
        }
    }

    /// Completes "built-in triage, because ": untrusted where it quotes an endpoint or an answer.
    static func because(_ reason: Provenance.BuiltInReason) -> String {
        switch reason {
        case .noModel: "no model is configured"
        case .budget: "the run's budget was used up"
        case .unavailable(let what): "the model could not be reached: \(what)"
        case .invalidAnswer(let what): "the model's answer did not pass the checks: \(what)"
        case .abstained(let what): "the model was not sure enough: \(what)"
        }
    }

    static func citations(_ run: Provenance.ModelRun) -> String {
        let total = run.citationsChecked
        if total + run.citationsDropped == 0 { return "no citations" }
        if run.citationsDropped == 0 {
            return total == 1 ? "its 1 citation checked" : "all \(NumberText.grouped(total)) citations checked"
        }
        return "\(NumberText.grouped(run.citationsDropped)) citations did not hold and were dropped"
    }

    static func confidence(_ percent: Int) -> String {
        "confidence \(percent) \(ConfidenceLevel(percent: percent).rawValue)"
    }

    /// How the code was read, or why there is none; nil when it is the event's own commit or release. Untrusted:
    /// names stand between backticks, which ``InlineMarkdown`` keeps.
    static func code(_ state: CodeContext.State) -> String? {
        switch state {
        case .read(_, _, .eventCommit), .read(_, _, .releaseTag): nil
        case .read(_, let revision, .branchBeforeEvent):
            "read at `\(short(revision))`, the branch's last commit before the event: the running commit is unknown"
        case .read(_, let revision, .branchHead):
            "read at `\(short(revision))`, the head of the branch: the running commit is unknown, lines may have moved"
        case .read(_, let revision, .framesAgree):
            "read at `\(short(revision))`, where the lines read as the event says: the running commit is unknown"
        case .read(let mirror, _, .sourceTree): "read from the source in `\(mirror)`, which has no history"
        case .fromEvent: "as the event itself carries it"
        case .notConfigured: "none: no mirror is configured for this service"
        case .noFrames: "none: the event names no source line"
        case .notFound(let mirror, let revision):
            "none: no frame's file is in mirror `\(mirror)` at `\(short(revision))`"
        case .unavailable(let mirror, let reason): "none: mirror `\(mirror)` could not be read: \(reason)"
        }
    }

    /// What follows an excerpt's place: why it is shown, and who owns it. Untrusted.
    static func aside(_ excerpt: CodeExcerpt) -> String {
        let owners = excerpt.owners.map { "owned by \($0.prefix(ownersShown).joined(separator: ", "))" }
        return [excerpt.about, owners].compactMap(\.self).joined(separator: "; ")
    }

    private static let ownersShown = 3

    /// The reader can do nothing about it today: told in small print.
    static func isMinor(_ state: CodeContext.State) -> Bool {
        switch state {
        case .notConfigured, .noFrames, .fromEvent: true
        case .read, .notFound, .unavailable: false
        }
    }

    static func short(_ objectName: String) -> String { String(objectName.prefix(7)) }
}
