import ApplianceTestSupport
import Foundation
import Testing

@Suite("Killed at any instant, a batch loses nothing and counts nothing twice")
struct KillTests {
    /// 20 instants in the suite, 200 in the long form.
    static let instants = ProcessInfo.processInfo.environment["APPLIANCE_SOAK"] != nil ? 200 : 20
    static let events = 600

    @Test("kill -9, then verify and run again")
    func batch() async throws {
        let site = try SiteFixture()
        defer { site.remove() }
        let services = ["alpha", "beta", "gamma", "delta", "epsilon"]
        let lines = (0..<Self.events).map { index in
            let name = services[index % services.count]
            return "2026-11-21 05:\(10 + index % 50):00,000 ERROR \(name).worker: \(name) cannot reach its neighbour\n"
        }
        try site.directory.write("logs/a.log", lines.joined())
        let whole = try await duration(site)
        var random = SeededGenerator(seed: 0x5EED)
        for _ in 0..<Self.instants {
            try reset(site)
            try await kill(site, after: whole * Double.random(in: 0...1.1, using: &random))
            let verified = try await site.run("history", "verify")
            // Killed before there was a history, there is none to verify.
            let isFine = verified.status == 0 || verified.errors.contains("there is no history")
            #expect(isFine, "\(verified.errors)\(verified.output)")
            let again = try await site.run("batch")
            #expect(again.status == 0, "\(again.errors)")
            let counts = try await site.counts()
            #expect(counts.count == services.count)
            #expect(counts.values.reduce(0, +) == Self.events)
            let chain = try await site.run("outbox", "verify")
            #expect(chain.status == 0, "\(chain.output)\(chain.errors)")
        }
    }

    private func duration(_ site: SiteFixture) async throws -> Duration {
        let clock = ContinuousClock()
        let start = clock.now
        #expect(try await site.run("batch").status == 0)
        return start.duration(to: clock.now)
    }

    private func reset(_ site: SiteFixture) throws {
        let home = site.directory.url.appending(path: "home")
        for name in try FileManager.default.contentsOfDirectory(atPath: home.path) {
            guard name.hasPrefix("history.sqlite") || name == "outbox" || name == "reports" else { continue }
            try FileManager.default.removeItem(at: home.appending(path: name))
        }
    }

    /// The instant is what is being tested: the process is left alone for exactly that long.
    private func kill(_ site: SiteFixture, after time: Duration) async throws {
        let process = site.binary.process(
            ["batch", "--quiet", "--now", SiteFixture.now], environment: site.environment)
        process.standardError = FileHandle.nullDevice
        let nanoseconds = Int(time / .nanoseconds(1))
        try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Void, any Error>) in
            process.terminationHandler = { _ in continuation.resume() }
            do {
                try process.run()
            } catch {
                process.terminationHandler = nil
                return continuation.resume(throwing: error)
            }
            let identifier = process.processIdentifier
            DispatchQueue.global().asyncAfter(deadline: .now() + .nanoseconds(nanoseconds)) {
                Foundation.kill(identifier, SIGKILL)
            }
        }
    }
}

/// SplitMix64: the same instants in every run (https://prng.di.unimi.it/splitmix64.c describes the steps).
struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}
