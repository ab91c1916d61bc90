import Events

/// Exceptions and frames as Sentry writes them, in payloads of SDKs (`abs_path`, `lineno`) and of its API (`absPath`,
/// `lineNo`).
enum SentryFrames {
    /// The exceptions of a payload, outermost first: Sentry lists the cause first.
    static func exceptions(_ value: JSONValue) -> [ExceptionInfo] {
        let values = value["values"].isNull ? value : value["values"]
        let listed = values.isObject ? [values] : values.items
        return listed.suffix(TraceLimits.exceptions).reversed().compactMap { item in
            let type = item["type"].text.map { clip($0, to: 1024) }
            let message = item["value"].text ?? nested(item["value"])
            let stack = item["stacktrace"].isObject ? item["stacktrace"] : item["rawStacktrace"]
            let frames = frames(stack)
            guard type != nil || message != nil || !frames.isEmpty else { return nil }
            return ExceptionInfo(type: type, message: message.map { clip($0, to: TraceLimits.message) }, frames: frames)
        }
    }

    /// A value that is an object (JavaScript throws those).
    private static func nested(_ value: JSONValue) -> String? {
        let pairs = value.scalars(limit: 8).map { "\($0.path)=\($0.value.text ?? "")" }
        return pairs.isEmpty ? nil : pairs.joined(separator: " ")
    }

    /// The frames of a stack trace, oldest first as they are sent. Of very many, both ends.
    static func frames(_ stack: JSONValue) -> [StackFrame] {
        var frames = stack["frames"].items
        if frames.count > TraceLimits.frames {
            let half = TraceLimits.frames / 2
            frames = Array(frames.prefix(half) + frames.suffix(half))
        }
        return frames.compactMap(frame)
    }

    private static func frame(_ value: JSONValue) -> StackFrame? {
        guard value.isObject else { return nil }
        let name = { (value: JSONValue) in value.text.map { clip($0, to: 4096) } }
        let path = name(value["filename"]) ?? name(value[["abs_path", "absPath"]])
        let library = name(value["package"])
        var frame = StackFrame(
            file: path, function: name(value["function"]) ?? name(value[["raw_function", "rawFunction"]]),
            module: name(value["module"]) ?? (path == nil ? library : nil),
            line: positive(value[["lineno", "lineNo"]]), column: positive(value[["colno", "colNo"]]),
            inApp: value[["in_app", "inApp"]].flag)
        if frame.function == nil, path == nil {
            frame.function = name(value[["instruction_addr", "instructionAddr"]])
        }
        guard frame.file != nil || frame.function != nil || frame.module != nil else { return nil }
        frame.context = context(value, line: frame.line)
        return frame
    }

    private static func positive(_ value: JSONValue) -> Int? {
        value.int.flatMap { (1...999_999_999).contains($0) ? $0 : nil }
    }

    /// Lines of source around a frame's, and bytes of each.
    private static let contextLines = 10

    private static func context(_ value: JSONValue, line: Int?) -> FrameContext? {
        let text = { (value: JSONValue) -> String? in
            if case .string(let text) = value { clip(text, to: 512) } else { nil }
        }
        if let own = text(value["context_line"]) {
            return FrameContext(
                before: value["pre_context"].items.suffix(contextLines).compactMap(text), line: own,
                after: value["post_context"].items.prefix(contextLines).compactMap(text))
        }
        // The API's form: [[number, text]].
        let rows = value["context"].items.compactMap { row -> (Int, String)? in
            guard row.items.count == 2, let number = row.items[0].int, let line = text(row.items[1]) else { return nil }
            return (number, line)
        }
        guard let line, let own = rows.first(where: { $0.0 == line }) else { return nil }
        return FrameContext(
            before: rows.filter { $0.0 < line }.suffix(contextLines).map(\.1), line: own.1,
            after: rows.filter { $0.0 > line }.prefix(contextLines).map(\.1))
    }
}
