import ApplianceTestSupport
import Events
import Foundation
import Testing

/// The python3 that makes the open set; nil where there is none.
private let python = ["/usr/bin/python3", "/usr/local/bin/python3"].first(where: FileManager.default.isExecutableFile)

@Suite("evaluate code-context measures the code context alone")
struct CodeContextTests {
    private struct Facts: Decodable {
        var rows: Int
        var file: Double
        var function: Double
        var guiltyFirst: Double
        var guiltyInFirstThree: Double
    }

    private func evaluate(_ set: URL, home: TemporaryDirectory) async throws -> ApplianceBinary.Outcome {
        try await ApplianceBinary().run(["evaluate", "code-context", set.path, "--home", home.url.path])
    }

    @Test(
        "the open sets keep their figures: 156 cases in 12 languages, and 144 made against the method",
        .enabled(if: python != nil, "needs python3"),
        arguments: [("code_context_set.py", 156), ("code_context_second_set.py", 144)])
    func openSet(script: String, rows: Int) async throws {
        let directory = try TemporaryDirectory()
        defer { directory.remove() }
        let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        let maker = Process()
        maker.executableURL = URL(fileURLWithPath: try #require(python))
        maker.arguments = [
            "-B", root.appending(path: "Benchmarks/\(script)").path, "--directory", directory.url.path,
        ]
        maker.environment = ["PATH": "/usr/local/bin:/usr/bin:/bin"]
        let made = try await ApplianceBinary.finish(maker)
        #expect(made.status == 0, "\(made.errors)")

        let outcome = try await evaluate(directory.url.appending(path: "set.jsonl"), home: directory)
        #expect(outcome.status == 0, "\(outcome.errors)")
        let last = try #require(outcome.errors.split(separator: "\n").last)
        let facts = try JSONDecoder().decode(Facts.self, from: Data(last.utf8))
        #expect(facts.rows == rows)
        #expect(facts.file >= 0.95)
        #expect(facts.function >= 0.85)
        #expect(facts.guiltyFirst >= 0.8)
        #expect(facts.guiltyInFirstThree >= 0.9)
        #expect(outcome.output.split(separator: "\n").count == facts.rows)
    }

    @Test("rows are read leniently; what is no row is named by its line")
    func rows() async throws {
        let directory = try TemporaryDirectory()
        defer { directory.remove() }
        let fixture = try GitFixture()
        let text = "def run(x):\n    return x.y\n"
        let commit = try fixture.commit("start", ["app/run.py": text], at: .init(seconds: 1_790_000_000))
        try fixture.tag("v1.0", commit)
        func row(_ more: [String: Any]) throws -> String {
            let row = ["mirror": fixture.path].merging(more) { $1 }
            return String(decoding: try JSONSerialization.data(withJSONObject: row), as: UTF8.self)
        }
        let frames = [["file": "/srv/app/run.py", "function": "run", "line": 2]]
        let sentry: [String: Any] = [
            "event_id": "9ec79c33ec9942ab8353589fcb2e04dc", "platform": "python", "level": "error",
            "exception": [
                "values": [
                    [
                        "type": "E", "value": "x",
                        "stacktrace": ["frames": [["filename": "app/run.py", "function": "run", "lineno": 2]]],
                    ]
                ]
            ],
        ]
        let trace =
            "Traceback (most recent call last):\n  File \"/srv/app/run.py\", line 2, in run\n    return x.y\nAttributeError: y"
        let lines = try [
            row(["id": 1, "revision": commit, "trace": trace]),
            row(["id": "b", "revision": "v1.0", "event": ["exceptions": [["type": "E", "frames": frames]]]]),
            row(["id": 3, "revision": String(commit.prefix(8)), "event": sentry]),
            row(["id": 4, "trace": trace, "mirror": "/nowhere/at/all"]),
            row(["id": 5, "release": "v1.0", "trace": "nothing that is a trace"]),
        ]
        let set = directory.url.appending(path: "set.jsonl")
        try lines.joined(separator: "\n").write(to: set, atomically: true, encoding: .utf8)
        let outcome = try await evaluate(set, home: directory)
        #expect(outcome.status == 0, "\(outcome.errors)")
        let answers = try outcome.output.split(separator: "\n").map {
            try #require(try JSONSerialization.jsonObject(with: Data($0.utf8)) as? [String: Any])
        }
        #expect(answers.count == 5)
        for answer in answers.prefix(3) {
            let excerpt = (answer["excerpts"] as? [[String: Any]])?.first
            #expect(excerpt?["file"] as? String == "app/run.py")
            #expect(excerpt?["marked"] as? [Int] == [2])
            #expect((answer["suspects"] as? [[String: Any]])?.first?["commit"] as? String == commit)
        }
        // Without the mirror, the trace's own line is what is left, and the answer says so.
        #expect("\(answers[3]["state"] ?? "")".contains("fromEvent"))
        #expect("\(answers[3]["notes"] ?? "")".contains("no git mirror at /nowhere/at/all"))

        try (lines[0] + "\nnot a row\n").write(to: set, atomically: true, encoding: .utf8)
        let refused = try await evaluate(set, home: directory)
        #expect(refused.status == 65)
        #expect(refused.errors.contains("set.jsonl:2 is not a row with a mirror and an event or a trace"))
    }

    @Test("bundles that mirror-sync makes are taken in one after the other; unpacked source is read as such")
    func carried() async throws {
        let directory = try TemporaryDirectory()
        defer { directory.remove() }
        let fixture = try GitFixture()
        let first = try fixture.commit(
            "one", ["app/run.py": "def run(x):\n    return x\n"], at: .init(seconds: 1_790_000_000))
        let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        func sync() async throws -> String {
            let process = Process()
            process.executableURL = URL(fileURLWithPath: "/bin/sh")
            process.arguments = [
                root.appending(path: "deploy/mirror-sync").path, fixture.path, "shop", fixture.beside("state"),
                fixture.beside("out"),
            ]
            process.environment = ["PATH": "/usr/local/bin:/usr/bin:/bin", "HOME": directory.url.path]
            let outcome = try await ApplianceBinary.finish(process)
            #expect(outcome.status == 0, "\(outcome.errors)")
            return outcome.output.trimmingCharacters(in: .whitespacesAndNewlines)
        }
        let whole = try await sync()
        try fixture.git("clone", "-q", "--mirror", whole, fixture.beside("mirror.git"))
        let second = try fixture.commit(
            "two", ["app/run.py": "def run(x):\n    return x.y\n"], at: .init(seconds: 1_790_001_000))
        try directory.write(
            "appliance.toml",
            "[[mirror]]\nname = \"shop\"\npath = \"\(fixture.beside("mirror.git"))\"\nservices = [\"shop\"]\n\n"
                + "[[mirror]]\nname = \"unpacked\"\npath = \"unpacked\"\nservices = [\"other\"]\n")
        let next = try await sync()
        #expect(next.hasSuffix("shop-000002.bundle"))
        #expect(try await sync() == "")
        let binary = try ApplianceBinary()
        let home = ["--home", directory.url.path]
        let taken = try await binary.run(["mirror", "import", next] + home)
        #expect(taken.status == 0, "\(taken.errors)")
        #expect(taken.output.contains("refs/heads/main  \(first.prefix(10)) → \(second.prefix(10))"))
        let again = try await binary.run(["mirror", "import", next, "--json"] + home)
        #expect(again.status == 0 && again.output.contains("\"changes\":[]"))
        #expect(try await binary.run(["mirror", "import", next, "--mirror", "nobody"] + home).status == 64)
        #expect(try await binary.run(["mirror", "import", "/etc/hostname", "--mirror", "shop"] + home).status == 65)
        let status = try await binary.run(["mirror", "status"] + home)
        #expect(status.output.contains("mirror shop") && status.output.contains(String(second.prefix(10))))

        try directory.write("unpacked/app/run.py", "def run(x):\n    return x.y\n")
        let trace =
            "Traceback (most recent call last):\n  File \"/srv/app/run.py\", line 2, in run\n    return x.y\nAttributeError: y\n"
        let context = try await binary.run(
            ["explain", "--context-only", "--json", "--service", "other"] + home, input: Data(trace.utf8))
        #expect(
            context.output.contains("sourceTree") && context.output.contains("without a history"), "\(context.errors)")
        #expect(context.output.contains("\"marked\":[2]"))
    }
}
