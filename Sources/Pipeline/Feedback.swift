import Events
import History

/// What a person says of a group's diagnosis, and of the fix draft that was made of it.
public struct Feedback: Sendable {
    public var verdict: Verdict?
    /// The true cause, in words.
    public var cause: String?
    /// The commit that mended it.
    public var fixedBy: String?
    /// What became of the newest draft.
    public var draft: DraftFate?
    /// Who says so, for the audit.
    public var by: String?
    public var at: Timestamp

    public init(
        verdict: Verdict? = nil, cause: String? = nil, fixedBy: String? = nil, draft: DraftFate? = nil,
        by: String? = nil, at: Timestamp
    ) {
        (self.verdict, self.cause, self.fixedBy, self.draft) = (verdict, cause, fixedBy, draft)
        (self.by, self.at) = (by, at)
    }
}

/// Why feedback cannot be kept.
public enum FeedbackError: OperatorFacing, Equatable {
    case noDiagnosis(String)
    case noDraft(String)

    public var description: String {
        switch self {
        case .noDiagnosis(let group): "\(group) has no diagnosis to judge"
        case .noDraft(let group): "no fix draft was made of \(group)"
        }
    }

    public var remedy: String? {
        switch self {
        case .noDiagnosis: "appliance batch diagnoses new groups; appliance show tells what is known."
        case .noDraft: "appliance fix lists all drafts."
        }
    }

    public var kind: FailureKind { .usage }
}

extension Reporting {
    /// Keeps what a person says; the latest word counts, and all are kept.
    ///
    /// - Throws: ``FeedbackError``, ``GroupError``, `HistoryError`.
    public func record(_ feedback: Feedback, of reference: GroupReference) throws -> ErrorGroup {
        let history = try HistoryStore.open(at: configuration.home.history, mode: .readWrite, now: feedback.at)
        let group = try find(reference, history)
        let fingerprint = group.fingerprint
        let draft = try history.fixDrafts(since: Timestamp(nanoseconds: .min), of: fingerprint).first
        if feedback.draft != nil, draft == nil { throw FeedbackError.noDraft(group.id) }
        if let verdict = feedback.verdict {
            guard try history.latestDiagnoses(of: [fingerprint])[fingerprint] != nil else {
                throw FeedbackError.noDiagnosis(group.id)
            }
            // A person's words can hold a secret too.
            let redactor = try configuration.makeRedactor()
            let cause = feedback.cause.map { redactor($0).text }
            try history.recordVerdict(
                of: fingerprint, verdict, cause: cause, fixedBy: feedback.fixedBy, at: feedback.at,
                note: AuditNote(.feedback, of: fingerprint, by: feedback.by, detail: verdict.rawValue))
            if let cause, !cause.isEmpty, verdict != .correct {
                let site = try Site(configuration, mode: .readWrite, now: feedback.at)
                try CorrectionNotice(site: site, now: feedback.at).send(cause, of: fingerprint)
            }
        }
        if let fate = feedback.draft, let draft {
            try history.setFate(
                fate, of: draft.fingerprint, base: draft.draft.base, at: feedback.at,
                note: AuditNote(.draftFate, of: fingerprint, by: feedback.by, detail: fate.rawValue))
        }
        return group
    }
}
