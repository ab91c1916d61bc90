import ApplianceTestSupport
import Foundation
import Testing

@Suite("With little room left, reading pauses and nothing is lost")
struct DiskSpaceTests {
    private func setLeastFree(_ words: String, _ site: SiteFixture) throws {
        try site.directory.write("home/appliance.toml", site.configuration("[retention]\nmin_free = \"\(words)\""))
    }

    private func hasReserve(_ site: SiteFixture) -> Bool {
        FileManager.default.fileExists(atPath: "\(site.directory.path)/home/reserve")
    }

    @Test("below min_free nothing is read and the run says so; with room again it goes on where it stopped")
    func pause() async throws {
        let site = try SiteFixture()
        defer { site.remove() }
        try setLeastFree("1MB", site)
        try site.directory.write("logs/a.log", SiteFixture.traceback())
        #expect(try await site.run("batch").status == 0)
        #expect(hasReserve(site))
        try site.directory.write(
            "logs/a.log", SiteFixture.traceback() + SiteFixture.traceback(at: "2026-11-21 05:20:00,000"))
        try setLeastFree("8000TB", site)
        let paused = try await site.run("batch")
        #expect(paused.status == 74)
        #expect(paused.errors.contains("reading is paused") && paused.errors.contains("min_free is 8000000GB"))
        #expect(!hasReserve(site))
        #expect(try await site.counts().values.reduce(0, +) == 1)
        // The report and its message were made all the same.
        #expect(
            try FileManager.default.contentsOfDirectory(atPath: "\(site.directory.path)/home/outbox/new").count >= 2)
        try setLeastFree("1MB", site)
        #expect(try await site.run("batch").status == 0)
        #expect(try await site.counts().values.reduce(0, +) == 2)
    }

    @Test(
        "0 watches nothing, and what is no amount is refused", arguments: [("0", Int32(0)), ("lots", 78), ("-1", 78)])
    func amounts(words: String, status: Int32) async throws {
        let site = try SiteFixture()
        defer { site.remove() }
        try setLeastFree(words, site)
        try site.directory.write("logs/a.log", SiteFixture.traceback())
        #expect(try await site.run("batch").status == status)
        #expect(!hasReserve(site))
    }
}
