import ApplianceTestSupport
import Foundation
import Testing

@Suite(
    "Live: a real model's answer is handled right", .enabled(if: LiveModel.host != nil, "OLLAMA_HOST is not set"),
    .serialized)
struct LiveBatchTests {
    private func site() throws -> SiteFixture {
        try SiteFixture(
            endpoint: LiveModel.host, model: LiveModel.model,
            modelExtra: "num_ctx = 4096\nnum_predict = 600\nfirst_token_timeout = \"10m\"")
    }

    @Test("whatever it answers, the batch ends well and the page says who spoke")
    func batch() async throws {
        let site = try site()
        defer { site.remove() }
        try site.directory.write("logs/worker.log", SiteFixture.traceback())
        let outcome = try await site.run("batch", "--json")
        #expect(outcome.status == 0, "\(outcome.errors)")
        let report = try await site.report()
        let group = try #require((report["groups"] as? [[String: Any]])?.first)
        let diagnosis = try #require(group["diagnosis"] as? [String: Any])
        let cause = try #require(diagnosis["rootCause"] as? String)
        #expect(!cause.isEmpty)
        let page = try site.directory.read("home/reports/2026-11-21.md")
        #expect(page.contains(LiveModel.model) || page.contains("built-in triage"))
        print("\(LiveModel.model): \(cause)")
    }

    @Test(
        "a model that can code names the key and the line that fail",
        .enabled(if: LiveModel.model.contains("coder"), "only asked of a model that can"))
    func sense() async throws {
        let site = try site()
        defer { site.remove() }
        let outcome = try await site.run("explain", input: SiteFixture.traceback())
        #expect(outcome.status == 0, "\(outcome.errors)")
        #expect(outcome.output.contains(LiveModel.model), "\(outcome.output)")
        #expect(outcome.output.lowercased().contains("currency"))
    }
}
