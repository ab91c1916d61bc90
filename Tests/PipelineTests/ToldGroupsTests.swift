import ApplianceTestSupport
import Delivery
import Events
import Foundation
import Grouping
import History
import Testing

@testable import Pipeline

@Suite("A report of more groups than a page holds counts all of them, and reads those that it tells")
struct ToldGroupsTests {
    private let now = Timestamp(rfc3339: "2026-11-21T06:00:00Z") ?? Timestamp(nanoseconds: 0)

    /// A home whose history holds `count` groups of all trends, levels and judgements.
    private func home(_ count: Int) throws -> (directory: TemporaryDirectory, configuration: Configuration) {
        let directory = try TemporaryDirectory()
        let home = Home(path: directory.path + "/home")
        try home.prepare()
        let configuration = try Configuration.load(home: home, option: nil, environment: [:])
        let history = try HistoryStore.open(at: configuration.home.history, mode: .readWrite, now: now)
        let grouper = Grouper()
        var groups: [ImportedGroup] = []
        for number in 0..<count {
            var event = ErrorEvent(
                id: "e\(number)", time: now.advanced(by: .seconds(-600)), level: number % 7 == 0 ? .fatal : .error,
                message: "part \(Self.word(number)) of \(Self.word(number / 3)) is lost")
            event.service = number % 5 == 0 ? nil : "service-\(number % 4)"
            var buckets = [ImportedGroup.Bucket(time: event.time, count: number % 23 + 1)]
            if number % 3 == 0 {
                buckets.append(.init(time: event.time.advanced(by: .seconds(-86_400)), count: number % 5 + 1))
            }
            if number % 11 == 0 { buckets[0].time = event.time.advanced(by: .seconds(-90_000)) }
            var group = ImportedGroup(event: event, grouping: grouper.group(event), buckets: buckets)
            if number % 13 == 0 {
                group.resolution = Resolution(at: now.advanced(by: .seconds(number % 2 == 0 ? -3000 : -60)), by: "ann")
            }
            if number % 4 == 0 {
                group.diagnosis = Diagnosis(
                    severity: Severity.allCases[number % 5], rootCause: "cause \(number)", confidence: 50,
                    provenance: Provenance(author: .builtIn(reason: .noModel), at: event.time))
            }
            groups.append(group)
        }
        try history.importGroups(groups, now: now)
        let muted = groups[1].grouping.fingerprint
        try history.changeAlertState(of: muted) {
            $0.mute = AlertState.Mute(at: now, until: nil, reason: "known", by: nil, count: 1000, releases: [])
        }
        try history.join(groups[2].grouping.fingerprint, into: groups[3].grouping.fingerprint, now: now)
        try history.close()
        return (directory, configuration)
    }

    /// Words of letters: numbers would be masked.
    private static func word(_ number: Int) -> String {
        var (rest, word) = (number, "w")
        repeat {
            word.unicodeScalars.append(Unicode.Scalar(UInt8(97 + rest % 26)))
            rest /= 26
        } while rest > 0
        return word
    }

    private var window: TimeWindow { TimeWindow(start: now.advanced(by: .seconds(-86_400)), end: now) }

    private static let layouts: [ReportLayout] = [
        ReportLayout(), ReportLayout(service: "service-1"), ReportLayout(atLeast: .high),
        ReportLayout(service: "service-2", atLeast: .medium),
    ]

    @Test("its totals are those of a report that reads all", arguments: layouts)
    func totals(layout: ReportLayout) throws {
        let (directory, configuration) = try home(900)
        defer { directory.remove() }
        let reporting = Reporting(configuration: configuration)
        let whole = try reporting.report(of: window, layout: layout, now: now)
        let told = try reporting.report(of: window, layout: layout, told: .markdown, now: now)
        #expect(told.now == whole.now)
        #expect(told.before == whole.before)
        #expect(told.muted == whole.muted)
        #expect(told.groups.count < whole.groups.count || whole.groups.count < 200)
        let names = Set(told.groups.map(\.id))
        #expect(told.groups.map(\.id) == whole.groups.map(\.id).filter(names.contains), "the same order")
        #expect(Array(told.lookFirst.prefix(5)) == Array(whole.lookFirst.prefix(5)))
        #expect(told.lookFirst.count + (told.untold?.lookFirst ?? 0) == whole.lookFirst.count)
        #expect(told.groups.map(\.severity) == whole.groups.filter { names.contains($0.id) }.map(\.severity))
        #expect(told.groups.map(\.facts) == whole.groups.filter { names.contains($0.id) }.map(\.facts))
    }

    @Test("its pages are those of a report that reads all, but for samples and the reasons of what is only counted")
    func pages() throws {
        let (directory, configuration) = try home(900)
        defer { directory.remove() }
        let reporting = Reporting(configuration: configuration)
        func pages(_ told: ToldGroups?) throws -> (String, String) {
            let report = try reporting.report(of: window, told: told, now: now)
            return (MarkdownReport.render(report), HTMLReport.render(report))
        }
        let whole = try pages(nil)
        let (markdown, html) = (try pages(.markdown).0, try pages(.html).1)
        for heading in ["## Critical", "## High", "## Medium"] {
            #expect(markdown.contains(heading) == whole.0.contains(heading))
        }
        func rows(_ page: String) -> [Substring] { page.split(separator: "\n").filter { $0.hasPrefix("| ") } }
        #expect(rows(markdown) == rows(whole.0))
        func more(_ page: String) -> [Substring] {
            page.split(separator: "\n").filter { $0.contains("more groups in short") || $0.hasPrefix("And ") }
        }
        #expect(more(markdown) == more(whole.0) && !more(markdown).isEmpty)
        #expect(markdown.contains("more, only counted here") && !whole.0.contains("only counted"))
        func charts(_ page: String) -> [Substring] { page.split(separator: "\n").filter { $0.contains("<rect") } }
        #expect(charts(html).filter { !$0.contains("spark") } == charts(whole.1).filter { !$0.contains("spark") })
        #expect(html.contains("more, in the JSON report") == whole.1.contains("more, in the JSON report"))
    }

    @Test("a history of an earlier version is read by a reader that changes nothing")
    func older() throws {
        let (directory, configuration) = try home(60)
        defer { directory.remove() }
        let reporting = Reporting(configuration: configuration)
        let expected = try reporting.report(of: window, told: .markdown, now: now)
        let file = configuration.home.history
        let sqlite = Process()
        sqlite.executableURL = URL(fileURLWithPath: "/usr/bin/python3")
        sqlite.arguments = [
            "-c",
            """
            import sqlite3, sys
            db = sqlite3.connect(sys.argv[1])
            db.execute("DROP INDEX diagnosis_current")
            db.execute("ALTER TABLE diagnosis DROP COLUMN severity")
            db.execute("DELETE FROM grdb_migrations WHERE identifier = '6 diagnosis severity'")
            db.execute("PRAGMA user_version = 5")
            db.commit()
            """, file,
        ]
        try sqlite.run()
        sqlite.waitUntilExit()
        try #require(sqlite.terminationStatus == 0)
        let found = try reporting.report(of: window, told: .markdown, now: now)
        #expect(found == expected)
        #expect(found.groups.contains { $0.diagnosis != nil })
    }
}
