import Events

/// One `[[mirror]]` of the configuration: a local git repository that is only ever read.
public struct MirrorSettings: Sendable, Hashable {
    /// The name that reports use.
    public var name: String
    /// A bare repository, a work tree, a work tree's `.git`, unpacked source, or a folder of mirrors.
    public var path: String
    /// Where it lies in the folder of mirrors that is configured, without `.git`; nil for one that is configured itself.
    public var pathInFolder: String?
    /// Keys that events may carry; never fetched.
    public var urls: [String]
    /// Services whose code lies here.
    public var services: [String]
    /// The branch that is deployed; nil for HEAD's, else `main`, else `master`.
    public var branch: String?
    /// Folders of the repository that hold source trees (`src/main/java`), the likeliest first.
    public var sourceRoots: [String]
    /// The part of a monorepo that belongs to these services.
    public var subdirectory: String?
    /// A mirror whose last fetch is older than this is stale.
    public var maxAge: Duration
    /// What runs the repository's own tests, for fix drafts: `pytest -q`. Run in the sandbox alone.
    public var testCommand: String?

    public init(
        name: String, path: String, urls: [String] = [], services: [String] = [], branch: String? = nil,
        sourceRoots: [String] = [], subdirectory: String? = nil, maxAge: Duration = .days(7),
        testCommand: String? = nil
    ) {
        (self.name, self.path, self.urls, self.services) = (name, path, urls, services)
        (self.branch, self.sourceRoots, self.subdirectory) = (branch, sourceRoots, subdirectory)
        (self.maxAge, self.testCommand) = (maxAge, testCommand)
    }
}

/// The `[context]` section: how much code is read for one event.
public struct ContextSettings: Sendable, Hashable {
    /// Lines on both sides of a failing line whose function cannot be found.
    public var linesAround: Int
    /// Places in the code, at most.
    public var maxLocations: Int
    /// Characters of all excerpts together, at most.
    public var maxCharacters: Int
    /// Whether suspects carry their authors' names.
    public var showAuthors: Bool
    /// The longest that one call of git may take.
    public var gitTimeout: Duration

    public init(
        linesAround: Int = 20, maxLocations: Int = 4, maxCharacters: Int = 12000, showAuthors: Bool = true,
        gitTimeout: Duration = .seconds(10)
    ) {
        (self.linesAround, self.maxLocations, self.maxCharacters) = (linesAround, maxLocations, maxCharacters)
        (self.showAuthors, self.gitTimeout) = (showAuthors, gitTimeout)
    }
}
