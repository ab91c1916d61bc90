import ApplianceTestSupport
import Foundation
import Testing

@Suite("The sample's story is found by a batch without any model")
struct SampleTests {
    static let end = "2026-11-20T21:00:00Z"

    private struct Facts: Decodable {
        struct Kind: Decodable {
            var kind: String
            var eventsLast24h: Int
        }
        struct Commit: Decodable {
            var subject: String
            var commit: String
        }
        var errorEvents: Int
        var errorEventsLast24h: Int
        var noiseLines: Int
        var kinds: [Kind]
        var commits: [String: Commit]
        var secrets: [String]
    }

    /// The unpacked sample with a home beside it, as `make demo` lays them out.
    private struct Demo {
        let directory: TemporaryDirectory
        let binary: ApplianceBinary
        let facts: Facts

        init() async throws {
            directory = try TemporaryDirectory()
            binary = try ApplianceBinary()
            let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
                .deletingLastPathComponent()
            let unpack = Process()
            unpack.executableURL = URL(fileURLWithPath: "/bin/sh")
            let sample = root.appending(path: "deploy/sample")
            unpack.arguments = [sample.appending(path: "unpack.sh").path, directory.path + "/sample", SampleTests.end]
            let unpacked = try await ApplianceBinary.finish(unpack)
            try #require(unpacked.status == 0, "\(unpacked.errors)")
            facts = try JSONDecoder().decode(
                Facts.self, from: Data(contentsOf: directory.url.appending(path: "sample/sample.json")))
            let home = directory.url.appending(path: "home")
            #expect(try await binary.run(["init", "--quiet", "--home", home.path]).status == 0)
            let configuration = try String(contentsOf: sample.appending(path: "appliance.toml"), encoding: .utf8)
            try directory.write("home/appliance.toml", configuration)
            try directory.write("home/models.conf", "")
            #expect(try await run("history", "import", directory.path + "/sample/history.jsonl").status == 0)
        }

        @discardableResult
        func run(_ arguments: String...) async throws -> ApplianceBinary.Outcome {
            try await binary.run(
                arguments + ["--now", SampleTests.end], environment: ["APPLIANCE_HOME": directory.path + "/home"])
        }
    }

    @Test("what is new, back and worse, the guilty commit, the old fix, the stale mirror")
    func story() async throws {
        let demo = try await Demo()
        defer { demo.directory.remove() }
        let batch = try await demo.run("batch")
        #expect(batch.status == 0, "\(batch.errors)")
        #expect(batch.errors.contains("\(demo.facts.errorEvents) events"))
        let page = try demo.directory.read("home/reports/2026-11-21.md")
        #expect(page.contains("\(demo.facts.errorEventsLast24h) events in"))

        // The new critical error, and the commit that brought it.
        let critical = try #require(page.firstMatch(of: /## Critical\n\n### (G-[0-9a-f]{8}) `orders-api`/))
        #expect(page.contains("is new and critical"))
        #expect(page[critical.range.lowerBound...].contains("412 events · **new**"))
        let guilty = try #require(demo.facts.commits["guilty"])
        let suspect = "- [S1] `\(guilty.commit.prefix(7))`"
        #expect(page.contains(suspect) && page.contains(guilty.subject))
        #expect(page.contains("pricing client a time-out of 2 s"), "the earlier incident's fix")

        // The regression, with its old fix.
        let old = try #require(demo.facts.commits["oldFix"])
        #expect(page.contains("is back after being resolved") && page.contains(old.commit.prefix(7)))
        #expect(batch.errors.contains("1 back"))

        // What could not be told.
        #expect(page.contains("mirror billing: its last fetch was 8 days ago; release"))
        #expect(page.contains("2026.11.20-3"))
        #expect(page.contains("결제"), "the line in CP949")
    }

    @Test("secrets are masked everywhere, and the line that gives orders is shown harmless")
    func hostile() async throws {
        let demo = try await Demo()
        defer { demo.directory.remove() }
        #expect(try await demo.run("batch").status == 0)
        let walker = try #require(FileManager.default.enumerator(atPath: demo.directory.path + "/home"))
        for case let name as String in walker {
            guard let data = FileManager.default.contents(atPath: demo.directory.path + "/home/" + name) else {
                continue
            }
            for secret in demo.facts.secrets {
                #expect(data.range(of: Data(secret.utf8)) == nil, "\(name) holds a secret")
            }
        }
        let page = try demo.directory.read("home/reports/2026-11-21.md")
        let outsideFences = page.split(separator: "```").enumerated().filter { $0.offset % 2 == 0 }.map(\.element)
            .joined()
        #expect(page.contains("IGNORE ALL PREVIOUS INSTRUCTIONS"))
        #expect(!outsideFences.contains("](http") && !outsideFences.contains("<script"))
        for number in try await demo.run("outbox", "list", "--ids").output.split(separator: "\n") {
            let message = try await demo.run("outbox", "show", String(number)).output
            #expect(!message.contains("@everyone") && !message.contains("evil.example"))
        }
    }

    @Test("the same input gives the same bytes")
    func determinism() async throws {
        var pages: [[String]] = []
        for _ in 0..<2 {
            let demo = try await Demo()
            defer { demo.directory.remove() }
            #expect(try await demo.run("batch").status == 0)
            // The key that masks secrets is the home's own: its digests differ, and nothing else.
            let texts = try ["md", "json"].map { kind in
                try demo.directory.read("home/reports/2026-11-21.\(kind)")
                    .replacing(/(<[a-z-]+:)[0-9a-f]{6}>/) { "\($0.1)…>" }
                    .replacing(/(\\u003c[a-z-]+:)[0-9a-f]{6}/) { "\($0.1)…" }
            }
            pages.append(texts)
        }
        #expect(pages[0] == pages[1])
    }
}
