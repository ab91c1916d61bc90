import ApplianceTestSupport
import Foundation
import Testing

@Suite("A batch reads, groups, diagnoses and delivers")
struct BatchTests {
    @Test("without a model the built-in triage answers, and the report says so")
    func builtIn() async throws {
        let site = try SiteFixture()
        defer { site.remove() }
        try site.directory.write("logs/worker.log", SiteFixture.noise(200) + SiteFixture.traceback())
        let outcome = try await site.run("batch", "--json")
        #expect(outcome.status == 0, "\(outcome.errors)")
        let summary = try #require(try JSONSerialization.jsonObject(with: Data(outcome.output.utf8)) as? [String: Any])
        let run = try #require(summary["run"] as? [String: Any])
        #expect(run["newGroups"] as? Int == 1)
        let reading = try #require(run["reading"] as? [String: Any])
        #expect(reading["events"] as? Int == 1)
        #expect((reading["lines"] as? Int ?? 0) >= 200)

        let page = try site.directory.read("home/reports/2026-11-21.md")
        #expect(page.contains("KeyError"))
        #expect(page.contains("built-in triage"))
        #expect(page.contains("billing/invoice.py"))
        #expect(page.contains(">3 |     currency = order[\"currency\"]"))
        #expect(page.contains("invoices: read the currency from the order"))
        let outbox = try FileManager.default.contentsOfDirectory(atPath: site.directory.path + "/home/outbox/new")
        #expect(outbox.filter { $0.hasSuffix(".json") }.count == 4, "an alert, the digest, an issue and the heartbeat")
        #expect(outbox.filter { $0.hasPrefix("sha256-") }.count == 1, "the page goes with the digest")
        #expect(try await site.run("outbox", "verify").status == 0)
        let same = try await site.run("report", "--since", "24h")
        #expect(same.status == 0)
        #expect(same.output.contains("KeyError"))
    }

    @Test("groups that their messages show to be alike are one, and old ids go on working")
    func alike() async throws {
        let site = try SiteFixture()
        defer { site.remove() }
        func lines(_ hour: String, _ users: [String]) -> String {
            users.enumerated().map { minute, user in
                "2026-11-21 \(hour):0\(minute):00,000 ERROR billing: the mailbox of \(user) is over its limit\n"
            }.joined()
        }
        func run() async throws -> (groups: Int?, new: Int?) {
            let outcome = try await site.run("batch", "--json")
            #expect(outcome.status == 0, "\(outcome.errors)")
            let summary = try JSONSerialization.jsonObject(with: Data(outcome.output.utf8)) as? [String: Any]
            let run = summary?["run"] as? [String: Any]
            return (run?["groups"] as? Int, run?["newGroups"] as? Int)
        }
        try site.directory.write("logs/a.log", lines("04", ["kim", "lee"]))
        let first = try await run()
        #expect(first.groups == 2)
        #expect(first.new == 2)
        try site.directory.write("logs/b.log", lines("05", ["park", "choi"]))
        let second = try await run()
        #expect(second.groups == 1)
        #expect(second.new == 0)
        let report = try await site.run("report", "--since", "24h")
        let ids = Set(report.output.matches(of: /G-[0-9a-f]{8}/).map { String($0.output) })
        let id = try #require(ids.first)
        #expect(ids.count == 1)
        let why = try await site.run("show", id, "--why")
        #expect(why.output.contains("rule   template: masked message"))
        let aliases = why.output.matches(of: /alias  (G-[0-9a-f]{8})/).map { String($0.output.1) }
        #expect(aliases.count == 3)
        let old = try await site.run("show", try #require(aliases.first), "--json")
        #expect(old.output.contains(id.dropFirst(2)))
    }

    @Test("a model's checked answer is delivered with its provenance, and used again from the cache")
    func model() async throws {
        let server = try ScriptedServer([
            [.readRequest, .send(OllamaReplies.tags())],
            [.readRequest, .send(OllamaReplies.chat(OllamaReplies.goodAnswer))],
            [.readRequest, .send(OllamaReplies.tags())], [.readRequest, .hang],
        ])
        defer { server.stop() }
        let site = try SiteFixture(endpoint: server.url)
        defer { site.remove() }
        try site.directory.write("logs/worker.log", SiteFixture.traceback())
        let first = try await site.run("batch", "-v")
        #expect(first.status == 0, "\(first.errors)")
        #expect(first.errors.contains("1 by test-model"))
        #expect(first.errors.contains("asked test-model: 900 + 60 tokens, 0 s, answered"))
        #expect(first.errors.contains("source billing: 7 lines, 1 events"))
        let page = try site.directory.read("home/reports/2026-11-21.md")
        #expect(page.contains("which orders without a currency do not have"))
        #expect(page.contains("test-model"))
        #expect(page.contains("confidence 82"))

        // The same error again: nothing changed, so nothing is asked; a third chat would hang.
        try site.directory.write(
            "logs/worker.log", SiteFixture.traceback() + SiteFixture.traceback(at: "2026-11-21 05:20:00,000"))
        let second = try await site.run("batch")
        #expect(second.status == 0, "\(second.errors)")
        #expect(second.errors.contains("1 from cache"))
        #expect(try await site.counts().values.first == 2)
    }

    @Test("nothing is read twice: again, renamed, compressed, copied and truncated")
    func rotation() async throws {
        let site = try SiteFixture()
        defer { site.remove() }
        let file = site.directory.url.appending(path: "logs/worker.log")
        try site.directory.write("logs/worker.log", SiteFixture.noise(100) + SiteFixture.traceback())
        for _ in 0..<2 { #expect(try await site.run("batch").status == 0) }
        #expect(try await site.counts().values.reduce(0, +) == 1)

        try FileManager.default.moveItem(at: file, to: site.directory.url.appending(path: "logs/worker.log.1"))
        try site.directory.write("logs/worker.log", SiteFixture.traceback(at: "2026-11-21 05:30:00,000"))
        #expect(try await site.run("batch").status == 0)
        #expect(try await site.counts().values.reduce(0, +) == 2)

        let gzip = Process()
        gzip.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        gzip.arguments = ["gzip", "-n", site.directory.url.appending(path: "logs/worker.log.1").path]
        #expect(try await ApplianceBinary.finish(gzip).status == 0)
        #expect(try await site.run("batch").status == 0)
        #expect(try await site.counts().values.reduce(0, +) == 2)

        let handle = try FileHandle(forWritingTo: file)
        try handle.truncate(atOffset: 0)
        try handle.write(contentsOf: Data(SiteFixture.traceback(at: "2026-11-21 05:40:00,000").utf8))
        try handle.close()
        #expect(try await site.run("batch").status == 0)
        #expect(try await site.counts().values.reduce(0, +) == 3)
    }

    @Test("a group that was resolved and is seen again is back, and comes first")
    func regression() async throws {
        let site = try SiteFixture()
        defer { site.remove() }
        let text = try site.directory.read("home/appliance.toml")
        try site.directory.write(
            "home/appliance.toml", text.replacing("baseline = \"0s\"", with: "baseline = \"0s\"\ninitial = \"60d\""))
        try site.directory.write("logs/worker.log", SiteFixture.traceback(at: "2026-11-10 05:10:00,123"))
        #expect(try await site.run("batch").status == 0)
        let week = try await site.run("report", "--since", "30d", "--json")
        let id = try #require(week.output.firstMatch(of: /"id" ?: ?"(G-[0-9a-f]{8})"/)?.1)
        let resolved = try await site.binary.run(
            [
                "resolve", String(id), "--commit", "c0ffee1", "--note", "default currency", "--now",
                "2026-11-12T00:00:00Z",
            ],
            environment: site.environment)
        #expect(resolved.status == 0, "\(resolved.errors)")
        try site.directory.write(
            "logs/worker.log", SiteFixture.traceback(at: "2026-11-10 05:10:00,123") + SiteFixture.traceback())
        let batch = try await site.run("batch")
        #expect(batch.errors.contains("1 back"))
        let report = try await site.run("report", "--since", "24h")
        #expect(report.output.contains("is back after being resolved"))
    }

    @Test("secrets are masked before they reach the disk, and counted")
    func secrets() async throws {
        let site = try SiteFixture()
        defer { site.remove() }
        let secret = "hunter2-Zq81xyLmNo"
        try site.directory.write(
            "logs/worker.log", "2026-11-21 05:10:00,123 ERROR billing.worker: login failed password=\(secret)\n")
        let outcome = try await site.run("batch")
        #expect(outcome.errors.contains("masked"))
        let walker = try #require(FileManager.default.enumerator(atPath: site.directory.path + "/home"))
        for case let name as String in walker {
            guard let data = FileManager.default.contents(atPath: site.directory.path + "/home/" + name) else {
                continue
            }
            #expect(data.range(of: Data(secret.utf8)) == nil, "\(name) holds the secret")
        }
    }

    @Test("secrets in the lines before an error are counted, too")
    func secretsBefore() async throws {
        let site = try SiteFixture()
        defer { site.remove() }
        try site.directory.write(
            "logs/worker.log",
            "2026-11-21 05:09:00,123 INFO billing.worker: signing in password=hunter2-Zq81xyLmNo\n"
                + "2026-11-21 05:10:00,123 ERROR billing.worker: login failed\n")
        let outcome = try await site.run("batch")
        #expect(outcome.errors.contains("masked"))
    }

    @Test("a second run at the same time is told who is at work")
    func busy() async throws {
        let server = try ScriptedServer([[.readRequest, .hang]])
        defer { server.stop() }
        let site = try SiteFixture(endpoint: server.url)
        defer { site.remove() }
        try site.directory.write("logs/worker.log", SiteFixture.traceback())
        let first = site.binary.process(["batch", "--now", SiteFixture.now], environment: site.environment)
        try first.run()
        await server.waitForRequest()
        let second = try await site.run("batch")
        #expect(second.status == 75)
        #expect(second.errors.contains("another run is at work (batch, process \(first.processIdentifier))"))
        kill(first.processIdentifier, SIGINT)
        first.waitUntilExit()
        #expect(first.terminationStatus == 130)
        // What was read before the interruption is there.
        #expect(try await site.counts().values.reduce(0, +) == 1)
    }
}
