import ApplianceTestSupport
import Events
import Testing

@testable import GitMirror

@Suite("A service that is a path of a monorepo")
struct MonorepoTests {
    static func service(_ value: String) -> String { "def run(order):\n    rate = \(value)\n    return rate.total\n" }

    /// Two services whose files have the same names, released each by itself.
    private func fixture() throws -> (fixture: GitFixture, guilty: String) {
        let fixture = try GitFixture()
        try fixture.commit(
            "start",
            [
                "services/orders/src/app.py": Self.service("rates(order)"),
                "services/billing/src/app.py": Self.service("rates(order)"),
                "CODEOWNERS":
                    "* @acme/platform\n/services/orders/ @acme/orders @kim\n/services/billing/ @acme/billing\n",
            ], at: day(0))
        try fixture.tag("orders-1.0", try fixture.head())
        let guilty = try fixture.commit(
            "orders: rate of the parent", ["services/orders/src/app.py": Self.service("rates(order.parent)")],
            at: day(1))
        try fixture.commit(
            "billing: total of the parent",
            ["services/billing/src/app.py": Self.service("rates(order.total)"), "docs/total.md": "total\n"], at: day(2))
        try fixture.tag("billing-1.1", try fixture.head())
        try fixture.commit("docs", ["README": "x"], at: day(3))
        try fixture.tag("orders-1.1", try fixture.head())
        return (fixture, guilty)
    }

    @Test("the file, the suspects and the owners are of that path")
    func path() async throws {
        let (fixture, guilty) = try fixture()
        var given = event(
            "'Rate' has no attribute 'total'", at: day(4),
            frames: [StackFrame(file: "/app/src/app.py", function: "run", line: 3)])
        given.service = "orders"
        let found = try await context(fixture, given, settings: settings(fixture, subdirectory: "services/orders"))
        #expect(found.excerpts.map(\.file) == ["services/orders/src/app.py"])
        #expect(found.excerpts.first?.owners == ["@acme/orders", "@kim"])
        #expect(found.suspects.first?.commit == guilty)
        #expect(!found.suspects.contains { $0.subject.hasPrefix("billing") })
        given.service = "billing"
        let other = try await context(fixture, given, settings: settings(fixture, subdirectory: "services/billing"))
        #expect(other.excerpts.first?.file == "services/billing/src/app.py")
        #expect(other.suspects.first?.subject == "billing: total of the parent")
        #expect(!other.suspects.contains { $0.commit == guilty })
    }

    @Test("its releases follow each other; another service's between them is none of them")
    func releases() async throws {
        let (fixture, guilty) = try fixture()
        var given = event(
            at: day(300), frames: [StackFrame(file: "services/orders/src/app.py", function: "run", line: 3)])
        given.release = "orders-1.1"
        let window = ReleaseWindow(release: "orders-1.1", first: day(3), last: day(300), count: 2)
        let found = try await context(fixture, given, releases: [window])
        #expect(found.suspects.first?.commit == guilty)
        #expect(found.suspects.first?.reason.contains("between orders-1.0 and orders-1.1, the first release") == true)
    }

    @Test(
        "a release's series",
        arguments: [
            ("1.0", ""), ("v1.0.3-rc1", ""), ("orders-1.1", "orders-"), ("shop/2.0.0", "shop/"), ("app-v2", "app-"),
            ("release-2026-11-21", "release-"), ("k8s-1.2", "k8s-"), ("web@1.2.3", "web@"), ("nightly", "nightly"),
            ("", ""), ("rev9", "rev9"),
        ])
    func series(tag: String, series: String) {
        #expect(ReleaseSeries.name(of: tag) == series)
    }
}
