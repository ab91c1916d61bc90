import Events

/// The report as CommonMark with tables (https://spec.commonmark.org/0.31.2, https://github.github.com/gfm),
/// made to be read as plain text too.
///
/// Pure and deterministic. Every text from a log, a model, a repository or a file name is escaped or stands in
/// code; every section is bounded, and what is left out is counted.
public struct MarkdownReport: Sendable {
    /// Groups told in full in one severity's section; the others stand in a table.
    static let detailedWhenUrgent = 40
    static let detailedOtherwise = 20
    /// Groups told in full in a section of a service or a release, and sections that are told.
    static let detailedInSection = 10
    static let sections = 20
    /// Rows of such a table.
    static let tableRows = 100
    /// Entries of a list at the end, and of "look first".
    static let listEntries = 50
    static let lookFirstEntries = 5

    let report: Report
    let clock: SiteClock
    let say: ReportLanguage
    let prose: InlineMarkdown
    let cell: InlineMarkdown

    private init(_ report: Report) {
        (self.report, clock, say) = (report, report.clock, report.layout.language)
        (prose, cell) = (InlineMarkdown(.commonMark, language: say), InlineMarkdown(.tableCell, language: say))
    }

    /// The whole page, ending with a newline.
    public static func render(_ report: Report) -> String { MarkdownReport(report).page }

    /// One group's section alone, with what the page leaves out: for `show` and `explain`.
    public static func render(_ group: ReportGroup, timeZone: String, generatedAt: Timestamp) -> String {
        let report = Report(
            site: "", window: group.facts.window, generatedAt: generatedAt, timeZone: timeZone, groups: [group],
            model: .none(reason: ""))
        return MarkdownReport(report).section(group, detail: .full) + "\n"
    }

    private var page: String {
        // What makes the page doubtful stands before anything that it says.
        let doubts = attention
        var blocks = doubts.isEmpty ? ["\(title)\n\(facts)"] : [title, doubts, facts]
        blocks += [totals, lookFirst]
        blocks += report.sections.prefix(Self.sections).map(section)
        blocks += [otherSections, comparison, notDiagnosed, notRead, waiting, quieted, costs, masked]
        return blocks.filter { !$0.isEmpty }.joined(separator: "\n\n") + "\n"
    }

    // MARK: - The top

    private var title: String { "# \(ReportWords.title(of: report))" }

    private var facts: String {
        let services =
            report.untold?.serviceCount ?? Set(report.groups.flatMap { $0.facts.services.map(\.value) }).count
        var facts = ["\(say("site", "사이트")) \(prose.code(report.site))"]
        if services > 0 { facts.append(say.counted(services, .service)) }
        if let reading = report.reading {
            let (lines, sources) = (say.counted(reading.lines, .line), say.counted(reading.sources, .source))
            facts.append(say("\(lines) read from \(sources)", "\(sources)에서 \(lines) 읽음"))
        }
        if !report.groups.isEmpty {
            let (events, groups) = (say.counted(report.now.events, .event), say.counted(report.now.groups, .group))
            facts.append(say("\(events) in \(groups)", "\(groups), \(events)"))
        }
        if let service = report.layout.service {
            facts.append(say("only \(prose.code(service))", "\(prose.code(service))만"))
        }
        if let least = report.layout.atLeast {
            facts.append(say("only \(least.rawValue) and worse", "\(ReportWords.title(least, in: say)) 이상만"))
        }
        switch report.model {
        case .model(let model):
            let digest = model.digest.map { " (sha256 \(prose.prose(String($0.prefix(4)), limit: 64))…)" } ?? ""
            facts.append("\(say("model", "모델")) \(prose.code(model.name))\(digest)")
        case .none(let reason):
            facts.append("\(say("built-in triage only", "내장 분류만 사용")): \(prose.prose(reason, limit: 300))")
        }
        if clock.identifier != "UTC" {
            facts.append("\(say("times in", "시간대")) \(prose.prose(clock.identifier, limit: 64))")
        }
        return facts.joined(separator: " · ")
    }

    /// What makes the rest of the page doubtful comes before it.
    private var attention: String {
        var lines = report.batchFailures.prefix(Self.listEntries).map {
            "> **\(say("A run failed", "실행 실패")):** \(prose.prose($0, limit: 600))"
        }
        lines += more(report.batchFailures.count, "> ", .failedRun)
        lines += report.notices.prefix(Self.listEntries).map {
            "> **\(say("Attention", "주의")):** \(prose.prose($0, limit: 600))"
        }
        lines += more(report.notices.count, "> ", .notice)
        if report.reading == nil {
            let (what, so) = ReportWords.nothingRead(say)
            lines.append("> **\(what)** \(so)")
        }
        return lines.joined(separator: "  \n")
    }

    private var totals: String {
        guard !report.groups.isEmpty else {
            let before = report.before.map { before in
                let events = say.counted(before.events, .event)
                return say(" \(events) in the window before.", " 그 전 기간에는 \(events).")
            }
            return
                (report.reading == nil
                ? say("No errors are in history for it.", "이력에 이 기간의 오류가 없습니다.") : say("No errors.", "오류가 없습니다."))
                + (before ?? "")
        }
        let length = report.window.start.duration(to: report.window.end)
        let (now, before) = (report.now, report.before)
        let rows = [
            row(say("events", "이벤트"), now.events, before?.events),
            row(say("groups", "그룹"), now.groups, before?.groups),
            row(say("new", "신규"), now.new, before?.new),
            row(say("back after being resolved", "해결 후 재발"), now.back, before?.back, strong: now.back > 0),
            row(say("not diagnosed (see end)", "진단 없음 (끝부분 참고)"), now.notDiagnosed, before?.notDiagnosed),
        ]
        let head = "| | \(say("now", "현재")) | \(DurationText.before(length, in: say)) |"
        return ([head, "|---|---|---|"] + rows).joined(separator: "\n")
    }

    private func row(_ name: String, _ now: Int?, _ before: Int?, strong: Bool = false) -> String {
        let number = now.map(NumberText.grouped) ?? "–"
        var arrow = ""
        if let now, let before, now != before { arrow = now > before ? " ▲" : " ▼" }
        return "| \(name) | \(strong ? "**\(number)**" : number)\(arrow) | \(before.map(NumberText.grouped) ?? "–") |"
    }

    private var lookFirst: String {
        guard !report.lookFirst.isEmpty else { return "" }
        var entries = report.lookFirst.prefix(Self.lookFirstEntries).map {
            "[\($0.group)](#\($0.anchor)) "
                + ReportWords.reason($0.reason, clock: clock, near: report.window.end, in: say)
        }
        let marked = report.lookFirst.count - entries.count
        if marked > 0 {
            let count = NumberText.grouped(marked)
            entries.append(say("and \(count) more, marked below", "외 \(count)개, 아래에 표시"))
        }
        if let counted = report.untold?.lookFirst, counted > 0 {
            let count = NumberText.grouped(counted)
            entries.append(say("and \(count) more, only counted here", "외 \(count)개, 여기서는 수만 셈"))
        }
        return "**\(say("Look first", "먼저 볼 것")):** \(entries.joined(separator: " · "))."
    }

    func more(_ count: Int, _ prefix: String, _ noun: CountedNoun) -> [String] {
        let rest = count - Self.listEntries
        return rest > 0 ? [say("\(prefix)and \(say.more(rest, noun))", "\(prefix)\(say.more(rest, noun))")] : []
    }
}
