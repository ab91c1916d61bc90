import Events

/// Exceptions inside structured lines: a printed trace in a field, or an object that names type and message.
extension StructuredEvent {
    mutating func readExceptions() -> [ExceptionInfo] {
        let type = fields.text(.errorType)
        let listed = listedExceptions()
        if !listed.isEmpty { return listed }
        for entry in fields.candidates(.trace) {
            guard case .text(let text) = fields.value(entry), text.utf8.contains(0x0A) || text[...].contains("at ")
            else { continue }
            var exceptions = Trace.parse(text)
            guard !exceptions.isEmpty else { continue }
            fields.markRead(entry)
            let message = fields.text(.exceptionMessage)
            if exceptions[0].type == nil { exceptions[0].type = type }
            if exceptions[0].message == nil { exceptions[0].message = message ?? plainError() }
            return exceptions
        }
        var printed = printedInParts()
        if !printed.isEmpty {
            if printed[0].type == nil { printed[0].type = type }
            if printed[0].message == nil { printed[0].message = fields.text(.exceptionMessage) ?? plainError() }
            return printed
        }
        let normalized = normalizedByMonolog()
        if !normalized.isEmpty { return normalized }
        guard let type else { return inMessage() }
        return [ExceptionInfo(type: type, message: fields.text(.exceptionMessage) ?? plainError())]
    }

    private static let monologFile = FieldName("context.exception.file")

    /// Monolog's `context.exception: {class, message, file: "a.php:3", trace: ["b.php:5", …], previous: {…}}`: newest
    /// calls first, outermost exception first.
    private mutating func normalizedByMonolog() -> [ExceptionInfo] {
        guard fields.has(Self.monologFile) else { return [] }
        var (base, exceptions): (String, [ExceptionInfo]) = ("context.exception", [])
        while exceptions.count < TraceLimits.exceptions, let type = fields.value(base + ".class")?.text {
            var newestFirst = [fields.value(base + ".file")?.text].compactMap(\.self)
            while newestFirst.count < TraceLimits.frames,
                let place = fields.value("\(base).trace.\(newestFirst.count - 1)")?.text
            {
                newestFirst.append(place)
            }
            let frames = newestFirst.reversed().map { place in
                let (file, line, _) = fileLocation(place[...])
                return StackFrame(file: String(file), line: line, inApp: !place.contains("/vendor/"))
            }
            exceptions.append(ExceptionInfo(type: type, message: fields.value(base + ".message")?.text, frames: frames))
            base += ".previous"
        }
        fields.markRead(below: "context.exception.")
        return exceptions
    }

    private static let plainErrors = ["error", "fields.error"].map(FieldName.init)
    private static let firstException = FieldName("exception.0")
    private static let firstType = FieldName("exception.0.exctype")

    /// A trace as the message itself, as programs write it that log to a collector.
    private func inMessage() -> [ExceptionInfo] {
        guard let entry = fields.entry(.message) else { return [] }
        guard fields.mayHoldLines(entry) else { return [] }
        let message = fields.text(entry)
        return message[...].contains("\n") ? Trace.parse(message) : []
    }

    /// Objects and lists in which the parts of a trace may stand.
    private static let traceParents = Set(
        FieldRole.trace.scopes.flatMap { scope in Names.trace.map { FieldName(scope + $0) } })

    /// A trace as a list of its lines (`"stack": ["Error: …", "    at …"]`) or of its frames, newest first
    /// (`"extendedStackTrace": [{"class", "method", "file", "line"}]` of log4j).
    private mutating func printedInParts() -> [ExceptionInfo] {
        guard fields.hasParent(among: Self.traceParents) else { return [] }
        for scope in FieldRole.trace.scopes {
            for name in Names.trace where fields.hasScope(scope + name + ".") {
                let base = scope + name
                let exceptions = lines(below: base).map(Trace.parse(_:)) ?? frames(below: base).map { [$0] } ?? []
                guard !exceptions.isEmpty else { continue }
                fields.markRead(below: base + ".")
                return exceptions
            }
        }
        return []
    }

    private func lines(below base: String) -> String? {
        var lines: [String] = []
        while lines.count < TraceLimits.printedFrames, let line = fields.value("\(base).\(lines.count)")?.text {
            lines.append(line)
        }
        return lines.isEmpty ? nil : lines.joined(separator: "\n")
    }

    private mutating func frames(below base: String) -> ExceptionInfo? {
        var newestFirst: [StackFrame] = []
        while newestFirst.count < TraceLimits.frames {
            let frame = "\(base).\(newestFirst.count)."
            let type = fields.text([frame + "class", frame + "classname", frame + "declaringclass"], in: [""])
            guard
                let method = fields.text(
                    [frame + "method", frame + "methodname", frame + "func", frame + "function"], in: [""])
            else { break }
            let line = fields.text([frame + "line", frame + "linenumber"], in: [""]).flatMap { positiveNumber($0[...]) }
            // zerolog's frames have a function and the name of a file without its folder.
            newestFirst.append(
                StackFrame(
                    file: fields.text([frame + "file", frame + "filename", frame + "source"], in: [""]),
                    function: method, module: type, line: line, inApp: type.map { !LibraryCode.isJVM($0[...]) }))
        }
        guard !newestFirst.isEmpty else { return nil }
        let type = fields.text(Names.errorType, in: ["", "extra."])
        return ExceptionInfo(
            type: type, message: fields.text(Names.exceptionMessage, in: ["", "extra."]),
            frames: newestFirst.reversed())
    }

    private func plainError() -> String? {
        Self.plainErrors.lazy.compactMap { fields.value($0)?.text }.first
    }

    /// structlog's `exception: [{exc_type, exc_value, frames: [{filename, lineno, name}]}]`: outermost first.
    private mutating func listedExceptions() -> [ExceptionInfo] {
        guard fields.hasParent(Self.firstException), fields.has(Self.firstType) else { return [] }
        var exceptions: [ExceptionInfo] = []
        while exceptions.count < TraceLimits.exceptions {
            let base = "exception.\(exceptions.count)."
            guard let type = fields.text([base + "exctype"], in: [""]) else { break }
            var exception = ExceptionInfo(type: type, message: fields.text([base + "excvalue"], in: [""]))
            while exception.frames.count < TraceLimits.frames {
                let frame = base + "frames.\(exception.frames.count)."
                guard let file = fields.text([frame + "filename"], in: [""]) else { break }
                let line = fields.text([frame + "lineno"], in: [""]).flatMap { positiveNumber($0[...]) }
                exception.frames.append(
                    StackFrame(
                        file: file, function: fields.text([frame + "name"], in: [""]), line: line,
                        inApp: !LibraryCode.isPython(file[...])))
            }
            exceptions.append(exception)
        }
        fields.markRead(below: "exception.")
        return exceptions
    }
}
