import Diagnosing
import Events
import Foundation

/// Reads every prompt file and renders the diagnosis on a sample, as the model would get it.
public struct PromptCheck: Sendable {
    public struct Rendered: Sendable {
        public var name: String
        public var version: Int
        public var tokens: Int
        public var text: String
    }

    let configuration: Configuration

    public init(configuration: Configuration) { self.configuration = configuration }

    public func run() throws -> [Rendered] {
        let library = try PromptLibrary(directory: configuration.prompts)
        let model = configuration.models[ModelAccess.role] ?? ModelSettings(name: "sample")
        return try library.names.map { name in
            let prompt = try library.prompt(named: name)
            guard name == "diagnose" else {
                return Rendered(name: prompt.name, version: prompt.version, tokens: 0, text: "")
            }
            let budget = TokenBudget(
                contextTokens: model.contextTokens, answerTokens: model.maxAnswerTokens, estimator: TokenEstimator())
            let rendered = try PromptBuilder(prompt: prompt, language: configuration.diagnosing.language)
                .build(Self.sample(), budget: budget)
            let text = rendered.messages.map { "--- \($0.role.rawValue)\n\($0.content)" }.joined(separator: "\n")
            return Rendered(name: prompt.name, version: prompt.version, tokens: rendered.estimatedTokens, text: text)
        }
    }

    /// A small case with one piece of evidence of each kind.
    static func sample() -> CaseFile {
        let time = Timestamp(seconds: 1_790_000_000)
        var event = ErrorEvent(id: "sample", time: time, message: "KeyError: 'currency'")
        event.service = "billing-worker"
        event.exceptions = [
            ExceptionInfo(
                type: "KeyError", message: "'currency'",
                frames: [StackFrame(file: "billing/invoice.py", function: "total", line: 12, inApp: true)])
        ]
        let fingerprint = Fingerprint(digest: (0..<32).map { _ in 0x5A })
        let group = ErrorGroup(
            fingerprint: fingerprint, groupingVersion: 1, rule: .frames, parts: [], title: "KeyError in total",
            template: "KeyError: <quoted>", exceptionType: "KeyError", firstSeen: time, lastSeen: time, total: 1,
            level: .error)
        let facts = GroupFacts(
            group: group,
            window: TimeWindow(start: time.advanced(by: .hours(-24)), end: time.advanced(by: .minutes(1))),
            count: 1, previousCount: 0, services: [Tally(value: "billing-worker", count: 1)], trend: .new)
        let excerpt = CodeExcerpt(
            file: "billing/invoice.py", revision: "4f1c9e2", firstLine: 11,
            lines: ["def total(order):", "    return order[\"amount\"], order[\"currency\"]"], marked: [12])
        let code = CodeContext(
            state: .read(mirror: "sample", revision: "4f1c9e2", basis: .branchHead), excerpts: [excerpt])
        return CaseFile(facts: facts, sample: event, code: code, similar: [])
    }
}
