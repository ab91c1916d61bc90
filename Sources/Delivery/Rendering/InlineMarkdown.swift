/// Untrusted text as one line of Markdown that shows exactly that text: no link, image, HTML, heading, list,
/// mention or emphasis comes out of it.
///
/// Words that a renderer would make live even when escaped (addresses, mentions, issue numbers, tags) stand in
/// code spans: no renderer looks into those. Code spans that the text itself has are kept.
struct InlineMarkdown: Sendable {
    enum Dialect: Sendable {
        /// CommonMark with GitHub's tables and autolinks (https://github.github.com/gfm).
        case commonMark
        /// As `commonMark`, inside a table's cell.
        case tableCell
        /// Discord's own dialect, which escapes any punctuation by a backslash.
        case discord
    }

    let dialect: Dialect
    /// The longest code span that is taken over from the text, in scalars.
    static let longestSpan = 200
    /// Room kept for saying how much was cut.
    static let cutReserve = 32

    /// Of what is said about cut text.
    let language: ReportLanguage

    init(_ dialect: Dialect, language: ReportLanguage = .english) {
        (self.dialect, self.language) = (dialect, language)
    }

    /// Prose of any origin.
    ///
    /// - Parameter limit: UTF-16 units of the result at most (at least 64); cut at a word, and what was cut is said.
    func prose(_ text: String, limit: Int) -> String {
        let (line, isCut) = VisibleText.line(text, atLeast: limit)
        let pieces = Self.pieces(of: line)
        let whole = joined(pieces, limit: limit)
        if whole.consumed == pieces.count, !isCut { return whole.text }
        let cut = joined(pieces, limit: limit - Self.cutReserve)
        let shown = cut.scalars
        let omitted = max(1, text.unicodeScalars.count - shown)
        return "\(cut.text) … (\(language.more(omitted, .character)))"
    }

    /// One code span that holds the text as it is; empty text gives an empty string.
    func code(_ text: String, limit: Int = 200) -> String {
        let (line, isCut) = VisibleText.line(text, atLeast: limit)
        guard !line.isEmpty else { return "" }
        let span = spanned(line)
        if span.utf16.count <= limit, !isCut { return span }
        // Delimiters, padding and the ellipsis take a few units; a scalar takes at most two.
        var kept = String.UnicodeScalarView()
        var units = 0
        for scalar in line.unicodeScalars {
            units += scalar.value > 0xFFFF ? 2 : 1
            if units + 8 > limit { break }
            kept.append(scalar == "`" ? "'" : scalar)
        }
        return spanned(String(kept) + "…")
    }

    // MARK: - Pieces

    enum Piece: Equatable {
        case space
        case word(String)
        case code(String)
    }

    /// Splits a cleaned line at its spaces and at its own code spans.
    static func pieces(of line: String) -> [Piece] {
        let scalars = Array(line.unicodeScalars)
        var pieces: [Piece] = []
        var word = String.UnicodeScalarView()
        func endWord() {
            if !word.isEmpty { pieces.append(.word(String(word))) }
            word.removeAll()
        }
        var index = 0
        while index < scalars.count {
            let scalar = scalars[index]
            if scalar == " " {
                endWord()
                pieces.append(.space)
                index += 1
            } else if scalar == "`" {
                let run = runLength(scalars, at: index)
                if let close = closing(scalars, from: index + run, run: run) {
                    endWord()
                    var content = scalars[(index + run)..<close]
                    // As CommonMark has it: one space on either side only keeps the backticks apart.
                    if content.first == " ", content.last == " " { content = content.dropFirst().dropLast() }
                    pieces.append(.code(String(String.UnicodeScalarView(content))))
                    index = close + run
                } else {
                    word.append(contentsOf: scalars[index..<(index + run)])
                    index += run
                }
            } else {
                word.append(scalar)
                index += 1
            }
        }
        endWord()
        return pieces
    }

    private static func runLength(_ scalars: [Unicode.Scalar], at start: Int) -> Int {
        var end = start
        while end < scalars.count, scalars[end] == "`" { end += 1 }
        return end - start
    }

    /// Where a run of exactly `run` backticks closes the span; nil for an empty, blank or overlong one.
    private static func closing(_ scalars: [Unicode.Scalar], from start: Int, run: Int) -> Int? {
        var index = start
        var blank = true
        while index < scalars.count, index - start <= longestSpan {
            if scalars[index] == "`" {
                let found = runLength(scalars, at: index)
                if found == run { return blank ? nil : index }
                index += found
            } else {
                if scalars[index] != " " { blank = false }
                index += 1
            }
        }
        return nil
    }

    private func joined(_ pieces: [Piece], limit: Int) -> (text: String, consumed: Int, scalars: Int) {
        var text = ""
        var (units, shown) = (0, 0)
        for (index, piece) in pieces.enumerated() {
            let (rendered, scalars) = render(piece, isFirst: index == 0, after: text.unicodeScalars.last)
            let length = rendered.utf16.count
            if units + length <= limit {
                text += rendered
                (units, shown) = (units + length, shown + scalars)
                continue
            }
            // A word longer than a third of the line is cut inside, so that a long one does not hide the rest.
            if case .word(let word) = piece, limit - units > max(24, limit / 3) {
                let kept = String(String.UnicodeScalarView(word.unicodeScalars.prefix((limit - units - 8) / 3)))
                text += render(.word(kept), isFirst: index == 0, after: text.unicodeScalars.last).text
                shown += kept.unicodeScalars.count
            }
            guard text.hasSuffix(" ") else { return (text, index, shown) }
            return (String(text.dropLast()), index, shown - 1)
        }
        return (text, pieces.count, shown)
    }

    private func render(_ piece: Piece, isFirst: Bool, after last: Unicode.Scalar?) -> (text: String, scalars: Int) {
        switch piece {
        case .space: return (" ", 1)
        case .code(let content):
            let span = spanned(content)
            return (last == "`" ? " " + span : span, content.unicodeScalars.count + 2)
        case .word(let word):
            let text = Self.isLive(word) ? spannedWord(word) : escaped(word, isFirst: isFirst)
            return (last == "`" && text.hasPrefix("`") ? " " + text : text, word.unicodeScalars.count)
        }
    }
}
