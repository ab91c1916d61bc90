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
    public func redacted(by redactor: Redactor, ledger: inout [String: Int]) -> ErrorEvent {
        var masked: [String: Int] = [:]
        func clean(_ text: String) -> String {
            let result = redactor(text)
            for (rule, count) in result.counts { masked[rule, default: 0] += count }
            return result.text
        }
        var event = self
        event.message = clean(message)
        event.service = service.map(clean)
        event.code = code.map(clean)
        event.target = target.map(clean)
        event.release = release.map(clean)
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
        event.linesBefore = linesBefore.map(clean)
        event.tags = Dictionary(
            tags.map { (key: clean($0.key), value: Self.cleanTag($0.key, $0.value, clean)) }, uniquingKeysWith: min)
        event.fingerprint = fingerprint.map(clean)
        for (rule, count) in masked { ledger[rule, default: 0] += count }
        return event
    }

    /// A tag is redacted as the assignment `key=value`, so that `password` → `hunter2` is recognised.
    private static func cleanTag(_ key: String, _ value: String, _ clean: (String) -> String) -> String {
        let prefix = "\(key)="
        let together = clean(prefix + value)
        return together.hasPrefix(prefix) ? String(together.dropFirst(prefix.count)) : clean(value)
    }
}

extension StackFrame {
    fileprivate func redacted(by clean: (String) -> String) -> StackFrame {
        var frame = self
        frame.file = file.map(clean)
        frame.function = function.map(clean)
        frame.module = module.map(clean)
        frame.context = context.map {
            FrameContext(before: $0.before.map(clean), line: clean($0.line), after: $0.after.map(clean))
        }
        return frame
    }
}
