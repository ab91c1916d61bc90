import Events

/// Traces whose frames read `at …`: Java and Kotlin, JavaScript, .NET.
enum AtTrace {
    /// An exception as it is printed: newest frame first, with how deep in the chain it lies.
    private struct Printed {
        var head: Substring
        var frames: [StackFrame] = []
        var indentation: Int
        /// Suppressed exceptions are told, but the chain of causes goes on without them.
        var isSuppressed = false
    }

    static func parse(_ lines: [Substring]) -> [ExceptionInfo] {
        var printed: [Printed] = []
        var head: Substring?
        for line in lines {
            let text = line.trimmed
            if let frame = frame(text) {
                if printed.isEmpty || head != nil {
                    printed.append(Printed(head: head ?? "", indentation: line.indentation))
                    head = nil
                }
                printed[printed.count - 1].frames.append(frame)
            } else if let cause = cause(text) {
                flush(&head, into: &printed)
                let suppressed = text.starts("Suppressed: ")
                printed.append(Printed(head: cause, indentation: line.indentation, isSuppressed: suppressed))
            } else if let count = commonFrames(text), let last = printed.indices.last {
                printed[last].frames += enclosing(printed[..<last], of: printed[last]).suffix(count)
            } else if !text.isEmpty, printed.isEmpty {
                head = joined(head, text)
            }
        }
        flush(&head, into: &printed)
        return chain(printed)
    }

    /// `Caused by: …`, `Suppressed: …`, `[cause]: …`.
    static func cause(_ text: Substring) -> Substring? {
        text.after("Caused by: ") ?? text.after("Suppressed: ") ?? text.after("[cause]: ")
    }

    /// `... 23 more`, and `... 23 common frames omitted` of logback.
    static func commonFrames(_ text: Substring) -> Int? {
        guard let rest = text.after("... "), let word = rest.split(at: " "),
            word.after.starts("more") || word.after.starts("common frames")
        else { return nil }
        return positiveNumber(word.before)
    }

    static func frame(_ text: Substring) -> StackFrame? {
        guard var call = text.after("at ") ?? text.after("eval at ") else { return nil }
        if let plain = call.after("async ") { call = plain }
        if let place = call.split(at: " in "), place.after.contains(":line ") {
            return dotNet(place.before, place.after)
        }
        guard call.utf8.last == 0x29, let open = openParenthesis(call) else { return bareLocation(call) }
        let function = call[..<open].trimmed
        let inside = call[call.utf8.index(after: open)...].dropLast()
        let isJavaScript = call[..<open].utf8.last == 0x20
        return isJavaScript ? javaScript(function, inside) : jvm(function, inside)
    }

    /// The parenthesis that the last one closes.
    private static func openParenthesis(_ text: Substring) -> Substring.Index? {
        var depth = 0
        var index = text.endIndex
        while index > text.startIndex {
            index = text.utf8.index(before: index)
            if text.utf8[index] == 0x29 { depth += 1 }
            if text.utf8[index] == 0x28 { depth -= 1 }
            if depth == 0 { return index }
        }
        return nil
    }

    private static func jvm(_ call: Substring, _ place: Substring) -> StackFrame? {
        // `app//`, `java.base/`: class loader and module come before the class.
        let qualified = call.split(atLast: 0x2F)?.after ?? call
        guard let name = qualified.split(atLast: 0x2E), !name.before.isEmpty else { return nil }
        let location = fileLocation(place)
        let hasFile = place.utf8.contains(0x2E)
        return StackFrame(
            file: hasFile ? String(location.file) : nil, function: String(name.after), module: String(name.before),
            line: hasFile ? location.line : nil, inApp: !LibraryCode.isJVM(qualified))
    }

    private static func javaScript(_ function: Substring, _ place: Substring) -> StackFrame {
        let path = place.after("file://") ?? place
        let location = fileLocation(path)
        let isFile = location.line != nil
        return StackFrame(
            file: isFile ? String(location.file) : nil, function: String(function), line: location.line,
            column: location.column, inApp: isFile && !LibraryCode.isNode(location.file))
    }

    private static func dotNet(_ call: Substring, _ place: Substring) -> StackFrame? {
        guard let file = place.split(at: ":line ") else { return nil }
        let name = (call.split(at: "(")?.before ?? call).split(atLast: 0x2E)
        return StackFrame(
            file: String(file.before), function: name.map { String($0.after) }, module: name.map { String($0.before) },
            line: positiveNumber(file.after), inApp: true)
    }

    private static func bareLocation(_ call: Substring) -> StackFrame? {
        let location = fileLocation(call.after("file://") ?? call)
        guard location.line != nil, !location.file.utf8.contains(0x20) else { return nil }
        return StackFrame(
            file: String(location.file), line: location.line, column: location.column,
            inApp: !LibraryCode.isNode(location.file))
    }

    /// The exception that a suppressed one or a cause hangs on: the nearest above that is indented less or as much.
    private static func enclosing(_ above: ArraySlice<Printed>, of inner: Printed) -> [StackFrame] {
        above.last { $0.isSuppressed == inner.isSuppressed || !$0.isSuppressed }?.frames ?? []
    }

    private static func joined(_ head: Substring?, _ text: Substring) -> Substring {
        guard let head, head.utf8.count < TraceLimits.message else { return text }
        // A message of several lines belongs together; a banner above the exception does not.
        return typeAndMessage(text).type != nil && typeAndMessage(head).type == nil ? text : head + "\n" + text
    }

    private static func flush(_ head: inout Substring?, into printed: inout [Printed]) {
        if let text = head { printed.append(Printed(head: text, indentation: 0)) }
        head = nil
    }

    private static func chain(_ printed: [Printed]) -> [ExceptionInfo] {
        // Suppressed exceptions come first, so that the last of the list stays the innermost cause.
        let ordered = printed.prefix(1) + printed.dropFirst().filter(\.isSuppressed)
        let causes = printed.dropFirst().filter { !$0.isSuppressed }
        guard printed.contains(where: { !$0.frames.isEmpty }) else { return [] }
        return (ordered + causes).map { exception in
            let (type, message) = typeAndMessage(cleanHead(exception.head))
            return ExceptionInfo(type: type, message: message, frames: exception.frames.reversed())
        }
    }

    /// Without `Exception in thread "main"`, `Uncaught`, and the header of a log line.
    private static func cleanHead(_ head: Substring) -> Substring {
        var head = head
        if let rest = head.after("Exception in thread \""), let quote = rest.split(at: "\" ") { head = quote.after }
        if let rest = head.after("Uncaught ") { head = rest }
        if let rest = head.after("Unhandled exception. ") { head = rest }
        if let brace = head.utf8.last, brace == 0x7B { head = head.dropLast().trimmed }
        return head
    }
}
