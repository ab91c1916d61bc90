import Events
import Testing

@testable import Diagnosing

@Suite("A small model is shown little, and asked for little")
struct BriefAnswerTests {
    private static let small = ModelSettings(name: "qwen2.5-coder:1.5b")

    static func brief(_ rootCause: String, evidence: String = "[\"F2\",\"S1\"]") -> String {
        SampleCases.answer([
            "analysis": nil, "impact": nil, "auto_fixable": nil, "root_cause": "\"\(rootCause)\"",
            "evidence": evidence, "recommendations": "[{\"action\":\"Give a default again\",\"why\":\"some lack it\"}]",
        ])
    }

    private func diagnose(
        _ answers: [String], _ file: CaseFile = GroundingTests.file()
    ) async throws -> (DiagnosisOutcome, [ChatRequest]) {
        let script = answers.map { content -> Result<ChatAnswer, ChatFailure> in
            .success(
                ChatAnswer(
                    content: content, isComplete: true, promptTokens: 700, answerTokens: 90, loadTime: .zero,
                    promptTime: .seconds(4), answerTime: .seconds(4)))
        }
        let chat = RecordedChat(script)
        let diagnoser = Diagnoser(
            prompt: try SampleCases.prompt("diagnose"), repair: try SampleCases.prompt("repair"), model: Self.small
        ) { request throws(ChatFailure) in try chat.answer(request) }
        let outcome = await diagnoser.diagnose(file, now: SampleCases.now, estimator: TokenEstimator())
        return (outcome, chat.requests)
    }

    @Test(
        "a name tells how large a model is",
        arguments: [
            ("qwen2.5-coder:1.5b", 1.5e9), ("smollm2:135m", 135e6), ("host/ns/llama3.2:3b-instruct-q4_K_M", 3e9),
            ("qwen3:14b", 14e9), ("llama3.2:latest", nil), ("mine", nil), ("a:", nil), ("a:b", nil), ("a:1.5", nil),
            ("a:2bit", nil), ("a:1..5b", nil),
        ] as [(String, Double?)])
    func parameters(name: String, expected: Double?) { #expect(ModelSettings.parameters(of: name) == expected) }

    @Test("short is asked of small models, and of those that the site says")
    func detail() {
        var model = ModelSettings(name: "qwen3:14b")
        #expect(!model.isBrief && Self.small.isBrief && !ModelSettings(name: "mine").isBrief)
        model.detail = .short
        #expect(model.isBrief)
        model = Self.small
        model.detail = .full
        #expect(!model.isBrief)
    }

    @Test("a short prompt shows what weighs most, and all where the failing line is not known")
    func prompt() throws {
        let prompt = try SampleCases.prompt("diagnose")
        let budget = TokenBudget(contextTokens: 8192, answerTokens: 900, estimator: TokenEstimator())
        let builder = PromptBuilder(prompt: prompt, language: "English", isBrief: true)
        let short = try builder.build(GroundingTests.file(), budget: budget)
        let full = try PromptBuilder(prompt: prompt, language: "English").build(GroundingTests.file(), budget: budget)
        #expect(Set(short.evidence.keys) == ["C1", "E1", "E2", "F1", "F2", "S1"])
        #expect(short.isBrief && short.leftOut.isEmpty && !full.isBrief)
        #expect(short.bytes * 10 < full.bytes * 6)
        #expect(short.evidence["S1"]?.text.contains("@@") == false)
        #expect(short.messages[0].content.contains("never an instruction"))
        let unchanged = try builder.build(GroundingTests.file(change: false), budget: budget)
        #expect(unchanged.isBrief && unchanged.evidence["S1"] != nil)
        let bare = try builder.build(SampleCases.bare("boom"), budget: budget)
        #expect(!bare.isBrief && bare.evidence["F1"] != nil)
    }

    @Test("the schema of a short answer is bounded, and has no analysis")
    func schema() {
        let limits = AnswerLimits(Self.small, answerTokens: 900)
        let text = AnswerSchema.text(limits: limits, evidence: ["E1"])
        for name in ["analysis", "impact", "auto_fixable", "fix", "other_causes"] { #expect(!text.contains(name)) }
        #expect(text.contains("\"root_cause\":{\"type\":\"string\",\"maxLength\":300}"))
        #expect(AnswerLimits(ModelSettings(name: "qwen3:14b"), answerTokens: 900) == .most)
    }

    @Test("what the model was not asked for is computed, and told to be")
    func computed() async throws {
        let said = "order['currency'] is missing; the commit replaced order.get with a plain look-up"
        let (outcome, requests) = try await diagnose([Self.brief(said)])
        let diagnosis = outcome.diagnosis
        #expect(requests.count == 1 && diagnosis.rootCause == said && outcome.said == said)
        #expect(diagnosis.analysis.contains("The failing line is") && diagnosis.impact.contains("41 events"))
        #expect(diagnosis.recommendations.count == 3 && diagnosis.recommendations[0].action == "Give a default again")
        #expect(diagnosis.recommendations[1].action.hasPrefix("Read commit 75c3d5b"))
        #expect(
            diagnosis.caveats.contains { $0.hasSuffix("analysis, impact and the steps after the first are computed") })
        #expect(diagnosis.caveats.contains("evidence of less weight was not shown to so small a model"))
    }

    @Test("half a cause is completed by what was computed, told apart, and not sure")
    func half() async throws {
        let (outcome, requests) = try await diagnose([Self.brief("The key currency is looked up without a check")])
        let diagnosis = outcome.diagnosis
        #expect(requests.count == 1)
        #expect(
            diagnosis.rootCause
                == "The key currency is looked up without a check. Computed: commit 75c3d5b made `value = order['currency']` of "
                + "`value = order.get('currency', 'none')` [S1].")
        #expect(diagnosis.caveats.contains { $0.contains("left out the change; what follows \"Computed:\" is not") })
        #expect(diagnosis.confidence <= AnswerChecker.capForHalf)
        #expect(outcome.said == "The key currency is looked up without a check")
    }

    @Test("what a person refuted is not computed again, and a model that says its half again is asked for another")
    func refuted() async throws {
        let half = "The key currency is looked up without a check"
        let delivered = try await diagnose([Self.brief(half)]).0.diagnosis.rootCause
        var file = GroundingTests.file()
        file.judged = [JudgedCause(verdict: .wrong, rootCause: delivered, at: SampleCases.now)]
        let (outcome, requests) = try await diagnose(
            [Self.brief(half), Self.brief("The gateway drops the currency")], file)
        #expect(requests.count == 2)
        #expect(requests[1].messages.last?.content.contains("A person refuted that root_cause") == true)
        #expect(!outcome.diagnosis.rootCause.contains("Computed"))
    }

    @Test("to name what went is not to say that it went")
    func noChange() throws {
        let words = "The line looks up currency and gives none if there is none to get"
        #expect(try GroundingTests.confidence(words, GroundingTests.file()) == AnswerChecker.capForHalf)
    }

    @Test("a cause without insight is asked for again, alone")
    func alone() async throws {
        let better = "order lacks currency; the default of order.get was removed"
        let (outcome, requests) = try await diagnose([
            Self.brief("A missing value is used as if it were there"), "{\"root_cause\":\"\(better)\"}",
        ])
        #expect(requests.count == 2)
        #expect(
            requests[1].schema
                == "{\"type\":\"object\",\"properties\":{\"root_cause\":{\"type\":\"string\",\"maxLength\":300}},"
                + "\"required\":[\"root_cause\"]}")
        #expect(requests[1].messages.last?.content.contains("Write root_cause again, alone") == true)
        #expect(outcome.diagnosis.rootCause == better && outcome.diagnosis.evidence.contains("S1"))
        #expect(outcome.rawAnswers.count == 2 && outcome.said == better)
    }

    @Test("a cause that goes on with the rest of the answer inside of it is asked for again")
    func runOn() async throws {
        let (outcome, requests) = try await diagnose([
            Self.brief("The code takes 'order.get(', 'confidence': 80,"),
            "{\"root_cause\":\"order lacks currency; order.get was removed\"}",
        ])
        #expect(requests.count == 2)
        #expect(outcome.diagnosis.rootCause == "order lacks currency; order.get was removed")
    }

    @Test("an answer that is no JSON is asked for whole again")
    func whole() async throws {
        let (_, requests) = try await diagnose(["no", Self.brief("order lacks currency; order.get was removed")])
        #expect(requests.count == 2 && requests[1].schema.contains("recommendations"))
        #expect(requests[1].messages.last?.content.contains("Write the whole JSON object again") == true)
    }

    @Test("words of the instructions are no cause, unless the evidence has them too")
    func copied() {
        let asked = "Name the value, because the commit took away the check of it."
        let text = "It is empty, because the commit took away the guard"
        #expect(Words.isCopied(text, from: asked, but: []))
        #expect(!Words.isCopied(text, from: asked, but: ["it failed because the commit took away the lock"]))
        #expect(!Words.isCopied("the commit took away", from: asked, but: []))
        #expect(!Words.isCopied("", from: asked, but: []) && !Words.isCopied(text, from: "", but: []))
    }

    @Test(
        "a text that its limit ended loses what is not whole",
        arguments: [
            ("It is empty. The check was rem", "It is empty."),
            ("The line takes `a[0]` of an empty list, which was che", "The line takes `a[0]` of an empty list."),
            (
                "It is so. The line takes now `f(a, b)` of a list, wh",
                "It is so. The line takes now `f(a, b)` of a list."
            ),
            ("Nothing, but one unfini", "Nothing, but one unfini…"), ("It ended well.", "It ended well."),
            ("The line calls now for each of them `f(a, b", "The line calls now for each of them `f(a, b…"),
        ])
    func ended(text: String, expected: String) {
        #expect(ProseCleaning.ended(text, limit: text.count) == expected)
        #expect(ProseCleaning.ended(text, limit: text.count + 1) == text)
    }

    @Test(
        "the part of a line that is another now, in whole expressions",
        arguments: [
            ("x = a.get('b', 0)", "x = a['b']", "a.get('b', 0)", "a['b']"),
            ("if n > 100 {", "if n > 10 {", "100", "10"),
            ("x = a ? a.b : 'c';", "x = a.b;", "a ? a.b : 'c'", "a.b"),
            ("x = total / max(1, n)", "x = total / n", "max(1, n)", "n"),
            ("x = f(a) or 0", "x = f(a)", "f(a) or 0", "f(a)"),
        ])
    func part(before: String, after: String, old: String, new: String) throws {
        let change = try #require(LineChange(LineChangeTests.suspect("-\(before)\n+\(after)"), line: after))
        #expect(change.part?.before == old && change.part?.after == new)
    }
}
