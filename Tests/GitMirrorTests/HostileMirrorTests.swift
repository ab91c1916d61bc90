import ApplianceTestSupport
import Events
import Foundation
import Testing

@testable import GitMirror

@Suite("A hostile mirror runs nothing and reads nothing outside")
struct HostileMirrorTests {
    private func open(_ fixture: GitFixture) throws -> MirrorSession {
        try MirrorSession(settings: settings(fixture))
    }

    private func reason(_ fixture: GitFixture) -> String? {
        do {
            _ = try open(fixture)
            return nil
        } catch let error as MirrorError {
            return error.description
        } catch {
            return "\(error)"
        }
    }

    private let frame = StackFrame(file: "/app/src/a.py", function: "f", line: 2)

    @Test("commands in its configuration, attributes and hooks are never run")
    func configuration() async throws {
        let fixture = try twoVersions()
        let canary = fixture.beside("canary")
        let script = fixture.beside("script.sh")
        try Data("#!/bin/sh\ntouch \(canary)\ncat\n".utf8).write(to: URL(fileURLWithPath: script))
        try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: script)
        let config = """
            [core]
            \trepositoryformatversion = 1
            \tbare = true
            \tfsmonitor = \(script)
            \tsshCommand = \(script)
            \thooksPath = \(fixture.beside(""))
            \tattributesFile = \(fixture.beside("attributes"))
            \tpager = \(script)
            \teditor = \(script)
            \talternateRefsCommand = \(script)
            [diff]
            \texternal = \(script)
            [diff "evil"]
            \ttextconv = \(script)
            \tcommand = \(script)
            [filter "evil"]
            \tsmudge = \(script)
            \tclean = \(script)
            [extensions]
            \tpartialClone = origin
            [remote "origin"]
            \turl = ssh://example.invalid/x
            \tpromisor = true
            [alias]
            \tlog = !\(script)
            \tblame = !\(script)
            [include]
            \tpath = \(fixture.beside("more"))

            """
        try Data(config.utf8).write(to: URL(fileURLWithPath: fixture.path + "/config"))
        try FileManager.default.createDirectory(atPath: fixture.path + "/info", withIntermediateDirectories: true)
        for place in [fixture.path + "/info/attributes", fixture.beside("attributes")] {
            try Data("*.py diff=evil filter=evil\n".utf8).write(to: URL(fileURLWithPath: place))
        }
        for hook in ["post-checkout", "pre-commit", "reference-transaction", "post-index-change"] {
            try FileManager.default.createDirectory(atPath: fixture.path + "/hooks", withIntermediateDirectories: true)
            try FileManager.default.copyItem(atPath: script, toPath: fixture.path + "/hooks/\(hook)")
        }
        let session = try open(fixture)
        let found = await session.context(for: event(frames: [frame]))
        let missing = await session.context(for: event("division by nothing at all", frames: []))
        _ = try await session.status(now: day(20))
        await session.close()
        #expect(found.excerpts.first?.file == "src/a.py")
        #expect(found.suspects.first?.subject == "two")
        #expect(missing.excerpts.isEmpty)
        #expect(!FileManager.default.fileExists(atPath: canary))
    }

    @Test("borrowed objects are refused")
    func alternates() throws {
        let fixture = try twoVersions()
        try FileManager.default.createDirectory(
            atPath: fixture.path + "/objects/info", withIntermediateDirectories: true)
        try Data("/root/secret/.git/objects\n".utf8)
            .write(to: URL(fileURLWithPath: fixture.path + "/objects/info/alternates"))
        #expect(reason(fixture)?.contains("alternates borrows objects from another folder") == true)
    }

    @Test(
        "links and fifos among the objects are refused",
        arguments: ["objects", "objects/pack", "objects/pack/x.pack", "objects/ab"])
    func links(_ place: String) throws {
        let fixture = try twoVersions()
        let target = fixture.path + "/" + place
        if FileManager.default.fileExists(atPath: target) {
            try FileManager.default.moveItem(atPath: target, toPath: fixture.beside("moved"))
        } else {
            try FileManager.default.createDirectory(atPath: fixture.beside("moved"), withIntermediateDirectories: true)
        }
        try FileManager.default.createSymbolicLink(atPath: target, withDestinationPath: fixture.beside("moved"))
        #expect(reason(fixture)?.contains("is a symbolic link") == true)
        try FileManager.default.removeItem(atPath: target)
        #expect(mkfifo(target, 0o600) == 0)
        #expect(reason(fixture)?.contains("refused") == true)
    }

    @Test("a .git that is a fifo, a link, or leads elsewhere is refused")
    func dotGit() throws {
        let fixture = try twoVersions()
        let tree = fixture.beside("tree")
        try FileManager.default.createDirectory(atPath: tree, withIntermediateDirectories: true)
        let place = MirrorSettings(name: "tree", path: tree)
        func refusal() -> MirrorError? {
            do { _ = try MirrorSession(settings: place) } catch { return error }
            return nil
        }
        #expect(refusal() == .notRepository(path: tree, reason: "it has neither HEAD and objects nor .git"))
        #expect(mkfifo(tree + "/.git", 0o600) == 0)
        #expect(refusal() == .unsafe(path: tree, reason: "its .git is neither a folder nor a file"))
        try FileManager.default.removeItem(atPath: tree + "/.git")
        try FileManager.default.createSymbolicLink(atPath: tree + "/.git", withDestinationPath: fixture.path)
        #expect(refusal() == .unsafe(path: tree, reason: "its .git is a symbolic link"))
        try FileManager.default.removeItem(atPath: tree + "/.git")
        try Data("gitdir: \(fixture.path)\n".utf8).write(to: URL(fileURLWithPath: tree + "/.git"))
        #expect(refusal()?.description.contains("leads elsewhere") == true)
        try Data("gitdir: /nowhere/at/all\n".utf8).write(to: URL(fileURLWithPath: tree + "/.git"))
        #expect(refusal()?.description.contains("names no repository") == true)
        try Data("nonsense\u{0}".utf8).write(to: URL(fileURLWithPath: tree + "/.git"))
        #expect(refusal()?.description.contains("does not say gitdir") == true)
    }

    @Test("a linked work tree is read through its common directory, and only if it links back")
    func linkedWorkTree() async throws {
        let fixture = try twoVersions()
        let tree = fixture.beside("linked")
        try fixture.git("worktree", "add", "-q", "--detach", tree, "main")
        let session = try MirrorSession(settings: MirrorSettings(name: "linked", path: tree))
        let found = await session.context(for: event(frames: [frame]))
        await session.close()
        #expect(found.excerpts.first?.file == "src/a.py")
        let name = try #require(try FileManager.default.contentsOfDirectory(atPath: fixture.path + "/worktrees").first)
        try Data("/tmp\n".utf8).write(to: URL(fileURLWithPath: fixture.path + "/worktrees/\(name)/commondir"))
        #expect(throws: MirrorError.self) { try MirrorSession(settings: MirrorSettings(name: "linked", path: tree)) }
    }

    @Test(
        "a shallow file that holds anything else is refused",
        arguments: ["garbage\n", "../../etc/passwd\n", "abc\u{0}\n"])
    func shallowGarbage(_ content: String) throws {
        let fixture = try twoVersions()
        try Data(content.utf8).write(to: URL(fileURLWithPath: fixture.path + "/shallow"))
        #expect(reason(fixture)?.contains("holds more than object names") == true)
    }

    @Test("a real shallow mirror is read, and its boundary is not suspected")
    func shallow() async throws {
        let fixture = try twoVersions()
        let head = try fixture.head()
        try Data("\(head)\n".utf8).write(to: URL(fileURLWithPath: fixture.path + "/shallow"))
        let session = try open(fixture)
        let found = await session.context(for: event(frames: [frame]))
        let status = try await session.status(now: day(20))
        await session.close()
        #expect(found.excerpts.count == 1)
        #expect(found.suspects.isEmpty)
        #expect(found.notes.contains { $0.contains("shallow") })
        #expect(status.isShallow)
    }

    @Test("refs with bad names or values are left out and counted")
    func badRefs() async throws {
        let fixture = try twoVersions()
        let head = try fixture.head()
        let refs = """
            # pack-refs with: peeled fully-peeled sorted
            \(head) refs/heads/--upload-pack=evil
            \(head) refs/heads/../../../etc/passwd
            \(head) refs/tags/a b
            nothex refs/tags/bad
            \(head) refs/tags/good

            """
        try Data(refs.utf8).write(to: URL(fileURLWithPath: fixture.path + "/packed-refs"))
        try Data(repeating: 0x41, count: 5000).write(to: URL(fileURLWithPath: fixture.path + "/refs/heads/huge"))
        #expect(mkfifo(fixture.path + "/refs/tags/pipe", 0o600) == 0)
        let session = try open(fixture)
        let status = try await session.status(now: day(20))
        await session.close()
        #expect(status.tags == 1)
        #expect(status.branches == 1)
        #expect(status.rejectedRefs == 6)
    }

    @Test("a missing object is told, not fetched")
    func missingObject() async throws {
        let fixture = try twoVersions()
        let blob = try fixture.git("rev-parse", "main:src/a.py")
        try FileManager.default.removeItem(atPath: fixture.path + "/objects/\(blob.prefix(2))/\(blob.dropFirst(2))")
        let session = try open(fixture)
        let found = await session.context(for: event(frames: [frame]))
        await session.close()
        #expect(found.excerpts.isEmpty)
        #expect(found.notes.contains { $0.contains("is missing from the mirror") })
    }

    @Test("a corrupt object ends in a message, and the session goes on")
    func corruptObject() async throws {
        let fixture = try twoVersions()
        let blob = try fixture.git("rev-parse", "main:src/a.py")
        let file = fixture.path + "/objects/\(blob.prefix(2))/\(blob.dropFirst(2))"
        try FileManager.default.setAttributes([.posixPermissions: 0o644], ofItemAtPath: file)
        try Data("not zlib".utf8).write(to: URL(fileURLWithPath: file))
        let session = try open(fixture)
        let found = await session.context(for: event(frames: [frame]))
        let status = try await session.status(now: day(20))
        await session.close()
        #expect(found.excerpts.isEmpty)
        #expect(status.branch == "main")
    }

    @Test("a huge blob is not read")
    func hugeBlob() async throws {
        let fixture = try GitFixture()
        let line = String(repeating: "x = 1 # long\n", count: 200_000)
        try fixture.commit("huge", ["src/a.py": line], at: day(0))
        let found = try await context(fixture, event(frames: [frame]))
        #expect(found.excerpts.isEmpty)
        #expect(found.notes.contains { $0.contains("2097152 are read at most") })
    }

    @Test("submodules and links out of the tree are no files of it, and replacements are not followed")
    func entries() async throws {
        let fixture = try twoVersions()
        let outside = fixture.beside("outside.py")
        try "secret = 1\n".write(toFile: outside, atomically: true, encoding: .utf8)
        let commit = try fixture.head()
        let other = try fixture.commit("other", ["src/a.py": "replaced = 1\n"], at: day(3), branch: "other")
        try fixture.special(["120000 out.py": outside, "160000 vendor.py": commit], at: day(4))
        try fixture.git("replace", commit, other)
        for name in ["out.py", "vendor.py"] {
            let found = try await context(fixture, event(frames: [StackFrame(file: name, line: 1)]))
            #expect(found.excerpts == [], "\(name)")
        }
        var given = event(frames: [StackFrame(file: "src/a.py", line: 1)])
        given.revision = commit
        #expect(try await context(fixture, given).excerpts.first?.lines.contains("replaced = 1") == false)
    }

    @Test("a binary file gives no excerpt")
    func binary() async throws {
        let fixture = try GitFixture()
        try fixture.commit("binary", ["src/a.py": "a\u{0}b\nc\n"], at: day(0))
        let found = try await context(fixture, event(frames: [frame]))
        #expect(found.excerpts.isEmpty)
    }

    @Test("frames that look like options or lead out of the tree find nothing")
    func hostileFrames() async throws {
        let fixture = try twoVersions()
        let files = [
            "--output=/tmp/x", "../../../../etc/passwd", "src/a.py\u{0}", "/", "", "-", "\n\n",
            String(repeating: "a/", count: 9000),
        ]
        let frames = files.map { StackFrame(file: $0, function: "\u{0}--f", module: "::::", line: .max) }
        let found = try await context(fixture, event(frames: frames))
        #expect(found.excerpts.isEmpty)
        #expect(found.state == .notFound(mirror: "orders", revision: try fixture.head()))
    }

    @Test("no folder of ours is left behind")
    func leavesNothing() async throws {
        let fixture = try twoVersions()
        let scratch = fixture.beside("scratch")
        try FileManager.default.createDirectory(atPath: scratch, withIntermediateDirectories: true)
        let session = try MirrorSession(settings: settings(fixture), temporaryFolder: scratch)
        let made = try FileManager.default.contentsOfDirectory(atPath: scratch)
        let mode = try FileManager.default.attributesOfItem(atPath: scratch + "/" + (made.first ?? ""))[
            .posixPermissions]
        #expect(mode as? Int == 0o700)
        _ = await session.context(for: event(frames: [frame]))
        await session.close()
        await session.close()
        #expect(try FileManager.default.contentsOfDirectory(atPath: scratch) == [])
        let after = await session.context(for: event(frames: [frame]))
        #expect(after.state == .unavailable(mirror: "orders", reason: "the mirror session was closed"))
    }
}

@Suite("Git may end before it has read its input")
struct EarlyEndTests {
    @Test("that is an error of the call, not the end of the program")
    func earlyEnd() async throws {
        let fixture = try GitFixture()
        try fixture.commit("one", ["a.py": "x = 1\n"], at: day(0))
        let session = try MirrorSession(settings: settings(fixture))
        let git = await session.git
        for _ in 0..<20 {
            await #expect(throws: MirrorError.self) {
                _ = try await git.run(
                    ["cat-file", "--no-such-option"], input: [UInt8](repeating: 0x61, count: 1 << 20), limit: 4096)
            }
        }
        await session.close()
    }
}
