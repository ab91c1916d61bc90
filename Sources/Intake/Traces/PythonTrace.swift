import Events

/// Python's tracebacks, with chains (`During handling…`, `The above exception was the direct cause…`).
enum PythonTrace {
    /// What is being read of one traceback.
    private struct Reading {
        var frames: [StackFrame] = []
        var head: String?
        var isOpen = false
    }

    static func parse(_ lines: [Substring]) -> [ExceptionInfo] {
        var chain: [ExceptionInfo] = []
        var reading = Reading()
        for line in lines {
            let text = line.trimmed
            if text.contains("Traceback (most recent call last)") {
                finish(&reading, into: &chain)
                reading.isOpen = true
            } else if let frame = frame(text) {
                reading.isOpen = true
                reading.frames.append(frame)
            } else if isChainNote(text) {
                finish(&reading, into: &chain)
            } else if reading.isOpen {
                read(line, text, into: &reading)
            }
        }
        finish(&reading, into: &chain)
        // Printed innermost first: the last one is what the program saw.
        return chain.reversed()
    }

    static func isChainNote(_ text: Substring) -> Bool {
        text.starts("During handling of the above exception") || text.starts("The above exception was the direct cause")
    }

    static func frame(_ text: Substring) -> StackFrame? {
        guard let rest = text.after("File \""), let file = rest.split(at: "\", line ") else { return nil }
        let number = file.after.prefix { $0.isASCII && $0.isNumber }
        let function = file.after.split(at: ", in ")?.after
        return StackFrame(
            file: String(file.before), function: function.map(String.init), line: positiveNumber(number),
            inApp: !LibraryCode.isPython(file.before))
    }

    private static func read(_ line: Substring, _ text: Substring, into reading: inout Reading) {
        if text.isEmpty { return }
        if reading.head == nil, line.indentation >= 2 {
            // The source line below a frame; rows of ^^^^ point into it.
            guard let last = reading.frames.indices.last, reading.frames[last].context == nil,
                !text.utf8.allSatisfy({ $0 == 0x5E || $0 == 0x7E || $0 == 0x20 })
            else { return }
            reading.frames[last].context = FrameContext(line: String(text))
        } else if reading.head == nil {
            reading.head = String(text)
        } else if (reading.head?.utf8.count ?? 0) < TraceLimits.message, !reading.frames.isEmpty {
            reading.head? += "\n" + line
        }
    }

    private static func finish(_ reading: inout Reading, into chain: inout [ExceptionInfo]) {
        if !reading.frames.isEmpty || reading.head != nil {
            let (type, message) = typeAndMessage((reading.head ?? "")[...])
            chain.append(ExceptionInfo(type: type, message: message, frames: reading.frames))
        }
        reading = Reading()
    }
}
