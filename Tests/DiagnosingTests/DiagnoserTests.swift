import Events
import HTTPTransport
import Synchronization
import Testing

@testable import Diagnosing

/// Answers and failures in the order in which a server would give them; keeps what it was asked.
final class RecordedChat: Sendable {
    private let script: Mutex<[Result<ChatAnswer, ChatFailure>]>
    private let asked = Mutex<[ChatRequest]>([])

    init(_ script: [Result<ChatAnswer, ChatFailure>]) { self.script = Mutex(script) }

    var requests: [ChatRequest] { asked.withLock { $0 } }

    func answer(_ request: ChatRequest) throws(ChatFailure) -> ChatAnswer {
        asked.withLock { $0.append(request) }
        let next = script.withLock { $0.isEmpty ? nil : $0.removeFirst() }
        guard let next else { throw .refused(status: 500, message: "the script is over") }
        return try next.get()
    }
}

@Suite("A diagnosis is made in at most three calls, or by the built-in triage")
struct DiagnoserTests {
    private func diagnose(
        _ script: [Result<ChatAnswer, ChatFailure>], file: CaseFile = SampleCases.full(),
        model: ModelSettings = ModelSettings(name: "qwen"), settings: DiagnosingSettings = DiagnosingSettings()
    ) async throws -> (DiagnosisOutcome, [ChatRequest]) {
        let chat = RecordedChat(script)
        let diagnoser = Diagnoser(
            prompt: try SampleCases.prompt("diagnose"), repair: try SampleCases.prompt("repair"), model: model,
            digest: "d1", settings: settings
        ) { request throws(ChatFailure) in try chat.answer(request) }
        let outcome = await diagnoser.diagnose(file, now: SampleCases.now, estimator: TokenEstimator())
        return (outcome, chat.requests)
    }

    private static func good(_ content: String = SampleCases.answer(), tokens: Int = 1200, complete: Bool = true)
        -> Result<ChatAnswer, ChatFailure>
    {
        .success(
            ChatAnswer(
                content: content, isComplete: complete, promptTokens: tokens, answerTokens: 200, loadTime: .seconds(1),
                promptTime: .seconds(2), answerTime: .seconds(3)))
    }

    private func reason(_ outcome: DiagnosisOutcome) -> Provenance.BuiltInReason? {
        if case .builtIn(let reason) = outcome.diagnosis.provenance.author { reason } else { nil }
    }

    @Test("a good answer at once")
    func good() async throws {
        let (outcome, requests) = try await diagnose([Self.good()])
        guard case .model(let run) = outcome.diagnosis.provenance.author else {
            Issue.record("\(outcome.diagnosis.provenance)")
            return
        }
        #expect(run.model == "qwen" && run.digest == "d1" && run.prompt == "diagnose" && run.promptVersion == 5)
        #expect(run.attempts == 1 && run.promptTokens == 1200 && run.answerTokens == 200 && run.seconds == 6)
        #expect(outcome.diagnosis.provenance.at == SampleCases.now)
        #expect(outcome.diagnosis.provenance.cacheKey?.count == 64)
        #expect(outcome.calls.map(\.outcome) == [.accepted] && outcome.rawAnswers == [SampleCases.answer()])
        #expect(outcome.estimator.samples == 1)
        #expect(requests.count == 1 && requests[0].schema.contains("\"enum\":[\"B1\",\"C1\""))
        #expect(requests[0].model.contextTokens == 8192)
    }

    @Test("a faulty answer is sent back once, with its faults named")
    func repairs() async throws {
        let (outcome, requests) = try await diagnose([Self.good("{}"), Self.good()])
        #expect(reason(outcome) == nil)
        #expect(requests.count == 2)
        #expect(requests[1].messages.map(\.role) == [.system, .user, .assistant, .user])
        #expect(requests[1].messages[2].content == "{}")
        #expect(requests[1].messages[3].content.contains("- \"severity\" is missing."))
        #expect(outcome.rawAnswers.count == 2)
        #expect(outcome.calls.last?.outcome == .accepted)
    }

    @Test("a second faulty answer ends it: built-in triage, queued")
    func givesUp() async throws {
        let (outcome, requests) = try await diagnose([Self.good("{}"), Self.good("nonsense"), Self.good()])
        #expect(requests.count == 2)
        #expect(reason(outcome) == .invalidAnswer("The answer is not one JSON object."))
        #expect(reason(outcome)?.isQueued == true)
        #expect(outcome.diagnosis.rootCause.contains("findOpen (OrderRepository.java:88)"))
        #expect(outcome.rawAnswers == ["{}", "nonsense"])
    }

    @Test("an answer that was cut off is asked for again, shorter")
    func cutOff() async throws {
        let (outcome, requests) = try await diagnose([Self.good("{\"analysis\": \"a", complete: false), Self.good()])
        #expect(reason(outcome) == nil)
        #expect(requests[1].messages.map(\.role) == [.system, .user, .user])
        #expect(requests[1].messages[2].content.contains("cut off before its end"))
        #expect(outcome.calls.count == 2)
    }

    @Test("an answer that ends early is asked for again; twice is a fault of the model")
    func endsEarly() async throws {
        let early = Result<ChatAnswer, ChatFailure>.failure(.endedEarly(received: 300))
        let (mended, requests) = try await diagnose([early, Self.good()])
        #expect(reason(mended) == nil && requests[1].messages.last?.content.contains("ended early") == true)
        let (failed, _) = try await diagnose([early, early, Self.good()])
        #expect(reason(failed) == .invalidAnswer("the answer broke off after 300 bytes"))
        let (away, _) = try await diagnose([.failure(.endedEarly(received: 0))])
        #expect(reason(away) == .unavailable("the answer broke off after 0 bytes"))
    }

    @Test("an empty answer after thinking is asked for without thinking")
    func thinking() async throws {
        let model = ModelSettings(name: "qwen", think: .low)
        let (outcome, requests) = try await diagnose([Self.good("", complete: false), Self.good()], model: model)
        #expect(requests.map(\.model.think) == [.low, .off])
        #expect(reason(outcome) == nil)
    }

    @Test("a prompt that is too long is built again with what the refusal taught")
    func tooLong() async throws {
        var file = SampleCases.full()
        file.sample.linesBefore = (0..<30).map { "line \($0) " + String(repeating: "가", count: 200) }
        let model = ModelSettings(name: "qwen", contextTokens: 4096)
        let refusal = Result<ChatAnswer, ChatFailure>.failure(.promptTooLong(promptTokens: 6000, contextTokens: 4096))
        let (outcome, requests) = try await diagnose([refusal, Self.good(tokens: 2500)], file: file, model: model)
        let sizes = requests.map { $0.messages.reduce(0) { $0 + $1.content.utf8.count } }
        #expect(sizes.count == 2 && Double(sizes[1]) < Double(sizes[0]) * 0.7)
        #expect(reason(outcome) == nil && !outcome.leftOut.isEmpty)
        #expect(outcome.diagnosis.caveats.contains { $0.hasPrefix("the prompt had no room for ") })
        let unknown = Result<ChatAnswer, ChatFailure>.failure(.promptTooLong(promptTokens: nil, contextTokens: nil))
        let (never, asked) = try await diagnose([unknown, unknown, unknown, Self.good()], file: file, model: model)
        #expect(asked.count == Diagnoser.maximumCalls)
        guard case .invalidAnswer = reason(never) else {
            Issue.record("\(String(describing: reason(never)))")
            return
        }
    }

    @Test("a silent cut is never taken for an answer")
    func silentCut() async throws {
        var file = SampleCases.full()
        file.sample.message = String(repeating: "disk write failed on volume seven ", count: 300)
        let model = ModelSettings(name: "qwen", contextTokens: 2048)
        let (outcome, requests) = try await diagnose(
            [Self.good(tokens: 1026), Self.good(tokens: 500)], file: file, model: model)
        #expect(requests.count == 2 && reason(outcome) == nil)
        #expect(outcome.calls[0].outcome != .accepted && outcome.calls[0].promptTokens == 1026)
        #expect(outcome.estimator.tokensPerByte < 0.4)
        let (typed, _) = try await diagnose([
            .failure(.silentlyTruncated(evaluated: 10, expected: 900)), Self.good(tokens: 900),
        ])
        #expect(reason(typed) == nil && typed.calls.count == 2)
    }

    @Test(
        "an endpoint that cannot be used is told in words",
        arguments: [
            (ChatFailure.unreachable(.cannotConnect("127.0.0.1:11434")), "cannot connect: 127.0.0.1:11434"),
            (.timedOut(.firstToken, after: .seconds(600)), "no answer within 600 s (waiting for the first token)"),
            (.timedOut(.connect, after: .seconds(5)), "no answer within 5 s (connecting)"),
            (.timedOut(.stall, after: .seconds(60)), "no answer within 60 s (between two tokens)"),
            (.modelMissing("nope"), "the server has no model nope"), (.busy("queue"), "the server is busy: queue"),
            (.refused(status: 500, message: "x\u{1B}y"), "the server answered 500: x\\u{1B}y"),
            (.malformed("<html>"), "the reply is not Ollama's: <html>"), (.cancelled, "cancelled"),
        ])
    func unavailable(failure: ChatFailure, words: String) async throws {
        let (outcome, requests) = try await diagnose([.failure(failure), Self.good()])
        #expect(requests.count == 1)
        #expect(reason(outcome) == .unavailable(words))
        #expect(outcome.calls.map(\.outcome) == [.failed(words)])
        #expect(outcome.diagnosis.confidence <= 60)
    }

    @Test("below the least confidence the appliance abstains, and says what is missing")
    func abstains() async throws {
        let file = SampleCases.bare("the pricing feed is odd")
        let weak = SampleCases.answer([
            "confidence": "12", "analysis": "\"Nothing is known.\"", "evidence": "[]", "recommendations": "[]",
            "root_cause": "\"An upstream may have sent half a file\"",
        ])
        let (outcome, _) = try await diagnose([Self.good(weak)], file: file)
        #expect(
            reason(outcome)
                == .abstained(
                    "the model's confidence of 12 is below 30; no source code: no mirror is configured for this service; "
                        + "it cited no evidence that holds"))
        #expect(outcome.calls.map(\.outcome) == [.accepted])
    }

    @Test("a context that holds no prompt is told before anything is sent")
    func tinyContext() async throws {
        let (outcome, requests) = try await diagnose([Self.good()], model: ModelSettings(name: "m", contextTokens: 128))
        #expect(requests.isEmpty)
        guard case .unavailable(let words) = reason(outcome) else {
            Issue.record("\(String(describing: reason(outcome)))")
            return
        }
        #expect(words.hasPrefix("the context of m (128 tokens) is too small"))
    }

    @Test("what changes the answer changes the cache's key, and nothing else does")
    func cacheKey() throws {
        func key(
            _ file: CaseFile = SampleCases.full(), model: ModelSettings = ModelSettings(name: "m"),
            digest: String? = "d",
            language: String = "English", prompt: String = "diagnose"
        ) throws -> String {
            Diagnoser(
                prompt: try SampleCases.prompt(prompt), repair: try SampleCases.prompt("repair"), model: model,
                digest: digest, settings: DiagnosingSettings(language: language)
            ) { _ throws(ChatFailure) in throw .cancelled }.cacheKey(for: file)
        }
        var later = SampleCases.full()
        later.facts.count = 99
        later.sample.linesBefore = []
        #expect(try key(later) == key())
        var changed = SampleCases.full()
        changed.code.excerpts[0].blob = "b10c"
        var unnamed = SampleCases.full()
        unnamed.code.excerpts[0].blob = nil
        let keys = try [
            key(), key(changed), key(unnamed), key(model: ModelSettings(name: "m", temperature: 0.5)),
            key(model: ModelSettings(name: "m", seed: 2)), key(digest: nil), key(language: "Korean"),
            key(prompt: "repair"),
        ]
        #expect(Set(keys).count == keys.count)
    }
}
