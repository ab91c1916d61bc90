import Events

/// Makes one diagnosis: a prompt that fits, an answer that holds, or the built-in triage.
///
/// At most three calls are made together: a prompt that turned out too long is built again with what was
/// learned, and an answer with faults is sent back once with the faults named.
public struct Diagnoser: Sendable {
    public typealias Chat = @Sendable (ChatRequest) async throws(ChatFailure) -> ChatAnswer

    public let prompt: PromptFile
    public let repair: PromptFile
    public let rules: HouseRules
    public let model: ModelSettings
    /// The digest that the server gives for the model now.
    public let digest: String?
    public let settings: DiagnosingSettings
    /// The server may have to load the model for the first call.
    public let awaitsLoad: Bool
    private let chat: Chat

    public static let maximumCalls = 3
    /// Share of the window that is used after a prompt was too long for a reason that taught nothing.
    static let smaller = 0.6
    /// Bytes of a faulty answer that are shown to the model again.
    static let repeatedAnswerBytes = 1500
    /// Bytes that are kept free for the words of the repair prompt.
    static let repairBytes = 900

    public init(
        prompt: PromptFile, repair: PromptFile, rules: HouseRules = HouseRules(), model: ModelSettings,
        digest: String? = nil, settings: DiagnosingSettings = DiagnosingSettings(), awaitsLoad: Bool = false,
        chat: @escaping Chat
    ) {
        (self.prompt, self.repair, self.rules, self.model, self.digest) = (prompt, repair, rules, model, digest)
        (self.settings, self.awaitsLoad, self.chat) = (settings, awaitsLoad, chat)
    }

    /// The same, with answers from elsewhere first.
    ///
    /// - Parameter chat: is given what asks the model itself.
    public func asking(_ chat: @escaping @Sendable (ChatRequest, Chat) async throws(ChatFailure) -> ChatAnswer)
        -> Diagnoser
    {
        let model = self.chat
        return Diagnoser(
            prompt: prompt, repair: repair, rules: rules, model: self.model, digest: digest, settings: settings,
            awaitsLoad: awaitsLoad
        ) { (request) throws(ChatFailure) in try await chat(request, model) }
    }

    public func cacheKey(for file: CaseFile) -> String {
        CacheKey.of(
            file, promptSHA256: prompt.sha256, rules: rules, model: model, digest: digest, language: settings.language)
    }

    /// Never throws: what goes wrong becomes the reason of the built-in triage.
    ///
    /// - Parameters:
    ///   - now: the time that the diagnosis carries.
    ///   - calls: the most that may be made.
    public func diagnose(
        _ file: CaseFile, now: Timestamp, estimator: TokenEstimator, calls: Int = maximumCalls
    ) async -> DiagnosisOutcome {
        var round = Round(estimator: estimator, maximumCalls: calls)
        while round.calls.count < calls {
            switch await attempt(file, &round) {
            case .again: continue
            case .builtIn(let reason): return builtIn(file, reason, now, round)
            case .accepted(let answer) where answer.confidence < settings.minConfidence:
                return builtIn(file, .abstained(abstention(answer, file)), now, round)
            case .accepted(let answer): return accepted(answer, file, now, round)
            }
        }
        let words = round.problems.first ?? "no answer within \(calls) calls"
        return builtIn(file, .invalidAnswer(words), now, round)
    }
}

/// What is carried from one call to the next.
private struct Round {
    var estimator: TokenEstimator
    var calls: [ModelCall] = []
    var rawAnswers: [String] = []
    var leftOut: [String] = []
    /// Share of the room that the next prompt may use.
    var scale = 1.0
    /// What was wrong last, in words.
    var problems: [String] = []
    /// The answer to repair; nil before there was one with faults.
    var faulty: String?
    /// An answer of which only the root cause is asked for again.
    var kept: String?
    /// A short prompt was sent.
    var isBrief = false
    /// What is sent as `think` instead of what is configured.
    var think: ModelSettings.Think?
    let maximumCalls: Int

    init(estimator: TokenEstimator, maximumCalls: Int) {
        (self.estimator, self.maximumCalls) = (estimator, maximumCalls)
    }

    mutating func record(_ model: ModelSettings, _ answer: ChatAnswer?, _ outcome: ModelCall.Outcome) {
        let time = answer.map { $0.loadTime + $0.promptTime + $0.answerTime } ?? .zero
        calls.append(
            ModelCall(
                model: model.name, promptTokens: answer?.promptTokens ?? 0, answerTokens: answer?.answerTokens ?? 0,
                seconds: time.inSeconds, outcome: outcome))
    }
}

private enum Step {
    case again
    case accepted(CheckedAnswer)
    case builtIn(Provenance.BuiltInReason)
}

// MARK: one call

extension Diagnoser {
    private func attempt(_ file: CaseFile, _ round: inout Round) async -> Step {
        let budget = TokenBudget(
            contextTokens: model.contextTokens, answerTokens: model.maxAnswerTokens, estimator: round.estimator,
            scale: round.scale, reservedBytes: round.faulty.map { $0.utf8.count + Self.repairBytes } ?? 0)
        let rendered: RenderedPrompt
        do {
            rendered = try PromptBuilder(
                prompt: prompt, language: settings.language, rules: rules, isBrief: model.isBrief
            ).build(file, budget: budget)
        } catch {
            return .builtIn(
                .unavailable(
                    "the context of \(model.name) (\(model.contextTokens) tokens) is too small: the least prompt needs "
                        + "\(error.neededTokens) tokens, and \(error.availableTokens) are free"))
        }
        (round.leftOut, round.isBrief) = (rendered.leftOut, rendered.isBrief)
        let request = self.request(rendered, budget, round)
        let bytes = request.messages.reduce(0) { $0 + $1.content.utf8.count }
        do {
            let answer = try await chat(request)
            round.rawAnswers.append(answer.said)
            return judge(answer, of: request, bytes: bytes, file, rendered, &round)
        } catch {
            return recover(from: error, bytes: bytes, &round)
        }
    }

    private func request(_ rendered: RenderedPrompt, _ budget: TokenBudget, _ round: Round) -> ChatRequest {
        var settings = model
        settings.maxAnswerTokens = budget.answerTokens
        if let think = round.think { settings.think = think }
        var messages = rendered.messages
        if let faulty = round.faulty {
            if !faulty.isEmpty { messages.append(ChatMessage(.assistant, faulty)) }
            var values: [String: PromptValue] = [
                "problems": .list(round.problems), "language": .text(self.settings.language),
            ]
            if round.kept != nil { values["alone"] = .shown }
            if rendered.showsChange, model.isBrief { values["change"] = .shown }
            messages.append(
                ChatMessage(.user, UntrustedText.bounded(repair.user.render(values), bytes: Self.repairBytes)))
        }
        let limits = AnswerLimits(
            model, answerTokens: budget.answerTokens, showsChange: rendered.showsChange)
        let schema =
            round.kept != nil
            ? AnswerSchema.rootCauseOnly(limits)
            : AnswerSchema.text(limits: limits, evidence: rendered.evidence.keys.sorted())
        var request = ChatRequest(model: settings, messages: messages, schema: schema)
        request.awaitsLoad = awaitsLoad && round.calls.isEmpty
        return request
    }

    private func judge(
        _ answer: ChatAnswer, of request: ChatRequest, bytes: Int, _ file: CaseFile, _ rendered: RenderedPrompt,
        _ round: inout Round
    ) -> Step {
        let evaluated = answer.promptTokens
        if round.estimator.isTruncation(evaluated: evaluated, bytes: bytes, contextTokens: model.contextTokens) {
            let failure = ChatFailure.silentlyTruncated(
                evaluated: evaluated, expected: round.estimator.tokens(forBytes: bytes))
            round.record(model, answer, .failed(failure.words))
            return smaller(failure, &round)
        }
        round.estimator.learn(bytes: bytes, tokens: evaluated)
        let isLast = round.faulty != nil || round.calls.count + 1 == round.maximumCalls
        let checker = AnswerChecker(
            file: file, evidence: rendered.evidence, language: settings.language,
            limits: AnswerLimits(
                model, answerTokens: request.model.maxAnswerTokens, showsChange: rendered.showsChange),
            instructions: prompt.system.text)
        let text = round.kept.map { RawAnswer.replacingRootCause(of: $0, by: answer.said) } ?? answer.said
        switch checker.check(text, isLastRound: isLast) {
        case .accepted(let checked):
            round.record(model, answer, .accepted)
            return .accepted(checked)
        case .repairable(let found):
            let cut = answer.isComplete ? [] : ["The answer was cut off before its end; write a much shorter one."]
            let problems = cut + found
            round.record(model, answer, .rejected(problems.joined(separator: " ")))
            if answer.said.isEmpty, !answer.thinking.isEmpty || model.think != .unset { round.think = .off }
            if cut.isEmpty, checker.isOnlyRootCauseWeak(text) { round.kept = text }
            return repairing(
                problems, faulty: answer.isComplete ? answer.said : "", given: .invalidAnswer(problems[0]), &round)
        }
    }

    /// One repair round; the second fault ends it.
    private func repairing(
        _ problems: [String], faulty: String, given reason: Provenance.BuiltInReason, _ round: inout Round
    ) -> Step {
        guard round.faulty == nil else { return .builtIn(reason) }
        round.problems = problems
        round.faulty = UntrustedText.bounded(faulty, bytes: Self.repeatedAnswerBytes)
        return .again
    }

    private func smaller(_ failure: ChatFailure, _ round: inout Round) -> Step {
        round.scale *= Self.smaller
        round.problems = [failure.words]
        return .again
    }

    /// What a failed call asks for: a smaller prompt, another try, or the built-in triage.
    private func recover(from failure: ChatFailure, bytes: Int, _ round: inout Round) -> Step {
        round.record(model, nil, .failed(failure.words))
        if case .timedOut = failure { round.calls[round.calls.count - 1].isTimeout = true }
        switch failure {
        case .promptTooLong(let counted, _):
            let before = round.estimator
            if let counted { round.estimator.learn(bytes: bytes, tokens: counted) }
            guard round.estimator.tokensPerByte > before.tokensPerByte else { return smaller(failure, &round) }
            round.problems = [failure.words]
            return .again
        case .silentlyTruncated: return smaller(failure, &round)
        case .endedEarly(let received) where received > 0:
            let problem = "The answer ended early; do not repeat words, and be shorter."
            return repairing([problem], faulty: "", given: .invalidAnswer(failure.words), &round)
        case .refused(400, let message) where message.contains("does not support thinking") && round.think != .unset:
            (round.think, round.problems) = (.unset, [failure.words])
            return .again
        case .endedEarly, .unreachable, .timedOut, .modelMissing, .busy, .refused, .malformed, .cancelled:
            return .builtIn(.unavailable(failure.words))
        }
    }
}

// MARK: outcomes

extension Diagnoser {
    private func accepted(
        _ answer: CheckedAnswer, _ file: CaseFile, _ now: Timestamp, _ round: Round
    ) -> DiagnosisOutcome {
        let run = Provenance.ModelRun(
            model: model.name, digest: digest, prompt: prompt.name, promptVersion: prompt.version,
            promptTokens: round.calls.reduce(0) { $0 + $1.promptTokens },
            answerTokens: round.calls.reduce(0) { $0 + $1.answerTokens },
            seconds: round.calls.reduce(0) { $0 + $1.seconds }, attempts: round.calls.count,
            citationsChecked: answer.citationsChecked, citationsDropped: answer.citationsDropped)
        var diagnosis = answer.diagnosis(
            by: Provenance(author: .model(run), at: now, cacheKey: cacheKey(for: file)))
        if answer.isBrief { complete(&diagnosis, file, now) }
        if round.isBrief {
            diagnosis.caveats.append("evidence of less weight was not shown to so small a model")
        }
        if !round.leftOut.isEmpty {
            diagnosis.caveats.append("the prompt had no room for \(round.leftOut.joined(separator: ", "))")
        }
        return outcome(diagnosis, round)
    }

    /// Steps of a diagnosis whose model was asked for one.
    private static let steps = 3

    /// What a short answer leaves to code, and that it did.
    private func complete(_ diagnosis: inout Diagnosis, _ file: CaseFile, _ now: Timestamp) {
        let computed = BuiltInTriage().diagnose(file, reason: .noModel, now: now)
        (diagnosis.analysis, diagnosis.impact) = (computed.analysis, computed.impact)
        let own = diagnosis.recommendations.count
        let others = computed.recommendations.prefix(max(0, Self.steps - own))
        diagnosis.recommendations += others
        let steps = own == 0 ? "the steps" : "the steps after the first"
        diagnosis.caveats.append(
            "a short answer was asked of the model: analysis, impact\(others.isEmpty ? "" : " and \(steps)") are computed"
        )
    }

    private func builtIn(
        _ file: CaseFile, _ reason: Provenance.BuiltInReason, _ now: Timestamp, _ round: Round
    ) -> DiagnosisOutcome {
        outcome(BuiltInTriage().diagnose(file, reason: reason, now: now), round)
    }

    private func outcome(_ diagnosis: Diagnosis, _ round: Round) -> DiagnosisOutcome {
        DiagnosisOutcome(
            diagnosis: diagnosis, rawAnswers: round.rawAnswers, calls: round.calls, estimator: round.estimator,
            leftOut: round.leftOut, said: RawAnswer.lastRootCause(in: round.rawAnswers))
    }

    /// Why the model's answer is not given, and what would have helped.
    private func abstention(_ answer: CheckedAnswer, _ file: CaseFile) -> String {
        var words = "the model's confidence of \(answer.confidence) is below \(settings.minConfidence)"
        if let missing = FactWords.missingCode(file.code) { words += "; \(missing)" }
        if answer.evidence.isEmpty { words += "; it cited no evidence that holds" }
        return words
    }
}
