import Events

/// Asks the model with the role `fix` for the change that repairs a cause which another model found.
///
/// One call and no second try: a change that does not hold is left out, and the diagnosis stands without it.
public struct FixProposer: Sendable {
    public let prompt: PromptFile
    public let rules: HouseRules
    public let model: ModelSettings
    /// The digest that the server gives for the model now.
    public let digest: String?
    /// Of the description, in English.
    public let language: String
    private let chat: Diagnoser.Chat

    /// Below it a cause is a guess, and a change would only make it look like more.
    public static let leastConfidence = 50
    private static let answerTokens = 500

    public init(
        prompt: PromptFile, rules: HouseRules = HouseRules(), model: ModelSettings, digest: String? = nil,
        language: String = "English", chat: @escaping Diagnoser.Chat
    ) {
        (self.prompt, self.rules, self.model, self.digest) = (prompt, rules, model, digest)
        (self.language, self.chat) = (language, chat)
    }

    /// What came of asking, for the account and the next case.
    public struct Proposal: Sendable {
        /// With the change, or with the reason why there is none.
        public var diagnosis: Diagnosis
        public var rawAnswers: [String] = []
        public var calls: [ModelCall] = []
        public var estimator: TokenEstimator

        /// False where the model was asked and gave no answer; true where nothing was to be asked.
        public var wasAnswered: Bool {
            calls.allSatisfy { call in if case .failed = call.outcome { false } else { true } }
        }
    }

    /// The key under which a diagnosis is used again that this model was asked about too.
    public func cacheKey(_ diagnosis: String) -> String {
        CacheKey.of([
            "fix/1", diagnosis, prompt.sha256, model.name, digest ?? "",
            "\(model.contextTokens) \(model.maxAnswerTokens) \(model.temperature) \(model.seed)",
        ])
    }

    /// Whether a change is asked for: of a model's sure enough cause, in code that was shown, without a change yet.
    public func isAsked(about diagnosis: Diagnosis, of file: CaseFile) -> Bool {
        guard case .model = diagnosis.provenance.author, diagnosis.fix == nil else { return false }
        return diagnosis.confidence >= Self.leastConfidence && !file.code.excerpts.isEmpty
    }

    /// Never throws: what goes wrong becomes a caveat.
    public func propose(for diagnosis: Diagnosis, of file: CaseFile, estimator: TokenEstimator) async -> Proposal {
        var proposal = Proposal(diagnosis: diagnosis, estimator: estimator)
        guard isAsked(about: diagnosis, of: file) else { return proposal }
        let budget = TokenBudget(
            contextTokens: model.contextTokens, answerTokens: min(model.maxAnswerTokens, Self.answerTokens),
            estimator: estimator)
        let rendered: RenderedPrompt
        do {
            rendered = try PromptBuilder(
                prompt: prompt, language: language, rules: rules, cause: diagnosis.rootCause
            ).build(file, budget: budget)
        } catch {
            proposal.leaveOut("its context of \(model.contextTokens) tokens is too small", model)
            return proposal
        }
        var settings = model
        settings.maxAnswerTokens = budget.answerTokens
        let request = ChatRequest(model: settings, messages: rendered.messages, schema: AnswerSchema.fix(Self.limits))
        do {
            take(try await chat(request), rendered, file, &proposal)
        } catch {
            proposal.calls.append(
                ModelCall(
                    model: model.name, promptTokens: 0, answerTokens: 0, seconds: 0, outcome: .failed(error.words)))
            proposal.leaveOut(error.words, model)
        }
        return proposal
    }

    private static let limits = AnswerLimits.most

    private func take(
        _ answer: ChatAnswer, _ rendered: RenderedPrompt, _ file: CaseFile, _ proposal: inout Proposal
    ) {
        proposal.rawAnswers.append(answer.said)
        let (before, evaluated) = (proposal.estimator, answer.promptTokens)
        let time = answer.loadTime + answer.promptTime + answer.answerTime
        func call(_ outcome: ModelCall.Outcome) {
            proposal.calls.append(
                ModelCall(
                    model: model.name, promptTokens: evaluated, answerTokens: answer.answerTokens,
                    seconds: time.inSeconds, outcome: outcome))
        }
        guard !before.isTruncation(evaluated: evaluated, bytes: rendered.bytes, contextTokens: model.contextTokens)
        else {
            call(.failed("the server cut the prompt without a word"))
            return proposal.leaveOut("the server cut the prompt without a word", model)
        }
        proposal.estimator.learn(bytes: rendered.bytes, tokens: evaluated)
        guard let change = RawAnswer.Change(text: answer.said) else {
            call(.rejected("no JSON of the change's form"))
            return proposal.leaveOut("it wrote no change", model)
        }
        guard !change.original.isEmpty || !change.modified.isEmpty else {
            call(.accepted)
            return proposal.leaveOut("it sees none in the code that is shown", model)
        }
        switch FixChecking(excerpts: file.code.excerpts).check(change, limits: Self.limits) {
        case .holds(let fix):
            call(.accepted)
            proposal.diagnosis.fix = fix
            proposal.diagnosis.autoFixable = true
            proposal.diagnosis.caveats.append("the change was proposed by \(model.name)")
        case .dropped(let words):
            call(.rejected(words))
            proposal.leaveOut(words, model)
        }
    }
}

extension FixProposer.Proposal {
    fileprivate mutating func leaveOut(_ why: String, _ model: ModelSettings) {
        diagnosis.caveats.append("\(model.name) was asked for a change: \(why)")
    }
}
