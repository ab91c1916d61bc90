import ApplianceTestSupport
import Foundation
import Testing

@Suite("Alerts are held, muted and gathered as people said")
struct AlertingTests {
    private func kinds(_ site: SiteFixture) throws -> [String] {
        let folder = "\(site.directory.path)/home/outbox/new"
        return try FileManager.default.contentsOfDirectory(atPath: folder).filter { $0.hasPrefix("0") }.sorted()
            .map { name in
                let object = try JSONSerialization.jsonObject(
                    with: Data(contentsOf: URL(fileURLWithPath: "\(folder)/\(name)")))
                let type = (object as? [String: Any])?["type"] as? String ?? ""
                return type.split(separator: ".").dropFirst().first.map(String.init) ?? ""
            }
    }

    private func site(_ extra: String = "") throws -> SiteFixture {
        let site = try SiteFixture(extra: extra)
        try site.directory.write("logs/a.log", SiteFixture.traceback())
        return site
    }

    @Test("a batch sends a sign of life, once a day")
    func heartbeat() async throws {
        let site = try site()
        defer { site.remove() }
        #expect(try await site.run("batch").status == 0)
        #expect(try kinds(site).filter { $0 == "heartbeat" }.count == 1)
        #expect(try await site.run("batch").status == 0)
        #expect(try kinds(site).filter { $0 == "heartbeat" }.count == 1)
    }

    @Test("a muted group has one line in the report, and no alert")
    func mute() async throws {
        let site = try site()
        defer { site.remove() }
        _ = try await site.run("batch")
        let group = try #require(try await site.counts().keys.first)
        let before = try kinds(site)
        #expect(try await site.run("mute", group, "--forever").status == 64)
        #expect(try await site.run("mute", group, "--until", "1d", "--reason", "known").status == 0)
        #expect(try await site.run("mute").output.contains("\(group)  2026-11-22T06:00:00Z  known"))
        try site.directory.write(
            "logs/b.log",
            SiteFixture.traceback(at: "2026-11-21 05:40:00,000")
                + SiteFixture.traceback(at: "2026-11-21 05:41:00,000"))
        #expect(try await site.run("batch").status == 0)
        #expect(try kinds(site).filter { $0 == "alert" }.count == before.filter { $0 == "alert" }.count)
        let report = try await site.run("report", "--since", "24h").output
        #expect(report.contains("## Muted and under maintenance"), "\(report)")
        #expect(report.contains("3 events, muted until 22 Nov 06:00: known") && !report.contains("### \(group)"))
        #expect(try await site.run("mute", group, "--off").errors.contains("no longer muted"))
        #expect(try await site.run("report", "--since", "24h").output.contains("### \(group)"))
    }

    @Test("maintenance by hand and by configuration holds alerts, and the report says so")
    func maintenance() async throws {
        let site = try site(
            """
            [[maintenance]]
            service = "billing-worker"
            start = "2026-11-21T05:00:00Z"
            end = "2026-11-21T05:30:00Z"
            reason = "upgrade"
            """)
        defer { site.remove() }
        _ = try await site.run("batch")
        #expect(try !kinds(site).contains("alert") && !kinds(site).contains("warnings"))
        let report = try await site.run("report", "--since", "24h").output
        #expect(report.contains("maintenance: billing-worker, 21 Nov 05:00 to 21 Nov 05:30 (upgrade)"), "\(report)")
        #expect(try await site.run("maintenance", "start", "orders", "--for", "2h").status == 0)
        #expect(try await site.run("maintenance", "start", "orders", "--for", "x").status == 64)
        #expect(try await site.run("maintenance").output.contains("orders  2026-11-21T06:00:00Z  2026-11-21T08:00:00Z"))
        #expect(try await site.run("maintenance", "end", "orders").errors.contains("ended"))
        #expect(try await site.run("maintenance", "end", "orders").errors.contains("none"))
    }

    @Test("the appliance tells of a model that it cannot use, and the report says so first")
    func ownFailure() async throws {
        let site = try SiteFixture(endpoint: "http://127.0.0.1:1")
        defer { site.remove() }
        try site.directory.write("logs/a.log", SiteFixture.traceback())
        _ = try await site.run("batch")
        #expect(try kinds(site).contains("notice"))
        let report = try await site.run("report", "--since", "24h").output
        #expect(report.contains("> **Attention:** the model cannot be used"), "\(report)")
    }
}
