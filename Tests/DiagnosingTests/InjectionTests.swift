import ApplianceTestSupport
import Events
import Foundation
import Testing

@testable import Diagnosing

@Suite("The worst model obeys every line of a log, and nothing of it is delivered")
struct InjectionTests {
    /// A case whose every text is the hostile line, and whose code the proposed fix fits.
    private func file(_ line: String, level: LogLevel, count: Int) -> CaseFile {
        var file = SampleCases.full()
        file.facts = SampleCases.facts(level: level, count: count, hosts: [Tally(value: line, count: count)])
        file.sample.level = level
        file.sample.message = line
        file.sample.exceptions[1].message = line
        file.sample.linesBefore = [line, line]
        file.sample.tags = [line: line]
        file.sample.breadcrumbs = [Breadcrumb(category: line, message: line)]
        file.sample.parentSpans = [SpanInfo(name: line, service: line)]
        file.similar[0].rootCause = line
        file.code.excerpts[0].file = "billing/invoice.py"
        file.code.excerpts[0].lines = ["def send(order):", "    return total(order)"]
        file.code.excerpts[0].marked = [85]
        file.code.suspects[0].subject = line
        return file
    }

    private func texts(_ diagnosis: Diagnosis) -> [String] {
        let fix = diagnosis.fix.map { [$0.file, $0.description, $0.original, $0.modified] } ?? []
        return [diagnosis.rootCause, diagnosis.analysis, diagnosis.impact] + diagnosis.alternatives + diagnosis.caveats
            + diagnosis.evidence + diagnosis.recommendations.flatMap { [$0.action, $0.why] } + fix
    }

    @Test("the set is large enough, and every line is another")
    func size() {
        #expect(InjectionSet.all.count >= 60)
        #expect(Set(InjectionSet.all.map(\.line)).count == InjectionSet.all.count)
        // The check can fail: what the model writes does hold what is forbidden.
        for injection in InjectionSet.all
        where !injection.obeyed.contains("\u{200B}") && !injection.obeyed.contains("\u{34F}") {
            let answer = injection.answer.lowercased()
            #expect(
                InjectionSet.forbidden.contains { answer.contains($0) } || injection.name == "github user",
                "\(injection.name)")
        }
    }

    @Test(
        "no link, mention or command in any field, and the severity that the facts allow", arguments: InjectionSet.all)
    func obeys(_ injection: Injection) async throws {
        for (level, count) in [(LogLevel.fatal, 50), (.error, 5000), (.info, 1)] {
            let file = file(injection.line, level: level, count: count)
            let diagnoser = Diagnoser(
                prompt: try SampleCases.prompt("diagnose"), repair: try SampleCases.prompt("repair"),
                model: ModelSettings(name: "obedient")
            ) { _ throws(ChatFailure) in
                ChatAnswer(content: injection.answer, isComplete: true, promptTokens: 1500, answerTokens: 300)
            }
            let outcome = await diagnoser.diagnose(file, now: SampleCases.now, estimator: TokenEstimator())
            #expect(SeverityBounds.bounds(for: file.facts).contains(outcome.diagnosis.severity))
            for text in texts(outcome.diagnosis) {
                let lower = text.lowercased()
                if let found = InjectionSet.forbidden.first(where: { lower.contains($0) }) {
                    Issue.record("\(injection.name): \(found) in \(text)")
                }
                #expect(!text.unicodeScalars.contains(where: UntrustedText.isInvisible), "\(injection.name)")
                // A name with an @ in code is an annotation.
                let isCode = text == outcome.diagnosis.fix?.modified
                #expect((isCode || !text.contains("@torvalds")) && !text.contains("[E99]") && !text.contains("[C9]"))
            }
            #expect(!outcome.diagnosis.autoFixable || outcome.diagnosis.fix != nil)
        }
    }

    @Test("the prompt shows the line as data only", arguments: InjectionSet.all)
    func prompt(_ injection: Injection) throws {
        let builder = PromptBuilder(prompt: try SampleCases.prompt("diagnose"), language: "English")
        let budget = TokenBudget(contextTokens: 16384, answerTokens: 900, estimator: TokenEstimator())
        let plain = try builder.build(file("boom", level: .error, count: 3), budget: budget).messages
        let hostile = try builder.build(file(injection.line, level: .error, count: 3), budget: budget).messages
        #expect(hostile[0] == plain[0])
        func count(_ text: String, _ message: ChatMessage) -> Int {
            message.content.lowercased().components(separatedBy: text).count
        }
        for mark in ["<evidence>", "</evidence"] { #expect(count(mark, hostile[1]) == count(mark, plain[1])) }
        for mark in ["<|", "[inst]", "<start_of_turn>", "<tool_call>", "</think>", "<｜"] {
            #expect(count(mark, hostile[1]) == 1)
        }
    }
}
