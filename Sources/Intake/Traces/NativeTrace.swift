import Events

/// What C and C++ programs print of themselves: uncaught exceptions, failed assertions, and lists of addresses from
/// glibc's `backtrace_symbols` or addr2line.
enum NativeTrace {
    static func parse(_ lines: [Substring]) -> [ExceptionInfo] {
        var exception = ExceptionInfo(type: nil)
        for line in lines {
            let text = line.trimmed
            if let type = text.after("terminate called after throwing an instance of '") {
                exception.type = String(type.prefix { $0 != "'" })
            } else if text.starts("terminate called ") {
                exception.type = "terminate"
            } else if let what = text.after("what(): "), exception.message == nil {
                exception.message = String(what.trimmed)
            } else if exception.type == nil, let assertion = assertion(text) {
                exception = assertion
            } else if let frame = frame(text), exception.frames.count < TraceLimits.printedFrames {
                exception.frames.append(frame)
            }
        }
        exception.frames.reverse()
        return exception.type == nil && exception.frames.isEmpty ? [] : [exception]
    }

    /// `orders: orders.c:5: price: Assertion `n > 0' failed.`
    static func assertion(_ text: Substring) -> ExceptionInfo? {
        guard text.ends(" failed."), let split = text.split(at: ": Assertion `") else { return nil }
        let words = split.before.split(separator: ":")
        guard words.count >= 3, let line = positiveNumber(words[2].trimmed) else { return nil }
        let frame = StackFrame(
            file: String(words[1].trimmed), function: words.count > 3 ? String(words[3].trimmed) : nil, line: line,
            inApp: true)
        return ExceptionInfo(type: "Assertion failed", message: String(split.after.dropLast(9)), frames: [frame])
    }

    /// `./orders(price+0x35) [0x401226]`, `0x401226: price at /src/orders.c:4`, `price at /src/orders.c:4`.
    static func frame(_ text: Substring) -> StackFrame? {
        if text.utf8.last == 0x5D, let address = text.split(atLast: 0x5B), address.after.starts("0x") {
            return symbols(address.before.trimmed)
        }
        guard let place = text.split(at: " at ") else { return nil }
        var name = place.before
        if name.starts("0x"), let colon = name.split(at: ": ") { name = colon.after }
        let location = fileLocation(place.after.split(at: " (discriminator")?.before ?? place.after)
        guard location.line != nil, !location.file.utf8.contains(0x20), name.utf8.first != 0x28,
            place.before.starts("0x")
        else { return nil }
        return StackFrame(
            file: String(location.file), function: String(name), line: location.line,
            inApp: !LibraryCode.isNative(name, file: location.file, module: nil))
    }

    private static func symbols(_ text: Substring) -> StackFrame? {
        guard text.utf8.last == 0x29, let open = text.split(at: "("), !open.before.utf8.contains(0x20) else {
            return nil
        }
        let name = (open.after.split(at: "+0x")?.before ?? open.after.dropLast())
        let module = open.before
        return StackFrame(
            function: name.isEmpty ? nil : String(name), module: String(module),
            inApp: !LibraryCode.isNative(name, file: nil, module: module))
    }
}
