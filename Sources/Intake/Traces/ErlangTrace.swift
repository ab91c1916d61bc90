import Events

/// Erlang's errors, newest frame first: stacks as terms, `{mod,fun,2,[{file,"src/mod.erl"},{line,42}]}`, and as crash
/// reports print them, `in function  mod:fun/2 (src/mod.erl, line 42)` (https://www.erlang.org/doc/apps/sasl/).
struct ErlangTrace {
    private var exception: ExceptionInfo?
    private var frames: [StackFrame] = []

    static func parse(_ lines: [Substring]) -> [ExceptionInfo] {
        var trace = ErlangTrace()
        for line in lines { trace.read(line.trimmed) }
        guard trace.exception != nil || !trace.frames.isEmpty else { return [] }
        var exception = trace.exception ?? ExceptionInfo(type: nil)
        exception.frames = trace.frames.reversed()
        return [exception]
    }

    /// Whether the line holds a part of a stack.
    static func isPart(_ text: Substring) -> Bool { text.contains(",[{file,\"") || report(text) != nil }

    private mutating func read(_ text: Substring) {
        if let error = text.after("exception error: ") ?? text.after("exception exit: ")
            ?? text.after("exception throw: ")
        {
            let kind = text.dropFirst("exception ".utf8.count).prefix { $0 != ":" }
            if exception == nil {
                exception = ExceptionInfo(type: String(kind), message: clip(String(error), to: 1024))
            }
        } else if let frame = Self.report(text) {
            append(frame)
        } else if text.contains(",[{file,\"") || exception == nil && text.contains(",[{") {
            readTerms(text)
        }
    }

    private mutating func append(_ frame: StackFrame) {
        if frames.count < TraceLimits.printedFrames { frames.append(frame) }
    }

    /// `in function  mod:fun/2 (src/mod.erl, line 42)`, `in call from mod:fun/2 (…)`.
    static func report(_ text: Substring) -> StackFrame? {
        guard let call = (text.after("in function ") ?? text.after("in call from "))?.trimmed,
            let open = call.split(at: " ("), let place = open.after.split(at: ", line ")
        else { return nil }
        let name = open.before.trimmed
        let function = name.split(at: ":")
        return frame(
            module: function?.before, function: function?.after ?? name, file: place.before,
            line: place.after.prefix { $0.isASCII && $0.isNumber })
    }

    /// The entries of a stack that stand in one line; what stands before the first is the reason.
    private mutating func readTerms(_ text: Substring) {
        var rest = text
        var isFirst = true
        while let split = rest.split(at: ",[{file,\"") {
            let open = split.before.split(atLast: 0x7B)
            let parts = open?.after.split(separator: ",", omittingEmptySubsequences: false) ?? []
            if isFirst, exception == nil, let before = open?.before { exception = Self.reason(before) }
            isFirst = false
            rest = split.after
            guard parts.count >= 3, let file = rest.split(at: "\"}") else { continue }
            rest = file.after
            let line = rest.after(",{line,")?.prefix { $0.isASCII && $0.isNumber } ?? ""
            append(
                Self.frame(
                    module: parts[parts.count - 3], function: parts[parts.count - 2] + "/" + parts[parts.count - 1],
                    file: file.before, line: line))
        }
    }

    /// `** {badarith,[` or `reason: {{badmatch,none},[`: its first word.
    private static func reason(_ text: Substring) -> ExceptionInfo? {
        let start = text.splitLast("{{")?.after ?? text.split(at: "{")?.after ?? text
        let word = start.prefix { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "_") }
        guard let first = word.utf8.first, first.isLetter, word.utf8.count <= 64 else { return nil }
        return ExceptionInfo(type: String(word))
    }

    private static func frame(
        module: Substring?, function: Substring, file: Substring, line: Substring
    ) -> StackFrame {
        let name = file.split(atLast: 0x2F)?.after ?? file
        let isLibrary = libraries.contains(String(name)) || file.starts("erlang/") || file.contains("/lib/erlang/")
        return StackFrame(
            file: clip(String(file), to: 1024), function: clip(String(function), to: 256),
            module: module.map { clip(String($0), to: 256) }, line: positiveNumber(line), inApp: !isLibrary)
    }

    private static let libraries: Set<String> = [
        "gen_server.erl", "gen_statem.erl", "gen_event.erl", "gen_fsm.erl", "proc_lib.erl", "supervisor.erl", "gen.erl",
        "lists.erl", "maps.erl", "erl_eval.erl", "application_master.erl", "timer.erl", "ets.erl", "io.erl",
        "gen_tcp.erl",
        "cowboy_handler.erl", "cowboy_stream_h.erl", "ranch_protocol.erl", "sys.erl", "erlang.erl", "init.erl",
    ]
}
