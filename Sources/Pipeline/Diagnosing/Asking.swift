import Delivery
import Diagnosing
import Events
import Foundation
import History
import Synchronization

/// A diagnosis and what it took.
struct Answer {
    var diagnosis: Diagnosis
    var rawAnswers: [String] = []
    var calls: [Diagnosing.ModelCall] = []
    var promptDigest = ""
}

/// The models as one run uses them: asked while they answer, left alone once the endpoint has failed repeatedly.
struct Asking {
    private(set) var ready: ModelAccess.Ready?
    private var absence: Provenance.BuiltInReason?
    /// Tokens a second of the slowest answer.
    private var slowest: Double?
    /// A model on a GPU writes more tokens a second than this.
    private static let slow = 15.0
    /// Read only where there is a model to ask.
    private var library: PromptLibrary?
    private let settings: DiagnosingSettings
    /// The model with the role `fix`; nil where none is configured or none can be asked.
    private var fixing: ModelAccess.Model?
    /// Times in a row that it gave no answer.
    private var fixingFailures = 0
    private var estimators: [String: TokenEstimator] = [:]
    /// Models that have answered in this run: they are in the server's memory.
    private let loaded = LoadedNames()
    private var failures = 0
    /// What people said of diagnoses, the newest word first.
    let judged: [JudgedDiagnosis]
    /// By the model's name: how often it was right here.
    private let calibrations: [String: Calibration]

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
        judged = try site.history.judgedDiagnoses()
        calibrations = Self.calibrations(of: judged)
        let access: ModelAccess =
            switch mode {
            case .model: try await ModelAccess.open(site, wanted: site.configuration.diagnosingModels)
            case .later: .absent(site.configuration.diagnosingModels.isEmpty ? .noModel : .budget)
            case .never: .absent(.noModel)
            }
        switch access {
        case .ready(let found):
            ready = found
            library = try Self.prompts(site.configuration)
            try await findFixing(site)
            for model in found.models + [fixing].compactMap(\.self) {
                let name = model.settings.name
                if let text = try site.history.setting(Self.estimatorKey(name)) {
                    // What cannot be read is learned again.
                    estimators[name] = try? JSONDecoder().decode(TokenEstimator.self, from: Data(text.utf8))
                }
            }
        case .absent(let reason): absence = reason
        }
    }

    private mutating func findFixing(_ site: Site) async throws {
        guard let wanted = site.configuration.fixingModel else { return }
        switch try await ModelAccess.open(site, wanted: [wanted]) {
        case .ready(let found): fixing = found.main
        case .absent(.unavailable(let words)): ready?.problems.append(words)
        case .absent: break
        }
    }

    /// - Throws: ``PromptError`` with file and line.
    static func prompts(_ configuration: Configuration) throws -> PromptLibrary {
        let library = try PromptLibrary(directory: configuration.prompts)
        let names = ["diagnose", "repair"] + (configuration.fixingModel == nil ? [] : ["fix"])
        for name in names { _ = try library.prompt(named: name) }
        return library
    }

    /// A model is configured, and cannot be used.
    var isBroken: Bool {
        if case .unavailable = absence { return true }
        return false
    }

    var absenceWords: OwnWords? {
        switch absence {
        case nil: nil
        case .unavailable(let words): OwnWords(asSaid: words)
        case .noModel: OwnWords("models.conf names no model", "models.conf에 모델이 없음")
        case .budget, .invalidAnswer, .abstained: nil
        }
    }

    /// That a model does not fit the GPU, wholly or in part; nil where each does, where the server cannot say, and where
    /// all answer fast: then it is not asked.
    var slowness: OwnWords? {
        get async {
            guard let ready, let slowest, slowest < Self.slow, let loaded = try? await ready.client.loadedModels(),
                let model = loaded.first(where: { model in
                    model.size > 0 && model.gpuSize < model.size
                        && ready.models.contains { $0.settings.name == model.name || $0.digest == model.digest }
                })
            else { return nil }
            let (part, all) = (
                NumberText.bytes(Int64(clamping: model.gpuSize)), NumberText.bytes(Int64(clamping: model.size))
            )
            return OwnWords(
                "the model \(model.name) runs on the CPU: \(part) of \(all) are on a GPU",
                "모델 \(model.name)이(가) CPU에서 실행됨: \(all) 가운데 \(part)만 GPU에 있음")
        }
    }

    /// The model that is asked first about a case; nil where there is none to ask.
    func model(for sample: ErrorEvent, _ facts: GroupFacts) -> String? {
        let size = CaseComplexity.size(for: sample, facts)
        let models = ready?.models ?? []
        return (models.last { $0.settings.size <= size } ?? models.first)?.settings.name
    }

    func cacheKey(for file: CaseFile) throws -> String? {
        guard let key = try route(for: file, onToken: nil)?.cacheKey(for: file) else { return nil }
        return try proposer(for: file, onToken: nil)?.cacheKey(key) ?? key
    }

    mutating func diagnose(
        _ file: CaseFile, now: Timestamp, hasBudget: Bool, onToken: @escaping @Sendable (Int) -> Void
    ) async throws -> Answer {
        guard let route = try route(for: file, onToken: onToken), absence == nil else {
            return builtIn(file, absence ?? .noModel, now)
        }
        guard hasBudget else { return builtIn(file, .budget, now) }
        let outcome = await route.diagnose(file, now: now, estimators: estimators)
        estimators = outcome.estimators
        let author = outcome.diagnosis.diagnosis.provenance.author
        if case .model(let run) = author, run.seconds > 0 {
            slowest = min(slowest ?? .infinity, Double(run.answerTokens) / run.seconds)
        }
        if case .builtIn(.unavailable(let words)) = author {
            failures += 1
            if failures >= DiagnosingStage.failuresBeforeGivingUp { absence = .unavailable(words) }
        } else {
            failures = 0
        }
        var diagnosis = outcome.diagnosis.diagnosis
        if case .model(let run) = author, let calibration = calibrations[run.model] {
            diagnosis = calibration.applied(to: diagnosis)
        }
        let answer = Answer(
            diagnosis: diagnosis, rawAnswers: outcome.diagnosis.rawAnswers,
            calls: outcome.diagnosis.calls, promptDigest: route.steps.first?.prompt.sha256 ?? "")
        return try await withChange(answer, file, onToken)
    }

    /// With the change that the model with the role `fix` proposes, where there is one.
    private mutating func withChange(
        _ answer: Answer, _ file: CaseFile, _ onToken: @escaping @Sendable (Int) -> Void
    ) async throws -> Answer {
        guard let proposer = try proposer(for: file, onToken: onToken),
            fixingFailures < DiagnosingStage.failuresBeforeGivingUp
        else { return answer }
        var answer = answer
        let name = proposer.model.name
        let proposal = await proposer.propose(
            for: answer.diagnosis, of: file, estimator: estimators[name] ?? TokenEstimator())
        estimators[name] = proposal.estimator
        answer.diagnosis = proposal.diagnosis
        answer.rawAnswers += proposal.rawAnswers
        answer.calls += proposal.calls
        // Without this key a later run asks again: only what was answered is good for that long.
        fixingFailures = proposal.wasAnswered ? 0 : fixingFailures + 1
        if proposal.wasAnswered, let key = answer.diagnosis.provenance.cacheKey {
            answer.diagnosis.provenance.cacheKey = proposer.cacheKey(key)
        }
        return answer
    }

    private func proposer(for file: CaseFile, onToken: (@Sendable (Int) -> Void)?) throws -> FixProposer? {
        guard let ready, let library, let fixing else { return nil }
        let service = file.sample.service
        return FixProposer(
            prompt: try library.prompt(named: "fix", service: service), rules: library.rules(for: service),
            model: fixing.settings, digest: fixing.digest, language: settings.language
        ) { [loaded] (request) throws(ChatFailure) in
            var request = request
            request.awaitsLoad = !loaded.contains(request.model.name)
            let answer = try await ready.client.chat(request, onToken: onToken)
            loaded.insert(request.model.name)
            return answer
        }
    }

    func keepWhatWasLearned(in history: HistoryStore) throws {
        for (name, estimator) in estimators.sorted(by: { $0.key < $1.key }) {
            let text = String(decoding: try JSONEncoder().encode(estimator), as: UTF8.self)
            try history.setSetting(Self.estimatorKey(name), to: text)
        }
    }

    private static func calibrations(of judged: [JudgedDiagnosis]) -> [String: Calibration] {
        var said: [String: [(confidence: Int, verdict: Verdict)]] = [:]
        for judged in judged {
            guard case .model(let run) = judged.diagnosis.provenance.author else { continue }
            said[run.model, default: []].append((judged.diagnosis.confidence, judged.judgement.verdict))
        }
        return said.mapValues(Calibration.init)
    }

    /// nil where there is no model to ask.
    private func route(for file: CaseFile, onToken: (@Sendable (Int) -> Void)?) throws -> DiagnosisRoute? {
        guard let ready, let library else { return nil }
        let service = file.sample.service
        let prompt = try library.prompt(named: "diagnose", service: service)
        let repair = try library.prompt(named: "repair", service: service)
        let steps = ready.models.map { model in
            Diagnoser(
                prompt: prompt, repair: repair, rules: library.rules(for: service), model: model.settings,
                digest: model.digest, settings: settings, awaitsLoad: !loaded.contains(model.settings.name)
            ) { [loaded] (request) throws(ChatFailure) in
                let answer = try await ready.client.chat(request, onToken: onToken)
                loaded.insert(request.model.name)
                return answer
            }
        }
        return DiagnosisRoute(steps, escalateBelow: settings.escalateBelow)
    }

    private func builtIn(_ file: CaseFile, _ reason: Provenance.BuiltInReason, _ now: Timestamp) -> Answer {
        Answer(diagnosis: BuiltInTriage().diagnose(file, reason: reason, now: now))
    }

    private static func estimatorKey(_ model: String) -> String { "tokens.\(model)" }
}

/// Names of models that the server holds in memory, as far as this run has seen.
private final class LoadedNames: Sendable {
    private let names = Mutex<Set<String>>([])

    func contains(_ name: String) -> Bool { names.withLock { $0.contains(name) } }
    func insert(_ name: String) { names.withLock { _ = $0.insert(name) } }
}

/// The digest under which each model was first asked here: another one is refused until someone accepts it.
enum AcceptedModels {
    static func key(_ model: String) -> String { "model.digest.\(model)" }
}
