import Events

extension ChatFailure {
    /// For people and accounts, without the server's own words where they could be long.
    var words: String {
        switch self {
        case .unreachable(let error): "\(error)"
        case .timedOut(let phase, let after): "no answer within \(Int(after.inSeconds)) s (\(phase.inWords))"
        case .modelMissing(let model): "the server has no model \(model)"
        case .promptTooLong(let tokens, let context):
            "the prompt of \(tokens.map(String.init) ?? "too many") tokens does not fit the context of "
                + "\(context.map(String.init) ?? "fewer")"
        case .silentlyTruncated(let evaluated, let expected):
            "the server evaluated \(evaluated) of about \(expected) tokens: it cut the prompt"
        case .busy(let message): "the server is busy: \(UntrustedText.line(message, limit: 120))"
        case .refused(let status, let message):
            "the server answered \(status): \(UntrustedText.line(message, limit: 200))"
        case .endedEarly(let received): "the answer broke off after \(received) bytes"
        case .malformed(let what): "the reply is not Ollama's: \(UntrustedText.line(what, limit: 120))"
        case .cancelled: "cancelled"
        }
    }
}

extension ChatFailure.Phase {
    fileprivate var inWords: String {
        switch self {
        case .connect: "connecting"
        case .load: "loading the model"
        case .firstToken: "waiting for the first token"
        case .stall: "between two tokens"
        case .total: "in all"
        }
    }
}
