import Events

/// Several models in turn: the smallest that suits the case first, a larger one where it failed or is not sure.
///
/// All of them together make at most ``Diagnoser/maximumCalls`` calls. What the surest of them said is taken; where
/// none said anything that holds, the built-in triage answers with the reason of the last.
public struct DiagnosisRoute: Sendable {
    /// Smallest first.
    public let steps: [Diagnoser]
    /// Below this confidence a larger model is asked as well. 0 to 100.
    public let escalateBelow: Int

    /// - Parameter steps: at least one.
    public init(_ steps: [Diagnoser], escalateBelow: Int) {
        self.steps = steps.sorted { ($0.model.size, $0.model.name) < ($1.model.size, $1.model.name) }
        self.escalateBelow = escalateBelow
    }

    /// The models that may be asked about a case, in their order.
    public func order(for file: CaseFile) -> ArraySlice<Diagnoser> {
        let size = CaseComplexity.size(for: file.sample, file.facts)
        let first = steps.lastIndex { $0.model.size <= size } ?? 0
        return steps[min(first, steps.count)...]
    }

    public func cacheKey(for file: CaseFile) -> String {
        let keys = order(for: file).map { $0.cacheKey(for: file) }
        guard let first = keys.first, keys.count > 1 else { return keys.first ?? "" }
        return CacheKey.of([first] + keys.dropFirst() + ["\(escalateBelow)"])
    }

    /// What a route made of a case, and what was learned of each model asked.
    public struct Outcome: Sendable {
        public var diagnosis: DiagnosisOutcome
        /// By the model's name.
        public var estimators: [String: TokenEstimator]
    }

    /// - Parameter estimators: what is known so far, by the model's name.
    public func diagnose(
        _ file: CaseFile, now: Timestamp, estimators: [String: TokenEstimator]
    ) async -> Outcome {
        var tried: [DiagnosisOutcome] = []
        var learned = estimators
        var left = Diagnoser.maximumCalls
        for step in order(for: file) where left > 0 {
            let name = step.model.name
            let outcome = await step.diagnose(
                file, now: now, estimator: learned[name] ?? TokenEstimator(), calls: left)
            learned[name] = outcome.estimator
            left -= outcome.calls.count
            tried.append(outcome)
            if Task.isCancelled || isSure(outcome.diagnosis) { break }
        }
        return Outcome(diagnosis: best(of: tried, file, now), estimators: learned)
    }

    private func isSure(_ diagnosis: Diagnosis) -> Bool {
        guard case .model = diagnosis.provenance.author else { return false }
        return diagnosis.confidence >= escalateBelow
    }

    /// The surest answer of a model, else what the last attempt came to; with the calls and answers of all.
    private func best(of tried: [DiagnosisOutcome], _ file: CaseFile, _ now: Timestamp) -> DiagnosisOutcome {
        let answers = tried.filter { if case .model = $0.diagnosis.provenance.author { true } else { false } }
        // Among equals the larger model's, which came later.
        let surest = answers.reversed().max { $0.diagnosis.confidence < $1.diagnosis.confidence }
        guard var best = surest ?? tried.last else {
            let diagnosis = BuiltInTriage().diagnose(file, reason: .noModel, now: now)
            return DiagnosisOutcome(
                diagnosis: diagnosis, rawAnswers: [], calls: [], estimator: TokenEstimator(), leftOut: [])
        }
        if case .model = best.diagnosis.provenance.author {
            best.diagnosis.provenance.cacheKey = cacheKey(for: file)
        }
        guard tried.count > 1 else { return best }
        best.calls = tried.flatMap(\.calls)
        best.rawAnswers = tried.flatMap(\.rawAnswers)
        if case .model(var run) = best.diagnosis.provenance.author {
            run.promptTokens = best.calls.reduce(0) { $0 + $1.promptTokens }
            run.answerTokens = best.calls.reduce(0) { $0 + $1.answerTokens }
            run.seconds = best.calls.reduce(0) { $0 + $1.seconds }
            run.attempts = best.calls.count
            best.diagnosis.provenance.author = .model(run)
            for other in tried where other.diagnosis != best.diagnosis {
                guard let words = Self.words(other), other.calls.first?.model != run.model else { continue }
                best.diagnosis.caveats.append(words)
            }
        }
        return best
    }

    /// What became of a model that was asked too.
    private static func words(_ outcome: DiagnosisOutcome) -> String? {
        guard let model = outcome.calls.first?.model else { return nil }
        switch outcome.diagnosis.provenance.author {
        case .model: return "\(model) was asked too, and was less sure (\(outcome.diagnosis.confidence))"
        case .builtIn(.abstained): return "\(model) was asked too, and was not sure enough"
        case .builtIn(.invalidAnswer): return "\(model) was asked too, and its answer did not hold"
        case .builtIn: return "\(model) was asked too, and could not answer"
        }
    }
}
