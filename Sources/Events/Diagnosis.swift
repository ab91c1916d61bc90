/// Everything known about one group when it is diagnosed: the evidence.
public struct CaseFile: Sendable, Hashable, Codable {
    public var facts: GroupFacts
    /// Redacted.
    public var sample: ErrorEvent
    public var code: CodeContext
    public var similar: [SimilarGroup]
    /// What is known of the service as a whole; nil where nothing is.
    public var service: ServiceContext?
    /// What people said of earlier diagnoses of this very group, the newest word first.
    public var judged: [JudgedCause]
    /// Errors of this site whose cause is known, the same for each group of a run.
    public var examples: [SiteExample]
    /// Metrics that jumped around the sample, the widest jump first.
    public var metrics: [MetricJump]

    public init(
        facts: GroupFacts, sample: ErrorEvent, code: CodeContext, similar: [SimilarGroup],
        service: ServiceContext? = nil, judged: [JudgedCause] = [], examples: [SiteExample] = [],
        metrics: [MetricJump] = []
    ) {
        (self.facts, self.sample, self.code, self.similar) = (facts, sample, code, similar)
        (self.service, self.judged, self.examples, self.metrics) = (service, judged, examples, metrics)
    }
}

/// What traces tell of a service as a whole, the same for each of its groups.
public struct ServiceContext: Sendable, Hashable, Codable {
    /// Services whose operations were seen around this one's, the most frequent first.
    public var callers: [Tally]
    /// Services whose operations were seen inside this one's, the most frequent first.
    public var callees: [Tally]

    public init(callers: [Tally] = [], callees: [Tally] = []) { (self.callers, self.callees) = (callers, callees) }

    public var isEmpty: Bool { callers.isEmpty && callees.isEmpty }
}

/// What a model, or the built-in triage, says about a group. Stored beside what was observed, never over it.
public struct Diagnosis: Sendable, Hashable, Codable {
    public var severity: Severity
    /// One line.
    public var rootCause: String
    public var analysis: String
    public var impact: String
    public var recommendations: [Recommendation]
    /// 0 to 100.
    public var confidence: Int
    /// Evidence ids that the answer cites and that exist (E1, C1, S1, H1 …).
    public var evidence: [String]
    public var alternatives: [String]
    public var autoFixable: Bool
    public var fix: ProposedFix?
    public var provenance: Provenance
    /// What was dropped, capped or missing, in words.
    public var caveats: [String]

    public struct Recommendation: Sendable, Hashable, Codable {
        public var action: String
        public var why: String

        public init(action: String, why: String) { (self.action, self.why) = (action, why) }
    }

    /// A change of one file: `original` is found in the excerpt, `modified` replaces it.
    public struct ProposedFix: Sendable, Hashable, Codable {
        public var file: String
        public var description: String
        public var original: String
        public var modified: String

        public init(file: String, description: String, original: String, modified: String) {
            (self.file, self.description, self.original, self.modified) = (file, description, original, modified)
        }
    }

    public init(
        severity: Severity, rootCause: String, analysis: String = "", impact: String = "",
        recommendations: [Recommendation] = [], confidence: Int, evidence: [String] = [],
        alternatives: [String] = [], autoFixable: Bool = false, fix: ProposedFix? = nil, provenance: Provenance,
        caveats: [String] = []
    ) {
        (self.severity, self.rootCause, self.analysis, self.impact) = (severity, rootCause, analysis, impact)
        (self.recommendations, self.confidence, self.evidence) = (recommendations, confidence, evidence)
        (self.alternatives, self.autoFixable, self.fix) = (alternatives, autoFixable, fix)
        (self.provenance, self.caveats) = (provenance, caveats)
    }
}

/// Who made a diagnosis, from what, at what cost.
public struct Provenance: Sendable, Hashable, Codable {
    public var author: Author
    public var at: Timestamp
    /// Everything that a reused diagnosis must have in common with the case at hand: SHA-256, hexadecimal.
    public var cacheKey: String?

    public enum Author: Sendable, Hashable, Codable {
        case model(ModelRun)
        /// Rules and facts only; `reason` says why no model answered.
        case builtIn(reason: BuiltInReason)
    }

    /// Why the built-in triage answered.
    public enum BuiltInReason: Sendable, Hashable, Codable {
        /// The configuration names no model.
        case noModel
        /// Time, tokens or attempts were used up; queued for the next run.
        case budget
        /// The endpoint could not be used; queued for the next run.
        case unavailable(String)
        /// The model answered, and its answer did not pass the checks; queued for the next run.
        case invalidAnswer(String)
        /// A model's answer was not sure enough of itself.
        case abstained(String)

        /// Another run may do better.
        public var isQueued: Bool {
            switch self {
            case .budget, .unavailable, .invalidAnswer: true
            case .noModel, .abstained: false
            }
        }
    }

    public struct ModelRun: Sendable, Hashable, Codable {
        public var model: String
        /// The model's digest, as the server names it (64 hexadecimal digits).
        public var digest: String?
        public var prompt: String
        public var promptVersion: Int
        public var promptTokens: Int
        public var answerTokens: Int
        public var seconds: Double
        /// Model calls it took (a repair round is one more).
        public var attempts: Int
        public var citationsChecked: Int
        public var citationsDropped: Int

        public init(
            model: String, digest: String?, prompt: String, promptVersion: Int, promptTokens: Int, answerTokens: Int,
            seconds: Double, attempts: Int, citationsChecked: Int, citationsDropped: Int
        ) {
            (self.model, self.digest, self.prompt, self.promptVersion) = (model, digest, prompt, promptVersion)
            (self.promptTokens, self.answerTokens, self.seconds) = (promptTokens, answerTokens, seconds)
            (self.attempts, self.citationsChecked, self.citationsDropped) = (
                attempts, citationsChecked, citationsDropped
            )
        }
    }

    public init(author: Author, at: Timestamp, cacheKey: String? = nil) {
        (self.author, self.at, self.cacheKey) = (author, at, cacheKey)
    }
}
