import Events

/// A window beside the one of equal length before it, group by group.
public struct ReportComparison: Sendable, Hashable, Codable {
    /// The window before.
    public let window: TimeWindow
    /// Every group of either window, the largest change first.
    public let groups: [Compared]

    public struct Compared: Sendable, Hashable, Codable {
        public var group: String
        public var title: String
        public var service: String?
        public var severity: Severity
        public var before: Int
        public var now: Int

        public var change: Change {
            switch (before, now) {
            case (_, 0): .gone
            case (0, _): .started
            case _ where now > before: .more
            case _ where now < before: .less
            default: .same
            }
        }

        /// Times as many; nil where there were none before.
        public var factor: Double? { before > 0 ? Double(now) / Double(before) : nil }
    }

    public enum Change: String, Sendable, Hashable, Codable, CaseIterable { case started, more, same, less, gone }

    /// - Parameters:
    ///   - groups: of the window, muted ones too.
    ///   - earlier: of the window before.
    public init(of groups: [ReportGroup], with earlier: [ReportGroup], before window: TimeWindow) {
        self.window = window
        var compared: [Fingerprint: Compared] = [:]
        for group in groups {
            compared[group.facts.group.fingerprint] = Compared(group, before: 0, now: group.facts.count)
        }
        for group in earlier {
            let fingerprint = group.facts.group.fingerprint
            compared[fingerprint, default: Compared(group, before: 0, now: 0)].before = group.facts.count
        }
        self.groups = compared.values.sorted { left, right in
            let (one, other) = (left.distance, right.distance)
            return one != other ? one > other : left.group < right.group
        }
    }

    public func count(_ change: Change) -> Int { groups.count { $0.change == change } }
}

extension ReportComparison.Compared {
    fileprivate init(_ group: ReportGroup, before: Int, now: Int) {
        self.init(
            group: group.id, title: group.facts.group.title, service: group.service, severity: group.severity,
            before: before, now: now)
    }

    fileprivate var distance: UInt { max(before, now).magnitude - min(before, now).magnitude }
}
