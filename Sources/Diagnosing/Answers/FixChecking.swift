import Events

/// A proposed change held against the source that the case shows.
struct FixChecking: Sendable {
    let excerpts: [CodeExcerpt]

    /// Why a fix is not kept, in words.
    enum Verdict: Sendable, Equatable {
        case holds(Diagnosis.ProposedFix)
        case dropped(String)
    }

    func check(_ change: RawAnswer.Change, limits: AnswerLimits) -> Verdict {
        let original = Self.withoutGutter(change.original)
        let modified = Self.withoutGutter(change.modified)
        guard !original.allSatisfy(\.isWhitespace) else { return .dropped("the proposed fix was empty") }
        guard original != modified else { return .dropped("the proposed fix changed nothing") }
        guard original.count <= limits.fixCode * 2, modified.count <= limits.fixCode * 2 else {
            return .dropped("the proposed fix was too long")
        }
        let path = change.file.lowercased().split(separator: ":").first.map(String.init) ?? ""
        let named = excerpts.filter { $0.file.lowercased() == path || $0.file.lowercased().hasSuffix("/\(path)") }
        guard let excerpt = named.first, !path.isEmpty else {
            return .dropped("the proposed fix was for a file that was not shown")
        }
        guard let (found, replacement) = Self.find(original, modified, in: excerpt) else {
            return .dropped("the proposed fix did not start from the code as it is")
        }
        guard Self.isHarmless(replacement, comparedWith: found) else {
            return .dropped("the proposed fix added a link or a command")
        }
        let words = ProseCleaning.cleaned(change.description, code: "", limit: limits.line)
        let description = ProseCleaning.isDangerousCommand(words) ? "" : words
        return .holds(.init(file: excerpt.file, description: description, original: found, modified: replacement))
    }

    /// The exact text, else the lines that differ only in indentation, with the indentation put right.
    private static func find(_ original: String, _ modified: String, in excerpt: CodeExcerpt) -> (String, String)? {
        let source = excerpt.lines.joined(separator: "\n")
        if source.contains(original) { return (original, modified) }
        let wanted = lines(original).map(trimmed)
        guard !wanted.isEmpty, wanted.count <= excerpt.lines.count else { return nil }
        for start in 0...(excerpt.lines.count - wanted.count) {
            let window = excerpt.lines[start..<start + wanted.count]
            guard zip(window, wanted).allSatisfy({ trimmed($0) == $1 }) else { continue }
            let indent = String((window.first ?? "").prefix { $0 == " " || $0 == "\t" })
            let offered = String((lines(original).first ?? "").prefix { $0 == " " || $0 == "\t" })
            let replacement = lines(modified).map { line in
                line.hasPrefix(offered) ? indent + line.dropFirst(offered.count) : indent + trimmed(line)
            }
            return (window.joined(separator: "\n"), replacement.joined(separator: "\n"))
        }
        return nil
    }

    /// Lines without empty ones at the ends.
    private static func lines(_ text: String) -> [String] {
        var lines = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        while lines.first.map({ trimmed($0).isEmpty }) == true { lines.removeFirst() }
        while lines.last.map({ trimmed($0).isEmpty }) == true { lines.removeLast() }
        return lines
    }

    private static func trimmed(_ line: String) -> String {
        String(line.drop(while: \.isWhitespace).reversed().drop(while: \.isWhitespace).reversed())
    }

    /// Models copy the `>88 | ` in front of a line although they are told not to.
    static func withoutGutter(_ text: String) -> String {
        text.split(separator: "\n", omittingEmptySubsequences: false).map { line in
            let number = line.drop { $0 == " " || $0 == ">" }
            let rest = number.drop { $0.isNumber }.drop { $0 == " " }
            guard number.first?.isNumber == true, rest.first == "|" else { return String(line) }
            let code = rest.dropFirst()
            return String(code.first == " " ? code.dropFirst() : code)
        }.joined(separator: "\n")
    }

    private static func isHarmless(_ replacement: String, comparedWith original: String) -> Bool {
        let signs = [
            "://", "www.", "mailto:", "javascript:", "data:text", "discord.gg", "@everyone", "@here", "@channel", "<@",
            "<#", "<!channel", "<!here", "</run:", "<script", "<img", "<a href", "exec(", "system(", "processbuilder",
            "subprocess", "eval(",
        ]
        let (after, before) = (replacement.lowercased(), original.lowercased())
        if after.unicodeScalars.contains(where: UntrustedText.isInvisible) { return false }
        if ProseCleaning.isDangerousCommand(after), !ProseCleaning.isDangerousCommand(before) { return false }
        return signs.allSatisfy { !after.contains($0) || before.contains($0) }
    }
}
