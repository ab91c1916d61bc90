import Events

/// Rust's panics, in the form before 1.73 (message in quotes before the place) and since, with or without backtrace;
/// and the reports of anyhow, eyre and color-eyre, which list causes before the frames.
struct RustTrace {
    /// What the lines at hand are.
    private enum Section { case message, causes, frames, spans, place }

    private var exception = ExceptionInfo(type: nil)
    private var panicPlace: Substring?
    private var message: [Substring] = []
    private var causes: [String] = []
    private var section = Section.message
    private var isReport = false
    /// What anyhow prints above the causes.
    private var outer: Substring?
    /// Something tells where the message ends: without it only its first line is believed, and indented ones.
    private var isClosed = false

    static func parse(_ lines: [Substring]) -> [ExceptionInfo] {
        var trace = RustTrace()
        for line in lines { trace.read(line, line.trimmed) }
        return trace.finished()
    }

    /// `   3: core::panicking::panic_fmt`.
    static func isFrame(_ text: Substring) -> Bool { function(text)?.contains("::") == true }

    private mutating func read(_ line: Substring, _ text: Substring) {
        if panicPlace == nil, let panicked = text.split(at: "panicked at ") {
            (panicPlace, message) = Self.head(panicked.after)
        } else if let next = sectionStart(text) {
            (section, isClosed) = (next, true)
        } else if section == .frames || section == .message && message.isEmpty, Self.isNumbered(text),
            let function = Self.function(text)
        {
            section = .frames
            addFrame(function)
        } else if section == .frames {
            if let place = text.after("at "), let last = exception.frames.indices.last {
                Self.setPlace(place, of: &exception.frames[last])
            }
        } else if section == .causes, !text.isEmpty {
            addCause(text)
        } else if section == .place, panicPlace == nil, !text.isEmpty {
            panicPlace = text
        } else if text.starts("note: ") {
            isClosed = true
        } else if section == .message, !text.isEmpty || message.isEmpty {
            if panicPlace != nil || isReport { message.append(line) } else { outer = outer ?? text }
        }
    }

    private mutating func addFrame(_ function: Substring) {
        guard exception.frames.count < TraceLimits.printedFrames else { return }
        exception.frames.append(
            StackFrame(function: String(function), inApp: !LibraryCode.isRust(function, file: nil)))
    }

    private mutating func sectionStart(_ text: Substring) -> Section? {
        if text.starts("stack backtrace:") || text.starts("Stack backtrace:") { return .frames }
        if text.contains(" BACKTRACE "), text.ends("\u{2501}") { return .frames }
        if text.contains(" SPANTRACE "), text.ends("\u{2501}") { return .spans }
        if text == "Error:" || text == "Caused by:" {
            isReport = true
            if let outer, causes.isEmpty { causes = [String(outer.after("Error: ") ?? outer)] }
            return .causes
        }
        if text.starts("The application panicked") {
            isReport = true
            return .message
        }
        if text.starts("Message:  ") {
            message = [text.dropFirst(8).trimmed]
            return .spans
        }
        if let place = text.after("Location:") {
            if !place.isEmpty { panicPlace = place.trimmed }
            return .place
        }
        return nil
    }

    private mutating func addCause(_ text: Substring) {
        guard causes.count < TraceLimits.exceptions else { return }
        let numbered = text.split(at: ": ")
        let isNumbered = numbered.map { $0.before.utf8.allSatisfy(\.isDigit) } ?? false
        // A single cause has no number.
        if isNumbered || causes.count <= (outer == nil ? 0 : 1) {
            causes.append(String(isNumbered ? numbered?.after.trimmed ?? text : text))
        } else if causes[causes.count - 1].utf8.count < TraceLimits.message {
            causes[causes.count - 1] += "\n" + text
        }
    }

    private mutating func finished() -> [ExceptionInfo] {
        guard panicPlace != nil || !exception.frames.isEmpty || !causes.isEmpty else { return [] }
        exception.frames.reverse()
        if let place = panicPlace { addPanicPlace(place) }
        if !isReport || !message.isEmpty && causes.isEmpty {
            exception.type = panicPlace == nil && !isReport ? nil : "panic"
            exception.message = messageText
            return [exception]
        }
        // An error with its causes: the frames are those of the innermost.
        var chain = causes.map { ExceptionInfo(type: nil, message: $0) }
        if chain.isEmpty { chain = [ExceptionInfo(type: nil)] }
        chain[chain.count - 1].frames = exception.frames
        return outer == nil && chain.allSatisfy { $0.message?.isEmpty ?? true && $0.frames.isEmpty } ? [] : chain
    }

    private var messageText: String? {
        var lines = message
        if !isClosed { lines = lines.prefix(1) + lines.dropFirst().prefix { $0.indentation > 0 } }
        return lines.isEmpty ? nil : lines.map { $0.trimmed }.joined(separator: "\n")
    }

    private static func isNumbered(_ text: Substring) -> Bool { text.utf8.first?.isDigit == true }

    private static func function(_ text: Substring) -> Substring? {
        guard let colon = text.split(at: ": "), positiveNumber(colon.before) != nil || colon.before == "0",
            colon.after.contains("::") || !colon.after.trimmed.utf8.contains(0x20)
        else { return nil }
        var name = colon.after.trimmed
        // `0x7f… - name` in full backtraces.
        if name.starts("0x"), let plain = name.split(at: " - ") { name = plain.after }
        return name.isEmpty ? nil : withoutHashes(name)
    }

    /// Without what tells builds apart: `::h` and 16 digits at the end, `[16 digits]` behind a crate's name.
    private static func withoutHashes(_ name: Substring) -> Substring {
        var name = name
        if let hash = name.utf8.lastIndex(of: 0x68), name.utf8.distance(from: hash, to: name.endIndex) == 17,
            name[..<hash].ends("::"), isHexadecimal(name[name.utf8.index(after: hash)...])
        {
            name = name[..<hash].dropLast(2)
        }
        guard name.utf8.contains(0x5B) else { return name }
        var kept: [UInt8] = []
        var rest = name
        while let open = rest.split(at: "["), let close = open.after.split(at: "]") {
            kept += open.before.utf8
            if close.before.utf8.count < 14 || !isHexadecimal(close.before) {
                kept += [0x5B] + Array(close.before.utf8) + [0x5D]
            }
            rest = close.after
        }
        return String(decoding: kept + Array(rest.utf8), as: UTF8.self)[...]
    }

    private static func isHexadecimal(_ text: Substring) -> Bool {
        text.utf8.allSatisfy { $0.isDigit || $0 &- 0x61 < 6 }
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
    private mutating func addPanicPlace(_ place: Substring) {
        let location = fileLocation(place)
        guard location.line != nil else { return }
        let file = String(location.file.after("./") ?? location.file)
        // The panic names the file as the compiler was given it, full backtraces by its whole path.
        let isKnown = exception.frames.contains {
            $0.line == location.line && ($0.file == file || $0.file?.hasSuffix("/" + file) == true)
        }
        if isKnown { return }
        exception.frames.append(
            StackFrame(
                file: file, line: location.line, column: location.column,
                inApp: !LibraryCode.isRust("", file: location.file)))
    }
}
