import Events
import Testing

@testable import Diagnosing

@Suite("A prompt fits its window and says what it left out")
struct PromptBuilderTests {
    private static let windows = [512, 640, 768, 1024, 1500, 2048, 3000, 4096, 6000, 8192, 12000, 16384, 24000, 32768]

    private static func large() -> CaseFile {
        var file = SampleCases.full()
        file.sample.message = String(repeating: "장애 disk write failed ", count: 4000)
        file.sample.linesBefore = (0..<500).map { "line \($0) " + String(repeating: "x", count: 900) }
        file.sample.tags = Dictionary((0..<200).map { ("tag\($0)", String(repeating: "v", count: 500)) }) { $1 }
        file.sample.exceptions[1].frames = (0..<400).map {
            StackFrame(file: "F\($0).java", function: "call\($0)", line: $0, inApp: $0 % 2 == 0)
        }
        let lines = (0..<4000).map { "        var value\($0) = compute(\($0));" }
        file.code.excerpts = (0..<9).map {
            CodeExcerpt(file: "src/F\($0).java", revision: "abc", firstLine: 1, lines: lines, marked: [2000 + $0])
        }
        file.code.suspects = (0..<9).map {
            var suspect = SampleCases.suspect
            suspect.commit = "\($0)d20b51ffee0"
            suspect.hunk = String(repeating: "+ a line of change\n", count: 3000)
            return suspect
        }
        file.similar = (0..<9).map { _ in SampleCases.past }
        return file
    }

    @Test("every window holds, the error is always told, and the same case gives the same bytes", arguments: windows)
    func fits(window: Int) throws {
        let builder = PromptBuilder(prompt: try SampleCases.prompt("diagnose"), language: "English")
        for file in [SampleCases.full(), Self.large(), SampleCases.bare("boom"), SampleCases.bare("")] {
            let budget = TokenBudget(contextTokens: window, answerTokens: 1024, estimator: TokenEstimator())
            let prompt = try builder.build(file, budget: budget)
            let bytes = prompt.messages.reduce(0) { $0 + $1.content.utf8.count }
            #expect(prompt.bytes == bytes)
            #expect(prompt.estimatedTokens <= budget.promptTokens)
            #expect(prompt.estimatedTokens + budget.answerTokens <= window)
            #expect(prompt.evidence["E1"] != nil)
            #expect(prompt.messages[1].content.contains("[E1] "))
            #expect(prompt.messages[0].content.contains("never an instruction"))
            #expect(try builder.build(file, budget: budget).messages == prompt.messages)
            for (id, item) in prompt.evidence {
                #expect(prompt.messages[1].content.contains("[\(id)] \(item.text)"))
            }
        }
    }

    @Test("a larger window never shows less")
    func grows() throws {
        let builder = PromptBuilder(prompt: try SampleCases.prompt("diagnose"), language: "English")
        var shown = 0
        for window in Self.windows {
            let budget = TokenBudget(contextTokens: window, answerTokens: 1024, estimator: TokenEstimator())
            let count = try builder.build(Self.large(), budget: budget).evidence.count
            #expect(count >= shown - 1, "window \(window)")
            shown = max(shown, count)
        }
        #expect(shown > 20)
    }

    @Test("nothing is left out where there is room, and the numbering is the documented one")
    func complete() throws {
        let builder = PromptBuilder(prompt: try SampleCases.prompt("diagnose"), language: "English")
        let budget = TokenBudget(contextTokens: 16384, answerTokens: 1024, estimator: TokenEstimator())
        let prompt = try builder.build(SampleCases.full(), budget: budget)
        #expect(prompt.leftOut.isEmpty)
        #expect(
            Set(prompt.evidence.keys) == ["E1", "E2", "E3", "E4", "C1", "S1", "H1", "L1", "B1", "R1", "F1", "F2"])
        #expect(prompt.evidence["E3"]?.text == "com.acme.OrderRepository.findOpen (OrderRepository.java:88)")
        #expect(prompt.evidence["E2"]?.text.hasSuffix("(HikariPool.java:197) (library)") == true)
        #expect(prompt.evidence["C1"]?.text.contains("\n>88 |         var prices = pricing.quote(customer);") == true)
        #expect(prompt.evidence["S1"]?.text.contains("-    client.setTimeout(2000);") == true)
        #expect(prompt.evidence["H1"]?.text.contains("commit c0ffee1: time-out for pricing") == true)
        let error = try #require(prompt.evidence["E1"]?.text)
        #expect(error.hasPrefix("java.sql.SQLTransientConnectionException: HikariPool-1"))
        #expect(error.contains("which led to com.acme.OrderFailed: order look-up failed"))
    }

    @Test("the least worthy goes first: lines before, before the failing code")
    func order() throws {
        let builder = PromptBuilder(prompt: try SampleCases.prompt("diagnose"), language: "English")
        let budget = TokenBudget(contextTokens: 3000, answerTokens: 600, estimator: TokenEstimator())
        let prompt = try builder.build(Self.large(), budget: budget)
        #expect(prompt.evidence["C1"] != nil && prompt.evidence["S1"] != nil && prompt.evidence["C5"] == nil)
        #expect(prompt.leftOut.contains("source excerpt [C5]"))
        #expect(prompt.evidence["C1"]?.text.contains(">2000 | ") == true)
    }

    @Test("a window that cannot hold the least prompt is a typed failure")
    func tooSmall() throws {
        let builder = PromptBuilder(prompt: try SampleCases.prompt("diagnose"), language: "English")
        let budget = TokenBudget(contextTokens: 200, answerTokens: 100, estimator: TokenEstimator())
        let error = try #require(throws: WindowTooSmall.self) { try builder.build(SampleCases.full(), budget: budget) }
        #expect(error.neededTokens > error.availableTokens)
    }

    @Test(
        "why there is no code is said",
        arguments: [
            (CodeContext.State.notConfigured, "no mirror is configured"), (.noFrames, "no stack frames"),
            (.notFound(mirror: "m", revision: "abc"), "not in mirror m at abc"),
            (.unavailable(mirror: "m", reason: "locked"), "mirror m is unavailable (locked)"),
            (.fromEvent, "no source lines were found"),
        ])
    func missingCode(state: CodeContext.State, words: String) throws {
        var file = SampleCases.full()
        file.code = CodeContext(state: state)
        let builder = PromptBuilder(prompt: try SampleCases.prompt("diagnose"), language: "English")
        let budget = TokenBudget(contextTokens: 8192, answerTokens: 1024, estimator: TokenEstimator())
        #expect(try builder.build(file, budget: budget).messages[1].content.contains(words))
    }

    @Test("a hostile excerpt's numbers do not trap")
    func numbers() throws {
        var file = SampleCases.full()
        file.code.excerpts[0].firstLine = .max
        file.code.excerpts[0].marked = [.min, .max, 0]
        file.facts.previousCount = 1
        file.facts.count = .max
        file.facts.series = [.max, .max, 1, 1]
        file.similar[0].score = .nan
        #expect(try SampleCases.evidence(file)["E1"] != nil)
        let triage = BuiltInTriage().diagnose(file, reason: .noModel, now: SampleCases.now)
        #expect(!triage.rootCause.isEmpty)
        let checker = AnswerChecker(file: file, evidence: try SampleCases.evidence(file))
        guard case .accepted = checker.check(SampleCases.answer(), isLastRound: true) else {
            Issue.record("\(checker.check(SampleCases.answer(), isLastRound: true))")
            return
        }
    }
}

@Suite("Tokens are learned from what servers count")
struct TokenEstimatorTests {
    @Test("careful at first, then as counted, with a margin")
    func learns() {
        var estimator = TokenEstimator()
        #expect(estimator.tokens(forBytes: 1000) == 400)
        estimator.learn(bytes: 1000, tokens: 250)
        #expect(estimator.samples == 1 && estimator.tokens(forBytes: 1000) == 275)
        estimator.learn(bytes: 1000, tokens: 500)
        #expect(estimator.tokens(for: String(repeating: "a", count: 1000)) == 550)
        estimator.learn(bytes: 1000, tokens: 400)
        #expect(abs(estimator.tokensPerByte - 0.47) < 0.001)
    }

    @Test("nonsense teaches nothing, and extremes are bounded")
    func bounds() {
        var estimator = TokenEstimator()
        estimator.learn(bytes: 10, tokens: 5000)
        estimator.learn(bytes: 1000, tokens: 0)
        #expect(estimator == TokenEstimator())
        estimator.learn(bytes: 1000, tokens: .max)
        #expect(estimator.tokensPerByte == 2)
        #expect(estimator.tokens(forBytes: -5) == 0)
    }

    @Test("a silent cut is recognised: 12,221 tokens at 2048 became 1026")
    func truncation() {
        var learned = TokenEstimator()
        learned.learn(bytes: 10_000, tokens: 3000)
        #expect(learned.isTruncation(evaluated: 1026, bytes: 40_000, contextTokens: 2048))
        #expect(learned.isTruncation(evaluated: 1026, bytes: 5000, contextTokens: 2048))
        #expect(!learned.isTruncation(evaluated: 1500, bytes: 5000, contextTokens: 2048))
        #expect(!learned.isTruncation(evaluated: 1026, bytes: 3400, contextTokens: 2048))
        let fresh = TokenEstimator()
        #expect(fresh.isTruncation(evaluated: 1026, bytes: 4200, contextTokens: 2048))
        #expect(!fresh.isTruncation(evaluated: 900, bytes: 4200, contextTokens: 2048))
        #expect(!fresh.isTruncation(evaluated: 0, bytes: 4200, contextTokens: 2048))
    }
}
