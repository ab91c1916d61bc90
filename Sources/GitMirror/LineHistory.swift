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

/// One step back, from a version to the one before it.
struct LineStep: Sendable {
    /// nil where the commit changed none of the followed lines.
    var touch: LineTouch?
    /// nil where they were not there before.
    var rest: FollowedLines?

    static let maxNames = 400
    /// Lines on either side of a hunk that is shown.
    static let shownAround = 3

    /// - Parameter lines: what is followed, in `new`.
    init(
        _ lines: FollowedLines, from new: VersionText, to old: VersionText, commit: CommitFacts, path: String
    ) {
        let diff = LineDiff(old.keys, new.keys)
        let hunks = diff.touching(lines.span)
        guard !hunks.isEmpty else {
            rest = Self.carried(lines, diff)
            return
        }
        let isAllNew = hunks.contains {
            $0.new.lowerBound <= lines.span.lowerBound && $0.new.upperBound >= lines.span.upperBound
        }
        let removed = hunks.map { old.essence($0.old) }
        let added = hunks.map { new.essence($0.new) }
        var touch = LineTouch(commit: commit, nature: .changed, path: path)
        if removed == added || removed.joined().elementsEqual(added.joined()) {
            touch.nature = .formatted
        } else if Self.isReworded(hunks, old, new) {
            touch.nature = .reworded
        } else if Self.isRenaming(Array(removed.joined()), Array(added.joined()), whole: diff, old, new) {
            touch.nature = .renamed
        } else if isAllNew, !Self.isRewritten(hunks, lines.span) {
            touch.nature = .wrote
        }
        touch.distance = Self.distance(hunks, lines.failing)
        touch.names = Self.names(hunks, old, new)
        touch.unchecked = Self.checked(hunks.map(\.old), old).subtracting(Self.checked(hunks.map(\.new), new))
        touch.hunk = Self.shown(hunks, old, new)
        var rest = Self.carried(lines, diff)
        let isSame = touch.nature != .changed && touch.nature != .wrote
        if !isSame { touch.blamed = lines.failing.keys.filter { rest.failing[$0] == nil }.sorted() }
        for (number, line) in lines.failing where rest.failing[number] == nil {
            guard let hunk = diff.hunk(at: line) else { continue }
            rest.failing[number] = Self.counterpart(of: line, hunk, old, new, isSame: isSame)
        }
        if isSame { touch.blamed = lines.failing.keys.filter { rest.failing[$0] == nil }.sorted() }
        self.touch = touch
        self.rest = touch.nature == .wrote ? nil : rest
    }

    private static func carried(_ lines: FollowedLines, _ diff: LineDiff) -> FollowedLines {
        FollowedLines(
            failing: lines.failing.compactMapValues { diff.oldLine(of: $0) }, span: diff.oldRange(of: lines.span))
    }

    /// A function whose lines were all replaced was there before where as many stood in its place.
    private static func isRewritten(_ hunks: [LineDiff.Hunk], _ span: Range<Int>) -> Bool {
        hunks.reduce(0) { $0 + $1.old.count } * 2 >= span.count
    }

    /// The line of the old version that this one was made of: the most alike of the hunk, else, where only its form
    /// changed, the one at the same share of its height.
    private static func counterpart(
        of line: Int, _ hunk: LineDiff.Hunk, _ old: VersionText, _ new: VersionText, isSame: Bool
    ) -> Int? {
        guard !hunk.old.isEmpty else { return nil }
        let words = Set(FunctionHeader.identifiers(new.text(line)))
        let best = hunk.old.prefix(maxCounterparts).map { candidate in
            (candidate, words.intersection(FunctionHeader.identifiers(old.text(candidate))).count)
        }.max { $0.1 < $1.1 }
        if let best, best.1 > 0 { return best.0 }
        guard isSame else { return nil }
        let share = (line - hunk.new.lowerBound) * hunk.old.count / max(1, hunk.new.count)
        return hunk.old.lowerBound + min(share, hunk.old.count - 1)
    }

    private static let maxCounterparts = 200

    private static func distance(_ hunks: [LineDiff.Hunk], _ failing: [Int: Int]) -> Int? {
        failing.values.flatMap { line in
            hunks.map { hunk in
                line < hunk.new.lowerBound
                    ? hunk.new.lowerBound - line : max(0, line - max(hunk.new.lowerBound, hunk.new.upperBound - 1))
            }
        }.min()
    }

    private static func names(_ hunks: [LineDiff.Hunk], _ old: VersionText, _ new: VersionText) -> Set<String> {
        var names: Set<String> = []
        for hunk in hunks {
            for text in hunk.old.prefix(maxNames).map(old.text) + hunk.new.prefix(maxNames).map(new.text) {
                guard names.count < maxNames else { return names }
                names.formUnion(FunctionHeader.identifiers(text))
            }
        }
        return names
    }

    /// Names in lines that ask before something is done.
    private static func checked(_ ranges: [Range<Int>], _ text: VersionText) -> Set<String> {
        var names: Set<String> = []
        for line in ranges.joined().prefix(maxNames) {
            let (words, shown) = (FunctionHeader.identifiers(text.text(line)), text.text(line))
            guard words.contains(where: checkWords.contains) || checkMarks.contains(where: shown.contains) else {
                continue
            }
            names.formUnion(words)
        }
        return names
    }

    private static let checkWords: Set<String> = [
        "if", "unless", "guard", "assert", "require", "catch", "except", "rescue", "try", "when", "elif", "elsif",
        "unwrap_or", "unwrap_or_default", "ok_or", "orElse", "get_or_default", "getOrDefault", "default", "isset",
        "Objects", "Preconditions", "ensure", "max", "min", "clamp",
    ]
    private static let checkMarks = ["??", "?.", "?:", "||", "&.", " or "]

    /// Whether the lines are the same but for what stands in quotes.
    private static func isReworded(_ hunks: [LineDiff.Hunk], _ old: VersionText, _ new: VersionText) -> Bool {
        let (before, after) = (
            hunks.flatMap { unquoted(old.essence($0.old)) }, hunks.flatMap { unquoted(new.essence($0.new)) }
        )
        return !before.isEmpty && before == after
    }

    private static func unquoted(_ bytes: [UInt8]) -> [UInt8] {
        var (kept, isInside): ([UInt8], Bool) = ([], false)
        for byte in bytes {
            if byte == 0x22 { isInside.toggle() }
            if !isInside || byte == 0x22 { kept.append(byte) }
        }
        return kept
    }

    private static func shown(_ hunks: [LineDiff.Hunk], _ old: VersionText, _ new: VersionText) -> String {
        var lines: [String] = []
        for hunk in hunks where lines.count < DiffHunk.maxLines {
            let before = max(0, hunk.new.lowerBound - shownAround)..<hunk.new.lowerBound
            let after = hunk.new.upperBound..<min(new.lines.count, hunk.new.upperBound + shownAround)
            let counts = (hunk.old.count + before.count + after.count, hunk.new.count + before.count + after.count)
            lines.append(
                "@@ -\(max(0, hunk.old.lowerBound - before.count) + 1),\(counts.0) "
                    + "+\(before.lowerBound + 1),\(counts.1) @@")
            lines += before.map { " " + new.text($0) }
            lines += hunk.old.prefix(DiffHunk.maxLines).map { "-" + old.text($0) }
            lines += hunk.new.prefix(DiffHunk.maxLines).map { "+" + new.text($0) }
            lines += after.map { " " + new.text($0) }
        }
        let cut = lines.prefix(DiffHunk.maxLines).map { String($0.prefix(DiffHunk.maxLine)) }
        return (cut + (lines.count > cut.count ? ["…"] : [])).joined(separator: "\n")
    }
}
