/// How many tokens a model makes of text, learned from what its server counted.
///
/// Starts careful, so that the first prompt fits; afterwards follows the counts, with a margin.
public struct TokenEstimator: Sendable, Hashable, Codable {
    /// Tokens a byte of UTF-8, as learned so far.
    public private(set) var tokensPerByte: Double
    /// Counts learned from.
    public private(set) var samples: Int

    /// English prose measures about 0.25 with today's vocabularies, code and stack traces 0.3 to 0.4.
    public static let carefulDefault = 0.4
    /// Kept on top of what was learned: the next prompt is another text.
    static let margin = 1.1
    /// No vocabulary makes fewer, or more, of text that is worth sending.
    static let plausible = 0.05...2.0
    /// Share of a smaller count that is believed at once; a larger one is believed wholly.
    static let learningRate = 0.3
    /// Fewer bytes say little about the ratio: the chat template's own tokens weigh too much.
    static let leastBytes = 200

    public init() { (tokensPerByte, samples) = (Self.carefulDefault, 0) }

    /// Learns from one prompt that the server counted, accepted or refused.
    public mutating func learn(bytes: Int, tokens: Int) {
        guard bytes >= Self.leastBytes, tokens > 0 else { return }
        let seen = min(max(Double(tokens) / Double(bytes), Self.plausible.lowerBound), Self.plausible.upperBound)
        if samples == 0 || seen > tokensPerByte {
            tokensPerByte = seen
        } else {
            tokensPerByte += (seen - tokensPerByte) * Self.learningRate
        }
        if samples < .max { samples += 1 }
    }

    /// The careful estimate: margin included.
    public func tokens(forBytes bytes: Int) -> Int {
        Int((Double(max(0, bytes)) * tokensPerByte * (samples == 0 ? 1 : Self.margin)).rounded(.up))
    }

    public func tokens(for text: String) -> Int { tokens(forBytes: text.utf8.count) }

    /// The server evaluated so few tokens that it must have cut the prompt.
    ///
    /// Two signs: far below what the bytes can give, or just the half of the context that a cut leaves
    /// (a server at 2048 was seen to evaluate 1026 of 12,221) where the estimate nearly fills the window.
    func isTruncation(evaluated: Int, bytes: Int, contextTokens: Int) -> Bool {
        guard evaluated > 0, bytes >= Self.leastBytes else { return false }
        let least = Double(bytes) * (samples == 0 ? Self.leastUnlearned : tokensPerByte * Self.leastShare)
        if Double(evaluated) < least { return true }
        if samples > 0, Double(evaluated) >= Double(bytes) * tokensPerByte * Self.halfShare { return false }
        let nearHalf = abs(evaluated - contextTokens / 2) <= Self.halfTolerance
        return nearHalf && Double(tokens(forBytes: bytes)) > Double(contextTokens) * Self.nearlyFull
    }

    private static let leastUnlearned = 0.12
    private static let leastShare = 0.55
    private static let halfTolerance = 16
    private static let nearlyFull = 0.5
    private static let halfShare = 0.85
}

/// The room that a model's context leaves for a prompt.
public struct TokenBudget: Sendable, Hashable {
    public let contextTokens: Int
    public let answerTokens: Int
    public let estimator: TokenEstimator
    /// The most tokens that messages may take, by estimate.
    public let promptTokens: Int

    /// The chat template's own tokens around system, user and answer.
    static let templateTokens = 24
    /// An answer takes at most this share of the context.
    static let answerShare = 3

    /// - Parameters:
    ///   - scale: share of the room to use; below 1 after a prompt was too long all the same.
    ///   - reservedBytes: text that is sent beside the rendered prompt (the repair round).
    public init(
        contextTokens: Int, answerTokens: Int, estimator: TokenEstimator, scale: Double = 1, reservedBytes: Int = 0
    ) {
        self.contextTokens = contextTokens
        self.answerTokens = max(1, min(answerTokens, contextTokens / Self.answerShare))
        self.estimator = estimator
        let room = max(0, contextTokens - self.answerTokens - Self.templateTokens)
        let scaled = Int(Double(room) * min(1, max(0, scale)))
        promptTokens = max(0, scaled - estimator.tokens(forBytes: reservedBytes))
    }

    func fits(bytes: Int) -> Bool { estimator.tokens(forBytes: bytes) <= promptTokens }
}
