import Delivery
import Events

/// The last day on one page: what is back, new and worst, and what to look at first.
struct OverviewView {
    struct Tile {
        let label: String
        let number: String
        let earlier: String
        let tileLink: String?
        let isLoud: Bool
    }

    struct First {
        let href: String
        let groupID: String
        let severity: String
        let severityName: String
        let why: String
        let what: Markup
    }

    struct Table {
        let anchor: String
        let name: String
        let all: String
        let allWords: String
        let caption: String
        let rows: [GroupRow]
    }

    let w: [String: String]
    let heading: String
    let facts: Markup
    let alarms: [Markup]
    let hasAlarms: Bool
    let tiles: [Tile]
    let isQuiet: Bool
    let first: [First]
    let hasFirst: Bool
    let trend: Markup?
    let services: Markup?
    let tables: [Table]
    let end: [Markup]
    let hasEnd: Bool

    /// Rows of each table.
    static let rows = 8
    static let firstEntries = 5
    static let endEntries = 12

    init(_ report: Report) {
        let (say, clock, charts) = (report.layout.language, report.clock, HTMLCharts(report))
        let near = report.window.end
        w = PageWords.all(in: say)
        let time = "\(clock.long(near)) \(clock.offsetName(at: near))"
        heading = say("Errors, 24 hours to \(time)", "오류, \(time)까지 24시간")
        facts = Self.facts(report, say)
        alarms = Self.alarms(report, say)
        hasAlarms = !alarms.isEmpty
        tiles = Self.tiles(report, say)
        isQuiet = report.groups.isEmpty
        let byID = Dictionary(report.groups.map { ($0.id, $0) }, uniquingKeysWith: { first, _ in first })
        first = report.lookFirst.prefix(Self.firstEntries).compactMap { entry in
            byID[entry.group].map { group in
                First(
                    href: "/groups/\(group.id)", groupID: group.id, severity: group.severity.rawValue,
                    severityName: ReportWords.title(group.severity, in: say),
                    why: ReportWords.reason(entry.reason, clock: clock, near: near, in: say),
                    what: .prose(group.facts.group.title, limit: 160, in: say))
            }
        }
        hasFirst = !first.isEmpty
        (trend, services) = (.made(charts.eventsDrawing), .made(charts.servicesDrawing))
        tables = Self.tables(report, charts, clock, say)
        var end = report.notRead.prefix(Self.endEntries).map { Markup.prose($0, in: say) }
        let rest = report.notRead.count - end.count
        if rest > 0 { end.append(.prose(say.more(rest, .note), in: say)) }
        self.end = end
        hasEnd = !end.isEmpty
    }

    private static func facts(_ report: Report, _ say: ReportLanguage) -> Markup {
        var parts: [Markup] = []
        if let reading = report.reading {
            let (lines, sources) = (say.counted(reading.lines, .line), say.counted(reading.sources, .source))
            parts.append(.prose(say("\(lines) read from \(sources)", "\(sources)에서 \(lines) 읽음"), in: say))
            if let last = reading.lastRun {
                let at = report.clock.short(last, near: report.window.end)
                parts.append(.prose(say("last run \(at)", "마지막 실행 \(at)"), in: say))
            }
        }
        switch report.model {
        case .model(let model):
            parts.append(.joined([.prose(say("model", "모델"), in: say), .code(model.name)], by: " "))
        case .none(let reason):
            parts.append(.prose(say("built-in triage only: \(reason)", "내장 분류만 사용: \(reason)"), in: say))
        }
        parts.append(.prose(say("times in \(report.clock.identifier)", "시간대 \(report.clock.identifier)"), in: say))
        return .joined(parts)
    }

    private static func alarms(_ report: Report, _ say: ReportLanguage) -> [Markup] {
        var lines = report.batchFailures.prefix(endEntries).map {
            Markup.prose(say("A run failed: ", "실행 실패: ") + $0, in: say)
        }
        lines += report.notices.prefix(endEntries).map { .prose($0, in: say) }
        if report.reading == nil {
            let (what, so) = ReportWords.nothingRead(say)
            lines.append(.prose("\(what) \(so)", in: say))
        }
        return lines
    }

    private static func tiles(_ report: Report, _ say: ReportLanguage) -> [Tile] {
        let (now, before) = (report.now, report.before)
        let earlier = DurationText.before(report.window.start.duration(to: report.window.end), in: say)
        func tile(_ label: String, _ value: Int, _ old: Int?, link: String? = nil, isLoud: Bool = false) -> Tile {
            Tile(
                label: label, number: NumberText.grouped(value),
                earlier: old.map { "\(earlier) \(NumberText.grouped($0))" } ?? "", tileLink: link, isLoud: isLoud)
        }
        let backs = now.back
        return [
            tile(say("events", "이벤트"), now.events, before?.events),
            tile(say("groups", "그룹"), now.groups, before?.groups, link: "/groups"),
            tile(
                say("back after being resolved", "해결 후 재발"), backs, before?.back, link: "/groups?state=back",
                isLoud: backs > 0),
            tile(say("new", "신규"), now.new, before?.new, link: "/groups?state=new"),
            tile(
                say("not diagnosed", "진단 없음"), now.notDiagnosed ?? 0, before?.notDiagnosed,
                link: "/groups?state=undiagnosed"),
            tile(say("queued for a diagnosis", "진단 대기"), report.queued, nil, link: "/models"),
        ]
    }

    private static func tables(
        _ report: Report, _ charts: HTMLCharts, _ clock: SiteClock, _ say: ReportLanguage
    ) -> [Table] {
        func table(_ anchor: String, _ name: String, _ caption: String, _ query: String, _ groups: [ReportGroup])
            -> Table?
        {
            guard !groups.isEmpty else { return nil }
            let rows = groups.prefix(Self.rows).map {
                GroupRow($0, mute: nil, near: report.window.end, charts, clock, in: say)
            }
            return Table(
                anchor: anchor, name: name, all: "/groups\(query)",
                allWords: say("all \(NumberText.grouped(groups.count))", "전체 \(NumberText.grouped(groups.count))"),
                caption: caption, rows: rows)
        }
        let back = report.groups.filter { if case .back = $0.facts.trend { true } else { false } }
        return [
            table(
                "back", say("Back", "재발"),
                say("Groups that were resolved and came back", "해결되었다가 재발한 그룹"), "?state=back", back),
            table(
                "new", say("New", "신규"), say("Groups never seen before", "처음 나타난 그룹"), "?state=new",
                report.groups.filter { $0.facts.trend == .new }),
            table(
                "worst", say("Worst", "가장 심한 것"),
                say("All groups of the window, the worst first", "이 기간의 모든 그룹, 심한 순서"), "", report.groups),
        ].compactMap(\.self)
    }
}
