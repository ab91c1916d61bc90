import Foundation
import HTTPTransport
import Testing

@testable import Diagnosing

enum LiveEndpoint {
    static let host = ProcessInfo.processInfo.environment["OLLAMA_HOST"]
    static let model = ProcessInfo.processInfo.environment["APPLIANCE_E2E_MODEL"] ?? "smollm2:135m"
}

@Suite(
    "Live: a real endpoint", .enabled(if: LiveEndpoint.host != nil, "needs OLLAMA_HOST"), .serialized,
    .timeLimit(.minutes(10)))
struct LiveTests {
    private func client() throws -> OllamaClient {
        let host = try #require(LiveEndpoint.host)
        return OllamaClient(endpoint: try Endpoint(host.contains(":/") ? host : "http://\(host)"))
    }

    private func request(_ text: String, model: String = LiveEndpoint.model) -> ChatRequest {
        ChatRequest(
            model: ModelSettings(name: model, contextTokens: 2048, maxAnswerTokens: 64),
            messages: [ChatMessage(.system, "Answer in JSON only."), ChatMessage(.user, text)],
            schema: ChatRequest.sampleSchema)
    }

    @Test("answers in the schema's form")
    func answers() async throws {
        let client = try client()
        #expect(try await client.installedModels().contains { $0.name == LiveEndpoint.model && $0.digest.count == 64 })
        let answer = try await client.chat(request("Is the disk full? Say yes or no as JSON."))
        #expect(answer.isComplete)
        #expect(answer.promptTokens > 10 && answer.answerTokens > 2)
        let object = try JSONSerialization.jsonObject(with: Data(answer.content.utf8)) as? [String: String]
        #expect(["yes", "no"].contains(object?["z"]))
        #expect(try await client.loadedModels().contains { $0.name == LiveEndpoint.model && $0.contextTokens == 2048 })
        #expect(try await !client.version().isEmpty)
    }

    @Test("a model that is not there is missing")
    func missing() async throws {
        let client = try client()
        await #expect(throws: ChatFailure.modelMissing("no-such-model:1b")) {
            try await client.chat(request("x", model: "no-such-model:1b"))
        }
    }

    @Test("a prompt that is too long is refused with its true count")
    func tooLong() async throws {
        let client = try client()
        let long = request(String(repeating: "The disk of node seven is full again. ", count: 1000))
        let failure = await #expect(throws: ChatFailure.self) { try await client.chat(long) }
        guard case .promptTooLong(let prompt, let context) = failure else {
            Issue.record("\(String(describing: failure))")
            return
        }
        #expect(try #require(prompt) > 5000)
        #expect(context == 2048)
    }
}
