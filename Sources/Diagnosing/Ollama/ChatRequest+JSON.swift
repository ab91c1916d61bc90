extension ChatRequest {
    /// The body of `POST /api/chat`: names sorted, the schema as it was given, the same bytes for the same request.
    ///
    /// `truncate: false` makes the server refuse a prompt that is too long instead of cutting it without a word, and
    /// `shift: false` keeps it from forgetting the beginning while it answers. Both are always sent: a change of
    /// `shift` or `num_ctx` reloads the model.
    func json() throws(ChatFailure) -> [UInt8] {
        guard let parsed = JSONText(Array(schema.utf8)), case .object = parsed else {
            throw .refused(status: 400, message: "not sent: the answer's schema is not a JSON object")
        }
        var fields = ["\"format\":\(schema)", "\"keep_alive\":\(model.keepAliveJSON)"]
        let texts = messages.map { message in
            "{\"content\":\(JSONText.quoted(message.content)),\"role\":\(JSONText.quoted(message.role.rawValue))}"
        }
        fields.append("\"messages\":[\(texts.joined(separator: ","))]")
        fields.append("\"model\":\(JSONText.quoted(model.name))")
        fields.append("\"options\":{\(options.joined(separator: ","))}")
        fields += ["\"shift\":false", "\"stream\":true"]
        if let think { fields.append("\"think\":\(think)") }
        fields.append("\"truncate\":false")
        return Array("{\(fields.joined(separator: ","))}".utf8)
    }

    /// `num_predict` is at least 1: 0 means "unlimited" on one of the server's paths, and one token on the other.
    private var options: [String] {
        [
            "\"num_ctx\":\(model.contextTokens)", "\"num_predict\":\(max(1, model.maxAnswerTokens))",
            "\"seed\":\(model.seed)", "\"temperature\":\(model.temperature.isFinite ? model.temperature : 0)",
        ] + model.options.compactMap(ModelSettings.option)
    }

    private var think: String? {
        switch model.think {
        case .unset: nil
        case .off: "false"
        case .on: "true"
        case .low, .medium, .high: JSONText.quoted(model.think.rawValue)
        }
    }
}

extension ModelSettings {
    /// Options that have keys of their own.
    private static let own: Set<Substring> = ["num_ctx", "num_predict", "seed", "temperature"]

    /// `top_k=20` as `"top_k":20`; nil for what is no option.
    static func option(_ pair: String) -> String? {
        let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.count == 2, let name = parts.first, !name.isEmpty, !own.contains(name),
            name.utf8.allSatisfy({ $0 == 0x5F || $0 &- 0x61 < 26 || $0 &- 0x30 < 10 }),
            let value = JSONText(Array(parts[1].utf8))
        else { return nil }
        switch value {
        case .number, .bool: return "\"\(name)\":\(parts[1])"
        default: return nil
        }
    }

    /// What is wrong with options as a configuration gives them; nil when nothing is.
    public static func problem(options: [String]) -> String? {
        guard let wrong = options.first(where: { option($0) == nil }) else { return nil }
        return "options as \"name=value\", values numbers or true and false, none that has a key of its own: not "
            + "\"\(UntrustedText.line(wrong, limit: 60))\""
    }
}
