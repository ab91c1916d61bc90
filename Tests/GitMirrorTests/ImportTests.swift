import ApplianceTestSupport
import Events
import Foundation
import Testing

@testable import GitMirror

@Suite("A bundle is taken into a mirror whole, or not at all")
struct ImportTests {
    /// A source repository with two commits, and a mirror of the first.
    private struct Site {
        var source: GitFixture
        var mirror: String
        var settings: MirrorSettings
        var first: String
        var second: String

        init() throws {
            source = try GitFixture()
            first = try source.commit("one", ["a.py": "x = 1\n"], at: day(0))
            mirror = source.beside("mirror.git")
            try source.git("clone", "-q", "--mirror", source.path, mirror)
            second = try source.commit("two", ["a.py": "x = 2\n"], at: day(1))
            try source.tag("1.0", second, message: "one")
            settings = MirrorSettings(name: "shop", path: mirror)
        }

        func bundle(_ arguments: String...) throws -> String {
            let path = source.beside("x-\(UUID().uuidString).bundle")
            try source.bundle(path, arguments)
            return path
        }

        func refs() throws -> String { try source.git("--git-dir", mirror, "for-each-ref") }
    }

    private func take(_ bundle: String, _ site: Site) async throws -> MirrorImport.Outcome {
        try await MirrorImport(bundle: bundle, into: site.settings).run()
    }

    @Test("an incremental one moves branches and tags, and the mirror is sound")
    func incremental() async throws {
        let site = try Site()
        let outcome = try await take(try site.bundle("--all", "^" + site.first), site)
        #expect(outcome.changes.map(\.ref) == ["refs/heads/main", "refs/tags/1.0"])
        #expect(
            outcome.changes.first == .init(ref: "refs/heads/main", old: site.first, new: site.second, isForced: false))
        #expect(
            try site.source.git("--git-dir", site.mirror, "rev-parse", "main", "1.0^{}")
                == "\(site.second)\n\(site.second)")
        try site.source.git("--git-dir", site.mirror, "fsck", "--strict")
        let session = try MirrorSession(settings: site.settings)
        let status = try await session.status(now: day(2))
        await session.close()
        #expect(status.head == site.second)
        #expect(try await take(try site.bundle("--all"), site).changes == [])
    }

    @Test(
        "the first one makes the mirror, at a path that is not there or is an empty folder", arguments: [false, true])
    func first(isEmptyFolder: Bool) async throws {
        let site = try Site()
        let path = site.source.beside("new.git")
        if isEmptyFolder { try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true) }
        try site.source.git("branch", "other", site.first)
        let settings = MirrorSettings(name: "new", path: path)
        await #expect(throws: MirrorError.self) {
            try await MirrorImport(bundle: try site.bundle("main", "^" + site.first), into: settings).run()
        }
        #expect(FileManager.default.fileExists(atPath: path) == isEmptyFolder)
        // What a killed one left is no hindrance.
        try FileManager.default.createDirectory(
            atPath: path + ".incoming/objects", withIntermediateDirectories: true)
        let outcome = try await MirrorImport(bundle: try site.bundle("HEAD", "--all"), into: settings).run()
        #expect(outcome.isNew)
        #expect(outcome.changes.map(\.ref) == ["refs/heads/main", "refs/heads/other", "refs/tags/1.0"])
        try site.source.git("--git-dir", path, "fsck", "--strict")
        #expect(try site.source.git("--git-dir", path, "symbolic-ref", "HEAD") == "refs/heads/main")
        #expect(!FileManager.default.fileExists(atPath: path + ".incoming"))
        let session = try MirrorSession(settings: settings)
        let status = try await session.status(now: day(2))
        await session.close()
        #expect(status.head == site.second)
        let again = try await MirrorImport(bundle: try site.bundle("--all"), into: settings).run()
        #expect(!again.isNew && again.changes.isEmpty)
    }

    @Test("a damaged first one makes nothing")
    func damagedFirst() async throws {
        let site = try Site()
        let whole = try Data(contentsOf: URL(fileURLWithPath: try site.bundle("--all")))
        let damaged = site.source.beside("damaged.bundle")
        let settings = MirrorSettings(name: "new", path: site.source.beside("new.git"))
        for cut in [whole.count - 1, whole.count / 2, 20] {
            try whole.prefix(cut).write(to: URL(fileURLWithPath: damaged))
            await #expect(throws: MirrorError.self) { try await MirrorImport(bundle: damaged, into: settings).run() }
            #expect(!FileManager.default.fileExists(atPath: settings.path))
            #expect(!FileManager.default.fileExists(atPath: settings.path + ".incoming"))
        }
        let nowhere = MirrorSettings(name: "new", path: "/nowhere/at/all/new.git")
        await #expect(throws: MirrorError.self) {
            try await MirrorImport(bundle: try site.bundle("--all"), into: nowhere).run()
        }
    }

    @Test("a lock that a killed import left is taken away; somebody else's is not")
    func leftLock() async throws {
        let site = try Site()
        let bundle = try site.bundle("--all")
        let refs = site.mirror + "/packed-refs"
        try Data("half".utf8).write(to: URL(fileURLWithPath: refs + ".incoming"))
        try FileManager.default.linkItem(atPath: refs + ".incoming", toPath: refs + ".lock")
        try Data().write(to: URL(fileURLWithPath: site.mirror + "/FETCH_HEAD.incoming"))
        #expect(try await take(bundle, site).changes.count == 2)
        #expect(!FileManager.default.fileExists(atPath: refs + ".incoming"))
        #expect(!FileManager.default.fileExists(atPath: refs + ".lock"))
    }

    @Test("one that does not simply go on is taken, and told")
    func forced() async throws {
        let site = try Site()
        _ = try await take(try site.bundle("--all"), site)
        try site.source.git("update-ref", "refs/heads/main", site.first)
        let other = try site.source.commit("other", ["a.py": "x = 3\n"], at: day(2))
        let outcome = try await take(try site.bundle("main"), site)
        #expect(outcome.changes == [.init(ref: "refs/heads/main", old: site.second, new: other, isForced: true)])
    }

    @Test("a missing one before it, damage, and what is no bundle leave the mirror as it was")
    func refused() async throws {
        let site = try Site()
        let third = try site.source.commit("three", ["a.py": "x = 4\n"], at: day(2))
        let before = try site.refs()
        let late = try site.bundle("main", "^" + site.second)
        func reason(_ path: String) async -> String {
            do {
                _ = try await take(path, site)
                return "taken"
            } catch {
                return "\(error)"
            }
        }
        #expect(await reason(late).contains("an earlier bundle is missing"))
        let whole = try Data(contentsOf: URL(fileURLWithPath: try site.bundle("--all")))
        let damaged = site.source.beside("damaged.bundle")
        for (index, cut) in [whole.count - 1, whole.count / 2, 20, 0].enumerated() {
            try whole.prefix(cut).write(to: URL(fileURLWithPath: damaged))
            #expect(await reason(damaged).contains("was not taken in"), "cut \(index)")
        }
        var flipped = whole
        flipped[whole.count - 40] ^= 0x55
        try flipped.write(to: URL(fileURLWithPath: damaged))
        #expect(await reason(damaged).contains("was not taken in"))
        let names = String(decoding: whole, as: Unicode.ASCII.self)
        #expect(names.contains("refs/heads/main"))
        let unsafe = whole.replacing(Array("refs/heads/main".utf8), with: Array("refs/../../main".utf8))
        try Data(unsafe).write(to: URL(fileURLWithPath: damaged))
        #expect(await reason(damaged).contains("unsafe ref"))
        #expect(await reason("/etc/hostname").contains("does not begin as a git bundle"))
        #expect(await reason("/nowhere").contains("no such file"))
        #expect(try site.refs() == before)
        #expect(third != site.second)
    }

    @Test("the mirror's own hooks and configuration are not asked")
    func hooks() async throws {
        let site = try Site()
        let ran = site.source.beside("ran")
        try "#!/bin/sh\ntouch '\(ran)'\n".write(
            toFile: site.mirror + "/hooks/reference-transaction", atomically: true, encoding: .utf8)
        try FileManager.default.setAttributes(
            [.posixPermissions: 0o755], ofItemAtPath: site.mirror + "/hooks/reference-transaction")
        try "[core]\n\tfsmonitor = \"touch '\(ran)'\"\n\trepositoryformatversion = 0\n".write(
            toFile: site.mirror + "/config", atomically: true, encoding: .utf8)
        _ = try await take(try site.bundle("--all"), site)
        #expect(!FileManager.default.fileExists(atPath: ran))
    }

    @Test("refs behind a link are not the mirror's: what the link leads to stays")
    func linkedRefs() async throws {
        let site = try Site()
        let elsewhere = site.source.beside("elsewhere")
        try FileManager.default.createDirectory(atPath: elsewhere, withIntermediateDirectories: true)
        try (site.first + "\n").write(toFile: elsewhere + "/main", atomically: true, encoding: .utf8)
        try FileManager.default.removeItem(atPath: site.mirror + "/refs/heads")
        try FileManager.default.createSymbolicLink(atPath: site.mirror + "/refs/heads", withDestinationPath: elsewhere)
        _ = try await take(try site.bundle("--all"), site)
        #expect(try String(contentsOfFile: elsewhere + "/main", encoding: .utf8) == site.first + "\n")
    }

    @Test("somebody else's lock on the refs is respected, and a second try ends the work")
    func locked() async throws {
        let site = try Site()
        let bundle = try site.bundle("--all")
        let before = try site.refs()
        try Data().write(to: URL(fileURLWithPath: site.mirror + "/packed-refs.lock"))
        await #expect(throws: MirrorError.self) { try await take(bundle, site) }
        #expect(try site.refs() == before)
        try FileManager.default.removeItem(atPath: site.mirror + "/packed-refs.lock")
        #expect(try await take(bundle, site).changes.count == 2)
    }
}
