/// Text with its secrets replaced by typed placeholders, and how many of each rule were replaced.
public struct Redacted: Sendable, Equatable {
    public var text: String
    /// Rule name → number of values masked.
    public var counts: [String: Int]

    public init(text: String, counts: [String: Int] = [:]) { (self.text, self.counts) = (text, counts) }
}

/// Masks secrets in one piece of text. Pure: made by Grouping from the configuration and the site's key,
/// handed on by Pipeline to whatever stores, prompts or writes out text.
public typealias Redactor = @Sendable (String) -> Redacted

extension ErrorEvent {
    /// The event with every free text masked; what was masked is added to `ledger` (rule → count).
    ///
    /// - Parameter lines: masks the lines before it that are not read yet, whenever they are; most of them never are.
    ///   nil masks them too, and counts nothing.
    public func redacted(
        by redactor: @escaping Redactor, lines lineRedactor: Redactor? = nil, ledger: inout [String: Int]
    ) -> ErrorEvent {
        var masked: [String: Int] = [:]
        func clean(_ text: String) -> String {
            let result = redactor(text)
            for (rule, count) in result.counts { masked[rule, default: 0] += count }
            return result.text
        }
        var event = self
        event.id = clean(id)
        event.message = clean(message)
        event.service = service.map(clean)
        event.code = code.map(clean)
        event.target = target.map(clean)
        event.release = release.map(clean)
        event.revision = revision.map(clean)
        event.traceID = traceID.map(clean)
        event.spanID = spanID.map(clean)
        event.environment = environment.map(clean)
        event.host = host.map(clean)
        event.repositoryURL = repositoryURL.map(clean)
        event.exceptions = exceptions.map { exception in
            ExceptionInfo(
                type: exception.type.map(clean), message: exception.message.map(clean),
                frames: exception.frames.map { $0.redacted(by: clean) })
        }
        event.request = request.map {
            RequestInfo(method: $0.method.map(clean), url: $0.url.map(clean), status: $0.status)
        }
        event.parentSpans = parentSpans.map {
            SpanInfo(
                id: $0.id.map(clean), name: clean($0.name), service: $0.service.map(clean),
                durationMilliseconds: $0.durationMilliseconds)
        }
        event.breadcrumbs = breadcrumbs.map {
            Breadcrumb(time: $0.time, category: $0.category.map(clean), level: $0.level, message: clean($0.message))
        }
        event.precedingLines =
            precedingLines.isDeferred
            ? precedingLines.changed { lines in Self.redactedLines(lines) { (lineRedactor ?? redactor)($0).text } }
            : PrecedingLines(Self.redactedLines(linesBefore, clean))
        event.tags = Dictionary(
            tags.map { (key: clean($0.key), value: Self.cleanTag($0.key, $0.value, clean)) }, uniquingKeysWith: min)
        event.fingerprint = fingerprint.map(clean)
        for (rule, count) in masked { ledger[rule, default: 0] += count }
        return event
    }

    /// Lines of one text: a secret may span several of them, and their number stays.
    public static func redactedLines(_ lines: [String], _ clean: (String) -> String) -> [String] {
        guard lines.count > 1 else { return lines.map(clean) }
        // By bytes: splitting at characters takes longer than all the rest.
        let whole = clean(lines.joined(separator: "\n")).utf8.split(separator: 0x0A, omittingEmptySubsequences: false)
        // By itself, a line of a key that begins and ends elsewhere is told by its form alone.
        if whole.count == lines.count { return whole.map { clean(String(Substring($0))) } }
        let kept = Set(whole.map(Substring.init))
        return lines.map { line in
            let line = clean(line)
            return kept.contains(Substring(line)) ? line : "<masked>"
        }
    }

    /// A tag is redacted as the assignment `key=value`, so that `password` → `hunter2` is recognised.
    private static func cleanTag(_ key: String, _ value: String, _ clean: (String) -> String) -> String {
        let prefix = "\(key)="
        let together = clean(prefix + value)
        return together.hasPrefix(prefix) ? String(together.dropFirst(prefix.count)) : clean(value)
    }
}

extension Resolution {
    /// What people write of a remedy can hold a secret too.
    public func redacted(by redactor: Redactor) -> Resolution {
        Resolution(at: at, by: by.map { redactor($0).text }, note: note.map { redactor($0).text }, commit: commit)
    }
}

extension StackFrame {
    fileprivate func redacted(by clean: (String) -> String) -> StackFrame {
        var frame = self
        frame.file = file.map(clean)
        frame.function = function.map(clean)
        frame.module = module.map(clean)
        frame.context = context.map { context in
            let lines = ErrorEvent.redactedLines(context.before + [context.line] + context.after, clean)
            let place = context.before.count
            return FrameContext(
                before: Array(lines[..<place]), line: lines[place], after: Array(lines[(place + 1)...]))
        }
        return frame
    }
}
