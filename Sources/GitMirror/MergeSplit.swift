/// Which side of a merge brought which of the followed lines.
struct MergeSplit: Sendable {
    /// For each of the other parents what of the lines came from it, as it stands there; nil where nothing did.
    private(set) var brought: [FollowedLines?] = []
    /// Failing lines, by their numbers in the newest version, that came from one of the other parents.
    private(set) var gone: Set<Int> = []
    /// Whether the main parent and the others explain every change: then the merge itself changed nothing.
    private(set) var isWhole = true

    /// - Parameters:
    ///   - lines: what is followed, in `text`, the merge's version.
    ///   - main: the parent that is followed further.
    init(_ lines: FollowedLines, in text: VersionText, main: VersionText, others: [VersionText]) {
        let hunks = LineDiff(main.keys, text.keys).touching(lines.span)
        let diffs = others.map { LineDiff($0.keys, text.keys) }
        var unexplained = hunks
        for diff in diffs {
            let own = unexplained.filter { Self.explains($0, diff) }
            unexplained.removeAll { own.contains($0) }
            guard !own.isEmpty else {
                brought.append(nil)
                continue
            }
            var side = FollowedLines(failing: [:], span: diff.oldRange(of: lines.span))
            for (number, line) in lines.failing where own.contains(where: { $0.new.contains(line) }) {
                side.failing[number] = diff.oldLine(of: line)
                gone.insert(number)
            }
            brought.append(side.span.isEmpty ? nil : side)
        }
        isWhole = unexplained.isEmpty
    }

    /// Whether the merge took a change as it is from the parent that this difference is from.
    private static func explains(_ hunk: LineDiff.Hunk, _ diff: LineDiff) -> Bool {
        if hunk.new.isEmpty {
            return !diff.hunks.contains {
                $0.new.lowerBound <= hunk.new.lowerBound && hunk.new.lowerBound <= $0.new.upperBound
            }
        }
        return hunk.new.allSatisfy { diff.oldLine(of: $0) != nil }
    }

    /// The step into the main parent without what the others brought.
    func settled(_ step: LineStep, _ lines: FollowedLines) -> LineStep {
        guard !gone.isEmpty || isWhole else { return step }
        var step = step
        if isWhole { step.touch = nil }
        step.touch?.blamed.removeAll { gone.contains($0) }
        if step.rest == nil, isWhole { step.rest = step.carried }
        for number in gone { step.rest?.failing[number] = nil }
        return step
    }
}
