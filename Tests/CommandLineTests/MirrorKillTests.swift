import ApplianceTestSupport
import Events
import Foundation
import Testing

@Suite("Killed at any instant, mirror import leaves the mirror before or after, never between")
struct MirrorKillTests {
    /// 20 instants in the suite, 200 in the long form.
    static let instants = ProcessInfo.processInfo.environment["APPLIANCE_SOAK"] != nil ? 200 : 20

    private static func time(_ hours: Int) -> Timestamp { Timestamp(seconds: Double(1_790_000_000 + 3600 * hours)) }

    private let site: SiteFixture
    private let source: GitFixture
    private let mirror: String
    private let baseline: String
    private let bundle: String

    /// A mirror with loose and packed refs, and a bundle that moves, adds and retags.
    init() throws {
        site = try SiteFixture()
        source = try GitFixture()
        mirror = source.beside("shop.git")
        baseline = source.beside("baseline.git")
        bundle = source.beside("shop-000002.bundle")
        let lines = (0..<2000).map { "value_\($0) = \($0 * 7919)\n" }
        for number in 0..<4 {
            try source.commit(
                "start \(number)", ["m\(number).py": lines.shuffled().joined()], at: Self.time(number))
        }
        try source.git("branch", "release", "main")
        try source.git("tag", "1.0", "main")
        try source.git("clone", "-q", "--mirror", source.path, baseline)
        try source.git("--git-dir", baseline, "update-ref", "refs/heads/loose", "main")
        try source.git("branch", "loose", "main")
        for number in 4..<8 {
            try source.commit(
                "more \(number)", ["m\(number).py": lines.shuffled().joined()], at: Self.time(number))
        }
        try source.git("branch", "-f", "release", "main")
        try source.git("branch", "-f", "loose", "main")
        try source.git("tag", "1.1", "main")
        try source.bundle(bundle, ["--all", "^1.0"])
        let text = try site.directory.read("home/appliance.toml")
        try site.directory.write(
            "home/appliance.toml", text + "\n[[mirror]]\nname = \"shop\"\npath = \"\(mirror)\"\n")
    }

    private func refs(_ path: String) throws -> String {
        try source.git("--git-dir", path, "for-each-ref", "--format=%(objectname) %(refname)")
    }

    private func take(_ file: String) async throws -> ApplianceBinary.Outcome {
        try await site.run("mirror", "import", file, "--mirror", "shop")
    }

    private func remove() throws {
        for path in [mirror, mirror + ".incoming"] where FileManager.default.fileExists(atPath: path) {
            try FileManager.default.removeItem(atPath: path)
        }
    }

    private func kill(_ file: String, after time: Duration) async throws {
        try await site.binary.kill(
            ["mirror", "import", file, "--mirror", "shop"], environment: site.environment, after: time)
    }

    @Test("an incremental bundle into a mirror")
    func incremental() async throws {
        defer { site.remove() }
        let before = try refs(baseline)
        func reset() throws {
            try remove()
            try FileManager.default.copyItem(atPath: baseline, toPath: mirror)
        }
        try reset()
        let clock = ContinuousClock()
        let start = clock.now
        let whole = try await take(bundle)
        let length = start.duration(to: clock.now)
        #expect(whole.status == 0, "\(whole.errors)")
        let after = try refs(mirror)
        #expect(after != before)
        var random = SeededGenerator(seed: 0xB0B)
        for _ in 0..<Self.instants {
            try reset()
            try await kill(bundle, after: length * Double.random(in: 0.1...1.1, using: &random))
            let left = try refs(mirror)
            #expect(left == before || left == after)
            try source.git("--git-dir", mirror, "fsck", "--strict")
            let again = try await take(bundle)
            #expect(again.status == 0, "\(again.errors)")
            #expect(try refs(mirror) == after)
            try source.git("--git-dir", mirror, "fsck", "--strict")
        }
    }

    @Test("the first bundle, which makes the mirror")
    func first() async throws {
        defer { site.remove() }
        let whole = source.beside("shop-000001.bundle")
        try source.bundle(whole, ["HEAD", "--all"])
        try remove()
        let clock = ContinuousClock()
        let start = clock.now
        #expect(try await take(whole).status == 0)
        let length = start.duration(to: clock.now)
        let after = try refs(mirror)
        var random = SeededGenerator(seed: 0xF1257)
        for _ in 0..<Self.instants / 2 {
            try remove()
            try await kill(whole, after: length * Double.random(in: 0.1...1.1, using: &random))
            if FileManager.default.fileExists(atPath: mirror) { #expect(try refs(mirror) == after) }
            let again = try await take(whole)
            #expect(again.status == 0, "\(again.errors)")
            #expect(try refs(mirror) == after)
            try source.git("--git-dir", mirror, "fsck", "--strict")
        }
    }

    /// Every third call in the suite, all of them in the long form.
    static let step = ProcessInfo.processInfo.environment["APPLIANCE_SOAK"] != nil ? 1 : 3

    @Test(
        "killed at the very calls that change the mirror",
        .enabled(if: TracedProcess.isAvailable, "strace is not installed"),
        arguments: ["?rename,?renameat,?renameat2", "?link,?linkat", "fsync"])
    func calls(name: String) async throws {
        defer { site.remove() }
        let before = try refs(baseline)
        var (place, states, killed) = (1, Set<String>(), 0)
        var isOver = false
        while !isOver, place < Self.mostCalls {
            try remove()
            try FileManager.default.copyItem(atPath: baseline, toPath: mirror)
            let process = site.binary.process(
                [
                    "-f", "-qq", "-o", "/dev/null", "-e", "trace=\(name)", "-e",
                    "inject=\(name):signal=KILL:when=\(place)", site.binary.path, "mirror", "import", bundle,
                    "--mirror", "shop",
                ], environment: site.environment)
            process.executableURL = URL(fileURLWithPath: "/usr/bin/strace")
            process.environment?["LLVM_PROFILE_FILE"] = "/dev/null"
            isOver = try await ApplianceBinary.finish(process).status == 0
            if !isOver { killed += 1 }
            let left = try refs(mirror)
            states.insert(left)
            let again = try await take(bundle)
            #expect(again.status == 0, "\(name) \(place): \(again.errors)")
            let after = try refs(mirror)
            #expect(left == before || left == after, "\(name) \(place)")
            place += Self.step
        }
        #expect(killed > 0)
        #expect(states.count <= 2)
        try source.git("--git-dir", mirror, "fsck", "--strict")
    }

    private static let mostCalls = 60
}
