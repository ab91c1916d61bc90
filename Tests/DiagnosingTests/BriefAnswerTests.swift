import Events
import Testing

@testable import Diagnosing

@Suite("A small model is shown little, and asked for little")
struct BriefAnswerTests {
    private static let small = ModelSettings(name: "qwen2.5-coder:1.5b")

    static func brief(_ rootCause: String, change: String? = nil, evidence: String = "[\"F2\",\"S1\"]") -> String {
        SampleCases.answer([
            "change": change.map { "\"\($0)\"" }, "analysis": nil, "impact": nil, "auto_fixable": nil,
            "root_cause": "\"\(rootCause)\"",
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
        // All of a new file says no more than that the commit wrote the line.
        var written = GroundingTests.file(change: false)
        written.code.suspects[0].hunk = "@@ -0,0 +1,4 @@\n+def price(order):\n+\(GroundingTests.line)\n+    return None"
        let new = try builder.build(written, budget: budget)
        #expect(new.evidence["F2"]?.text.contains("(S1) wrote this line") == true)
        #expect(new.evidence["S1"]?.text.contains("def price") == false && !new.showsChange)
        let bare = try builder.build(SampleCases.bare("boom"), budget: budget)
        #expect(!bare.isBrief && bare.evidence["F1"] != nil)
    }

    @Test("the schema of a short answer is bounded, and has no analysis")
    func schema() {
        let limits = AnswerLimits(Self.small, answerTokens: 900, showsChange: false)
        let text = AnswerSchema.text(limits: limits, evidence: ["E1"])
        for name in ["analysis", "impact", "auto_fixable", "fix", "other_causes"] { #expect(!text.contains(name)) }
        #expect(text.contains("\"root_cause\":{\"type\":\"string\",\"maxLength\":300}"))
        #expect(AnswerLimits(ModelSettings(name: "qwen3:14b"), answerTokens: 900, showsChange: true) == .most)
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
                == "{\"type\":\"object\",\"properties\":{\"root_cause\":{\"type\":\"string\",\"maxLength\":180},"
                + "\"change\":{\"type\":\"string\",\"maxLength\":200}},\"required\":[\"root_cause\",\"change\"]}")
        #expect(requests[1].messages.last?.content.contains("Write root_cause and change again, alone") == true)
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

    @Test("cause and change are asked for apart, where a change is shown, and told as one")
    func apart() async throws {
        let (outcome, requests) = try await diagnose([
            Self.brief("order['currency'] is missing", change: "The change replaced order.get with a plain look-up.")
        ])
        let whole = "order['currency'] is missing. The change replaced order.get with a plain look-up."
        #expect(outcome.diagnosis.rootCause == whole && outcome.said == whole && outcome.diagnosis.confidence == 82)
        #expect(requests[0].schema.contains("\"change\":{\"type\":\"string\",\"maxLength\":200}"))
        #expect(requests[0].messages[0].content.contains("- change: what the change replaced"))
        let unchanged = try await diagnose(
            [Self.brief("order['currency'] is missing")], GroundingTests.file(change: false))
        #expect(!unchanged.1[0].schema.contains("\"change\""))
        #expect(unchanged.1[0].messages[0].content.contains("tell of no change but what [F2] tells"))
        let bare = try await diagnose([Self.brief("Something is missing")], SampleCases.bare("boom"))
        #expect(bare.1[0].messages[0].content.contains("No code and no change are shown"))
    }

    @Test(
        "what tells no change adds nothing to the cause, and is computed",
        arguments: [
            "order.get('currency', 'none')", "", "the failing line, pricing.py:3", "order['currency'] is missing",
        ])
    func emptyChange(change: String) async throws {
        let (outcome, _) = try await diagnose([Self.brief("order['currency'] is missing", change: change)])
        #expect(
            outcome.diagnosis.rootCause
                == "order['currency'] is missing. Computed: commit 75c3d5b made `value = order['currency']` of "
                + "`value = order.get('currency', 'none')` [S1].")
    }

    @Test("either text of a cause that breaks off is asked for again")
    func brokenChange() async throws {
        let (outcome, requests) = try await diagnose([
            Self.brief("order['currency'] is missing", change: "The change replaced `order.get("),
            "{\"root_cause\":\"order lacks currency\",\"change\":\"the change removed order.get\"}",
        ])
        #expect(requests.count == 2)
        #expect(outcome.diagnosis.rootCause == "order lacks currency. the change removed order.get")
    }

    @Test(
        "a change that is told otherwise than the code shows is dropped, and computed",
        arguments: [
            ("The change replaced `order['currency']` with `order.get('currency', 'none')`.", true),
            ("`value = order['currency'];` was replaced by `value = order.get('currency', 'none')`.", true),
            ("The change replaced `order.get('currency', 'none')` with `order['currency']`.", false),
            ("`order.get('currency', 'none')` was replaced with `order['currency']`.", false),
            ("The change took `order['currency']` instead of `order.get('currency', 'none')`.", false),
            ("The line `value = order['currency']` was replaced with `order['currency']`.", true),
            ("The change replaced `order.get('currency', 'none')` with `order.pop('currency')`.", true),
            ("This change took away the `order['currency']` look-up.", true),
            ("The line `value = order['currency']` was removed, replaced with a default.", true),
            ("The change added `order.get('currency', 'none')`.", true),
            ("The change replaced the line with `order.get('currency', 'none')`, which is right.", true),
            ("The change removed `order.get('currency', 'none')` and added `order['currency']`.", false),
            ("The change removed the default of `order`.", false),
            ("The change replaced `order` with `order`.", false), ("The change replaced `` with ``.", false),
        ])
    func reversed(change: String, isReversed: Bool) async throws {
        let diagnosis = try await diagnose([Self.brief("order['currency'] is missing", change: change)]).0.diagnosis
        #expect(diagnosis.rootCause.contains(change) == !isReversed)
        #expect(diagnosis.caveats.contains { $0.contains("is not what the code shows") } == isReversed)
        if isReversed { #expect(diagnosis.rootCause.contains("Computed: commit 75c3d5b made")) }
    }

    @Test("of a change that nothing shows nothing is delivered")
    func unseenChange() async throws {
        var file = SampleCases.bare("lookup of currency went wrong")
        file.facts.releases = []
        let said = "A key is looked up that is not there. The change took away the key."
        let diagnosis = try await diagnose([Self.brief(said, evidence: "[\"E1\"]")], file).0.diagnosis
        #expect(diagnosis.rootCause == "A key is looked up that is not there.")
        #expect(diagnosis.caveats.contains("the model told of a change that nothing shows; that was dropped"))
        let named = said.replacing("A key", with: "order['currency']")
        let shown = try await diagnose([Self.brief(named)], GroundingTests.file(change: false)).0.diagnosis
        #expect(shown.rootCause.contains("The change took away the key."))
    }

    @Test("a small model is shown the kind of quotation mark that does not end its own text")
    func quotationMarks() async throws {
        var file = GroundingTests.file()
        file.code.excerpts[0].lines[2] = "    return \"none\""
        let (_, requests) = try await diagnose([Self.brief("order lacks currency; order.get was removed")], file)
        let shown = requests[0].messages[1].content
        #expect(shown.contains("return 'none'") && !shown.contains("\""))
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
