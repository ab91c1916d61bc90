import ApplianceTestSupport
import Events
import Foundation
import Testing

@testable import GitMirror

@Suite("A session reads the revision that ran, and says what is missing")
struct SessionTests {
    static let v1 = "def pay(order):\n    amount = order.amount\n    return charge(amount)\n"
    static let v2 =
        "import log\n\ndef pay(order):\n    log.info(\"pay\")\n    amount = order.amount\n    return charge(amount)\n"
    let frame = StackFrame(file: "pay.py", function: "pay", line: 3)

    private func fixture(_ format: String = "sha1") throws -> (GitFixture, [String]) {
        let fixture = try GitFixture(objectFormat: format)
        let first = try fixture.commit("one", ["pay.py": Self.v1], at: day(0))
        let second = try fixture.commit("two", ["pay.py": Self.v2], at: day(10))
        try fixture.tag("v1.0.0", first)
        try fixture.tag("shop/2.0.0", second, message: "release")
        return (fixture, [first, second])
    }

    @Test("the event's commit, in full or short, in SHA-1 and SHA-256", arguments: ["sha1", "sha256"])
    func eventCommit(format: String) async throws {
        let (fixture, commits) = try fixture(format)
        for text in [commits[0], String(commits[0].prefix(8)), commits[0].uppercased()] {
            var event = event(frames: [frame])
            event.revision = text
            let found = try await context(fixture, event)
            #expect(found.state == .read(mirror: "orders", revision: commits[0], basis: .eventCommit))
            #expect(found.excerpts.first?.lines == Self.v1.split(separator: "\n").map(String.init))
            #expect(found.suspects.first?.commit == commits[0])
        }
    }

    @Test(
        "a release's tag, however it is spelled",
        arguments: [
            ("v1.0.0", 0), ("1.0.0", 0), ("orders@1.0.0", 0), ("shop/2.0.0", 1), ("2.0.0", 1), ("web@2.0.0", 1),
            ("acme/shop/v1.0.0", 0),
        ])
    func release(text: String, index: Int) async throws {
        let (fixture, commits) = try fixture()
        for packed in [false, true] {
            if packed { try fixture.git("pack-refs", "--all") }
            var event = event(frames: [frame])
            event.release = text
            let found = try await context(fixture, event)
            #expect(found.state == .read(mirror: "orders", revision: commits[index], basis: .releaseTag))
        }
    }

    @Test("a commit that is named by a tag or a branch", arguments: ["v1.0.0", "shop/2.0.0", "main"])
    func namedRevision(name: String) async throws {
        let (fixture, _) = try fixture()
        var given = event(frames: [frame])
        given.revision = name
        guard case .read(_, let revision, .eventCommit) = try await context(fixture, given).state else {
            Issue.record("\(name) was not read")
            return
        }
        #expect(revision == (try fixture.git("rev-parse", name + "^{commit}")))
    }

    @Test("a release that is a commit's name")
    func releaseCommit() async throws {
        let (fixture, commits) = try fixture()
        var event = event(frames: [frame])
        event.release = "orders@\(commits[0].prefix(12))"
        let found = try await context(fixture, event)
        #expect(found.state == .read(mirror: "orders", revision: commits[0], basis: .eventCommit))
    }

    @Test("what is unknown falls back to the branch at the event's time, with a note")
    func fallback() async throws {
        let (fixture, commits) = try fixture()
        var early = event(at: day(5), frames: [frame])
        early.revision = "deadbeefdeadbeef"
        early.release = "9.9.9"
        let found = try await context(fixture, early)
        #expect(found.state == .read(mirror: "orders", revision: commits[0], basis: .branchBeforeEvent))
        #expect(found.notes.contains("the event's commit \"deadbeefdeadbeef\" is not in the mirror"))
        #expect(found.notes.contains("release \"9.9.9\" has no tag in the mirror"))

        let before = try await context(fixture, event(at: day(-5), frames: [frame]))
        #expect(before.state == .read(mirror: "orders", revision: commits[1], basis: .branchHead))
        let timeless = try await context(fixture, event(at: Timestamp(nanoseconds: 0), frames: [frame]))
        #expect(timeless.state == .read(mirror: "orders", revision: commits[1], basis: .branchHead))
        let late = try await context(fixture, event(at: day(40), frames: [frame]))
        #expect(late.notes.contains("the mirror's newest commit is 30 days older than the event"))
    }

    @Test(
        "revisions that are options or expressions are not handed to git",
        arguments: ["--help", "HEAD", "main^{tree}", "@{-1}", "abc1234 x", "v1.0.0\n"])
    func hostileRevision(text: String) async throws {
        let (fixture, commits) = try fixture()
        var event = event(frames: [frame])
        event.revision = text
        let found = try await context(fixture, event)
        #expect(found.state == .read(mirror: "orders", revision: commits[1], basis: .branchBeforeEvent))
    }

    @Test("a configured branch is read; one that is missing is told")
    func branch() async throws {
        let (fixture, _) = try fixture()
        let other = try fixture.commit("side", ["pay.py": Self.v1], at: day(12), branch: "live")
        let found = try await context(fixture, event(frames: [frame]), settings: settings(fixture, branch: "live"))
        #expect(found.state == .read(mirror: "orders", revision: other, basis: .branchBeforeEvent))
        let missing = try await context(fixture, event(frames: [frame]), settings: settings(fixture, branch: "gone"))
        guard case .unavailable(_, let reason) = missing.state else {
            Issue.record("\(missing.state)")
            return
        }
        #expect(reason.contains("it lacks branch gone"))
    }

    @Test("a line that moved is read where it stood; one that no revision has lowers the score")
    func drift() async throws {
        let (fixture, commits) = try fixture()
        var moved = frame
        moved.context = FrameContext(line: "    return charge(amount)")
        let agreeing = try await context(fixture, event(frames: [moved]))
        #expect(agreeing.state == .read(mirror: "orders", revision: commits[0], basis: .framesAgree))
        #expect(agreeing.excerpts.first?.marked == [3])
        #expect(agreeing.notes.first?.hasPrefix("drift: pay.py reads as the event says at") == true)

        var known = event(frames: [moved])
        known.revision = commits[1]
        let followed = try await context(fixture, known)
        #expect(followed.excerpts.first?.marked == [6])
        #expect(followed.notes == ["drift: pay.py line 3 of the event is line 6 in the mirror"])

        moved.context = FrameContext(line: "    return refund(amount)")
        let changed = try await context(fixture, event(frames: [moved]))
        #expect(changed.notes == ["drift: pay.py line 3 reads differently in the mirror than in the event"])
        #expect(try #require(changed.excerpts.first).score <= 0.5)

        let nowhere = StackFrame(file: "pay.py", line: 99)
        let beginning = try await context(fixture, event(frames: [nowhere]))
        #expect(beginning.excerpts.first?.marked == [])
        #expect(try #require(beginning.excerpts.first).score <= 0.4)
        #expect(beginning.notes.last == "where in pay.py it failed is not known; its beginning is shown")

        let past = StackFrame(file: "pay.py", function: "pay", line: 99)
        let short = try await context(fixture, event(frames: [past]))
        #expect(short.notes.first?.contains("drift: pay.py has 6 lines") == true)
        #expect(short.excerpts.first?.function == "pay")

        let elsewhere = StackFrame(file: "pay.py", function: "other", line: 4)
        #expect(try await context(fixture, event(frames: [elsewhere])).notes == [])
    }

    @Test("a frame whose line is in another function shows its own function")
    func wrongFunction() async throws {
        let fixture = try GitFixture()
        try fixture.commit("x", ["a.go": "package a\n\nfunc One() {\n\tx()\n}\n\nfunc Two() {\n\ty()\n}\n"], at: day(0))
        let found = try await context(fixture, event(frames: [StackFrame(file: "a.go", function: "main.Two", line: 4)]))
        #expect(found.excerpts.first?.function == "Two")
        #expect(found.notes.first?.contains("line 4 is not in Two") == true)
        let minified = try await context(fixture, event(frames: [StackFrame(file: "a.go", function: "main.One")]))
        #expect(minified.excerpts.first?.firstLine == 3)
    }

    @Test("without a mirror the event's own lines serve")
    func fromEvent() async throws {
        let lines = FrameContext(before: ["a", "b"], line: "c", after: ["d"])
        let frames = [
            StackFrame(file: "x.py", function: "f", line: 7, context: lines),
            StackFrame(file: "y.py", line: 1, context: lines),
        ]
        let given = event(frames: frames)
        let found = EventExcerpts.context(for: given)
        #expect(found.state == .fromEvent)
        #expect(found.excerpts.map(\.file) == ["y.py", "x.py"])
        #expect(found.excerpts.map(\.firstLine) == [1, 5])
        #expect(found.excerpts.map(\.marked) == [[3], [7]])
        #expect(EventExcerpts.context(for: event()) == .none)
        let gone = MirrorError.missing(path: "/nowhere")
        let unavailable = EventExcerpts.context(for: event(), mirror: "orders", error: gone)
        #expect(
            unavailable.state
                == .unavailable(
                    mirror: "orders",
                    reason:
                        "no git mirror at /nowhere. Mirror the repository there (git clone --mirror), or correct the mirror's path."
                ))
        let noted = EventExcerpts.context(for: given, mirror: "orders", error: gone)
        #expect(noted.state == .fromEvent)
        #expect(noted.notes.first?.contains("no git mirror at /nowhere") == true)
        let (fixture, _) = try fixture()
        let foreign = try await context(fixture, event(frames: [StackFrame(file: "z.py", line: 7, context: lines)]))
        #expect(foreign.state == .fromEvent)
        #expect(try await context(fixture, event("nothing of that kind here", frames: [])).state == .noFrames)
    }

    @Test("a path that is no repository is told", arguments: ["/nowhere/at/all", "/etc/passwd", "/etc", "/dev/null"])
    func noRepository(path: String) {
        #expect(throws: MirrorError.self) { try MirrorSession(settings: MirrorSettings(name: "m", path: path)) }
    }

    @Test("an empty repository is told")
    func empty() throws {
        let fixture = try GitFixture()
        #expect(throws: MirrorError.noCommits(path: fixture.path)) { try MirrorSession(settings: settings(fixture)) }
        #expect(throws: MirrorError.self) {
            try MirrorSession(settings: settings(fixture), temporaryFolder: "/nowhere/at/all")
        }
    }

    @Test("limits: places, characters, authors")
    func limits() async throws {
        let fixture = try GitFixture()
        let body = (1...200).map { "    x\($0) = \($0)" }.joined(separator: "\n")
        let files = Dictionary(
            uniqueKeysWithValues: (1...6).map { ("m\($0).py", Optional("def f\($0)():\n\(body)\n")) })
        try fixture.commit("six", files, at: day(0))
        let frames = (1...6).map { StackFrame(file: "m\($0).py", function: "f\($0)", line: 100) }
        let few = ContextSettings(linesAround: 5, maxLocations: 2, maxCharacters: 12000, showAuthors: false)
        let found = try await context(fixture, event(frames: frames), context: few)
        #expect(found.excerpts.map(\.file) == ["m6.py", "m5.py"])
        #expect(found.excerpts.allSatisfy { $0.lines.count == 11 && $0.marked == [100] })
        #expect(found.suspects.allSatisfy { $0.author == nil } && !found.suspects.isEmpty)
        let tiny = ContextSettings(linesAround: 50, maxLocations: 4, maxCharacters: 300)
        let small = try await context(fixture, event(frames: frames), context: tiny)
        #expect(small.excerpts.reduce(0) { $0 + $1.lines.reduce(0) { $0 + $1.count + 1 } } <= 300)
        #expect(small.excerpts.first?.marked == [100])
        #expect(small.notes.contains { $0.contains("size limit") })
    }

    @Test("frames in one function share an excerpt; own code comes before libraries'")
    func merging() async throws {
        let (fixture, _) = try fixture()
        let frames = [
            StackFrame(file: "pay.py", function: "pay", line: 5), StackFrame(file: "pay.py", function: "pay", line: 6),
            StackFrame(file: "/usr/lib/python3/site-packages/requests/api.py", function: "get", line: 3),
        ]
        let found = try await context(fixture, event(frames: frames))
        #expect(found.excerpts.count == 1)
        #expect(found.excerpts.first?.marked == [5, 6])
    }

    @Test("a release's commits are suspected when the error begins with it")
    func releaseWindow() async throws {
        let fixture = try GitFixture()
        let caller = "def run():\n    return rate(\"x\")\n"
        let first = try fixture.commit(
            "start", ["app/run.py": caller, "app/rate.py": "def rate(x):\n    y = table(x)\n    return y or 1\n"],
            at: day(0))
        try fixture.tag("1.0", first)
        let guilty = try fixture.commit(
            "no default rate", ["app/rate.py": "def rate(x):\n    y = table(x)\n    return y\n"], at: day(1),
            author: "Park Jun")
        let second = try fixture.commit("docs", ["README": "x"], at: day(2))
        try fixture.tag("1.1", second)
        var given = event(
            at: day(300),
            frames: [
                StackFrame(file: "app/run.py", function: "run", line: 2),
                StackFrame(file: "app/rate.py", function: "rate", line: 2),
            ])
        given.release = "1.1"
        let window = ReleaseWindow(release: "1.1", first: day(3), last: day(300), count: 9)
        let found = try await context(fixture, given, releases: [window])
        #expect(found.suspects.first?.commit == guilty)
        #expect(found.suspects.first?.reason.contains("between 1.0 and 1.1, the first release with the error") == true)
        #expect(found.suspects.first?.hunk?.contains("-    return y or 1") == true)
    }

    @Test("a mirror synchronised meanwhile is read anew")
    func refreshes() async throws {
        let (fixture, _) = try fixture()
        let session = try MirrorSession(settings: settings(fixture))
        _ = await session.context(for: event(frames: [frame]))
        let third = try fixture.commit("three", ["pay.py": Self.v1], at: day(15))
        let found = await session.context(for: event(frames: [frame]))
        #expect(found.state == .read(mirror: "orders", revision: third, basis: .branchBeforeEvent))
        await session.close()
    }

    @Test("the status tells age, size and missing releases")
    func status() async throws {
        let (fixture, commits) = try fixture()
        try fixture.git("gc", "-q")
        let session = try MirrorSession(settings: settings(fixture))
        let status = try await session.status(
            now: day(20), releases: ["1.0.0", "3.0.0", String(commits[0].prefix(10))])
        await session.close()
        #expect(status.head == commits[1])
        #expect(status.branch == "main")
        #expect(status.headTime == day(10))
        #expect(status.headAge == .days(10))
        #expect(status.missingReleases == ["3.0.0"])
        #expect(status.bytes > 0)
        #expect(status.branches == 1 && status.tags == 2 && status.rejectedRefs == 0)
        await #expect(throws: MirrorError.closed) { try await session.status(now: day(20)) }
        #expect(status.lastFetch != nil)
    }
}
