import Events

/// Reports of the Linux kernel: oopses, warnings, panics, reports of the lock checker, on any processor.
enum KernelTrace {
    static func parse(_ lines: [Substring]) -> [ExceptionInfo] {
        var exception = ExceptionInfo(type: nil)
        var isInTrace = false
        var instruction: StackFrame?
        // Calls outside any trace: reports of the lock checker may have nothing else.
        var loose: [StackFrame] = []
        var isLooseOver = false
        for line in lines {
            let payload = KernelReport.payload(line) ?? line
            let text = payload.trimmed
            if let (type, message) = head(text), exception.type == nil || isWeak(exception.type) && type != "INFO" {
                (exception.type, exception.message) = (type, message)
            }
            if isTraceStart(text) {
                isInTrace = exception.frames.isEmpty
            } else if let frame = pair(text) {
                if exception.frames.count < TraceLimits.printedFrames { exception.frames.append(frame) }
            } else if isInTrace {
                if let frame = frame(text) {
                    if exception.frames.count < TraceLimits.printedFrames { exception.frames.append(frame) }
                } else if !exception.frames.isEmpty, !text.isEmpty, payload.indentation == 0, !isMark(text) {
                    isInTrace = false
                }
            } else if let frame = text.starts("[<") ? frame(text) : nil {
                if !isLooseOver, loose.count < TraceLimits.printedFrames { loose.append(frame) }
            } else {
                if !loose.isEmpty { isLooseOver = true }
                instruction = instruction ?? instructionPointer(text)
            }
        }
        if exception.frames.isEmpty { exception.frames = loose }
        guard exception.type != nil || !exception.frames.isEmpty else { return [] }
        // Where the processor stood is the newest frame; warnings print it again among the frames.
        if let instruction, !exception.frames.contains(where: { $0.function == instruction.function }) {
            exception.frames.insert(instruction, at: 0)
        }
        exception.frames.reverse()
        return [exception]
    }

    /// What kind of report begins here, and what it says.
    static func head(_ text: Substring) -> (type: String, message: String?)? {
        for (prefix, type) in heads {
            guard let rest = text.after(prefix) else { continue }
            return (type, String(rest.trimmed))
        }
        for (prefix, type) in bracketed {
            guard let rest = text.after(prefix) else { continue }
            return (type, String(rest.utf8.last == 0x5D ? rest.dropLast().trimmed : rest))
        }
        return nil
    }

    private static let heads: [(StaticString, String)] = [
        ("kernel BUG at ", "kernel BUG"), ("BUG: ", "BUG"), ("BUG ", "BUG"),
        ("Kernel panic - not syncing: ", "Kernel panic"),
        ("Unable to handle kernel ", "Oops"), ("Internal error: ", "Oops"), ("Oops: ", "Oops"),
        ("general protection fault", "general protection fault"), ("invalid opcode: ", "invalid opcode"),
        ("divide error: ", "divide error"), ("stack segment: ", "stack segment"), ("double fault: ", "double fault"),
        ("WARNING: ", "WARNING"), ("NMI watchdog: BUG: ", "BUG"), ("watchdog: BUG: ", "BUG"), ("INFO: ", "INFO"),
        ("NMI backtrace ", "NMI backtrace"),
    ]
    private static let bracketed: [(StaticString, String)] = [("[ BUG: ", "BUG"), ("[ INFO: ", "INFO")]

    /// Said before or after the real cause of the same report.
    private static func isWeak(_ type: String?) -> Bool { type == "invalid opcode" || type == "INFO" }

    static func isTraceStart(_ text: Substring) -> Bool {
        text.starts("Call Trace:") || text.starts("Call trace:") || text.starts("Backtrace:")
            || text.starts("stack backtrace:") || text.starts("Call Backtrace")
    }

    private static func isMark(_ text: Substring) -> Bool {
        text.utf8.first == 0x3C && text.utf8.last == 0x3E || text.starts("===") || text.starts("---")
            || text.starts("r")
    }

    /// `[<ffff>] ? name+0x1/0x2 [module]`, `name+0x1/0x2`, `[c000] [c001] .name+0x1/0x2`, with `<IRQ>` before it.
    static func frame(_ text: Substring) -> StackFrame? {
        var rest = text
        if rest.utf8.first == 0x3C, let close = rest.split(at: "> ") { rest = close.after.trimmed }
        // `([<00f1>] name…`, of s390.
        if rest.starts("([<") { rest = rest.dropFirst() }
        while rest.utf8.first == 0x5B, let close = rest.split(at: "]"), isAddress(close.before.dropFirst()) {
            rest = close.after.trimmed
        }
        if let sure = rest.after("? ") { rest = sure }
        return named(rest)
    }

    private static func named(_ text: Substring) -> StackFrame? {
        guard let offset = text.split(at: "+0x") else { return nil }
        var name = offset.before
        if name.utf8.first == 0x28 { name = name.dropFirst() }
        if name.utf8.first == 0x2E { name = name.dropFirst() }
        guard !name.isEmpty, !name.utf8.contains(0x20), name.utf8.contains(where: \.isLetter) else { return nil }
        var module: Substring?
        if let open = offset.after.split(at: " ["), let close = open.after.split(at: "]") { module = close.before }
        return StackFrame(function: String(name), module: module.map(String.init))
    }

    /// ARM: `[<c0014bd0>] (unwind+0x0/0xf4) from [<c005f9c0>] (caller+0x1/0x2)`: the left one is the frame.
    private static func pair(_ text: Substring) -> StackFrame? {
        guard text.starts("[<"), let from = text.split(at: " from [<"), let open = from.before.split(at: "] (") else {
            return nil
        }
        let name = (open.after.split(at: "+0x")?.before ?? open.after).prefix { $0 != ")" }
        return name.isEmpty ? nil : StackFrame(function: String(name))
    }

    /// `RIP: 0010:name+0x1/0x2 [module]`, `RIP: 0010:[<ffff>]  [<ffff>] name+0x1`, `EIP is at name+0x1`, `pc : name+0x1`,
    /// `PC is at name+0x1`, `NIP [c000] .name+0x1`.
    private static func instructionPointer(_ text: Substring) -> StackFrame? {
        if let rest = text.after("RIP: ") ?? text.after("RIP  ") {
            let code = rest.split(at: ":").map { $0.before.utf8.count == 4 ? $0.after : rest } ?? rest
            return frame(code.trimmed)
        }
        guard
            let rest = text.after("EIP is at ") ?? text.after("PC is at ") ?? text.after("pc : ")
                ?? text.after("NIP ") ?? text.after("IP is at ") ?? text.after("EIP: ")
        else { return nil }
        return frame(rest.trimmed)
    }

    private static func isAddress(_ text: Substring) -> Bool {
        let bare = text.utf8.first == 0x3C ? text.dropFirst() : text
        let digits = bare.utf8.last == 0x3E ? bare.dropLast() : bare
        return digits.utf8.count >= 8 && digits.utf8.allSatisfy { $0.isDigit || ($0 | 0x20) &- 0x61 < 6 }
    }
}
