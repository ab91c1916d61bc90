/// Untrusted text made visible: nothing in it moves the cursor, hides, or turns the reading direction.
///
/// Control characters become their pictures (`␛`), invisible and direction-changing ones their code point
/// (`⟨U+202E⟩`), so that a reader sees the trick instead of falling for it.
package enum VisibleText {
    /// Scalars of a text that are looked at, whatever the limit; what lies beyond is counted, never shown.
    static let maximumScalars = 65_536
    /// Combining marks kept on one character; more would paint over the neighbouring lines.
    static let maximumMarks = 4

    /// One line: line ends become `⏎`, every white space one space, none at the ends.
    package static func line(_ text: String) -> String { line(text, atLeast: maximumScalars).text }

    /// As ``line(_:)``, but stops soon after `atLeast` scalars; `isCut` tells that text was left.
    package static func line(_ text: String, atLeast wanted: Int) -> (text: String, isCut: Bool) {
        var result = String.UnicodeScalarView()
        var (marks, pendingSpace, looked, length) = (0, false, 0, 0)
        var isCut = false
        for scalar in text.unicodeScalars {
            guard looked < maximumScalars, length <= wanted else {
                isCut = true
                break
            }
            looked += 1
            if scalar.isWhiteSpace {
                pendingSpace = !result.isEmpty
                continue
            }
            marks = scalar.isCombiningMark ? marks + 1 : 0
            if marks > maximumMarks { continue }
            if scalar.endsLine {
                // A line end at the very start says nothing; several in a row say it once.
                if !result.isEmpty, result.last != "⏎" { result.append(contentsOf: " ⏎".unicodeScalars) }
                (pendingSpace, length) = (!result.isEmpty, length + 1)
                continue
            }
            if pendingSpace { result.append(" ") }
            (pendingSpace, length) = (false, length + 1)
            append(scalar, to: &result)
        }
        while let last = result.last, last == " " || last == "⏎" { result.removeLast() }
        return (String(result), isCut)
    }

    /// The lines of a text as they stand, without their line ends; tabs become four spaces.
    ///
    /// - Parameter limit: lines at most; the second value tells how many more there were.
    package static func lines(_ text: String, limit: Int, width: Int) -> (lines: [String], more: Int) {
        var lines: [String] = []
        var more = 0
        let bounded = String(text.unicodeScalars.prefix(maximumScalars))
        for line in bounded.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline) {
            if lines.count < limit { lines.append(verbatim(String(line), width: width)) } else { more += 1 }
        }
        while let last = lines.last, last.isEmpty { lines.removeLast() }
        return (lines, more)
    }

    /// One line of code or log, its spaces kept; cut at `width` scalars with an ellipsis.
    package static func verbatim(_ line: String, width: Int) -> String {
        var result = String.UnicodeScalarView()
        var (count, marks) = (0, 0)
        for scalar in line.unicodeScalars {
            guard count < width else {
                result.append("…")
                break
            }
            count += 1
            marks = scalar.isCombiningMark ? marks + 1 : 0
            if marks > maximumMarks { continue }
            if scalar == "\t" {
                result.append(contentsOf: "    ".unicodeScalars)
            } else if scalar.endsLine {
                result.append("⏎")
            } else {
                append(scalar, to: &result)
            }
        }
        while result.last == " " { result.removeLast() }
        return String(result)
    }

    private static func append(_ scalar: Unicode.Scalar, to result: inout String.UnicodeScalarView) {
        switch scalar.value {
        case 0x20...0x7E: result.append(scalar)
        case 0..<0x20: result.append(Unicode.Scalar(0x2400 + scalar.value) ?? "�")
        case 0x7F: result.append("␡")
        default:
            if scalar.isDeceptive {
                let digits = String(scalar.value, radix: 16, uppercase: true)
                let padded = String(repeating: "0", count: max(0, 4 - digits.count)) + digits
                result.append(contentsOf: "⟨U+\(padded)⟩".unicodeScalars)
            } else {
                result.append(scalar)
            }
        }
    }
}

extension Unicode.Scalar {
    fileprivate var isWhiteSpace: Bool {
        value == 0x20 || value == 0x09 || (value > 0x7F && properties.generalCategory == .spaceSeparator)
    }

    /// LF, VT, FF, CR, NEL, and Unicode's line and paragraph separators.
    fileprivate var endsLine: Bool {
        (0x0A...0x0D).contains(value) || value == 0x85 || value == 0x2028 || value == 0x2029
    }

    fileprivate var isCombiningMark: Bool {
        guard value > 0x2FF else { return false }
        switch properties.generalCategory {
        case .nonspacingMark, .enclosingMark: return true
        default: return false
        }
    }

    /// Draws nothing, or changes how its neighbours are drawn: C1 controls, format characters (direction,
    /// zero width, tags), fillers and the blank braille pattern.
    package var isDeceptive: Bool {
        switch value {
        case 0..<0x80: return value < 0x20 || value == 0x7F
        case 0x80..<0xA0, 0x034F, 0x115F, 0x1160, 0x17B4, 0x17B5, 0x2028, 0x2029, 0x2800, 0x3164, 0xFFA0: return true
        default: return properties.generalCategory == .format
        }
    }
}
