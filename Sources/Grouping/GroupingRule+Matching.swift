import Events

/// An operator's rule with its patterns ready.
struct CompiledRule: Sendable {
    let rule: GroupingRule
    private let type: GroupingPattern?
    private let message: GroupingPattern?
    private let path: GroupingPattern?
    private let service: GroupingPattern?

    init(_ rule: GroupingRule) {
        self.rule = rule
        type = rule.type.map(GroupingPattern.init)
        message = rule.message.map(GroupingPattern.init)
        path = rule.path.map(GroupingPattern.init)
        service = rule.service.map(GroupingPattern.init)
    }

    /// Whether every pattern that the rule has matches the event.
    func matches(_ event: ErrorEvent) -> Bool {
        guard type != nil || message != nil || path != nil || service != nil else { return false }
        if let type, !event.exceptions.contains(where: { type.matches($0.type ?? "") }) { return false }
        if let message, !message.matches(event.message),
            !event.exceptions.contains(where: { message.matches($0.message ?? "") })
        {
            return false
        }
        if let service, !service.matches(event.service ?? "") { return false }
        guard let path else { return true }
        return event.exceptions.contains { exception in
            exception.frames.suffix(FrameNormalizer.maxFrames).contains {
                path.matches($0.file ?? "") || path.matches($0.module ?? "")
            }
        }
    }
}

/// A pattern of an operator's rule: a text with `*` and `?`, or after `re:` a regular expression.
public struct GroupingPattern: Sendable {
    static let expressionMark = "re:"

    private enum Kind {
        case glob(String)
        case expression(BoundedPattern)
        /// Does not compile: matches nothing. The configuration's check reports it.
        case broken(PatternError)
    }

    private let kind: Kind

    public init(_ text: String) {
        guard text.hasPrefix(Self.expressionMark) else {
            kind = .glob(text)
            return
        }
        do throws(PatternError) {
            kind = .expression(try BoundedPattern(String(text.dropFirst(Self.expressionMark.count))))
        } catch {
            kind = .broken(error)
        }
    }

    /// What is wrong with the pattern, in words; nil when nothing is.
    public var problem: String? { if case .broken(let error) = kind { error.description } else { nil } }

    /// A glob matches the whole text, an expression any part of it; one that reaches its limits does not match.
    func matches(_ text: String) -> Bool {
        switch kind {
        case .glob(let pattern): Glob.matches(pattern, text)
        case .expression(let pattern): if case .match = pattern.search(text) { true } else { false }
        case .broken: false
        }
    }
}

/// Patterns with `*` (any run) and `?` (any character); the whole text must match.
enum Glob {
    /// Bytes of a text that are compared.
    private static let maxBytes = 4096

    /// Time is at most the product of both lengths, and the text's is bounded.
    static func matches(_ pattern: String, _ text: String) -> Bool {
        let pattern = Array(pattern.utf8)
        let text = Array(text.utf8.prefix(maxBytes))
        var (p, t) = (0, 0)
        var star: (pattern: Int, text: Int)?
        while t < text.count {
            if p < pattern.count, pattern[p] == 0x2A {
                star = (p, t)
                p += 1
            } else if p < pattern.count, pattern[p] == 0x3F || pattern[p] == text[t] {
                let isCharacter = pattern[p] == 0x3F
                (p, t) = (p + 1, t + 1)
                while isCharacter, t < text.count, text[t] & 0xC0 == 0x80 { t += 1 }
            } else if let last = star {
                star = (last.pattern, last.text + 1)
                (p, t) = (last.pattern + 1, last.text + 1)
            } else {
                return false
            }
        }
        while p < pattern.count, pattern[p] == 0x2A { p += 1 }
        return p == pattern.count
    }
}
