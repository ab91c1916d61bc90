import Events

/// The report as one self-contained HTML file: no script, no external asset, nothing that is fetched.
///
/// Light and dark, legible at 360 pixels, made to be printed. Its content security policy forbids everything but its
/// own style, so that even a mistake here could not load or run anything.
public struct HTMLReport: Sendable {
    /// Groups told in full over all severities; the others stand in a table.
    static let detailed = 120
    static let tableRows = 500
    static let listEntries = 50

    let report: Report
    let clock: SiteClock

    private init(_ report: Report) { (self.report, clock) = (report, report.clock) }

    /// The whole document, ending with a newline.
    public static func render(_ report: Report) -> String { HTMLReport(report).document }

    private var document: String {
        let window = report.window
        let words = DurationText.words(window.start.duration(to: window.end))
        let title = "Errors, \(words) to \(clock.long(window.end)) \(clock.offsetName(at: window.end))"
        let parts = [
            """
            <!doctype html>
            <html lang="en">
            <head>
            <meta charset="utf-8">
            <meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
            <meta name="viewport" content="width=device-width, initial-scale=1">
            <title>\(HTMLText.escaped(title))</title>
            <style>\(Self.style)</style>
            </head>
            <body>
            <h1>\(HTMLText.escaped(title))</h1>
            """, facts, attention, totals, lookFirst, HTMLCharts.events(report), HTMLCharts.services(report), groups,
            end,
            "</body>\n</html>",
        ]
        return parts.filter { !$0.isEmpty }.joined(separator: "\n") + "\n"
    }

    private var facts: String {
        var parts = ["site \(HTMLText.code(report.site))"]
        if let reading = report.reading {
            parts.append(
                "\(NumberText.counted(reading.lines, "line")) read from \(NumberText.counted(reading.sources, "source"))"
            )
        }
        switch report.model {
        case .model(let model): parts.append("model \(HTMLText.code(model.name))")
        case .none(let reason): parts.append("built-in triage only: \(HTMLText.prose(reason))")
        }
        parts.append("times in \(HTMLText.prose(clock.identifier))")
        return "<p class=\"small\">\(parts.joined(separator: " · "))</p>"
    }

    private var attention: String {
        var lines = report.batchFailures.prefix(Self.listEntries).map { "<b>A run failed:</b> \(HTMLText.prose($0))" }
        lines += report.notices.prefix(Self.listEntries).map { "<b>Attention:</b> \(HTMLText.prose($0))" }
        if report.reading == nil {
            lines.append("<b>No run read anything in this window.</b> This page says nothing about the services.")
        }
        return lines.isEmpty ? "" : "<p class=\"alarm\">\(lines.joined(separator: "<br>"))</p>"
    }

    private var totals: String {
        guard !report.groups.isEmpty else { return "<p>No errors.</p>" }
        let (now, before) = (report.now, report.before)
        let length = report.window.start.duration(to: report.window.end)
        let rows = [
            ("events", now.events, before?.events), ("groups", now.groups, before?.groups),
            ("new", now.new, before?.new),
            ("back after being resolved", now.back, before?.back),
            ("not diagnosed", now.notDiagnosed ?? 0, before?.notDiagnosed),
        ].map { (row: (name: String, now: Int, before: Int?)) in
            "<tr><th>\(row.name)</th><td>\(NumberText.grouped(row.now))</td>"
                + "<td>\(row.before.map(NumberText.grouped) ?? "–")</td></tr>"
        }
        let head = "<tr><th></th><th>now</th><th>\(DurationText.before(length))</th></tr>"
        return "<table>\n\(head)\n\(rows.joined(separator: "\n"))\n</table>"
    }

    private var lookFirst: String {
        let entries = report.lookFirst.prefix(5).map {
            "<a href=\"#\($0.anchor)\">\($0.group)</a> "
                + ReportWords.reason($0.reason, clock: clock, near: report.window.end)
        }
        return entries.isEmpty ? "" : "<p><b>Look first:</b> \(entries.joined(separator: " · ")).</p>"
    }

    private var groups: String {
        var blocks: [String] = []
        for severity in Severity.allCases.reversed() {
            let members = report.groups.prefix(Self.detailed).filter { $0.severity == severity }
            if members.isEmpty { continue }
            blocks.append("<h2>\(ReportWords.title(severity))</h2>")
            blocks += members.map(section)
        }
        let others = report.groups.dropFirst(Self.detailed)
        guard !others.isEmpty else { return blocks.joined(separator: "\n") }
        let rows = others.prefix(Self.tableRows).map { group in
            "<tr><td>\(group.id)</td><td>\(HTMLText.prose(group.facts.group.title, limit: 120))</td>"
                + "<td>\(NumberText.grouped(group.facts.count))</td></tr>"
        }
        let rest = others.count - rows.count
        blocks.append(
            "<h2>\(NumberText.counted(others.count, "more group"))</h2>\n<table>\n\(rows.joined(separator: "\n"))\n</table>"
        )
        if rest > 0 { blocks.append("<p>And \(NumberText.counted(rest, "group")) more, in the JSON report.</p>") }
        return blocks.joined(separator: "\n")
    }

    private var end: String {
        var blocks: [String] = []
        let open = report.groups.filter { !$0.isDiagnosed }
        if !open.isEmpty {
            let shown = open.prefix(Self.listEntries).map(\.id).joined(separator: ", ")
            let rest = open.count - Self.listEntries
            blocks.append(
                "<h2>Not diagnosed</h2>\n<p>\(shown)\(rest > 0 ? " and \(NumberText.grouped(rest)) more" : "")</p>")
        }
        if !report.notRead.isEmpty {
            let items = report.notRead.prefix(Self.listEntries).map { "<li>\(HTMLText.prose($0))</li>" }
            let rest = report.notRead.count - items.count
            let more = rest > 0 ? "<li>and \(NumberText.counted(rest, "more note"))</li>" : ""
            blocks.append("<h2>What was not read</h2>\n<ul>\(items.joined(separator: "\n"))\(more)</ul>")
        }
        if report.queued > 0 || report.held > 0 {
            blocks.append(
                "<h2>What waits</h2>\n<p>\(NumberText.counted(report.queued, "group")) queued for a diagnosis, "
                    + "\(NumberText.counted(report.held, "alert")) held back</p>")
        }
        let quieted =
            report.muted.prefix(Self.listEntries).map { group in
                "<li>\(group.facts.group.id) \(HTMLText.prose(group.facts.group.title, limit: 120)): "
                    + HTMLText.prose(ReportWords.muted(group, clock: clock, near: report.window.end)) + "</li>"
            }
            + report.maintenance.prefix(Self.listEntries).map {
                "<li>maintenance: "
                    + HTMLText.prose(ReportWords.maintenance($0, clock: clock, near: report.window.end)) + "</li>"
            }
        if !quieted.isEmpty {
            blocks.append("<h2>Muted and under maintenance</h2>\n<ul>\(quieted.joined(separator: "\n"))</ul>")
        }
        let masked = report.masked.filter { $0.value > 0 }.sorted { ($1.value, $0.key) < ($0.value, $1.key) }
        if !masked.isEmpty {
            let items = masked.prefix(Self.listEntries).map {
                "\(NumberText.grouped($0.value)) × \(HTMLText.code($0.key))"
            }
            blocks.append("<h2>What was masked</h2>\n<p>\(items.joined(separator: " · "))</p>")
        }
        return blocks.joined(separator: "\n")
    }

    private static let style = """
        :root{color-scheme:light dark;--line:#8886;--soft:#8882}
        body{font:15px/1.45 system-ui,sans-serif;max-width:60rem;margin:1rem auto;padding:0 .8rem;overflow-wrap:anywhere}
        table{border-collapse:collapse}th,td{border:1px solid var(--line);padding:.15rem .5rem;text-align:right}
        th:first-child,td:first-child,td:nth-child(2){text-align:left}
        pre{background:var(--soft);padding:.5rem;overflow-x:auto;font-size:12px}code{background:var(--soft)}
        mark{background:#fc06;color:inherit}.small{font-size:12px;opacity:.8}.alarm{border-left:4px solid #e74c3c;padding-left:.6rem}
        blockquote{margin:.4rem 0;border-left:3px solid var(--line);padding-left:.6rem}svg{max-width:100%;height:auto}
        .critical{fill:#e74c3c}.high{fill:#e67e22}.medium{fill:#d4b106}.low{fill:#2ecc71}.info{fill:#808080}
        svg text{fill:currentColor;font:11px system-ui,sans-serif}
        @media print{body{max-width:none;font-size:11px}section{break-inside:avoid}pre{white-space:pre-wrap}}
        """
}
