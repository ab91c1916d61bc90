import Events

/// Holds a change of one file against everything that a draft may not do.
struct ScopeRules: Sendable {
    let settings: FixingSettings
    let redactor: Redactor

    /// Longer new lines are not read by a person.
    static let maxLineBytes = 400

    /// - Returns: what kind of change it is.
    func check(_ edits: [BlockEdit], of source: SourceLines, path: String) throws(Refusal) -> ChangeKind {
        let classifier = ChangeClassifier(path: path, source: source)
        var kinds: [ChangeKind] = []
        for edit in edits {
            let old = source.lines[edit.range].map(\.text)
            try refuseSecrets(edit, source, path)
            try refuseLines(from: old, to: edit.lines, path)
            switch classifier.kind(from: old, to: edit.lines) {
            case .success(let kind): kinds.append(kind)
            case .failure(.nothing): throw .kind(path: path, reason: "the change alters nothing that runs")
            case .failure(.other(let word)):
                let because = word.map { " (\"\($0.prefix(60))\" is new here)" } ?? ""
                throw .kind(path: path, reason: "the change is none of the kinds that a draft may be\(because)")
            }
        }
        for kind in kinds where !settings.kinds.contains(kind) {
            throw .kind(path: path, reason: "the configuration allows no draft for \(kind.words)")
        }
        guard let kind = kinds.first else { throw .kind(path: path, reason: "the change is empty") }
        return kind
    }

    /// The model saw placeholders where secrets are: such lines are neither changed nor written.
    private func refuseSecrets(_ edit: BlockEdit, _ source: SourceLines, _ path: String) throws(Refusal) {
        for index in edit.range where isSecret(source.lines[index].text) {
            throw .secret(path: path, line: index + 1)
        }
        if isSecret(Array(source.lines[edit.range].map(\.text).joined(separator: [0x0A]))) {
            throw .secret(path: path, line: edit.range.lowerBound + 1)
        }
        let new = Array(edit.lines.joined(separator: [0x0A]))
        if isSecret(new) || edit.lines.contains(where: isSecret) {
            throw .kind(path: path, reason: "the new lines hold a secret")
        }
        if Self.hasPlaceholder(new) { throw .kind(path: path, reason: "the new lines hold a placeholder of a secret") }
    }

    private func isSecret(_ text: [UInt8]) -> Bool { !redactor(String(decoding: text, as: UTF8.self)).counts.isEmpty }

    /// `<type:0a1b2c>` for a value and `<masked>` for a line, as redaction writes them.
    static func hasPlaceholder(_ text: [UInt8]) -> Bool {
        let text = String(decoding: text, as: UTF8.self)
        return text.contains("<masked>") || text.contains(/<[a-z][a-z0-9-]{0,23}:[0-9a-f]{6}>/)
    }

    private func refuseLines(from old: [[UInt8]], to new: [[UInt8]], _ path: String) throws(Refusal) {
        let difference = new.difference(from: old)
        let added = difference.insertions.compactMap { if case .insert(_, let line, _) = $0 { line } else { nil } }
        let dialect = Dialect("")
        let change = TokenChange(from: Token.tokens(old, dialect: dialect), to: Token.tokens(new, dialect: dialect))
        for line in added {
            guard line.count <= Self.maxLineBytes else {
                throw .kind(path: path, reason: "a new line has more than \(Self.maxLineBytes) bytes")
            }
            let text = String(decoding: line, as: UTF8.self)
            guard text.unicodeScalars.allSatisfy(Self.isVisible) else {
                throw .kind(path: path, reason: "a new line holds invisible characters")
            }
            if Self.isImport(text) { throw .kind(path: path, reason: "the change brings a new dependency in") }
        }
        for token in change.added {
            let found =
                token.kind == .string
                ? DangerousNames.sign(inString: token.text) : DangerousNames.word(in: [token.text])
            if token.kind != .sign, let found { throw .kind(path: path, reason: "the change brings \"\(found)\" in") }
        }
        let names = (change.added + change.removed).filter { $0.kind == .word }.flatMap { IdentifierWords.of($0.text) }
        if let topic = SensitiveTopic.of(Set(names)) { throw .kind(path: path, reason: "the change is about \(topic)") }
    }

    private static func isVisible(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0x09: true
        case 0..<0x20, 0x7F..<0xA0, 0xAD, 0x200B...0x200F, 0x2028...0x202E, 0x2060...0x206F, 0xFE00...0xFE0F, 0xFEFF,
            0xE0000...0xE01FF:
            false
        default: true
        }
    }

    private static func isImport(_ line: String) -> Bool {
        let words = line.split { $0 == " " || $0 == "\t" || $0 == "(" }
        guard let first = words.first else { return false }
        return [
            "import", "from", "require", "use", "using", "#include", "include", "extern", "@import", "load", "source",
        ]
        .contains(String(first)) || line.contains("require(") || line.contains("import(")
    }
}
