import ApplianceTestSupport
import Foundation
import Testing

@Suite("What a site delivers")
struct DeliveryCommandTests {
    private func site(_ extra: String = "") throws -> SiteFixture {
        let site = try SiteFixture(extra: extra)
        try site.directory.write("logs/a.log", SiteFixture.traceback())
        return site
    }

    private func messages(_ site: SiteFixture) throws -> [(name: String, object: [String: Any])] {
        let folder = "\(site.directory.path)/home/outbox/new"
        return try FileManager.default.contentsOfDirectory(atPath: folder).filter { $0.hasPrefix("0") }.sorted()
            .map { name in
                let object = try JSONSerialization.jsonObject(
                    with: Data(contentsOf: URL(fileURLWithPath: "\(folder)/\(name)")))
                return (name, try #require(object as? [String: Any]))
            }
    }

    private func kinds(_ site: SiteFixture) throws -> [String] {
        try messages(site).map { ($0.object["type"] as? String ?? "").components(separatedBy: ".")[1] }
    }

    /// Everything that lies in a folder of the home, as text.
    private func everything(_ site: SiteFixture, _ folder: String) throws -> String {
        let path = "\(site.directory.path)/home/\(folder)"
        return try FileManager.default.contentsOfDirectory(atPath: path).map { name in
            String(decoding: try Data(contentsOf: URL(fileURLWithPath: "\(path)/\(name)")), as: UTF8.self)
        }.joined()
    }

    @Test("the report by service, filtered, compared and in Korean")
    func report() async throws {
        let site = try site()
        defer { site.remove() }
        _ = try await site.run("batch")
        let page = try await site.run("report", "--group-by", "service", "--compare", "--language", "ko")
        #expect(page.status == 0 && page.output.contains("## `billing-worker`"), "\(page.output)")
        #expect(page.output.contains("1 새로 나타남"))
        let none = try await site.run("report", "--severity", "critical", "--json")
        let object = try #require(try JSONSerialization.jsonObject(with: Data(none.output.utf8)) as? [String: Any])
        #expect((object["groups"] as? [Any])?.isEmpty == true)
        #expect((object["filter"] as? [String: String]) == ["atLeast": "critical"])
        #expect(try await site.run("report", "--severity", "dreadful").status == 64)
        for (until, count) in [("2026-11-21T05:05:00Z", 0), ("2026-11-21T05:30:00Z", 1)] {
            let part = try await site.run("report", "--since", "2026-11-21T05:00:00Z", "--until", until, "--json")
            let object = try JSONSerialization.jsonObject(with: Data(part.output.utf8)) as? [String: Any]
            #expect((object?["groups"] as? [Any])?.count == count, "\(until): \(part.errors)")
        }
        try site.directory.write(
            "home/appliance.toml",
            site.configuration("").replacing("[report]", with: "[report]\nlanguage = \"ko\""))
        #expect(try await site.run("report").output.hasPrefix("# 오류 보고서"))
        #expect(try await site.run("report", "--language", "en").output.hasPrefix("# Errors"))
    }

    @Test("an issue is drafted once, and updated when the group is back")
    func issues() async throws {
        let site = try site()
        defer { site.remove() }
        _ = try await site.run("batch")
        #expect(try kinds(site).filter { $0 == "issue" }.count == 1)
        _ = try await site.run("batch")
        #expect(try kinds(site).filter { $0 == "issue" }.count == 1)
        let number = try #require(
            try messages(site).first { $0.object["type"] as? String == "appliance.issue.v1" }?.object["sequence"]
                as? Int)
        let out = "\(site.directory.path)/out"
        let extracted = try await site.run("outbox", "extract", "\(number)", out)
        #expect(extracted.status == 0 && extracted.output.split(separator: "\n").count == 6, "\(extracted.errors)")
        let group = try #require(try await site.counts().keys.first)
        let body = try String(contentsOfFile: "\(out)/\(group).md", encoding: .utf8)
        #expect(body.contains("`appliance-\(group.dropFirst(2))"))
        // Code may not leave here.
        #expect(!body.contains("currency = order"), "\(body)")
        _ = try await site.binary.run(
            ["resolve", group, "--note", "mended", "--now", "2026-11-21T06:10:00Z"], environment: site.environment)
        try site.directory.write("logs/b.log", SiteFixture.traceback(at: "2026-11-21 06:20:00,000"))
        _ = try await site.binary.run(["batch", "--now", "2026-11-21T06:30:00Z"], environment: site.environment)
        let drafts = try messages(site).compactMap { ($0.object["data"] as? [String: Any])?["issue"] as? [String: Any] }
        #expect(drafts.map { $0["action"] as? String } == ["create", "update"])
        #expect(Set(drafts.compactMap { $0["marker"] as? String }).count == 1)
        try site.directory.write("home/appliance.toml", site.configuration("[issues]\nenabled = false\n"))
        #expect(try await site.run("config", "check").status == 0)
        try site.directory.write("home/appliance.toml", site.configuration("[outbox]\nforms = [\"mail\"]\n"))
        #expect(try await site.run("config", "check").errors.contains("mail_from and mail_to"))
    }

    @Test("what is forgotten becomes a tombstone where it has not left, and the chain holds")
    func forget() async throws {
        let site = try SiteFixture(
            extra:
                "[export]\nsamples = true\n[outbox]\nforms = [\"mail\"]\nmail_from = \"a@example.org\"\nmail_to = [\"b@example.org\"]\n"
        )
        defer { site.remove() }
        try site.directory.write(
            "logs/a.log", "2026-11-21 05:10:00,123 ERROR billing.worker: customer mallory-quux could not be charged\n")
        #expect(try await site.run("batch").status == 0)
        let before = try messages(site)
        #expect(try everything(site, "outbox/new").contains("mallory-quux"))
        let forgotten = try await site.run("history", "forget", "--match", "mallory-quux", "--by", "kim")
        #expect(
            forgotten.status == 0 && (forgotten.output + forgotten.errors).contains("tombstones now"), "\(forgotten)")
        #expect(try !everything(site, "outbox/new").contains("mallory-quux"))
        let after = try messages(site)
        #expect(after.count == before.count)
        #expect(try kinds(site).contains("tombstone"))
        #expect(try await site.run("outbox", "verify").status == 0)
        // The chain goes on behind it.
        try site.directory.write("logs/b.log", SiteFixture.traceback(at: "2026-11-21 05:40:00,000"))
        #expect(try await site.run("batch").status == 0)
        #expect(try await site.run("outbox", "verify").status == 0)
        #expect(try messages(site).count > after.count)
        let shipped = try await site.run("outbox", "ship", "\(site.directory.path)/stick")
        #expect(shipped.status == 0, "\(shipped.errors)")
    }

    @Test("what waits for approval is searched too; what was shipped is named")
    func forgetHeld() async throws {
        let site = try SiteFixture(extra: "[export]\nsamples = true\napproval = \"required\"\n")
        defer { site.remove() }
        try site.directory.write(
            "logs/a.log", "2026-11-21 05:10:00,123 ERROR billing.worker: customer mallory-quux could not be charged\n")
        _ = try await site.run("batch")
        let waiting = try await site.run("outbox", "list").output.split(separator: "\n").count
        _ = try await site.run("outbox", "approve", "1")
        _ = try await site.run("outbox", "ship", "\(site.directory.path)/stick")
        let forgotten = try await site.run("history", "forget", "--match", "mallory-quux", "--by", "kim")
        let said = forgotten.output + forgotten.errors
        #expect(said.contains("which waited for approval") && said.contains("were shipped"), "\(said)")
        let left = try await site.run("outbox", "list").output.split(separator: "\n").filter { $0.hasPrefix("held") }
        #expect(left.count < waiting)
        for line in left {
            let number = String(line.split(separator: " ")[1])
            #expect(try await !site.run("outbox", "show", "--held", number).output.contains("mallory-quux"))
        }
    }

    @Test("what quiet hours held is told when they end, though it happens no more")
    func quietHours() async throws {
        let site = try site("[alerts]\nquiet_hours = \"05:00-07:00\"\n")
        defer { site.remove() }
        _ = try await site.run("batch")
        #expect(try !kinds(site).contains("alert"))
        for time in ["2026-11-21T06:50:00Z", "2026-11-21T07:01:00Z", "2026-11-21T07:10:00Z"] {
            _ = try await site.binary.run(["batch", "--now", time], environment: site.environment)
            #expect(try kinds(site).filter { $0 == "alert" }.count == (time < "2026-11-21T07:00" ? 0 : 1), "\(time)")
        }
    }

    @Test("what a maintenance held is told when it ends")
    func maintenanceEnds() async throws {
        let site = try site()
        defer { site.remove() }
        _ = try await site.binary.run(
            ["maintenance", "start", "billing-worker", "--for", "90m", "--now", "2026-11-21T05:00:00Z"],
            environment: site.environment)
        _ = try await site.run("batch")
        #expect(try !kinds(site).contains("alert"))
        _ = try await site.binary.run(["batch", "--now", "2026-11-21T06:31:00Z"], environment: site.environment)
        #expect(try kinds(site).filter { $0 == "alert" }.count == 1)
    }

    @Test("a full outbox warns, gathers what is not critical, and loses nothing")
    func full() async throws {
        let site = try site("[outbox]\nfull_from = 10\n")
        defer { site.remove() }
        for round in 0..<12 {
            try site.directory.write(
                "logs/n\(round).log",
                "2026-11-21 05:1\(round % 10):00,123 ERROR billing.worker: failure number \(["alpha", "beta", "gamma", "delta", "eps", "zeta", "eta", "theta", "iota", "kappa", "lambda", "mu"][round])\n"
            )
            _ = try await site.run("batch")
        }
        let kinds = try kinds(site)
        #expect(kinds.count < 22, "\(kinds)")
        #expect(kinds.contains("notice"))
        let report = try await site.run("report").output
        #expect(report.contains("> **Attention:** the outbox is full"), "\(report.prefix(600))")
        // Carried out: what was gathered is told.
        let folder = "\(site.directory.path)/home/outbox"
        for (name, _) in try messages(site) {
            try FileManager.default.moveItem(atPath: "\(folder)/new/\(name)", toPath: "\(folder)/sent/\(name)")
        }
        _ = try await site.binary.run(["batch", "--now", "2026-11-21T07:30:00Z"], environment: site.environment)
        #expect(try self.kinds(site).contains("warnings"))
    }

    @Test("a memory of the alert policy that cannot be read is told, not passed over")
    func lostBook() async throws {
        let site = try site()
        defer { site.remove() }
        _ = try await site.run("batch")
        try change(site, "UPDATE setting SET value = '{\"v\":9}' WHERE key = 'alert.book'")
        _ = try await site.run("batch")
        #expect(try kinds(site).contains("notice"))
        #expect(try await site.run("report").output.contains("what the alert policy remembered could not be read"))
    }

    @Test("a run that breaks off tells of it, and the next report says so first")
    func breaksOff() async throws {
        let site = try site()
        defer { site.remove() }
        #expect(try await site.run("batch").status == 0)
        try change(
            site, "CREATE TRIGGER broken BEFORE INSERT ON diagnosis BEGIN SELECT RAISE(ABORT, 'the disk is odd'); END")
        try site.directory.write(
            "logs/b.log", "2026-11-21 05:20:00,000 ERROR billing.worker: something else altogether went wrong\n")
        let broken = try await site.run("batch")
        #expect(broken.status != 0 && broken.errors.contains("the disk is odd"), "\(broken.errors)")
        #expect(try kinds(site).contains("notice"))
        let report = try await site.run("report").output
        #expect(report.contains("> **A run failed:** the run broke off"))
        #expect(report.prefix { $0 != "\n" }.hasSuffix("— a run failed"), "\(report)")
        let korean = try await site.run("report", "--language", "ko").output
        #expect(korean.contains("> **실행 실패:** 실행이 중단됨: "), "\(korean)")
        #expect(korean.prefix { $0 != "\n" }.hasSuffix("— 실행 실패"), "\(korean)")
    }

    @Test("a message that waits with a field that is on no list does not leave, and the field is named")
    func unlisted() async throws {
        let site = try site("[export]\napproval = \"required\"\n")
        defer { site.remove() }
        #expect(try await site.run("batch").status == 0)
        try change(site, "UPDATE outbox_held SET draft = replace(draft, '\"data\":{', '\"data\":{\"customer\":\"x\",')")
        let refused = try await site.run("outbox", "approve", "1")
        #expect(refused.status == 65, "\(refused.errors)")
        #expect(refused.errors.contains("held 1 holds what is not on the list of what may leave: data.customer"))
        #expect(try await site.run("outbox", "approve", "--all").status == 65)
        #expect(try messages(site).isEmpty)
        #expect(try await site.run("outbox", "approve", "1", "--refuse").status == 0)
    }

    /// Changes the site's history behind its back.
    private func change(_ site: SiteFixture, _ statement: String) throws {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = [
            "python3", "-c",
            "import sqlite3, sys; c = sqlite3.connect(sys.argv[1]); c.execute(sys.argv[2]); c.commit()",
            "\(site.directory.path)/home/history.sqlite", statement,
        ]
        try process.run()
        process.waitUntilExit()
        try #require(process.terminationStatus == 0)
    }
}
