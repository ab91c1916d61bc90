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
        let model = configuration.diagnosingModels.last ?? ModelSettings(name: "sample")
        let services: [String?] = [nil] + library.serviceNames
        return try services.flatMap { service in
            try library.names.map {
                try rendered(try library.prompt(named: $0, service: service), library, service, model)
            }
        }
    }

    private func rendered(
        _ prompt: PromptFile, _ library: PromptLibrary, _ service: String?, _ model: ModelSettings
    ) throws -> Rendered {
        let name = service.map { "\($0): \(prompt.name)" } ?? prompt.name
        guard prompt.name == "diagnose" else {
            return Rendered(name: name, version: prompt.version, tokens: 0, text: "")
        }
        var file = Self.sample()
        if let service { file.sample.service = service }
        let budget = TokenBudget(
            contextTokens: model.contextTokens, answerTokens: model.maxAnswerTokens, estimator: TokenEstimator())
        let rendered = try PromptBuilder(
            prompt: prompt, language: configuration.diagnosing.language, rules: library.rules(for: service),
            isBrief: model.isBrief
        ).build(file, budget: budget)
        let text = rendered.messages.map { "--- \($0.role.rawValue)\n\($0.content)" }.joined(separator: "\n")
        let leftOut = rendered.leftOut.isEmpty ? "" : "\n--- left out\n\(rendered.leftOut.joined(separator: "\n"))"
        return Rendered(
            name: name, version: prompt.version, tokens: rendered.estimatedTokens, text: text + leftOut)
    }

    /// A small case with one piece of evidence of each kind.
    static func sample() -> CaseFile {
        let time = Timestamp(seconds: 1_790_000_000)
        var event = ErrorEvent(id: "sample", time: time, message: "KeyError: 'currency'")
        event.service = "billing-worker"
        (event.release, event.host, event.tags) = (
            "2026.11.20-1", "worker-3", ["currency": "none", "queue": "invoices"]
        )
        event.request = RequestInfo(method: "POST", url: "/invoices/4711/total", status: 500)
        event.parentSpans = [
            SpanInfo(name: "POST /invoices", service: "gateway", durationMilliseconds: 91),
            SpanInfo(name: "invoice.total", service: "billing-worker", durationMilliseconds: 12),
        ]
        event.breadcrumbs = [Breadcrumb(time: time, category: "queue", message: "took invoice 4711")]
        event.linesBefore = ["INFO took invoice 4711", "WARN order 4711 has no currency"]
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
        let suspect = Suspect(
            commit: "7d20b51ffee0", author: "a colleague", time: time.advanced(by: .hours(-20)),
            subject: "orders may have no currency", score: 0.8, reason: "last changed the failing line",
            hunk: "-    return order[\"amount\"]\n+    return order[\"amount\"], order[\"currency\"]")
        let past = SimilarGroup(
            fingerprint: Fingerprint(digest: (0..<32).map { _ in 0x1A }), title: "KeyError in tax",
            template: "KeyError",
            score: 0.81, reason: "same type, 2 of 3 frames", firstSeen: time.advanced(by: .days(-90)),
            lastSeen: time.advanced(by: .days(-80)), total: 12,
            resolution: Resolution(at: time.advanced(by: .days(-80)), note: "default currency", commit: "c0ffee1"),
            rootCause: "orders of the old shop carry no currency", verdict: .correct)
        let code = CodeContext(
            state: .read(mirror: "sample", revision: "4f1c9e2", basis: .branchHead), excerpts: [excerpt],
            suspects: [suspect])
        return CaseFile(
            facts: facts, sample: event, code: code, similar: [past],
            service: ServiceContext(callers: [Tally(value: "gateway", count: 12)]),
            judged: [
                JudgedCause(
                    verdict: .wrong, rootCause: "the queue lost half of the order", correction: nil, at: time)
            ],
            examples: [SiteExample(title: "TimeoutError in quote", rootCause: "pricing had no time-out")],
            metrics: [
                MetricJump(name: "orders without currency", labels: "queue=invoices", before: 0, around: 12, at: time)
            ])
    }
}
