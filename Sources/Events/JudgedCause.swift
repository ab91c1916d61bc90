/// What a person said of a diagnosis.
public struct JudgedCause: Sendable, Hashable, Codable {
    public var verdict: Verdict
    /// The root cause that was judged; nil where none is kept.
    public var rootCause: String?
    /// The true cause in the person's words.
    public var correction: String?
    /// The commit that mended it.
    public var fixedBy: String?
    public var at: Timestamp

    public init(
        verdict: Verdict, rootCause: String?, correction: String? = nil, fixedBy: String? = nil, at: Timestamp
    ) {
        (self.verdict, self.rootCause, self.correction) = (verdict, rootCause, correction)
        (self.fixedBy, self.at) = (fixedBy, at)
    }

    /// What is known to be true: the person's words, else what they confirmed.
    public var trueCause: String? {
        if let correction, !correction.isEmpty { return correction }
        return verdict == .correct ? rootCause : nil
    }
}

/// A diagnosis that a person judged, with the group that it was made of.
public struct JudgedDiagnosis: Sendable, Hashable {
    public var fingerprint: Fingerprint
    public var title: String
    public var diagnosis: Diagnosis
    public var judgement: JudgedCause

    public init(fingerprint: Fingerprint, title: String, diagnosis: Diagnosis, judgement: JudgedCause) {
        (self.fingerprint, self.title) = (fingerprint, title)
        (self.diagnosis, self.judgement) = (diagnosis, judgement)
    }
}

/// An error of this site whose cause a person told or confirmed: how such a thing is said here.
public struct SiteExample: Sendable, Hashable, Codable {
    public var title: String
    public var rootCause: String

    public init(title: String, rootCause: String) { (self.title, self.rootCause) = (title, rootCause) }
}
