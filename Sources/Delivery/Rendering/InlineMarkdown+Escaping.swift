/// How single words and spans are escaped.
extension InlineMarkdown {
    /// A renderer could make something of the word even when its punctuation is escaped: a mention, an address,
    /// a tag, an issue number.
    static func isLive(_ word: String) -> Bool {
        let bytes = Array(word.utf8)
        var (opens, closes) = (false, false)
        for (index, byte) in bytes.enumerated() {
            let next = index + 1 < bytes.count ? bytes[index + 1] : 0
            switch byte {
            case 0x40: return true
            case 0x3C: opens = true
            case 0x3E: closes = opens
            case 0x23, 0x21: if next &- 0x30 < 10 { return true }
            case 0x3A:
                if next == 0x2F, index + 2 < bytes.count, bytes[index + 2] == 0x2F { return true }
            case 0x57, 0x77:
                if index + 3 < bytes.count, next | 0x20 == 0x77, bytes[index + 2] | 0x20 == 0x77,
                    bytes[index + 3] == 0x2E
                {
                    return true
                }
            default: break
            }
        }
        let lower = word.lowercased()
        return closes || lower.contains("mailto:") || lower.contains("xmpp:") || lower.contains("javascript:")
    }

    /// The word as a code span, its closing punctuation outside.
    func spannedWord(_ word: String) -> String {
        var core = word[...]
        while let last = core.unicodeScalars.last, ",.;:!?".unicodeScalars.contains(last), core.unicodeScalars.count > 1
        {
            core = core[..<core.unicodeScalars.index(before: core.unicodeScalars.endIndex)]
        }
        let tail = word[core.endIndex...]
        return spanned(String(core)) + (tail.isEmpty ? "" : escaped(String(tail), isFirst: false))
    }

    /// Delimiters longer than any run of backticks inside; for Discord, which is not exact about that, and in
    /// cells, where a bar ends the cell even in code, the character itself gives way to a look-alike.
    func spanned(_ content: String) -> String {
        var text = content
        switch dialect {
        case .commonMark: break
        case .tableCell: text = Self.replacing("|", by: "¦", in: text)
        case .discord: text = Self.quiet(Self.replacing("`", by: "ˋ", in: text))
        }
        var (longest, run) = (0, 0)
        for byte in text.utf8 {
            run = byte == 0x60 ? run + 1 : 0
            longest = max(longest, run)
        }
        let fence = String(repeating: "`", count: longest + 1)
        let pad = text.hasPrefix("`") || text.hasSuffix("`") || (text.hasPrefix(" ") && text.hasSuffix(" ")) ? " " : ""
        return fence + pad + text + pad + fence
    }

    func escaped(_ word: String, isFirst: Bool) -> String {
        switch dialect {
        case .commonMark, .tableCell: Self.commonMarkEscaped(Array(word.unicodeScalars), isFirst: isFirst)
        case .discord: Self.discordEscaped(word, isFirst: isFirst)
        }
    }

    private static func commonMarkEscaped(_ word: [Unicode.Scalar], isFirst: Bool) -> String {
        var result = String.UnicodeScalarView()
        let onlyHashes = word.allSatisfy { $0 == "#" }
        let listMark = isFirst ? orderedListMark(word) : nil
        var citation = 0..<0
        for (index, scalar) in word.enumerated() {
            let next = index + 1 < word.count ? word[index + 1] : nil
            if scalar == "[" { citation = Self.citation(in: word, at: index) }
            if citation.contains(index) {
                result.append(scalar)
                continue
            }
            let escape: Bool
            switch scalar {
            case "\\", "`", "*", "[", "]", "<", "|", "~", "$": escape = true
            case "_":
                let inside = index > 0 && word[index - 1].isWordPart && (next?.isWordPart ?? false)
                escape = !inside
            case "&": escape = next.map { $0 == "#" || $0.properties.isAlphabetic } ?? false
            case "#": escape = onlyHashes || (isFirst && index == 0)
            case "+", "-", ">", "=": escape = isFirst && index == 0
            default: escape = index == listMark
            }
            if escape { result.append("\\") }
            result.append(scalar)
        }
        return String(result)
    }

    /// Index of the `.` or `)` that would make a first word like `12.` a list's number.
    private static func orderedListMark(_ word: [Unicode.Scalar]) -> Int? {
        let digits = word.prefix { ("0"..."9").contains($0) }.count
        guard digits > 0, digits < word.count, word[digits] == "." || word[digits] == ")" else { return nil }
        return digits
    }

    /// `[C1]`, `[S12]`: a diagnosis cites its evidence so. Left as it is where nothing can follow that would make a
    /// link of it: at the end of the word, or before closing punctuation.
    private static func citation(in word: [Unicode.Scalar], at start: Int) -> Range<Int> {
        var index = start + 1
        guard index < word.count, "CEHS".unicodeScalars.contains(word[index]) else { return 0..<0 }
        index += 1
        let digits = word[index...].prefix(2).prefix { ("0"..."9").contains($0) }.count
        index += digits
        guard digits > 0, index < word.count, word[index] == "]",
            index + 1 == word.count || ".,;".unicodeScalars.contains(word[index + 1])
        else { return 0..<0 }
        return start..<(index + 1)
    }

    private static func discordEscaped(_ word: String, isFirst: Bool) -> String {
        var result = String.UnicodeScalarView()
        let scalars = Array(quiet(word).unicodeScalars)
        var citation = 0..<0
        for (index, scalar) in scalars.enumerated() {
            if scalar == "[" { citation = Self.citation(in: scalars, at: index) }
            if citation.contains(index) {
                result.append(scalar)
                continue
            }
            switch scalar {
            case "\\", "`", "*", "_", "~", "|", "[", "]", "(", ")", "<", ">", "#": result.append("\\")
            case "+", "-": if isFirst, index == 0 { result.append("\\") }
            default: break
            }
            result.append(scalar)
        }
        return String(result)
    }

    /// `@here` and `@everyone` with another at-sign: while the configured mention is allowed to ping, no second
    /// one may stand anywhere in the message.
    static func quiet(_ text: String) -> String {
        let lower = text.lowercased()
        guard lower.contains("@here") || lower.contains("@everyone") else { return text }
        return replacing("@", by: "＠", in: text)
    }

    private static func replacing(_ old: Unicode.Scalar, by new: Unicode.Scalar, in text: String) -> String {
        guard text.unicodeScalars.contains(old) else { return text }
        var result = String.UnicodeScalarView()
        for scalar in text.unicodeScalars { result.append(scalar == old ? new : scalar) }
        return String(result)
    }
}

extension Unicode.Scalar {
    fileprivate var isWordPart: Bool {
        isASCII
            ? (("a"..."z").contains(self) || ("A"..."Z").contains(self) || ("0"..."9").contains(self))
            : properties.isAlphabetic
    }
}
