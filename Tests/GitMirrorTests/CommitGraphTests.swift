import ApplianceTestSupport
import Events
import Foundation
import Testing

@testable import GitMirror

@Suite("A file's versions are walked over the commit-graph as git lists them")
struct CommitGraphTests {
    private static let files = ["a.py", "src/b.py", "src/deep/c.py", "src/deep/d e.py"]

    /// Random commits on two branches that are merged now and then; files come and go, merges mix or choose.
    private static func history(_ seed: UInt64, format: String = "sha1") throws -> GitFixture {
        let fixture = try GitFixture(objectFormat: format)
        var random = SeededGenerator(seed: seed)
        try fixture.commit("start", ["a.py": "0\n", "src/b.py": "0\n"], at: day(0))
        try fixture.git("branch", "side", "main")
        for number in 1...30 {
            let branch = Bool.random(using: &random) ? "main" : "side"
            let file = files[Int.random(in: 0..<files.count, using: &random)]
            let content =
                Int.random(in: 0..<8, using: &random) == 0 ? nil : "\(Int.random(in: 0..<4, using: &random))\n"
            let kept: [String: String?] = ["keep": "\(number)", file: content]
            if Int.random(in: 0..<5, using: &random) == 0 {
                let other = branch == "main" ? "side" : "main"
                try fixture.merge(other, into: branch, kept, at: day(number))
            } else {
                try fixture.commit("change \(number)", kept, at: day(number), branch: branch)
            }
        }
        return fixture
    }

    private static func listed(_ versions: [FileLog.Version]) -> [String] {
        versions.map { version in
            let old = version.old.map { $0?.short ?? "-" }.joined(separator: " ")
            return "\(version.commit.name) \(version.commit.subject) \(old) → \(version.new?.short ?? "-")"
        }
    }

    @Test("whatever the history", arguments: [(1, "sha1"), (2, "sha1"), (3, "sha256")] as [(UInt64, String)])
    func same(seed: UInt64, format: String) async throws {
        let fixture = try Self.history(seed, format: format)
        let tip = try #require(ObjectName(try fixture.head()))
        var lists: [[String: [String]]] = []
        for isIndexed in [false, true] {
            if isIndexed { try fixture.git("commit-graph", "write", "--reachable", "--changed-paths") }
            let session = try MirrorSession(settings: settings(fixture))
            #expect(await (session.commitGraph() != nil) == isIndexed)
            var found: [String: [String]] = [:]
            for file in Self.files {
                for count in [3, 120] {
                    found["\(file) \(count)"] = Self.listed(try await session.versions(of: file, at: tip, count: count))
                }
            }
            await session.close()
            lists.append(found)
        }
        #expect(lists[0] == lists[1])
        #expect(lists[0].values.contains { $0.count > 3 })
    }

    @Test("no commit is lost to a graph that a fetch has outgrown")
    func outgrown() async throws {
        let fixture = try Self.history(4)
        try fixture.git("commit-graph", "write", "--reachable", "--changed-paths")
        let newest = try fixture.commit("newest", ["a.py": "new\n"], at: day(60))
        let session = try MirrorSession(settings: settings(fixture))
        let versions = try await session.versions(of: "a.py", at: try #require(ObjectName(newest)))
        await session.close()
        #expect(versions.first?.commit.name == newest)
        #expect(versions.count > 1)
    }

    @Test("any bytes are read without harm")
    func hostile() async throws {
        let fixture = try Self.history(5)
        try fixture.git("commit-graph", "write", "--reachable", "--changed-paths")
        let path = fixture.path + "/objects/info/commit-graph"
        let whole = [UInt8](try Data(contentsOf: URL(fileURLWithPath: path)))
        let key = try #require(ChangedPathKey("src/deep/c.py"))
        var random = SeededGenerator(seed: 9)
        var (read, refused) = (0, 0)
        for round in 0..<400 {
            var bytes = whole
            if round % 4 == 0 { bytes = Array(bytes.prefix(Int.random(in: 0..<bytes.count, using: &random))) }
            for _ in 0..<8 where !bytes.isEmpty {
                let limit = round % 2 == 0 ? min(bytes.count, 160) : bytes.count
                bytes[Int.random(in: 0..<limit, using: &random)] = UInt8.random(in: 0...255, using: &random)
            }
            guard let graph = CommitGraph(bytes) else {
                refused += 1
                continue
            }
            read += 1
            for position in -1..<min(graph.count + 2, 100) {
                _ = graph.parents(of: position)
                _ = graph.skip(from: position, to: key)
                if let name = graph.name(at: position) { _ = graph.rank(of: name) }
            }
        }
        #expect(read > 0 && refused > 0)
    }

    /// Of Appleby's reference, and of git's own tests of the filters (t0095).
    @Test(
        "the hash",
        arguments: [
            ("", UInt32(0), UInt32(0)), ("Hello world!", 0, 0x627B_0C2C),
            ("The quick brown fox jumps over the lazy dog", 0, 0x2E4F_F723),
        ])
    func hash(text: String, seed: UInt32, value: UInt32) {
        #expect(ChangedPathKey.murmur(Array(text.utf8)[...], seed: seed) == value)
    }
}
