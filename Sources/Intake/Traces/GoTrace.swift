import Events

/// Go's panics and fatal errors: the goroutine that failed, which is printed first.
enum GoTrace {
    static func parse(_ lines: [Substring]) -> [ExceptionInfo] {
        var heads: [Substring] = []
        var frames: [StackFrame] = []
        var isInside = false
        var signal: Substring?
        for (index, line) in lines.enumerated() where frames.count < TraceLimits.printedFrames {
            let text = line.trimmed
            if text.starts("goroutine "), text.ends(":") {
                if isInside { break }
                if heads.isEmpty, let signal { heads = [signal] }
                isInside = true
            } else if isInside {
                if text.isEmpty, !frames.isEmpty { break }
                if line.indentation == 0, let frame = frame(text, place: place(lines, index + 1)) {
                    frames.append(frame)
                }
            } else if isHead(text) {
                heads.append(text)
            } else if text.starts("SIG"), text.contains(": ") {
                signal = text
            }
        }
        guard isInside else { return [] }
        let newestFirst = frames
        let (type, message) = typeAndMessage(of: heads)
        return [ExceptionInfo(type: type, message: message, frames: newestFirst.reversed())]
    }

    /// Pairs of a function's line and an indented place, without a goroutine's line: zap and pkg/errors print so.
    static func parsePairs(_ lines: [Substring]) -> [ExceptionInfo] {
        var frames: [StackFrame] = []
        for (index, line) in lines.enumerated() where line.indentation == 0 {
            guard let place = place(lines, index + 1), place.file.ends(".go") || place.file.ends(".s"),
                let frame = frame(line.trimmed, place: place)
            else { continue }
            frames.append(frame)
        }
        return frames.isEmpty ? [] : [ExceptionInfo(type: nil, frames: frames.reversed())]
    }

    static func isHead(_ text: Substring) -> Bool {
        text.starts("panic: ") || text.starts("fatal error: ") || text.contains(": panic serving ")
            || text.starts("runtime error: ")
    }

    private static func place(_ lines: [Substring], _ index: Int) -> (file: Substring, line: Int?)? {
        guard index < lines.count, lines[index].indentation > 0 else { return nil }
        let text = lines[index].trimmed
        let location = fileLocation(text.split(at: " +0x")?.before ?? text)
        return location.line == nil ? nil : (location.file, location.line)
    }

    private static func frame(_ text: Substring, place: (file: Substring, line: Int?)?) -> StackFrame? {
        var call = text.after("created by ") ?? text
        if let inGoroutine = call.split(at: " in goroutine ") { call = inGoroutine.before }
        if call.utf8.last == 0x29, let arguments = call.utf8.lastIndex(of: 0x28), !call[..<arguments].isEmpty {
            call = call[..<arguments]
        }
        guard place != nil || text.utf8.last == 0x29, !call.isEmpty, !call.utf8.contains(0x20) else { return nil }
        // The package ends at the first dot behind the last slash.
        let slash = call.utf8.lastIndex(of: 0x2F) ?? call.startIndex
        let dot = call[slash...].utf8.firstIndex(of: 0x2E)
        return StackFrame(
            file: place.map { String($0.file) },
            function: dot.map { String(call[call.utf8.index(after: $0)...]) } ?? String(call),
            module: dot.map { String(call[..<$0]) }, line: place?.line,
            inApp: !LibraryCode.isGo(call, file: place?.file))
    }

    private static func typeAndMessage(of heads: [Substring]) -> (String?, String?) {
        guard let head = heads.last else { return ("panic", nil) }
        if let served = head.split(at: ": panic serving ") {
            return ("panic", String(served.after.split(at: ": ")?.after ?? served.after))
        }
        for (prefix, type) in [("panic: " as StaticString, "panic"), ("fatal error: ", "fatal error")] {
            if let message = head.after(prefix) { return (type, String(message)) }
        }
        return ("panic", String(head))
    }
}
