import ApplianceTestSupport
import Foundation
import Testing

@Suite("Whatever the endpoint does, the batch ends well and says what happened")
struct EndpointFaultTests {
    struct Fault: Sendable, CustomTestStringConvertible {
        var name: String
        var scripts: [[ScriptedServer.Step]]
        /// A part of what the operator reads.
        var words: String
        var status: Int32

        var testDescription: String { name }
    }

    private static func afterTags(_ steps: ScriptedServer.Step...) -> [[ScriptedServer.Step]] {
        [[.readRequest, .send(OllamaReplies.tags())], [.readRequest] + steps]
    }

    static let faults = [
        Fault(
            name: "the model is absent", scripts: [[.readRequest, .send(OllamaReplies.tags("other"))]],
            words: "model test-model is not installed", status: 69),
        Fault(
            name: "the model goes away (404)",
            scripts: afterTags(
                .send(
                    OllamaReplies.response(
                        "404 Not Found", "application/json", #"{"error":"model 'test-model' not found"}"#))),
            words: "no model", status: 0),
        Fault(name: "the endpoint hangs", scripts: [[.readRequest, .hang]], words: "cannot ask Ollama", status: 69),
        Fault(name: "the endpoint resets", scripts: [[.readRequest, .reset]], words: "cannot ask Ollama", status: 69),
        Fault(name: "the chat hangs", scripts: afterTags(.hang), words: "first token", status: 0),
        Fault(name: "the chat resets", scripts: afterTags(.reset), words: "built-in triage", status: 0),
        Fault(
            name: "500",
            scripts: afterTags(
                .send(OllamaReplies.response("500 Internal Server Error", "application/json", #"{"error":"boom"}"#))),
            words: "boom", status: 0),
        Fault(
            name: "it ends in mid-stream",
            scripts: afterTags(
                .send(
                    OllamaReplies.response(
                        "200 OK", "application/x-ndjson",
                        #"{"model":"m","message":{"role":"assistant","content":"{\"sev"},"done":false}"# + "\n"))),
            words: "built-in triage", status: 0),
        Fault(
            name: "the answer is no JSON", scripts: afterTags(.send(OllamaReplies.chat("I think it is fine."))),
            words: "built-in triage", status: 0),
        Fault(
            name: "HTML",
            scripts: [[.readRequest, .send(OllamaReplies.response("200 OK", "text/html", "<html>hello</html>"))]],
            words: "cannot ask Ollama", status: 69),
        Fault(
            name: "a redirect elsewhere",
            scripts: [
                [
                    .readRequest,
                    .send(
                        Array("HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:9/\r\nContent-Length: 0\r\n\r\n".utf8)),
                ]
            ],
            words: "cannot ask Ollama", status: 69),
        Fault(
            name: "the prompt was cut without a word",
            scripts: afterTags(.send(OllamaReplies.chat(OllamaReplies.goodAnswer, promptTokens: 40))),
            words: "built-in triage", status: 0),
    ]

    @Test("told, and the report is written with the built-in triage", arguments: faults)
    func fault(_ fault: Fault) async throws {
        let server = try ScriptedServer(fault.scripts)
        defer { server.stop() }
        let site = try SiteFixture(
            endpoint: server.url,
            modelExtra: "num_ctx = 4096\nfirst_token_timeout = \"1s\"\nstall_timeout = \"1s\"\nconnect_timeout = \"1s\""
        )
        defer { site.remove() }
        try site.directory.write("logs/worker.log", SiteFixture.traceback())
        let outcome = try await site.run("batch")
        #expect(outcome.status == fault.status, "\(outcome.errors)")
        let page = try site.directory.read("home/reports/2026-11-21.md")
        #expect((outcome.errors + page).contains(fault.words), "\(outcome.errors)\n\(page)")
        #expect(page.contains("built-in triage"))
        #expect(try await site.counts().values.reduce(0, +) == 1)
        #expect(try await site.run("history", "verify").status == 0)
    }

    @Test("nobody listens: told with a remedy, queued, and taken up again by batch --queued")
    func refusedThenQueued() async throws {
        // Port 1 (tcpmux) is nobody's.
        let url = "http://127.0.0.1:1"
        let site = try SiteFixture(endpoint: url)
        defer { site.remove() }
        try site.directory.write("logs/worker.log", SiteFixture.traceback())
        let first = try await site.run("batch")
        #expect(first.status == 69, "\(first.errors)")
        #expect(first.errors.contains("cannot connect: connection refused"), "\(first.errors)")
        #expect(first.errors.contains("1 queued for the next run"))

        let server = try ScriptedServer([
            [.readRequest, .send(OllamaReplies.tags())],
            [.readRequest, .send(OllamaReplies.chat(OllamaReplies.goodAnswer))],
        ])
        defer { server.stop() }
        let models = try site.directory.read("home/models.conf").replacing(url, with: server.url)
        try site.directory.write("home/models.conf", models)
        let second = try await site.run("batch", "--queued")
        #expect(second.status == 0, "\(second.errors)")
        #expect(second.errors.contains("1 by test-model"))
    }

    @Test("a model whose digest changed is refused until it is accepted")
    func pinned() async throws {
        let server = try ScriptedServer([[.readRequest, .send(OllamaReplies.tags())]])
        defer { server.stop() }
        let site = try SiteFixture(
            endpoint: server.url, modelExtra: "num_ctx = 4096\ndigest = \"\(String(repeating: "0", count: 64))\"")
        defer { site.remove() }
        try site.directory.write("logs/worker.log", SiteFixture.traceback())
        let outcome = try await site.run("batch")
        #expect(outcome.status == 69)
        #expect(outcome.errors.contains("not the one that models.conf demands"))
    }

    @Test("a name without addresses is never looked up")
    func name() async throws {
        let site = try SiteFixture(endpoint: "http://ollama.example:11434")
        defer { site.remove() }
        try site.directory.write("logs/worker.log", SiteFixture.traceback())
        let outcome = try await site.run("batch")
        #expect(outcome.status == 78, "\(outcome.errors)")
        #expect(outcome.errors.contains("addresses"))
    }
}
