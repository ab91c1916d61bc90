import Delivery
import Diagnosing
import Events
import Foundation
import History

/// Diagnoses the groups of a run: the worst and newest first, within the budget, from the cache where nothing changed.
struct DiagnosingStage {
    let site: Site
    let now: Timestamp
    let progress: ProgressHandler
    /// Whom to ask.
    var mode = Asking.Mode.model
    /// The worst of the queue that are diagnosed; nil for all of it.
    var most: Int?
    private var neighbours = ServiceNeighbours()
    private let metrics: MetricEvidence
    private let clock = ContinuousClock()

    /// After so many failures of the endpoint in a row, the rest of the run is left to the built-in triage.
    static let failuresBeforeGivingUp = 2

    init(site: Site, now: Timestamp, progress: @escaping ProgressHandler) {
        (self.site, self.now, self.progress) = (site, now, progress)
        metrics = MetricEvidence(site: site)
    }

    /// - Parameter touched: groups seen by this run; queued ones are added.
    mutating func run(touched: Set<Fingerprint>, into record: inout BatchRecord) async throws {
        try await diagnose(queue(touched.union(try site.history.queuedGroups())), into: &record)
        try await noteMirrors(&record)
    }

    /// Diagnoses these groups, or the worst of them.
    ///
    /// - Returns: those that a model answered for, now or earlier.
    @discardableResult
    mutating func diagnose(_ touched: Set<Fingerprint>, into record: inout BatchRecord) async throws -> [Fingerprint] {
        try await diagnose(Array(queue(touched).prefix(most ?? .max)), into: &record)
    }

    /// Why no model can be asked, as the record keeps it.
    private func absence(_ asking: Asking, _ record: inout BatchRecord) -> String? {
        asking.absenceWords.map { words in record.said(words.map { site.textRedactor($0).text }) }
    }

    @discardableResult
    private mutating func diagnose(
        _ queue: [GroupFacts], into record: inout BatchRecord
    ) async throws -> [Fingerprint] {
        guard !queue.isEmpty else { return [] }
        let deadline = clock.now + site.configuration.budget.time
        var answered: [Fingerprint] = []
        var asking = try await Asking(site: site, mode: mode)
        record.diagnosing.model = asking.ready?.main?.settings.name
        record.diagnosing.digest = asking.ready?.main?.digest
        for problem in asking.ready?.problems ?? [] { progress(.warning(problem)) }
        record.diagnosing.absence = absence(asking, &record)
        record.diagnosing.failed = asking.isBroken
        if let words = asking.absenceWords, asking.isBroken {
            progress(.warning("\(words.english); the built-in triage answers, and a later run asks the model"))
        }
        let queue = try together(queue, asking)
        for (index, facts) in queue.enumerated() {
            try Task.checkCancellation()
            let group = facts.group
            let by = asking.ready?.main?.settings.name ?? "built-in triage"
            progress(.diagnosing(index: index, of: queue.count, group: group.id, title: group.title, by: by))
            let spent = record.diagnosing.promptTokens + record.diagnosing.answerTokens
            let hasBudget =
                clock.now < deadline && spent < site.configuration.budget.tokens
                && index < site.configuration.budget.groups
            let step = Step(index: index, count: queue.count, hasBudget: hasBudget)
            let known = record.diagnosing.byModel + record.diagnosing.fromCache
            try await diagnose(facts, step, asking: &asking, into: &record)
            if record.diagnosing.byModel + record.diagnosing.fromCache > known { answered.append(group.fingerprint) }
        }
        if let problem = metrics.problem { progress(.warning(site.textRedactor(problem).text)) }
        if let words = absence(asking, &record) {
            (record.diagnosing.absence, record.diagnosing.failed) = (words, asking.isBroken)
        }
        if record.diagnosing.byModel > 0, site.configuration.alerts.tellsOfCPU, let words = await asking.slowness {
            record.diagnosing.slowness = record.said(words)
        }
        try asking.keepWhatWasLearned(in: site.history)
        return answered
    }

    private struct Step {
        var index: Int
        var count: Int
        var hasBudget: Bool
    }

    private var window: TimeWindow {
        TimeWindow(start: now.advanced(by: .zero - Batch.reportWindow), end: now)
    }

    /// As many as may be asked about, so that neither the model nor the beginning of the prompt changes needlessly;
    /// and what their traces tell of the services.
    private mutating func together(_ queue: [GroupFacts], _ asking: Asking) throws -> [GroupFacts] {
        guard asking.ready != nil else { return queue }
        var samples: [ErrorEvent] = []
        let places = try queue.prefix(site.configuration.budget.groups).map { facts in
            let sample = try site.history.samples(of: facts.group.fingerprint, limit: 1).first
            if let sample { samples.append(sample) }
            return DiagnosisOrder.Place(
                facts: facts, model: sample.flatMap { asking.model(for: $0, facts) } ?? "",
                service: sample?.service ?? "", release: sample?.release ?? "",
                file: sample?.frames.last { $0.inApp != false }?.file ?? "")
        }
        neighbours = ServiceNeighbours(samples: samples)
        return DiagnosisOrder.together(places).map(\.facts) + queue.dropFirst(places.count)
    }

    private func queue(_ wanted: Set<Fingerprint>) throws -> [GroupFacts] {
        let facts = try wanted.sorted().compactMap { try site.history.facts(of: $0, window: window) }
        let states = try site.history.alertStates(of: facts.map(\.group.fingerprint))
        // Whoever muted a group does not want the model's time spent on it.
        let heard = facts.filter { facts in
            guard let mute = states[facts.group.fingerprint]?.mute else { return true }
            return mute.wake(facts, now: now, factor: site.configuration.alerts.breakThrough) != nil
        }
        return heard.sorted { DiagnosisOrder.comesFirst($0, $1) }
    }

    private func diagnose(
        _ facts: GroupFacts, _ step: Step, asking: inout Asking, into record: inout BatchRecord
    ) async throws {
        guard
            var file = try await CaseBuilder(site: site, neighbours: neighbours, judged: asking.judged)
                .caseFile(for: facts)
        else { return }
        let fingerprint = facts.group.fingerprint
        if try reuse(file, asking, &record) {
            return progress(.diagnosed(index: step.index, of: step.count, group: facts.group.id, model: nil))
        }
        if asking.ready != nil, step.hasBudget {
            file.metrics = await metrics.jumps(around: file.sample, now: now)
        }
        let outcome = try await asking.diagnose(file, now: now, hasBudget: step.hasBudget) { [progress] tokens in
            progress(.answering(index: step.index, of: step.count, group: facts.group.id, tokens: tokens))
        }
        try Task.checkCancellation()
        try site.audit(outcome, endpoint: asking.ready?.endpoint, now: now)
        for call in outcome.calls {
            let tokens = "\(call.promptTokens) + \(call.answerTokens) tokens, \(Int(call.seconds)) s"
            let words = site.redactor(call.outcome.words).text
            progress(.detail("\(facts.group.id) asked \(call.model): \(tokens), \(words)"))
        }
        let diagnosis = outcome.diagnosis.redacted(by: site.textRedactor)
        if try !repeatsBuiltIn(diagnosis, of: fingerprint) {
            try site.history.save(
                DiagnosisRecord(
                    fingerprint: fingerprint, diagnosis: diagnosis, code: file.code, similar: file.similar,
                    rawAnswers: outcome.rawAnswers.map { site.redactor($0).text }))
        }
        record.diagnosing.promptTokens += outcome.calls.reduce(0) { $0 + $1.promptTokens }
        record.diagnosing.answerTokens += outcome.calls.reduce(0) { $0 + $1.answerTokens }
        var model: String?
        switch diagnosis.provenance.author {
        case .model(let run):
            record.diagnosing.byModel += 1
            model = run.model
        case .builtIn(let reason):
            record.diagnosing.builtIn += 1
            record.diagnosing.queued += reason.isQueued ? 1 : 0
        }
        progress(.diagnosed(index: step.index, of: step.count, group: facts.group.id, model: model))
    }

    /// A diagnosis of a case that had everything in common with this one is used again.
    private func reuse(_ file: CaseFile, _ asking: Asking, _ record: inout BatchRecord) throws -> Bool {
        guard let key = try asking.cacheKey(for: file) else { return false }
        let notBefore = now.advanced(by: .zero - site.configuration.cache.ttl)
        guard
            let cached = try site.history.cachedDiagnosis(
                key: key, notBefore: notBefore, limit: site.configuration.cache.limit, now: now),
            !DiagnosisOrder.hasOutgrown(cached.diagnosis, file.facts)
        else { return false }
        let latest = try site.history.latestDiagnosis(of: file.facts.group.fingerprint)
        if latest?.diagnosis.provenance.cacheKey != key {
            var copy = cached
            copy.fingerprint = file.facts.group.fingerprint
            (copy.code, copy.similar, copy.rawAnswers) = (file.code, file.similar, [])
            try site.history.save(copy)
        }
        record.diagnosing.fromCache += 1
        return true
    }

    /// The built-in triage says the same night after night: one version of it is enough.
    private func repeatsBuiltIn(_ diagnosis: Diagnosis, of fingerprint: Fingerprint) throws -> Bool {
        guard case .builtIn = diagnosis.provenance.author,
            var latest = try site.history.latestDiagnosis(of: fingerprint)?.diagnosis
        else { return false }
        // A model's diagnosis is not replaced by rules because the model is away tonight.
        if case .model = latest.provenance.author { return true }
        latest.provenance.at = diagnosis.provenance.at
        return latest == diagnosis
    }

    /// What the mirrors lack, once a run.
    private func noteMirrors(_ record: inout BatchRecord) async throws {
        let facts = try site.history.facts(window: window, slices: 1)
        record.diagnosing.mirrorNotes = await MirrorNotes(site: site).notes(for: facts, now: now).map { words in
            record.said(words)
        }
    }
}

extension Diagnosis {
    /// A model's words pass the redactor too: it may repeat what it was told elsewhere.
    func redacted(by redactor: Redactor) -> Diagnosis {
        func clean(_ text: String) -> String { redactor(text).text }
        var copy = self
        (copy.rootCause, copy.analysis, copy.impact) = (clean(rootCause), clean(analysis), clean(impact))
        copy.recommendations = recommendations.map { Recommendation(action: clean($0.action), why: clean($0.why)) }
        (copy.evidence, copy.alternatives) = (evidence.map(clean), alternatives.map(clean))
        copy.caveats = caveats.map(clean)
        if case .builtIn(let reason) = provenance.author {
            copy.provenance.author = .builtIn(reason: reason.mapWords(clean))
        }
        // A fix with a masked value in it would write the placeholder into the code.
        if let fix, [fix.file, fix.description, fix.original, fix.modified].contains(where: { clean($0) != $0 }) {
            copy.fix = nil
            copy.caveats.append("the proposed fix holds a secret and was left out")
        }
        return copy
    }
}

extension Provenance.BuiltInReason {
    /// The reason with its words changed: they may quote a server or an answer.
    fileprivate func mapWords(_ change: (String) -> String) -> Self {
        switch self {
        case .noModel, .budget: self
        case .unavailable(let words): .unavailable(change(words))
        case .invalidAnswer(let words): .invalidAnswer(change(words))
        case .abstained(let words): .abstained(change(words))
        }
    }
}

extension Configuration.CacheSettings {
    var limit: CacheLimit {
        CacheLimit(maxEntries: maxEntries, eviction: eviction == .lru ? .leastRecentlyUsed : .firstIn)
    }
}
