/// How a commit changed lines that are followed back through a file's versions.
struct LineTouch: Sendable {
    enum Nature: Sendable, Equatable {
        case changed
        /// The function came into being with it.
        case wrote
        /// The lines came from another place as they are.
        case moved
        /// Only white space, comments, quotes, braces or commas.
        case formatted
        /// Only texts in quotes.
        case reworded
        /// Names were changed throughout, and nothing else.
        case renamed
        /// A later commit brought back what was before it.
        case undone
        /// It brought back what an earlier version had.
        case restored
    }

    var commit: CommitFacts
    var nature: Nature
    var path: String
    /// Of the failing lines, those that it wrote as they are, by their numbers in the newest version (from 1).
    var blamed: [Int] = []
    /// Of the failing lines, those that it wrote an earlier form of.
    var earlier: [Int] = []
    /// From its change to the nearest failing line; 0 for a change of that line, nil where none is followed any more.
    var distance: Int?
    /// Every name in the lines that it took away or brought.
    var names: Set<String> = []
    /// Names that a check asked about which it took away.
    var unchecked: Set<String> = []
    /// Texts before and after, as a diff shows them.
    var hunk: String?
}

extension LineTouch {
    /// Whether it changed what the lines do, as far as can be told.
    var counts: Bool {
        nature == .changed || nature == .wrote || nature == .restored || nature == .renamed || nature == .reworded
    }
}

/// Lines of one version that are followed: the failing ones, and the function around them. Counted from 0.
struct FollowedLines: Sendable, Equatable {
    /// Number in the newest version → where it stands in this one.
    var failing: [Int: Int]
    var span: Range<Int>

    /// Within a text of so many lines.
    func clamped(to count: Int) -> FollowedLines {
        FollowedLines(failing: failing.filter { $0.value >= 0 && $0.value < count }, span: span.clamped(to: 0..<count))
    }
}
