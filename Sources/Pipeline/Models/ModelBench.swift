import Diagnosing
import Events
import Foundation

/// One model's speed and obedience, measured on a sample.
public struct ModelBenchResult: Sendable, Codable, Hashable {
    public var model: String
    public var digest: String
    /// Seconds of loading, in the first call.
    public var loadSeconds: Double
    /// Tokens a second of the prompt (first call, nothing cached) and of the answers.
    public var promptTokensPerSecond: Double
    public var answerTokensPerSecond: Double
    public var calls: Int
    /// Answers that were JSON of the schema, and those that passed every check as they came.
    public var followedSchema: Int
    public var passedChecks: Int
    /// The context that the server gives it; nil where it does not tell.
    public var context: Int?
    public var failure: String?
}

extension ModelDesk {
    /// Asks each configured model about a sample, one after another.
    public func bench(calls: Int) async throws -> [ModelBenchResult] {
        let client = OllamaClient(endpoint: try configuration.makeEndpoint())
        let installed = try await client.installedModels()
        let prompts = try Asking.prompts(configuration)
        var results: [ModelBenchResult] = []
        for settings in configuration.diagnosingModels {
            try Task.checkCancellation()
            let digest = installed.first { $0.matches(settings.name) }?.digest ?? ""
            var result = ModelBenchResult(
                model: settings.name, digest: digest, loadSeconds: 0, promptTokensPerSecond: 0,
                answerTokensPerSecond: 0, calls: 0, followedSchema: 0, passedChecks: 0)
            do {
                try await ask(settings, calls, prompts, client, &result)
                result.context = try await client.loadedModels().first { settings.isNamed($0.name) }?.contextTokens
            } catch let failure as ChatFailure {
                result.failure = failure.description
            }
            results.append(result)
        }
        return results
    }

    private func ask(
        _ settings: ModelSettings, _ calls: Int, _ prompts: PromptLibrary, _ client: OllamaClient,
        _ result: inout ModelBenchResult
    ) async throws {
        let file = PromptCheck.sample()
        let budget = TokenBudget(
            contextTokens: settings.contextTokens, answerTokens: settings.maxAnswerTokens, estimator: TokenEstimator())
        let language = configuration.diagnosing.language
        let prompt = try PromptBuilder(
            prompt: try prompts.prompt(named: "diagnose"), language: language, isBrief: settings.isBrief
        ).build(file, budget: budget)
        var (answerTokens, answerSeconds) = (0, 0.0)
        for call in 0..<calls {
            var request = prompt.request(settings, answerTokens: budget.answerTokens)
            request.awaitsLoad = call == 0
            let answer = try await client.chat(request)
            result.calls += 1
            if call == 0 {
                result.loadSeconds = answer.loadTime.inSeconds
                result.promptTokensPerSecond = Self.rate(answer.promptTokens, answer.promptTime.inSeconds)
            }
            answerTokens += answer.answerTokens
            answerSeconds += answer.answerTime.inSeconds
            let checker = AnswerChecker(file: file, evidence: prompt.evidence, language: language)
            if checker.isReadable(answer.said) { result.followedSchema += 1 }
            if case .accepted = checker.check(answer.said, isLastRound: false) { result.passedChecks += 1 }
        }
        result.answerTokensPerSecond = Self.rate(answerTokens, answerSeconds)
    }

    private static func rate(_ tokens: Int, _ seconds: Double) -> Double { seconds > 0 ? Double(tokens) / seconds : 0 }
}
