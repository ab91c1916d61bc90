import Events

/// What is known of the groups that a question was about.
public struct AnalysisReply: Sendable, Encodable {
    /// `event` or `window`.
    public var about: String
    public var groups: [Group]
    /// Groups of the window beyond the limit.
    public var more: Int

    /// One group and its diagnosis.
    public struct Group: Sendable, Encodable {
        public var id: String
        public var fingerprint: String
        public var title: String
        public var services: [String]
        /// In the window; for an event, in the last day, itself at least.
        public var count: Int
        public var firstSeen: String
        public var lastSeen: String
        public var severity: Severity
        public var rootCause: String
        public var analysis: String
        public var impact: String
        public var recommendations: [Diagnosis.Recommendation]
        /// 0 to 100.
        public var confidence: Int
        public var evidence: [String]
        public var caveats: [String]
        /// The diagnosis was made before and is used again.
        public var cached: Bool
        /// `model` or `built-in`.
        public var author: String
        /// The model's name; absent for the built-in triage.
        public var model: String?
        /// Why the built-in triage answered; absent for a model.
        public var reason: String?
        public var analyzedAt: String
    }
}

extension AnalysisReply.Group {
    /// Services that are named.
    private static let mostServices = 20

    init(_ facts: GroupFacts, _ diagnosis: Diagnosis, cached: Bool) {
        let group = facts.group
        self.init(
            id: group.id, fingerprint: group.fingerprint.hex, title: group.title,
            services: facts.services.prefix(Self.mostServices).map(\.value), count: facts.count,
            firstSeen: group.firstSeen.rfc3339, lastSeen: group.lastSeen.rfc3339, severity: diagnosis.severity,
            rootCause: diagnosis.rootCause, analysis: diagnosis.analysis, impact: diagnosis.impact,
            recommendations: diagnosis.recommendations, confidence: diagnosis.confidence,
            evidence: diagnosis.evidence, caveats: diagnosis.caveats, cached: cached, author: "built-in",
            analyzedAt: diagnosis.provenance.at.rfc3339)
        switch diagnosis.provenance.author {
        case .model(let run): (author, model) = ("model", run.model)
        case .builtIn(let why): reason = why.inWords
        }
    }
}

extension Provenance.BuiltInReason {
    fileprivate var inWords: String {
        switch self {
        case .noModel: "models.conf names no model"
        case .budget: "no time was left to ask the model"
        case .unavailable(let words), .invalidAnswer(let words), .abstained(let words): words
        }
    }
}
