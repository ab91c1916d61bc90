import Events

/// What a line looks like by itself: whether it begins a record or goes on with one.
enum LineShape {
    case json
    /// A record of comma-separated values, whose quoted fields may hold line ends.
    case csv
    /// A line of an access log: all that its record has.
    case request
    case header(LineHead)
    /// A report that never belongs to the line before it: a panic, an uncaught exception.
    case crash(ReportKind)
    /// Python's `Traceback (most recent call last):`, and that of a group.
    case traceback
    case continuation
    /// A line with a header whose text belongs to the record before it, as PostgreSQL writes `DETAIL:`.
    case detail(Substring)
    case blank
    case plain

    /// - Parameter format: of every line, where the source's settings name one.
    init(_ line: Substring, times: LogTime, format: SourceSettings.Format? = nil) {
        guard let first = line.utf8.first else {
            self = .blank
            return
        }
        let isObject = first == 0x7B && line.utf8.dropFirst().first(where: { $0 != 0x20 }) ?? 0x22 == 0x22
        if format == .json || isObject && format != .text && format != .logfmt {
            self = .json
            return
        }
        if format == .logfmt, Logfmt.parse(line, isExpected: true) != nil {
            self = .header(LineHead(TextHeader()))
            return
        }
        self = first.isDigit && PostgresCSV.isStart(line) ? .csv : Self.text(line)
        guard case .plain = self else { return }
        guard let header = TextHeader.parse(line, times: times) else {
            if AccessLine.parse(line, times) != nil { self = .request }
            return
        }
        self = header.isDetail ? .detail(header.message) : .header(LineHead(header))
    }

    /// The shape of a line that is neither an object nor has a header.
    static func text(_ line: Substring) -> LineShape {
        guard let first = line.utf8.first else { return .blank }
        if first == 0x20 || first == 0x09 {
            let text = line.trimmed
            if text.isEmpty { return .blank }
            return PythonTrace.isGroupStart(text) ? .traceback : .continuation
        }
        // Times, which begin most lines, begin none of the others.
        if first.isDigit { return .plain }
        if line.starts("Traceback (most recent call last)") { return .traceback }
        if TraceLine.isPart(line) { return .continuation }
        return ReportKind.opening(line).map(LineShape.crash) ?? .plain
    }

    /// Begins a record whatever stands before.
    var isStart: Bool {
        switch self {
        case .json, .csv, .request, .crash: true
        case .header(let head): !head.goesOn
        case .traceback, .continuation, .detail, .blank, .plain: false
        }
    }
}

extension LineShape {
    /// Begins a record whatever lines stand before it.
    var surelyBegins: Bool {
        switch self {
        case .json, .csv, .request: true
        case .crash(let kind): !kind.mayGoOn
        case .header(let head): head.sender == nil && !head.isLevelOnly
        case .traceback, .continuation, .detail, .blank, .plain: false
        }
    }

    /// Begins a record when this line stands right before it.
    func begins(behind line: LineShape) -> Bool {
        switch (self, line) {
        case (_, .json): true
        case (.header(let own), .header(let other)):
            !own.isLevelOnly && !other.isLevelOnly && own.sender != other.sender
        default: false
        }
    }

    /// Shows that a trace or a report may be open: it could take lines that begin a record otherwise.
    var isOfTrace: Bool {
        switch self {
        case .crash, .traceback, .continuation: true
        case .header(let head): RecordAssembly.opensTrace(head.message)
        case .json, .csv, .request, .detail, .blank, .plain: false
        }
    }
}

extension LineShape {
    /// Could go on with a record that began before it, though it begins one otherwise.
    var mayFollowAny: Bool {
        switch self {
        case .crash(let kind):
            switch kind {
            case .sanitizer, .kernel, .native, .swift, .go, .elixir: true
            default: false
            }
        case .header(let head): head.isLevelOnly
        default: false
        }
    }

    /// Whether it could go on with a record that the other one begins.
    func mayFollow(_ first: LineShape) -> Bool {
        switch (self, first) {
        case (.crash, .crash(.rule)), (.crash(.elixir), .header): true
        case (.crash(let own), .crash(let other)): own == other
        case (.header, .header(let head)): head.isTimeOnly
        default: false
        }
    }
}

/// What a header says about the record that it begins.
struct LineHead {
    var level: LogLevel?
    /// Host, program and process, where every line of a program gets a header: `web-1 shop[812]:`.
    var sender: Substring?
    /// What stands behind the header, with its indentation.
    var message: Substring
    /// java.util.logging puts the level on a line of its own, below the one with the time.
    var isTimeOnly: Bool
    var isLevelOnly: Bool

    init(_ header: TextHeader) {
        (level, sender) = (header.level, header.sender)
        message = header.sender == nil ? header.message : header.indentedMessage
        isTimeOnly = header.time != nil && header.level == nil && header.sender == nil
        isLevelOnly = header.time == nil && header.level != nil
    }

    /// A line in the midst of a trace that has a header, as syslog gives one to each.
    var goesOn: Bool { sender != nil && level == nil && TraceLine.isSure(message) }
}

/// Lines that are parts of traces, whatever stands around them.
enum TraceLine {
    /// At the margin.
    static func isPart(_ line: Substring) -> Bool {
        guard let first = line.utf8.first else { return false }
        switch first {
        case 0x43: return line.starts("Caused by: ") || line.starts("Caused by:") && line.utf8.count == 10
        case 0x53: return line.starts("Suppressed: ") || line.starts("Stack trace:") || line.starts("Stack backtrace:")
        case 0x57: return line.starts("Wrapped by: ")
        case 0x44: return line.starts("During handling of the above exception") || line.starts("DETAIL:")
        case 0x54: return line.starts("The above exception was the direct cause")
        case 0x2E: return line.starts("... ") || line.starts("...additional frames") || isPlace(line)
        case 0x73: return line.starts("stack backtrace:")
        case 0x6E:
            return line.starts("note: run with `RUST_BACKTRACE") || line.starts("note: Some details are omitted")
        case 0x67: return line.starts("goroutine ") && line.ends("]:")
        case 0x63: return line.starts("created by ") || line.starts("caused by: ")
        case 0x5B:
            return line.starts("[signal ") || line.starts("[recovered") || line.starts("[cause]: ")
                || line.starts("[stacktrace]") || line.starts("[errors]: [")
                || line.contains(":in ") && RubyTrace.frame(line) != nil
        case 0x7D: return line.utf8.count == 1
        case 0x23: return NumberedTrace.isFrame(line)
        case 0x2D: return line.starts("--- End of ")
        case 0x3C: return line.starts("<asynchronous suspension>")
        default: return isPlace(line)
        }
    }

    /// A frame that begins with the path of a program or a file: of glibc and Ruby.
    private static func isPlace(_ line: Substring) -> Bool {
        if line.utf8.last == 0x5D { return line.contains("[0x") && NativeTrace.frame(line) != nil }
        return line.contains(":in ") && RubyTrace.frame(line) != nil
    }

    /// With or without indentation: no message of a program looks like this.
    static func isSure(_ line: Substring) -> Bool {
        let text = line.trimmed
        guard line.indentation > 0 else {
            return isPart(text) && !text.starts("...") && !text.starts("DETAIL:") && text.utf8.count > 1
        }
        return text.starts("at ") && text.utf8.last == 0x29 || text.starts("File \"")
            || text.starts("from ") && RubyTrace.frame(text) != nil
            || text.starts("... ") && AtTrace.commonFrames(text) != nil || NumberedTrace.isFrame(text)
            || AtTrace.cause(text) != nil || text.contains(".go:") && text.contains(" +0x")
            || text.contains(".ex:") && ElixirTrace.frame(text) != nil
    }
}
