import Events

/// Gathers the lines of one record and decides which further lines belong to it.
struct RecordAssembly {
    /// The first line whole, further ones without the headers that repeat its sender.
    private(set) var lines: [String] = []
    private(set) var isRepaired = false
    private(set) var isConverted = false
    private var bytes = 0
    private var first: LineShape = .plain
    private var mode = Mode.message
    private var plainLines = 0
    /// Each line is a message of its own: only what is clearly part of a trace belongs to the one before.
    private var holdsMessages = false

    /// How lines without a mark of their own are to be taken.
    private enum Mode {
        case message
        /// Python's frames: the next line at the margin is the exception.
        case pythonFrames
        case pythonEnd, chain
        case report(Report)
        /// Comma-separated values, with a field that is still open.
        case openField
    }

    /// Lines below a header that nothing else claims.
    private static let messageLines = 50

    mutating func begin(
        _ line: String, _ shape: LineShape, _ outcome: LineDecoder.Outcome, holdsMessages: Bool = false
    ) {
        self = RecordAssembly()
        self.holdsMessages = holdsMessages
        first = shape
        add(line[...], outcome)
        switch shape {
        case .header(let head): enterHeader(head.message)
        case .crash(let kind): mode = .report(Report(kind, line[...]))
        case .csv: if PostgresCSV.isOpen(line[...], wasOpen: false) { mode = .openField }
        default: enter(line[...], shape)
        }
    }

    /// Takes the line when it belongs to the record.
    mutating func accept(_ line: String, _ shape: LineShape, _ outcome: LineDecoder.Outcome) -> Bool {
        guard !isJSON, !isRequest, !isCSV || isFieldOpen else { return false }
        if case .openField = mode {
            plainLines += 1
            if case .csv = shape { return false }
            guard plainLines < TraceLimits.lines else { return false }
            if !PostgresCSV.isOpen(line[...], wasOpen: true) { mode = .message }
            add(line[...], outcome)
            return true
        }
        if case .header(let head) = shape {
            if acceptLevel(line[...], head) {
                add(line[...], outcome)
                return true
            }
            guard acceptHeaded(head) else { return false }
            add(head.message, outcome)
            return true
        }
        guard belongs(line[...], shape) else { return false }
        if case .detail(let text) = shape { add(text, outcome) } else { add(line[...], outcome) }
        return true
    }

    /// Takes a line that is known to belong to the record.
    mutating func append(_ line: String) { add(line[...], .utf8) }

    var isJSON: Bool { if case .json = first { true } else { false } }
    private var isRequest: Bool { if case .request = first { true } else { false } }
    var isCSV: Bool { if case .csv = first { true } else { false } }
    private var isFieldOpen: Bool { if case .openField = mode { true } else { false } }

    private mutating func add(_ line: Substring, _ outcome: LineDecoder.Outcome) {
        if outcome == .repaired { isRepaired = true }
        if outcome == .converted { isConverted = true }
        // A record is never without its first line, however long that is.
        if lines.isEmpty, line.utf8.count >= IntakeLimits.record {
            lines = [clip(String(line), to: IntakeLimits.record - 1)]
            bytes = IntakeLimits.record
            return
        }
        // Longer records are read to their end, and told up to here.
        guard lines.count < TraceLimits.lines, bytes + line.utf8.count < IntakeLimits.record else { return }
        lines.append(String(line))
        bytes += line.utf8.count
    }

    private mutating func belongs(_ line: Substring, _ shape: LineShape) -> Bool {
        switch shape {
        case .json, .csv, .request, .header: return false
        case .crash(.elixir) where isTroubled && !isReport:
            mode = .report(Report(.elixir, line))
            return true
        case .crash(let kind):
            guard case .report(var report) = mode, report.accepts(opening: kind, line) else { return false }
            mode = .report(report)
            return true
        case .continuation:
            if case .message = mode, holdsMessages, !TraceLine.isSure(line) { return false }
        case .detail, .blank: break
        case .traceback: guard takesTraceback else { return false }
        case .plain: return plainBelongs(line)
        }
        enter(line, shape)
        return true
    }

    private var takesTraceback: Bool {
        switch mode {
        case .chain: true
        case .report(let report): report.kind == .python
        case .message: isTroubled && plainLines == 0
        case .pythonFrames: isGroup
        case .pythonEnd, .openField: false
        }
    }

    /// Groups show their members' tracebacks indented.
    private var isGroup: Bool { lines.contains { PythonTrace.isGroupStart($0[...].trimmed) } }

    /// `SEVERE: message` below a line with the time, of java.util.logging; `INFO: …` in the midst of a kernel's report.
    private mutating func acceptLevel(_ line: Substring, _ head: LineHead) -> Bool {
        guard head.isLevelOnly else { return false }
        if case .report(let report) = mode, report.kind == .kernel { return belongs(line, .plain) }
        guard case .header(let own) = first, own.isTimeOnly, lines.count == 1, case .message = mode else {
            return false
        }
        enterHeader(head.message)
        return true
    }

    /// A line with a header of its own belongs when the same sender goes on with a trace.
    private mutating func acceptHeaded(_ head: LineHead) -> Bool {
        guard case .header(let own) = first, let sender = head.sender, sender == own.sender else { return false }
        let shape = LineShape.text(head.message)
        if case .report(let report) = mode, report.kind == .kernel { return belongs(head.message, shape) }
        guard head.level == nil else { return false }
        switch shape {
        case .continuation:
            if case .message = mode, !TraceLine.isSure(head.message) { return false }
        case .traceback: guard case .chain = mode else { return false }
        case .blank, .plain, .crash, .json, .csv, .request, .header, .detail:
            // Behind the exception a line of its own is one.
            switch mode {
            case .message, .pythonEnd, .chain, .openField: return false
            case .pythonFrames, .report: break
            }
        }
        return belongs(head.message, shape)
    }

    /// Whether the words behind a header are of a trace, or begin one.
    static func opensTrace(_ message: Substring) -> Bool {
        switch LineShape.text(message) {
        case .traceback, .continuation, .crash: true
        case .json, .csv, .request, .header, .detail, .blank, .plain: mode(behindHeader: message) != nil
        }
    }

    private mutating func enterHeader(_ message: Substring) { mode = Self.mode(behindHeader: message) ?? mode }

    /// What the words behind a header begin.
    private static func mode(behindHeader message: Substring) -> Mode? {
        let text = message.trimmed
        if text.contains("panicked at ") { return .report(Report(.rust, text)) }
        if text.contains("panic serving") || text.contains("panic: ") { return .report(Report(.go, text)) }
        if text.contains("Traceback (most recent call last)") { return .pythonFrames }
        if let kind = ReportKind.opening(text) { return .report(Report(kind, text)) }
        if text.contains("PHP message: ") || text.contains("PHP Fatal error: ") { return .report(Report(.php, text)) }
        return nil
    }

    private mutating func enter(_ line: Substring, _ shape: LineShape) {
        let text = line.trimmed
        switch shape {
        case .traceback: mode = .pythonFrames
        case .continuation: enterContinuation(line, text)
        case .plain: plainLines += 1
        case .header, .crash, .json, .csv, .request, .blank, .detail: break
        }
    }

    private mutating func enterContinuation(_ line: Substring, _ text: Substring) {
        if text.starts("Traceback (most recent") || text.starts("File \"") {
            mode = .pythonFrames
        } else if PythonTrace.isChainNote(text) {
            mode = .chain
        } else if text.starts("+-"), line.indentation >= 2 {
            mode = .pythonEnd
        } else if case .report(var report) = mode {
            if AtTrace.cause(text) != nil { report.noteCause() } else { report.note(text) }
            mode = .report(report)
        } else if let kind = kind(of: text) {
            var report = Report(kind, text)
            if AtTrace.cause(text) == nil { report.note(text) }
            mode = .report(report)
        }
    }

    /// The report that a part of a trace tells of.
    private func kind(of text: Substring) -> ReportKind? {
        if text.starts("at ") || AtTrace.cause(text) != nil || text.starts("--- End of ") { return .calls }
        if text.starts("goroutine ") { return .go }
        if text.starts("stack backtrace:") { return .rust }
        if text.starts("Stack trace:") || text.starts("[stacktrace]") { return .php }
        if text == "Caused by:" || text.starts("Stack backtrace:") { return .eyre }
        if text.contains(":in "), RubyTrace.frame(text) != nil { return .ruby }
        guard let frame = NumberedFrame.parse(text) else { return nil }
        switch frame.dialect {
        case .php: return .php
        case .dart: return .dart
        case .native, .sanitizer: return .native
        }
    }

    private mutating func plainBelongs(_ line: Substring) -> Bool {
        plainLines += 1
        switch mode {
        case .pythonFrames:
            mode = .pythonEnd
            return true
        case .report(var report):
            let isOwn = report.accepts(line)
            mode = .report(report)
            return isOwn
        case .pythonEnd, .chain: return !holdsMessages && isHeaded && plainLines < Self.messageLines
        case .openField: return true
        case .message:
            guard !holdsMessages, isHeaded, plainLines <= Self.messageLines else { return false }
            return isTroubled || typeAndMessage(line).type.map { isExceptionName($0[...]) } != true
        }
    }

    private var isHeaded: Bool { if case .header = first { true } else { false } }

    private var isReport: Bool { if case .report = mode { true } else { false } }

    /// The record's own line is a warning or worse, or does not say: traces below it are its own.
    private var isTroubled: Bool {
        guard case .header(let head) = first else { return false }
        return head.level.map { $0 >= .warning } ?? true
    }
}
