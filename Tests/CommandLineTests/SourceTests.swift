import ApplianceTestSupport
import Foundation
import Testing

@Suite("Sources in a batch: each in its own way, one that fails beside the others")
struct SourceTests {
    @Test("a cursor that cannot be understood refuses its source, with a remedy; the others go on")
    func unreadableCursor() async throws {
        let site = try SiteFixture(
            extra: """
                [[source]]
                name = "other"
                paths = ["OTHER"]
                baseline = "0s"
                """)
        defer { site.remove() }
        let text = try site.directory.read("home/appliance.toml").replacing(
            "OTHER", with: "\(site.directory.path)/other.txt")
        try site.directory.write("home/appliance.toml", text)
        try site.directory.write("logs/worker.log", SiteFixture.traceback())
        #expect(try await site.run("batch").status == 0)
        let sql = Process()
        sql.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        sql.arguments = [
            "python3", "-c",
            "import sqlite3,sys; c=sqlite3.connect(sys.argv[1]); c.execute(\"UPDATE cursor SET payload='{}' WHERE source='billing' AND key<>'state'\"); c.commit()",
            "\(site.directory.path)/home/history.sqlite",
        ]
        #expect(try await ApplianceBinary.finish(sql).status == 0)
        try site.directory.write("other.txt", "2026-11-21 05:20:00,000 ERROR other.worker: other failed\n")
        let outcome = try await site.run("batch")
        #expect(outcome.status == 65, "\(outcome.errors)")
        #expect(outcome.errors.contains("source billing: the place where reading stopped cannot be understood"))
        #expect(outcome.errors.contains("Or name the source \"billing\" anew"))
        #expect(try await site.counts().values.sorted() == [1, 1])
        #expect(try site.directory.read("home/reports/2026-11-21.md").contains("source billing"))
    }

    @Test("a remote source that is down is told with exit 69, and the rest is read and reported")
    func unreachable() async throws {
        let site = try SiteFixture(
            extra: """
                [[source]]
                name = "loki"
                kind = "loki"
                url = "http://127.0.0.1:9"
                retry_for = "0s"
                """)
        defer { site.remove() }
        try site.directory.write("logs/worker.log", SiteFixture.traceback())
        let outcome = try await site.run("batch")
        #expect(outcome.status == 69, "\(outcome.errors)")
        #expect(outcome.errors.contains("source loki: cannot connect"))
        #expect(try await site.counts().values.reduce(0, +) == 1)
    }

    @Test("a new source begins a day back; --backfill reads the rest once, tells nobody, and calls nothing new")
    func backfill() async throws {
        let site = try SiteFixture()
        defer { site.remove() }
        // A day is the default; other tests' sites begin farther back.
        let text = try site.directory.read("home/appliance.toml")
        try site.directory.write("home/appliance.toml", text.replacing("initial = \"60d\"", with: "initial = \"24h\""))
        let old = (1...9).map { SiteFixture.traceback(at: "2026-11-0\($0) 05:10:00,123") }.joined()
        try site.directory.write("logs/worker.log", old + SiteFixture.traceback())
        let first = try await site.run("batch")
        #expect(first.status == 0 && first.errors.contains("9 events from before the first run"), "\(first.errors)")
        let outbox = site.directory.path + "/home/outbox/new"
        let messages = try FileManager.default.contentsOfDirectory(atPath: outbox).count
        for (since, total) in [("2026-11-05T00:00:00Z", 6), ("2026-11-05T00:00:00Z", 6), (nil, 10), (nil, 10)] {
            let more = since.map { ["--since", $0] } ?? []
            let outcome = try await site.binary.run(
                ["batch", "--backfill", "--now", SiteFixture.now] + more, environment: site.environment)
            #expect(outcome.status == 0, "\(outcome.errors)")
            let report = try await site.binary.run(
                ["report", "--since", "30d", "--json", "--now", SiteFixture.now], environment: site.environment)
            let page = try #require(
                try JSONSerialization.jsonObject(with: Data(report.output.utf8)) as? [String: Any])
            let groups = try #require(page["groups"] as? [[String: Any]])
            #expect(groups.compactMap { $0["count"] as? Int } == [total])
        }
        #expect(try FileManager.default.contentsOfDirectory(atPath: outbox).count == messages)
        let wrong = try await site.run("batch", "--since", "3d")
        #expect(wrong.status == 64)
    }

    @Test("for its first days nothing of a source is called new; what bursts is told as such")
    func baselineAndBurst() async throws {
        let site = try SiteFixture()
        defer { site.remove() }
        let text = try site.directory.read("home/appliance.toml")
        try site.directory.write("home/appliance.toml", text.replacing("baseline = \"0s\"", with: "baseline = \"7d\""))
        let burst = (0..<12).map { SiteFixture.traceback(at: "2026-11-21 05:1\($0 % 4):\($0 + 10),000") }.joined()
        try site.directory.write("logs/worker.log", burst)
        let outcome = try await site.run("batch")
        #expect(outcome.status == 0 && outcome.errors.contains("0 new"), "\(outcome.errors)")
        let page = try site.directory.read("home/reports/2026-11-21.md")
        #expect(
            page.contains("**burst**, 21 Nov 05:10–05:13, up to 12 at a time") && !page.contains("**new**"), "\(page)")
        // Nobody is woken for what was there before anybody looked.
        let outbox = site.directory.path + "/home/outbox/new"
        let told = try FileManager.default.contentsOfDirectory(atPath: outbox).map { name in
            try String(contentsOfFile: "\(outbox)/\(name)", encoding: .utf8)
        }
        #expect(!told.contains { $0.contains("appliance.alert.v1") || $0.contains("appliance.storm.v1") })
        let groups = try #require(try await site.report()["groups"] as? [[String: Any]])
        let bursts = try #require(groups.first?["bursts"] as? [[String: Any]])
        #expect(bursts.compactMap { $0["kind"] as? String } == ["burst", "service burst"])
        let id = try #require(groups.first?["id"] as? String)
        #expect(try await site.run("show", id).output.contains("burst"))
        // When it happened, and when it was read.
        let exported = try await site.run("history", "export").output
        #expect(exported.contains("\"receivedAt\":\"2026-11-21T06:00:00Z\""), "\(exported.prefix(600))")
        // Eight days later, what was there stays known, and what comes then is new.
        try site.directory.write("logs/next.log", "2026-11-29 05:20:00,000 ERROR other.worker: something else failed\n")
        let later = try await site.binary.run(
            ["batch", "--now", "2026-11-29T06:00:00Z"], environment: site.environment)
        #expect(later.errors.contains("1 new"), "\(later.errors)")
    }

    @Test("warnings that come in a burst are raised by one step where the source takes warnings; a count is its own")
    func warningBurst() async throws {
        let site = try SiteFixture()
        defer { site.remove() }
        let text = try site.directory.read("home/appliance.toml")
        let more = """

            [[source]]
            name = "warnings"
            paths = ["\(site.directory.path)/more/*.log"]
            level = "warning"
            burst_over = 3
            burst_window = "2m"
            baseline = "0s"
            initial = "60d"

            """
        try site.directory.write("home/appliance.toml", text + more)
        let line = { (minute: Int, words: String) in "2026-11-21 05:1\(minute):00,000 WARNING app.disk: \(words)\n" }
        try site.directory.write(
            "more/a.log", (0..<4).map { line($0 / 2, "nearly full") }.joined() + line(9, "seldom slow"))
        #expect(try await site.run("batch").status == 0)
        let groups = try #require(try await site.report()["groups"] as? [[String: Any]])
        let severity = { (words: String) in
            groups.first { ($0["title"] as? String)?.contains(words) == true }?["severity"] as? String
        }
        let burst = try #require(groups.first { ($0["title"] as? String)?.contains("nearly full") == true })
        #expect((burst["bursts"] as? [[String: Any]])?.first?["count"] as? Int == 4)
        #expect(severity("nearly full") != severity("seldom slow"), "\(groups)")
    }

    @Test("bad input is told with source, place, count and a sample, in the summary and as JSON")
    func accounting() async throws {
        let site = try SiteFixture()
        defer { site.remove() }
        var lines = SiteFixture.noise(3)
        for index in 0..<5 { lines += "{\"level\":\"error\",\"msg\":\"torn \(index) password=hunter2hunter2\n" }
        try site.directory.write("logs/worker.log", lines + SiteFixture.traceback())
        let ahead = "2026-11-24T06:00:00Z web-9 shop[7]: ERROR: ahead of its time\n"
        try site.directory.write("logs/clock.log", ahead)
        let outcome = try await site.run("batch", "--json")
        #expect(outcome.status == 0, "\(outcome.errors)")
        let told = "billing: 1 event of web-9 has a time that cannot be right, as much as 3 days ahead"
        #expect(outcome.output.contains(told), "\(outcome.output)")
        let summary = try #require(try JSONSerialization.jsonObject(with: Data(outcome.output.utf8)) as? [String: Any])
        let reading = try #require((summary["run"] as? [String: Any])?["reading"] as? [String: Any])
        let unreadable = try #require((reading["unreadable"] as? [[String: Any]])?.first)
        #expect(unreadable["source"] as? String == "billing" && unreadable["count"] as? Int == 5)
        #expect((unreadable["offset"] as? Int ?? 0) == SiteFixture.noise(3).utf8.count)
        let sample = try #require(unreadable["sample"] as? String)
        #expect(sample.contains("torn 0") && !sample.contains("hunter2"))
        let page = try site.directory.read("home/reports/2026-11-21.md")
        #expect(page.contains("5 lines are no whole JSON object") && page.contains("of web-9 has a time"), "\(page)")
    }
}
