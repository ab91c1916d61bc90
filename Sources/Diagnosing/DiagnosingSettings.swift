import Events

/// How diagnoses are made, whatever the model.
public struct DiagnosingSettings: Sendable, Hashable {
    /// In English: `English`, `Korean`.
    public var language: String
    /// Below it, the built-in triage answers instead. 0 to 100.
    public var minConfidence: Int
    /// Below it a larger model is asked as well, where there is one. 0 to 100.
    public var escalateBelow: Int

    public init(language: String = "English", minConfidence: Int = 30, escalateBelow: Int = 50) {
        (self.language, self.minConfidence, self.escalateBelow) = (language, minConfidence, escalateBelow)
    }
}

/// One request to a model, as accounts and the audit show it.
public struct ModelCall: Sendable, Hashable {
    public var model: String
    public var promptTokens: Int
    public var answerTokens: Int
    /// As the server measured it: load, prompt and answer.
    public var seconds: Double
    public var outcome: Outcome
    /// The server did not answer in time.
    public var isTimeout = false

    public enum Outcome: Sendable, Hashable {
        case accepted
        /// The answer broke a rule; in words.
        case rejected(String)
        /// There was no answer; in words.
        case failed(String)
    }

    public init(model: String, promptTokens: Int, answerTokens: Int, seconds: Double, outcome: Outcome) {
        (self.model, self.promptTokens, self.answerTokens) = (model, promptTokens, answerTokens)
        (self.seconds, self.outcome) = (seconds, outcome)
    }
}

/// A diagnosis with everything it took.
public struct DiagnosisOutcome: Sendable {
    public var diagnosis: Diagnosis
    /// Every answer as it came, oldest first.
    public var rawAnswers: [String]
    public var calls: [ModelCall]
    /// What was learned of the model's tokens, for the next case.
    public var estimator: TokenEstimator
    /// What the last prompt did not show, in words.
    public var leftOut: [String]
    /// The root cause as the model wrote it last, before any check; nil where no answer has one.
    public var said: String?
}
