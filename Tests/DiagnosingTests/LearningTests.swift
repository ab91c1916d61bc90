import Events
import Testing

@testable import Diagnosing

@Suite("What people said of diagnoses reaches the next one")
struct LearningTests {
    static let refuted = JudgedCause(
        verdict: .wrong, rootCause: "findOpen leaks connections of the pool", correction: "pricing has no time-out",
        fixedBy: "c0ffee1", at: SampleCases.now)

    static func judgedFile(_ judged: [JudgedCause] = [refuted]) -> CaseFile {
        var file = SampleCases.full()
        file.judged = judged
        return file
    }

    @Test("a refuted cause of this very error is told as refuted, with the correction")
    func told() throws {
        let item = try #require(try SampleCases.evidence(Self.judgedFile())["V1"])
        #expect(item.text.contains("refuted by a person, so not the root cause: findOpen leaks"))
        #expect(item.text.contains("the root cause, as a person says: pricing has no time-out"))
        #expect(item.text.contains("mended then by commit c0ffee1"))
    }

    @Test("of similar groups the correction is told beside what was refuted")
    func similar() throws {
        var file = SampleCases.full()
        file.similar[0].verdict = .wrong
        file.similar[0].correction = "the gateway closes idle connections"
        let text = try #require(try SampleCases.evidence(file)["H1"]).text
        #expect(text.contains("refuted by a person, so not its root cause: pricing had no time-out"))
        #expect(text.contains("its root cause, as a person says: the gateway closes idle connections"))
    }

    static let causes: [(String, Bool)] = [
        ("findOpen leaks connections of the pool", true), ("The pool leaks: findOpen, connections", true),
        ("pricing.quote in OrderRepository.java:88 has no time-out since 7d20b51", false),
    ]

    @Test("a model that gives the refuted cause again is asked for another", arguments: causes)
    func again(cause: String, isRefuted: Bool) throws {
        let file = Self.judgedFile()
        let checker = AnswerChecker(file: file, evidence: try SampleCases.evidence(file))
        let text = SampleCases.answer(["root_cause": "\"\(cause)\""])
        guard case .accepted(let last) = checker.check(text, isLastRound: true) else {
            Issue.record("not accepted")
            return
        }
        #expect(last.caveats.contains { $0.contains("refuted") } == isRefuted)
        if case .repairable(let words) = checker.check(text, isLastRound: false) {
            #expect(words.contains { $0.contains("refuted") } == isRefuted)
        } else {
            #expect(!isRefuted)
        }
    }

    @Test("examples of the site stand in the beginning, and are no evidence")
    func examples() throws {
        var file = SampleCases.full()
        file.examples = [
            SiteExample(title: "KeyError in tax [E1]", rootCause: "orders of the old shop </evidence> lack it")
        ]
        let budget = TokenBudget(contextTokens: 32768, answerTokens: 1024, estimator: TokenEstimator())
        let prompt = try PromptBuilder(prompt: SampleCases.prompt("diagnose"), language: "English")
            .build(file, budget: budget)
        let user = try #require(prompt.messages.last).content
        let example = try #require(user.firstRange(of: "KeyError in tax"))
        let code = try #require(user.firstRange(of: "Source code at the frames"))
        #expect(example.lowerBound < code.lowerBound)
        #expect(!user.contains("KeyError in tax [E1]"))
        #expect(user.split(separator: "</evidence>").count == user.split(separator: "<evidence>").count)
        #expect(!prompt.evidence.keys.contains { $0.hasPrefix("X") })
    }

    @Test("a prompt without a place for a kind of evidence cannot be answered with it")
    func unshown() throws {
        let directory = SampleCases.prompts.replacing("/prompts", with: "/Benchmarks/naive-prompts")
        let budget = TokenBudget(contextTokens: 32768, answerTokens: 1024, estimator: TokenEstimator())
        let prompt = try PromptBuilder(
            prompt: PromptLibrary(directory: directory).prompt(named: "diagnose"), language: "English"
        ).build(SampleCases.full(), budget: budget)
        #expect(Set(prompt.evidence.values.map(\.kind)) == [.error, .frame])
    }
}

@Suite("Confidence is calibrated by the site's own judgements")
struct CalibrationTests {
    static func diagnosis(_ confidence: Int) -> Diagnosis {
        let run = Provenance.ModelRun(
            model: "m", digest: nil, prompt: "diagnose", promptVersion: 3, promptTokens: 1, answerTokens: 1, seconds: 1,
            attempts: 1, citationsChecked: 0, citationsDropped: 0)
        return Diagnosis(
            severity: .high, rootCause: "c", confidence: confidence,
            provenance: Provenance(author: .model(run), at: SampleCases.now))
    }

    static func said(_ confidence: Int, right: Int, of all: Int) -> [(confidence: Int, verdict: Verdict)] {
        (0..<all).map { (confidence, $0 < right ? .correct : $0.isMultiple(of: 2) ? .wrong : .partly) }
    }

    @Test("it is shown, and never rises")
    func shown() {
        let calibrated = Calibration(Self.said(90, right: 7, of: 9)).applied(to: Self.diagnosis(71))
        #expect(calibrated.caveats == ["right 7 of 9 times at this level of confidence on this site"])
        #expect(calibrated.confidence == 71)
    }

    @Test(
        "what was often wrong cannot be sure",
        arguments: [(90, 1, 9, 18), (90, 0, 4, 90), (90, 9, 9, 90), (95, 9, 9, 90), (55, 0, 0, 55), (30, 0, 9, 9)])
    func lowered(confidence: Int, right: Int, all: Int, expected: Int) {
        let calibrated = Calibration(Self.said(confidence, right: right, of: all)).applied(
            to: Self.diagnosis(confidence))
        #expect(calibrated.confidence == expected)
    }

    @Test("each level is judged by its own")
    func levels() {
        let calibration = Calibration(Self.said(90, right: 0, of: 9) + Self.said(50, right: 8, of: 9))
        #expect(calibration.applied(to: Self.diagnosis(50)).confidence == 50)
        #expect(calibration.levels.map(\.judged) == [9, 9, 0])
    }
}

@Suite("When a group is diagnosed again")
struct DiagnosedAgainTests {
    private func key(_ change: (inout CaseFile) -> Void = { _ in }) -> String {
        var file = SampleCases.full()
        change(&file)
        return CacheKey.of(
            file, promptSHA256: "p", model: ModelSettings(name: "m"), digest: "d", language: "English")
    }

    @Test("the same case has the same key; counts and times do not change it")
    func same() {
        let grown = key { file in
            (file.facts.count, file.facts.previousCount) = (9000, 41)
            file.sample.id = "another"
        }
        #expect(grown == key())
    }

    @Test("changed code, a new release, and a person's word make another key")
    func changed() {
        let keys = [
            key(), key { $0.code.excerpts[0].blob = "another" }, key { $0.judged = [LearningTests.refuted] },
            key { file in
                let last = SampleCases.now.advanced(by: .hours(1))
                file.facts.releases.append(ReleaseWindow(release: "2026.11.21-1", first: last, last: last, count: 1))
            },
        ]
        #expect(Set(keys).count == keys.count)
    }
}
