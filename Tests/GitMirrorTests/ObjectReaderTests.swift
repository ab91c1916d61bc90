import ApplianceTestSupport
import Events
import Foundation
import Testing

@testable import GitMirror

@Suite("The long-lived reader")
struct ObjectReaderTests {
    private func opened(_ fixture: GitFixture, executable: String? = nil, timeout: Duration = .seconds(10)) throws
        -> MirrorSession
    {
        try MirrorSession(
            settings: settings(fixture), context: ContextSettings(gitTimeout: timeout),
            temporaryFolder: fixture.beside(""),
            executable: executable)
    }

    private func fixture() throws -> GitFixture {
        let fixture = try GitFixture()
        try fixture.commit(
            "one", ["a.py": "def f():\n    return 1\n", "big.py": String(repeating: "x\n", count: 300_000)], at: day(0))
        return fixture
    }

    @Test("one child answers many questions, and survives refusals")
    func reuse() async throws {
        let fixture = try fixture()
        let session = try opened(fixture)
        let blob = try fixture.git("rev-parse", "main:a.py")
        let big = try fixture.git("rev-parse", "main:big.py")
        for _ in 0..<50 {
            let found = try await session.reader.contents(blob, type: "blob", limit: 100)
            #expect(found?.bytes.count == 22)
        }
        #expect(try await session.reader.header(String(repeating: "0", count: 40)) == nil)
        await #expect(throws: MirrorError.object(name: big, problem: "has 600000 bytes; 100 are read at most")) {
            try await session.reader.contents(big, type: "blob", limit: 100)
        }
        await #expect(throws: MirrorError.object(name: blob, problem: "is a blob, not a commit")) {
            try await session.reader.contents(blob, type: "commit", limit: 100)
        }
        let whole = try await session.reader.contents(big, type: "blob", limit: 1 << 20)
        #expect(whole?.bytes.count == 600_000)
        #expect(await session.reader.started == 1)
        await session.close()
    }

    @Test("questions asked at once are answered each with its own object")
    func concurrent() async throws {
        let fixture = try fixture()
        let session = try opened(fixture)
        let names = try ["main:a.py", "main:big.py", "main"].map { try fixture.git("rev-parse", $0) }
        let sizes = try await withThrowingTaskGroup(of: (Int, Int).self) { group in
            for index in 0..<60 {
                group.addTask { (index, try await session.reader.header(names[index % 3])?.size ?? -1) }
            }
            return try await group.reduce(into: [Int: Int]()) { $0[$1.0] = $1.1 }
        }
        #expect((0..<60).allSatisfy { $0 % 3 == 2 || sizes[$0] == [22, 600_000][$0 % 3] })
        await session.close()
    }

    @Test(
        "a child that hangs is killed at the deadline, and another is started",
        arguments: [
            "exec sleep 600", "head -c 1 > /dev/null; printf abc; exec sleep 600", "exit 3",
            "echo 'what is this'; cat > /dev/null", "yes | tr -d '\\n'",
        ])
    func hangs(script: String) async throws {
        let fixture = try fixture()
        let fake = fixture.beside("fake-git")
        try Data("#!/bin/sh\n\(script)\n".utf8).write(to: URL(fileURLWithPath: fake))
        try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: fake)
        let session = try opened(fixture, executable: fake, timeout: .milliseconds(300))
        let clock = ContinuousClock()
        let start = clock.now
        for expected in 1...2 {
            await #expect(throws: MirrorError.self) { try await session.reader.header(try fixture.head()) }
            #expect(await session.reader.started == expected)
        }
        let found = await session.context(for: event(frames: [StackFrame(file: "a.py", line: 1)]))
        guard case .unavailable = found.state else {
            Issue.record("\(found.state)")
            return
        }
        if !script.hasPrefix("echo") {
            await #expect(throws: MirrorError.self) { try await session.git.run(["log"], limit: 100) }
        }
        await session.close()
        // The children would sleep for ten minutes.
        #expect(clock.now - start < .seconds(120))
    }

    @Test("output beyond its limit is an error")
    func outputLimit() async throws {
        let fixture = try fixture()
        let session = try opened(fixture)
        let head = try fixture.head()
        await #expect(throws: MirrorError.outputTooLarge(command: "ls-tree", limit: 10)) {
            try await session.git.run(["ls-tree", "-r", head], limit: 10)
        }
        await #expect(throws: MirrorError.self) { try await session.git.run(["ls-tree", "nonsense"], limit: 1000) }
        await session.close()
    }

    @Test("every error says what to do, or that there is nothing to do")
    func remedies() {
        let errors: [MirrorError] = [
            .missing(path: "/m"), .notRepository(path: "/m", reason: "r"), .unsafe(path: "/m", reason: "r"),
            .unsupported(path: "/m", feature: "f"), .noCommits(path: "/m"), .gitMissing(searched: ["/bin"]),
            .scratch(path: "/t", code: 13), .timedOut(command: "log", after: .seconds(10)),
            .outputTooLarge(command: "log", limit: 1), .gitFailed(command: "log", status: "s", message: "m"),
            .object(name: "o", problem: "p"), .closed,
        ]
        for error in errors {
            #expect(!error.description.isEmpty)
            if error.kind != .bug, error != .outputTooLarge(command: "log", limit: 1) { #expect(error.remedy != nil) }
        }
        #expect(Set(errors.map(\.kind)) == [.noInput, .data, .unavailable, .io, .bug])
    }
}
