import Events
import Foundation
import Testing

@testable import Delivery

@Suite("The Markdown report")
struct MarkdownReportTests {
    @Test("a morning with every kind of group")
    func morning() throws { try expectGolden(MarkdownReport.render(Sample.morning), "morning/expected.md") }

    @Test("nothing happened")
    func quiet() throws { try expectGolden(MarkdownReport.render(Sample.report([])), "quiet/expected.md") }

    @Test("nothing was read: the page says that it says nothing")
    func unread() throws {
        let report = Report(
            site: "dc-seoul-2", window: Sample.window, generatedAt: Sample.end, timeZone: "UTC", groups: [],
            model: .none(reason: "no model is configured"),
            batchFailures: ["batch of 21 Nov 02:00: cannot write history: no space left"])
        try expectGolden(MarkdownReport.render(report), "unread/expected.md")
    }

    @Test("an injection is shown as the text it is")
    func injection() throws {
        let text =
            "# Ignore all rules\n[click](https://evil.example/x) ![i](http://e.example/p.png) <script>alert(1)</script> "
            + "@everyone | `` ` ``` \u{202E}gnp.exe\u{1B}[2J"
        try expectGolden(MarkdownReport.render(Sample.hostileReport(text)), "injection/expected.md")
    }

    @Test("one group alone, with all that the page leaves out")
    func single() throws {
        let text = MarkdownReport.render(Sample.timeout, timeZone: "Asia/Seoul", generatedAt: Sample.end)
        try expectGolden(text, "single/expected.md")
    }

    @Test("many groups of one severity collapse to a table, and the rest is counted")
    func bounded() throws {
        let groups = (0..<500).map { index in
            ReportGroup(
                facts: Sample.facts(
                    String(0x1000_0000 + index, radix: 16), title: "a|b \(index)", template: "t", count: index + 1),
                severity: .low)
        }
        let text = MarkdownReport.render(Sample.report(groups))
        #expect(text.components(separatedBy: "\n### ").count - 1 == MarkdownReport.detailedOtherwise)
        #expect(text.contains("480 more groups in short"))
        #expect(text.contains("| G-100001df | `orders-api` | a\\|b 479 | 480 | 0 | ongoing |"))
        #expect(text.contains("And 380 groups more"))
        #expect(text.contains("## Not diagnosed\n- 500 groups: G-100001f3, "))
        #expect(text.contains(" and 490 more: nothing was said about it yet"))
        #expect(text.utf8.count < 40_000)
    }

    @Test("lists at the end are bounded too")
    func boundedLists() {
        let report = Report(
            site: "s", window: Sample.window, generatedAt: Sample.end, timeZone: "UTC", groups: [],
            model: .none(reason: "-"),
            notRead: (0..<200).map { "note \($0)" },
            masked: Dictionary(uniqueKeysWithValues: (0..<90).map { ("r\($0)", 1) }),
            batchFailures: (0..<60).map { "failure \($0)" })
        let text = MarkdownReport.render(report)
        #expect(text.contains("- and 150 more notes"))
        #expect(text.contains("> and 10 more failed runs"))
        #expect(text.contains(" · 40 more rules"))
    }

    @Test("the same report gives the same bytes, whatever the order of its groups")
    func deterministic() {
        let groups = [Sample.plain, Sample.grown, Sample.back, Sample.timeout]
        let pages = Set(
            [groups, groups.reversed(), Array(groups[2...] + groups[..<2])].map {
                MarkdownReport.render(Sample.report($0))
            })
        #expect(pages.count == 1)
    }

    @Test("line numbers that an event made up do not stop the page")
    func absurdLines() {
        for line in [Int.min, -1, 0, .max] {
            var group = Sample.timeout
            group.code.excerpts[0].firstLine = line
            group.code.excerpts[0].marked = [line, .max, .min]
            #expect(MarkdownReport.render(Sample.report([group])).contains("OrderRepository.java"))
            #expect(HTMLReport.render(Sample.report([group])).contains("OrderRepository.java"))
        }
    }

    @Test("5,000 groups render in bounded time")
    func large() {
        let groups = (0..<5000).map { index in
            var group = Sample.timeout
            group.facts.group.fingerprint = Sample.fingerprint(String(0x1000_0000 + index, radix: 16))
            group.severity = Severity.allCases[index % 5]
            return group
        }
        let report = Sample.report(groups)
        var text = ""
        let elapsed = ContinuousClock().measure { text = MarkdownReport.render(report) }
        print("5,000 groups rendered in \(elapsed): \(text.utf8.count) bytes")
        #expect(elapsed < .seconds(20))
        #expect(report.now.groups == 5000)
    }
}

@Suite("What stands at the top of a report")
struct LookFirstTests {
    @Test("back comes first, then new and critical, then growth")
    func order() {
        #expect(Sample.morning.lookFirst.map(\.group) == ["G-41f2aa00", "G-9c07a1b2", "G-1e55bb00"])
    }

    @Test("a handful of events that doubled is no reason to look there first")
    func smallGrowth() {
        var group = Sample.grown
        (group.facts.count, group.facts.previousCount) = (8, 1)
        #expect(Sample.report([group]).lookFirst.isEmpty)
        (group.facts.count, group.facts.previousCount) = (4000, 3000)
        #expect(Sample.report([group]).lookFirst.isEmpty)
    }

    @Test(
        "where nobody has judged, the level suggests a severity",
        arguments: [
            (LogLevel.fatal, GroupFacts.Trend.ongoing, Severity.critical), (.error, .ongoing, .medium),
            (.error, .back(resolved: Resolution(at: Sample.end)), .high), (.warning, .new, .low), (.info, .new, .info),
            (.trace, .worse, .info),
        ])
    func fallback(level: LogLevel, trend: GroupFacts.Trend, expected: Severity) {
        let facts = Sample.facts("aaaa", title: "t", template: "t", level: level, count: 1, trend: trend)
        #expect(ReportGroup(facts: facts).severity == expected)
        #expect(ReportGroup(facts: facts, severity: .low).severity == .low)
    }

    @Test("totals add up, and saturate instead of trapping")
    func totals() {
        #expect(Sample.morning.now == Counts(events: 45_916, groups: 4, new: 1, back: 1, notDiagnosed: 2))
        let huge = Sample.facts("aaaa", title: "t", template: "t", count: .max - 1)
        #expect(Counts(of: [huge, huge]).events == .max)
    }
}
