import Delivery
import Events
import History

/// A page of a window with more groups than a page can hold: all are counted and drawn, and those that it tells are
/// read.
extension Reporting {
    func parts(
        of window: TimeWindow, _ layout: ReportLayout, _ told: ToldGroups, _ history: HistoryStore, _ now: Timestamp
    ) throws -> Parts {
        let briefs = try history.briefs(window: window, slices: Self.slices, service: layout.service)
        let muted = try muted(among: briefs, window, history, now)
        let isMuted = Set(muted.map(\.facts.group.fingerprint))
        let outlines = briefs.groups.map(GroupOutline.init)
        let shown = outlines.indices.filter { place in
            guard !isMuted.contains(outlines[place].fingerprint) else { return false }
            return layout.atLeast.map { outlines[place].severity >= $0 } ?? true
        }
        let chosen = told.select(from: shown.map { outlines[$0] }).map { shown[$0] }
        let isChosen = Set(chosen)
        var untold = UntoldGroups()
        for place in shown where !isChosen.contains(place) { untold.add(briefs, place, outlines[place]) }
        untold.serviceCount = Set(shown.compactMap { briefs.groups[$0].service }).count
        let names = chosen.map { outlines[$0].fingerprint }
        let facts = try history.facts(of: names, window: window, slices: Self.slices)
        return Parts(
            groups: try groups(facts, history, samplesOf: Set(names.prefix(Self.groupsWithSamples))),
            before: try before(briefs, window, layout, history),
            // Nobody judges what is muted: asked for by severity, it is not meant.
            muted: layout.atLeast == nil ? muted : [], untold: untold.counts.groups > 0 ? untold : nil)
    }

    private func before(
        _ briefs: WindowBriefs, _ window: TimeWindow, _ layout: ReportLayout, _ history: HistoryStore
    ) throws -> Counts {
        guard let least = layout.atLeast else { return Counts(briefs.before) }
        var counts = Counts(events: 0, groups: 0, new: 0, back: 0)
        for brief in try history.briefs(window: window.before, slices: 0, service: layout.service).groups {
            let outline = GroupOutline(brief)
            if outline.severity >= least { counts.add(outline) }
        }
        return counts
    }

    /// What is muted and stays so.
    private func muted(
        among briefs: WindowBriefs, _ window: TimeWindow, _ history: HistoryStore, _ now: Timestamp
    ) throws -> [MutedGroup] {
        let mutes = try history.mutes()
        guard !mutes.isEmpty else { return [] }
        let seen = briefs.groups.map(\.fingerprint).filter { mutes[$0] != nil }
        return try history.facts(of: seen, window: window, slices: Self.slices).compactMap { facts in
            guard let mute = mutes[facts.group.fingerprint],
                mute.wake(facts, now: now, factor: configuration.alerts.breakThrough) == nil
            else { return nil }
            return MutedGroup(facts: facts, mute: mute)
        }
    }
}

extension GroupOutline {
    fileprivate init(_ brief: WindowBriefs.Brief) {
        self.init(
            fingerprint: brief.fingerprint, level: brief.level, judged: brief.severity, isBursting: brief.isBursting,
            trend: brief.trend, count: brief.count, previousCount: brief.previousCount)
    }
}

extension Counts {
    init(_ summary: WindowSummary) {
        self.init(events: summary.events, groups: summary.groups, new: summary.new, back: summary.back)
    }

    fileprivate mutating func add(_ group: GroupOutline) {
        groups += 1
        let (sum, overflow) = events.addingReportingOverflow(group.count)
        events = overflow ? .max : sum
        switch group.trend {
        case .new: new += 1
        case .back: back += 1
        case .worse, .ongoing: break
        }
    }
}

extension UntoldGroups {
    fileprivate mutating func add(_ briefs: WindowBriefs, _ place: Int, _ outline: GroupOutline) {
        let brief = briefs.groups[place]
        counts.add(outline)
        if !brief.isByModel { counts.notDiagnosed = (counts.notDiagnosed ?? 0) + 1 }
        severities[outline.severity, default: 0] += 1
        if outline.isNotable { lookFirst += 1 }
        if series[outline.severity] == nil {
            series[outline.severity] = Array(repeating: 0, count: briefs.slices)
        }
        Self.add(briefs.series(at: place), to: &series[outline.severity, default: []])
        let service = brief.service.map { briefs.services[$0] } ?? ""
        let (sum, overflow) = services[service, default: 0].addingReportingOverflow(max(0, brief.count))
        services[service] = overflow ? .max : sum
    }

    private static func add(_ counts: ArraySlice<Int>, to sums: inout [Int]) {
        for (slice, count) in zip(sums.indices, counts) {
            let (sum, overflow) = sums[slice].addingReportingOverflow(count)
            sums[slice] = overflow ? .max : sum
        }
    }
}
