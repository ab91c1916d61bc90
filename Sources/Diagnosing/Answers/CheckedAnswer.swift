import Events

/// What the checks left of a model's answer, and what they took away.
public struct CheckedAnswer: Sendable, Equatable {
    public var severity: Severity
    public var rootCause: String
    public var analysis: String
    public var impact: String
    public var recommendations: [Diagnosis.Recommendation]
    public var confidence: Int
    public var evidence: [String]
    public var alternatives: [String]
    public var fix: Diagnosis.ProposedFix?
    public var isAutoFixable: Bool
    public var citationsChecked: Int
    public var citationsDropped: Int
    public var caveats: [String]
    /// Analysis and impact were not asked of the model.
    public var isBrief = false

    public func diagnosis(by provenance: Provenance) -> Diagnosis {
        Diagnosis(
            severity: severity, rootCause: rootCause, analysis: analysis, impact: impact,
            recommendations: recommendations, confidence: confidence, evidence: evidence, alternatives: alternatives,
            autoFixable: isAutoFixable, fix: fix, provenance: provenance, caveats: caveats)
    }
}
