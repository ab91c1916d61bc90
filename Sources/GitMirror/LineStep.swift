/// One step back, from a version to the one before it.
struct LineStep: Sendable {
    /// nil where the commit changed none of the followed lines.
    var touch: LineTouch?
    /// nil where they were not there before.
    var rest: FollowedLines?
    /// What stood there as it is.
    let carried: FollowedLines

    static let maxNames = 400
    /// Lines on either side of a hunk that is shown.
    static let shownAround = 3

    /// - Parameter lines: what is followed, in `new`.
    init(
        _ lines: FollowedLines, from new: VersionText, to old: VersionText, commit: CommitFacts, path: String
    ) {
        let diff = LineDiff(old.keys, new.keys)
        let hunks = diff.touching(lines.span)
        carried = Self.carried(lines, diff)
        guard !hunks.isEmpty else {
            rest = carried
            return
        }
        let isAllNew = hunks.contains {
            $0.new.lowerBound <= lines.span.lowerBound && $0.new.upperBound >= lines.span.upperBound
        }
        var touch = LineTouch(commit: commit, nature: .changed, path: path)
        // With the lines between the hunks: statements in another order are more than another form.
        let (before, after) = Self.covered(hunks)
        let (removed, added) = (old.essence(before), new.essence(after))
        if removed == added {
            touch.nature = .formatted
        } else if Self.unquoted(removed) == Self.unquoted(added), !removed.isEmpty {
            touch.nature = .reworded
        } else if Self.isRenaming(removed, added, whole: diff, old, new) {
            touch.nature = .renamed
        } else if Self.isExtraction(hunks, lines, old, new, path) {
            touch.nature = .moved
        } else if isAllNew, !Self.isRewritten(hunks, lines.span) {
            touch.nature = .wrote
        }
        touch.distance = Self.distance(hunks, lines.failing)
        touch.names = Self.names(hunks, old, new)
        touch.unchecked = Self.checked(hunks.map(\.old), old).subtracting(Self.checked(hunks.map(\.new), new))
        touch.hunk = Self.shown(hunks, old, new)
        var rest = carried
        let isSame = touch.nature != .changed && touch.nature != .wrote
        if touch.nature == .moved { rest.span = Self.enclosing(rest, old, path) }
        if !isSame { touch.blamed = lines.failing.keys.filter { rest.failing[$0] == nil }.sorted() }
        for (number, line) in lines.failing where rest.failing[number] == nil {
            guard let hunk = diff.hunk(at: line) else { continue }
            rest.failing[number] = Self.counterpart(of: line, hunk, old, new, isSame: isSame)
        }
        if isSame { touch.blamed = lines.failing.keys.filter { rest.failing[$0] == nil }.sorted() }
        self.touch = touch
        self.rest = touch.nature == .wrote ? nil : rest
    }

    /// Whether lines that were there became a function of their own: all that is new of it is how it begins and ends, and
    /// no function of its name was there before.
    private static func isExtraction(
        _ hunks: [LineDiff.Hunk], _ lines: FollowedLines, _ old: VersionText, _ new: VersionText, _ path: String
    ) -> Bool {
        guard let header = lines.span.first(where: { new.isTelling($0) }), !lines.failing.values.contains(header),
            hunks.contains(where: { $0.new.contains(header) })
        else { return false }
        let inner = hunks.flatMap { Array($0.new.clamped(to: lines.span)) }
        guard inner.allSatisfy({ $0 == header || !new.isTelling($0) }) else { return false }
        let body = lines.span.filter { $0 != header && new.isTelling($0) }
        guard body.count >= leastExtracted, let inside = body.first,
            let name = functions(of: new, path)?.enclosing(inside + 1)?.name, let before = functions(of: old, path)
        else { return false }
        return before.named(name).isEmpty
    }

    private static func functions(of version: VersionText, _ path: String) -> FunctionFinder? {
        SourceText(path: path, bytes: version.bytes).map { FunctionFinder($0) }
    }

    private static let leastExtracted = 2

    /// The function that the lines stood in before they became one of their own.
    private static func enclosing(_ lines: FollowedLines, _ old: VersionText, _ path: String) -> Range<Int> {
        guard let line = lines.failing.values.min(), let function = functions(of: old, path)?.enclosing(line + 1),
            function.last - function.first < ExcerptBuilder.maxFunctionLines
        else { return lines.span }
        return min(function.first - 1, lines.span.lowerBound)..<max(function.last, lines.span.upperBound)
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

    /// From the first hunk's begin to the last one's end, before and after.
    private static func covered(_ hunks: [LineDiff.Hunk]) -> (old: Range<Int>, new: Range<Int>) {
        guard let first = hunks.first, let last = hunks.last else { return (0..<0, 0..<0) }
        return (
            first.old.lowerBound..<max(first.old.lowerBound, last.old.upperBound),
            first.new.lowerBound..<max(first.new.lowerBound, last.new.upperBound)
        )
    }

    /// What is left where only texts in quotes differ.
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
