import Events

/// Whether a root cause speaks of what is wrong on the failing line, or of the change that made it so.
struct Grounding: Sendable {
    /// Names of the values that the error can be about.
    private let values: Set<String>
    /// Words that the change brought or took.
    private let changes: Set<String>
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
    func namesValue(_ rootCause: String) -> Bool { findings.culprits == nil || Self.names(values, rootCause) }

    /// It names what the change brought or took; true where no change is known.
    func namesChange(_ rootCause: String) -> Bool {
        changes.isEmpty || Self.names(changes, rootCause) || namesCommit(rootCause)
    }

    /// It names anything that was to be seen there.
    func hasInsight(_ rootCause: String) -> Bool {
        [values, changes, others].contains { Self.names($0, rootCause) }
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
        if let before = (findings.change ?? findings.nearby)?.before {
            words += ", and what changed: before it was `\(UntrustedText.line(before, kind: .code, limit: 200))`"
        }
        return words.replacing("\"", with: "'") + "."
    }
}
