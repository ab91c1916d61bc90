import Delivery
import Diagnosing
import Events
import Foundation
import GitMirror
import Grouping
import History
import Intake

/// Diagnoses a pasted text now. Nothing is recorded but what was asked of a model.
public struct Explainer: Sendable {
    public struct Explanation: Sendable {
        public var group: ReportGroup
        public var markdown: String
    }

    let configuration: Configuration
    let service: String?
    let release: String?
    let asksModel: Bool

    public init(configuration: Configuration, service: String? = nil, release: String? = nil, asksModel: Bool = true) {
        (self.configuration, self.service, self.release) = (configuration, service, release)
        self.asksModel = asksModel
    }

    /// The code context alone: no history, no model.
    public func context(of text: String, now: Timestamp) async throws -> CodeContext {
        var ledger: [String: Int] = [:]
        let event = try self.event(in: text, now: now).redacted(by: try configuration.makeRedactor(), ledger: &ledger)
            .withRevision()
        guard let mirror = configuration.makeRouter().mirror(for: event) else {
            return EventExcerpts.context(for: event, settings: configuration.context)
        }
        let pool = MirrorPool(context: configuration.context)
        let context = await pool.context(for: event.withLogSite(), in: mirror, releases: [])
        await pool.close()
        return context.redacted(by: try configuration.makeRedactor())
    }

    public func explain(_ text: String, now: Timestamp) async throws -> Explanation {
        // A first question may come before the first batch: the history is then empty, not missing.
        let site = try Site(configuration, mode: .readWrite, now: now)
        var ledger: [String: Int] = [:]
        let event = try self.event(in: text, now: now).redacted(by: site.redactor, ledger: &ledger)
        let grouping = site.grouper.group(event)
        let facts = try site.facts(of: event, grouping, now: now)
        let embedder = asksModel ? try await Embedder.open(site, now: now).embedder : nil
        var file = try await CaseBuilder(
            site: site, judged: try site.history.judgedDiagnoses(), embedder: embedder
        ).caseFile(for: event, facts: facts, key: grouping.searchKey)
        var asking = try await Asking(site: site, mode: asksModel ? .model : .never)
        if asking.ready != nil { file.metrics = await MetricEvidence(site: site).jumps(around: event, now: now) }
        let outcome = try await asking.diagnose(file, now: now, hasBudget: true) { _ in }
        try site.audit(outcome, endpoint: asking.ready?.endpoint, now: now)
        await site.mirrors.close()
        try Task.checkCancellation()
        let group = ReportGroup(
            facts: facts, diagnosis: outcome.diagnosis.redacted(by: site.textRedactor), code: file.code,
            similar: file.similar, sample: event)
        return Explanation(
            group: group,
            markdown: MarkdownReport.render(group, timeZone: configuration.timeZone.identifier, generatedAt: now))
    }

    func event(in text: String, now: Timestamp) throws -> ErrorEvent {
        let events = parseEvent(text: text, now: now)
        // The last error of what was pasted is what the reader just saw.
        var event = events.last ?? ErrorEvent(id: "pasted", time: now, message: String(text.prefix(2000)))
        event.service = event.service ?? service ?? onlyService
        event.release = event.release ?? release
        return event
    }

    /// Where one service is configured, a pasted text is taken to be its own.
    private var onlyService: String? {
        let services = Set(configuration.mirrors.flatMap(\.services))
        return services.count == 1 ? services.first : nil
    }

}

extension Site {
    /// What history knows of the group, or what one new event makes of it.
    func facts(of event: ErrorEvent, _ grouping: GroupingResult, now: Timestamp) throws -> GroupFacts {
        let window = TimeWindow(start: now.advanced(by: .zero - Batch.reportWindow), end: now)
        if let known = try history.facts(of: grouping.fingerprint, window: window, slices: Reporting.slices) {
            return known
        }
        return GroupFacts(alone: event, grouping, window: window)
    }
}

extension GroupFacts {
    /// What one new event tells of its group, without a history.
    init(alone event: ErrorEvent, _ grouping: GroupingResult, window: TimeWindow) {
        let group = ErrorGroup(
            fingerprint: grouping.fingerprint, groupingVersion: grouping.version, rule: grouping.rule,
            parts: grouping.parts, title: grouping.title, template: grouping.template,
            exceptionType: event.rootException?.type, code: event.code, firstSeen: event.time, lastSeen: event.time,
            total: event.count, level: event.level)
        self.init(
            group: group, window: window, count: event.count, previousCount: 0, series: [],
            services: event.service.map { [Tally(value: $0, count: event.count)] } ?? [],
            hosts: event.host.map { [Tally(value: $0, count: event.count)] } ?? [],
            releases: event.release.map {
                [ReleaseWindow(release: $0, first: event.time, last: event.time, count: event.count)]
            } ?? [], trend: .new)
    }
}
