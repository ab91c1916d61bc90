import Events

extension GroupingRule {
    /// Whether every pattern that the rule has matches the event.
    func matches(_ event: ErrorEvent) -> Bool {
        guard type != nil || message != nil || path != nil || service != nil else { return false }
        if let type, !event.exceptions.contains(where: { Glob.matches(type, $0.type ?? "") }) { return false }
        if let message, !Glob.matches(message, event.message),
            !event.exceptions.contains(where: { Glob.matches(message, $0.message ?? "") })
        {
            return false
        }
        if let service, !Glob.matches(service, event.service ?? "") { return false }
        guard let path else { return true }
        return event.exceptions.contains { exception in
            exception.frames.contains { Glob.matches(path, $0.file ?? "") || Glob.matches(path, $0.module ?? "") }
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
