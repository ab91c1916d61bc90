import Diagnosing
import Events
import History

/// The same figures from what people said of this site's diagnoses: no model is asked.
extension Evaluation {
    /// Judgements that are looked at, the newest first.
    private static let mostVerdicts = 100_000

    /// By model and prompt version, in their order. Only "correct" is right; a diagnosis of the built-in triage counts as
    /// abstained.
    public func verdicts(now: Timestamp) throws -> [DiagnosisFacts] {
        let history = try HistoryStore.open(at: configuration.home.history, mode: .readOnly, now: now)
        var ways: [String: DiagnosisFacts] = [:]
        for judged in try history.judgedDiagnoses(limit: Self.mostVerdicts) {
            let diagnosis = judged.diagnosis
            let isRight = judged.judgement.verdict == .correct
            var (model, prompt) = ("built-in triage", "built-in")
            if case .model(let run) = diagnosis.provenance.author {
                (model, prompt) = (run.model, "\(run.prompt)/\(run.promptVersion)")
            }
            var facts = ways["\(model) \(prompt)"] ?? DiagnosisFacts(model: model, prompt: prompt)
            facts.rows += 1
            facts.right.add(isRight)
            facts.rightByLevel[Calibration.index(of: diagnosis.confidence)].add(isRight)
            if diagnosis.confidence >= Self.sure { facts.rightAmongSure.add(isRight) }
            if case .model(let run) = diagnosis.provenance.author {
                facts.answered.add(true)
                facts.promptTokens += run.promptTokens
                facts.answerTokens += run.answerTokens
                // A mean, so that it can be added to.
                facts.secondsARow += (run.seconds - facts.secondsARow) / Double(facts.rows)
            } else {
                facts.answered.add(false)
                facts.abstained += 1
            }
            ways["\(model) \(prompt)"] = facts
        }
        return ways.sorted { $0.key < $1.key }.map(\.value)
    }
}
