import Events

/// Code context from the event alone: the source lines that an SDK sent with its frames.
public enum EventExcerpts {
    /// Lines kept on either side of the failing line.
    static let maxContextLines = 40

    /// What an event tells of its code without a mirror.
    ///
    /// - Parameters:
    ///   - mirror: name of the configured mirror that could not be used; nil where none is configured.
    ///   - error: why it could not be used.
    public static func context(
        for event: ErrorEvent, settings: ContextSettings = ContextSettings(), mirror: String? = nil,
        error: MirrorError? = nil
    ) -> CodeContext {
        let excerpts = excerpts(of: event, settings: settings)
        let reason = error.map { $0.description + ($0.remedy.map { ". " + $0 } ?? "") }
        if !excerpts.isEmpty {
            let why = reason.map { "mirror \(mirror ?? "?") could not be used: \($0)" }
            return CodeContext(state: .fromEvent, excerpts: excerpts, notes: [why].compactMap { $0 })
        }
        guard let mirror else { return .none }
        return CodeContext(state: .unavailable(mirror: mirror, reason: reason ?? "unknown"))
    }

    static func excerpts(of event: ErrorEvent, settings: ContextSettings) -> [CodeExcerpt] {
        var (excerpts, left): ([CodeExcerpt], Int) = ([], settings.maxCharacters)
        for frame in FrameOrder.ordered(event) {
            guard excerpts.count < settings.maxLocations else { break }
            guard let context = frame.context else { continue }
            let file = frame.file ?? frame.module ?? "unknown"
            let reach = min(settings.linesAround, maxContextLines)
            let before = context.before.suffix(reach)
            let lines = (before + [context.line] + context.after.prefix(reach)).map {
                $0.prefix(SourceText.maxShownLine)
            }
            let size = lines.reduce(0) { $0 + $1.utf8.count + 1 }
            guard size <= left else { continue }
            left -= size
            let line = min(max(1, frame.line ?? 1), Int(Int32.max))
            // Context that reaches before line 1 contradicts itself: trust the text, count from 1.
            let first = max(1, line - before.count)
            let marked = first + before.count
            let excerpt = CodeExcerpt(
                file: file, revision: event.revision ?? event.release ?? "", firstLine: first,
                lines: lines.map(String.init), marked: [marked], function: frame.function, score: 1)
            if !excerpts.contains(where: { $0.file == excerpt.file && $0.marked == excerpt.marked }) {
                excerpts.append(excerpt)
            }
        }
        return excerpts
    }
}

/// In which order frames are worth showing: the application's before libraries', innermost first.
enum FrameOrder {
    static let maxFrames = 250

    static func ordered(_ event: ErrorEvent) -> [StackFrame] {
        var own: [StackFrame] = []
        var foreign: [StackFrame] = []
        for exception in event.exceptions.suffix(20).reversed() {
            for frame in exception.frames.suffix(maxFrames).reversed() {
                guard own.count + foreign.count < maxFrames else { return own + foreign }
                if frame.inApp ?? !FrameHint(frame).isLibrary { own.append(frame) } else { foreign.append(frame) }
            }
        }
        return own + foreign
    }
}
