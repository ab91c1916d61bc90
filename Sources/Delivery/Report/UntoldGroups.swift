import Events

/// Groups of a window that a report counts and draws, and does not tell one by one: a page of fifty thousand is read
/// by nobody.
public struct UntoldGroups: Sendable, Hashable, Codable {
    public var counts = Counts(events: 0, groups: 0, new: 0, back: 0, notDiagnosed: 0)
    /// How many there are of each severity.
    public var severities: [Severity: Int] = [:]
    /// Events in equal slices of the window.
    public var series: [Severity: [Int]] = [:]
    /// Events by the service that has a group most; "" for groups without one.
    public var services: [String: Int] = [:]
    /// Services that any group of the report was seen in, told or not.
    public var serviceCount = 0
    /// Those of them that a reader should have been pointed at.
    public var lookFirst = 0

    public init() {}
}

/// What order and choice need of a group that is not read yet.
public struct GroupOutline: Sendable {
    public var fingerprint: Fingerprint
    public var severity: Severity
    public var trend: GroupFacts.Trend
    public var count: Int
    public var previousCount: Int

    /// - Parameter judged: what its diagnosis says; without one, what its level suggests.
    public init(
        fingerprint: Fingerprint, level: LogLevel, judged: Severity?, isBursting: Bool, trend: GroupFacts.Trend,
        count: Int, previousCount: Int
    ) {
        (self.fingerprint, self.trend, self.count) = (fingerprint, trend, count)
        self.previousCount = previousCount
        let severity = judged ?? ReportGroup.severity(level: level, trend: trend)
        self.severity = isBursting ? severity.raised : severity
    }

    /// How many times as many as before, where that makes it worth a place at the top.
    var notableGrowth: Double? {
        guard previousCount > 0, count >= LookFirst.leastEvents else { return nil }
        let growth = Double(count) / Double(previousCount)
        return growth >= LookFirst.leastGrowth ? growth : nil
    }

    /// Whether "look first" names it.
    public var isNotable: Bool {
        switch trend {
        case .back: true
        case .new: severity >= .high
        case .worse, .ongoing: notableGrowth != nil
        }
    }
}

/// How much of a window's groups a form of the report shows one by one.
public struct ToldGroups: Sendable, Hashable {
    /// The first in the report's order.
    var first: Int
    /// The first of each severity.
    var ofEach: Int

    /// What the page in Markdown shows, in full or in a table.
    public static let markdown = ToldGroups(
        first: 0, ofEach: MarkdownReport.detailedWhenUrgent + MarkdownReport.tableRows)
    /// What the page in HTML shows.
    public static let html = ToldGroups(first: HTMLReport.detailed + HTMLReport.tableRows, ofEach: 0)

    /// Of a kind of what "look first" names.
    private static let notable = 60
    private static let grown = 10

    /// What decides of the order: numbers alone, which are quick to move.
    private struct Place {
        var place: Int
        /// Severity and trend, the first of all least.
        var rank: Int
        var count: Int
        var fingerprint: Fingerprint
    }

    /// Places in `groups`, in the order of a report.
    private func order(_ groups: [GroupOutline]) -> [Int] {
        let places = groups.enumerated().map { place, group in
            Place(
                place: place, rank: (Severity.critical.rank - group.severity.rank) << 8 | group.trend.rank,
                count: group.count, fingerprint: group.fingerprint)
        }
        return places.sorted { left, right in
            if left.rank != right.rank { return left.rank < right.rank }
            if left.count != right.count { return left.count > right.count }
            return left.fingerprint < right.fingerprint
        }.map(\.place)
    }

    /// - Returns: places in `groups` that are told, in the order of a report.
    public func select(from groups: [GroupOutline]) -> [Int] {
        let order = order(groups)
        var chosen = Set(order.prefix(first))
        var (ofSeverity, back, new) = ([Severity: Int](), 0, 0)
        for place in order {
            let group = groups[place]
            if ofSeverity[group.severity, default: 0] < ofEach { chosen.insert(place) }
            ofSeverity[group.severity, default: 0] += 1
            switch group.trend {
            case .back where back < Self.notable:
                back += 1
                chosen.insert(place)
            case .new where group.isNotable && new < Self.notable:
                new += 1
                chosen.insert(place)
            case .back, .new, .worse, .ongoing: break
            }
        }
        let growing = order.compactMap { place -> (place: Int, growth: Double)? in
            switch groups[place].trend {
            case .back, .new: nil
            case .worse, .ongoing: groups[place].notableGrowth.map { (place, $0) }
            }
        }
        chosen.formUnion(growing.sorted { $0.growth > $1.growth }.prefix(Self.grown).map(\.place))
        return order.filter(chosen.contains)
    }
}
