import Events

/// Python's tracebacks: chains (`During handling…`, `The above exception was the direct cause…`), exception groups with
/// their margins, and the dumps of `faulthandler`.
struct PythonTrace {
    private var chain: [ExceptionInfo] = []
    /// Of one margin, as printed: innermost first.
    private var run: [ExceptionInfo] = []
    /// The run stands behind a group, at the page's own margin: the group is its cause.
    private var isRunOutside = false
    private var isInGroup = false
    private var frames: [StackFrame] = []
    private var head: String?
    private var isOpen = false
    private var fault: Substring?

    static func parse(_ lines: [Substring]) -> [ExceptionInfo] {
        var trace = PythonTrace()
        for line in lines where !trace.readMargin(line) { trace.read(line) }
        trace.finishRun()
        return trace.chain
    }

    static func isChainNote(_ text: Substring) -> Bool {
        text.starts("During handling of the above exception") || text.starts("The above exception was the direct cause")
    }

    static func isGroupStart(_ text: Substring) -> Bool { text.starts("+ Exception Group Traceback (most recent") }

    /// `  | …` and `  +---` of exception groups.
    static func isMargin(_ line: Substring) -> Bool {
        let text = line.trimmed
        return line.indentation >= 2 && (text.utf8.first == 0x7C || text.starts("+-") || isGroupStart(text))
    }

    /// `File "…", line 3, in name`; `faulthandler` leaves the second comma out.
    static func frame(_ text: Substring) -> StackFrame? {
        guard let rest = text.after("File \""), let file = rest.split(at: "\", line ") else { return nil }
        let number = file.after.prefix { $0.isASCII && $0.isNumber }
        // As the search for candidates has it: without its number it is no frame.
        guard !number.isEmpty else { return nil }
        let function = file.after[number.endIndex...].split(at: "in ")?.after
        return StackFrame(
            file: String(file.before), function: function.map(String.init), line: positiveNumber(number),
            inApp: !LibraryCode.isPython(file.before))
    }

    /// Takes the margin of a group off.
    ///
    /// - Returns: false for a line without one.
    private mutating func readMargin(_ line: Substring) -> Bool {
        let text = line.trimmed
        if Self.isGroupStart(text) {
            // A group inside a group goes on with its member's run.
            isInGroup = true
            read(text)
            return true
        }
        guard isInGroup, line.indentation >= 2 else { return false }
        if text.utf8.first == 0x7C {
            let inner = text.dropFirst()
            read(inner.utf8.first == 0x20 ? inner.dropFirst() : inner)
            return true
        }
        guard text.starts("+-") else { return false }
        finishRun()
        return true
    }

    private mutating func read(_ line: Substring) {
        // loguru marks the frame that caught the exception.
        let text = line.trimmed.after("> File").map { _ in line.trimmed.dropFirst(2) } ?? line.trimmed
        if text.contains("Traceback (most recent call last)") {
            finish()
            isOpen = true
        } else if text.starts("Fatal Python error: ") {
            (isOpen, fault) = (true, text)
        } else if text.contains("(most recent call first):") {
            // The thread that failed comes first.
            if !frames.isEmpty { isOpen = false }
        } else if let frame = Self.frame(text) {
            if fault == nil { isOpen = true }
            if isOpen, frames.count < TraceLimits.printedFrames { frames.append(frame) }
        } else if Self.isChainNote(text) {
            finish()
            if isInGroup, line.startIndex == text.startIndex || line.indentation == 0 { leaveGroup() }
        } else if isOpen, fault == nil {
            readUnderFrames(line, text)
        }
    }

    private mutating func readUnderFrames(_ line: Substring, _ text: Substring) {
        if text.isEmpty { return }
        if head == nil, line.indentation >= 2 {
            // The source line below a frame; rows of ^^^^ point into it.
            guard let last = frames.indices.last, frames[last].context == nil, !text.starts("[Previous line repeated"),
                !text.utf8.allSatisfy({ $0 == 0x5E || $0 == 0x7E || $0 == 0x20 })
            else { return }
            frames[last].context = FrameContext(line: String(text))
        } else if head == nil {
            head = String(text)
        } else if (head?.utf8.count ?? 0) < TraceLimits.message, !frames.isEmpty {
            head? += "\n" + line
        }
    }

    private mutating func leaveGroup() {
        finishRun()
        (isInGroup, isRunOutside) = (false, true)
    }

    private mutating func finish() {
        if let fault {
            let (type, message) = fault.split(at: ": ").map { (String($0.before), String($0.after)) } ?? ("", "")
            run.append(ExceptionInfo(type: type, message: message, frames: frames.reversed()))
        } else if !frames.isEmpty || head != nil {
            let (type, message) = typeAndMessage((head ?? "")[...])
            run.append(ExceptionInfo(type: type, message: message, frames: frames))
        }
        (frames, head, isOpen, fault) = ([], nil, false, nil)
    }

    /// Printed innermost first: the last one is what the program saw. The members of a group follow it.
    private mutating func finishRun() {
        finish()
        chain = isRunOutside ? run.reversed() + chain : chain + run.reversed()
        (run, isRunOutside) = ([], false)
    }
}
