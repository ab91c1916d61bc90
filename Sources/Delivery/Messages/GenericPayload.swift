import Events

/// A message as plain JSON, for a script or a webhook of one's own: values as they are, nothing formatted.
public struct GenericPayload: Sendable, Hashable, Codable {
    public var v = 1
    public var site: String
    /// `alert`, `storm`, `warnings`, `notice` or `digest`.
    public var kind: String
    public var severity: Severity
    public var time: Timestamp
    public var headline: String
    public var lines: [String]
    public var groups: [Group]
    /// Groups that are not listed.
    public var more: Int

    public struct Group: Sendable, Hashable, Codable {
        public var id: String
        public var title: String
        public var service: String?
        public var severity: Severity
        /// `new`, `back`, `worse` or `ongoing`.
        public var trend: String
        public var count: Int
        public var heldBack: Int
        public var firstSeen: Timestamp
        public var lastSeen: Timestamp
        public var rootCause: String?
        public var impact: String?
        public var actions: [String]
        public var confidence: Int?
        public var suspect: String?
    }

    /// Characters of one text, and actions of a group.
    private static let textLimit = 2000
    private static let actions = 5
    private static let lineEntries = 50

    public init(_ content: MessageContent, site: String, clock: SiteClock, at time: Timestamp) {
        (self.site, self.time, severity) = (site, time, content.severity)
        kind = String(content.kind.rawValue.split(separator: ".").dropFirst().first ?? "")
        headline = content.headline(clock: clock)
        lines = content.lines.prefix(Self.lineEntries).map(Self.bounded)
        (groups, more) = (content.alerts.map(Self.group), content.more)
    }

    private static func group(_ alert: Alert) -> Group {
        let (group, facts) = (alert.group, alert.group.facts)
        return Group(
            id: group.id, title: bounded(facts.group.title), service: group.service.map(bounded),
            severity: group.severity, trend: ReportWords.trend(facts.trend), count: facts.count,
            heldBack: alert.heldBack, firstSeen: facts.group.firstSeen, lastSeen: facts.group.lastSeen,
            rootCause: group.diagnosis.map { bounded($0.rootCause) },
            impact: group.diagnosis.map { bounded($0.impact) },
            actions: group.diagnosis?.recommendations.prefix(actions).map { bounded($0.action) } ?? [],
            confidence: group.diagnosis?.confidence, suspect: group.code.suspects.first.map { bounded($0.commit) })
    }

    private static func bounded(_ text: String) -> String { VisibleText.verbatim(text, width: textLimit) }
}
