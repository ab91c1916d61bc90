import ApplianceTestSupport
import Events
import Testing

@testable import GitMirror

@Suite("An event without frames is found by its module and its words")
struct SearchTests {
    static let service = """
        use tracing::error;

        pub async fn complete(prompt: &str) -> Result<String, Error> {
            let reply = post(prompt).await;
            if reply.is_empty() {
                error!(code = "AI_003", "model returned an empty answer for {}", prompt);
            }
            Ok(reply)
        }

        """

    private func fixture() throws -> GitFixture {
        let fixture = try GitFixture()
        try fixture.commit(
            "all",
            [
                "server/src/domain/ai/service.rs": Self.service, "server/src/main.rs": "fn main() {\n    run();\n}\n",
                "docs/errors.md": "model returned an empty answer for X: see AI_003\n",
                "tools/sync.py": "def sync():\n    raise Timeout(\"replica did not answer in time\")\n",
                "a/one.py": "def one():\n    log(\"shared words of two places\")\n",
                "b/two.py": "def two():\n    log(\"shared words of two places\")\n",
            ], at: day(0))
        return fixture
    }

    private func ask(_ message: String, target: String? = nil, code: String? = nil) async throws -> CodeContext {
        var given = event(message)
        (given.target, given.code) = (target, code)
        return try await context(try fixture(), given)
    }

    @Test("a Rust target and the message's words give the line")
    func target() async throws {
        let found = try await ask(
            "model returned an empty answer for invoice 77", target: "server::domain::ai::service", code: "AI_003")
        let excerpt = try #require(found.excerpts.first)
        #expect(excerpt.file == "server/src/domain/ai/service.rs")
        #expect(excerpt.marked == [6])
        #expect(excerpt.function == "complete")
        #expect(found.suspects.first?.subject == "all")
    }

    @Test("the code alone gives the line in the target's file")
    func code() async throws {
        let found = try await ask("x 1", target: "server::domain::ai::service", code: "AI_003")
        #expect(found.excerpts.first?.marked == [6])
        #expect(try #require(found.excerpts.first).score < 0.7)
    }

    @Test("words alone find code before documents")
    func words() async throws {
        let found = try await ask("worker 3: replica did not answer in time (10.0.0.3)")
        #expect(found.excerpts.first?.file == "tools/sync.py")
        let model = try await ask("model returned an empty answer for y")
        #expect(model.excerpts.first?.file == "server/src/domain/ai/service.rs")
    }

    @Test("two places with the same words: neither is sure")
    func twice() async throws {
        let found = try await ask("shared words of two places")
        #expect(found.excerpts.count == 2)
        #expect(found.excerpts.allSatisfy { $0.score < 0.6 })
        #expect(found.notes.contains("2 places carry the message's words; none is sure"))
    }

    @Test("a target whose file has none of the words shows the file's beginning, unmarked")
    func beginning() async throws {
        let found = try await ask("zzz", target: "server::domain::ai::service")
        #expect(found.excerpts.first?.marked == [])
        #expect(try #require(found.excerpts.first).score <= 0.4)
    }

    @Test("a target that is nowhere is not found")
    func nowhere() async throws {
        guard case .notFound = try await ask("zzz", target: "other::thing").state else {
            Issue.record("expected notFound")
            return
        }
    }

    @Test(
        "fragments are literal words",
        arguments: [
            ("user 42 has no open order", ["has no open order", "has no open", "no open order"]), ("12345", []),
            ("connection refused: upstream \"pricing\" is gone away", ["connection refused", "is gone away"]),
            ("--output=/tmp/x\n-e .*", []),
        ] as [(String, [String])])
    func fragments(message: String, expected: [String]) {
        let found = MessageSearch(event(message)).fragments
        #expect(expected.isEmpty ? found.isEmpty : found.contains(expected[0]))
    }
}
