import ApplianceTestSupport
import Foundation
import Synchronization
import Testing

/// A real model behind `/api/embed`, where the live models' engine is at hand.
private final class EmbeddingServer: Sendable {
    static let model = "smollm2:135m"
    let url: String
    private let process: Process

    private static let cache = FileManager.default.homeDirectoryForCurrentUser.appending(path: ".cache/ollama-standin")
    static let python = ProcessInfo.processInfo.environment["STANDIN_VENV"].map { URL(filePath: $0) } ?? cache
    static let file =
        (ProcessInfo.processInfo.environment["STANDIN_MODELS"].map { URL(filePath: $0) }
        ?? cache.appending(path: "models")).appending(path: "smollm2_135m.gguf")

    static var isThere: Bool { FileManager.default.fileExists(atPath: file.path) }

    init() throws {
        process = Process()
        process.executableURL = Self.python.appending(path: "bin/python")
        let script = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Clients/embedding_server.py")
        process.arguments = [script.path, Self.file.path]
        let output = Pipe()
        (process.standardOutput, process.standardError) = (output, FileHandle.nullDevice)
        try process.run()
        var text = Data()
        while !text.contains(0x0A) {
            let piece = output.fileHandleForReading.availableData
            if piece.isEmpty { break }
            text += piece
        }
        let words = String(decoding: text, as: UTF8.self).split(separator: " ")
        url = String(try #require(words.first { $0.hasPrefix("http://") }))
    }

    /// The engine below takes SIGTERM for itself.
    func stop() {
        kill(process.processIdentifier, SIGKILL)
        process.waitUntilExit()
    }
}

@Suite("An embedding model helps to find similar errors", .timeLimit(.minutes(5)))
struct EmbeddingTests {
    /// Errors of a night, each a group of its own.
    private static let night = [
        "disk quota exceeded while writing the invoice archive", "certificate of the payment gateway has expired",
        "cannot resolve host name of the ledger", "deadlock detected while updating stock",
        "permission denied opening the key store", "out of memory while rendering the catalogue",
        "connection refused by the mail relay", "checksum of the uploaded parcel label differs",
        "unknown currency in exchange table", "template of the receipt has no footer",
        "queue of outgoing letters is over its limit", "clock of the scanner runs behind",
        "duplicate number of a delivery note", "session of the warehouse clerk was revoked",
        "route of the courier has no stops", "signature of the webhook does not match",
        "no space left on the volume of backups", "translation of the checkout page is missing",
        "rate limit of the geocoder reached", "printer on the second floor answers nothing",
        "volume quota exceeded while reading the invoice archive",
    ]

    private static func lines() -> String {
        night.enumerated().map { "2026-11-21 04:\(10 + $0):00,000 ERROR billing: \($1)\n" }.joined()
    }

    private static func models(_ url: String, _ name: String, diagnose: Bool = false) -> String {
        """
        [endpoint]
        url = "\(url)"
        [models.embed]
        name = "\(name)"
        num_ctx = 512
        """ + (diagnose ? "\n[models.diagnose]\nname = \"test-model\"\nnum_ctx = 4096\n" : "\n")
    }

    private func embedding(_ outcome: ApplianceBinary.Outcome) throws -> [String: Any] {
        let summary = try JSONSerialization.jsonObject(with: Data(outcome.output.utf8)) as? [String: Any]
        let run = summary?["run"] as? [String: Any]
        let diagnosing = run?["diagnosing"] as? [String: Any]
        return try #require(diagnosing?["embedding"] as? [String: Any])
    }

    @Test(
        "a real model's vectors are made once a group, kept, audited and used",
        .enabled(if: EmbeddingServer.isThere, "needs the live models of the test data (ollama/setup.sh)"))
    func real() async throws {
        let server = try EmbeddingServer()
        defer { server.stop() }
        let site = try SiteFixture()
        defer { site.remove() }
        try site.directory.write("home/models.conf", Self.models(server.url, EmbeddingServer.model))
        try site.directory.write("logs/worker.log", Self.lines())
        let first = try await site.run("batch", "--json")
        #expect(first.status == 0, "\(first.errors)")
        let made = try embedding(first)
        #expect(made["made"] as? Int == Self.night.count && made["left"] as? Int == 0 && made["problem"] == nil)
        #expect((made["tokens"] as? Int ?? 0) > 100)
        let report = try await site.report()
        let groups = try #require(report["groups"] as? [[String: Any]])
        let disk = try #require(groups.first { ($0["title"] as? String)?.contains("disk quota") == true })
        let id = try #require(disk["id"] as? String)
        let similar = try await site.run("similar", id)
        #expect(similar.output.contains("near in meaning"), "\(similar.output)")
        // The server is gone: what it said before goes on helping, and what is new is found by words.
        server.stop()
        try site.directory.write("logs/more.log", "2026-11-21 05:10:00,000 ERROR billing: disk quota exceeded again\n")
        let second = try await site.run("batch", "--json")
        #expect(second.status == 0, "\(second.errors)")
        let problem = try #require(try embedding(second)["problem"] as? String)
        #expect(problem.hasPrefix("similar errors are found by words and frames alone"))
        #expect(try await site.run("similar", id).output.contains("near in meaning"))
        #expect(try site.directory.read("home/reports/2026-11-21.md").contains("embedding model"))
        #expect(try await site.run("history", "verify").status == 0)
    }

    /// Answers each embedding with a vector that only depends on the text, and refuses after some.
    private func server(refusingAfter most: Int = .max) throws -> ScriptedServer {
        let asked = Counter()
        return try ScriptedServer(answering: [
            .respond { bytes in
                let request = PlainRequest(bytes)
                guard request.path == "/api/embed" else { return OllamaReplies.tags("embedder") }
                guard asked.next() <= most else {
                    return OllamaReplies.response(
                        "501 Not Implemented", "application/json",
                        #"{"error":"This server does not support embeddings. Start it with `--embeddings`"}"#)
                }
                let body = try? JSONSerialization.jsonObject(with: Data(request.body.utf8)) as? [String: Any]
                let texts = body?["input"] as? [String] ?? []
                let vectors = texts.map { text in "[\(text.utf8.count % 7 + 1),\(text.utf8.first ?? 0),3]" }
                return OllamaReplies.response(
                    "200 OK", "application/json",
                    #"{"embeddings":[\#(vectors.joined(separator: ","))],"prompt_eval_count":\#(texts.count)}"#)
            }
        ])
    }

    @Test("a run that is refused half-way keeps what it has, says so, and the next one goes on")
    func resumes() async throws {
        let site = try SiteFixture()
        defer { site.remove() }
        try site.directory.write(
            "logs/worker.log",
            (0..<50).map { number in
                "2026-11-21 04:\(10 + number % 50):00,000 ERROR billing: \(Self.word(number)) \(Self.word(number + 77))\n"
            }.joined())
        let broken = try server(refusingAfter: 1)
        defer { broken.stop() }
        try site.directory.write("home/models.conf", Self.models(broken.url, "embedder"))
        let first = try await site.run("batch", "--json")
        #expect(first.status == 0, "\(first.errors)")
        #expect(first.errors.contains("warning   similar errors are found by words and frames alone"))
        let begun = try embedding(first)
        let (made, left) = (try #require(begun["made"] as? Int), try #require(begun["left"] as? Int))
        #expect(made == 32 && left > 0)
        #expect((begun["problem"] as? String)?.contains("501") == true)

        let whole = try server()
        defer { whole.stop() }
        try site.directory.write("home/models.conf", Self.models(whole.url, "embedder"))
        let rest = try embedding(try await site.run("batch", "--json"))
        #expect(rest["made"] as? Int == left && rest["left"] as? Int == 0)
        let nothing = try embedding(try await site.run("batch", "--json"))
        #expect(nothing["made"] as? Int == 0)
    }

    @Test("embeddings that cannot be kept end the asking, and the run says so")
    func useless() async throws {
        let server = try ScriptedServer(answering: [
            .respond { bytes in
                let request = PlainRequest(bytes)
                guard request.path == "/api/embed" else { return OllamaReplies.tags("embedder") }
                let body = try? JSONSerialization.jsonObject(with: Data(request.body.utf8)) as? [String: Any]
                let zeros = (body?["input"] as? [String] ?? []).map { _ in "[0,0,0]" }.joined(separator: ",")
                return OllamaReplies.response("200 OK", "application/json", #"{"embeddings":[\#(zeros)]}"#)
            }
        ])
        defer { server.stop() }
        let site = try SiteFixture()
        defer { site.remove() }
        try site.directory.write("home/models.conf", Self.models(server.url, "embedder"))
        try site.directory.write("logs/worker.log", Self.lines())
        let outcome = try await site.run("batch", "--json")
        #expect(outcome.status == 0, "\(outcome.errors)")
        let told = try embedding(outcome)
        #expect(told["made"] as? Int == 0 && told["left"] as? Int == Self.night.count)
        #expect((told["problem"] as? String)?.contains("has a direction") == true)
        #expect(server.requests.count { PlainRequest($0).path == "/api/embed" } == 1)
    }

    @Test("models.conf may name one embedding model; a window smaller than an answer is no fault of it")
    func configuration() async throws {
        let site = try SiteFixture()
        defer { site.remove() }
        let twice = Self.models("http://127.0.0.1:9", "embedder") + "[models.other]\nname = \"b\"\nrole = \"embed\"\n"
        try site.directory.write("home/models.conf", twice)
        let refused = try await site.run("batch")
        #expect(refused.status == 78, "\(refused.errors)")
        #expect(refused.errors.contains("two models have the role embed"))
        try site.directory.write("home/models.conf", Self.models("http://127.0.0.1:9", "embedder"))
        try site.directory.write("logs/worker.log", SiteFixture.traceback())
        let away = try await site.run("batch")
        #expect(away.status == 0, "\(away.errors)")
    }

    @Test("doctor tells of an embedding model that is not there, and of a window that it does not have")
    func doctor() async throws {
        let server = try ScriptedServer(answering: [
            .respond { bytes in
                switch PlainRequest(bytes).path {
                case "/api/version": OllamaReplies.response("200 OK", "application/json", #"{"version":"0.32.15"}"#)
                case "/api/ps": OllamaReplies.response("200 OK", "application/json", #"{"models":[]}"#)
                default: OllamaReplies.tags()
                }
            }
        ])
        defer { server.stop() }
        let site = try SiteFixture()
        defer { site.remove() }
        try site.directory.write("home/models.conf", Self.models(server.url, "nomic-embed-text", diagnose: true))
        let missing = try await site.run("doctor")
        #expect(missing.output.contains("model nomic-embed-text is not installed"), "\(missing.output)")
        try site.directory.write("home/models.conf", Self.models(server.url, "test-model", diagnose: true))
        let there = try await site.run("doctor")
        #expect(there.output.contains("num_ctx 512") && there.output.contains("num_ctx 4096"), "\(there.output)")
    }

    /// Words that no other line has.
    private static func word(_ number: Int) -> String {
        let letters = Array("bdfgklmnprstvz"), vowels = Array("aeiou")
        var (rest, word) = (number * 7919 + 13, "")
        for _ in 0..<4 {
            word.append(letters[rest % letters.count])
            word.append(vowels[rest / letters.count % vowels.count])
            rest = rest / 7 + number * 31
        }
        return word
    }
}

private final class Counter: Sendable {
    private let count = Mutex(0)

    func next() -> Int {
        count.withLock { count in
            count += 1
            return count
        }
    }
}
