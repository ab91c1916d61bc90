import Events

/// A model's prose without what could act on the reader's screen: links, images, mentions, hidden characters.
enum ProseCleaning {
    /// - Parameter code: source that the case shows; `@Word` in it is an annotation, not a mention.
    static func cleaned(_ text: String, code: String, limit: Int) -> String {
        var result = String.UnicodeScalarView()
        for scalar in text.unicodeScalars {
            if scalar == "\n" || scalar == "\t" || scalar == "\r" {
                result.append(" ")
            } else if !UntrustedText.isInvisible(scalar) {
                result.append(scalar)
            }
        }
        var cleaned = withoutMarkdownLinks(String(result))
        cleaned = withoutAngleMentions(cleaned)
        cleaned = cleaned.split(separator: " ").compactMap { withoutLink($0, code: code) }.joined(separator: " ")
        return shortened(cleaned, characters: limit)
    }

    static let linkWords = "(link removed)"

    /// The words that stand for a link; `nil` for nothing left.
    private static func withoutLink(_ word: Substring, code: String) -> String? {
        let lower = word.lowercased()
        if lower.contains("://") || lower.contains("www.") || lower.contains("mailto:") || lower.contains("javascript:")
            || lower.contains("discord.gg") || lower.contains("data:text")
        {
            return linkWords
        }
        guard word.contains("@") else { return String(word) }
        let mention = word.drop { $0 != "@" }.dropFirst().prefix { $0.isLetter || $0.isNumber || $0 == "_" }
        let broadcast = ["everyone", "here", "channel", "all"].contains(mention.lowercased())
        if !broadcast, !mention.isEmpty, code.contains("@\(mention)") { return String(word) }
        let plain = word.filter { $0 != "@" }
        return plain.isEmpty ? nil : plain
    }

    /// `![alt](url)` and `[text](url)` become their text.
    private static func withoutMarkdownLinks(_ text: String) -> String {
        var output = ""
        var rest = Substring(text)
        while let open = rest.firstIndex(of: "["), let middle = rest[open...].firstRange(of: "]("),
            let close = rest[middle.upperBound...].firstIndex(of: ")")
        {
            var before = rest[..<open]
            if before.last == "!" { before.removeLast() }
            output += before
            output += rest[rest.index(after: open)..<middle.lowerBound].filter { $0 != "[" && $0 != "]" }
            rest = rest[rest.index(after: close)...]
        }
        return output + rest
    }

    /// `<@123>`, `<#123>`, `<:name:1>`, `<a:name:1>`, `<!channel>`, `</command:1>` lose everything.
    private static func withoutAngleMentions(_ text: String) -> String {
        var output = ""
        var rest = Substring(text)
        while let open = rest.firstIndex(of: "<") {
            output += rest[..<open]
            let after = rest[rest.index(after: open)...]
            let isMention =
                after.first.map { "@#:!/".contains($0) } == true || after.hasPrefix("a:") || after.hasPrefix("t:")
            if isMention, let close = after.prefix(80).firstIndex(of: ">") {
                rest = after[after.index(after: close)...]
            } else {
                output += opensTag(after) ? "‹" : "<"
                rest = after
            }
        }
        return output + rest
    }

    /// Elements of HTML that fetch, run or lead somewhere; `List<Order>` is none.
    private static let tags: Set<String> = [
        "a", "img", "script", "iframe", "svg", "object", "embed", "form", "input", "button", "video", "audio", "style",
        "link", "meta", "base", "body", "html",
    ]

    /// - Parameter text: what stands after a `<`.
    private static func opensTag(_ text: Substring) -> Bool {
        let name = text.prefix(12).prefix { $0.isLetter }.lowercased()
        guard tags.contains(name) else { return false }
        return text.dropFirst(name.count).first.map { " \t/>".contains($0) } ?? true
    }

    /// A text that the grammar ended at its limit loses the clause it was in, or the sentence, if there is one before.
    static func ended(_ text: String, limit: Int) -> String {
        guard text.count >= limit, let last = text.last(where: { !$0.isWhitespace }), !".!?".contains(last) else {
            return text
        }
        let sentences = CheckedProse.sentences(text)
        let whole = sentences.dropLast().joined(separator: " ")
        guard let clause = sentences.last.flatMap(clause) else { return whole.isEmpty ? text + "…" : whole }
        return whole.isEmpty ? clause : "\(whole) \(clause)"
    }

    /// Words of which the rest of a sentence may be gone without a loss.
    private static let leastOfClause = 6

    /// A sentence up to its last comma outside of code; nil where too little stands before.
    private static func clause(of sentence: String) -> String? {
        var rest = Substring(sentence)
        while let comma = rest.lastIndex(of: ",") {
            rest = rest[..<comma]
            let isOutside = rest.count(where: { $0 == "`" }).isMultiple(of: 2)
            if isOutside, sentence[comma...].hasPrefix(", "), rest.split(separator: " ").count >= leastOfClause {
                return rest + "."
            }
        }
        return nil
    }

    static func shortened(_ text: String, characters: Int) -> String {
        text.count > characters ? text.prefix(max(0, characters - 1)) + "…" : text
    }

    /// An instruction to fetch and run something, or to destroy something, that no diagnosis needs.
    ///
    /// - Parameter code: source that the case shows; what stands there may be spoken of.
    static func isDangerousCommand(_ text: String, code: String = "") -> Bool {
        let (lower, known) = (text.lowercased(), code.lowercased())
        if dangerous.contains(where: { lower.contains($0) && !known.contains($0) }) { return true }
        if CommandWords.stand(in: lower) { return true }
        guard let pipe = lower.firstIndex(of: "|") else { return false }
        return lower[pipe...].split(separator: "|").contains { part in
            Words.of(String(part), most: 1).first.map(shells.contains) ?? false
        }
    }

    private static let shells: Set<Substring> = [
        "sh", "bash", "zsh", "ksh", "python", "python3", "perl", "ruby", "node",
    ]
    /// Words of a log as they may be repeated where advice is read.
    static func quotable(_ words: String) -> String {
        isDangerousCommand(words) ? "(words that hold a command)" : words
    }

    private static let dangerous = [
        "curl ", "wget ", "rm -rf", "rm -fr", "rm -r ", "chmod 777", "chmod -r 777", "drop table", "drop database",
        "truncate table", "delete from", "mkfs", "dd if=", "dd of=", "base64 -d", "base64 --decode", "nc -e", "ncat ",
        "/dev/tcp", "eval(", "invoke-expression", "iex(", "powershell", "certutil", "setenforce 0", "iptables -f",
        "visudo", "authorized_keys", "/etc/shadow", "disable the firewall", "format c:", ":(){", "git push --force",
        "sudo ", "os.system", "subprocess.", "runtime.getruntime",
    ]
}
