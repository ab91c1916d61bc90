/// What the server says when it refuses: turned into typed failures, and made fit to be shown.
enum ServerWords {
    static let maximumCharacters = 400

    /// The failure that an answer other than 200 stands for.
    ///
    /// - Parameter model: the one that was asked for; nil for a request that names none.
    static func failure(status: Int, body: [UInt8], model: String?) -> ChatFailure {
        if let error = JSONText(body)?["error"]?.string {
            return failure(status: status, error: error, model: model)
        }
        let words = body.isEmpty ? "no explanation" : excerpt(body)
        return status == 503 || status == 429 ? .busy(words) : .refused(status: status, message: words)
    }

    /// The failure that the server's `error` text stands for, whatever the status: after the first token it is 200.
    static func failure(status: Int, error: String, model: String?) -> ChatFailure {
        // The engine below the server answers in JSON of its own, which arrives inside the text.
        let detail = JSONText(Array(error.utf8))?["error"]
        if detail?["type"]?.string == "exceed_context_size_error" {
            return .promptTooLong(
                promptTokens: detail?["n_prompt_tokens"]?.integer, contextTokens: detail?["n_ctx"]?.integer)
        }
        if error.hasPrefix("the prompt is longer than the context length") {
            return .promptTooLong(promptTokens: nil, contextTokens: nil)
        }
        switch (status, model) {
        case (404, let model?): return .modelMissing(model)
        case (429, _), (503, _): return .busy(bounded(error))
        default: return .refused(status: status, message: bounded(detail?["message"]?.string ?? error))
        }
    }

    /// One line of at most ``maximumCharacters``, control characters replaced by spaces.
    static func bounded(_ text: String) -> String {
        let scalars = text.unicodeScalars.prefix(maximumCharacters).map { scalar in
            scalar.properties.generalCategory == .control || scalar.properties.generalCategory == .format
                ? " " : scalar
        }
        return String(String.UnicodeScalarView(scalars))
    }

    /// The beginning of bytes that are not what they should be.
    static func excerpt(_ bytes: [UInt8]) -> String {
        bounded(String(decoding: bytes.prefix(120), as: UTF8.self))
    }
}
