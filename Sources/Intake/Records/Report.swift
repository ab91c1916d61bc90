import Events

/// A report while its lines are gathered: which further lines at the margin are its own.
struct Report {
    private(set) var kind: ReportKind
    private var hasFrames = false
    private var isDone = false
    /// Lines of no known form since the last of a known one.
    private var unknown = 0
    /// Swift's crash report follows the failure's own line, once.
    private var hasCrash = false
    private var isRescue = false

    init(_ kind: ReportKind, _ line: Substring) {
        self.kind = kind
        if kind == .swift { hasCrash = !line.contains("rror: ") && !line.contains(" failed") }
        if kind == .ruby { isRescue = RubyTrace.isRescue(line) }
    }

    /// Lines of one message before the frames.
    private static let messageLines = 20
    /// Lines without a known form inside a report.
    private static let tolerance = 2
    /// The kernel tells much before the frames.
    private static let preface = 60

    /// A line that belongs whatever it is, for it is indented or a known part of traces.
    mutating func note(_ text: Substring) {
        unknown = 0
        switch kind {
        case .calls, .node: if text.starts("at ") { hasFrames = true }
        case .kernel: if !hasFrames { hasFrames = KernelTrace.frame(text)?.function != nil && text.contains("+0x") }
        case .ruby:
            hasFrames = true
            if RubyTrace.isRescue(text) { isRescue = true }
        case .go: if text.starts("goroutine ") { hasFrames = true }
        case .elixir: if ElixirTrace.frame(text) != nil { hasFrames = true }
        case .rust: if text.contains("stack backtrace:") || text.starts("note: ") { hasFrames = true }
        case .php, .dart, .native, .sanitizer: if NumberedTrace.isFrame(text) { hasFrames = true }
        default: break
        }
        if kind == .php, text.starts("thrown in ") { isDone = true }
    }

    /// A cause's own message may have several lines.
    mutating func noteCause() { (hasFrames, unknown) = (false, 0) }

    /// Whether a report that could begin here goes on with this one.
    mutating func accepts(opening next: ReportKind, _ text: Substring) -> Bool {
        if isDone { return false }
        switch (kind, next) {
        case (.rule, .sanitizer), (.rule, .kernel), (.rule, .go):
            self = Report(next, text)
            return true
        case (.swift, .swift):
            if text.starts("*** Signal ") { return !hasCrash }
            guard !hasCrash, SwiftTrace.programCrashed(text) != nil else { return false }
            hasCrash = true
            return true
        case (.kernel, .kernel): return !hasFrames || text.starts("Oops: ") || text.starts("invalid opcode")
        case (.kernel, .rule), (.sanitizer, .rule): return !hasFrames || text.starts("==")
        case (.native, .native), (.sanitizer, .sanitizer): return !text.starts("Process ")
        case (.ruby, .ruby): return isRescue
        case (.node, .calls), (.calls, .node), (.elixir, .elixir): return !hasFrames
        default: return false
        }
    }

    /// Whether a line at the margin, of no other record, belongs to the report.
    mutating func accepts(_ line: Substring) -> Bool {
        if isDone { return false }
        switch kind {
        case .calls, .dart, .ruby: return hasFrames ? closes(line) : takesUnknown(Self.messageLines)
        case .node: return hasFrames ? closes(line) : takesUnknown(50)
        case .python: return line.contains("(most recent call first):") || line.starts("Python runtime state")
        case .go: return goesOnGo(line)
        case .rust: return !hasFrames && takesUnknown(8)
        case .elixir: return hasFrames ? Self.isElixir(line) : takesUnknown(Self.messageLines)
        case .eyre: return Self.isEyre(line) || takesUnknown(Self.tolerance)
        case .php: return goesOnPHP(line)
        case .native: return isNative(line) || takesUnknown(Self.tolerance)
        case .sanitizer:
            isDone = line.ends("==ABORTING")
            return true
        case .swift: return goesOnSwift(line)
        case .kernel: return goesOnKernel(line)
        case .terminate: return line.starts("Aborted") || NativeTrace.frame(line) != nil
        case .rule:
            if line.starts("BUG ") { self = Report(.kernel, line) } else { isDone = true }
            if line.starts("WARNING: DATA RACE") { self = Report(.go, line) }
            return !isDone
        }
    }

    private mutating func takesUnknown(_ limit: Int) -> Bool {
        unknown += 1
        return unknown <= limit
    }

    /// What follows the last frame of JavaScript and Dart.
    private mutating func closes(_ line: Substring) -> Bool {
        switch kind {
        case .node:
            isDone = line.starts("Node.js v")
            return isDone || line == "}" || line == "]" || line.starts("Thrown at:")
        case .dart: return line.starts("<asynchronous suspension>")
        case .calls: return line == "}" || line.starts("--- End of")
        default: return false
        }
    }

    private mutating func goesOnGo(_ line: Substring) -> Bool {
        if line.utf8.last == 0x29 || line.starts("[") || line.starts("exit status") || line.starts("...") {
            return true
        }
        if line.utf8.last == 0x3A || line.contains("  0x") || line.starts("PC=0x") { return true }
        return !hasFrames && takesUnknown(8)
    }

    private mutating func goesOnPHP(_ line: Substring) -> Bool {
        if line.starts("Stack trace:") || line.starts("[stacktrace]") || line.starts("Next ") || line.starts("\"}") {
            return true
        }
        // nginx wraps what PHP wrote: `" while reading response header from upstream`.
        if line.starts("PHP message: ") || line.starts("\" while ") { return true }
        return !hasFrames && takesUnknown(Self.tolerance)
    }

    private mutating func goesOnSwift(_ line: Substring) -> Bool {
        guard hasCrash else { return false }
        if line.starts("Backtrace took ") {
            isDone = true
            return true
        }
        let first = line.utf8.first ?? 0
        return first.isDigit || line.starts("Thread ") || line.starts("Registers:") || line.starts("Images (")
            || line.starts("Platform: ") || line.starts("...") || line.contains(" 0x") || line.starts("Crash took")
    }

    private mutating func goesOnKernel(_ line: Substring) -> Bool {
        let text = line.trimmed
        if KernelReport.isEnd(text) {
            isDone = true
            return true
        }
        if KernelTrace.isTraceStart(text) || KernelReport.isDetail(text) {
            note(text)
            return true
        }
        return takesUnknown(hasFrames ? Self.tolerance : Self.preface)
    }

    private func isNative(_ line: Substring) -> Bool {
        line.starts("Thread ") || line.starts("No ") || line.starts("[") || line.starts("From ") || line.starts("0x")
            || line.starts("=>") || line.starts("#") || line.starts("End of ") || line.starts("Dump of ")
            || line.starts("Stack trace of ") || line.starts("ELF object ") || line.starts("Using host ")
            || line.contains("0x") || line.starts("Core was ") || line.starts("Program ") || line.starts("warning: ")
            || line.starts("Missing separate") || line.starts("Reading symbols") || line.utf8.first?.isDigit == true
            || line.starts("The program ") || line.starts("$")
    }

    /// What Elixir's logger tells of a process behind its error.
    private static func isElixir(_ line: Substring) -> Bool {
        line.starts("Last message") || line.starts("State: ") || line.starts("Function: ") || line.starts("Client ")
            || line.starts("Initial Call: ") || line.starts("Ancestors: ") || line.starts("Start Call: ")
    }

    private static func isEyre(_ line: Substring) -> Bool {
        line.starts("Message: ") || line.starts("Location:") || line.starts("Run with ") || line.starts("Note: ")
            || line.starts("Suggestion: ") || line.starts("Warning: ") || line.starts("Error:")
            || line.starts("Caused by:") || line.starts("Backtrace ") || line.starts("Stack backtrace")
    }
}
