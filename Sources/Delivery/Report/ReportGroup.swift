import Events

/// A group as a report shows it: what was observed, and beside it what a model or the built-in triage says.
public struct ReportGroup: Sendable, Hashable, Codable {
    public var facts: GroupFacts
    public var severity: Severity
    public var diagnosis: Diagnosis?
    public var code: CodeContext
    /// Those that were resolved come first.
    public var similar: [SimilarGroup]
    /// Redacted.
    public var sample: ErrorEvent?

    /// - Parameter severity: given by a person or a rule; else the diagnosis's, else what the level suggests. One step
    ///   is added to the latter two while the group is part of a burst.
    public init(
        facts: GroupFacts, severity: Severity? = nil, diagnosis: Diagnosis? = nil, code: CodeContext = .none,
        similar: [SimilarGroup] = [], sample: ErrorEvent? = nil
    ) {
        (self.facts, self.diagnosis, self.code) = (facts, diagnosis, code)
        (self.similar, self.sample) = (similar, sample)
        let judged = diagnosis?.severity ?? Self.severity(of: facts)
        self.severity = severity ?? (facts.bursts.isEmpty ? judged : judged.raised)
    }

    public var id: String { facts.group.id }

    /// Target of a link within a page: `g-9c07a1b2`.
    public var anchor: String { id.lowercased() }

    /// A model diagnosed it; the built-in triage does not count as that.
    public var isDiagnosed: Bool {
        if case .model = diagnosis?.provenance.author { return true }
        return false
    }

    /// The service that has it most.
    public var service: String? { facts.services.first?.value }

    /// What the level alone suggests, where nobody has judged yet.
    public static func severity(of facts: GroupFacts) -> Severity {
        severity(level: facts.group.level, trend: facts.trend)
    }

    static func severity(level: LogLevel, trend: GroupFacts.Trend) -> Severity {
        switch level {
        case .fatal: .critical
        case .error: trend.rank == 0 ? .high : .medium
        case .warning: .low
        case .info, .debug, .trace: .info
        }
    }

    /// Worst severity first, then back, new, worse, then the most events; equal ones by fingerprint.
    static func comesFirst(_ left: ReportGroup, _ right: ReportGroup) -> Bool {
        if left.severity != right.severity { return left.severity > right.severity }
        if left.facts.trend.rank != right.facts.trend.rank { return left.facts.trend.rank < right.facts.trend.rank }
        if left.facts.count != right.facts.count { return left.facts.count > right.facts.count }
        return left.facts.group.fingerprint < right.facts.group.fingerprint
    }
}

extension GroupFacts.Trend {
    /// 0 is what concerns a reader most.
    var rank: Int {
        switch self {
        case .back: 0
        case .new: 1
        case .worse: 2
        case .ongoing: 3
        }
    }
}

/// One thing to look at first, and why.
public struct LookFirst: Sendable, Hashable, Codable {
    public enum Reason: Sendable, Hashable, Codable {
        case back(resolved: Resolution)
        case new(Severity)
        /// Times as many as in the window before.
        case grown(Double)
    }

    public var group: String
    public var anchor: String
    public var reason: Reason

    public init(group: String, anchor: String, reason: Reason) {
        (self.group, self.anchor, self.reason) = (group, anchor, reason)
    }

    /// Growth below this is not worth a place at the top.
    static let leastGrowth = 3.0
    /// Growth of a handful of events says nothing.
    static let leastEvents = 10

    /// Back first, then new ones that are critical or high, then the strongest growth.
    ///
    /// - Parameter groups: in the order of the report.
    static func select(from groups: [ReportGroup]) -> [LookFirst] {
        var (back, new, grown) = ([LookFirst](), [LookFirst](), [(entry: LookFirst, factor: Double)]())
        for group in groups {
            func entry(_ reason: Reason) -> LookFirst {
                LookFirst(group: group.id, anchor: group.anchor, reason: reason)
            }
            switch group.facts.trend {
            case .back(let resolution): back.append(entry(.back(resolved: resolution)))
            case .new: if group.severity >= .high { new.append(entry(.new(group.severity))) }
            case .worse, .ongoing:
                guard let growth = group.facts.growth, growth >= leastGrowth, group.facts.count >= leastEvents else {
                    continue
                }
                grown.append((entry(.grown(growth)), growth))
            }
        }
        // Swift's sort is stable: equal growth keeps the report's order.
        return back + new + grown.sorted { $0.factor > $1.factor }.map(\.entry)
    }
}
