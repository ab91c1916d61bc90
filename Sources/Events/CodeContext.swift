/// What the git mirror tells about an event: source lines and suspect commits.
public struct CodeContext: Sendable, Hashable, Codable {
    public var state: State
    /// The most telling first; numbered [C1], [C2] … in prompts and reports.
    public var excerpts: [CodeExcerpt]
    /// The likeliest first; numbered [S1], [S2] …
    public var suspects: [Suspect]
    /// What a reader must know: drift, staleness, ambiguity, limits reached.
    public var notes: [String]

    /// Every way in which code can be missing is told apart, and told.
    public enum State: Sendable, Hashable, Codable {
        case read(mirror: String, revision: String, basis: RevisionBasis)
        /// Excerpts come from the event's own context lines.
        case fromEvent
        case notConfigured
        case noFrames
        /// None of the frames' files is in the mirror at that revision.
        case notFound(mirror: String, revision: String)
        case unavailable(mirror: String, reason: String)
    }

    /// Why this revision was read.
    public enum RevisionBasis: String, Sendable, Hashable, Codable {
        case eventCommit, releaseTag, branchBeforeEvent, branchHead
        /// The mirror's newest revision at which the frames' lines read as the event says.
        case framesAgree
        /// Unpacked source without a history.
        case sourceTree
    }

    public init(state: State, excerpts: [CodeExcerpt] = [], suspects: [Suspect] = [], notes: [String] = []) {
        (self.state, self.excerpts, self.suspects, self.notes) = (state, excerpts, suspects, notes)
    }

    public static let none = CodeContext(state: .notConfigured)
}

/// Consecutive source lines around a frame, at a revision.
public struct CodeExcerpt: Sendable, Hashable, Codable {
    /// Path in the repository.
    public var file: String
    public var revision: String
    /// Object name of the file's content; part of the diagnosis cache's key.
    public var blob: String?
    /// Number of the first line, from 1.
    public var firstLine: Int
    public var lines: [String]
    /// Line numbers that frames name.
    public var marked: [Int]
    public var function: String?
    /// 0 to 1: how sure we are that this file is the frame's.
    public var score: Double
    /// Why it is shown where no frame names it: "declares VAT, which line 25 names".
    public var about: String?
    /// Who owns the file, as the repository's CODEOWNERS says; nil where none is named, and where names are turned off.
    public var owners: [String]?

    public init(
        file: String, revision: String, blob: String? = nil, firstLine: Int, lines: [String], marked: [Int],
        function: String? = nil, score: Double = 1, about: String? = nil, owners: [String]? = nil
    ) {
        (self.file, self.revision, self.blob, self.firstLine) = (file, revision, blob, firstLine)
        (self.lines, self.marked, self.function, self.score) = (lines, marked, function, score)
        (self.about, self.owners) = (about, owners)
    }

    /// Saturates: an event may claim any line number.
    public var lastLine: Int {
        let (sum, overflow) = firstLine.addingReportingOverflow(max(0, lines.count - 1))
        return overflow ? .max : sum
    }
}

/// A commit that may have brought the error in.
public struct Suspect: Sendable, Hashable, Codable {
    public var commit: String
    public var author: String?
    public var time: Timestamp
    public var subject: String
    /// 0 to 1.
    public var score: Double
    /// In words: "last changed the failing line".
    public var reason: String
    /// The part of its diff that touches the excerpt.
    public var hunk: String?

    public init(
        commit: String, author: String?, time: Timestamp, subject: String, score: Double, reason: String,
        hunk: String? = nil
    ) {
        (self.commit, self.author, self.time, self.subject) = (commit, author, time, subject)
        (self.score, self.reason, self.hunk) = (score, reason, hunk)
    }
}
