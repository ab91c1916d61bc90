/// A proposed change that became a patch: applied, checked, perhaps tested. A person carries it out; nothing is pushed.
public struct FixDraft: Sendable, Hashable, Codable {
    /// The group's id.
    public var group: String
    public var mirror: String
    /// The commit that it starts from.
    public var base: String
    public var branch: String
    /// The draft's own commit, in the bundle.
    public var commit: String
    public var files: [File]
    /// What `git format-patch` writes: for `git am`.
    public var patch: String
    /// `git bundle`; nil where `notes` say why.
    public var bundle: [UInt8]?
    public var syntax: [SyntaxCheck]
    public var tests: TestOutcome
    /// What a reviewer must know.
    public var notes: [String]

    /// One changed file.
    public struct File: Sendable, Hashable, Codable {
        public var path: String
        public var added: Int
        public var removed: Int
        /// What kind of change it is: "a time-out or limit".
        public var kind: String
        /// The model's words on it.
        public var reason: String

        public init(path: String, added: Int, removed: Int, kind: String, reason: String) {
            (self.path, self.added, self.removed, self.kind, self.reason) = (path, added, removed, kind, reason)
        }
    }

    public struct SyntaxCheck: Sendable, Hashable, Codable {
        public var path: String
        public var result: Result

        public enum Result: Sendable, Hashable, Codable {
            /// The language's own parser, by its name, took the file.
            case passed(by: String)
            case notChecked(reason: String)
        }

        public init(path: String, result: Result) { (self.path, self.result) = (path, result) }
    }

    public init(
        group: String, mirror: String, base: String, branch: String, commit: String, files: [File], patch: String,
        bundle: [UInt8]? = nil, syntax: [SyntaxCheck] = [], tests: TestOutcome, notes: [String] = []
    ) {
        (self.group, self.mirror, self.base, self.branch) = (group, mirror, base, branch)
        (self.commit, self.files, self.patch, self.bundle) = (commit, files, patch, bundle)
        (self.syntax, self.tests, self.notes) = (syntax, tests, notes)
    }
}

/// What the repository's own tests say of a draft.
public enum TestOutcome: Sendable, Hashable, Codable {
    /// Nothing was run: nothing is known.
    case notRun(reason: String)
    /// They ran, and at least one fails with the change, or they could not be finished.
    case failed(reason: String, after: TestCounts?)
    /// They ran with the change, and none failed.
    ///
    /// - `before`: the same tests without the change; nil where that run could not be finished.
    case passed(before: TestCounts?, after: TestCounts)

    /// A test that failed without the change passes with it.
    public var isReproduced: Bool {
        guard case .passed(let before?, let after) = self else { return false }
        return before.failed > 0 && after.passed > before.passed
    }

    /// For people, and for the draft's trailer.
    public var words: String {
        switch self {
        case .notRun(let reason): "not run: \(reason)"
        case .failed(let reason, _): "failed: \(reason)"
        case .passed(let before, let after):
            switch before {
            case let before? where isReproduced:
                "reproduced: \(before.failed) failed without the change; with it \(after.passed) passed, none failed"
            case _?: "tested: \(after.passed) passed, none failed"
            case nil: "tested: \(after.passed) passed, none failed; without the change they could not be counted"
            }
        }
    }

    public var isTested: Bool {
        if case .passed = self { true } else { false }
    }
}

/// How many tests a run reported.
public struct TestCounts: Sendable, Hashable, Codable {
    public var passed: Int
    public var failed: Int

    public init(passed: Int, failed: Int) { (self.passed, self.failed) = (passed, failed) }
}

/// What became of a draft, as far as the mirror or a person tells.
public enum DraftFate: String, Sendable, Hashable, Codable, CaseIterable {
    case open
    /// Its commit, or a change that equals it, is in the deployed branch.
    case merged
    /// The lines that it changes have become others.
    case changed
    /// A person judged the diagnosis, and with it the draft, wrong.
    case refused
}

/// What became of all fix drafts, whenever they were made.
public struct FixDraftCounts: Sendable, Hashable, Codable {
    public var made: Int
    /// The repository's tests ran and passed with the change.
    public var tested: Int
    public var reproduced: Int
    public var open: Int
    public var merged: Int
    /// The lines that they change have become others.
    public var changed: Int
    public var refused: Int

    public init(made: Int, tested: Int, reproduced: Int, open: Int, merged: Int, changed: Int, refused: Int) {
        (self.made, self.tested, self.reproduced, self.open) = (made, tested, reproduced, open)
        (self.merged, self.changed, self.refused) = (merged, changed, refused)
    }
}
