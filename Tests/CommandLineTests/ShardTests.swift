import ApplianceTestSupport
import Foundation
import Testing

@Suite("A batch spread over shards comes together as one run would have it")
struct ShardTests {
    static let words = ["alpha", "beta", "gamma", "delta", "epsilon", "zeta", "eta", "theta"]

    private func lines(_ site: SiteFixture) throws {
        let lines = (0..<240).map { index in
            let word = Self.words[index % Self.words.count]
            return "2026-11-21 05:\(10 + index % 50):00,000 ERROR \(word).worker: \(word) cannot reach its neighbour\n"
        }
        try site.directory.write("logs/a.log", lines.joined())
    }

    private func shard(_ text: String, _ site: SiteFixture) async throws -> ApplianceBinary.Outcome {
        let home = "\(site.directory.path)/shard\(text.prefix(1))"
        var environment = site.environment
        environment["APPLIANCE_HOME"] = home
        if !FileManager.default.fileExists(atPath: home) {
            try FileManager.default.createDirectory(atPath: home, withIntermediateDirectories: true)
            for name in ["appliance.toml", "models.conf"] {
                try FileManager.default.copyItem(
                    atPath: "\(site.directory.path)/home/\(name)", toPath: "\(home)/\(name)")
            }
        }
        return try await site.binary.run(
            ["batch", "--shard", text, "--json", "--now", SiteFixture.now], environment: environment, input: Data())
    }

    @Test("three shards, merged in another order, one of them twice: the same groups and counts, told once")
    func shards() async throws {
        let site = try SiteFixture()
        defer { site.remove() }
        try lines(site)
        #expect(try await site.run("batch").status == 0)
        let whole = try await site.counts()
        #expect(whole.count == Self.words.count)
        for name in ["history.sqlite", "history.sqlite-wal", "history.sqlite-shm", "outbox", "reports"] {
            try? FileManager.default.removeItem(atPath: "\(site.directory.path)/home/\(name)")
        }
        var events = 0
        for text in ["1/3", "2/3", "3/3"] {
            let outcome = try await shard(text, site)
            #expect(outcome.status == 0, "\(outcome.errors)")
            let facts = try JSONSerialization.jsonObject(with: Data(outcome.output.utf8)) as? [String: Any]
            let run = facts?["run"] as? [String: Any]
            events += ((run?["reading"] as? [String: Any])?["events"] as? Int) ?? 0
            let home = "\(site.directory.path)/shard\(text.prefix(1))"
            #expect(try FileManager.default.contentsOfDirectory(atPath: "\(home)/outbox/new").isEmpty)
            #expect(try FileManager.default.contentsOfDirectory(atPath: "\(home)/reports").isEmpty)
        }
        #expect(events == 240)
        // The site itself reads nothing: its sources are the shards' business.
        let text = try site.directory.read("home/appliance.toml")
        try site.directory.write("home/appliance.toml", text.replacing("/logs/", with: "/nowhere/"))
        for number in [3, 1, 2, 3] {
            let merged = try await site.run("history", "merge", "\(site.directory.path)/shard\(number)/history.sqlite")
            #expect(merged.status == 0, "\(merged.errors)")
        }
        _ = try await site.run("batch")
        #expect(try await site.counts() == whole)
        let groups = try #require(try await site.report()["groups"] as? [[String: Any]])
        #expect(groups.allSatisfy { $0["diagnosis"] is [String: Any] })
        let told = try FileManager.default.contentsOfDirectory(atPath: "\(site.directory.path)/home/outbox/new").count
        #expect(told > 0)
    }

    @Test("a shard's home is for that shard alone")
    func claimed() async throws {
        let site = try SiteFixture()
        defer { site.remove() }
        try lines(site)
        #expect(try await shard("1/3", site).status == 0)
        var environment = site.environment
        environment["APPLIANCE_HOME"] = "\(site.directory.path)/shard1"
        for arguments in [["batch"], ["batch", "--backfill"], ["batch", "--shard", "2/3"]] {
            let refused = try await site.binary.run(
                arguments + ["--now", SiteFixture.now], environment: environment, input: Data())
            #expect(refused.status == 64)
            #expect(refused.errors.contains("this home is that of shard 1/3"))
        }
        #expect(try await site.run("batch").status == 0)
        let whole = try await site.run("batch", "--shard", "1/3")
        #expect(whole.status == 64)
    }

    @Test("what is no shard is refused", arguments: ["0/3", "4/3", "1", "1/0", "a/b", "1/3/3", "-1/3", "1/4097", ""])
    func refused(text: String) async throws {
        let site = try SiteFixture()
        defer { site.remove() }
        #expect(try await site.run("batch", "--shard=\(text)").status == 64)
    }
}
