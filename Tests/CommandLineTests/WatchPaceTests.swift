import ApplianceTestSupport
import Foundation
import Testing

@Suite("A watch asks engines by the clock, and keeps its limits", .serialized)
struct WatchPaceTests {
    private static func engine(_ kind: String, _ url: String, _ more: String = "") -> String {
        "[[source]]\nname = \"\(kind)\"\nkind = \"\(kind)\"\nurl = \"\(url)\"\nbaseline = \"0s\"\nsettle = \"0s\"\n\(more)\n"
    }

    @Test(
        "engines are asked again and again, each beside the others: one that hangs holds up neither them nor the files")
    func engines() async throws {
        let now = Int64(Date().timeIntervalSince1970)
        func entry(_ age: Int64, _ words: String) -> LokiStandIn.Entry {
            .init((now - age) * 1_000_000_000, ["service_name": "pay", "level": "error"], words)
        }
        func time(_ age: Int64) -> String {
            Date(timeIntervalSince1970: TimeInterval(now - age)).formatted(.iso8601)
        }
        let loki = try LokiStandIn([entry(600, "ERROR the ledger is closed")])
        defer { loki.server.stop() }
        let issue = SentryStandIn.Issue(id: "7", project: "shop", events: [time(900)])
        let sentry = try SentryStandIn(
            [issue], latest: DoorTests.event(1).replacing("2026-11-21T05:30:00Z", with: time(900)))
        defer { sentry.server.stop() }
        let silent = try ScriptedServer(answering: [.hang])
        defer { silent.stop() }
        let site = try SiteFixture(
            extra: """
                [watch]
                remote_every = "1s"
                settle = "50ms"
                \(Self.engine("clickhouse", silent.url))
                \(Self.engine("loki", loki.server.url))
                \(Self.engine("sentry", sentry.server.url, "organization = \"acme\""))
                """)
        defer { site.remove() }
        let watch = try WatchTests.Running(site, now: nil)
        var events = 0
        while events < 2 { events += try #require(try watch.next("read")?["events"] as? Int) }
        #expect(events == 2, "one of Loki, one of Sentry")
        await silent.waitForRequest()
        // What comes later is found by the clock, and the file's line at once, though the third engine still hangs.
        loki.add([entry(300, "ERROR the cache is gone")])
        #expect(try watch.next("read")?["events"] as? Int == 1)
        // Sentry is asked stretch by stretch: what is new there is of now.
        let moment = Date().formatted(Date.ISO8601FormatStyle(includingFractionalSeconds: true))
        sentry.change { $0[0].events.append(moment) }
        #expect(try watch.next("read")?["events"] as? Int == 1)
        let start = ContinuousClock.now
        try site.directory.write("logs/a.log", "\(Date().formatted(.iso8601)) FATAL a.b: the pool is gone\n")
        let read = try #require(try watch.next("read"))
        #expect(read["events"] as? Int == 1 && (read["messages"] as? [Int])?.isEmpty == false)
        #expect(ContinuousClock.now - start < .seconds(5))
        let asked = loki.server.acceptedCount
        await loki.server.waitForRequest(count: asked + 1)
        #expect(silent.acceptedCount == 1, "it is not asked again while it is being asked")
        let ending = ContinuousClock.now
        let end = try watch.stop()
        #expect(end.status == 0 && ContinuousClock.now - ending < .seconds(20), "\(end.errors)")
        #expect(end.summary["events"] as? Int == 5, "\(end.summary)")
    }

    @Test("a model is asked about so many groups an hour, also by a watch that is started again; the rest waits")
    func hourlyLimit() async throws {
        let server = try ScriptedServer(answering: [.respond { Self.answer($0) }])
        defer { server.stop() }
        let site = try SiteFixture(
            endpoint: server.url,
            extra: "[watch]\ndiagnoses_an_hour = 2\nsettle = \"50ms\"\n[alerts]\nstorm_from = 1000")
        defer { site.remove() }
        func write(_ name: String) throws {
            try site.directory.write(
                "logs/\(name).log", "2026-11-21 05:10:00,000 ERROR \(name).worker: \(name) cannot be reached\n")
        }
        func questions() -> Int {
            server.requests.count { String(decoding: $0.prefix(40), as: UTF8.self).contains("/api/chat") }
        }
        for name in ["alpha", "beta", "gamma", "delta"] { try write(name) }
        let first = try WatchTests.Running(site)
        for _ in 0..<2 { #expect(try first.next("diagnosed")?["groups"] as? Int == 1) }
        // Each round of reading asks whether a model may be asked.
        try write("epsilon")
        #expect(try first.next("read")?["events"] as? Int == 1)
        #expect(try first.stop().summary["diagnosed"] as? Int == 2)
        #expect(questions() == 2)
        let again = try WatchTests.Running(site)
        try write("zeta")
        #expect(try again.next("read")?["events"] as? Int == 1)
        #expect(try again.stop().summary["diagnosed"] as? Int == 0)
        #expect(questions() == 2)
        let later = try WatchTests.Running(site, now: "2026-11-21T07:00:01Z")
        for _ in 0..<2 { #expect(try later.next("diagnosed")?["groups"] as? Int == 1) }
        #expect(try later.stop().status == 0)
        #expect(questions() == 4)
    }

    private static func answer(_ request: [UInt8]) -> [UInt8] {
        let head = String(decoding: request.prefix(200), as: UTF8.self)
        if head.contains("/api/ps") { return OllamaReplies.loaded(size: 1, onGPU: 1) }
        return head.contains("/api/chat") ? OllamaReplies.chat(diagnosis) : OllamaReplies.tags()
    }

    /// Of a line without a trace.
    private static let diagnosis = """
        {"analysis": "The line says that it cannot be reached [E1].", \
        "root_cause": "The worker does not reach what it works with", "impact": "Its work waits.", \
        "severity": "high", "recommendations": [{"action": "Look whether it is up", "why": "Nothing answers"}], \
        "confidence": 70, "evidence": ["E1"], "other_causes": [], "auto_fixable": false}
        """

    @Test("a group that was told is not told again within its quiet time; what happened meanwhile is counted")
    func quietTime() async throws {
        let site = try SiteFixture(
            extra:
                "[watch]\nsettle = \"50ms\"\n[alerts]\nquiet_time = \"10m\"\nreminders = [\"10m\"]\nat_once_from = \"info\"\ngather_from = \"info\""
        )
        defer { site.remove() }
        let path = "\(site.directory.path)/logs/a.log"
        func fail(_ minute: Int) throws {
            try WatchTests.append("2026-11-21 05:\(minute):00,000 FATAL a.b: the pool is gone\n", to: path)
        }
        func told() throws -> [String] {
            try site.messages().compactMap(SiteFixture.content).filter { $0.thread != "" }.map(\.text)
        }
        try site.directory.write("logs/a.log", "")
        let watch = try WatchTests.Running(site)
        #expect(try watch.next("watching") != nil)
        try fail(10)
        #expect((try watch.next("read")?["messages"] as? [Int])?.isEmpty == false)
        let once = try told()
        #expect(once.count == 1)
        for minute in [11, 12, 13] {
            try fail(minute)
            let read = try #require(try watch.next("read"))
            #expect(read["events"] as? Int == 1 && (read["messages"] as? [Int])?.isEmpty == true, "\(read)")
        }
        #expect(try told() == once)
        #expect(try watch.stop().status == 0)
        // Its time is over: the next one reminds, and says how many nobody was told of.
        let later = try WatchTests.Running(site, now: "2026-11-21T06:10:01Z")
        #expect(try later.next("watching") != nil)
        try fail(14)
        #expect((try later.next("read")?["messages"] as? [Int])?.isEmpty == false)
        #expect(try later.stop().status == 0)
        #expect(try told().count == 2)
        let last = try #require(try site.messages().last { (SiteFixture.content($0)?.thread ?? "") != "" })
        let reminder = String(decoding: try JSONSerialization.data(withJSONObject: last), as: UTF8.self)
        #expect(reminder.contains("Held back") && reminder.contains("\"3 events\""), "\(reminder)")
        #expect(try await site.counts().values.reduce(0, +) == 5)
    }

    @Test("the nightly run is made at its time in the site's zone")
    func zone() async throws {
        let site = try SiteFixture(extra: "[schedule]\nnightly_at = \"02:30\"")
        defer { site.remove() }
        let text = try site.directory.read("home/appliance.toml")
        try site.directory.write("home/appliance.toml", text.replacing("\"UTC\"", with: "\"Asia/Seoul\""))
        try site.directory.write("logs/worker.log", SiteFixture.traceback())
        let first = try WatchTests.Running(site)
        #expect(try first.next("read") != nil)
        #expect(try first.stop().status == 0)
        // 02:30 in Seoul is 17:30 UTC of the day before; in UTC, nothing would be due.
        let second = try WatchTests.Running(site, now: "2026-11-21T17:31:00Z")
        #expect(try second.next("watching") != nil)
        try site.directory.write("logs/z.log", "2026-11-21 17:30:00,000 ERROR a.b: it is gone\n")
        #expect(try second.next("read") != nil)
        #expect(try second.stop().status == 0)
        let digests = try site.messages().filter { $0["type"] as? String == "appliance.digest.v1" }
        #expect(digests.count == 1)
    }
}
