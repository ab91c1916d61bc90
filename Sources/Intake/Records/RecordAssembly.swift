import Events

/// Gathers the lines of one record and decides which further lines belong to it.
struct RecordAssembly {
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
        /// `at …` frames.
        case calls
        case go
        case rustMessage
        case closed
    }

    mutating func begin(
        _ line: String, _ shape: LineShape, _ outcome: LineDecoder.Outcome, holdsMessages: Bool = false
    ) {
        self = RecordAssembly()
        self.holdsMessages = holdsMessages
        first = shape
        add(line, outcome)
        enter(line[...], shape)
    }

    /// Takes the line when it belongs to the record.
    mutating func accept(_ line: String, _ shape: LineShape, _ outcome: LineDecoder.Outcome) -> Bool {
        guard belongs(line[...], shape) else { return false }
        add(line, outcome)
        enter(line[...], shape)
        return true
    }

    /// Takes a line that is known to belong to the record: another line of the same message.
    mutating func join(_ line: String, _ shape: LineShape, _ outcome: LineDecoder.Outcome) {
        add(line, outcome)
        enter(line[...], shape)
    }

    var isJSON: Bool { if case .json = first { true } else { false } }

    private mutating func add(_ line: String, _ outcome: LineDecoder.Outcome) {
        if outcome == .repaired { isRepaired = true }
        if outcome == .converted { isConverted = true }
        // Longer records are read to their end, and told up to here.
        guard lines.count < TraceLimits.lines, bytes + line.utf8.count < IntakeLimits.record else { return }
        lines.append(line)
        bytes += line.utf8.count
    }

    private mutating func enter(_ line: Substring, _ shape: LineShape) {
        let text = line.trimmed
        switch shape {
        case .traceback: mode = .pythonFrames
        case .crash where text.contains("panicked at "): mode = text.ends(":") ? .rustMessage : .closed
        case .crash where text.starts("panic: ") || text.starts("fatal error: "): mode = .go
        case .continuation:
            if text.starts("at ") { mode = .calls }
            if text.starts("goroutine ") { mode = .go }
            if text.starts("Traceback (most recent") || text.starts("File \"") { mode = .pythonFrames }
            if PythonTrace.isChainNote(text) { mode = .chain }
        case .header where text.contains("panicked at "): mode = text.ends(":") ? .rustMessage : .closed
        case .header where text.contains("panic serving") || text.contains("panic: "): mode = .go
        case .plain:
            plainLines += 1
            if mode == .pythonFrames { mode = .pythonEnd }
            if mode == .rustMessage { mode = .closed }
        case .header, .crash, .json, .blank: break
        }
    }

    /// Whether the line goes on with the record.
    func belongs(_ line: Substring, _ shape: LineShape) -> Bool {
        if isJSON { return false }
        switch shape {
        case .json, .header, .crash: return false
        case .continuation, .blank: return true
        case .traceback: return mode == .chain || mode == .message && isTroubled && plainLines == 0
        case .plain: return plainBelongs(line)
        }
    }

    private func plainBelongs(_ line: Substring) -> Bool {
        switch mode {
        case .pythonFrames, .rustMessage: return true
        case .go: return line.utf8.last == 0x29 || line.starts("[") || line.starts("exit status")
        case .calls, .closed, .pythonEnd, .chain: return false
        case .message:
            guard !holdsMessages, case .header = first, plainLines < 50 else { return false }
            return isTroubled || typeAndMessage(line).type?.utf8.contains(0x2E) != true
        }
    }

    /// The record's own line is a warning or worse, or does not say: traces below it are its own.
    private var isTroubled: Bool {
        guard case .header(let level) = first else { return false }
        return level.map { $0 >= .warning } ?? true
    }
}
