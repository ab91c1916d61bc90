import Events

/// Traces whose frames are numbered from the newest, `#0 …`: PHP, Dart, gdb and systemd's core dumps, the sanitizers.
struct NumberedTrace {
    private var frames: [NumberedFrame] = []
    private var head: [Substring] = []
    private var chain: [ExceptionInfo] = []
    private var isFinished = false
    /// gdb breaks a frame's arguments and place over further lines.
    private var isFrameOpen = false

    static func parse(_ lines: [Substring]) -> [ExceptionInfo] {
        var trace = NumberedTrace()
        for line in lines where !trace.isFinished { trace.read(line) }
        trace.finish()
        // PHP prints the innermost first, `Next` the one around it.
        return trace.chain.reversed()
    }

    static func isFrame(_ text: Substring) -> Bool {
        guard text.utf8.first == 0x23 else { return false }
        return NumberedFrame.parse(text) != nil
    }

    private mutating func read(_ line: Substring) {
        let text = line.trimmed
        if let frame = NumberedFrame.parse(text) {
            // The first list is the failing thread's own; the next begins at 0 again.
            if frame.number == 0, !frames.isEmpty {
                isFinished = !restarts(with: frame)
                if isFinished { return }
            }
            guard frames.count < TraceLimits.printedFrames else { return }
            frames.append(frame)
            isFrameOpen = frame.dialect == .native && frame.file == nil
        } else if frames.isEmpty {
            if !text.isEmpty, head.count < 40 { head.append(text) }
        } else if let next = text.after("Next ") {
            finish()
            head = [next]
        } else if isFrameOpen, line.indentation > 0 {
            joinPlace(text)
        } else if text.isEmpty, frames.first?.dialect == .sanitizer {
            isFinished = true
        }
    }

    /// gdb first prints where the program stopped, then the whole list.
    private mutating func restarts(with frame: NumberedFrame) -> Bool {
        guard frame.dialect == .native, frames.count == 1 else { return false }
        frames = []
        return true
    }

    /// `    at file.c:12`, or the end of the arguments before it.
    private mutating func joinPlace(_ text: Substring) {
        guard let last = frames.indices.last else { return }
        let place = text.after("at ") ?? text.split(at: ") at ")?.after
        guard let place else {
            if text.contains(" = ") { isFrameOpen = text.utf8.last == 0x2C }
            return
        }
        let location = fileLocation(place)
        (frames[last].file, frames[last].line) = (location.file, location.line)
        isFrameOpen = false
    }

    private mutating func finish() {
        guard let first = frames.first else { return }
        let (type, message, place) = NumberedHead.read(head, first.dialect)
        var newestFirst = frames.map(\.stackFrame)
        if first.dialect == .php, let place { newestFirst = Self.shifted(newestFirst, thrownAt: place) }
        chain.append(ExceptionInfo(type: type, message: message, frames: newestFirst.reversed()))
        (frames, head) = ([], [])
    }

    /// PHP names where a function was called from; a frame is where it was when the error came.
    private static func shifted(
        _ calls: [StackFrame], thrownAt place: (file: Substring, line: Int?)
    ) -> [StackFrame] {
        var (file, line) = (Optional(String(place.file)), place.line)
        return calls.map { call in
            var frame = call
            (frame.file, frame.line) = (file, line)
            frame.inApp = file.map { !LibraryCode.isPHP($0[...]) }
            (file, line) = (call.file, call.line)
            return frame
        }
    }
}

/// What stands above numbered frames: the error's type and message, and where PHP threw it.
enum NumberedHead {
    static func read(
        _ head: [Substring], _ dialect: NumberedFrame.Dialect
    ) -> (type: String?, message: String?, place: (file: Substring, line: Int?)?) {
        switch dialect {
        case .php: return php(head)
        case .dart: return dart(head)
        case .sanitizer, .native: return native(head)
        }
    }

    /// `PHP Fatal error:  Uncaught Exception: message in /a.php:5`,
    /// `exception 'Exception' with message 'm' in /a.php:5`, Laravel's `(Exception(code: 0): m at /a.php:5)`.
    private static func php(
        _ lines: [Substring]
    ) -> (type: String?, message: String?, place: (file: Substring, line: Int?)?) {
        let lines = lines.filter { !$0.starts("Stack trace:") && !$0.starts("[stacktrace]") }
        var text = lines.joined(separator: "\n")[...]
        if let inner = text.split(at: "PHP Fatal error:  ") ?? text.split(at: "Fatal error: ") { text = inner.after }
        if let object = text.split(at: "[object] (") {
            text = object.after.utf8.last == 0x29 ? object.after.dropLast() : object.after
            // JSON doubles the backslashes of names.
            if text.contains("\\\\") {
                text = String(text.split(separator: "\\").joined(separator: "\\"))[...]
            }
        }
        text = text.after("Uncaught ") ?? text
        var place: (file: Substring, line: Int?)?
        if let (before, after) = text.splitLast(" in ") ?? text.splitLast(" at "), fileLocation(after).line != nil {
            let location = fileLocation(after)
            (text, place) = (before, (location.file, location.line))
        }
        if let old = text.after("exception '"), let type = old.split(at: "' with message '") {
            return (
                String(type.before), String(type.after.utf8.last == 0x27 ? type.after.dropLast() : type.after), place
            )
        }
        guard let colon = text.split(at: ": ") else { return (text.isEmpty ? nil : String(text), nil, place) }
        // `Exception(code: 0): m`.
        if let code = colon.before.split(at: "(code"), let rest = text.split(at: "): ") {
            return (String(code.before), String(rest.after), place)
        }
        let isType = colon.before.utf8.allSatisfy { $0.isIdentifier || $0 == 0x5C }
        return isType ? (String(colon.before), String(colon.after), place) : (nil, String(text), place)
    }

    private static func dart(
        _ lines: [Substring]
    ) -> (type: String?, message: String?, place: (file: Substring, line: Int?)?) {
        let lines = lines.filter { !$0.starts("Unhandled exception") }
        let text = lines.joined(separator: "\n")[...]
        // `RangeError (index): …`.
        if let name = text.split(at: " (")?.before, isTypeName(name), isExceptionName(name),
            let rest = text.split(at: "): ")?.after
        {
            return (String(name), String(rest), nil)
        }
        let (type, message) = typeAndMessage(text)
        return (type, message, nil)
    }

    /// `==1==ERROR: AddressSanitizer: heap-use-after-free on …`, `Program terminated with signal SIGSEGV, …`,
    /// `Process 1 (name) of user 0 dumped core.`
    private static func native(
        _ lines: [Substring]
    ) -> (type: String?, message: String?, place: (file: Substring, line: Int?)?) {
        for line in lines {
            if let report = line.split(at: "==ERROR: ") ?? line.split(at: "==WARNING: ") {
                let parts = report.after.split(at: ": ") ?? (report.after, report.after)
                let kind = parts.after.prefix { $0 != " " }
                return ("\(parts.before): \(kind)", String(parts.after[kind.endIndex...].trimmed), nil)
            }
            for prefix in ["Program terminated with signal ", "Program received signal "] as [StaticString] {
                guard let signal = line.after(prefix) else { continue }
                let parts = signal.split(at: ", ")
                let reason = parts.map { $0.after.utf8.last == 0x2E ? $0.after.dropLast() : $0.after }
                let name = parts?.before ?? signal
                return (
                    name.utf8.first?.isDigit == true ? "signal \(name)" : String(name), reason.map(String.init), nil
                )
            }
            if line.starts("Process "), line.contains(" dumped core") { return ("core dump", String(line), nil) }
            if line.contains(": runtime error: "), let split = line.split(at: ": runtime error: ") {
                return ("runtime error", String(split.after), nil)
            }
        }
        return (nil, nil, nil)
    }
}
