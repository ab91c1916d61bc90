import ApplianceTestSupport
import Foundation
import Testing

@Suite("A labelled set by a model", .timeLimit(.minutes(2)))
struct EvaluateDiagnosisTests {
    private static let answer = OllamaReplies.goodAnswer.replacing("\"confidence\": 82", with: "\"confidence\": 30")

    @Test("kept answers are held against the checks again, without another call, and the file stays as it is")
    func recheck() async throws {
        let answering: [ScriptedServer.Step] = [
            .readRequest,
            .respond { request in
                String(decoding: request.prefix(200), as: UTF8.self).contains("/api/tags")
                    ? OllamaReplies.tags() : OllamaReplies.chat(Self.answer)
            },
        ]
        // A list of the models for either run, and one chat.
        let model = try ScriptedServer(Array(repeating: answering, count: 3))
        defer { model.stop() }
        let site = try SiteFixture(endpoint: model.url)
        defer { site.remove() }
        let row = """
            {"id": "r1", "trace": "KeyError: 'currency'", "service": "billing", "expected": {"names": ["currency"]}}
            """
        let set = try site.directory.write("set.jsonl", row + "\n")
        let kept = site.directory.path + "/kept.jsonl"
        let first = try await site.run("evaluate", "diagnosis", "--answers", kept, set)
        try #require(first.status == 0, "\(first.errors)")
        let written = try String(contentsOfFile: kept, encoding: .utf8)
        #expect(written == first.output && written.contains("\"promptTokens\""))
        // As an earlier version of the checks might have left it.
        let other = written.replacing("\"severity\":\"high\"", with: "\"severity\":\"info\"")
        try site.directory.write("kept.jsonl", other)
        let again = try await site.run("evaluate", "diagnosis", "--answers", kept, "--recheck", set)
        try #require(again.status == 0, "\(again.errors)")
        func fields(_ text: String) throws -> [String: Any] {
            try #require(try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
        }
        let (before, after) = (try fields(written), try fields(again.output))
        for name in ["promptTokens", "answerTokens", "calls"] {
            #expect(before[name] as? Int == after[name] as? Int, "\(name)")
        }
        let causes = try [before, after].map { try #require($0["diagnosis"] as? [String: Any])["rootCause"] as? String }
        #expect(causes[0] == causes[1] && causes[0] != nil)
        #expect(after["saidRight"] as? Bool == true && after["rawAnswers"] as? [String] == [Self.answer])
        #expect(try String(contentsOfFile: kept, encoding: .utf8) == other)
        let wrong = try await site.run("evaluate", "diagnosis", "--recheck", set)
        #expect(wrong.status == 64 && wrong.errors.contains("--recheck needs --answers"))
    }
}
