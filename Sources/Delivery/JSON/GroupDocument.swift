import Events

/// One group in the JSON report.
struct GroupDocument: Encodable {
    let id: String
    let fingerprint: Fingerprint
    let groupingVersion: Int
    let rule: String
    let title: String
    let template: String
    let exceptionType: String?
    let errorCode: String?
    let level: LogLevel
    let severity: Severity
    /// `new`, `back`, `worse` or `ongoing`.
    let trend: String
    let resolution: Resolution?
    let count: Int
    let previousCount: Int
    let growth: Double?
    let total: Int
    let series: [Int]
    let firstSeen: Timestamp
    let lastSeen: Timestamp
    let services: [Tally]
    let hosts: [Tally]
    let environments: [Tally]
    let releases: [ReleaseWindow]
    /// Bursts in the window; absent where there was none.
    let bursts: [GroupMark]?
    /// Some of its events came in a maintenance; absent where none did.
    let underMaintenance: Bool?
    let diagnosis: DiagnosisDocument?
    let code: CodeDocument
    let similar: [SimilarGroup]
    let sample: ErrorEvent?

    init(_ group: ReportGroup, isUnderMaintenance: Bool = false) {
        let (facts, error) = (group.facts, group.facts.group)
        (id, fingerprint, groupingVersion, rule) = (
            error.id, error.fingerprint, error.groupingVersion, error.rule.rawValue
        )
        (title, template, exceptionType, errorCode) = (error.title, error.template, error.exceptionType, error.code)
        (level, severity, trend) = (error.level, group.severity, ReportWords.trend(facts.trend))
        if case .back(let resolved) = facts.trend { resolution = resolved } else { resolution = error.resolution }
        (count, previousCount, total, series) = (facts.count, facts.previousCount, error.total, facts.series)
        growth = facts.growth.flatMap { $0.isFinite ? $0 : nil }
        (firstSeen, lastSeen) = (error.firstSeen, error.lastSeen)
        (services, hosts, environments, releases) = (facts.services, facts.hosts, facts.environments, facts.releases)
        bursts = facts.bursts.isEmpty ? nil : facts.bursts
        underMaintenance = isUnderMaintenance ? true : nil
        (diagnosis, code) = (group.diagnosis.map(DiagnosisDocument.init), CodeDocument(group.code))
        (similar, sample) = (group.similar, group.sample)
    }
}

/// A diagnosis with its provenance, flat: `author` is `model` or `built-in`.
struct DiagnosisDocument: Encodable {
    let severity: Severity
    let rootCause: String
    let analysis: String
    let impact: String
    let recommendations: [Diagnosis.Recommendation]
    let confidence: Int
    let confidenceLevel: ConfidenceLevel
    let evidence: [String]
    let alternatives: [String]
    let autoFixable: Bool
    let fix: Diagnosis.ProposedFix?
    let caveats: [String]
    let author: String
    let at: Timestamp
    let cacheKey: String?
    let run: Provenance.ModelRun?
    /// `noModel`, `budget`, `unavailable`, `invalidAnswer` or `abstained`.
    let reason: String?
    let reasonText: String?
    let queued: Bool

    init(_ diagnosis: Diagnosis) {
        (severity, rootCause, analysis) = (diagnosis.severity, diagnosis.rootCause, diagnosis.analysis)
        (impact, recommendations, confidence) = (diagnosis.impact, diagnosis.recommendations, diagnosis.confidence)
        confidenceLevel = ConfidenceLevel(percent: diagnosis.confidence)
        (evidence, alternatives, autoFixable) = (diagnosis.evidence, diagnosis.alternatives, diagnosis.autoFixable)
        (fix, caveats) = (diagnosis.fix, diagnosis.caveats)
        (at, cacheKey) = (diagnosis.provenance.at, diagnosis.provenance.cacheKey)
        switch diagnosis.provenance.author {
        case .model(let run): (author, self.run, reason, reasonText, queued) = ("model", run, nil, nil, false)
        case .builtIn(let why):
            (author, run, reason) = ("built-in", nil, Self.word(why))
            (reasonText, queued) = (ReportWords.because(why), why.isQueued)
        }
    }

    private static func word(_ reason: Provenance.BuiltInReason) -> String {
        switch reason {
        case .noModel: "noModel"
        case .budget: "budget"
        case .unavailable: "unavailable"
        case .invalidAnswer: "invalidAnswer"
        case .abstained: "abstained"
        }
    }
}

/// The code context, flat: `state` is `read`, `fromEvent`, `notConfigured`, `noFrames`, `notFound` or `unavailable`.
struct CodeDocument: Encodable {
    let state: String
    var mirror: String?
    var revision: String?
    var basis: CodeContext.RevisionBasis?
    var reason: String?
    let excerpts: [CodeExcerpt]
    let suspects: [Suspect]
    let notes: [String]

    init(_ code: CodeContext) {
        (excerpts, suspects, notes) = (code.excerpts, code.suspects, code.notes)
        switch code.state {
        case .read(let mirror, let revision, let basis):
            (state, self.mirror, self.revision, self.basis) = ("read", mirror, revision, basis)
        case .fromEvent: state = "fromEvent"
        case .notConfigured: state = "notConfigured"
        case .noFrames: state = "noFrames"
        case .notFound(let mirror, let revision): (state, self.mirror, self.revision) = ("notFound", mirror, revision)
        case .unavailable(let mirror, let reason): (state, self.mirror, self.reason) = ("unavailable", mirror, reason)
        }
    }
}
