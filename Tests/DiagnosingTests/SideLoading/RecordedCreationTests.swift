import ApplianceTestSupport
import Foundation
import HTTPTransport
import Testing

@testable import Diagnosing

@Suite(
    "What a real server answered while it made models",
    .enabled(if: Recording.folder != nil, "needs APPLIANCE_TEST_DATA"),
    .timeLimit(.minutes(1)))
struct RecordedCreationTests {
    private func create(answering pieces: [[UInt8]]) async throws -> [String] {
        let server = try ScriptedServer(answering: [.sendPieces(pieces)])
        defer { server.stop() }
        let client = OllamaClient(endpoint: try Endpoint(server.url))
        let recipe = ModelRecipe(name: try ModelName("m"), files: ["a.gguf": String(repeating: "ab", count: 32)])
        var steps: [String] = []
        try await client.create(recipe) { steps.append($0) }
        return steps
    }

    @Test("each creation ends with its own success, however its bytes arrive", arguments: [1, 7, 1000])
    func successes(size: Int) async throws {
        let recordings = try Recording.replayable("POST /api/create")
        try #require(!recordings.isEmpty)
        for recording in recordings {
            let bytes = recording.response
            let pieces = stride(from: 0, to: bytes.count, by: size).map {
                Array(bytes[$0..<min($0 + size, bytes.count)])
            }
            let steps = try await create(answering: pieces)
            #expect(steps.last == "success", "\(recording.name): \(steps)")
        }
    }

    @Test("a creation that breaks off is none, wherever it breaks off")
    func cut() async throws {
        for recording in try Recording.replayable("POST /api/create") {
            let end = try #require(Data(recording.response).range(of: Data(#""success""#.utf8)))
            for length in [0, end.lowerBound / 2, end.lowerBound] {
                await #expect(throws: ChatFailure.self, "\(recording.name) \(length)") {
                    try await create(answering: [Array(recording.response.prefix(length))])
                }
            }
        }
    }

    @Test("a failure after the head has gone out comes under 200, and is one")
    func failureInsideSuccess() async throws {
        let file = try #require(Recording.folder).appending(path: "create_error_inside_200_stream.txt")
        let text = try String(contentsOf: file, encoding: .utf8)
        let lines = text.split(separator: "\n").filter { $0.hasPrefix("{") }.joined(separator: "\n")
        let answer = "HTTP/1.1 200 OK\r\nContent-Length: \(lines.utf8.count)\r\n\r\n\(lines)"
        await #expect {
            try await create(answering: [Array(answer.utf8)])
        } throws: { error in
            guard case .refused(200, let message) = error as? ChatFailure else { return false }
            return message.hasPrefix("failed to validate GGUF")
        }
    }
}
