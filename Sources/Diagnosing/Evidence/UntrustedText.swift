/// Text from logs and repositories made safe to stand between a prompt's fences.
///
/// Nothing is hidden: what could end a fence, start a turn of the conversation or pass for an evidence id is
/// broken up, and characters that cannot be seen are written out.
enum UntrustedText {
    /// Code keeps `a[E1]`: its lines stand behind a gutter and cannot pass for an evidence id.
    enum Kind { case log, code }

    static let fence = (open: "<evidence>", close: "</evidence>")

    /// - Parameter limit: bytes of the text to keep, before anything is written out.
    static func neutralized(_ text: String, kind: Kind = .log, limit: Int) -> String {
        var result = String.UnicodeScalarView()
        let scalars = Array(bounded(text, bytes: limit).unicodeScalars)
        for (index, scalar) in scalars.enumerated() {
            switch scalar {
            case "\n", "\t": result.append(scalar)
            case "<" where startsControlTag(scalars, after: index): result.append("‹")
            case "[" where startsControlBracket(scalars, after: index, kind: kind): result.append("⟦")
            case _ where isInvisible(scalar):
                result.append(contentsOf: "\\u{\(String(scalar.value, radix: 16, uppercase: true))}".unicodeScalars)
            default: result.append(scalar)
            }
        }
        return String(result)
    }

    /// One line: line breaks become spaces.
    static func line(_ text: String, kind: Kind = .log, limit: Int) -> String {
        let shortened = bounded(text, bytes: limit)
        let spaced = String(
            String.UnicodeScalarView(
                shortened.unicodeScalars.map { $0 == "\n" || $0 == "\r" || $0 == "\t" ? " " : $0 }))
        return neutralized(spaced, kind: kind, limit: spaced.utf8.count)
    }

    /// At most `bytes` bytes of the text, cut between scalars, with the cut shown.
    static func bounded(_ text: String, bytes: Int) -> String {
        let utf8 = text.utf8
        guard utf8.count > bytes else { return text }
        var end = utf8.index(utf8.startIndex, offsetBy: max(0, bytes))
        while end > utf8.startIndex, utf8[end] & 0xC0 == 0x80 { end = utf8.index(before: end) }
        return String(text[..<end]) + "…"
    }

    /// Control characters, zero-width and bidirectional ones, line separators, tags, noncharacters.
    static func isInvisible(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0x09, 0x0A: false
        case 0x00...0x1F, 0x7F...0x9F, 0xAD, 0x034F, 0x061C, 0x115F, 0x1160, 0x17B4, 0x17B5, 0x180E: true
        case 0x200B...0x200F, 0x2028...0x202E, 0x2060...0x206F, 0x3164, 0xFEFF, 0xFFA0, 0xFFF9...0xFFFB: true
        case 0x1D173...0x1D17A, 0xE0000...0xE0FFF: true
        default: false
        }
    }

    /// Names that models' chat templates, or our fences, put in angle brackets.
    private static let controlTags: [[UInt8]] = [
        "evidence", "|", "｜", "s>", "<sys", "bos>", "eos>", "start_of_turn", "end_of_turn", "start_header",
        "system>", "think>", "tool_call", "function=", "im_start", "im_end",
    ].map { Array($0.utf8) }

    private static func startsControlTag(_ scalars: [Unicode.Scalar], after index: Int) -> Bool {
        let word = upcoming(scalars, after: index, skipping: " /\\\t")
        // `<|` is an operator in some languages; a template's token closes with `|>` soon.
        if word.first == 0x7C { return word.dropFirst().contains(0x7C) }
        return controlTags.contains { word.starts(with: $0) }
    }

    /// `[E12]` would pass for evidence, `[INST]` for a turn.
    private static func startsControlBracket(_ scalars: [Unicode.Scalar], after index: Int, kind: Kind) -> Bool {
        let word = upcoming(scalars, after: index, skipping: " /")
        if word.starts(with: "inst]".utf8) || word.starts(with: "system]".utf8) { return true }
        guard kind == .log, let first = word.first, EvidenceID.letters.contains(first) else { return false }
        return word.dropFirst().first.map { $0 &- 0x30 < 10 } ?? false
    }

    /// The next few characters in lower case as UTF-8, after any of `skipping`.
    private static func upcoming(_ scalars: [Unicode.Scalar], after index: Int, skipping: String) -> [UInt8] {
        var next = index + 1
        let skip = Set(skipping.unicodeScalars)
        while next < scalars.count, next - index < 8, skip.contains(scalars[next]) { next += 1 }
        var word = String.UnicodeScalarView()
        word.append(contentsOf: scalars[next..<min(scalars.count, next + 24)])
        return Array(String(word).lowercased().utf8)
    }
}

/// The form of evidence ids: a letter and a number (`C1`).
enum EvidenceID {
    /// Lower-case ASCII of the letters in use.
    static let letters = Set("efcshlrbpdvm".utf8)
}
