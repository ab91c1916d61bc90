import ApplianceTestSupport
import Foundation
import Synchronization
import Testing

@Suite("Models are listed, checked, routed, and refused once they have changed")
struct ModelsTests {
    /// A server with a small and a large model, which answers by the path that is asked for.
    private final class Models: Sendable {
        /// The small model's digest, and how sure it is.
        let digest = Mutex(String(repeating: "ab", count: 32))
        let confidence = Mutex(90)
        private let asked = Mutex<[String]>([])

        var askedModels: [String] { asked.withLock { $0 } }

        func reply(_ request: [UInt8]) -> [UInt8] {
            let text = String(decoding: request, as: UTF8.self)
            let path = text.split(separator: " ").dropFirst().first ?? ""
            switch path {
            case "/api/tags": return Self.json("{\"models\":[\(entry("small")),\(entry("large"))]}")
            case "/api/ps": return Self.json("{\"models\":[\(entry("large"))]}")
            case "/api/version": return Self.json(#"{"version":"0.32.15"}"#)
            default:
                let name = text.contains("\"model\":\"small\"") ? "small" : "large"
                asked.withLock { $0.append(name) }
                let confidence = name == "small" ? confidence.withLock { $0 } : 82
                let answer = OllamaReplies.goodAnswer.replacing(
                    "\"confidence\": 82", with: "\"confidence\": \(confidence)")
                return OllamaReplies.chat(answer)
            }
        }

        private func entry(_ name: String) -> String {
            let digest = name == "small" ? digest.withLock { $0 } : String(repeating: "cd", count: 32)
            return """
                {"name":"\(name)","digest":"\(digest)","size":1048576,"size_vram":0,"context_length":2048,\
                "details":{"parameter_size":"1B","quantization_level":"Q4","context_length":32768}}
                """
        }

        private static func json(_ body: String) -> [UInt8] {
            OllamaReplies.response("200 OK", "application/json", body)
        }
    }

    private func withSite(_ body: (SiteFixture, Models) async throws -> Void) async throws {
        let models = Models()
        let server = try ScriptedServer([[.readRequest, .respond { models.reply($0) }]])
        defer { server.stop() }
        let site = try SiteFixture()
        defer { site.remove() }
        try site.directory.write(
            "home/models.conf",
            """
            [endpoint]
            url = "\(server.url)"
            [models.triage]
            name = "small"
            num_ctx = 4096
            [models.thorough]
            role = "diagnose"
            size = "large"
            name = "large"
            num_ctx = 4096
            options = ["num_thread=2"]
            """)
        try site.directory.write("logs/worker.log", SiteFixture.traceback())
        try await body(site, models)
    }

    @Test("list and check tell what is there and what does not fit")
    func lists() async throws {
        try await withSite { site, _ in
            let list = try await site.run("models", "list", "--json")
            #expect(list.status == 0, "\(list.errors)")
            let models = try #require(
                try JSONSerialization.jsonObject(with: Data(list.output.utf8)) as? [[String: Any]])
            #expect(models.map { $0["name"] as? String } == ["small", "large"])
            #expect(models[0]["tables"] as? [String] == ["triage"] && models[1]["tables"] as? [String] == ["thorough"])
            #expect(models[0]["isLoaded"] as? Bool == false && models[1]["isLoaded"] as? Bool == true)
            let check = try await site.run("models", "check")
            // The server gives the large one less context than is configured.
            #expect(check.status == 69, "\(check.output)")
            #expect(check.output.contains("[models.thorough] warning large: num_ctx is 4096, the model has 2048"))
            #expect(check.output.contains("[models.triage] ok small, triage, small, sha256 abababababab…"))
            let bench = try await site.run("models", "bench", "--calls", "2", "--json")
            #expect(bench.status == 0, "\(bench.errors)")
            let results = try #require(
                try JSONSerialization.jsonObject(with: Data(bench.output.utf8)) as? [[String: Any]])
            #expect(results.map { $0["followedSchema"] as? Int } == [2, 2])
            #expect(results.map { $0["model"] as? String } == ["small", "large"])
        }
    }

    @Test("a sure small model is enough; where it is not sure, the large one is asked, and the report tells both")
    func routes() async throws {
        try await withSite { site, models in
            #expect(try await site.run("batch").status == 0)
            #expect(models.askedModels == ["small"])
            let report = try await site.report()
            #expect(((report["costs"] as? [[String: Any]])?.first?["model"] as? String) == "small")
        }
        try await withSite { site, models in
            models.confidence.withLock { $0 = 41 }
            #expect(try await site.run("batch").status == 0)
            #expect(models.askedModels == ["small", "large"])
            let page = try site.directory.read("home/reports/2026-11-21.md")
            #expect(page.contains("diagnosed by large") && page.contains("small was asked too"), "\(page)")
            #expect(page.contains("## What the models took"), "\(page)")
            // Nothing changed: the answer of both is used again.
            #expect(try await site.run("batch").status == 0)
            #expect(models.askedModels == ["small", "large"])
        }
    }

    @Test("a model that has changed is not asked until somebody accepts it")
    func changes() async throws {
        try await withSite { site, models in
            #expect(try await site.run("batch").status == 0)
            models.digest.withLock { $0 = String(repeating: "ef", count: 32) }
            try site.directory.write("logs/other.log", SiteFixture.traceback().replacing("currency", with: "amount"))
            let second = try await site.run("batch")
            #expect(second.errors.contains("model small has changed"), "\(second.errors)")
            #expect(models.askedModels == ["small", "large"])
            let check = try await site.run("models", "check")
            #expect(check.output.contains("appliance models accept small"))
            #expect(try await site.run("models", "accept", "small").status == 0)
            try site.directory.write("logs/third.log", SiteFixture.traceback().replacing("currency", with: "country"))
            #expect(try await site.run("batch").status == 0)
            #expect(models.askedModels.dropFirst(2).first == "small")
        }
    }
}
