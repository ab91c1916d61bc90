import Delivery
import Events
import Fixing

/// What came of one group's draft, for people and `--json`.
public struct FixReport: Sendable, Codable {
    public enum Outcome: String, Sendable, Codable {
        case drafted
        /// The repository's tests do not pass with the change: a notice was sent in place of the draft.
        case testsFailed = "tests-failed"
        case refused
    }

    public var group: String
    public var outcome: Outcome
    /// Which rule refused it: `path`, `kind`, `confidence` …
    public var rule: String?
    public var reason: String?
    public var mirror: String?
    public var base: String?
    public var branch: String?
    public var files: [FixDraft.File]
    public var tests: String?
    public var isTested: Bool
    public var isReproduced: Bool
    public var syntax: [FixDraft.SyntaxCheck]
    public var notes: [String]
    public var patch: String?
    public var pullRequest: PullRequestText?
    /// Where the files lie; nil in a dry run.
    public var folder: String?
    /// Number of the message in the outbox.
    public var message: Int?
    public var dryRun: Bool

    init(group: String, refusal: Refusal, dryRun: Bool) {
        (self.group, outcome, rule, reason) = (group, .refused, refusal.rule, refusal.description)
        (files, isTested, isReproduced, syntax, notes) = ([], false, false, [], [])
        self.dryRun = dryRun
    }

    init(_ draft: FixDraft, pullRequest: PullRequestText, dryRun: Bool) {
        (group, mirror, base, branch) = (draft.group, draft.mirror, draft.base, draft.branch)
        (files, tests, syntax, notes) = (draft.files, draft.tests.words, draft.syntax, draft.notes)
        (isTested, isReproduced) = (draft.tests.isTested, draft.tests.isReproduced)
        (patch, self.pullRequest, self.dryRun) = (draft.patch, pullRequest, dryRun)
        outcome = .drafted
        if case .failed(let words, _) = draft.tests { (outcome, reason) = (.testsFailed, words) }
    }

    /// What the exit code says of a draft that did not come to be.
    public var failureKind: FailureKind? {
        guard outcome != .drafted else { return nil }
        return rule == "limit" ? .busy : .data
    }
}

/// All drafts that the history knows, and what became of them.
public struct FixSummary: Sendable, Codable {
    public struct Entry: Sendable, Codable {
        public var group: String
        public var title: String
        public var at: Timestamp
        public var mirror: String
        public var base: String
        public var branch: String
        public var tests: String
        public var fate: DraftFate
        public var fateAt: Timestamp
    }

    /// Newest first.
    public var drafts: [Entry]
    /// nil where there was never one.
    public var counts: FixDraftCounts?
}
