import Events

/// Swift's run-time failures and the report that its backtracer prints
/// (https://github.com/swiftlang/swift/blob/main/docs/Backtracing.rst).
enum SwiftTrace {
    static func parse(_ lines: [Substring]) -> [ExceptionInfo] {
        var exception = ExceptionInfo(type: nil)
        var place: (file: Substring, line: Int?, column: Int?)?
        var crash: Substring?
        var isInThread = false
        var isDone = false
        for line in lines where !isDone {
            let text = line.trimmed
            if place == nil, exception.type == nil, let failure = failure(text) {
                (exception.type, exception.message, place) = (failure.type, failure.message, failure.place)
            } else if let reason = programCrashed(text) {
                crash = reason
            } else if text.starts("Thread "), text.ends(":") {
                isDone = !exception.frames.isEmpty
                isInThread = text.ends("crashed:")
            } else if isInThread, let frame = frame(text), exception.frames.count < TraceLimits.printedFrames {
                exception.frames.append(frame)
            } else if text.starts("Registers:") || text.starts("Images (") {
                isDone = true
            }
        }
        if exception.type == nil { (exception.type, exception.message) = ("crash", crash.map(String.init)) }
        exception.frames.reverse()
        guard crash != nil || place != nil else { return [] }
        if let place, exception.frames.isEmpty, place.line != nil {
            exception.frames = [
                StackFrame(
                    file: String(place.file), line: place.line, inApp: !LibraryCode.isSwift("", file: place.file))
            ]
        }
        return [exception]
    }

    static func isHead(_ text: Substring) -> Bool {
        programCrashed(text) != nil || text.contains(".swift:") && failure(text) != nil
    }

    /// `*** Program crashed: Illegal instruction at 0x… ***`, with a bomb on a terminal.
    static func programCrashed(_ text: Substring) -> Substring? {
        guard let rest = text.split(at: "Program crashed: "), rest.before.utf8.count <= 8 else { return nil }
        return rest.after.ends(" ***") ? rest.after.dropLast(4) : rest.after
    }

    struct Failure {
        var type: String
        var message: String?
        var place: (file: Substring, line: Int?, column: Int?)
    }

    /// `main/orders.swift:7: Fatal error: message`; before Swift 5.4 the place came behind.
    static func failure(_ text: Substring) -> Failure? {
        for words in ["Fatal error", "Precondition failed", "Assertion failed"] as [StaticString] {
            guard let (before, after) = text.split(at: words), after.isEmpty || after.utf8.first == 0x3A else {
                continue
            }
            let (kind, rest) = (words.description, after.dropFirst().trimmed)
            if before.ends(": ") {
                let location = fileLocation(before.dropLast(2))
                guard location.line != nil, !location.file.utf8.contains(0x20) else { continue }
                return Failure(type: kind, message: rest.isEmpty ? nil : String(rest), place: location)
            }
            guard before.isEmpty, let split = rest.split(at: ": file "), let line = split.after.split(at: ", line ")
            else { continue }
            return Failure(
                type: kind, message: String(split.before), place: (line.before, positiveNumber(line.after), nil))
        }
        return nil
    }

    /// `3 [ra] [system] 0x000056 price(_:) + 42 in orders at /srv/orders.swift:2:48`.
    static func frame(_ text: Substring) -> StackFrame? {
        let digits = text.prefix { $0.isASCII && $0.isNumber }
        guard (1...5).contains(digits.utf8.count) else { return nil }
        var rest = text[digits.endIndex...]
        guard rest.utf8.first == 0x20 else { return nil }
        var isSystem = false
        rest = rest.trimmed
        while rest.utf8.first == 0x5B, let close = rest.split(at: "] ") {
            if close.before == "[system" { isSystem = true }
            rest = close.after.trimmed
        }
        if rest.starts("0x"), let space = rest.utf8.firstIndex(of: 0x20) { rest = rest[space...].trimmed }
        guard let named = rest.splitLast(" in ") else {
            return rest.starts("0x") ? StackFrame(function: String(rest)) : nil
        }
        var function = named.before
        if let offset = function.splitLast(" + "), positiveNumber(offset.after) != nil || offset.after == "0" {
            function = offset.before
        }
        let place = named.after.split(at: " at ")
        let location = place.map { fileLocation($0.after) }
        let name = place?.before ?? named.after
        return StackFrame(
            file: location.map { String($0.file) }, function: String(function), module: String(name),
            line: location?.line, column: location?.column,
            inApp: !isSystem && !LibraryCode.isSwift(name, file: location?.file))
    }
}
