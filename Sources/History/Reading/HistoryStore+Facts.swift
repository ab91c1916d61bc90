import Events
import GRDB

extension HistoryStore {
    /// Values of one kind that facts list.
    static let listedValues = 20
    /// A series has at most this many slices.
    static let maximumSlices = 10_000
    /// A group is not called worse for fewer additional events than these.
    static let worseAtLeast = 10

    /// Every group with events in the window, most events first, then by fingerprint.
    ///
    /// Counted in whole minutes: a minute belongs to the window in which it begins.
    public func facts(window: TimeWindow, slices: Int = 24) throws(HistoryError) -> [GroupFacts] {
        try read { db in
            let reader = try GroupReader(db)
            let occurrences = try WindowOccurrences.read(window, slices: slices, reader)
            let facts = try occurrences.compactMap { try Self.facts(of: $0.key, $0.value, window, reader) }
            return facts.sorted { ($1.count, $0.group.fingerprint) < ($0.count, $1.group.fingerprint) }
        }
    }

    /// One group in the window, even if it was not seen in it.
    ///
    /// - Returns: nil for a group that the history does not have.
    public func facts(
        of fingerprint: Fingerprint, window: TimeWindow, slices: Int = 24
    ) throws(HistoryError) -> GroupFacts? {
        try facts(of: [fingerprint], window: window, slices: slices).first
    }

    /// Some groups in the window, in the order in which they are asked for; those that the history does not have are
    /// left out.
    public func facts(
        of fingerprints: [Fingerprint], window: TimeWindow, slices: Int = 24
    ) throws(HistoryError) -> [GroupFacts] {
        try read { db in
            let reader = try GroupReader(db)
            return try fingerprints.compactMap { fingerprint in
                guard let found = try Self.findGroupID(fingerprint, db) else { return nil }
                let id = reader.aliases.canonical(of: found)
                let occurrences = try WindowOccurrences.read(id, window, slices: slices, reader)
                return try Self.facts(of: id, occurrences, window, reader)
            }
        }
    }

    /// What ``facts(window:slices:)`` would add up to, without telling the groups.
    public func summary(of window: TimeWindow) throws(HistoryError) -> WindowSummary {
        try read { db in
            let reader = try GroupReader(db)
            var summary = WindowSummary()
            for (id, occurrences) in try WindowOccurrences.read(window, slices: 0, reader) {
                let members = reader.aliases.members(of: id)
                guard let sighting = try reader.sighting(of: members) else { continue }
                summary.groups += 1
                summary.events = summary.events.saturating(plus: occurrences.count)
                let trend = try Self.trend(
                    occurrences.minutes, window, resolution: Decisions.current(of: members, in: db),
                    first: sighting.first,
                    last: sighting.last, isUsual: reader.isUsual(members))
                switch trend {
                case .new: summary.new += 1
                case .back: summary.back += 1
                case .worse, .ongoing: break
                }
            }
            return summary
        }
    }

    private static func facts(
        of id: Int64, _ occurrences: WindowOccurrences, _ window: TimeWindow, _ reader: GroupReader
    ) throws -> GroupFacts? {
        guard let group = try reader.group(id) else { return nil }
        let values = try reader.values(of: id)
        func tallies(_ kind: ValueKind) -> [Tally] {
            (values[kind] ?? []).prefix(listedValues).map { Tally(value: $0.release, count: $0.count) }
        }
        let marks = GroupMark.read(values[.mark] ?? [])
        return GroupFacts(
            group: group, window: window, count: occurrences.count, previousCount: occurrences.previous,
            series: occurrences.series, services: tallies(.service), hosts: tallies(.host),
            releases: Array((values[.release] ?? []).prefix(listedValues)), environments: tallies(.environment),
            marks: marks,
            trend: trend(
                occurrences.minutes, window, resolution: group.resolution, first: group.firstSeen, last: group.lastSeen,
                isUsual: marks.contains { $0.kind == .baseline }))
    }

    /// What a window's minutes say of one group.
    typealias Minutes = (count: Int, previous: Int, latestMinute: Int64?)

    static func trend(
        _ occurrences: Minutes, _ window: TimeWindow, resolution: Resolution?, first: Timestamp,
        last: Timestamp, isUsual: @autoclosure () throws -> Bool
    ) rethrows -> GroupFacts.Trend {
        if let resolution, let latest = occurrences.latestMinute {
            // The last event's own time where it is in the window, else the beginning of its minute.
            let seen = window.contains(last) ? last : Timestamp(minute: latest)
            if seen > resolution.at { return .back(resolved: resolution) }
        }
        if occurrences.count > 0, first >= window.start, try !isUsual() { return .new }
        let more = occurrences.count - occurrences.previous
        if occurrences.previous > 0, more >= worseAtLeast,
            Double(occurrences.count) >= GroupFacts.worseFactor * Double(occurrences.previous)
        {
            return .worse
        }
        return .ongoing
    }
}

/// The groups of a window, added up.
public struct WindowSummary: Sendable, Hashable {
    public var events = 0
    public var groups = 0
    public var new = 0
    public var back = 0

    public init() {}
}

/// A group's occurrences in a window and in the one before it.
struct WindowOccurrences {
    private(set) var count = 0
    private(set) var previous = 0
    private(set) var series: [Int]
    private(set) var latestMinute: Int64?

    var minutes: HistoryStore.Minutes { (count, previous, latestMinute) }

    private init(slices: Int) { series = Array(repeating: 0, count: max(0, min(slices, HistoryStore.maximumSlices))) }

    /// Groups seen in the window, by the id that stands for them.
    static func read(_ window: TimeWindow, slices: Int, _ reader: GroupReader) throws -> [Int64: WindowOccurrences] {
        let minutes = MinuteRange(window)
        var places: [Int64: Int] = [:]
        var found: [(id: Int64, occurrences: WindowOccurrences)] = []
        let rows = try Row.fetchCursor(
            reader.db.cachedStatement(
                sql: "SELECT minute, group_id, count FROM bucket WHERE minute >= ? AND minute < ?"),
            arguments: [minutes.previousStart, minutes.end])
        while let row = try rows.next() {
            let id = reader.aliases.canonical(of: row[1])
            let place: Int
            if let known = places[id] {
                place = known
            } else {
                place = found.count
                places[id] = place
                found.append((id, WindowOccurrences(slices: slices)))
            }
            found[place].occurrences.add(row[2], at: row[0], minutes)
        }
        return Dictionary(
            found.filter { $0.occurrences.latestMinute != nil }.map { ($0.id, $0.occurrences) },
            uniquingKeysWith: { $1 })
    }

    static func read(_ id: Int64, _ window: TimeWindow, slices: Int, _ reader: GroupReader) throws -> WindowOccurrences
    {
        let minutes = MinuteRange(window)
        var result = WindowOccurrences(slices: slices)
        let statement = try reader.db.cachedStatement(
            sql: "SELECT minute, count FROM bucket WHERE group_id = ? AND minute >= ? AND minute < ?")
        for member in reader.aliases.members(of: id) {
            let rows = try Row.fetchCursor(statement, arguments: [member, minutes.previousStart, minutes.end])
            while let row = try rows.next() { result.add(row[1], at: row[0], minutes) }
        }
        return result
    }

    private mutating func add(_ occurrences: Int, at minute: Int64, _ range: MinuteRange) {
        guard minute >= range.start else {
            previous = previous.saturating(plus: occurrences)
            return
        }
        count = count.saturating(plus: occurrences)
        latestMinute = max(latestMinute ?? minute, minute)
        guard !series.isEmpty else { return }
        let slice = range.slice(of: minute, among: series.count)
        series[slice] = series[slice].saturating(plus: occurrences)
    }
}

/// A window and the one before it, in whole minutes: those that begin in it.
struct MinuteRange {
    let previousStart: Int64
    let start: Int64
    let end: Int64

    init(_ window: TimeWindow) {
        previousStart = Self.roundUp(window.before.start)
        start = Self.roundUp(window.start)
        end = Self.roundUp(window.end)
    }

    func slice(of minute: Int64, among slices: Int) -> Int {
        let share = Double(minute - start) / Double(max(1, end - start)) * Double(slices)
        return max(0, min(slices - 1, Int(share)))
    }

    private static func roundUp(_ time: Timestamp) -> Int64 {
        Timestamp(minute: time.minute) == time ? time.minute : time.minute + 1
    }
}
