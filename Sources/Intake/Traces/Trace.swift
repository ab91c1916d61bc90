import Events

/// What a trace may cost: logs choose its length.
enum TraceLimits {
    static let lines = 4000
    static let exceptions = 32
    static let frames = 256
    static let message = 16 * 1024
}

/// Recognises stack traces in text and reads them, whatever their language.
///
/// Frames come out oldest call first, exceptions outermost first: the fault is the last frame of the last exception.
enum Trace {
    /// - Returns: an empty list when the text holds no trace that we know.
    static func parse(_ text: String) -> [ExceptionInfo] { parse(lines: textLines(text)) }

    static func parse(lines: [Substring]) -> [ExceptionInfo] {
        for line in lines.prefix(TraceLimits.lines) {
            let text = line.trimmed
            if text.isEmpty { continue }
            if text.contains("Traceback (most recent call last)") { return bounded(PythonTrace.parse(lines)) }
            if text.contains("panicked at ") { return bounded(RustTrace.parse(lines)) }
            if text.starts("goroutine "), text.ends(":") { return bounded(GoTrace.parse(lines)) }
            if text.starts("at ") || text.starts("eval at ") {
                return bounded(line.indentation > 0 ? AtTrace.parse(lines) : [])
            }
            if text.starts("File \""), text.contains(", line ") { return bounded(PythonTrace.parse(lines)) }
            if RustTrace.isFrame(text) { return bounded(RustTrace.parse(lines)) }
        }
        return bounded(GoTrace.parsePairs(lines))
    }

    private static func bounded(_ exceptions: [ExceptionInfo]) -> [ExceptionInfo] {
        exceptions.suffix(TraceLimits.exceptions).map { exception in
            var exception = exception
            if exception.frames.count > TraceLimits.frames {
                // Recursion repeats in the middle: both ends are kept.
                let half = TraceLimits.frames / 2
                exception.frames = Array(exception.frames.prefix(half) + exception.frames.suffix(half))
            }
            exception.message = exception.message.map { clip($0, to: TraceLimits.message) }
            return exception
        }
    }
}

/// The text, cut to so many bytes of UTF-8 at a character's edge.
func clip(_ text: String, to bytes: Int) -> String {
    guard text.utf8.count > bytes else { return text }
    var end = text.utf8.index(text.startIndex, offsetBy: bytes)
    while end > text.startIndex, end.samePosition(in: text.unicodeScalars) == nil { end = text.utf8.index(before: end) }
    return String(text[..<end])
}

/// A line number or column as traces print it; nil for what cannot be one.
func positiveNumber(_ text: Substring) -> Int? {
    guard !text.isEmpty, text.utf8.count <= 9, text.utf8.allSatisfy(\.isDigit), let number = Int(text), number > 0
    else { return nil }
    return number
}

/// Splits `path:line:column`, `path:line` or `path`.
func fileLocation(_ text: Substring) -> (file: Substring, line: Int?, column: Int?) {
    guard let last = text.split(atLast: 0x3A), let number = positiveNumber(last.after) else { return (text, nil, nil) }
    if let first = last.before.split(atLast: 0x3A), let line = positiveNumber(first.after) {
        return (first.before, line, number)
    }
    return (last.before, number, nil)
}

/// `Type: message` as most languages print an exception.
func typeAndMessage(_ text: Substring) -> (type: String?, message: String?) {
    let text = text.trimmed
    guard let colon = text.split(at: ":") else {
        return isTypeName(text) ? (String(text), nil) : (nil, text.isEmpty ? nil : String(text))
    }
    guard isTypeName(colon.before) else { return (nil, String(text)) }
    let message = colon.after.trimmed
    return (String(colon.before), message.isEmpty ? nil : String(message))
}

/// A class's name, with its package: no white space, begins with a letter.
func isTypeName(_ text: Substring) -> Bool {
    guard let first = text.utf8.first, first.isLetter || first == 0x5F, text.utf8.count <= 256 else { return false }
    return text.utf8.allSatisfy { $0.isIdentifier || $0 == 0x2E || $0 == 0x2F || $0 == 0x2D }
}
