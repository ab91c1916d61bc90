import ApplianceTestSupport
import Events
import Foundation
import Testing

@testable import GitMirror

@Suite("The number of git processes does not grow with the number of events")
struct ProcessBoundTests {
    /// A git that writes a line when it begins and one when it ends.
    private static func counting(_ fixture: GitFixture) throws -> (git: String, log: String) {
        let (git, log) = (fixture.beside("git"), fixture.beside("processes"))
        try "#!/bin/sh\necho \"+ $*\" >> '\(log)'\ngit \"$@\"\ncode=$?\necho '-' >> '\(log)'\nexit $code\n".write(
            toFile: git, atomically: true, encoding: .utf8)
        try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: git)
        return (git, log)
    }

    private static func lines(_ log: String) throws -> [Substring] {
        try String(contentsOfFile: log, encoding: .utf8).split(separator: "\n")
    }

    private static func most(_ lines: [Substring]) -> Int {
        lines.reduce(into: (now: 0, most: 0)) { count, line in
            count.now += line.hasPrefix("+") ? 1 : -1
            count.most = max(count.most, count.now)
        }.most
    }

    @Test("many events at once: one child that reads, and one more at a time; the same again: none")
    func bounded() async throws {
        let fixture = try GitFixture()
        let files = Dictionary(
            uniqueKeysWithValues: (0..<6).map { ("m\($0).py", Optional("def f\($0)():\n    return 1\n")) })
        try fixture.commit("start", files, at: day(0))
        for number in 0..<6 {
            try fixture.commit(
                "change \(number)", ["m\(number).py": "def f\(number)():\n    return x\n"], at: day(number + 1))
        }
        let (git, log) = try Self.counting(fixture)
        let session = try MirrorSession(
            settings: settings(fixture), context: ContextSettings(), temporaryFolder: fixture.beside(""),
            executable: git)
        @Sendable func ask(_ number: Int) async -> CodeContext {
            await session.context(
                for: event(frames: [StackFrame(file: "m\(number % 6).py", function: "f\(number % 6)", line: 2)]))
        }
        let found = await withTaskGroup(of: CodeContext.self) { group in
            for number in 0..<48 { group.addTask { await ask(number) } }
            return await group.reduce(into: []) { $0.append($1) }
        }
        #expect(found.allSatisfy { $0.excerpts.count == 1 && !$0.suspects.isEmpty })
        let first = try Self.lines(log)
        #expect(first.count { $0.contains("cat-file") } == 1)
        #expect(Self.most(first) == 2)
        for number in 0..<600 { _ = await ask(number) }
        #expect(try Self.lines(log).count == first.count)
        await session.close()
    }
}
