import Diagnosing
import Events
import Foundation
import Grouping
import History
import Synchronization

/// Answers questions now: what earlier runs found where nothing changed since, else the model, else the built-in triage
/// when the time is over.
///
/// What it is asked about is not recorded, only what was asked of a model; diagnoses that it made are remembered while
/// the process lives.
public final class Analyzer: Sendable {
    let configuration: Configuration
    private let clock: @Sendable () -> Timestamp
    private let made = Mutex<[String: Diagnosis]>([:])
    private let pace = ContinuousClock()

    /// Diagnoses that are remembered; then all are forgotten, for nothing here lives long.
    private static let mostMade = 200

    /// - Parameter clock: what counts as now.
    public init(configuration: Configuration, clock: @escaping @Sendable () -> Timestamp) {
        (self.configuration, self.clock) = (configuration, clock)
    }

    /// - Throws: where home or history cannot be used.
    public func answer(_ question: AnalysisQuestion) async throws -> AnalysisReply {
        let now = clock()
        let deadline = pace.now + configuration.serve.analysisTime
        let site = try Site(configuration, mode: .readWrite, now: now)
        do {
            let reply: AnalysisReply
            switch question {
            case .event(let text): reply = try await answer(text, site, now, deadline)
            case .window(let window): reply = try await answer(window, site, now, deadline)
            }
            await site.mirrors.close()
            try site.history.close()
            return reply
        } catch {
            await site.mirrors.close()
            throw error
        }
    }

    private func answer(
        _ text: String, _ site: Site, _ now: Timestamp, _ deadline: ContinuousClock.Instant
    ) async throws -> AnalysisReply {
        var ledger: [String: Int] = [:]
        let event = try Explainer(configuration: configuration).event(in: text, now: now)
            .redacted(by: site.redactor, ledger: &ledger)
        let grouping = site.grouper.group(event)
        let facts = try site.facts(of: event, grouping, now: now)
        let embedder = try await embedder(site, now)
        let file = try await CaseBuilder(site: site, judged: try site.history.judgedDiagnoses(), embedder: embedder)
            .caseFile(for: event, facts: facts, key: grouping.searchKey)
        let (diagnosis, cached) = try await diagnosis(of: file, site, now, deadline)
        return AnalysisReply(about: "event", groups: [.init(facts, diagnosis, cached: cached)], more: 0)
    }

    /// The most severe and most frequent groups; each is asked about while there is time.
    private func answer(
        _ window: AnalysisQuestion.Window, _ site: Site, _ now: Timestamp, _ deadline: ContinuousClock.Instant
    ) async throws -> AnalysisReply {
        let span = TimeWindow(start: now.advanced(by: .zero - window.length), end: now.advanced(by: .nanoseconds(1)))
        let all = try site.history.facts(window: span, slices: Reporting.slices).filter { facts in
            window.services.isEmpty || facts.services.contains { window.services.contains($0.value) }
        }
        let chosen = all.sorted { DiagnosisOrder.comesFirst($0, $1) }.prefix(window.limit)
        var groups: [AnalysisReply.Group] = []
        let builder = CaseBuilder(site: site, judged: try site.history.judgedDiagnoses())
        for facts in chosen {
            guard let file = try await builder.caseFile(for: facts) else { continue }
            let (diagnosis, cached) = try await diagnosis(of: file, site, now, deadline)
            groups.append(.init(facts, diagnosis, cached: cached))
        }
        return AnalysisReply(about: "window", groups: groups, more: all.count - chosen.count)
    }

    private func diagnosis(
        of file: CaseFile, _ site: Site, _ now: Timestamp, _ deadline: ContinuousClock.Instant
    ) async throws -> (Diagnosis, cached: Bool) {
        if let found = try await before(deadline, { try await self.ask(file, site, now) }) { return found }
        let words = "no answer within \(Int(configuration.serve.analysisTime.inSeconds)) s"
        return (BuiltInTriage().diagnose(file, reason: .unavailable(words), now: now), false)
    }

    /// Share of an analysis's time in which the embedding model is found, and the same again in which it answers.
    private static let embeddingShare = 4

    /// - Returns: nil where none is configured, or none is found soon enough: the search goes without.
    private func embedder(_ site: Site, _ now: Timestamp) async throws -> Embedder? {
        let share = configuration.serve.analysisTime / Self.embeddingShare
        let opened = try await before(pace.now + share) { try await Embedder.open(site, now: now).embedder }
        return opened.flatMap(\.self)?.waiting(atMost: share)
    }

    /// - Returns: nil where the work, which is cancelled then, takes longer.
    private func before<Value: Sendable>(
        _ deadline: ContinuousClock.Instant, _ work: @escaping @Sendable () async throws -> Value
    ) async throws -> Value? {
        try await withThrowingTaskGroup(of: Value?.self) { group in
            group.addTask { try await work() }
            group.addTask { [pace] in
                try await Task.sleep(until: deadline, clock: pace)
                return nil
            }
            defer { group.cancelAll() }
            return try await group.next() ?? nil
        }
    }

    /// - Returns: a diagnosis, and whether it was made before.
    private func ask(_ file: CaseFile, _ site: Site, _ now: Timestamp) async throws -> (Diagnosis, Bool) {
        var asking = try await Asking(site: site)
        if let key = try asking.cacheKey(for: file), let known = try known(key, file, site, now) {
            return (known, true)
        }
        // Nobody to ask: what a model said of this group before is better than rules.
        if asking.ready == nil,
            let latest = try site.history.latestDiagnosis(of: file.facts.group.fingerprint)?.diagnosis,
            case .model = latest.provenance.author
        {
            return (latest, true)
        }
        let answer = try await asking.diagnose(file, now: now, hasBudget: true) { _ in }
        try site.audit(answer, endpoint: asking.ready?.endpoint, now: now)
        let diagnosis = answer.diagnosis.redacted(by: site.textRedactor)
        if case .model = diagnosis.provenance.author, let key = diagnosis.provenance.cacheKey {
            remember(diagnosis, key)
        }
        return (diagnosis, false)
    }

    private func known(_ key: String, _ file: CaseFile, _ site: Site, _ now: Timestamp) throws -> Diagnosis? {
        let oldest = now.advanced(by: .zero - configuration.cache.ttl)
        let cached = try site.history.cachedDiagnosis(
            key: key, notBefore: oldest, limit: configuration.cache.limit, now: now)?.diagnosis
        let found = cached ?? made.withLock { $0[key] }
        guard let found, found.provenance.at >= oldest, !DiagnosisOrder.hasOutgrown(found, file.facts) else {
            return nil
        }
        return found
    }

    private func remember(_ diagnosis: Diagnosis, _ key: String) {
        made.withLock { made in
            if made.count >= Self.mostMade { made = [:] }
            made[key] = diagnosis
        }
    }
}
