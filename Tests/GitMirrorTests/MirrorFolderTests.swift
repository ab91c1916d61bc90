import ApplianceTestSupport
import Events
import Foundation
import Testing

@testable import GitMirror

@Suite("A folder of mirrors gives each event the mirror of its repository")
struct MirrorFolderTests {
    /// `acme/shop.git`, `other/shop.git`, `tools.git`, a work tree `web`, and a folder of notes.
    private struct Site {
        let fixture: GitFixture
        let folder: String

        init() throws {
            fixture = try GitFixture()
            try fixture.commit("one", ["a.py": "def run():\n    return 1\n"], at: day(0))
            folder = fixture.beside("mirrors")
            for name in ["acme/shop.git", "other/shop.git", "tools.git"] {
                try fixture.git("clone", "-q", "--mirror", fixture.path, folder + "/" + name)
            }
            try fixture.git("clone", "-q", fixture.path, folder + "/web")
            try FileManager.default.createDirectory(atPath: folder + "/notes", withIntermediateDirectories: true)
            for (name, url) in [
                ("acme/shop.git/config", "ssh://git@git.example/acme/shop.git"),
                ("other/shop.git/config", "https://git.example/other/shop"),
                ("tools.git/config", "https://git.example/internal/build-tools.git"),
            ] {
                try "[core]\n\tbare = true\n[remote \"origin\"]\n\turl = \(url)\n[alias]\n\turl = https://x/y\n".write(
                    toFile: folder + "/" + name, atomically: true, encoding: .utf8)
            }
        }

        var members: [MirrorSettings] {
            get throws {
                try #require(MirrorFolder.members(of: MirrorSettings(name: "all", path: folder, maxAge: .days(3))))
            }
        }
    }

    private func asked(_ url: String? = nil, service: String? = nil) -> ErrorEvent {
        var event = event()
        (event.repositoryURL, event.service) = (url, service)
        return event
    }

    @Test("each is a mirror of its own, with what is configured for the folder")
    func members() throws {
        let site = try Site()
        let members = try site.members
        #expect(members.map(\.name) == ["all/acme/shop", "all/other/shop", "all/tools", "all/web"])
        #expect(members.allSatisfy { $0.maxAge == .days(3) })
        #expect(members.map(\.services) == [[], [], ["tools"], ["web"]])
        #expect(members[0].urls == ["ssh://git@git.example/acme/shop.git"])
    }

    @Test(
        "by the repository's address or name, else the service's",
        arguments: [
            ("https://git.example/acme/shop", nil, "all/acme/shop"),
            ("git@git.example:other/shop.git", nil, "all/other/shop"),
            ("https://elsewhere.example/group/acme/shop", nil, "all/acme/shop"),
            ("https://git.example/third/shop", nil, nil),
            ("https://git.example/internal/build-tools", nil, "all/tools"),
            ("https://git.example/any/tools", nil, nil), ("https://other.example/any/tools", nil, "all/tools"),
            ("web", nil, "all/web"), ("shop", nil, nil),
            (nil, "tools", "all/tools"), (nil, "Web", "all/web"), (nil, "shop", nil), (nil, nil, nil),
        ] as [(String?, String?, String?)])
    func chosen(url: String?, service: String?, name: String?) throws {
        let site = try Site()
        let router = MirrorRouter(try site.members)
        #expect(router.mirror(for: asked(url, service: service))?.name == name)
    }

    @Test("a mirror that is configured by itself comes first, and no mirror takes another's place by what it says")
    func precedence() throws {
        let site = try Site()
        try "[remote \"origin\"]\n\turl = https://git.example/acme/shop\n".write(
            toFile: site.folder + "/tools.git/config", atomically: true, encoding: .utf8)
        let single = MirrorSettings(name: "own", path: "/x", urls: ["https://git.example/other/shop"])
        let router = MirrorRouter([single] + (try site.members))
        #expect(router.mirror(for: asked("https://git.example/acme/shop"))?.name == "all/acme/shop")
        #expect(router.mirror(for: asked("https://git.example/other/shop"))?.name == "own")
    }

    @Test("they are read like any mirror")
    func read() async throws {
        let site = try Site()
        for member in try site.members {
            let session = try MirrorSession(settings: member)
            let found = await session.context(for: event(frames: [StackFrame(file: "a.py", function: "run", line: 2)]))
            await session.close()
            #expect(found.excerpts.first?.file == "a.py", "\(member.name)")
        }
    }

    @Test("repositories, unpacked source, files and links are no such folder")
    func others() throws {
        let site = try Site()
        func isFolder(_ path: String) -> Bool { MirrorFolder.members(of: MirrorSettings(name: "x", path: path)) != nil }
        #expect(!isFolder(site.folder + "/web"))
        #expect(!isFolder(site.folder + "/acme/shop.git"))
        #expect(!isFolder(site.folder + "/notes"))
        #expect(!isFolder("/nowhere/at/all"))
        let source = site.fixture.beside("source")
        try FileManager.default.createDirectory(atPath: source + "/vendor", withIntermediateDirectories: true)
        try "x".write(toFile: source + "/README", atomically: true, encoding: .utf8)
        try site.fixture.git("clone", "-q", site.fixture.path, source + "/vendor/lib")
        #expect(!isFolder(source))
        let links = site.fixture.beside("links")
        try FileManager.default.createDirectory(atPath: links, withIntermediateDirectories: true)
        try FileManager.default.createSymbolicLink(
            atPath: links + "/shop.git", withDestinationPath: site.folder + "/tools.git")
        #expect(!isFolder(links))
    }

    @Test("an empty folder may become one")
    func empty() throws {
        let site = try Site()
        #expect(MirrorFolder.isEmpty(MirrorSettings(name: "x", path: site.folder + "/notes")))
        #expect(!MirrorFolder.isEmpty(MirrorSettings(name: "x", path: site.folder)))
        #expect(!MirrorFolder.isEmpty(MirrorSettings(name: "x", path: "/nowhere/at/all")))
    }

    @Test(
        "a new mirror's place stays in the folder",
        arguments: [
            ("all/new", "/srv/m/new.git"), ("all/acme/new", "/srv/m/acme/new.git"), ("all/../x", nil), ("all/", nil),
            ("other/new", nil), ("all/-x", nil), ("all/a/b/c/d", nil),
        ] as [(String, String?)])
    func place(name: String, path: String?) {
        #expect(MirrorFolder.place(of: name, in: MirrorSettings(name: "all", path: "/srv/m")) == path)
    }
}
