import ApplianceTestSupport
import Foundation
import Testing

@Suite("Killed at any instant, what looks after the history leaves it whole")
struct HistoryKillTests {
    /// 20 instants a kind in the suite, 200 in the long form.
    static let instants = ProcessInfo.processInfo.environment["APPLIANCE_SOAK"] != nil ? 200 : 20
    /// Events of the history, and of the one to be merged.
    static let (events, others) = (1200, 900)

    /// A home with a history of some days, and another history beside it.
    private func filled() async throws -> SiteFixture {
        let site = try SiteFixture()
        try site.directory.write("logs/a.log", Self.lines(Self.others, "elsewhere"))
        #expect(try await site.run("batch", "--quiet").status == 0)
        try move(site, "history.sqlite", to: "other.sqlite")
        for name in ["outbox", "reports"] { try FileManager.default.removeItem(atPath: path(site, name)) }
        try site.directory.write("logs/a.log", Self.lines(Self.events, "here"))
        #expect(try await site.run("batch", "--quiet").status == 0)
        try move(site, "history.sqlite", to: "whole.sqlite")
        return site
    }

    /// As many groups as letters, over a night.
    private static func lines(_ count: Int, _ place: String) -> String {
        let names = "abcdefghijklmnopqrstuvwxyz".map { "\($0)\($0)queue" }
        return (0..<count).map { index in
            let (hour, minute) = (index * 5 / count, index % 60)
            let time = "2026-11-21 0\(hour):\(minute < 10 ? "0" : "")\(minute):00,000"
            return "\(time) ERROR \(place).worker: \(names[index % names.count]) \(place) cannot reach its neighbour\n"
        }.joined()
    }

    private func path(_ site: SiteFixture, _ name: String) -> String { "\(site.directory.path)/home/\(name)" }

    private func move(_ site: SiteFixture, _ name: String, to other: String) throws {
        try FileManager.default.moveItem(atPath: path(site, name), toPath: path(site, other))
        for suffix in ["-wal", "-shm"] where FileManager.default.fileExists(atPath: path(site, name + suffix)) {
            try FileManager.default.moveItem(atPath: path(site, name + suffix), toPath: path(site, other + suffix))
        }
    }

    private func reset(_ site: SiteFixture) throws {
        for suffix in ["", "-wal", "-shm"] {
            try? FileManager.default.removeItem(atPath: path(site, "history.sqlite" + suffix))
        }
        for suffix in ["", "-wal", "-shm"]
        where FileManager.default.fileExists(atPath: path(site, "whole.sqlite" + suffix)) {
            try FileManager.default.copyItem(
                atPath: path(site, "whole.sqlite" + suffix), toPath: path(site, "history.sqlite" + suffix))
        }
    }

    private func total(_ site: SiteFixture) async throws -> Int {
        let outcome = try await site.run("history", "stats", "--json")
        let facts = try JSONSerialization.jsonObject(with: Data(outcome.output.utf8)) as? [String: Any]
        return try #require(facts?["events"] as? Int, "\(outcome.errors)")
    }

    /// Kills `command` at as many instants, and lets `check` look at what is there then.
    private func kill(
        _ command: [String], _ site: SiteFixture, seed: UInt64, check: () async throws -> Void
    ) async throws {
        try reset(site)
        let clock = ContinuousClock()
        let start = clock.now
        let whole = try await site.binary.run(command, environment: site.environment, input: Data())
        #expect(whole.status == 0, "\(whole.errors)")
        let duration = start.duration(to: clock.now)
        var random = SeededGenerator(seed: seed)
        for _ in 0..<Self.instants {
            try reset(site)
            try await site.binary.kill(
                command, environment: site.environment, after: duration * Double.random(in: 0...1.1, using: &random))
            let verified = try await site.run("history", "verify")
            #expect(verified.status == 0, "\(verified.errors)\(verified.output)")
            try await check()
        }
    }

    @Test("a prune: every event is still counted, and the next prune goes on")
    func prune() async throws {
        let site = try await filled()
        defer { site.remove() }
        let command = ["history", "prune", "--keep", "2h", "--max-size", "1MB", "--quiet", "--now", SiteFixture.now]
        try await kill(command, site, seed: 0x9124E) {
            let found = try await total(site)
            #expect(found == Self.events)
        }
        #expect(try await site.run("history", "prune", "--keep", "2h").status == 0)
        #expect(try await total(site) == Self.events)
    }

    @Test("a merge: all of the other history, or nothing of it, and the second time all of it once")
    func merge() async throws {
        let site = try await filled()
        defer { site.remove() }
        let command = ["history", "merge", path(site, "other.sqlite"), "--quiet", "--now", SiteFixture.now]
        try await kill(command, site, seed: 0x3E26E) {
            let found = try await total(site)
            #expect([Self.events, Self.events + Self.others].contains(found))
        }
        let again = try await site.binary.run(command, environment: site.environment, input: Data())
        #expect(again.status == 0, "\(again.errors)")
        #expect(try await total(site) == Self.events + Self.others)
    }

    @Test("a backup: the history is untouched, and a copy that has its name is whole")
    func backup() async throws {
        let site = try await filled()
        defer { site.remove() }
        let copy = path(site, "copy.sqlite")
        try await kill(["history", "backup", copy, "--quiet", "--now", SiteFixture.now], site, seed: 0xBAC0) {
            guard FileManager.default.fileExists(atPath: copy) else { return }
            #expect(try Data(contentsOf: URL(fileURLWithPath: copy)).prefix(15) == Data("SQLite format 3".utf8))
            try FileManager.default.removeItem(atPath: path(site, "history.sqlite"))
            try FileManager.default.moveItem(atPath: copy, toPath: path(site, "history.sqlite"))
            for suffix in ["-wal", "-shm"] { unlink(path(site, "history.sqlite" + suffix)) }
            #expect(try await site.run("history", "verify").status == 0)
            #expect(try await total(site) == Self.events)
        }
    }
}
