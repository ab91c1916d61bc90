import ApplianceTestSupport
import Events
import Foundation
import HTTPTransport
import Testing

@testable import Diagnosing

@Suite("An embedding model is asked, and its reply believed only whole", .timeLimit(.minutes(1)))
struct EmbeddingClientTests {
    private static let model = ModelSettings(name: "embedder", contextTokens: 512, options: ["num_thread=2"])

    private static func reply(_ body: String, status: String = "200 OK") -> [UInt8] {
        Array(
            """
            HTTP/1.1 \(status)\r\nContent-Type: application/json; charset=utf-8\r\n\
            Content-Length: \(body.utf8.count)\r\n\r\n\(body)
            """.utf8)
    }

    private func failure(
        of steps: [ScriptedServer.Step], model: ModelSettings = model
    ) async throws -> ChatFailure? {
        let server = try ScriptedServer(answering: steps)
        defer { server.stop() }
        let client = OllamaClient(endpoint: try Endpoint(server.url))
        do {
            _ = try await client.embed(["a", "b"], model: model, awaitsLoad: false)
            return nil
        } catch {
            return error
        }
    }

    @Test("the request is the same bytes each time, and each text gets its vector")
    func request() async throws {
        let body = #"{"model":"embedder","embeddings":[[0.5,-1e-3],[0,2]],"total_duration":5,"prompt_eval_count":7}"#
        let server = try ScriptedServer(answering: [.send(Self.reply(body))])
        defer { server.stop() }
        let client = OllamaClient(endpoint: try Endpoint(server.url))
        let answer = try await client.embed(["no \"space\"\nleft", "ö"], model: Self.model, awaitsLoad: true)
        #expect(answer == EmbeddingAnswer(vectors: [[0.5, -0.001], [0, 2]], promptTokens: 7))
        let sent = String(decoding: try #require(server.requests.first), as: UTF8.self)
        #expect(sent.hasPrefix("POST /api/embed HTTP/1.1\r\n"))
        #expect(
            sent.split(separator: "\r\n\r\n", maxSplits: 1).last == """
                {"input":["no \\"space\\"\\nleft","ö"],"keep_alive":"30m","model":"embedder",\
                "options":{"num_ctx":512,"num_thread":2},"truncate":true}
                """)
    }

    @Test(
        "what is no vector for each text is refused",
        arguments: [
            "", "<html>", "{", "[]", "{}", #"{"embeddings":null}"#, #"{"embeddings":[]}"#, #"{"embeddings":[[1,2]]}"#,
            #"{"embeddings":[[1,2],[1]]}"#, #"{"embeddings":[[],[]]}"#, #"{"embeddings":[[1,2],["1","2"]]}"#,
            #"{"embeddings":[[1e999,2],[1,2]]}"#, #"{"embeddings":[[1,2],[1,NaN]]}"#, #"{"embeddings":[[1,2],3]}"#,
            #"{"embeddings":[[1,2],[1,2],[1,2]]}"#, #"{"embeddings":[[1,2],[1,2]],"embeddings":[]}"#,
        ])
    func malformed(body: String) async throws {
        guard case .malformed = try await failure(of: [.send(Self.reply(body))]) else {
            Issue.record("\(body) was taken")
            return
        }
    }

    @Test("refusals are typed: no such model, a model that cannot, a server that is busy")
    func refusals() async throws {
        let missing = Self.reply(
            #"{"error":"model \"embedder\" not found, try pulling it first"}"#, status: "404 Not Found")
        #expect(try await failure(of: [.send(missing)]) == .modelMissing("embedder"))
        let cannot = "This server does not support embeddings. Start it with `--embeddings`"
        let refused = Self.reply(#"{"error":"\#(cannot)"}"#, status: "501 Not Implemented")
        #expect(try await failure(of: [.send(refused)]) == .refused(status: 501, message: cannot))
        let busy = Self.reply(#"{"error":"server busy"}"#, status: "503 Service Unavailable")
        #expect(try await failure(of: [.send(busy)]) == .busy("server busy"))
    }

    @Test("a reply without end is cut off, and silence ends at its time-out")
    func bounded() async throws {
        let head = Array("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n".utf8)
        let endless = try await failure(of: [
            .send(head), .flood(Array(#"{"embeddings":[[1,"#.utf8), total: 64 << 20),
        ])
        guard case .malformed = endless else {
            Issue.record("\(String(describing: endless))")
            return
        }
        var hurried = Self.model
        hurried.timeouts.firstToken = .milliseconds(50)
        #expect(
            try await failure(of: [.hang], model: hurried)
                == .timedOut(.firstToken, after: .milliseconds(50)))
    }
}
