import Events

/// How bad a group may be called, given what was observed. Judgement moves inside, never outside.
public enum SeverityBounds {
    /// From so many events in a window on, an error is felt by someone.
    public static let manyEvents = 1000
    /// A fatal error so often in a window is a crash loop.
    public static let crashLoop = 5

    /// The level is the worst that an event of the group claimed.
    public static func bounds(for facts: GroupFacts) -> ClosedRange<Severity> {
        switch facts.group.level {
        case .trace, .debug: return .info ... .low
        case .info: return .info ... .medium
        case .warning:
            if facts.count <= 1 { return .info ... .medium }
            return (facts.count >= manyEvents ? Severity.low : .info) ... .high
        case .error:
            if facts.count >= manyEvents { return .medium ... .critical }
            return .low...(facts.count <= 1 ? .high : .critical)
        case .fatal:
            return (facts.count >= crashLoop ? Severity.high : .medium) ... .critical
        }
    }

    static func clamp(_ severity: Severity, to bounds: ClosedRange<Severity>) -> Severity {
        min(max(severity, bounds.lowerBound), bounds.upperBound)
    }
}
