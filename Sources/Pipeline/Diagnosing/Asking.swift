import Delivery
import Diagnosing
import Events
import Foundation
import History

/// A diagnosis and what it took.
struct Answer {
    var diagnosis: Diagnosis
    var rawAnswers: [String] = []
    var calls: [Diagnosing.ModelCall] = []
}

/// The model as one run uses it: asked while it answers, left alone once the endpoint has failed repeatedly.
struct Asking {
    private(set) var ready: ModelAccess.Ready?
    private var absence: Provenance.BuiltInReason?
    /// Tokens a second of the slowest answer.
    private var slowest: Double?
    /// A model on a GPU writes more tokens a second than this.
    private static let slow = 15.0
    /// Read only where there is a model to ask.
    private var prompts: (diagnose: PromptFile, repair: PromptFile)?
    private let settings: DiagnosingSettings
    private var estimator: TokenEstimator
    private var failures = 0

    /// Whom a run asks.
    enum Mode {
        case model
        /// The built-in triage; the model is asked by a later run, where there is one.
        case later
        /// The built-in triage alone.
        case never
    }

    init(site: Site, mode: Mode = .model) async throws {
        settings = site.configuration.diagnosing
        estimator = TokenEstimator()
        let hasModel = site.configuration.models[ModelAccess.role] != nil
        let access: ModelAccess =
            switch mode {
            case .model: try await ModelAccess.open(site.configuration)
            case .later: .absent(hasModel ? .budget : .noModel)
            case .never: .absent(.noModel)
            }
        switch access {
        case .ready(let found):
            ready = found
            prompts = try Self.prompts(site.configuration)
            if let text = try site.history.setting(Self.estimatorKey(found.settings.name)) {
                // What cannot be read is learned again.
                estimator = (try? JSONDecoder().decode(TokenEstimator.self, from: Data(text.utf8))) ?? TokenEstimator()
            }
        case .absent(let reason): absence = reason
        }
    }

    /// - Throws: ``PromptError`` with file and line.
    static func prompts(_ configuration: Configuration) throws -> (diagnose: PromptFile, repair: PromptFile) {
        let library = try PromptLibrary(directory: configuration.prompts)
        return (try library.prompt(named: "diagnose"), try library.prompt(named: "repair"))
    }

    var promptDigest: String { prompts?.diagnose.sha256 ?? "" }

    /// A model is configured, and cannot be used.
    var isBroken: Bool {
        if case .unavailable = absence { return true }
        return false
    }

    var absenceWords: String? {
        switch absence {
        case nil: nil
        case .unavailable(let words): words
        case .noModel: "models.conf names no model"
        case .budget, .invalidAnswer, .abstained: nil
        }
    }

    /// That the model does not fit the GPU, wholly or in part; nil where it does, where the server cannot say, and
    /// where it answers fast: then it is not asked.
    var slowness: String? {
        get async {
            guard let ready, let slowest, slowest < Self.slow, let loaded = try? await ready.client.loadedModels(),
                let model = loaded.first(where: { $0.name == ready.settings.name || $0.digest == ready.digest }),
                model.size > 0, model.gpuSize < model.size
            else { return nil }
            let (part, all) = (
                NumberText.bytes(Int64(clamping: model.gpuSize)), NumberText.bytes(Int64(clamping: model.size))
            )
            return "the model \(ready.settings.name) runs on the CPU: \(part) of \(all) are on a GPU"
        }
    }

    func cacheKey(for file: CaseFile) -> String? { diagnoser(onToken: nil)?.cacheKey(for: file) }

    mutating func diagnose(
        _ file: CaseFile, now: Timestamp, hasBudget: Bool, onToken: @escaping @Sendable (Int) -> Void
    ) async -> Answer {
        guard let diagnoser = diagnoser(onToken: onToken), absence == nil else {
            return builtIn(file, absence ?? .noModel, now)
        }
        guard hasBudget else { return builtIn(file, .budget, now) }
        let outcome = await diagnoser.diagnose(file, now: now, estimator: estimator)
        estimator = outcome.estimator
        if case .model(let run) = outcome.diagnosis.provenance.author, run.seconds > 0 {
            slowest = min(slowest ?? .infinity, Double(run.answerTokens) / run.seconds)
        }
        if case .builtIn(.unavailable(let words)) = outcome.diagnosis.provenance.author {
            failures += 1
            if failures >= DiagnosingStage.failuresBeforeGivingUp { absence = .unavailable(words) }
        } else {
            failures = 0
        }
        return Answer(diagnosis: outcome.diagnosis, rawAnswers: outcome.rawAnswers, calls: outcome.calls)
    }

    func keepWhatWasLearned(in history: HistoryStore) throws {
        guard let ready else { return }
        let text = String(decoding: try JSONEncoder().encode(estimator), as: UTF8.self)
        try history.setSetting(Self.estimatorKey(ready.settings.name), to: text)
    }

    /// nil where there is no model to ask.
    private func diagnoser(onToken: (@Sendable (Int) -> Void)?) -> Diagnoser? {
        guard let ready, let prompts else { return nil }
        return Diagnoser(
            prompt: prompts.diagnose, repair: prompts.repair, model: ready.settings, digest: ready.digest,
            settings: settings
        ) { (request) throws(ChatFailure) in
            try await ready.client.chat(request, onToken: onToken)
        }
    }

    private func builtIn(_ file: CaseFile, _ reason: Provenance.BuiltInReason, _ now: Timestamp) -> Answer {
        Answer(diagnosis: BuiltInTriage().diagnose(file, reason: reason, now: now))
    }

    private static func estimatorKey(_ model: String) -> String { "tokens.\(model)" }
}
