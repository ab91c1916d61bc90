import Events

/// .NET's exceptions, whose inner ones are printed before the frames of the outer:
/// `Outer: m ---> Inner: n`, the inner's frames, `--- End of inner exception stack trace ---`, the outer's frames.
struct DotNetTrace {
    private struct Printed {
        var head: Substring
        var frames: [StackFrame] = []
        /// A further member of an AggregateException; the first one is the chain's.
        var isFurther = false
    }

    private var printed: [Printed] = []
    /// The exceptions that are still open, the innermost last.
    private var open: [Int] = []
    private var head: Substring?

    static func parse(_ lines: [Substring]) -> [ExceptionInfo] {
        var trace = DotNetTrace()
        for line in lines where trace.printed.count < TraceLimits.printedExceptions { trace.read(line.trimmed) }
        let ordered =
            trace.printed.prefix(1) + trace.printed.dropFirst().filter(\.isFurther)
            + trace.printed.dropFirst().filter { !$0.isFurther }
        guard ordered.contains(where: { !$0.frames.isEmpty }) else { return [] }
        return ordered.map { exception in
            let (type, message) = typeAndMessage(AtTrace.cleanHead(exception.head))
            return ExceptionInfo(type: type, message: message, frames: exception.frames.reversed())
        }
    }

    static func isMark(_ text: Substring) -> Bool {
        text.starts("---> ") || text.starts("--- End of inner exception") || text.starts("--- End of stack trace from")
    }

    private mutating func read(_ line: Substring) {
        // The end of an AggregateException's member stands on its last line.
        let isLast = line.ends("<---") && line.utf8.count > 4
        let text = isLast ? line.dropLast(4) : line
        defer { if isLast { close() } }
        if let frame = AtFrame.parse(text) {
            begin()
            guard let last = open.last, printed[last].frames.count < TraceLimits.printedFrames else { return }
            printed[last].frames.append(frame)
        } else if let inner = text.after("---> ") {
            begin()
            push(inner)
        } else if text.starts("--- End of inner exception") || text == "<---" {
            close()
        } else if text.isEmpty || text.starts("--- End of stack trace from") {
            return
        } else if printed.isEmpty {
            let isFresh = head.map { typeAndMessage($0).type == nil && typeAndMessage(text).type != nil } ?? true
            head = isFresh ? text : (head ?? "") + "\n" + text
        } else if let last = open.last, printed[last].frames.isEmpty {
            printed[last].head += "\n" + text
        }
    }

    /// The head is complete: everything before the first inner exception or frame.
    private mutating func begin() {
        guard printed.isEmpty else { return }
        var rest = head ?? ""
        while let inner = rest.split(at: " ---> ") {
            push(inner.before)
            rest = inner.after
            if printed.count > TraceLimits.exceptions { break }
        }
        push(rest)
    }

    private mutating func push(_ head: Substring) {
        var text = head
        var isFurther = false
        if let number = text.after("(Inner Exception #"), let rest = number.split(at: ") ") {
            isFurther = rest.before != "0"
            text = rest.after
        }
        open.append(printed.count)
        printed.append(Printed(head: text, isFurther: isFurther))
    }

    private mutating func close() { if open.count > 1 { open.removeLast() } }
}
