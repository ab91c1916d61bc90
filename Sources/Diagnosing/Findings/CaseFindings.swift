import Events

/// What code alone tells of the failing line: its words, the value that the error is about, and what a commit made of it.
///
/// Computed, so that a small model has to find none of it, and an answer can be held against it.
struct CaseFindings: Sendable {
    var file: String
    var number: Int
    /// Without indentation.
    var line: String
    var culprits: Culprits?
    var change: LineChange?
    /// Where no suspect changed the line itself: what the likeliest of them changed elsewhere.
    var nearby: LineChange?
    /// `nearby` is about a value that the error is about: what it was made of, or a check of it.
    var nearbyNamesValue = false
    /// Index of the commit of `change`, or of `nearby`, among the suspects.
    var suspect: Int?

    /// What the line, or one that has to do with it, was before a commit.
    var lineBefore: String? { (change ?? nearby)?.before }

    private static let lineBytes = 300
    /// Suspects whose change elsewhere is worth telling.
    private static let likeliest = 2

    /// - Returns: nil where the source of the failing call is not there.
    init?(_ file: CaseFile, frames: EvidenceNumbering) {
        guard let (excerpt, number) = Self.failing(file, frames) else { return nil }
        let index = number - excerpt.firstLine
        let text = excerpt.lines[index].drop { $0 == " " || $0 == "\t" }
        line = UntrustedText.line(String(text), kind: .code, limit: Self.lineBytes)
        guard !line.isEmpty else { return nil }
        (self.file, self.number) = (UntrustedText.line(excerpt.file, limit: EvidenceLimits.nameBytes), number)
        if let shape = ErrorShape(of: file.sample) {
            let found = Culprits(shape, in: CodeLine(String(text)))
            culprits = found.expressions.isEmpty ? nil : found
        }
        findChange(of: String(text), file.code.suspects.prefix(EvidenceLimits.suspects))
    }

    /// What a suspect made of the line; else what one made of the value that the error is about, elsewhere.
    private mutating func findChange(of text: String, _ suspects: ArraySlice<Suspect>) {
        let made = suspects.enumerated().lazy
            .compactMap { position, suspect in LineChange(suspect, line: text).map { (position, $0) } }.first
        let values = valueTerms(text)
        let near = suspects.enumerated().compactMap { position, suspect in
            LineChange(suspect, near: text, about: values).map { (position, $0) }
        }
        let telling = near.first { !values.isDisjoint(with: $0.1.terms) }
        if let made, made.1.before != nil || !Self.explains(telling?.0, moreThan: made.0, suspects) {
            (suspect, change) = made
        } else if let chosen = telling ?? near.first(where: { $0.0 < Self.likeliest }) {
            (suspect, nearby, nearbyNamesValue) = (chosen.0, chosen.1, telling != nil)
        }
    }

    /// Whether a change of the value explains more than that a commit wrote the line: where it is the likelier suspect,
    /// or the line came with the whole file.
    private static func explains(_ telling: Int?, moreThan writer: Int, _ suspects: ArraySlice<Suspect>) -> Bool {
        guard let telling else { return false }
        return telling < writer || suspects[writer].hunk?.hasPrefix("@@ -0,0 ") == true
    }

    /// Names of the values that the error is about; of the whole line where none is known.
    private func valueTerms(_ text: String) -> Set<String> {
        guard let culprits else {
            let names = CodeLine(text).names.filter { $0.utf8.count >= Self.leastNameBytes }
            return Set(names).subtracting(CodeLine.selves)
        }
        let named = culprits.expressions.flatMap { expression in
            let terms = CodeLine.terms(of: expression).filter { !CodeLine.selves.contains($0) }
            // `order.items`: many lines name the order.
            return terms.count > 1 ? Array(terms.dropFirst()) : terms
        }
        return Set(named)
    }

    /// Shorter names stand in many lines by accident.
    private static let leastNameBytes = 3

    /// The marked line of the call to blame: of its own file, where the frame names one.
    private static func failing(_ file: CaseFile, _ frames: EvidenceNumbering) -> (CodeExcerpt, Int)? {
        let frame = frames.failingFrame.map { frames.frames[$0] }
        let name = frame?.file.map(lastComponent)
        for excerpt in file.code.excerpts where excerpt.about == nil {
            // A file may be another one in the repository than in what runs; its function then tells.
            let isOfFrame =
                name.map { $0 == lastComponent(excerpt.file) } ?? true
                || excerpt.function.map { $0 == frame?.function.map(TriageMatch.lastComponent) } ?? false
            guard isOfFrame else { continue }
            let marks = excerpt.marked.filter { mark in
                let (index, overflow) = mark.subtractingReportingOverflow(excerpt.firstLine)
                return !overflow && excerpt.lines.indices.contains(index)
            }
            // Lines move between the running version and the one that is read: the frame's own number, else the mark.
            if let mark = marks.first(where: { $0 == frame?.line }) ?? marks.first { return (excerpt, mark) }
        }
        return nil
    }

    private static func lastComponent(_ path: String) -> String {
        String(path.split { $0 == "/" || $0 == "\\" }.last ?? "").lowercased()
    }
}

// MARK: words

extension CaseFindings {
    /// The line and the value alone.
    var short: String {
        let lines = ["failing line, \(file):\(number): \(line)"] + (culprits.map { [words(of: $0)] } ?? [])
        return lines.joined(separator: "\n").replacing("\"", with: "'")
    }

    /// For the prompt: one finding a line.
    func text(suspectID: (Int) -> String) -> String {
        var lines = ["failing line, \(file):\(number): \(line)"]
        if let culprits { lines.append(words(of: culprits)) }
        if let change, let suspect {
            let commit = "commit \(UntrustedText.line(String(change.commit.prefix(10)), limit: 20))"
            let id = suspectID(suspect)
            if let before = change.before {
                let old = UntrustedText.line(before, kind: .code, limit: Self.lineBytes)
                lines.append("before \(commit) (\(id)) the line was: \(old)")
                let words = Self.words(change)
                if !words.isEmpty { lines.append("that change \(words)") }
            } else {
                lines.append("\(commit) (\(id)) wrote this line")
            }
        }
        if let nearby, let suspect, let before = nearby.before {
            let commit = "commit \(UntrustedText.line(String(nearby.commit.prefix(10)), limit: 20))"
            lines.append("\(commit) (\(suspectID(suspect))) changed elsewhere:")
            lines.append("from: \(UntrustedText.line(before, kind: .code, limit: Self.lineBytes))")
            let after = nearby.after.isEmpty ? "nothing" : nearby.after
            lines.append("to: \(UntrustedText.line(after, kind: .code, limit: Self.lineBytes))")
            let words = Self.words(nearby)
            if !words.isEmpty { lines.append("that change \(words)") }
        }
        // A quotation mark would end the text of a small model that copies it.
        return lines.joined(separator: "\n").replacing("\"", with: "'")
    }

    private func words(of culprits: Culprits) -> String {
        let names = culprits.expressions.map { UntrustedText.line($0, kind: .code, limit: 120) }
        let list = names.joined(separator: " or ")
        return "so \(list) \(names.count == 1 ? "is" : "may be") "
            + UntrustedText.line(culprits.state, limit: EvidenceLimits.valueBytes)
    }

    private static func words(_ change: LineChange) -> String {
        func line(_ text: String) -> String { UntrustedText.line(text, kind: .code, limit: Self.lineBytes) }
        func list(_ terms: [String]) -> String {
            terms.prefix(8).map { UntrustedText.line($0, kind: .code, limit: 60) }.joined(separator: ", ")
        }
        var parts: [String] = []
        if let part = change.part {
            let (old, new) = (line(part.before), line(part.after))
            if old.isEmpty { return "put in `\(new)`" }
            return new.isEmpty ? "took out `\(old)`" : "replaced `\(old)` with `\(new)`"
        }
        if !change.takenAway.isEmpty { parts.append("took away: \(list(change.takenAway))") }
        if !change.added.isEmpty { parts.append("added: \(list(change.added))") }
        return parts.joined(separator: "; ")
    }

    /// A change is known that made the line fail, as far as code can tell.
    var tellsOfChange: Bool { lineBefore != nil && (change != nil || nearbyNamesValue) }

    /// One clause for people: the value, and the change.
    var clause: String {
        [valueClause, tellsOfChange ? changeClause : nil].compactMap(\.self).joined(separator: "; ")
    }

    /// What the value on the line is; nil where none is known.
    var valueClause: String? {
        guard let culprits else { return nil }
        let names = culprits.expressions.map { "`\(Self.quoted($0))`" }.joined(separator: " or ")
        return "\(names) \(culprits.expressions.count == 1 ? "is" : "may be") \(Self.quoted(culprits.state))"
    }

    /// What a commit made of the line, or of another that has to do with it; nil where nothing of it is known.
    var changeClause: String? {
        guard let known = change ?? nearby, let before = known.before, let suspect else { return nil }
        let commit = "commit \(Self.quoted(String(known.commit.prefix(7))))" + (change == nil ? ", elsewhere," : "")
        let (old, new) = ("`\(Self.quoted(before))`", Self.quoted(change == nil ? known.after : line))
        if new.isEmpty { return "\(commit) took out \(old) [S\(suspect + 1)]" }
        return "\(commit) made `\(new)` of \(old) [S\(suspect + 1)]"
    }

    /// Words of code as a report may carry them.
    private static func quoted(_ text: String) -> String {
        let safe = UntrustedText.line(text, kind: .code, limit: 120).filter { $0 != "`" }
        return ProseCleaning.quotable(ProseCleaning.cleaned(safe, code: safe, limit: 120))
    }
}
