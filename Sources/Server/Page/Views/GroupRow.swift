import Delivery
import Events

/// A word on a group's state, with its class in the style.
struct StateMark: Hashable {
    var kind: String
    var word: String
}

/// One group in a table.
struct GroupRow {
    let href: String
    let groupID: String
    let what: Markup
    let severity: String
    let severityName: String
    let serviceName: String
    let number: String
    let spark: Markup?
    let marks: [StateMark]
    let lastISO: String
    let lastSeen: String

    init(
        _ group: ReportGroup, mute: AlertState.Mute?, near end: Timestamp, _ charts: HTMLCharts, _ clock: SiteClock,
        in say: ReportLanguage
    ) {
        let facts = group.facts
        (href, groupID) = ("/groups/\(group.id)", group.id)
        what = .prose(facts.group.title.isEmpty ? facts.group.template : facts.group.title, limit: 140, in: say)
        (severity, severityName) = (group.severity.rawValue, ReportWords.title(group.severity, in: say))
        serviceName = Shown.line(group.service ?? "–", limit: 60)
        number = NumberText.grouped(facts.count)
        spark = .made(charts.sparkline(facts.series))
        marks = Self.marks(group, mute: mute, in: say)
        lastISO = facts.group.lastSeen.rfc3339
        lastSeen = clock.short(facts.group.lastSeen, near: end)
    }

    static func marks(_ group: ReportGroup, mute: AlertState.Mute?, in say: ReportLanguage) -> [StateMark] {
        let trend = group.facts.trend
        let kind =
            switch trend {
            case .new: "new"
            case .back: "back"
            case .worse: "worse"
            case .ongoing: "ongoing"
            }
        var marks = [StateMark(kind: kind, word: ReportWords.trend(trend, in: say))]
        if group.isResolved { marks = [StateMark(kind: "resolved", word: say("resolved", "해결됨"))] }
        if mute != nil { marks.append(StateMark(kind: "muted", word: say("muted", "음소거"))) }
        return marks
    }
}

extension ReportGroup {
    /// Resolved, and not seen since.
    var isResolved: Bool {
        if case .back = facts.trend { return false }
        guard let resolution = facts.group.resolution else { return false }
        return facts.group.lastSeen <= resolution.at
    }
}

/// A choice of a list.
struct Choice {
    let value: String
    let name: String
    let isChosen: Bool
}
