import Events

/// What a group's events have in common with others', remembered by kind.
///
/// A mark is what the appliance noted of the group itself (``GroupMark``), not of its events.
enum ValueKind: Int64, CaseIterable, Sendable { case service = 0, host, release, environment, mark }

/// A batch added up by group, in memory, before anything is written.
struct BatchTally {
    private(set) var groups: [GroupTally] = []
    private(set) var events = 0
    private var places: [Fingerprint: Int] = [:]

    mutating func add(_ entry: RecordEntry, at index: Int) {
        let place: Int
        if let known = places[entry.grouping.fingerprint] {
            place = known
        } else {
            place = groups.count
            places[entry.grouping.fingerprint] = place
            groups.append(GroupTally(entry))
        }
        let count = max(1, min(entry.event.count, HistoryLimits.occurrencesPerEvent))
        events += count
        groups[place].add(entry.event, count: count, at: index)
        if !entry.grouping.earlier.isEmpty { groups[place].earlier.formUnion(entry.grouping.earlier) }
    }
}

/// What a batch says of one group.
struct GroupTally {
    let grouping: GroupingResult
    /// What older versions of the grouping called it; a coarser version joins several.
    fileprivate(set) var earlier: Set<Fingerprint> = []
    private(set) var first: Int64
    private(set) var last: Int64
    private(set) var total = 0
    private(set) var level: LogLevel
    /// Minute → occurrences.
    private(set) var minutes: [Int64: Int] = [:]
    /// Service → minute → occurrences at the level of a warning and above.
    private(set) var serviceMinutes: [String: [Int64: Int]] = [:]
    /// In order of their first appearance.
    private(set) var values: [ValueTally] = []
    private(set) var samples = SampleSelection()
    private var places: [ValueKey: Int] = [:]

    private struct ValueKey: Hashable {
        let kind: ValueKind
        let value: String
    }

    struct ValueTally {
        let kind: ValueKind
        let value: String
        var first: Int64
        var last: Int64
        var count: Int
    }

    init(_ entry: RecordEntry) {
        grouping = entry.grouping
        first = entry.event.time.nanoseconds
        last = first
        level = entry.event.level
    }

    mutating func add(_ event: ErrorEvent, count: Int, at index: Int) {
        let time = event.time.nanoseconds
        first = min(first, time)
        last = max(last, time)
        level = max(level, event.level)
        total += count
        minutes[event.time.minute, default: 0] += count
        if event.level >= .warning, let service = event.service, !service.isEmpty {
            serviceMinutes[service, default: [:]][event.time.minute, default: 0] += count
        }
        add(.service, event.service, time, count)
        add(.host, event.host, time, count)
        add(.release, event.release, time, count)
        add(.environment, event.environment, time, count)
        samples.offer(SampleKey(event), .entry(index))
    }

    private mutating func add(_ kind: ValueKind, _ value: String?, _ time: Int64, _ count: Int) {
        guard let value, !value.isEmpty else { return }
        let key = ValueKey(kind: kind, value: value)
        guard let place = places[key] else {
            places[key] = values.count
            values.append(ValueTally(kind: kind, value: value, first: time, last: time, count: count))
            return
        }
        values[place].first = min(values[place].first, time)
        values[place].last = max(values[place].last, time)
        values[place].count += count
    }
}

extension LogLevel {
    /// The number in the database; frozen.
    var stored: Int64 {
        switch self {
        case .trace: 0
        case .debug: 1
        case .info: 2
        case .warning: 3
        case .error: 4
        case .fatal: 5
        }
    }

    init(stored: Int64) { self = Self.allCases.first { $0.stored == stored } ?? .error }
}
