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
    let say: ReportLanguage
    let charts: HTMLCharts

    private init(_ report: Report) {
        (self.report, clock, say) = (report, report.clock, report.layout.language)
        charts = HTMLCharts(report)
    }

    /// The whole document, ending with a newline.
    public static func render(_ report: Report) -> String { HTMLReport(report).document }

    private var document: String {
        let title = ReportWords.title(of: report)
        let parts = [
            """
            <!doctype html>
            <html lang="\(say.rawValue)">
            <head>
            <meta charset="utf-8">
            <meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
            <meta name="viewport" content="width=device-width, initial-scale=1">
            <title>\(HTMLText.escaped(title))</title>
            <style>\(Self.style)</style>
            </head>
            <body>
            <h1>\(HTMLText.escaped(title))</h1>
            """, attention, facts, totals, lookFirst, charts.events, charts.services, groups,
            comparison, end,
            "</body>\n</html>",
        ]
        return parts.filter { !$0.isEmpty }.joined(separator: "\n") + "\n"
    }

    private var facts: String {
        var parts = ["\(say("site", "사이트")) \(HTMLText.code(report.site))"]
        if let reading = report.reading {
            let (lines, sources) = (say.counted(reading.lines, .line), say.counted(reading.sources, .source))
            parts.append(say("\(lines) read from \(sources)", "\(sources)에서 \(lines) 읽음"))
        }
        if let service = report.layout.service.map({ HTMLText.code($0) }) {
            parts.append(say("only \(service)", "\(service)만"))
        }
        if let least = report.layout.atLeast {
            parts.append(say("only \(least.rawValue) and worse", "\(ReportWords.title(least, in: say)) 이상만"))
        }
        switch report.model {
        case .model(let model): parts.append("\(say("model", "모델")) \(HTMLText.code(model.name))")
        case .none(let reason):
            parts.append("\(say("built-in triage only", "내장 분류만 사용")): \(prose(reason))")
        }
        parts.append("\(say("times in", "시간대")) \(prose(clock.identifier))")
        return "<p class=\"small\">\(parts.joined(separator: " · "))</p>"
    }

    private var attention: String {
        var lines = report.batchFailures.prefix(Self.listEntries).map {
            "<b>\(say("A run failed", "실행 실패")):</b> \(prose($0))"
        }
        lines += report.notices.prefix(Self.listEntries).map { "<b>\(say("Attention", "주의")):</b> \(prose($0))" }
        if report.reading == nil {
            let (what, so) = ReportWords.nothingRead(say)
            lines.append("<b>\(what)</b> \(so)")
        }
        return lines.isEmpty ? "" : "<p class=\"alarm\">\(lines.joined(separator: "<br>"))</p>"
    }

    private var totals: String {
        guard !report.groups.isEmpty else { return "<p>\(say("No errors.", "오류가 없습니다."))</p>" }
        let (now, before) = (report.now, report.before)
        let length = report.window.start.duration(to: report.window.end)
        let rows = [
            (say("events", "이벤트"), now.events, before?.events), (say("groups", "그룹"), now.groups, before?.groups),
            (say("new", "신규"), now.new, before?.new),
            (say("back after being resolved", "해결 후 재발"), now.back, before?.back),
            (say("not diagnosed", "진단 없음"), now.notDiagnosed ?? 0, before?.notDiagnosed),
        ].map { (row: (name: String, now: Int, before: Int?)) in
            "<tr><th>\(row.name)</th><td>\(NumberText.grouped(row.now))</td>"
                + "<td>\(row.before.map(NumberText.grouped) ?? "–")</td></tr>"
        }
        let head = "<tr><th></th><th>\(say("now", "현재"))</th><th>\(DurationText.before(length, in: say))</th></tr>"
        return "<table class=\"totals\">\n\(head)\n\(rows.joined(separator: "\n"))\n</table>"
    }

    private var lookFirst: String {
        let entries = report.lookFirst.prefix(5).map {
            "<a href=\"#\($0.anchor)\">\($0.group)</a> "
                + ReportWords.reason($0.reason, clock: clock, near: report.window.end, in: say)
        }
        return entries.isEmpty
            ? "" : "<p><b>\(say("Look first", "먼저 볼 것")):</b> \(entries.joined(separator: " · ")).</p>"
    }

    func prose(_ text: String, limit: Int = 600) -> String { HTMLText.prose(text, limit: limit, in: say) }

    private static let style = """
        :root{color-scheme:light dark;--line:#8886;--soft:#8882}
        body{font:15px/1.45 system-ui,sans-serif;max-width:60rem;margin:1rem auto;padding:0 .8rem;overflow-wrap:anywhere}
        table{border-collapse:collapse}th,td{border:1px solid var(--line);padding:.15rem .5rem;text-align:left}
        .totals td,.totals th+th,td.n,th.n{text-align:right;white-space:nowrap}
        pre{background:var(--soft);padding:.5rem;overflow-x:auto;font-size:12px}code{background:var(--soft)}
        mark{background:#fc06;color:inherit}.small{font-size:12px;opacity:.8}.alarm{border-left:4px solid #e74c3c;padding-left:.6rem}
        blockquote{margin:.4rem 0;border-left:3px solid var(--line);padding-left:.6rem}
        \(HTMLCharts.style)h2{break-after:avoid}h3{break-after:avoid;font-size:1.05em}
        .do{list-style:none;padding-left:1.15em}.do li{text-indent:-1.15em}a{white-space:nowrap}
        @media (max-width:30rem){h1{font-size:1.4em}h2{font-size:1.2em}ul{padding-left:1.3rem}td,th{padding:.15rem .35rem}}
        @page{margin:14mm}
        @media print{:root{color-scheme:light}body{max-width:none;margin:0;padding:0;font-size:10pt}h1{font-size:16pt}h2{font-size:12.5pt}
        pre{white-space:pre-wrap;font-size:8pt}.small{font-size:8.5pt}.chart{max-width:10cm}a{color:inherit}
        .chart,tr,blockquote,li,.alarm{break-inside:avoid}p{orphans:3;widows:3}
        svg,mark,pre,code{print-color-adjust:exact;-webkit-print-color-adjust:exact}}
        """
}
