import Events

/// What a line looks like by itself: whether it begins a record or goes on with one.
enum LineShape {
    case json
    case header(LogLevel?)
    /// A trace that never belongs to the line before it: a panic, an uncaught exception.
    case crash
    /// Python's `Traceback (most recent call last):`.
    case traceback
    case continuation
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
        } else if format == .logfmt, Logfmt.parse(line, isExpected: true) != nil {
            self = .header(nil)
        } else if first == 0x20 || first == 0x09 {
            self = line.trimmed.isEmpty ? .blank : .continuation
        } else if line.starts("Traceback (most recent call last)") {
            self = .traceback
        } else if Self.isContinuation(line) {
            self = .continuation
        } else if Self.isCrash(line) {
            self = .crash
        } else if let header = TextHeader.parse(line, times: times) {
            self = header.isDetail ? .continuation : .header(header.level)
        } else {
            self = .plain
        }
    }

    /// Begins a record whatever stands before.
    var isStart: Bool {
        switch self {
        case .json, .header, .crash: true
        case .traceback, .continuation, .blank, .plain: false
        }
    }

    private static func isContinuation(_ line: Substring) -> Bool {
        AtTrace.cause(line) != nil || PythonTrace.isChainNote(line) || line.starts("... ")
            || line.starts("stack backtrace:")
            || line.starts("note: run with `RUST_BACKTRACE") || line.starts("note: Some details are omitted")
            || line.starts("goroutine ") && line.ends("]:") || line.starts("created by ") || line.starts("[signal ")
            || line == "}" || line.starts("DETAIL:") || line.starts("[recovered")
    }

    private static func isCrash(_ line: Substring) -> Bool {
        line.starts("thread '") && line.contains("panicked at ") || line.starts("panic: ")
            || line.starts("Exception in thread \"") || line.starts("fatal error: ") || line.starts("Uncaught ")
            || line.starts("Unhandled exception. ")
    }
}
