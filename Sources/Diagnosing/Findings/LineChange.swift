import Events

/// What a commit did to a line: the line as it was before, and the words that came and went.
struct LineChange: Sendable, Hashable {
    var commit: String
    /// Without indentation; nil where the commit wrote the line anew.
    var before: String?
    var after: String
    var takenAway: [String]
    var added: [String]
    /// Names of the line as it was and as it is.
    var terms: Set<String> { Set(CodeLine.terms(of: before ?? "") + CodeLine.terms(of: after)) }
    /// The part of the line that is another now, as it was and as it is; whole expressions.
    var part: (before: String, after: String)? { before.flatMap { Self.part(of: $0, after) } }

    private static let maximumLines = 400
    /// Lines of one place that are compared.
    private static let maximumCandidates = 12
    /// A value that the error is about counts for more than all other words of a line.
    private static let weightOfValue = 100

    /// What the commit made of this very line.
    ///
    /// - Returns: nil where the shown part of the commit's change does not hold the line.
    init?(_ suspect: Suspect, line: String) {
        let wanted = Self.trimmed(line[...])
        guard !wanted.isEmpty, let run = Self.runs(of: suspect).first(where: { $0.added.contains(wanted) }) else {
            return nil
        }
        let terms = CodeLine.terms(of: wanted)
        let known = Set(terms)
        let best = Self.closest(run.removed, to: known)
        // Of two lines that share no word, one became the other only where nothing else came or went.
        let isAlone = run.removed.count == 1 && run.added.count == 1
        before = best.flatMap { Self.shared($0, known) > 0 || isAlone ? $0 : nil }
        (commit, after) = (suspect.commit, wanted)
        let old = before.map { CodeLine.terms(of: $0) } ?? []
        takenAway = old.filter { !known.contains($0) }
        added = before == nil ? [] : terms.filter { !old.contains($0) }
    }

    /// What the commit changed elsewhere: of the places in its shown change, the first that names the values, else the
    /// first that shares the most words with the failing line.
    ///
    /// - Returns: nil where nothing was taken away or replaced: all that is only new is told by the commit itself.
    init?(_ suspect: Suspect, near line: String, about values: Set<String> = []) {
        let wanted = Set(CodeLine.terms(of: line))
        let runs = Self.runs(of: suspect).filter { !$0.removed.isEmpty }
        let shares = runs.map { run in
            (run.removed + run.added).prefix(Self.maximumCandidates).reduce(0) { sum, text in
                sum + Self.shared(text, wanted) + Self.weightOfValue * Self.shared(text, values)
            }
        }
        guard let index = runs.indices.min(by: { (-shares[$0], $0) < (-shares[$1], $1) }) else { return nil }
        let run = runs[index]
        let new = run.added.prefix(Self.maximumCandidates).flatMap { CodeLine.terms(of: $0) }
        let old = run.removed.prefix(Self.maximumCandidates).flatMap { CodeLine.terms(of: $0) }
        before =
            run.removed.first { Self.shared($0, values) > 0 && $0.contains("=") }
            ?? Self.closest(run.removed, to: Set(new).union(wanted))
        // A comment in its place is no code that came for it.
        let code = run.added.filter { !CodeLine($0).chains.isEmpty }
        after = before.flatMap { Self.closest(code, to: Set(CodeLine.terms(of: $0))) } ?? ""
        commit = suspect.commit
        takenAway = Self.without(Set(new), old)
        added = Self.without(Set(old), new)
    }

    /// Lines that went and came in one place.
    private struct Run {
        var removed: [String] = []
        var added: [String] = []
    }

    private static func runs(of suspect: Suspect) -> [Run] {
        guard let hunk = suspect.hunk else { return [] }
        var runs: [Run] = []
        var current = Run()
        for text in hunk.split(separator: "\n", omittingEmptySubsequences: false).prefix(maximumLines) {
            let line = trimmed(text.dropFirst())
            switch text.first {
            case "-":
                if !current.added.isEmpty {
                    runs.append(current)
                    current = Run()
                }
                if !line.isEmpty { current.removed.append(line) }
            case "+":
                if !line.isEmpty { current.added.append(line) }
            default:
                runs.append(current)
                current = Run()
            }
        }
        return (runs + [current]).filter { !$0.removed.isEmpty || !$0.added.isEmpty }
    }

    /// What is between the words that both lines begin and end with, widened to the next blanks, so that it can be read.
    private static func part(of before: String, _ after: String) -> (before: String, after: String)? {
        let (old, new) = (Array(before), Array(after))
        let most = min(old.count, new.count)
        var head = 0
        while head < most, old[head] == new[head] { head += 1 }
        var tail = 0
        while tail < most - head, old[old.count - 1 - tail] == new[new.count - 1 - tail] { tail += 1 }
        while head > 0, !old[head - 1].isWhitespace { head -= 1 }
        while tail > 0, !old[old.count - tail].isWhitespace { tail -= 1 }
        let parts = (String(old[head..<old.count - tail]), String(new[head..<new.count - tail]))
        let trimmed = (trimmed(parts.0[...]), trimmed(parts.1[...]))
        guard trimmed != (before, after), trimmed.0 != trimmed.1 else { return nil }
        return (before: withoutEnd(trimmed.0), after: withoutEnd(trimmed.1))
    }

    private static func withoutEnd(_ text: String) -> String { text.hasSuffix(";") ? String(text.dropLast()) : text }

    private static func closest(_ lines: [String], to terms: Set<String>) -> String? {
        let candidates = Array(lines.prefix(maximumCandidates))
        let index = candidates.indices.min { left, right in
            (-shared(candidates[left], terms), left) < (-shared(candidates[right], terms), right)
        }
        return index.map { candidates[$0] }
    }

    private static func without(_ known: Set<String>, _ terms: [String]) -> [String] {
        var seen = known
        return terms.filter { seen.insert($0).inserted }
    }

    private static func shared(_ line: String, _ terms: Set<String>) -> Int {
        CodeLine.terms(of: line).count(where: terms.contains)
    }

    private static func trimmed(_ line: Substring) -> String {
        let text = line.drop { $0 == " " || $0 == "\t" || $0 == "\r" }
        return String(text.reversed().drop { $0 == " " || $0 == "\t" || $0 == "\r" }.reversed())
    }
}
