/// Untrusted text as HTML that shows exactly that text.
package enum HTMLText {
    /// One line of prose; code spans of the text become `code` elements. Cut at `limit` scalars, and what was cut is said.
    package static func prose(_ text: String, limit: Int = 600, in say: ReportLanguage = .english) -> String {
        let (line, isCut) = VisibleText.line(text, atLeast: limit)
        var left = limit
        var result = ""
        for piece in InlineMarkdown.pieces(of: line) {
            guard left > 0 else { break }
            switch piece {
            case .space: result += " "
            case .word(let word): result += escaped(String(word.unicodeScalars.prefix(left)))
            case .code(let code): result += "<code>\(escaped(String(code.unicodeScalars.prefix(left))))</code>"
            }
            left -= piece.length
        }
        guard isCut || left < 0 else { return result }
        let omitted = max(1, text.unicodeScalars.count - limit)
        return "\(result) … (\(say.more(omitted, .character)))"
    }

    package static func code(_ text: String, limit: Int = 200) -> String {
        let line = VisibleText.line(text)
        guard line.unicodeScalars.count > limit else { return "<code>\(escaped(line))</code>" }
        return "<code>\(escaped(String(line.unicodeScalars.prefix(limit))))…</code>"
    }

    /// Text for an element or a quoted attribute. The caller has made it visible.
    package static func escaped(_ text: String) -> String {
        var result = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "&": result += "&amp;"
            case "<": result += "&lt;"
            case ">": result += "&gt;"
            case "\"": result += "&quot;"
            case "'": result += "&#39;"
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result
    }
}

extension InlineMarkdown.Piece {
    fileprivate var length: Int {
        switch self {
        case .space: 1
        case .word(let text), .code(let text): text.unicodeScalars.count
        }
    }
}
