import Diagnosing
import Events
import History

/// The embedding model of models.conf, as one run asks it; each call is kept in the history.
///
/// Whatever fails here costs a help to the search by likeness, and nothing else.
struct Embedder: Sendable {
    enum Access: Sendable {
        /// models.conf names no model with the role `embed`.
        case unwanted
        /// Why it cannot be asked, in words.
        case unavailable(model: String, String)
        case ready(Embedder)

        var embedder: Embedder? { if case .ready(let embedder) = self { embedder } else { nil } }
    }

    /// How long somebody who asks about one error waits for its vector.
    private var patience = Duration.seconds(10)

    let model: EmbeddingModel
    private let site: Site
    private var settings: ModelSettings
    private let client: OllamaClient
    private let endpoint: String
    private let now: Timestamp
    private let clock = ContinuousClock()

    static func open(_ site: Site, now: Timestamp) async throws -> Access {
        guard let wanted = site.configuration.embeddingModel else { return .unwanted }
        switch try await ModelAccess.open(site, wanted: [wanted]) {
        case .ready(let ready):
            guard let model = ready.main else { return .unwanted }
            return .ready(Embedder(site, model, ready, now: now))
        case .absent(.unavailable(let words)): return .unavailable(model: wanted.name, words)
        case .absent: return .unwanted
        }
    }

    private init(_ site: Site, _ model: ModelAccess.Model, _ ready: ModelAccess.Ready, now: Timestamp) {
        (self.site, settings, self.now) = (site, model.settings, now)
        (client, endpoint) = (ready.client, ready.endpoint)
        self.model = EmbeddingModel(name: model.settings.name, digest: model.digest)
    }

    /// The same, with less patience for one error's vector.
    func waiting(atMost time: Duration) -> Embedder {
        var hurried = self
        hurried.patience = min(patience, time)
        return hurried
    }

    /// Where the model puts texts, in their order; nil for one that it gives no direction.
    ///
    /// - Parameter texts: at most ``OllamaClient/mostTextsAtOnce``.
    /// - Throws: `ChatFailure`; `HistoryError` where the call cannot be kept.
    func vectors(
        of texts: [String], awaitsLoad: Bool
    ) async throws -> (vectors: [QuantizedVector?], tokens: Int) {
        let start = clock.now
        let answer: EmbeddingAnswer
        do {
            answer = try await client.embed(texts, model: settings, awaitsLoad: awaitsLoad)
        } catch {
            try keep(0, error.description, error.isTimeout ? .timeout : .error, since: start)
            throw error
        }
        try keep(answer.promptTokens, "answered", .ok, since: start)
        return (answer.vectors.map { QuantizedVector($0) }, answer.promptTokens)
    }

    private func keep(
        _ tokens: Int, _ outcome: String, _ result: History.ModelCall.Result, since start: ContinuousClock.Instant
    ) throws {
        var call = History.ModelCall(
            time: now, endpoint: endpoint, model: settings.name, promptDigest: "", promptTokens: tokens,
            answerTokens: 0, outcome: site.redactor(outcome).text, seconds: start.duration(to: clock.now).inSeconds)
        call.result = result
        try site.history.recordModelCall(call)
    }

    /// Where an error lies that is not recorded; nil where the history knows its group's place, keeps another model's
    /// vectors or none, or no answer comes in time.
    func vector(of key: SearchKey, in group: Fingerprint) async -> QuantizedVector? {
        var hurried = self
        hurried.settings.timeouts.load = .zero
        hurried.settings.timeouts.firstToken = min(settings.timeouts.firstToken, patience)
        hurried.settings.timeouts.total = min(settings.timeouts.total, patience)
        do {
            guard try site.history.embeddingModel() == model, try !site.history.hasVector(group) else { return nil }
            return try await hurried.vectors(of: [EmbeddedText.text(of: key)], awaitsLoad: true).vectors.first ?? nil
        } catch {
            // Words and frames alone tell what is alike; the call is kept with its failure.
            return nil
        }
    }
}

/// What an embedding model is shown of an error.
enum EmbeddedText {
    /// Models for embedding have windows from 256 tokens on.
    private static let (maxBytes, maxFrames) = (1500, 8)

    /// Type, code and message, then the calls nearest to the fault that are not the runtime's.
    static func text(of key: SearchKey) -> String {
        let head = [key.exceptionType, key.code].compactMap(\.self).joined(separator: " ")
        let calls = key.frames.lazy.filter { !$0.isRuntime }.prefix(maxFrames).map { "at \($0.name)" }
        let lines = [head, key.text] + calls
        let text = lines.filter { !$0.isEmpty }.joined(separator: "\n")
        return text.utf8.count > maxBytes ? String(decoding: text.utf8.prefix(maxBytes), as: UTF8.self) : text
    }
}

extension ChatFailure {
    fileprivate var isTimeout: Bool { if case .timedOut = self { true } else { false } }
}
