import Events

/// Whether a root cause speaks of what is wrong on the failing line, or of the change that made it so.
struct Grounding: Sendable {
    /// Names of the values that the error can be about.
    private let values: Set<String>
    /// Words that the change brought or took.
    private let changes: Set<String>
    /// Those of them that tell of the change: what it took, or where it took nothing, what it brought.
    private let telling: Set<String>
    /// What else is to be seen: suspect commits, and where no value is known, the words of all code that is shown.
    private let others: Set<String>
    let findings: CaseFindings

    /// Shorter names stand in any sentence by accident, and so do single figures.
    private static let leastLetters = 3
    private static let leastDigits = 2
    /// Lines of code whose words are known.
    private static let mostLines = 200

    init(_ findings: CaseFindings, _ code: CodeContext) {
        self.findings = findings
        var values: [String] = []
        if let culprits = findings.culprits {
            values = culprits.names
            for expression in culprits.expressions {
                let terms = CodeLine.terms(of: expression)
                // `order.items`: any sentence names the order; its part is what counts.
                values += terms.count > 1 ? Array(terms.dropFirst()) : culprits.names.isEmpty ? terms : []
            }
        }
        self.values = Self.telling(values)
        let change = findings.change ?? findings.nearby
        changes = Self.telling((change?.takenAway ?? []) + (change?.added ?? []))
        let gone = Self.telling(change?.takenAway ?? [])
        telling = gone.isEmpty ? changes : gone
        var others = code.suspects.map { String($0.commit.prefix(7)) }
        if findings.culprits == nil {
            let lines = code.excerpts.flatMap(\.lines) + code.suspects.compactMap(\.hunk)
            others += lines.prefix(Self.mostLines).flatMap(CodeLine.terms)
        }
        self.others = Self.telling(others)
    }

    private static func telling(_ terms: [String]) -> Set<String> {
        let kept = terms.filter { term in
            term.utf8.allSatisfy(CodeLine.isDigit)
                ? term.utf8.count >= leastDigits : term.utf8.count >= leastLetters
        }
        return Set(kept.map { $0.lowercased() })
    }

    /// It names the value that the error is about; true where none is known.
    func namesValue(_ rootCause: String) -> Bool {
        guard let culprits = findings.culprits else { return true }
        return Self.names(values, rootCause)
            // A name of one letter stands in any sentence by accident, but not as code.
            || culprits.expressions.contains { rootCause.contains("`\($0)`") || rootCause.contains("'\($0)'") }
    }

    /// It says that something changed, and names what the change took; true where no change is known.
    ///
    /// What the line says now, which the change brought, is no word of a change where something went for it. And to name
    /// what went is not to say that it went: `it returns None` is no change.
    func namesChange(_ rootCause: String) -> Bool {
        guard findings.lineBefore != nil else { return true }
        if namesCommit(rootCause) { return true }
        return Self.tellsOfChange(rootCause) && (Self.names(telling, rootCause) || quotesPart(rootCause))
    }

    private static let changeWords = [
        "replac", "remov", "took", "taken", "take away", "chang", "no longer", "instead", "drop", "delet", "lost",
        "used to", "previous", " before", "renam", "added", "put in", "introduc", "commit", "reduc", "rais", "switch",
        "turned",
    ]

    /// In English; of a text in another script nothing is known, and nothing is asked.
    static func tellsOfChange(_ text: String) -> Bool {
        let letters = text.unicodeScalars.filter(\.properties.isAlphabetic)
        guard letters.count(where: \.isASCII) * 2 > letters.count else { return true }
        let lower = text.lowercased()
        return changeWords.contains(where: lower.contains)
    }

    /// It says that something was replaced which only stands there now, or by something that does not.
    func contradictsChange(_ sentence: String) -> Bool {
        guard let before = findings.lineBefore else { return false }
        let (old, new) = (Self.letters(before), Self.letters(findings.change == nil ? after : findings.line))
        func isOnlyNew(_ code: String) -> Bool { new.contains(code) && !old.contains(code) }
        func isOnlyOld(_ code: String) -> Bool { old.contains(code) && !new.contains(code) }
        return Self.replacements(in: sentence).contains { from, to in
            isOnlyNew(from) || isOnlyOld(to) || isOnlyOld(from) && !new.contains(to)
        }
            || Self.moves(in: sentence).contains { $0.went ? isOnlyNew($0.code) : isOnlyOld($0.code) }
    }

    /// Of `removed A`, `A was removed`, `added B` and `replaced it with B`: code that went or came.
    private static func moves(in sentence: String) -> [(code: String, went: Bool)] {
        let parts = sentence.split(separator: "`", omittingEmptySubsequences: false)
        guard parts.count > 2 else { return [] }
        return stride(from: 1, to: parts.count - 1, by: 2).compactMap { index in
            let code = letters(String(parts[index]))
            guard code.count >= leastLetters else { return nil }
            // What stands right before it, back to the last comma.
            let ahead = parts[index - 1].lowercased().split(separator: ",").last.map(String.init) ?? ""
            let behind = parts[index + 1].lowercased()
            let words = ahead.split(separator: " ").suffix(4)
            let isObject = { (verbs: Set<String>) in words.contains { verbs.contains(String($0)) } }
            if ["with", "by"].contains(words.last), ahead.contains("replac") { return (code, false) }
            if [" was removed", " was taken away", " was replaced"].contains(where: behind.hasPrefix) {
                return (code, true)
            }
            let isTaken = isObject(["took", "takes"]) && isObject(["away", "out"])
            if isTaken || isObject(["removed", "removes", "dropped", "deleted"]) { return (code, true) }
            return isObject(["added", "adds", "introduced", "introduces"]) ? (code, false) : nil
        }
    }

    private var after: String { findings.nearby?.after ?? "" }

    /// Of `replaced A with B` and `A was replaced by B`, both as code: A and B.
    private static func replacements(in sentence: String) -> [(from: String, to: String)] {
        let parts = sentence.split(separator: "`", omittingEmptySubsequences: false)
        guard parts.count > 3 else { return [] }
        return stride(from: 1, to: parts.count - 2, by: 2).compactMap { index in
            let ahead = parts[index - 1].lowercased().suffix(40)
            let words = parts[index + 1].lowercased().split(separator: " ")
            let leads = words.last == "with" || words.last == "by"
            let isActive = words.count == 1 && ahead.contains("replac")
            let isPassive = words.dropLast().last == "replaced" && words.count <= 4
            guard leads, isActive || isPassive else { return nil }
            let (from, to) = (letters(String(parts[index])), letters(String(parts[index + 2])))
            return min(from.count, to.count) < leastLetters ? nil : (from, to)
        }
    }

    /// The part of the line that is another now, as it was, letter for letter but for blanks and the kind of quotes.
    private func quotesPart(_ rootCause: String) -> Bool {
        guard let before = (findings.change ?? findings.nearby)?.part?.before else { return false }
        let part = Self.letters(before)
        return part.count > Self.leastLetters && Self.letters(rootCause).contains(part)
    }

    private static func letters(_ text: String) -> String {
        text.filter { !$0.isWhitespace && !"'`\";".contains($0) }
    }

    /// It names the value and the change, and both were known.
    func namesBoth(_ rootCause: String) -> Bool {
        findings.culprits != nil && findings.lineBefore != nil && namesValue(rootCause) && namesChange(rootCause)
    }

    /// It names anything that was to be seen there.
    func hasInsight(_ rootCause: String) -> Bool {
        [values, changes, others].contains { Self.names($0, rootCause) }
    }

    /// What code knows and a root cause does not say, and what to call it; nil where it says all.
    func missing(of rootCause: String) -> (name: String, clause: String)? {
        let value = namesValue(rootCause) ? nil : findings.valueClause
        let change = namesChange(rootCause) ? nil : findings.changeClause
        let clauses = [value, change].compactMap(\.self)
        guard !clauses.isEmpty else { return nil }
        let name = value == nil ? "the change" : change == nil ? "the value" : "value and change"
        return (name, clauses.joined(separator: "; "))
    }

    private func namesCommit(_ rootCause: String) -> Bool {
        (findings.change ?? findings.nearby).map { rootCause.lowercased().contains($0.commit.prefix(7).lowercased()) }
            ?? false
    }

    /// A name inside of a longer one counts: `customer` in `customerId` is how people write.
    private static func names(_ terms: Set<String>, _ text: String) -> Bool {
        let words = Set(CodeLine.allTerms(of: text.lowercased()))
        return !terms.isDisjoint(with: words)
            || terms.contains { term in
                term.utf8.count > leastLetters && words.contains { $0.contains(term) }
            }
    }

    /// What a better root cause would name, for the model that is asked again.
    var request: String {
        let line = UntrustedText.line(findings.line, kind: .code, limit: 200)
        var words = "root_cause must name what is wrong on the failing line `\(line)`"
        if let culprits = findings.culprits {
            let names = culprits.expressions.map { UntrustedText.line($0, kind: .code, limit: 100) }
            words += ": \(names.joined(separator: " or "))"
        }
        if let before = findings.lineBefore {
            words += ", and what changed: before it was `\(UntrustedText.line(before, kind: .code, limit: 200))`"
        }
        return words.replacing("\"", with: "'") + "."
    }
}
