import Events
import HTTPTransport
import Testing

@testable import Diagnosing

@Suite("The smallest model that suits is asked first, a larger one where it is not sure")
struct RoutingTests {
    private typealias Reply = Result<ChatAnswer, ChatFailure>

    private static func answer(confidence: Int = 82) -> Reply {
        let content = SampleCases.answer(["confidence": "\(confidence)"])
        return .success(ChatAnswer(content: content, isComplete: true, promptTokens: 1200, answerTokens: 100))
    }

    /// - Parameter scripts: what each model answers, by its size.
    private func route(
        _ scripts: [ModelSettings.Size: [Reply]], file: CaseFile = SampleCases.full(), escalateBelow: Int = 50
    ) async throws -> (outcome: DiagnosisRoute.Outcome, asked: [String], key: String) {
        let chats = scripts.mapValues { RecordedChat($0) }
        let steps = try scripts.keys.map { size in
            Diagnoser(
                prompt: try SampleCases.prompt("diagnose"), repair: try SampleCases.prompt("repair"),
                model: ModelSettings(name: size.rawValue, size: size), digest: "d-\(size.rawValue)"
            ) { (request) throws(ChatFailure) in
                guard let chat = chats[size] else { throw .cancelled }
                return try chat.answer(request)
            }
        }
        let route = DiagnosisRoute(steps, escalateBelow: escalateBelow)
        let outcome = await route.diagnose(file, now: SampleCases.now, estimators: [:])
        return (outcome, outcome.diagnosis.calls.map(\.model), route.cacheKey(for: file))
    }

    private static func run(_ outcome: DiagnosisRoute.Outcome) -> Provenance.ModelRun? {
        if case .model(let run) = outcome.diagnosis.diagnosis.provenance.author { run } else { nil }
    }

    @Test(
        "complexity grows with services, frames, kinds and size",
        arguments: [
            ("one line", 0, 0, 1, ModelSettings.Size.small), ("one line", 0, 0, 500, .small),
            ("long trace", 60, 0, 40, .small), ("long trace over services", 60, 1, 40, .medium),
            (String(repeating: "long ", count: 2000), 60, 8, 40, .large),
            (String(repeating: "long ", count: 2000), 60, 8, 1, .small),
        ])
    func complexity(message: String, frames: Int, others: Int, count: Int, size: ModelSettings.Size) {
        var file = SampleCases.bare(message, count: count)
        let all = (0..<frames).map {
            StackFrame(file: "f\($0 % (others + 1)).py", function: "f", line: $0, inApp: true)
        }
        file.sample.exceptions = (0...others).map { ExceptionInfo(type: "E\($0)", frames: $0 == 0 ? all : []) }
        file.sample.parentSpans = (0..<others).map { SpanInfo(name: "s", service: "service-\($0)") }
        let complexity = CaseComplexity(file.sample, file.facts).value
        #expect((0...1).contains(complexity))
        #expect(CaseComplexity.size(for: file.sample, file.facts) == size, "\(complexity)")
    }

    @Test("a crash loop is worth one size more")
    func crashLoop() {
        let file = SampleCases.bare("boom", level: .fatal, count: 50)
        #expect(CaseComplexity.size(for: file.sample, file.facts) == .medium)
    }

    @Test("one model answers everything, as large as it may be")
    func alone() async throws {
        for size in ModelSettings.Size.allCases {
            let (outcome, asked, key) = try await route([size: [Self.answer()]])
            #expect(asked == [size.rawValue] && outcome.diagnosis.diagnosis.provenance.cacheKey == key)
        }
    }

    @Test("a sure answer of the small model is enough; a weak one asks the larger, and the surer of both stands")
    func escalates() async throws {
        let sure = try await route([.small: [Self.answer()], .large: [Self.answer()]])
        #expect(sure.asked == ["small"] && sure.outcome.diagnosis.diagnosis.provenance.cacheKey == sure.key)
        let weak = try await route([.small: [Self.answer(confidence: 40)], .large: [Self.answer(confidence: 80)]])
        #expect(weak.asked == ["small", "large"] && Self.run(weak.outcome)?.model == "large")
        #expect(Self.run(weak.outcome)?.promptTokens == 2400 && Self.run(weak.outcome)?.attempts == 2)
        #expect(weak.outcome.diagnosis.rawAnswers.count == 2)
        #expect(weak.outcome.diagnosis.diagnosis.caveats.contains("small was asked too, and was less sure (40)"))
        let stands = try await route([.small: [Self.answer(confidence: 45)], .large: [Self.answer(confidence: 35)]])
        #expect(Self.run(stands.outcome)?.model == "small")
        #expect(stands.outcome.estimators.keys.sorted() == ["large", "small"])
    }

    @Test("a model that cannot answer hands on to the next, within three calls altogether")
    func handsOn() async throws {
        let bad = Reply.success(ChatAnswer(content: "{}", isComplete: true, promptTokens: 1200, answerTokens: 9))
        let mended = try await route([.small: [bad, bad], .medium: [Self.answer()], .large: [Self.answer()]])
        #expect(mended.asked == ["small", "small", "medium"] && Self.run(mended.outcome)?.model == "medium")
        let away = try await route([.small: [.failure(.modelMissing("small"))], .large: [Self.answer()]])
        #expect(away.asked == ["small", "large"] && Self.run(away.outcome)?.model == "large")
        let never = try await route([.small: [bad, bad], .medium: [bad, bad], .large: [Self.answer()]])
        #expect(never.asked == ["small", "small", "medium"] && Self.run(never.outcome) == nil)
    }

    @Test("every model of the route is part of the cache's key")
    func keys() async throws {
        let keys = [
            try await route([.small: []]).key, try await route([.small: [], .large: []]).key,
            try await route([.small: [], .medium: []]).key,
            try await route([.small: [], .large: []], escalateBelow: 60).key,
        ]
        #expect(Set(keys).count == keys.count)
    }
}

@Suite("Thinking models")
struct ThinkingTests {
    private func diagnose(
        _ script: [Result<ChatAnswer, ChatFailure>], think: ModelSettings.Think
    ) async throws -> (DiagnosisOutcome, [ChatRequest]) {
        let chat = RecordedChat(script)
        let diagnoser = Diagnoser(
            prompt: try SampleCases.prompt("diagnose"), repair: try SampleCases.prompt("repair"),
            model: ModelSettings(name: "m", think: think), awaitsLoad: true
        ) { (request) throws(ChatFailure) in try chat.answer(request) }
        let outcome = await diagnoser.diagnose(SampleCases.full(), now: SampleCases.now, estimator: TokenEstimator())
        return (outcome, chat.requests)
    }

    private static func thought(_ thinking: String, _ content: String = "") -> Result<ChatAnswer, ChatFailure> {
        .success(
            ChatAnswer(content: content, isComplete: true, promptTokens: 1200, answerTokens: 100, thinking: thinking))
    }

    @Test("an answer that came as thought is taken")
    func inThinking() async throws {
        let (outcome, requests) = try await diagnose(
            [Self.thought("Let me see {so}.\n".replacing("{so}", with: "so") + SampleCases.answer())], think: .unset)
        #expect(requests.count == 1 && outcome.calls.map(\.outcome) == [.accepted])
        #expect(outcome.rawAnswers == [SampleCases.answer()])
    }

    @Test("nothing but thought is asked for again without thinking, also where thinking is the model's own habit")
    func empty() async throws {
        let (_, requests) = try await diagnose(
            [Self.thought("hm, {"), Self.thought("", SampleCases.answer())], think: .unset)
        #expect(requests.map(\.model.think) == [.unset, .off])
        #expect(requests.map(\.awaitsLoad) == [true, false])
    }

    @Test("a model that cannot think is asked without")
    func cannot() async throws {
        let refusal = ChatFailure.refused(status: 400, message: "\"m\" does not support thinking")
        let (outcome, requests) = try await diagnose(
            [.failure(refusal), Self.thought("", SampleCases.answer())], think: .high)
        #expect(requests.map(\.model.think) == [.high, .unset] && outcome.calls.last?.outcome == .accepted)
        let (away, _) = try await diagnose([.failure(refusal), .failure(refusal), .failure(refusal)], think: .high)
        #expect(away.calls.count == 2)
    }

    @Test(
        "options are name=value, and none that has a key of its own",
        arguments: [
            (["num_thread=8", "top_p=0.9", "use_mmap=true"], true), (["num_ctx=1"], false), (["x"], false),
            (["=1"], false),
            (["a=\"b\""], false), (["a=1,\"seed\":9"], false), (["A=1"], false), (["a={}"], false),
        ])
    func options(options: [String], isFine: Bool) throws {
        #expect((ModelSettings.problem(options: options) == nil) == isFine)
        let request = ChatRequest(model: ModelSettings(name: "m", options: options), messages: [], schema: "{}")
        let body = String(decoding: try request.json(), as: UTF8.self)
        #expect(body.contains("\"num_thread\":8,\"top_p\":0.9,\"use_mmap\":true}") == isFine)
        #expect(JSONText(Array(body.utf8)) != nil)
    }
}
