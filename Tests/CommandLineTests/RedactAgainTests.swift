import ApplianceTestSupport
import Foundation
import Testing

@Suite("A rule that came late masks what is stored")
struct RedactAgainTests {
    static let secret = "zyx-4711-wvut"

    @Test("samples, titles, names, notes, runs and reports: no byte is left in the file, and a backup brings none back")
    func late() async throws {
        let site = try SiteFixture()
        defer { site.remove() }
        try site.directory.write(
            "logs/a.log",
            """
            2026-11-21 05:10:00,000 ERROR billing.worker: no account for patient \(Self.secret) found
            2026-11-21 05:11:00,000 ERROR billing.worker: timeout while reading

            """)
        #expect(try await site.run("batch").status == 0)
        let before = try await site.counts()
        let id = try #require(before.keys.sorted().first)
        #expect(try await site.run("resolve", id, "--note", "asked \(Self.secret)").status == 0)
        let backup = "\(site.directory.path)/backup.sqlite"
        #expect(try await site.run("history", "backup", backup).status == 0)
        #expect(try holds(site, "history.sqlite"))

        let rule = "[[redaction.pattern]]\nname = \"patient\"\nexpression = 'zyx-[0-9]{4}-wvut'\n"
        try site.directory.write("home/appliance.toml", site.configuration(rule))
        let outcome = try await site.run("history", "redact", "--again", "--by", "kim", "--json")
        #expect(outcome.status == 0, "\(outcome.errors)")
        // Messages and pages that wait are signed: those that hold it are named.
        for name in try FileManager.default.contentsOfDirectory(atPath: "\(site.directory.path)/home/outbox/new")
        where try holds(site, "outbox/new/\(name)") {
            #expect(outcome.errors.contains(name))
        }
        #expect(try !holds(site, "history.sqlite"))
        #expect(try !holds(site, "history.sqlite-wal"))
        #expect(try reports(site).isEmpty)
        #expect(try await site.counts() == before)
        #expect(try await site.run("history", "verify").status == 0)
        // A second time there is nothing left to mask.
        let again = try await site.run("history", "redact", "--again")
        #expect(again.errors.contains("masked in 0 samples, 0 diagnoses, 0 raw answers, 0 texts"))
        #expect(try await site.run("history", "merge", backup).status == 0)
        #expect(try !holds(site, "history.sqlite"))
    }

    @Test("without --again it says what it is for")
    func flag() async throws {
        let site = try SiteFixture()
        defer { site.remove() }
        let refused = try await site.run("history", "redact")
        #expect(refused.status == 64)
        #expect(refused.errors.contains("--again"))
    }

    private func holds(_ site: SiteFixture, _ name: String) throws -> Bool {
        let path = "\(site.directory.path)/home/\(name)"
        guard FileManager.default.fileExists(atPath: path) else { return false }
        return try Data(contentsOf: URL(fileURLWithPath: path)).range(of: Data(Self.secret.utf8)) != nil
    }

    private func reports(_ site: SiteFixture) throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: "\(site.directory.path)/home/reports")
    }
}
