import Events
import Foundation
import Testing

@testable import Delivery

@Suite("A report holds what was asked for")
struct ReportLayoutTests {
    private func morning(_ layout: ReportLayout, compares: Bool = false) -> Report {
        var report = Sample.morning
        report.layout = layout
        if compares {
            var gone = Sample.grown
            gone.facts.group.fingerprint = Sample.fingerprint("feed0001")
            gone.facts.count = 500
            var before = Sample.grown
            before.facts.count = 100
            report.comparison = ReportComparison(
                of: report.groups, with: [gone, before], before: report.window.before)
        }
        return report
    }

    @Test("sections of services, the worst first; a group stands once")
    func services() throws {
        let report = morning(ReportLayout(groupBy: .service))
        #expect(report.sections.map(\.name) == ["orders-api", "billing"])
        #expect(report.sections.flatMap(\.groups).count == report.groups.count)
        let page = MarkdownReport.render(report)
        #expect(page.contains("## `orders-api`\n45,904 events in 3 groups, the worst critical\n"))
        #expect(page.contains("**Critical** · `"))
        #expect(!page.contains("\n## Critical"))
        let html = HTMLReport.render(report)
        #expect(html.contains("<h2><code>billing</code></h2>") && html.contains("<b>High</b>"))
    }

    @Test("sections of releases; those without one come last among equals")
    func releases() {
        let report = morning(ReportLayout(groupBy: .release))
        #expect(report.sections.map(\.name) == ["2026.11.20-1", nil])
        #expect(MarkdownReport.render(report).contains("## no release\n"))
    }

    @Test("more sections than anybody reads are one line each")
    func manySections() {
        let groups = (0..<90).map { index in
            ReportGroup(
                facts: Sample.facts(
                    String(0x1000_0000 + index, radix: 16), title: "t", template: "t", count: 1,
                    services: ["s\(index)"]), severity: .low)
        }
        var report = Sample.report(groups)
        report.layout.groupBy = .service
        let page = MarkdownReport.render(report)
        #expect(page.contains("## Others\n- `s27`: 1 event in 1 group, the worst low\n"), "\(page.suffix(3000))")
        #expect(page.contains("- and 20 more sections"))
    }

    @Test("the window before, group by group, the largest change first")
    func comparison() throws {
        let report = morning(ReportLayout(), compares: true)
        let comparison = try #require(report.comparison)
        #expect(comparison.groups.map(\.now) == [41_903, 4000, 0, 12, 1])
        #expect(comparison.groups.map(\.change) == [.started, .more, .gone, .started, .started])
        #expect(comparison.groups[1].factor == 40)
        let page = MarkdownReport.render(report)
        #expect(page.contains("## Compared with the day before\n3 only now, 1 more often, 1 no more\n"))
        #expect(page.contains("| 100 | 4,000 | 40× |"))
        #expect(page.contains("| 500 | 0 | no more |"))
        #expect(HTMLReport.render(report).contains("<td class=\"n\">500</td><td class=\"n\">0</td><td>no more</td>"))
    }

    @Test("in Korean")
    func korean() throws {
        let report = morning(ReportLayout(service: "orders-api", atLeast: .low, language: .korean), compares: true)
        let page = MarkdownReport.render(report)
        try expectGolden(page, "korean/expected.md")
        let html = HTMLReport.render(report)
        try expectGolden(html, "korean/expected.html")
        #expect(html.contains("<html lang=\"ko\">"))
    }

    /// Words of the report's own in English; no sample text holds them.
    static let english = [
        "Errors,", " read from ", "only ", "times in", "now |", ">now<", "day before", "Look first", "Root cause",
        "Impact", "Do now", "Analysis", "Suspects", "Seen before", "not diagnosed", "Not diagnosed", "diagnosed by",
        "prompt diagnose", " tokens", "confidence", "citations", "built-in triage", "What ", "Muted", "Critical",
        "High", "Medium", "first ", "last ", "release `", "Events over time", "Top services", "Compared", "alike",
        "resolved on", "queued", "held back", "more character", "frame ", "Attention", "A run failed", "maintenance",
        "No run", "more ", "burst", "owned by",
    ]

    @Test("nothing of the report's own stays English in Korean")
    func nothingEnglish() {
        // Every text of others is Greek here.
        var report = Sample.hostileReport("αβγ δεζ")
        report.layout = ReportLayout(language: .korean)
        report.notices = ["αβγ"]
        report.fixDrafts = nil
        report.maintenance = [
            Maintenance(service: "*", start: Sample.window.start, end: nil, reason: nil),
            Maintenance(service: "αβγ", start: Sample.window.start, end: Sample.end, reason: "αβγ"),
        ]
        report.comparison = ReportComparison(of: report.groups, with: [], before: report.window.before)
        for page in [MarkdownReport.render(report), HTMLReport.render(report)] {
            let body = page.components(separatedBy: "<body>").last ?? page
            for word in Self.english { #expect(!body.contains(word), "\(word)") }
        }
    }
}
