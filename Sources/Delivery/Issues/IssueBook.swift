import Events

/// Which groups an issue was drafted for, and when: so that a group that comes back updates its issue.
public struct IssueBook: Sendable, Hashable, Codable {
    /// Group's marker → what was drafted last.
    private var drafted: [String: Entry] = [:]

    private struct Entry: Sendable, Hashable, Codable {
        var at: Timestamp
        /// A model's diagnosis was in it.
        var isDiagnosed: Bool
        /// Of the latest return that was told.
        var resolved: Timestamp?
    }

    /// Why an issue is drafted now.
    public enum Reason: Sendable, Hashable {
        case first, back, diagnosed

        var words: String {
            switch self {
            case .first: "First seen."
            case .back: "It is back after being resolved."
            case .diagnosed: "It was diagnosed."
            }
        }
    }

    /// One issue to draft.
    public struct Due: Sendable, Hashable {
        public var group: ReportGroup
        public var reason: Reason
    }

    /// Groups remembered; of older ones a second issue may be drafted, which the marker in it shows.
    static let entries = 20_000

    public init() {}

    /// - Parameters:
    ///   - groups: in the report's order.
    ///   - least: groups below this severity get no issue.
    ///   - limit: issues of one run; the others are due in the next.
    /// - Returns: what to draft, and how many more are due.
    public mutating func takeDue(
        _ groups: [ReportGroup], atLeast least: Severity, limit: Int, now: Timestamp
    ) -> (due: [Due], waiting: Int) {
        let due = groups.filter { $0.severity >= least }.compactMap { group in
            reason(group).map { Due(group: group, reason: $0) }
        }
        for entry in due.prefix(limit) {
            drafted[marker(entry.group)] = Entry(
                at: now, isDiagnosed: entry.group.isDiagnosed, resolved: Self.resolved(entry.group))
        }
        if drafted.count > Self.entries {
            let kept = drafted.sorted { ($1.value.at, $1.key) < ($0.value.at, $0.key) }.prefix(Self.entries)
            drafted = Dictionary(uniqueKeysWithValues: kept.map { ($0.key, $0.value) })
        }
        return (Array(due.prefix(limit)), max(0, due.count - limit))
    }

    private func reason(_ group: ReportGroup) -> Reason? {
        guard let before = drafted[marker(group)] else { return .first }
        if let resolved = Self.resolved(group), before.resolved.map({ $0 < resolved }) ?? true { return .back }
        return group.isDiagnosed && !before.isDiagnosed ? .diagnosed : nil
    }

    private func marker(_ group: ReportGroup) -> String { IssueDraft.marker(of: group.facts.group.fingerprint) }

    private static func resolved(_ group: ReportGroup) -> Timestamp? {
        guard case .back(let resolution) = group.facts.trend else { return nil }
        return resolution.at
    }
}

extension IssueBook.Reason {
    public var action: IssueDraft.Action { self == .first ? .create : .update }
}
