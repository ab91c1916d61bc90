import Events

/// Ruby's errors, newest frame first: `file:3:in 'method': message (Type)` and `from …` below, or a list of
/// `file:3:in 'method'` under `Type (message):` as Rails logs them.
struct RubyTrace {
    private struct Printed {
        var type: String?
        var message: String
        var frames: [StackFrame] = []
        /// The message goes on until `(Type)` closes it.
        var isOpen = false
    }

    private var printed: [Printed] = []
    private var head: Substring?

    static func parse(_ lines: [Substring]) -> [ExceptionInfo] {
        var trace = RubyTrace()
        for line in lines where trace.printed.count < TraceLimits.printedExceptions {
            trace.read(untagged(line.trimmed))
        }
        // Causes are printed below: outermost first already.
        return trace.printed.filter { !$0.frames.isEmpty }.map {
            ExceptionInfo(type: $0.type, message: $0.message.isEmpty ? nil : $0.message, frames: $0.frames.reversed())
        }
    }

    /// `path:3:in 'method'`, with `from` before it or a gem's name and version.
    static func frame(_ text: Substring) -> StackFrame? {
        guard let (frame, rest) = place(text.after("from ") ?? untagged(text)), rest.isEmpty else { return nil }
        return frame
    }

    /// Without Rails' tags: `[b1946ac9] [kim] app/…`.
    private static func untagged(_ text: Substring) -> Substring {
        var rest = text
        while rest.utf8.first == 0x5B, let tag = rest.split(at: "]"), tag.before.utf8.count < 80 {
            rest = tag.after.trimmed
        }
        return rest
    }

    /// `path:3:in 'method': message`.
    static func head(_ text: Substring) -> (frame: StackFrame, message: Substring)? {
        guard let (frame, rest) = place(text), let message = rest.after(": ") else { return nil }
        return (frame, message)
    }

    /// The error was raised while another was rescued: that one is printed below.
    static func isRescue(_ text: Substring) -> Bool { text.contains("rescue in ") || text.contains("ensure in ") }

    private static func place(_ text: Substring) -> (StackFrame, rest: Substring)? {
        guard let split = text.split(at: ":in `") ?? text.split(at: ":in '") else { return nil }
        let location = fileLocation(split.before)
        guard let line = location.line, !location.file.isEmpty else { return nil }
        var file = location.file
        // `actionpack (5.1.4) lib/…`: Rails names the gem before the path.
        var isGem = false
        if let gem = file.split(at: ") "), gem.before.contains(" (") { (file, isGem) = (gem.after, true) }
        guard !file.utf8.contains(0x20), let end = closingQuote(split.after) else { return nil }
        let method = split.after[..<end]
        let frame = StackFrame(
            file: String(file.after("./") ?? file), function: String(method), line: line,
            inApp: !isGem && !LibraryCode.isRuby(file))
        return (frame, split.after[split.after.utf8.index(after: end)...])
    }

    /// The quote behind which the text ends or the message begins: names of operators hold quotes themselves.
    private static func closingQuote(_ text: Substring) -> Substring.Index? {
        if let message = text.find("': ") { return message }
        return text.utf8.last == 0x27 ? text.utf8.index(before: text.endIndex) : nil
    }

    private mutating func read(_ text: Substring) {
        if !text.starts("from "), let (frame, message) = Self.head(text) {
            let (words, type) = Self.typed(message)
            printed.append(
                Printed(type: type, message: String(words), frames: [frame], isOpen: type == nil))
        } else if let frame = Self.frame(text) {
            if printed.isEmpty {
                let (type, message) = rails(head ?? "")
                printed.append(Printed(type: type, message: message ?? ""))
            }
            let last = printed.count - 1
            printed[last].isOpen = false
            if printed[last].frames.count < TraceLimits.printedFrames { printed[last].frames.append(frame) }
        } else if let last = printed.indices.last, printed[last].isOpen {
            let (words, type) = Self.typed(text)
            if printed[last].message.utf8.count < TraceLimits.message { printed[last].message += "\n" + words }
            (printed[last].type, printed[last].isOpen) = (type, type == nil)
        } else if printed.isEmpty, !text.isEmpty {
            head = text
        }
    }

    /// `message (Type)`.
    private static func typed(_ text: Substring) -> (Substring, String?) {
        guard text.utf8.last == 0x29, let open = text.utf8.lastIndex(of: 0x28) else { return (text, nil) }
        let name = text[text.utf8.index(after: open)...].dropLast()
        guard isTypeName(name[...]) || name.contains("::"), !name.utf8.contains(0x20) else { return (text, nil) }
        return (text[..<open].trimmed, String(name))
    }

    /// `Type (message):`, else `Type: message`.
    private func rails(_ head: Substring) -> (type: String?, message: String?) {
        var text = head
        if text.utf8.last == 0x3A { text = text.dropLast() }
        if text.utf8.last == 0x29, let open = text.split(at: " ("), !open.before.utf8.contains(0x20) {
            return (String(open.before), String(open.after.dropLast()))
        }
        return typeAndMessage(text)
    }
}
