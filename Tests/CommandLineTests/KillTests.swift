import ApplianceTestSupport
import Foundation
import Testing

@Suite("Killed at any instant, a batch loses nothing and counts nothing twice")
struct KillTests {
    /// 20 instants in the suite, 200 in the long form.
    static let instants = ProcessInfo.processInfo.environment["APPLIANCE_SOAK"] != nil ? 200 : 20
    static let events = 600

    @Test("kill -9, then verify and run again: every group is told of once")
    func batch() async throws {
        let site = try SiteFixture(extra: "[alerts]\nstorm_from = 1000\nat_once_from = \"info\"")
        defer { site.remove() }
        let services = ["alpha", "beta", "gamma", "delta", "epsilon"]
        let lines = (0..<Self.events).map { index in
            let name = services[index % services.count]
            return "2026-11-21 05:\(10 + index % 50):00,000 ERROR \(name).worker: \(name) cannot reach its neighbour\n"
        }
        try site.directory.write("logs/a.log", lines.joined())
        let whole = try await duration(site)
        var random = SeededGenerator(seed: 0x5EED)
        for _ in 0..<Self.instants {
            try reset(site)
            try await kill(site, after: whole * Double.random(in: 0...1.1, using: &random))
            let verified = try await site.run("history", "verify")
            // Killed before there was a history, there is none to verify.
            let isFine = verified.status == 0 || verified.errors.contains("there is no history")
            #expect(isFine, "\(verified.errors)\(verified.output)")
            let again = try await site.run("batch")
            #expect(again.status == 0, "\(again.errors)")
            let counts = try await site.counts()
            #expect(counts.count == services.count)
            #expect(counts.values.reduce(0, +) == Self.events)
            let told = try site.messages().compactMap(SiteFixture.content).filter { $0.text.contains("is new") }
            #expect(told.map(\.thread).sorted() == counts.keys.sorted())
            let chain = try await site.run("outbox", "verify")
            #expect(chain.status == 0, "\(chain.output)\(chain.errors)")
        }
    }

    /// 6 instants a kind in the suite.
    static let instantsAKind = ProcessInfo.processInfo.environment["APPLIANCE_SOAK"] != nil ? 60 : 6

    @Test("amid the reading of a spool, files are counted once and end in done")
    func spool() async throws {
        let site = try SiteFixture(
            extra: "[[source]]\nname = \"drop\"\nkind = \"spool\"\npaths = [\"DROP\"]\nsettle = \"0s\"\n")
        defer { site.remove() }
        try complete(site, "DROP", with: "\(site.directory.path)/drop")
        func fill() throws {
            for file in 0..<20 {
                let lines = (0..<30).map {
                    "2026-11-21 05:\(10 + $0):00,000 ERROR drop.worker: drop of file number \(file) failed\n"
                }
                let path = "\(site.directory.path)/drop/\(file).log"
                try site.directory.write("drop/\(file).log", lines.joined())
                try FileManager.default.setAttributes(
                    [.modificationDate: Date(timeIntervalSince1970: 1_795_000_000)], ofItemAtPath: path)
            }
        }
        try await killAndCheck(site, total: 600) {
            try? FileManager.default.removeItem(atPath: "\(site.directory.path)/drop")
            try fill()
        }
        #expect(try FileManager.default.contentsOfDirectory(atPath: "\(site.directory.path)/drop") == ["done"])
        #expect(try FileManager.default.contentsOfDirectory(atPath: "\(site.directory.path)/drop/done").count == 20)
    }

    @Test("amid the paging of Loki, entries are counted once")
    func loki() async throws {
        let start: Int64 = 1_795_230_000_000_000_000
        let loki = try LokiStandIn(
            (0..<600).map { index in
                LokiStandIn.Entry(
                    start + Int64(index / 7) * 1_000_000_000, ["service_name": "svc-\(index % 3)", "level": "error"],
                    "ERROR \(index % 3 == 0 ? "pool" : "cache") is gone, try \(index)")
            })
        defer { loki.server.stop() }
        let site = try SiteFixture(
            extra: "[[source]]\nname = \"loki\"\nkind = \"loki\"\nurl = \"\(loki.server.url)\"\npage = 40\n")
        defer { site.remove() }
        try await killAndCheck(site, total: 600) {}
    }

    @Test("amid the reading of a journal, entries are counted once", .enabled(if: JournalWriter.isAvailable))
    func journal() async throws {
        let site = try SiteFixture(
            extra: "[[source]]\nname = \"journal\"\nkind = \"journald\"\npaths = [\"JOURNAL\"]\n")
        defer { site.remove() }
        let file = "\(site.directory.path)/test.journal"
        try complete(site, "JOURNAL", with: file)
        try await JournalWriter.write(600, to: file, in: site.directory)
        try await killAndCheck(site, total: 600) {}
    }

    private func complete(_ site: SiteFixture, _ word: String, with path: String) throws {
        let text = try site.directory.read("home/appliance.toml")
        try site.directory.write("home/appliance.toml", text.replacing(word, with: path))
    }

    private func killAndCheck(_ site: SiteFixture, total: Int, prepare: () throws -> Void) async throws {
        try prepare()
        let whole = try await duration(site)
        var random = SeededGenerator(seed: 0xB00C)
        for _ in 0..<Self.instantsAKind {
            try reset(site)
            try prepare()
            try await kill(site, after: whole * Double.random(in: 0...1.1, using: &random))
            let again = try await site.run("batch")
            #expect(again.status == 0, "\(again.errors)")
            let counted = try await site.counts().values.reduce(0, +)
            #expect(counted == total, "\(again.errors)")
        }
    }

    private func duration(_ site: SiteFixture) async throws -> Duration {
        let clock = ContinuousClock()
        let start = clock.now
        #expect(try await site.run("batch").status == 0)
        return start.duration(to: clock.now)
    }

    private func reset(_ site: SiteFixture) throws {
        let home = site.directory.url.appending(path: "home")
        for name in try FileManager.default.contentsOfDirectory(atPath: home.path) {
            guard name.hasPrefix("history.sqlite") || name == "outbox" || name == "reports" else { continue }
            try FileManager.default.removeItem(at: home.appending(path: name))
        }
    }

    private func kill(_ site: SiteFixture, after time: Duration) async throws {
        try await site.binary.kill(
            ["batch", "--quiet", "--now", SiteFixture.now], environment: site.environment, after: time)
    }
}

/// Writes a journal as systemd does (Debian's systemd-journal-remote).
enum JournalWriter {
    static let program = "/lib/systemd/systemd-journal-remote"
    static let isAvailable = FileManager.default.isExecutableFile(atPath: program)

    static func write(_ count: Int, to file: String, in directory: TemporaryDirectory) async throws {
        let entries = (0..<count).map { index in
            """
            __REALTIME_TIMESTAMP=\(1_795_230_000_000_000 + index * 1_000_000)
            __MONOTONIC_TIMESTAMP=\(1000 + index * 1_000_000)
            _BOOT_ID=4ea7a0fb6f6c4d0bb1ec1d5a1b2c3d4e
            PRIORITY=3
            SYSLOG_IDENTIFIER=worker-\(index % 3)
            MESSAGE=the \(index % 3 == 0 ? "pool" : "cache") is gone


            """
        }
        try directory.write("journal.export", entries.joined())
        let process = Process()
        process.executableURL = URL(fileURLWithPath: program)
        process.arguments = ["-o", file, "\(directory.path)/journal.export"]
        let outcome = try await ApplianceBinary.finish(process)
        try #require(outcome.status == 0, "\(outcome.errors)")
    }
}
