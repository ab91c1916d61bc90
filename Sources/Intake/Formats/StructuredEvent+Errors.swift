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
        guard let type else { return [] }
        return [ExceptionInfo(type: type, message: fields.text(.exceptionMessage) ?? plainError())]
    }

    private static let plainErrors = ["error", "fields.error"].map(FieldName.init)
    private static let firstException = FieldName("exception.0")
    private static let firstType = FieldName("exception.0.exctype")

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
