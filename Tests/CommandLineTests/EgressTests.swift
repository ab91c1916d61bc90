import ApplianceTestSupport
import Foundation
import Testing

@Suite("Only the configured endpoint is ever contacted")
struct EgressTests {
    @Test(
        "a batch under strace connects to one address",
        .enabled(if: TracedProcess.isAvailable, "strace is not installed"))
    func batch() async throws {
        let server = try ScriptedServer([
            [.readRequest, .send(OllamaReplies.tags())],
            [.readRequest, .send(OllamaReplies.chat(OllamaReplies.goodAnswer))],
        ])
        defer { server.stop() }
        let site = try SiteFixture(endpoint: server.url)
        defer { site.remove() }
        try site.directory.write("logs/worker.log", SiteFixture.traceback())
        let (peers, outcome) = try await contacted(by: ["batch", "--now", SiteFixture.now], site)
        #expect(outcome.errors.contains("1 by test-model"), "\(outcome.errors)")
        #expect(peers == ["127.0.0.1:\(server.port)"])
    }

    @Test(
        "a redirect is not followed: the other address sees nothing",
        .enabled(if: TracedProcess.isAvailable, "strace is not installed")
    )
    func redirect() async throws {
        let other = try ScriptedServer([[.readRequest, .send(OllamaReplies.tags())]])
        defer { other.stop() }
        let reply = "HTTP/1.1 307 Temporary Redirect\r\nLocation: \(other.url)/api/tags\r\nContent-Length: 0\r\n\r\n"
        let server = try ScriptedServer([[.readRequest, .send(Array(reply.utf8))]])
        defer { server.stop() }
        let site = try SiteFixture(endpoint: server.url)
        defer { site.remove() }
        try site.directory.write("logs/worker.log", SiteFixture.traceback())
        let (peers, outcome) = try await contacted(by: ["batch", "--now", SiteFixture.now], site)
        #expect(peers == ["127.0.0.1:\(server.port)"])
        #expect(other.acceptedCount == 0)
        #expect(outcome.status == 69)
    }

    @Test(
        "a name is pinned to its addresses and never looked up",
        .enabled(if: TracedProcess.isAvailable, "strace is not installed"))
    func pinnedName() async throws {
        let server = try ScriptedServer([
            [.readRequest, .send(OllamaReplies.tags())],
            [.readRequest, .send(OllamaReplies.chat(OllamaReplies.goodAnswer))],
        ])
        defer { server.stop() }
        let site = try SiteFixture(
            endpoint: "http://ollama.internal:\(server.port)\"\naddresses = [\"127.0.0.1\"]\nca_file = \"/dev/null")
        defer { site.remove() }
        try site.directory.write("logs/worker.log", SiteFixture.traceback())
        let (peers, outcome) = try await contacted(by: ["batch", "--now", SiteFixture.now], site)
        #expect(peers == ["127.0.0.1:\(server.port)"], "\(outcome.errors)")
        #expect(outcome.errors.contains("1 by test-model"), "\(outcome.errors)")
    }

    private func contacted(
        by arguments: [String], _ site: SiteFixture
    ) async throws -> (peers: Set<String>, outcome: ApplianceBinary.Outcome) {
        try await TracedProcess.contacts(
            of: site.binary.process(arguments, environment: site.environment), in: site.directory)
    }
}
