import Delivery
import Events
import Foundation
import Grouping
import History

/// Builds reports from history alone.
public struct Reporting: Sendable {
    let configuration: Configuration
    private let opened: Site?

    /// Slices of a sparkline.
    static let slices = 24
    /// The most frequent groups show a sample; so does every severe one.
    static let groupsWithSamples = 60

    public init(configuration: Configuration) { (self.configuration, opened) = (configuration, nil) }

    init(site: Site) { (configuration, opened) = (site.configuration, site) }

    /// - Parameters:
    ///   - compares: with the window of equal length before, group by group.
    ///   - told: groups that are read in full, where they are told by severity and nothing is compared; nil for all.
    public func report(
        of window: TimeWindow, layout: ReportLayout? = nil, compares: Bool = false, told: ToldGroups? = nil,
        now: Timestamp
    ) throws -> Report {
        try report(of: window, layout: layout, compares: compares, told: told, now: now, including: nil)
    }

    func report(
        of window: TimeWindow, layout asked: ReportLayout? = nil, compares: Bool = false, told: ToldGroups? = nil,
        now: Timestamp, including current: BatchRecord?
    ) throws -> Report {
        let layout = asked ?? ReportLayout(language: configuration.report.language)
        let history = try history(now)
        let runs = try runs(in: window, history) + (current.map { [$0] } ?? [])
        let parts: Parts
        if let told, layout.groupBy == .severity, !compares {
            parts = try self.parts(of: window, layout, told, history, now)
        } else {
            parts = try self.parts(of: window, layout, compares: compares, history, now)
        }
        let said = RunFacts.said(runs, in: layout.language)
        var report = Report(
            site: configuration.report.site, window: window, generatedAt: now,
            timeZone: configuration.timeZone.identifier, groups: parts.groups,
            before: parts.before.groups == 0 ? nil : parts.before, reading: RunFacts.reading(runs),
            model: RunFacts.model(runs, in: layout.language), notRead: RunFacts.notRead(runs).map(said),
            masked: runs.reduce(into: [:]) { sum, run in sum.merge(run.reading.masked, uniquingKeysWith: +) },
            held: runs.reduce(0) { $0 + $1.held }, queued: try history.queuedGroups().count,
            batchFailures: (runs.last?.failures ?? []).map(said), muted: parts.muted, untold: parts.untold)
        report.layout = layout
        report.comparison = parts.comparison
        report.notices = (runs.last?.notices ?? []).map(said)
        report.maintenance = try MaintenanceBook.all(configuration, history).filter {
            $0.start < window.end && ($0.end.map { $0 > window.start } ?? true)
        }
        report.costs = RunFacts.costs(try history.modelCalls(in: window.withItsEnd))
        report.fixDrafts = try Fixer.summary(of: history).counts
        return report
    }

    /// What a report says of groups.
    struct Parts {
        var groups: [ReportGroup]
        var before: Counts
        var muted: [MutedGroup] = []
        var untold: UntoldGroups?
        var comparison: ReportComparison?
    }

    /// All groups, read in full.
    private func parts(
        of window: TimeWindow, _ layout: ReportLayout, compares: Bool, _ history: HistoryStore, _ now: Timestamp
    ) throws -> Parts {
        let all = try chosen(history.facts(window: window, slices: Self.slices), layout)
        let mutes = try mutes(of: all, history, now)
        let shown = try self.groups(all.filter { mutes[$0.group.fingerprint] == nil }, history)
        let groups = shown.filter { group in layout.atLeast.map { group.severity >= $0 } ?? true }
        // Nobody judges what is muted: asked for by severity, it is not meant.
        let facts = layout.atLeast == nil ? all : []
        var earlier: [ReportGroup]?
        if layout.isFiltered || compares {
            let before = try self.groups(chosen(history.facts(window: window.before, slices: 1), layout), history)
            earlier = before.filter { group in layout.atLeast.map { group.severity >= $0 } ?? true }
        }
        let before = try earlier.map { Counts(of: $0.map(\.facts)) } ?? Counts(history.summary(of: window.before))
        var parts = Parts(groups: groups, before: before)
        parts.muted = facts.compactMap { facts in
            mutes[facts.group.fingerprint].map { MutedGroup(facts: facts, mute: $0) }
        }
        if compares, let earlier {
            let muted = facts.filter { mutes[$0.group.fingerprint] != nil }.map { ReportGroup(facts: $0) }
            parts.comparison = ReportComparison(of: groups + muted, with: earlier, before: window.before)
        }
        return parts
    }

    private func chosen(_ facts: [GroupFacts], _ layout: ReportLayout) -> [GroupFacts] {
        guard let service = layout.service else { return facts }
        return facts.filter { $0.services.contains { $0.value == service } }
    }

    /// What is muted and stays so.
    private func mutes(
        of facts: [GroupFacts], _ history: HistoryStore, _ now: Timestamp
    ) throws -> [Fingerprint: AlertState.Mute] {
        let states = try history.alertStates(of: facts.map(\.group.fingerprint))
        var mutes: [Fingerprint: AlertState.Mute] = [:]
        for facts in facts {
            guard let mute = states[facts.group.fingerprint]?.mute,
                mute.wake(facts, now: now, factor: configuration.alerts.breakThrough) == nil
            else { continue }
            mutes[facts.group.fingerprint] = mute
        }
        return mutes
    }

    /// One group, with the last day as its window.
    public func group(_ reference: GroupReference, now: Timestamp) throws -> (group: ReportGroup, markdown: String) {
        let history = try history(now)
        let found = try find(reference, history)
        let window = TimeWindow(start: now.advanced(by: .zero - Batch.reportWindow), end: now)
        guard let facts = try history.facts(of: found.fingerprint, window: window, slices: Self.slices),
            let group = try groups([facts], history).first
        else { throw GroupError.unknown(reference.prefix) }
        return (group, MarkdownReport.render(group, timeZone: configuration.timeZone.identifier, generatedAt: now))
    }

    /// Why a group is one: the rule that made it, its parts, its other names.
    public func why(_ reference: GroupReference) throws -> GroupExplanation {
        let history = try history(Timestamp(nanoseconds: 0))
        let group = try find(reference, history)
        let names = try history.names(of: group.fingerprint)
        var rule: Int?
        if group.rule == .operatorRule, let sample = try history.samples(of: group.fingerprint, limit: 1).first {
            rule = Grouper(settings: configuration.grouping).operatorRule(for: sample)
        }
        return GroupExplanation(
            group: group, operatorRule: rule.map { ($0 + 1, configuration.grouping.rules[$0]) },
            otherNames: names.filter { $0 != group.fingerprint })
    }

    public func similar(to reference: GroupReference, limit: Int) throws -> [SimilarGroup] {
        let history = try history(Timestamp(nanoseconds: 0))
        let found = try find(reference, history)
        guard let sample = try history.samples(of: found.fingerprint, limit: 1).first else { return [] }
        let key = Grouper(settings: configuration.grouping).group(sample).searchKey
        return try history.similar(to: key, excluding: found.fingerprint, limit: limit)
    }

    public func resolve(_ reference: GroupReference, _ resolution: Resolution) throws -> ErrorGroup {
        let history = try HistoryStore.open(at: configuration.home.history, mode: .readWrite, now: resolution.at)
        let found = try find(reference, history)
        try history.resolve(
            found.fingerprint, resolution.redacted(by: try configuration.makeRedactor()),
            note: AuditNote(.resolve, of: found.fingerprint, by: resolution.by))
        return found
    }

    /// Takes back that a group is mended.
    public func reopen(_ reference: GroupReference, by author: String?, now: Timestamp) throws -> ErrorGroup {
        let history = try HistoryStore.open(at: configuration.home.history, mode: .readWrite, now: now)
        let found = try find(reference, history)
        try history.reopen(
            found.fingerprint, at: now, by: author, audit: AuditNote(.reopen, of: found.fingerprint, by: author))
        return found
    }

    func history(_ now: Timestamp) throws -> HistoryStore {
        try opened?.history ?? HistoryStore.open(at: configuration.home.history, mode: .readOnly, now: now)
    }

    func find(_ reference: GroupReference, _ history: HistoryStore) throws -> ErrorGroup {
        let found = try history.groups(matching: reference)
        guard let first = found.first else { throw GroupError.unknown(reference.prefix) }
        guard found.count == 1 else { throw GroupError.ambiguous(reference.prefix, found.map(\.id)) }
        return first
    }

    /// - Parameter shown: groups that show a sample, beside the severe ones; nil for the most frequent.
    func groups(
        _ facts: [GroupFacts], _ history: HistoryStore, samplesOf shown: Set<Fingerprint>? = nil
    ) throws -> [ReportGroup] {
        let diagnoses = try history.latestDiagnoses(of: facts.map(\.group.fingerprint))
        let samples =
            shown
            ?? Set(facts.sorted { $0.count > $1.count }.prefix(Self.groupsWithSamples).map(\.group.fingerprint))
        return try facts.map { facts in
            let fingerprint = facts.group.fingerprint
            let record = diagnoses[fingerprint]
            let isShown = samples.contains(fingerprint) || record.map { $0.diagnosis.severity >= .high } ?? false
            return ReportGroup(
                facts: facts, diagnosis: record?.diagnosis, code: record?.code ?? .none,
                similar: record?.similar ?? [],
                sample: isShown ? try history.samples(of: fingerprint, limit: 1).first : nil)
        }
    }

    private func runs(in window: TimeWindow, _ history: HistoryStore) throws -> [BatchRecord] {
        // A run that begins at the very end of the window is the one that the report is made after.
        let inclusive = TimeWindow(start: window.start, end: window.end.advanced(by: .nanoseconds(1)))
        return try history.runs(in: inclusive).filter { $0.kind == "batch" }.map {
            try JSONDecoder().decode(BatchRecord.self, from: Data($0.payload.utf8))
        }
    }
}

/// A group that was asked for and cannot be told.
public enum GroupError: OperatorFacing, Equatable {
    case unknown(String)
    case ambiguous(String, [String])

    public var description: String {
        switch self {
        case .unknown(let prefix): "no group begins with \(prefix)"
        case .ambiguous(let prefix, let ids): "\(prefix) may mean \(ids.prefix(8).joined(separator: ", "))"
        }
    }

    public var remedy: String? {
        switch self {
        case .unknown: "appliance report --since 7d lists the groups."
        case .ambiguous: "Give more digits."
        }
    }

    public var kind: FailureKind { .usage }
}
