import ApplianceTestSupport
import Foundation
import Testing

@Suite("Questions to /v1/analyze", .serialized)
struct AnalyzeTests {
    private static func serve(_ site: SiteFixture) throws -> ServeTests.Running {
        try site.directory.write("home/keys/token", DoorTests.token + "\n")
        return try ServeTests.Running(site)
    }

    private static let section = "[serve]\ntoken_file = \"keys/token\"\n"

    private static func ask(_ port: Int, _ body: String) throws -> (status: String, groups: [[String: Any]]) {
        let answer = try LoopbackClient.post(
            port: port, "/v1/analyze", Array(body.utf8), headers: ["Authorization": "Bearer \(DoorTests.token)"])
        let status = String(answer.dropFirst(9).prefix(3))
        let parts = answer.split(separator: "\r\n\r\n", maxSplits: 1)
        let object = try JSONSerialization.jsonObject(with: Data((parts.last ?? "").utf8)) as? [String: Any]
        return (status, object?["groups"] as? [[String: Any]] ?? [])
    }

    @Test("an event in any form is answered by the built-in triage, which says so and why")
    func forms() async throws {
        let site = try SiteFixture(extra: Self.section)
        defer { site.remove() }
        let server = try Self.serve(site)
        let ours = #"{"message": "KeyError: 'currency'", "level": "error", "service": "billing-worker"}"#
        let quoted = String(decoding: try JSONEncoder().encode(SiteFixture.traceback()), as: UTF8.self)
        for body in [SiteFixture.traceback(), ours, DoorTests.patrol, quoted] {
            let (status, groups) = try Self.ask(server.port, body)
            let group = try #require(groups.first, "\(body)")
            #expect(status == "200" && group["author"] as? String == "built-in" && group["cached"] as? Bool == false)
            #expect(group["reason"] as? String == "models.conf names no model")
        }
        for body in ["", " \n", "{}", #"{"limit": 0}"#, #"{"limit": "ten"}"#, #"{"time_window_minutes": 99999}"#] {
            #expect(try Self.ask(server.port, body).status == "400", "\(body)")
        }
        let stranger = try LoopbackClient.post(port: server.port, "/v1/analyze", Array(ours.utf8))
        #expect(stranger.hasPrefix("HTTP/1.1 401"))
        // Nothing of it was recorded.
        #expect(try await site.run("batch").status == 0)
        #expect(try await site.counts().isEmpty)
        #expect(try server.stop().status == 0)
    }

    @Test("the model is asked once: the second answer is cached, and so is what a batch found, window by window")
    func cached() async throws {
        let answering: [ScriptedServer.Step] = [
            .readRequest,
            .respond { request in
                String(decoding: request.prefix(200), as: UTF8.self).contains("/api/tags")
                    ? OllamaReplies.tags() : OllamaReplies.chat(OllamaReplies.goodAnswer)
            },
        ]
        let model = try ScriptedServer(Array(repeating: answering, count: 20))
        defer { model.stop() }
        let site = try SiteFixture(endpoint: model.url, extra: Self.section)
        defer { site.remove() }
        try site.directory.write("logs/worker.log", SiteFixture.traceback())
        #expect(try await site.run("batch").status == 0)
        let server = try Self.serve(site)
        let other = "2026-11-21 05:50:00,000 ERROR a.b: the ledger is closed\n"
        let first = try #require(try Self.ask(server.port, other).groups.first)
        #expect(first["cached"] as? Bool == false)
        let second = try #require(try Self.ask(server.port, other).groups.first)
        #expect(second["cached"] as? Bool == (first["author"] as? String == "model"), "\(first)")
        let (status, groups) = try Self.ask(
            server.port, #"{"time_window_minutes": 60, "limit": 10, "services": ["billing-worker"]}"#)
        let known = try #require(groups.first)
        #expect(status == "200" && groups.count == 1 && known["cached"] as? Bool == true)
        #expect(known["author"] as? String == "model" && known["model"] as? String == "test-model")
        #expect((known["rootCause"] as? String)?.contains("currency") == true)
        #expect(try Self.ask(server.port, #"{"services": ["nobody"]}"#).groups.isEmpty)
        #expect(try server.stop().status == 0)
    }

    @Test(
        "a model that does not answer in time is replaced by the built-in triage; more questions than may wait get 429")
    func bounded() async throws {
        let hang: [ScriptedServer.Step] = [.readRequest, .awaitSignal]
        let model = try ScriptedServer([[.readRequest, .send(OllamaReplies.tags())], hang])
        defer { model.stop() }
        let site = try SiteFixture(
            endpoint: model.url, extra: Self.section + "analysis_time = \"2s\"\nanalyses_at_once = 1")
        defer { site.remove() }
        let server = try Self.serve(site)
        let port = server.port
        let statuses = try await withThrowingTaskGroup(of: (String, String).self) { group in
            for _ in 0..<4 {
                group.addTask {
                    let (status, groups) = try Self.ask(port, SiteFixture.traceback())
                    return (status, groups.first?["reason"] as? String ?? "")
                }
            }
            return try await group.reduce(into: [(String, String)]()) { $0.append($1) }
        }
        #expect(statuses.filter { $0.0 == "429" }.count == 3, "\(statuses)")
        #expect(statuses.contains { $0.0 == "200" && $0.1.contains("no answer within 2 s") }, "\(statuses)")
        #expect(try MetricsTests.scrape(port).samples["appliance_http_refused_total{reason=\"analyses\"}"] == 3)
        model.signal()
        #expect(try server.stop().status == 0)
    }

    @Test("an embedding model that cannot be found does not make an answer late")
    func silentEmbeddings() throws {
        let model = try ScriptedServer([[.readRequest, .awaitSignal]])
        defer { model.stop() }
        let site = try SiteFixture(endpoint: model.url, extra: Self.section + "analysis_time = \"4s\"")
        defer { site.remove() }
        let known = try site.directory.read("home/models.conf")
        try site.directory.write("home/models.conf", known + "\n[models.embed]\nname = \"embedder\"\n")
        let server = try Self.serve(site)
        let clock = ContinuousClock()
        let start = clock.now
        let (status, groups) = try Self.ask(server.port, SiteFixture.traceback())
        // Twenty seconds is what a list of models is waited for otherwise.
        #expect(clock.now - start < .seconds(18))
        #expect(status == "200" && (groups.first?["reason"] as? String)?.contains("no answer within 4 s") == true)
        model.signal()
        #expect(try server.stop().status == 0)
    }
}
