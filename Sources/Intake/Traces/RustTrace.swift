import Events

/// Rust's panics, in the form before 1.73 (message in quotes before the place) and since, with or without backtrace.
enum RustTrace {
    static func parse(_ lines: [Substring]) -> [ExceptionInfo] {
        var exception = ExceptionInfo(type: "panic")
        var (panicPlace, message): (Substring?, [Substring]) = (nil, [])
        var isInBacktrace = false
        for line in lines {
            let text = line.trimmed
            if panicPlace == nil, let panicked = text.split(at: "panicked at ") {
                (panicPlace, message) = head(panicked.after)
            } else if text.starts("stack backtrace:") || text.starts("Stack backtrace:") {
                isInBacktrace = true
            } else if let function = function(text), isInBacktrace || panicPlace == nil {
                exception.frames.append(
                    StackFrame(function: String(function), inApp: !LibraryCode.isRust(function, file: nil)))
            } else if let place = text.after("at "), let last = exception.frames.indices.last {
                setPlace(place, of: &exception.frames[last])
            } else if panicPlace != nil, !isInBacktrace, !text.starts("note: "), !text.isEmpty || message.isEmpty {
                message.append(text)
            }
        }
        guard panicPlace != nil || !exception.frames.isEmpty else { return [] }
        exception.frames.reverse()
        exception.message = message.isEmpty ? nil : message.joined(separator: "\n")
        if let place = panicPlace { addPanicPlace(place, to: &exception) }
        return [exception]
    }

    /// `   3: core::panicking::panic_fmt`.
    static func isFrame(_ text: Substring) -> Bool { function(text) != nil }

    private static func function(_ text: Substring) -> Substring? {
        guard let colon = text.split(at: ": "), positiveNumber(colon.before) != nil || colon.before == "0",
            colon.after.contains("::") || !colon.after.utf8.contains(0x20)
        else { return nil }
        let name = colon.after.trimmed
        // `0x7f… - name` in full backtraces.
        if name.starts("0x"), let plain = name.split(at: " - ") { return plain.after }
        return name.isEmpty ? nil : name
    }

    /// Old: `'message', src/main.rs:4:6`; new: `src/main.rs:4:6:` and the message on the next line.
    private static func head(_ text: Substring) -> (place: Substring, message: [Substring]) {
        if text.utf8.first == 0x27, let end = text.utf8.lastIndex(of: 0x27), end > text.startIndex {
            let message = text[text.utf8.index(after: text.startIndex)..<end]
            let place = text[text.utf8.index(after: end)...]
            return ((place.after(", ") ?? place).trimmed, [message])
        }
        return (text.ends(":") ? text.dropLast() : text, [])
    }

    private static func setPlace(_ place: Substring, of frame: inout StackFrame) {
        let location = fileLocation(place.after("file://") ?? place)
        guard frame.file == nil, location.line != nil else { return }
        let path = location.file.after("./") ?? location.file
        (frame.file, frame.line, frame.column) = (String(path), location.line, location.column)
        if LibraryCode.isRust("", file: location.file) { frame.inApp = false }
    }

    /// The place of the panic is a frame of its own where no backtrace names it.
    private static func addPanicPlace(_ place: Substring, to exception: inout ExceptionInfo) {
        let location = fileLocation(place)
        guard location.line != nil else { return }
        let file = String(location.file.after("./") ?? location.file)
        if exception.frames.contains(where: { $0.file == file && $0.line == location.line }) { return }
        exception.frames.append(
            StackFrame(
                file: file, line: location.line, column: location.column,
                inApp: !LibraryCode.isRust("", file: location.file)))
    }
}
