import ApplianceTestSupport
import Events
import Testing

@testable import GitMirror

@Suite("A merge's lines are followed into the side that brought them")
struct MergeTests {
    static let function = """
        def total(order):
            row = find(order)
            if row is None:
                return 0
            log("total", row)
            rate = rates(order)
            value = row.amount
            return value * rate

        """

    private func frame(_ line: Int) -> StackFrame { StackFrame(file: "shop.py", function: "total", line: line) }

    /// The main line asks for another rate; the side drops the check; the merge has both.
    private func merged(_ evil: String? = nil) throws -> (fixture: GitFixture, main: String, side: String) {
        let fixture = try GitFixture()
        try fixture.commit("start", ["shop.py": Self.function], at: day(0))
        try fixture.git("branch", "side", "main")
        let checked = "    if row is None:\n        return 0\n"
        let side = try fixture.commit(
            "drop a check", ["shop.py": Self.function.replacing(checked, with: "")], at: day(2), branch: "side")
        let rated = Self.function.replacing("rates(order)", with: "rates(order.parent)")
        let main = try fixture.commit("rate of the parent", ["shop.py": rated], at: day(3))
        let both = evil ?? rated.replacing(checked, with: "")
        try fixture.merge("side", into: "main", ["shop.py": both], at: day(4))
        return (fixture, main, side)
    }

    @Test("both sides changed one function: each is found, the merge is not suspected")
    func bothSides() async throws {
        let (fixture, main, side) = try merged()
        let dropped = try await context(fixture, event("row is None", at: day(9), frames: [frame(5)]))
        #expect(dropped.suspects.first?.commit == side)
        #expect(dropped.suspects.contains { $0.commit == main })
        let rated = try await context(fixture, event(at: day(9), frames: [frame(4)]))
        #expect(rated.suspects.first?.commit == main)
        #expect(rated.suspects.first?.reason.contains("last changed the failing line") == true)
        #expect(!(dropped.suspects + rated.suspects).contains { $0.subject.hasPrefix("Merge") })
    }

    @Test("what neither side had is the merge's own")
    func evil() async throws {
        let text = Self.function.replacing("row.amount", with: "row.amount.sum").replacing(
            "rates(order)", with: "rates(order.parent)")
        let (fixture, _, _) = try merged(text)
        let found = try await context(fixture, event(at: day(9), frames: [frame(7)]))
        #expect(found.suspects.first?.subject == "Merge branch 'side'")
    }

    @Test("merges of merges are followed as far as the bound, each commit told once")
    func many() async throws {
        let fixture = try GitFixture()
        var lines = (0..<12).map { "    v\($0) = load(\($0))" }
        func text() -> String { "def total(x):\n" + lines.joined(separator: "\n") + "\n    return v0\n" }
        try fixture.commit("start", ["shop.py": text()], at: day(0))
        for number in 0..<8 {
            try fixture.git("branch", "-f", "side", "main")
            let before = lines
            lines[number] += " or side"
            try fixture.commit("side \(number)", ["shop.py": text()], at: day(number, hour: 9), branch: "side")
            let onSide = lines[number]
            lines = before
            lines[11 - number / 2] += " + \(number)"
            try fixture.commit("main \(number)", ["shop.py": text()], at: day(number, hour: 10))
            lines[number] = onSide
            try fixture.merge("side", into: "main", ["shop.py": text()], at: day(number, hour: 11))
        }
        let found = try await context(fixture, event(at: day(9), frames: [frame(8)]))
        #expect(found.suspects.first?.subject == "side 6")
        #expect(Set(found.suspects.map(\.commit)).count == found.suspects.count)
        #expect(!found.suspects.contains { $0.subject.hasPrefix("Merge") })
    }
}
