import ApplianceTestSupport
import Crypto
import Foundation
import Synchronization
import Testing

@Suite("A side-loaded model is verified, then made at the endpoint")
struct ModelsImportTests {
    /// What the server keeps: blobs by their sums, models by their names, and what it was asked, in order.
    ///
    /// As the recordings of a real server have it: a blob of another sum is refused with 400, a creation tells its
    /// steps line by line under 200, and so does a failure.
    private final class Store: Sendable {
        private struct State {
            var blobs: [String: Int] = [:]
            var models: [String: String] = [:]
            var asked: [String] = []
            var recipe: [String: String] = [:]
        }

        private let state = Mutex(State())
        /// In place of `success`.
        let failure = Mutex<String?>(nil)

        var asked: [String] { state.withLock { $0.asked } }
        var blobs: [String: Int] { state.withLock { $0.blobs } }
        var files: [String: String] { state.withLock { $0.recipe } }

        func have(model: String) { state.withLock { $0.models[model] = String(repeating: "11", count: 32) } }

        func reply(_ request: [UInt8]) -> [UInt8] {
            let end = request.firstRange(of: Array("\r\n\r\n".utf8))
            let body = end.map { Array(request[$0.upperBound...]) } ?? []
            let words = String(decoding: request.prefix(200), as: UTF8.self).split(separator: " ")
            let (method, path) = (words.first.map(String.init) ?? "", words.dropFirst().first.map(String.init) ?? "")
            state.withLock { $0.asked.append("\(method) \(path.prefix(18))") }
            if path.hasPrefix("/api/blobs/sha256:") { return blob(method, String(path.dropFirst(18)), body) }
            switch path {
            case "/api/create": return create(body)
            case "/api/tags":
                let models = state.withLock(\.models).sorted { $0.key < $1.key }.map {
                    #"{"name":"\#($0.key)","digest":"\#($0.value)","size":1,"details":{}}"#
                }
                return Self.json("200 OK", "{\"models\":[\(models.joined(separator: ","))]}")
            default: return Self.json("404 Not Found", #"{"error":"no such route"}"#)
            }
        }

        private func blob(_ method: String, _ sum: String, _ body: [UInt8]) -> [UInt8] {
            if method == "HEAD" {
                let isThere = state.withLock { $0.blobs[sum] != nil }
                return OllamaReplies.response(isThere ? "200 OK" : "404 Not Found", "text/plain", "")
            }
            let found = SHA256.hash(data: body).map { String(format: "%02x", $0) }.joined()
            guard found == sum else { return Self.json("400 Bad Request", #"{"error":"digest mismatch"}"#) }
            state.withLock { $0.blobs[sum] = body.count }
            return OllamaReplies.response("201 Created", "text/plain", "")
        }

        private func create(_ body: [UInt8]) -> [UInt8] {
            guard let recipe = try? JSONSerialization.jsonObject(with: Data(body)) as? [String: Any],
                let files = recipe["files"] as? [String: String], let name = recipe["model"] as? String
            else { return Self.json("400 Bad Request", #"{"error":"unexpected EOF"}"#) }
            let end = failure.withLock { $0 } ?? #"{"status":"success"}"#
            state.withLock { state in
                state.recipe = files
                if end.contains("success") {
                    state.models[name.contains(":") ? name : "\(name):latest"] = String(repeating: "22", count: 32)
                }
            }
            return OllamaReplies.response(
                "200 OK", "application/x-ndjson", "{\"status\":\"parsing GGUF\"}\n\(end)\n")
        }

        private static func json(_ status: String, _ body: String) -> [UInt8] {
            OllamaReplies.response(status, "application/json", body)
        }
    }

    private func withSite(_ body: (SiteFixture, Store, String) async throws -> Void) async throws {
        let store = Store()
        let server = try ScriptedServer([[.readRequest, .respond { store.reply($0) }]])
        defer { server.stop() }
        let site = try SiteFixture(endpoint: server.url)
        defer { site.remove() }
        let path = "\(site.directory.path)/stick/tiny.gguf"
        try FileManager.default.createDirectory(
            atPath: "\(site.directory.path)/stick", withIntermediateDirectories: true)
        try Data(GGUFFixture().bytes).write(to: URL(fileURLWithPath: path))
        try await body(site, store, path)
    }

    private static func sum(_ bytes: [UInt8]) -> String {
        SHA256.hash(data: bytes).map { String(format: "%02x", $0) }.joined()
    }

    @Test("a file with its sum beside it becomes a model whose digest is printed; nothing is sent twice")
    func file() async throws {
        try await withSite { site, store, path in
            let sum = Self.sum(GGUFFixture().bytes)
            try site.directory.write("stick/tiny.gguf.sha256", "\(sum)  tiny.gguf\n")
            let made = try await site.run("models", "import", path, "--name", "tiny:1b")
            #expect(made.status == 0, "\(made.errors)")
            #expect(made.output.contains("made tiny:1b, qwen2, context 32768"))
            #expect(made.output.contains("digest = \"\(String(repeating: "22", count: 32))\""))
            #expect(store.blobs == [sum: GGUFFixture().bytes.count] && store.files == ["model-0.gguf": "sha256:\(sum)"])
            let again = try await site.run("models", "import", path, "--name", "tiny:1b", "--replace", "--json")
            #expect(again.status == 0, "\(again.errors)")
            let outcome = try #require(
                try JSONSerialization.jsonObject(with: Data(again.output.utf8)) as? [String: Any])
            #expect(((outcome["files"] as? [[String: Any]])?.first?["wasThere"] as? Bool) == true)
            #expect(store.asked.count { $0.hasPrefix("POST /api/blobs") } == 1)
        }
    }

    @Test("a name that is taken is kept, unless it is to be replaced")
    func taken() async throws {
        try await withSite { site, store, path in
            store.have(model: "tiny:latest")
            let refused = try await site.run("models", "import", path, "--name", "tiny")
            #expect(refused.status == 64 && refused.errors.contains("--replace"), "\(refused.errors)")
            #expect(!store.asked.contains { $0.hasPrefix("POST") })
        }
    }

    @Test("a file that is not what the list says, or that the list does not name, is not sent")
    func lists() async throws {
        try await withSite { site, store, path in
            let wrong = String(repeating: "ab", count: 32)
            for (list, status) in [
                ("\(wrong)  tiny.gguf\n", 65), ("\(wrong)  other.gguf\n", 65), ("what is this\n", 65),
            ] as [(String, Int32)] {
                try site.directory.write("stick/CARRY-LIST", list)
                let told = try await site.run("models", "import", path)
                #expect(told.status == status, "\(list): \(told.errors)")
            }
            try site.directory.write("elsewhere", "\(Self.sum(GGUFFixture().bytes))  tiny.gguf\n")
            let list = "\(site.directory.path)/elsewhere"
            let told = try await site.run("models", "import", path, "--carry-list", list, "--check")
            #expect(told.status == 0 && told.output.contains("nothing was made"), "\(told.errors)")
            #expect(store.asked.isEmpty, "\(store.asked)")
        }
    }

    @Test("what is no model, or was cut short, is refused with a reason")
    func noModels() async throws {
        try await withSite { site, store, path in
            let whole = GGUFFixture().bytes
            for (bytes, words) in [
                (Array(whole.dropLast(7)), "cut short"), (Array("PK\u{3}\u{4}zip".utf8), "does not begin"),
                ([], "cut short"),
            ] as [([UInt8], String)] {
                try Data(bytes).write(to: URL(fileURLWithPath: path))
                let told = try await site.run("models", "import", path)
                #expect(told.status == 65 && told.errors.contains(words), "\(told.errors)")
            }
            #expect(try await site.run("models", "import", "\(path).none").status == 66)
            #expect(try await site.run("models", "import", path, "--name", "../etc").status == 64)
            #expect(store.asked.isEmpty, "\(store.asked)")
        }
    }

    @Test(
        "a server that fails while it creates, or stops without a word, has made nothing",
        arguments: [#"{"error":"no space left on device"}"#, #"{"status":"writing manifest"}"#, "<html>", ""])
    func failures(end: String) async throws {
        try await withSite { site, store, path in
            store.failure.withLock { $0 = end }
            let told = try await site.run("models", "import", path)
            #expect(told.status == 69, "\(told.errors)")
            #expect(!told.output.contains("made"))
        }
    }

    @Test("what carry copied is made whole: weights, template, licence and parameters")
    func carried() async throws {
        try await withSite { site, store, _ in
            let folder = "\(site.directory.path)/stick/library-tiny-1b"
            let parts: [(String, [UInt8])] = [
                ("model", GGUFFixture().bytes), ("template", Array("{{ .Prompt }}".utf8)),
                ("license", Array("MIT".utf8)), ("params", Array(#"{"stop":["x"]}"#.utf8)),
            ]
            let layers = parts.map {
                #"{"mediaType":"application/vnd.ollama.image.\#($0.0)","digest":"sha256:\#(Self.sum($0.1))"}"#
            }
            let manifest = "{\"layers\":[\(layers.joined(separator: ","))]}"
            try site.directory.write("stick/library-tiny-1b/manifest", manifest)
            try site.directory.write("stick/library-tiny-1b/name", "library/tiny/1b\n")
            var list = "\(Self.sum(Array(manifest.utf8)))  \(manifest.utf8.count)  manifest\n"
            try FileManager.default.createDirectory(atPath: "\(folder)/blobs", withIntermediateDirectories: true)
            for (_, bytes) in parts {
                let name = "blobs/sha256-\(Self.sum(bytes))"
                try Data(bytes).write(to: URL(fileURLWithPath: "\(folder)/\(name)"))
                list += "\(Self.sum(bytes))  \(bytes.count)  \(name)\n"
            }
            try site.directory.write("stick/library-tiny-1b/CARRY-LIST", list)
            let made = try await site.run("models", "import", folder)
            #expect(made.status == 0 && made.output.contains("made tiny:1b"), "\(made.errors)")
            #expect(store.blobs.count == 1)
            // A licence that was changed is none that was listed.
            let license = "\(folder)/blobs/sha256-\(Self.sum(parts[2].1))"
            try Data("GPL".utf8).write(to: URL(fileURLWithPath: license))
            let told = try await site.run("models", "import", folder, "--replace")
            #expect(told.status == 65 && told.errors.contains("is not what was sent"), "\(told.errors)")
        }
    }

    @Test("a server without that interface says so")
    func otherServer() async throws {
        let server = try ScriptedServer([
            [
                .readRequest,
                .respond { request in
                    request.starts(with: "GET /api/tags".utf8)
                        ? OllamaReplies.tags()
                        : OllamaReplies.response("404 Not Found", "text/plain", "404 page not found")
                },
            ]
        ])
        defer { server.stop() }
        let site = try SiteFixture(endpoint: server.url)
        defer { site.remove() }
        let path = "\(site.directory.path)/tiny.gguf"
        try Data(GGUFFixture().bytes).write(to: URL(fileURLWithPath: path))
        let told = try await site.run("models", "import", path)
        #expect(told.status == 69 && told.errors.contains("404 page not found"), "\(told.errors)")
    }
}
