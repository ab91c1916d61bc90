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
    /// Rows of such a table.
    static let tableRows = 100
    /// Entries of a list at the end, and of "look first".
    static let listEntries = 50
    static let lookFirstEntries = 5

    let report: Report
    let clock: SiteClock
    let prose = InlineMarkdown(.commonMark)
    let cell = InlineMarkdown(.tableCell)

    private init(_ report: Report) { (self.report, clock) = (report, report.clock) }

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
        var blocks = [heading, attention, totals, lookFirst]
        blocks += Severity.allCases.reversed().map(section(of:))
        blocks += [notDiagnosed, notRead, waiting, quieted, costs, masked]
        return blocks.filter { !$0.isEmpty }.joined(separator: "\n\n") + "\n"
    }

    // MARK: - The top

    private var heading: String {
        let window = report.window
        let words = DurationText.words(window.start.duration(to: window.end))
        let title = "# Errors, \(words) to \(clock.long(window.end)) \(clock.offsetName(at: window.end))"
        return title + "\n" + facts.joined(separator: " · ")
    }

    private var facts: [String] {
        let services = Set(report.groups.flatMap { $0.facts.services.map(\.value) }).count
        var facts = ["site \(prose.code(report.site))"]
        if services > 0 { facts.append(NumberText.counted(services, "service")) }
        if let reading = report.reading {
            facts.append(
                "\(NumberText.counted(reading.lines, "line")) read from \(NumberText.counted(reading.sources, "source"))"
            )
        }
        if !report.groups.isEmpty {
            facts.append(
                "\(NumberText.counted(report.now.events, "event")) in \(NumberText.counted(report.now.groups, "group"))"
            )
        }
        switch report.model {
        case .model(let model):
            let digest = model.digest.map { " (sha256 \(prose.prose(String($0.prefix(4)), limit: 64))…)" } ?? ""
            facts.append("model \(prose.code(model.name))\(digest)")
        case .none(let reason): facts.append("built-in triage only: \(prose.prose(reason, limit: 300))")
        }
        if clock.identifier != "UTC" { facts.append("times in \(prose.prose(clock.identifier, limit: 64))") }
        return facts
    }

    /// What makes the rest of the page doubtful comes before it.
    private var attention: String {
        var lines = report.batchFailures.prefix(Self.listEntries).map {
            "> **A run failed:** \(prose.prose($0, limit: 600))"
        }
        lines += more(report.batchFailures.count, "> ", "failed run")
        lines += report.notices.prefix(Self.listEntries).map { "> **Attention:** \(prose.prose($0, limit: 600))" }
        lines += more(report.notices.count, "> ", "notice")
        if report.reading == nil {
            lines.append("> **No run read anything in this window.** This page says nothing about the services.")
        }
        return lines.joined(separator: "  \n")
    }

    private var totals: String {
        guard !report.groups.isEmpty else {
            let before = report.before.map { " \(NumberText.counted($0.events, "event")) in the window before." } ?? ""
            return (report.reading == nil ? "No errors are in history for it." : "No errors.") + before
        }
        let length = report.window.start.duration(to: report.window.end)
        let (now, before) = (report.now, report.before)
        let rows = [
            row("events", now.events, before?.events),
            row("groups", now.groups, before?.groups),
            row("new", now.new, before?.new),
            row("back after being resolved", now.back, before?.back, strong: now.back > 0),
            row("not diagnosed (see end)", now.notDiagnosed, before?.notDiagnosed),
        ]
        return (["| | now | \(DurationText.before(length)) |", "|---|---|---|"] + rows).joined(separator: "\n")
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
            "[\($0.group)](#\($0.anchor)) \(ReportWords.reason($0.reason, clock: clock, near: report.window.end))"
        }
        let rest = report.lookFirst.count - entries.count
        if rest > 0 { entries.append("and \(NumberText.grouped(rest)) more, marked below") }
        return "**Look first:** \(entries.joined(separator: " · "))."
    }

    // MARK: - Sections by severity

    private func section(of severity: Severity) -> String {
        let groups = report.groups.filter { $0.severity == severity }
        guard !groups.isEmpty else { return "" }
        let limit = severity >= .high ? Self.detailedWhenUrgent : Self.detailedOtherwise
        var blocks = ["## \(ReportWords.title(severity))"]
        blocks += groups.prefix(limit).map { section($0, detail: .page) }
        let others = groups.dropFirst(limit)
        if !others.isEmpty { blocks.append(table(Array(others))) }
        return blocks.joined(separator: "\n\n")
    }

    private func table(_ groups: [ReportGroup]) -> String {
        var lines = [
            "\(NumberText.counted(groups.count, "more group")) in short; `appliance show GROUP` tells each in full.",
            "",
            "| group | service | what | events | before | |", "|---|---|---|---|---|---|",
        ]
        lines += groups.prefix(Self.tableRows).map { group in
            let facts = group.facts
            return "| \(group.id) | \(cell.code(group.service ?? "", limit: 60)) | "
                + "\(cell.prose(facts.group.title, limit: 160)) | \(NumberText.grouped(facts.count)) | "
                + "\(NumberText.grouped(facts.previousCount)) | \(ReportWords.trend(facts.trend)) |"
        }
        let rest = groups.count - Self.tableRows
        if rest > 0 {
            lines += ["", "And \(NumberText.counted(rest, "group")) more: `appliance report --format json` lists all."]
        }
        return lines.joined(separator: "\n")
    }

    func more(_ count: Int, _ prefix: String, _ noun: String) -> [String] {
        let rest = count - Self.listEntries
        return rest > 0 ? ["\(prefix)and \(NumberText.counted(rest, "more \(noun)"))"] : []
    }
}
