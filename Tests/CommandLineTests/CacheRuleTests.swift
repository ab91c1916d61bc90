import ApplianceTestSupport
import Events
import Foundation
import Synchronization
import Testing

@Suite("When a model is asked again about what it diagnosed", .timeLimit(.minutes(5)))
struct CacheRuleTests {
    /// A model that always answers the same, and how often it was asked.
    private final class Model: Sendable {
        let server: ScriptedServer

        init() throws {
            server = try ScriptedServer(answering: [
                .respond { bytes in
                    PlainRequest(bytes).path == "/api/chat"
                        ? OllamaReplies.chat(OllamaReplies.goodAnswer) : OllamaReplies.tags()
                }
            ])
        }

        var asked: Int { server.requests.count { PlainRequest($0).path == "/api/chat" } }
    }

    private func night(_ site: SiteFixture, _ day: Int) async throws {
        let outcome = try await site.binary.run(
            ["batch", "--now", "2026-11-\(day)T06:00:00Z"], environment: site.environment)
        #expect(outcome.status == 0, "\(outcome.errors)")
    }

    /// So many errors in the hour before a night's run.
    private func errors(_ count: Int, on day: Int) -> String {
        (0..<count).map { SiteFixture.traceback(at: "2026-11-\(day) 05:\(10 + $0):00,123") }.joined()
    }

    /// After a first night, in which the model was asked once.
    private func begun() async throws -> (Model, SiteFixture) {
        let model = try Model()
        let site = try SiteFixture(endpoint: model.server.url)
        try site.directory.write("logs/20.log", errors(2, on: 20))
        try await night(site, 20)
        #expect(model.asked == 1)
        return (model, site)
    }

    @Test("tenfold growth asks again; less, and the nights after it, do not")
    func growth() async throws {
        let (model, site) = try await begun()
        defer {
            model.server.stop()
            site.remove()
        }
        try site.directory.write("logs/21.log", errors(3, on: 21))
        try await night(site, 21)
        #expect(model.asked == 1, "growth by half")
        try site.directory.write("logs/22.log", errors(29, on: 22))
        try await night(site, 22)
        #expect(model.asked == 1, "9.7 times as many")
        try site.directory.write("logs/23.log", errors(2, on: 23))
        try await night(site, 23)
        try site.directory.write("logs/24.log", errors(20, on: 24))
        try await night(site, 24)
        #expect(model.asked == 2, "tenfold")
        try site.directory.write("logs/25.log", errors(21, on: 25))
        try await night(site, 25)
        #expect(model.asked == 2, "as often as the night before")
    }

    @Test("a changed line of code, a new release and a person's “wrong” ask again, each once")
    func changes() async throws {
        let (model, site) = try await begun()
        defer {
            model.server.stop()
            site.remove()
        }
        let changed = try site.repository.commit(
            "invoices: a note", ["billing/invoice.py": SiteFixture.after.replacing("amount =", with: "amount =  ")],
            at: try #require(.init(rfc3339: "2026-11-20T20:00:00Z")))
        _ = try site.repository.git("tag", "-f", "1.4.0", changed)
        try site.directory.write("logs/21.log", errors(2, on: 21))
        try await night(site, 21)
        #expect(model.asked == 2, "other code under the same release")
        try site.repository.tag("1.5.0", changed)
        let configuration = try site.directory.read("home/appliance.toml")
        try site.directory.write("home/appliance.toml", configuration.replacing("1.4.0", with: "1.5.0"))
        try site.directory.write("logs/22.log", errors(2, on: 22))
        try await night(site, 22)
        #expect(model.asked == 3, "another release with the same code")
        try site.directory.write("logs/23.log", errors(2, on: 23))
        try await night(site, 23)
        #expect(model.asked == 3)
        let id = try #require(try await site.report("--now", "2026-11-23T06:00:00Z")["groups"] as? [[String: Any]])
        let group = try #require(id.first?["id"] as? String)
        let feedback = try await site.binary.run(
            ["feedback", group, "wrong", "--now", "2026-11-23T07:00:00Z"], environment: site.environment)
        #expect(feedback.status == 0, "\(feedback.errors)")
        try site.directory.write("logs/24.log", errors(2, on: 24))
        try await night(site, 24)
        #expect(model.asked == 5, "a person called it wrong, and the refuted cause is sent back once")
    }
}
