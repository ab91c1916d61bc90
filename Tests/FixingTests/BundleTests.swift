import ApplianceTestSupport
import Events
import Foundation
import GitMirror
import Testing

@testable import Fixing

@Suite("The bundle carries the draft's own commit")
struct BundleTests {
    static let fix = diagnosis("pool.py", "timeout = 1", "timeout = 5")

    private func write(_ draft: FixDraft, beside mirror: GitFixture) throws -> (bundle: String, patch: String) {
        let paths = (mirror.beside("draft.bundle"), mirror.beside("draft.patch"))
        try Data(draft.bundle ?? []).write(to: URL(fileURLWithPath: paths.0))
        try Data(draft.patch.utf8).write(to: URL(fileURLWithPath: paths.1))
        return paths
    }

    @Test("thin: fetched into a clone that has the base, it is the commit; git am gives the same tree")
    func thin() async throws {
        let site = try Site(["pool.py": "timeout = 1\n"])
        let draft = try await site.draft(request(Self.fix))
        let files = try write(draft, beside: site.mirror)
        let clone = site.mirror.beside("clone")
        try run(["git", "clone", "-q", site.mirror.path, clone], in: "/")
        try run(["git", "fetch", "-q", files.bundle, "\(draft.branch):\(draft.branch)"], in: clone)
        #expect(try run(["git", "rev-parse", draft.branch], in: clone) == draft.commit)
        try run(["git", "am", "-q", files.patch], in: clone)
        #expect(
            try run(["git", "rev-parse", "HEAD^{tree}"], in: clone)
                == run(["git", "rev-parse", "\(draft.branch)^{tree}"], in: clone))
    }

    @Test("whole: it can be cloned by itself, and git am takes the patch on the clone's base")
    func whole() async throws {
        var settings = FixingSettings()
        settings.bundle = .whole
        let site = try Site(["pool.py": "timeout = 1\n"])
        let draft = try await site.draft(request(Self.fix), settings)
        let files = try write(draft, beside: site.mirror)
        let clone = site.mirror.beside("clone")
        try run(["git", "clone", "-q", "-b", draft.branch, files.bundle, clone], in: "/")
        #expect(try run(["git", "rev-parse", "HEAD"], in: clone) == draft.commit)
        let tree = try run(["git", "rev-parse", "HEAD^{tree}"], in: clone)
        try run(["git", "checkout", "-q", draft.base], in: clone)
        try run(["git", "am", "-q", files.patch], in: clone)
        #expect(try run(["git", "rev-parse", "HEAD^{tree}"], in: clone) == tree)
        #expect(try run(["git", "fsck", "--strict"], in: clone).contains("error") == false)
    }

    @Test("a secret elsewhere in the file keeps the bundle back, and one beside the change the whole draft")
    func secrets() async throws {
        let far = String(repeating: "x = 0\n", count: 10)
        let site = try Site([
            "pool.py": "timeout = 1\n\(far)password = \"hunter2-Zq81xyLmNo\"\n",
            "near.py": "timeout = 1\npassword = \"hunter2-Zq81xyLmNo\"\n",
        ])
        let draft = try await site.draft(request(Self.fix))
        #expect(draft.bundle == nil && draft.notes.contains { $0.contains("no bundle") })
        #expect(!draft.patch.contains("hunter2"))
        #expect(try await site.refusal(request(diagnosis("near.py", "timeout = 1", "timeout = 5")))?.rule == "patch")
    }

    @Test("a SHA-256 repository gives patches and bundles too")
    func sha256() async throws {
        let mirror = try GitFixture(objectFormat: "sha256")
        let commit = try mirror.commit("one", ["pool.py": "timeout = 1\n"], at: moment)
        let session = try MirrorSession(settings: MirrorSettings(name: "m", path: mirror.path))
        let repository = try #require(try await session.draft(at: commit))
        let maker = FixMaker(settings: FixingSettings(), workshop: .none(reason: ""), redactor: sampleRedactor)
        let draft = try await maker.draft(request(Self.fix), in: repository, mirror: "m").draft
        #expect(draft.commit.utf8.count == 64 && draft.bundle != nil)
    }

    @Test("its fate is read from the branch: open, merged as a commit or as an equal change, overtaken")
    func fate() async throws {
        let site = try Site(["pool.py": "timeout = 1\nname = 'a'\n"])
        let draft = try await site.draft(request(Self.fix))
        func standing() async throws -> DraftStanding {
            let head = try #require(try await site.session.branchHead())
            let repository = try #require(try await site.session.draft(at: head))
            return try await repository.standing(of: Array(draft.patch.utf8), commit: draft.commit, head: head)
        }
        func day(_ number: Int) -> Timestamp { moment.advanced(by: .days(number)) }
        try site.mirror.commit("other", ["other.py": "x = 1\n"], at: day(1))
        #expect(try await standing() == .applies)
        try site.mirror.commit("by hand", ["pool.py": "timeout = 5\nname = 'a'\n"], at: day(2))
        #expect(try await standing() == .arrived)
        try site.mirror.commit("another way", ["pool.py": "timeout = compute()\nname = 'a'\n"], at: day(3))
        #expect(try await standing() == .overtaken)
        let files = try write(draft, beside: site.mirror)
        try run(["git", "fetch", "-q", files.bundle, "\(draft.branch):refs/heads/taken"], in: site.mirror.path)
        try run(["git", "update-ref", "refs/heads/main", "refs/heads/taken"], in: site.mirror.path)
        #expect(try await standing() == .arrived)
    }
}
