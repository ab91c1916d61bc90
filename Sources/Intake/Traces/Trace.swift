import Events

/// What a trace may cost: logs choose its length.
enum TraceLimits {
    static let lines = 4000
    static let exceptions = 32
    static let frames = 256
    /// Frames of one exception that are read; both ends of them are kept.
    static let printedFrames = 2048
    static let printedExceptions = 64
    static let message = 16 * 1024
}

/// Recognises stack traces in text and reads them, whatever their language.
///
/// Frames come out oldest call first, exceptions outermost first: the fault is the last frame of the last exception.
enum Trace {
    /// - Returns: an empty list when the text holds no trace that we know.
    static func parse(_ text: String) -> [ExceptionInfo] { parse(lines: textLines(text)) }

    static func parse(lines: [Substring]) -> [ExceptionInfo] {
        if lines.count > 1, lines[1].starts("BUG "), lines[0].starts("====") {
            return bounded(KernelTrace.parse(lines))
        }
        for (index, line) in lines.prefix(TraceLimits.lines).enumerated() {
            guard let reader = reader(line, line.trimmed, isFirst: index == 0) else { continue }
            return bounded(reader(lines))
        }
        let pairs = GoTrace.parsePairs(lines)
        let native = pairs.isEmpty ? NativeTrace.parse(lines) : pairs
        return bounded(native.isEmpty ? bare(lines) : native)
    }

    /// `Exception in thread "main" java.lang.OutOfMemoryError: …`, without a frame: there was no room for any.
    private static func bare(_ lines: [Substring]) -> [ExceptionInfo] {
        guard let first = lines.first, case .calls = ReportKind.opening(first) else { return [] }
        let (type, message) = typeAndMessage(AtTrace.cleanHead(first))
        return type.map { [ExceptionInfo(type: $0, message: message)] } ?? []
    }

    /// Whether the text holds lines of a trace.
    static func isTraceText(_ text: String) -> Bool {
        textLines(text).enumerated().contains { reader($1, $1.trimmed, isFirst: $0 == 0) != nil }
    }

    private typealias Reader = ([Substring]) -> [ExceptionInfo]

    /// The language whose traces look like this line.
    private static func reader(_ line: Substring, _ text: Substring, isFirst: Bool) -> Reader? {
        guard let first = text.utf8.first else { return nil }
        if text.contains("Traceback (most recent call last)") || text.starts("Fatal Python error: ") {
            return PythonTrace.parse
        }
        if text.contains("panicked at ") || text == "Error:" || text == "Caused by:" { return RustTrace.parse }
        if text.starts("The application panicked") || text.starts("Stack backtrace:") { return RustTrace.parse }
        switch first {
        case 0x67 where text.starts("goroutine ") && text.ends(":"): return GoTrace.parse
        case 0x61, 0x65:
            if text.starts("at ") || text.starts("eval at ") { return line.indentation > 0 ? calls : { _ in [] } }
        case 0x46 where text.starts("File \"") && text.contains(", line "): return PythonTrace.parse
        case 0x23 where NumberedTrace.isFrame(text): return NumberedTrace.parse
        case 0x74 where text.starts("terminate called "): return NativeTrace.parse
        default: break
        }
        if first.isDigit, RustTrace.isFrame(text) { return RustTrace.parse }
        if text.contains(":in "), RubyTrace.frame(text) != nil || RubyTrace.head(text) != nil { return RubyTrace.parse }
        if SwiftTrace.isHead(text) { return SwiftTrace.parse }
        if ElixirTrace.head(text) != nil || line.indentation > 0 && ElixirTrace.frame(text) != nil {
            return ElixirTrace.parse
        }
        if ErlangTrace.isPart(text) { return ErlangTrace.parse }
        let isMarked = first == 0x5B || first == 0x2D
        if KernelReport.opens(text), isFirst || isMarked { return KernelTrace.parse }
        if text.starts("Call Trace:") || text.starts("Call trace:") { return KernelTrace.parse }
        return nil
    }

    /// Java, JavaScript or .NET, which nests its inner exceptions.
    private static func calls(_ lines: [Substring]) -> [ExceptionInfo] {
        let isNested = lines.contains { DotNetTrace.isMark($0.trimmed) || $0.contains(" ---> ") }
        return isNested ? DotNetTrace.parse(lines) : AtTrace.parse(lines)
    }

    private static func bounded(_ exceptions: [ExceptionInfo]) -> [ExceptionInfo] {
        // The innermost of many exceptions stay, and the outermost.
        let kept =
            exceptions.count <= TraceLimits.exceptions
            ? exceptions : Array(exceptions.prefix(1) + exceptions.suffix(TraceLimits.exceptions - 1))
        return kept.map { exception in
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

extension ExceptionInfo {
    /// `Type: message`, once where both are the same.
    var told: String { type == message ? type ?? "" : [type, message].compactMap(\.self).joined(separator: ": ") }
}

/// Whether the name is surely one of errors.
func isErrorName(_ name: Substring) -> Bool {
    for ending in ["Error", "Exception", "Throwable", "Failure", "Fault", "Rejection", "Warning"] as [StaticString] {
        if name.ends(ending) { return true }
    }
    return false
}

/// Whether the name could be a class of errors, and is no word before a colon.
func isExceptionName(_ name: Substring) -> Bool {
    if isErrorName(name) { return true }
    guard let last = name.split(atLast: 0x2E)?.after.utf8.first else { return false }
    return last &- 0x41 < 26
}
