import ApplianceTestSupport
import Events
import Foundation
import Testing

@testable import GitMirror

@Suite("Hostile objects and refs end in a clear message")
struct HostileObjectsTests {
    private let frame = StackFrame(file: "/app/src/a.py", function: "f", line: 2)

    /// Whether the file is found and its guilty commit first.
    private func isRead(_ fixture: GitFixture) async throws -> Bool {
        let found = try await context(fixture, event(frames: [frame]))
        return found.excerpts.first?.file == "src/a.py" && found.suspects.first?.subject == "two"
    }

    /// Bytes of the blob: 2 GB in the long form.
    static let blobBytes: UInt64 =
        ProcessInfo.processInfo.environment["APPLIANCE_SOAK"] != nil ? 2_147_483_648 : 48 << 20

    @Test("a blob of zeros up to 2 GB is named and not read, whatever is asked")
    func hugeBlob() async throws {
        let fixture = try twoVersions()
        let zeros = fixture.beside("zeros")
        #expect(FileManager.default.createFile(atPath: zeros, contents: nil))
        #expect(truncate(zeros, off_t(Self.blobBytes)) == 0)
        let blob = try fixture.blob(ofFile: zeros)
        try fixture.commit("huge", blobs: ["src/b.py": blob, "src/c.py": blob], at: day(2))
        let huge = try await context(
            fixture, event(frames: [StackFrame(file: "/app/src/b.py", function: "f", line: 2)]))
        #expect(huge.excerpts.isEmpty)
        #expect(huge.notes.contains { $0.contains("has \(Self.blobBytes) bytes; 2097152 are read at most") })
        #expect(try await isRead(fixture))
        // Without frames git searches every file; with a quoted name, every change.
        let searched = try await context(fixture, event("the row 'no_such_name_anywhere' is gone"))
        #expect(searched.excerpts.isEmpty)
        let named = try await context(fixture, event("'total' is gone", frames: [frame]))
        #expect(named.excerpts.first?.file == "src/a.py")
    }

    @Test("refs, replacements, grafts and borrowed objects that lead in a circle")
    func circles() async throws {
        let fixture = try twoVersions()
        let (head, first) = (try fixture.head(), try fixture.git("rev-parse", "main^"))
        for (file, text) in [
            ("refs/heads/a", "ref: refs/heads/b"), ("refs/heads/b", "ref: refs/heads/a"),
            ("refs/replace/\(head)", first), ("refs/replace/\(first)", head),
            ("info/grafts", "\(head) \(head)\n\(first) \(head)"),
        ] {
            let path = fixture.path + "/" + file
            try FileManager.default.createDirectory(
                atPath: URL(fileURLWithPath: path).deletingLastPathComponent().path, withIntermediateDirectories: true)
            try (text + "\n").write(toFile: path, atomically: true, encoding: .utf8)
        }
        #expect(try await isRead(fixture))
        let session = try MirrorSession(settings: settings(fixture))
        let status = try await session.status(now: day(20))
        await session.close()
        #expect((status.branches, status.rejectedRefs) == (1, 2))
        try (fixture.path + "/objects\n").write(
            toFile: fixture.path + "/objects/info/alternates", atomically: true, encoding: .utf8)
        #expect(throws: MirrorError.self) { try MirrorSession(settings: settings(fixture)) }
    }

    @Test("a HEAD that only leads in a circle is no branch")
    func circularHead() throws {
        let fixture = try twoVersions()
        try "ref: refs/heads/main\n".write(
            toFile: fixture.path + "/refs/heads/main", atomically: true, encoding: .utf8)
        #expect(throws: MirrorError.noCommits(path: fixture.path)) { try MirrorSession(settings: settings(fixture)) }
    }

    @Test("submodules whose address is a command, and tags of tags of tags")
    func submodules() async throws {
        let fixture = try twoVersions()
        let canary = fixture.beside("canary")
        try fixture.commit(
            "modules",
            [
                ".gitmodules":
                    "[submodule \"x\"]\n\tpath = ../../x\n\turl = ext::sh -c \"touch \(canary)\"\n\tupdate = !touch \(canary)\n"
            ], at: day(2))
        try fixture.special(["160000 x": try fixture.head()], at: day(3))
        try fixture.tag("t0", try fixture.head())
        for number in 1...25 { try fixture.tag("t\(number)", "t\(number - 1)", message: "again") }
        var given = event(frames: [frame])
        given.release = "t25"
        let found = try await context(fixture, given)
        #expect(found.state == .read(mirror: "orders", revision: try fixture.head(), basis: .releaseTag))
        #expect(found.excerpts.first?.file == "src/a.py")
        #expect(!FileManager.default.fileExists(atPath: canary))
    }

    @Test("a tree of thousands of folders, one in the other")
    func deepTree() async throws {
        let fixture = try twoVersions()
        try fixture.commit(
            "deep", [String(repeating: "d/", count: 3000) + "x.py": "x = 1\n"], at: day(2))
        let found = try await context(fixture, event(frames: [frame]))
        #expect(found.excerpts.first?.file == "src/a.py" || !found.notes.isEmpty)
    }

    @Test(
        "a pack or its index that is cut off", arguments: ["pack", "idx"],
        [0.9, 0.5, 0.05, 0])
    func truncated(ending: String, share: Double) async throws {
        let fixture = try twoVersions()
        try fixture.git("gc", "-q")
        let folder = fixture.path + "/objects/pack/"
        let name = try #require(
            try FileManager.default.contentsOfDirectory(atPath: folder).first { $0.hasSuffix("." + ending) })
        try FileManager.default.setAttributes([.posixPermissions: 0o644], ofItemAtPath: folder + name)
        let size = try #require(
            try FileManager.default.attributesOfItem(atPath: folder + name)[.size] as? Int)
        #expect(truncate(folder + name, off_t(Double(size) * share)) == 0)
        let found = try await context(fixture, event(frames: [frame]))
        #expect(found.excerpts.isEmpty)
        guard case .unavailable(_, let reason) = found.state else {
            Issue.record("\(found.state) \(found.notes)")
            return
        }
        #expect(!reason.isEmpty)
    }

    @Test("a commit, a tree and a parent that are missing", arguments: ["main", "main^{tree}", "main:src", "main^"])
    func missing(_ object: String) async throws {
        let fixture = try twoVersions()
        let name = try fixture.git("rev-parse", object)
        try FileManager.default.removeItem(atPath: fixture.path + "/objects/\(name.prefix(2))/\(name.dropFirst(2))")
        let found = try await context(fixture, event(frames: [frame]))
        if object == "main^" {
            #expect(found.excerpts.first?.file == "src/a.py")
            #expect(found.notes.contains { $0.contains("history not read") })
        } else {
            #expect(found.excerpts.isEmpty)
            guard case .unavailable = found.state else {
                Issue.record("\(found.state)")
                return
            }
        }
    }
}
