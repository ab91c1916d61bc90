import Events
import GRDB

/// What makes a burst: more than `over` events within `minutes` whole minutes.
///
/// Judged on the stored minutes, with all that earlier batches and runs brought: the same marks come of any split of
/// the same events, late ones included. Only groups at the level of a warning and above are judged, and marks are only
/// ever added: a burst makes what was found more severe, never less.
public struct BurstRule: Sendable, Hashable {
    public var over: Int
    public var minutes: Int

    /// - Parameter minutes: 1 to 60; other values are brought there.
    public init(over: Int, minutes: Int) { (self.over, self.minutes) = (max(0, over), max(1, min(60, minutes))) }

    /// The windows of one day that held more than the rule allows; a window belongs to the day that it ends in.
    struct Found: Equatable {
        var firstMinute: Int64
        var lastMinute: Int64
        var peak: Int
    }

    /// - Parameter counts: minute → events; everything within `minutes - 1` of what changed.
    /// - Returns: UTC day → what was found in it.
    func find(in counts: [Int64: Int]) -> [Int64: Found] {
        let sorted = counts.sorted { $0.key < $1.key }
        var (low, sum) = (0, 0)
        var days: [Int64: Found] = [:]
        for entry in sorted {
            sum = sum.saturating(plus: entry.value)
            while sorted[low].key <= entry.key - Int64(minutes) {
                sum -= sorted[low].value
                low += 1
            }
            guard sum > over else { continue }
            let (first, day) = (sorted[low].key, Timestamp(minute: entry.key).day)
            let known = days[day] ?? Found(firstMinute: first, lastMinute: entry.key, peak: sum)
            days[day] = Found(
                firstMinute: min(known.firstMinute, first), lastMinute: max(known.lastMinute, entry.key),
                peak: max(known.peak, sum))
        }
        return days
    }
}

extension GroupMark {
    static func read(_ values: [ReleaseWindow]) -> [GroupMark] {
        values.compactMap { value in
            // `burst 20778`: the kind, and the day that the row is of.
            let kind = value.release.prefix { !$0.isASCII || !$0.isNumber }.trimmingSuffix(" ")
            return Kind(rawValue: String(kind)).map {
                GroupMark(kind: $0, first: value.first, last: value.last, count: value.count)
            }
        }.sorted { ($0.first, $0.kind.rawValue) < ($1.first, $1.kind.rawValue) }
    }
}

extension Substring {
    fileprivate func trimmingSuffix(_ suffix: String) -> Substring {
        hasSuffix(suffix) ? dropLast(suffix.count) : self
    }
}

extension GroupWriter {
    /// Marks the groups of a batch that are part of a burst, of their own or of a service of theirs.
    mutating func markBursts(_ tally: BatchTally, _ rule: BurstRule) throws {
        var services: [Int64: Set<Int64>] = [:]
        for group in tally.groups where group.level >= .warning {
            guard let id = try groupID(group.grouping.fingerprint) else { continue }
            for range in Self.ranges(group.minutes.keys, rule) {
                for (day, found) in rule.find(in: try minutes(ofGroup: id, range)) {
                    try mark(id, .burst, found, on: day)
                }
            }
            for (service, minutes) in group.serviceMinutes {
                let serviceID: Int64 = try texts.id(service)
                for (minute, count) in minutes { try addServiceMinute(serviceID, minute: minute, count: count) }
                services[serviceID, default: []].formUnion(minutes.keys)
            }
        }
        for (service, minutes) in services.sorted(by: { $0.key < $1.key }) {
            for range in Self.ranges(minutes, rule) {
                for (day, found) in rule.find(in: try self.minutes(ofService: service, range)) {
                    for id in try groups(ofService: service, found) { try mark(id, .serviceBurst, found, on: day) }
                }
            }
        }
    }

    /// Stretches of minutes that belong together, with as many on both sides as a window may reach.
    private static func ranges(_ minutes: some Sequence<Int64>, _ rule: BurstRule) -> [ClosedRange<Int64>] {
        let reach = Int64(rule.minutes - 1)
        var ranges: [ClosedRange<Int64>] = []
        for minute in minutes.sorted() {
            let range = minute - reach...minute + reach
            if let last = ranges.last, range.lowerBound <= last.upperBound {
                ranges[ranges.count - 1] = last.lowerBound...range.upperBound
            } else {
                ranges.append(range)
            }
        }
        return ranges
    }

    private func groupID(_ fingerprint: Fingerprint) throws -> Int64? {
        try Int64.fetchOne(
            db.cachedStatement(sql: "SELECT id FROM error_group WHERE fingerprint = ?"), arguments: [fingerprint.bytes])
    }

    private func minutes(ofGroup id: Int64, _ range: ClosedRange<Int64>) throws -> [Int64: Int] {
        try counts(
            "SELECT minute, sum(count) FROM bucket WHERE group_id = ? AND minute BETWEEN ? AND ? GROUP BY minute", id,
            range)
    }

    private func minutes(ofService id: Int64, _ range: ClosedRange<Int64>) throws -> [Int64: Int] {
        try counts(
            "SELECT minute, sum(count) FROM service_bucket WHERE service = ? AND minute BETWEEN ? AND ? GROUP BY minute",
            id, range)
    }

    private func counts(_ sql: String, _ id: Int64, _ range: ClosedRange<Int64>) throws -> [Int64: Int] {
        let rows = try Row.fetchAll(
            db.cachedStatement(sql: sql), arguments: [id, range.lowerBound, range.upperBound])
        return Dictionary(rows.map { ($0[0] as Int64, $0[1] as Int) }, uniquingKeysWith: +)
    }

    private func addServiceMinute(_ service: Int64, minute: Int64, count: Int) throws {
        let statement = try db.cachedStatement(
            sql: """
                INSERT INTO service_bucket (minute, service, origin_id, count) VALUES (?, ?, ?, ?)
                ON CONFLICT DO UPDATE SET count = min(count + excluded.count, \(HistoryLimits.occurrences))
                """)
        try statement.execute(arguments: [minute, service, originID, min(count, HistoryLimits.occurrences)])
    }

    /// Groups of the service that were seen while the burst lasted.
    private func groups(ofService service: Int64, _ found: BurstRule.Found) throws -> [Int64] {
        try Int64.fetchAll(
            db.cachedStatement(
                sql: """
                    SELECT DISTINCT v.group_id FROM group_value v
                    JOIN sighting s ON s.group_id = v.group_id AND s.level >= \(LogLevel.warning.stored)
                    WHERE v.kind = \(ValueKind.service.rawValue) AND v.value = ?
                        AND EXISTS (SELECT 1 FROM bucket b WHERE b.group_id = v.group_id AND b.minute BETWEEN ? AND ?)
                    ORDER BY v.group_id LIMIT \(Self.markedGroups)
                    """), arguments: [service, found.firstMinute, found.lastMinute])
    }

    /// Groups that one burst of a service marks.
    private static let markedGroups = 1000

    private mutating func mark(_ id: Int64, _ kind: GroupMark.Kind, _ found: BurstRule.Found, on day: Int64) throws {
        let last = Timestamp(minute: found.lastMinute + 1).advanced(by: .nanoseconds(-1))
        try mark(
            id, "\(kind.rawValue) \(day)", first: Timestamp(minute: found.firstMinute).nanoseconds,
            last: last.nanoseconds, count: found.peak)
    }

    /// Marks are joined: the earliest beginning, the latest end, the largest count.
    mutating func mark(_ id: Int64, _ name: String, first: Int64, last: Int64, count: Int) throws {
        let value: Int64 = try texts.id(name)
        let statement = try db.cachedStatement(
            sql: """
                INSERT INTO group_value (group_id, kind, value, origin_id, first, last, count)
                VALUES (?, \(ValueKind.mark.rawValue), ?, ?, ?, ?, ?)
                ON CONFLICT DO UPDATE SET first = min(first, excluded.first), last = max(last, excluded.last),
                    count = max(count, excluded.count)
                """)
        try statement.execute(arguments: [id, value, originID, first, last, min(count, HistoryLimits.occurrences)])
    }
}
