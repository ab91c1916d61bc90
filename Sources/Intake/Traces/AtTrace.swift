import Events

/// Traces whose frames read `at …`, newest first: Java, Kotlin and Scala, JavaScript.
struct AtTrace {
    /// An exception as it is printed, with how deep in the chain it lies.
    private struct Printed {
        var head: Substring
        var frames: [StackFrame] = []
        var indentation: Int
        /// Suppressed exceptions are told, but the chain of causes goes on without them.
        var isSuppressed = false
        /// `... 5 lines matching cause stack trace ...`: where they are missing, and how many.
        var gap: (place: Int, count: Int)?
    }

    private var printed: [Printed] = []
    private var head: Substring?
    /// Between a place of source code at the margin and the error, Node.js shows the source.
    private var isInSource = false
    /// The members of an AggregateError.
    private var isInErrors = false
    /// logback's `rootCauseFirst`: each exception is followed by the one around it.
    private var isInverted = false

    static func parse(_ lines: [Substring]) -> [ExceptionInfo] {
        var trace = AtTrace()
        for line in lines where trace.printed.count < TraceLimits.printedExceptions { trace.read(line) }
        trace.flush()
        return trace.chain()
    }

    /// `Caused by: …`, `Suppressed: …`, `Wrapped by: …`, `[cause]: …`.
    static func cause(_ text: Substring) -> Substring? {
        text.after("Caused by: ") ?? text.after("Suppressed: ") ?? text.after("[cause]: ")
            ?? text.after("Wrapped by: ") ?? text.after("caused by: ")
    }

    /// `... 23 more`, and `... 23 common frames omitted` of logback.
    static func commonFrames(_ text: Substring) -> Int? {
        guard let rest = text.after("... "), let word = rest.split(at: " "),
            word.after.starts("more") || word.after.starts("common frames")
        else { return nil }
        return positiveNumber(word.before)
    }

    private mutating func read(_ line: Substring) {
        let text = line.trimmed
        if isInSource || head == nil && printed.isEmpty && isSourcePlace(text) {
            isInSource = !text.isEmpty
        } else if let frame = AtFrame.parse(text) {
            if printed.isEmpty || head != nil {
                printed.append(Printed(head: head ?? "", indentation: line.indentation))
                head = nil
            }
            let last = printed.count - 1
            if printed[last].frames.count < TraceLimits.printedFrames { printed[last].frames.append(frame) }
        } else if let cause = Self.cause(text) {
            flush()
            if text.starts("Wrapped by: ") { isInverted = true }
            let suppressed = text.starts("Suppressed: ")
            printed.append(Printed(head: cause, indentation: line.indentation, isSuppressed: suppressed))
        } else if let count = Self.commonFrames(text), let last = printed.indices.last {
            let shared = enclosing(printed[last], above: last).suffix(count)
            printed[last].frames += shared.prefix(TraceLimits.printedFrames)
        } else if text.starts("... "), text.contains(" lines matching cause stack trace"),
            let last = printed.indices.last
        {
            let count = positiveNumber(text.dropFirst(4).prefix { $0.isASCII && $0.isNumber }) ?? 0
            printed[last].gap = (printed[last].frames.count, count)
        } else {
            readText(line, text)
        }
    }

    private mutating func readText(_ line: Substring, _ text: Substring) {
        if text.starts("[errors]: [") {
            flush()
            isInErrors = true
        } else if text.isEmpty || text.starts("- locked ") || text.starts("[CIRCULAR REFERENCE") {
            return
        } else if printed.isEmpty {
            head = joined(head, text)
        } else if isInErrors, text.utf8.first != 0x5D, typeAndMessage(text).type != nil, !text.ends(",") {
            printed.append(Printed(head: text, indentation: line.indentation))
        } else if let last = printed.indices.last, printed[last].frames.isEmpty,
            printed[last].head.utf8.count < TraceLimits.message
        {
            // A cause's message of several lines.
            printed[last].head += "\n" + text
        }
    }

    /// The exception whose frames `... n more` stands for: a cause hangs on the one above at its own indentation,
    /// a suppressed exception on the one above that is indented less (Throwable.printStackTrace).
    private func enclosing(_ inner: Printed, above index: Int) -> [StackFrame] {
        let above = printed[..<index]
        let outer = above.last {
            inner.isSuppressed ? $0.indentation < inner.indentation : $0.indentation == inner.indentation
        }
        return (outer ?? above.last)?.frames ?? []
    }

    private func isSourcePlace(_ text: Substring) -> Bool { NodeReport.isPlace(text) }

    private func joined(_ head: Substring?, _ text: Substring) -> Substring {
        guard let head, head.utf8.count < TraceLimits.message else { return text }
        // A message of several lines belongs together; a banner above the exception does not.
        let own = typeAndMessage(text).type
        let (known, message) = typeAndMessage(head)
        guard let own else { return head + "\n" + text }
        if known == nil || isExceptionName(own[...]) && !isExceptionName((known ?? "")[...]) { return text }
        // Elasticsearch logs `Exception`, and the exception behind it.
        return message == nil && isExceptionName(own[...]) ? text : head + "\n" + text
    }

    private mutating func flush() {
        if let text = head { printed.append(Printed(head: text, indentation: 0)) }
        head = nil
    }

    private mutating func fillGaps() {
        for index in printed.indices.dropLast() {
            guard let gap = printed[index].gap else { continue }
            let shared = printed[index].frames.count - gap.place + gap.count
            let missing = printed[index + 1].frames.suffix(shared).prefix(gap.count)
            if missing.count == gap.count { printed[index].frames.insert(contentsOf: missing, at: gap.place) }
        }
    }

    private mutating func chain() -> [ExceptionInfo] {
        guard printed.contains(where: { !$0.frames.isEmpty }) else { return [] }
        fillGaps()
        // Suppressed exceptions come first, so that the last of the list stays the innermost cause.
        let causes = printed.filter { !$0.isSuppressed }
        let outermost = isInverted ? causes.reversed() : causes
        let ordered = outermost.prefix(1) + printed.filter(\.isSuppressed) + outermost.dropFirst()
        return ordered.map { exception in
            let (type, message) = typeAndMessage(Self.cleanHead(exception.head))
            return ExceptionInfo(type: type, message: message, frames: exception.frames.reversed())
        }
    }

    /// Without `Exception in thread "main"`, `Uncaught`, the brackets and braces that Node.js puts around.
    static func cleanHead(_ head: Substring) -> Substring {
        var head = head
        if let rest = head.after("Exception in thread \""), let quote = rest.split(at: "\" ") { head = quote.after }
        if let rest = head.after("Uncaught ") { head = rest }
        if let rest = head.after("Unhandled exception. ") ?? head.after("Unhandled Exception: ") { head = rest }
        if head.utf8.last == 0x7B { head = head.dropLast().trimmed }
        if head.utf8.first == 0x5B, head.utf8.last == 0x5D { head = head.dropFirst().dropLast() }
        return head
    }
}
