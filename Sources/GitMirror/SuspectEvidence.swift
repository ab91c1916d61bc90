import Events

/// From what commits did to the lines of an excerpt to how telling that is.
struct SuspectEvidence: Sendable {
    /// Weight of the excerpt: its rank in the trace, and how sure its file is.
    let weight: Double
    let excerpt: CodeExcerpt
    /// Whether the excerpt is where the error was thrown.
    let isFirst: Bool
    /// Names on the failing line.
    let failing: Set<String>
    /// Names in the event's messages.
    let told: Set<String>

    init(_ excerpt: CodeExcerpt, weight: Double, isFirst: Bool, told: Set<String>) {
        (self.excerpt, self.weight, self.isFirst, self.told) = (excerpt, weight, isFirst, told)
        failing = Self.names(
            excerpt.marked.prefix(4).compactMap { line in
                excerpt.lines.indices.contains(line - excerpt.firstLine) ? excerpt.lines[line - excerpt.firstLine] : nil
            })
    }

    private enum Weight {
        static let failingLine = 0.5
        static let earlierForm = 0.15
        /// The function's newest change, and what each older one has less.
        static let function = 0.3
        static let step = 0.06
        static let oldest = 0.06
        static let beside = 0.12
        static let usedName = 0.14
        static let toldName = 0.14
        static let unchecked = 0.3
        static let renaming = 0.12
        static let rewording = 0.12
    }

    private enum Factor {
        /// A function that worked until the code of the trace was changed.
        static let origin = 0.45
        static let undone = 0.15
        static let restored = 0.4
    }

    /// Lines between a change and the failing line that count as beside it.
    static let besideLines = 3

    /// - Parameter newest: when the code of the trace was last changed by a commit that did not write it.
    func evidence(from touches: [LineTouch], newest: Timestamp?) -> [SuspectRanking.Evidence] {
        let what = excerpt.about == nil ? excerpt.function.map { "changed \($0)" } : nil
        let changed = what ?? (excerpt.about.map { "changed what \($0)" } ?? "changed the lines around it")
        var (found, step): ([SuspectRanking.Evidence], Int) = ([], 0)
        for touch in touches where touch.counts || touch.nature == .undone {
            var hint = SuspectRanking.Evidence(
                commit: touch.commit, weight: 0, reason: "", path: touch.path, line: excerpt.marked.first,
                hunk: touch.hunk, factor: factor(touch, newest))
            func add(_ weight: Double, _ reason: String) {
                (hint.weight, hint.reason) = (weight * self.weight, reason)
                found.append(hint)
            }
            if touch.nature == .reworded {
                add(Weight.rewording, "changed texts in \(excerpt.function ?? "the lines around it")")
                continue
            }
            if touch.nature == .renamed {
                add(Weight.renaming, "renamed what \(excerpt.function ?? "the lines around it") uses")
                continue
            }
            if !touch.blamed.isEmpty {
                let line = touch.blamed[0]
                add(
                    Weight.failingLine,
                    isFirst ? "last changed the failing line" : "last changed line \(line) of \(excerpt.file)")
            } else if !touch.earlier.isEmpty {
                add(Weight.earlierForm, "wrote an earlier form of the failing line")
            } else if let distance = touch.distance, distance <= Self.besideLines {
                add(Weight.beside, "changed lines beside the failing one")
            }
            add(max(Weight.oldest, Weight.function - Weight.step * Double(step)), note(touch, changed))
            step += 1
            if touch.nature == .changed || touch.nature == .restored,
                let name = touch.unchecked.intersection(failing).min()
            {
                add(Weight.unchecked, "took away a check of \(name), which the failing line uses")
            }
            let used = touch.names.intersection(failing)
            if touch.blamed.isEmpty, let name = used.min() {
                add(Weight.usedName, "its change names \(name), as the failing line does")
            }
            if let name = touch.names.intersection(told).min() {
                add(Weight.toldName, "its change names \(name), as the error does")
            }
        }
        return found
    }

    private func note(_ touch: LineTouch, _ changed: String) -> String {
        switch touch.nature {
        case .wrote: excerpt.function.map { "wrote \($0)" } ?? changed
        case .undone: changed + ", but that was undone later"
        case .restored: changed + " back to what it was before"
        default: changed
        }
    }

    private func factor(_ touch: LineTouch, _ newest: Timestamp?) -> Double {
        switch touch.nature {
        case .wrote: newest.map { $0 > touch.commit.time } ?? false ? Factor.origin : 1
        case .undone: Factor.undone
        // What takes a check away is no less guilty for having been so before: the check came for a reason.
        case .restored: touch.unchecked.intersection(failing).isEmpty ? Factor.restored : 1
        default: 1
        }
    }

    /// Names that tell something: no words of a language, not too short.
    static func names(_ texts: some Sequence<String>) -> Set<String> {
        var names: Set<String> = []
        for text in texts {
            for name in FunctionHeader.identifiers(String(text.prefix(maxText)))
            where name.utf8.count >= shortest && !words.contains(name) && names.count < maxNames
                && !(name.utf8.first.map { $0 &- 0x30 < 10 } ?? true)
            {
                names.insert(name)
            }
        }
        return names
    }

    /// Names that a message puts in quotes, the last word of each: `total` of `'Row.total()'`.
    static func quoted(_ texts: some Sequence<String>) -> [String] {
        var found: [String] = []
        for text in texts {
            let parts = text.prefix(maxText).split(omittingEmptySubsequences: false) { "'\"`‘’“”".contains($0) }
            for part in parts.enumerated().filter({ $0.offset % 2 == 1 }).map(\.element)
            where part.utf8.count <= 80 && !part.contains(" ") && found.count < 4 {
                let words = FunctionHeader.identifiers(String(part))
                guard let last = words.last, !names([last]).isEmpty, !found.contains(last), last != "NoneType" else {
                    continue
                }
                found.append(last)
            }
        }
        return found
    }

    private static let maxText = 2000
    private static let maxNames = 60
    private static let shortest = 3

    private static let words: Set<String> = [
        "abstract", "and", "any", "assert", "async", "auto", "await", "bool", "boolean", "break", "case", "catch",
        "char",
        "class", "const", "continue", "def", "default", "defer", "del", "dict", "double", "elif", "else", "elseif",
        "end",
        "enum", "error", "except", "exception", "export", "extends", "false", "False", "final", "finally", "float",
        "for",
        "foreach", "from", "func", "function", "get", "global", "goto", "guard", "has", "if", "implements", "import",
        "index", "int", "integer", "interface", "internal", "is", "key", "lambda", "len", "length", "let", "list",
        "long",
        "map", "match", "mut", "namespace", "new", "nil", "none", "None", "not", "null", "object", "of", "or", "out",
        "override", "package", "pass", "private", "protected", "public", "raise", "range", "read", "reading", "rescue",
        "return", "self", "set", "short", "static", "str", "string", "String", "struct", "super", "switch", "the",
        "this",
        "throw", "throws", "true", "True", "try", "type", "undefined", "unsigned", "use", "using", "val", "value",
        "var",
        "void", "was", "when", "where", "while", "with", "yield", "cannot", "invoke", "because", "return", "unwrap",
        "called", "attribute", "method", "property", "properties", "variable", "out", "bounds",
    ]
}
