import Diagnosing
import Events
import History

extension Site {
    /// Keeps what was asked of a model, where, and what came of it.
    func audit(_ answer: Answer, endpoint: String?, now: Timestamp) throws {
        for call in answer.calls {
            var kept = History.ModelCall(
                time: now, endpoint: endpoint ?? "-", model: call.model, promptDigest: answer.promptDigest,
                promptTokens: call.promptTokens, answerTokens: call.answerTokens,
                outcome: redactor(call.outcome.words).text, seconds: call.seconds)
            kept.result = call.result
            try history.recordModelCall(kept)
        }
    }
}

extension Diagnosing.ModelCall {
    fileprivate var result: History.ModelCall.Result {
        switch outcome {
        case .accepted: .ok
        case .rejected: .refused
        case .failed: isTimeout ? .timeout : .error
        }
    }
}

extension Diagnosing.ModelCall.Outcome {
    /// For the audit and for `--verbose`.
    var words: String {
        switch self {
        case .accepted: "answered"
        case .rejected(let words): "rejected: \(words)"
        case .failed(let words): words
        }
    }
}
