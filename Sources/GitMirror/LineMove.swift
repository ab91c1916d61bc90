/// Finds lines again that a commit moved from another file, or within their own.
enum LineMove {
    struct Place: Sendable {
        var followed: FollowedLines
        /// All of the lines came along unchanged.
        var isWhole: Bool
        /// Failing lines that are not there.
        var lost: [Int]
        /// Names in lines that were changed on the way.
        var names: Set<String>
    }

    /// Share of a function's telling lines that must be there.
    static let needed = 0.6

    /// - Parameter kept: what the other file has after the commit; a line that did not change there was not moved.
    static func place(_ lines: FollowedLines, in text: VersionText, old: VersionText, kept: VersionText?) -> Place? {
        let telling = lines.span.filter { text.isTelling($0) }
        guard !telling.isEmpty else { return nil }
        let gone = kept.map { kept in LineDiff(old.keys, kept.keys).hunks.flatMap { Array($0.old) } }
        let left = gone.map { Set($0.map { old.keys[$0] }) } ?? Set(old.keys)
        let found = telling.count { left.contains(text.keys[$0]) }
        guard Double(found) >= needed * Double(telling.count) else { return nil }
        let start = lines.span.lowerBound
        let diff = LineDiff(old.keys, Array(text.keys[lines.span]))
        let places = telling.compactMap { diff.oldLine(of: $0 - start) }.sorted()
        guard !places.isEmpty else { return nil }
        // A line or two may have its like far away: what counts is where most of them are.
        let (middle, reach) = (places[places.count / 2], lines.span.count + reachBeyond)
        let near = places.filter { abs($0 - middle) <= reach }
        guard let first = near.first, let last = near.last else { return nil }
        var followed = FollowedLines(failing: [:], span: first..<last + 1)
        for (number, line) in lines.failing {
            let same = (max(0, first - reach)..<min(old.keys.count, last + reach)).filter {
                old.keys[$0] == text.keys[line]
            }
            let expected = first + line - start
            followed.failing[number] = same.min { abs($0 - expected) < abs($1 - expected) }
        }
        let changed = telling.filter { !left.contains(text.keys[$0]) }
        let names = changed.prefix(LineStep.maxNames).reduce(into: Set<String>()) {
            $0.formUnion(FunctionHeader.identifiers(text.text($1)))
        }
        let lost = lines.failing.keys.filter { followed.failing[$0] == nil }.sorted()
        return Place(followed: followed, isWhole: changed.isEmpty && lost.isEmpty, lost: lost, names: names)
    }

    /// Lines by which a function may have grown while it was moved.
    private static let reachBeyond = 5

    /// The same function in another form: moved and formatted by one commit.
    ///
    /// - Returns: nil where the old version does not hold all of it, or it is too short to be known again.
    static func form(of lines: FollowedLines, in text: VersionText, old: VersionText) -> Place? {
        let wanted = text.essence(lines.span)
        guard (shortestForm...longestForm).contains(wanted.count) else { return nil }
        let (held, ends) = old.essenceByLine()
        guard let start = first(wanted, in: held) else { return nil }
        func line(at offset: Int) -> Int { ends.firstIndex { $0 > offset } ?? max(0, ends.count - 1) }
        let span = line(at: start)..<line(at: start + wanted.count - 1) + 1
        var followed = FollowedLines(failing: [:], span: span)
        for (number, failing) in lines.failing {
            // Where it begins is told by what stands before it.
            let before = text.essence(lines.span.lowerBound..<failing).count
            followed.failing[number] = min(span.upperBound - 1, line(at: min(held.count - 1, start + before)))
        }
        return Place(followed: followed, isWhole: true, lost: [], names: [])
    }

    private static let shortestForm = 40
    private static let longestForm = 20_000

    /// The place of a text in another, found by its first bytes and compared from there on.
    private static func first(_ wanted: [UInt8], in held: [UInt8]) -> Int? {
        guard let lead = wanted.first, wanted.count <= held.count else { return nil }
        var compared = 0
        for start in 0...held.count - wanted.count where held[start] == lead {
            var length = 1
            while length < wanted.count, held[start + length] == wanted[length] { length += 1 }
            if length == wanted.count { return start }
            compared += length
            guard compared <= maxCompared else { return nil }
        }
        return nil
    }

    /// Bytes of texts that only begin alike.
    private static let maxCompared = 20_000_000
}
