import Events
import Foundation
import Testing

@testable import Delivery

@Suite("The HTML report")
struct HTMLReportTests {
    static let ownTags: Set<String> = [
        "!doctype", "html", "head", "meta", "title", "style", "body", "h1", "h2", "h3", "p", "b", "br", "a", "table",
        "tr",
        "th", "td", "ul", "li", "section", "blockquote", "pre", "code", "mark", "svg", "rect", "text",
        "line", "g", "desc",
    ]

    /// Every tag of a document: its name, and all of it.
    static func tags(_ html: String) -> [(name: String, tag: String)] {
        html.components(separatedBy: "<").dropFirst().map { part in
            let tag = part.prefix { $0 != ">" }
            let name = tag.drop { $0 == "/" }.prefix { $0 != " " && $0 != "\n" }
            return (name.lowercased(), String(tag))
        }
    }

    @Test("a morning with every kind of group")
    func morning() throws { try expectGolden(HTMLReport.render(Sample.morning), "morning/expected.html") }

    @Test("the chart says in words what it draws, and stays within its drawing")
    func chart() throws {
        let page = HTMLReport.render(Sample.morning)
        #expect(page.contains("<title id=\"events-title\">Events over time</title>"))
        #expect(page.contains("In all: Critical 22,827, High 12.</desc>"))
        #expect(page.contains("<text class=\"end\" x=\"34.0\" y=\"8.0\" dy=\"3.5\">10k</text>"))
        for tag in Self.tags(page) where tag.name == "rect" {
            let numbers = tag.tag.split(separator: "\"").compactMap { Double($0) }
            #expect(numbers.count == 4 && numbers.allSatisfy { $0 >= 0 && $0 <= 340 }, "\(tag.tag)")
        }
    }

    @Test("counts at the edge of what a number holds make a chart all the same")
    func hugeCounts() {
        let groups = (0..<3).map { index in
            ReportGroup(
                facts: Sample.facts(
                    "a\(index)", title: "t", template: "t", count: .max, series: [.max, 0, 1, .max],
                    services: ["s\(index)"]))
        }
        let page = HTMLReport.render(Sample.report(groups))
        #expect(page.contains("<svg class=\"chart\"") && !page.contains("\"inf") && !page.contains("\"nan"))
    }

    @Test("nothing was read, nothing happened")
    func empty() {
        let unread = Report(
            site: "s", window: Sample.window, generatedAt: Sample.end, timeZone: "UTC", groups: [],
            model: .none(reason: "off"),
            batchFailures: ["disk <full>"])
        let page = HTMLReport.render(unread)
        #expect(page.contains("<b>A run failed:</b> disk &lt;full&gt;<br><b>No run read anything"))
        #expect(page.contains("built-in triage only: off"))
        #expect(!HTMLReport.render(Sample.report([])).contains("<svg"))
    }

    @Test("hostile text brings no tag, no attribute and no address of its own", arguments: HostileTextTests.texts)
    func hostile(text: String) {
        let page = HTMLReport.render(Sample.hostileReport(text))
        let tags = Self.tags(page)
        #expect(Set(tags.map(\.name)).subtracting(Self.ownTags) == [])
        #expect(tags.allSatisfy { !$0.tag.contains("href") || $0.tag.hasPrefix("a href=\"#g-") })
        #expect(tags.allSatisfy { !$0.tag.contains("src=") && !$0.tag.contains("onerror") })
        #expect(!page.unicodeScalars.contains { $0.isDeceptive && $0 != "\n" })
    }

    @Test("many groups collapse to a table, and the rest is counted")
    func bounded() {
        let groups = (0..<900).map { index in
            ReportGroup(
                facts: Sample.facts(String(0x1000_0000 + index, radix: 16), title: "t", template: "t", count: 1),
                severity: .low)
        }
        let page = HTMLReport.render(Sample.report(groups))
        #expect(page.components(separatedBy: "<section").count - 1 == HTMLReport.detailed)
        #expect(page.contains("<h2>780 more groups</h2>"))
        #expect(page.contains("And 280 groups more"))
        #expect(
            page.contains("<li>900 groups: G-10000000, ")
                && page.contains(" and 890 more: nothing was said about it yet</li>"))
    }
}
