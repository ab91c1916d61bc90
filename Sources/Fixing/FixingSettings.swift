import Events

/// The `[fixing]` section: what a draft may change, how it is tested, how many there may be.
public struct FixingSettings: Sendable, Hashable {
    /// The nightly batch makes drafts too.
    public var autoDraft = false
    /// Make and check drafts, but keep and send none.
    public var dryRun = false
    /// Diagnoses that are less sure become no draft; LOW ones never do.
    public var minConfidence = 80
    public var draftsADay = 5
    public var maxFiles = 3
    /// Added and removed lines together.
    public var maxLines = 60
    public var kinds = ChangeKind.allCases
    /// Globs; a path must match one of them.
    public var allowedPaths = ["*"]
    /// Globs, beside the built-in ones.
    public var forbiddenPaths: [String] = []
    public var bundle = BundleKind.thin
    /// Folders of programs that tests need beside the system's; readable in the sandbox.
    public var tools: [String] = []
    /// Of one run of the tests.
    public var limits = SandboxLimits()

    /// What the bundle of a draft holds.
    public enum BundleKind: String, Sendable, CaseIterable {
        /// Only what follows the base commit, for repositories that have it.
        case thin
        /// The branch with all its history, so that the bundle alone can be cloned.
        case whole
        case none
    }

    public init() {}

    /// No configuration goes below: what is LOW never becomes a draft.
    public static let leastConfidence = 50
}
