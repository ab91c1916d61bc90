import ApplianceTestSupport
import Events
import Testing

@testable import GitMirror

@Suite("A commit's change of lines is told for what it is")
struct LineStepTests {
    static let function = [
        "def total(order):", "    row = find(order)", "    if row is None:", "        return 0",
        "    log(\"total\", row)",
        "    return row.amount * RATE",
    ]

    private func step(_ old: [String], _ new: [String], failing: Int) throws -> LineStep {
        let before = try #require(VersionText(path: "a.py", bytes: Array((old.joined(separator: "\n") + "\n").utf8)))
        let after = try #require(VersionText(path: "a.py", bytes: Array((new.joined(separator: "\n") + "\n").utf8)))
        let commit = CommitFacts(name: "c", seconds: 0, author: "", subject: "")
        let followed = FollowedLines(failing: [failing + 1: failing], span: 0..<new.count)
        return LineStep(followed, from: after, to: before, commit: commit, path: "a.py")
    }

    @Test(
        "by its nature",
        arguments: [
            ("    return row.amount * RATE", "    return row.sum.amount * RATE", LineTouch.Nature.changed),
            ("    log(\"total\", row)", "    log('total',   row)  # noted", .formatted),
            ("    log(\"total\", row)", "    log(\"the total\", row)", .reworded),
            ("    if row is None:", "    if row is not None:", .changed),
            ("    return row.amount * RATE", "    return row.weight * RATE", .changed),
        ])
    func nature(line: String, becomes: String, nature: LineTouch.Nature) throws {
        let new = Self.function.map { $0 == line ? becomes : $0 }
        #expect(try step(Self.function, new, failing: 5).touch?.nature == nature)
    }

    @Test("white space alone is no change, and lines are found again behind what was added before them")
    func followed() throws {
        let new = ["import os", ""] + Self.function.map { $0.replacing("    ", with: "\t") }
        let before = try #require(VersionText(path: "a.py", bytes: Array(Self.function.joined(separator: "\n").utf8)))
        let after = try #require(VersionText(path: "a.py", bytes: Array(new.joined(separator: "\n").utf8)))
        let commit = CommitFacts(name: "c", seconds: 0, author: "", subject: "")
        let step = LineStep(
            FollowedLines(failing: [8: 7], span: 2..<8), from: after, to: before, commit: commit, path: "a.py")
        #expect(step.touch == nil)
        #expect(step.rest == FollowedLines(failing: [8: 5], span: 0..<6))
    }

    @Test("a name that changes throughout is a renaming; the failing line stays whoever's it was")
    func renaming() throws {
        let new = Self.function.map { $0.replacing("row", with: "record") }
        let touch = try #require(try step(Self.function, new, failing: 5).touch)
        #expect(touch.nature == .renamed)
        #expect(touch.blamed == [])
    }

    @Test("a check that is taken away is noticed by what it asked about")
    func unchecked() throws {
        let new = Self.function.filter { !$0.contains("None") && !$0.contains("return 0") }
        let touch = try #require(try step(Self.function, new, failing: 3).touch)
        #expect(touch.unchecked.contains("row"))
        #expect(touch.blamed == [])
        #expect(touch.distance.map { $0 <= SuspectEvidence.besideLines } == true)
        #expect(touch.hunk?.contains("-    if row is None:") == true)
    }

    @Test(
        "differences",
        arguments: [
            ([], [], []), ([1], [], [LineDiff.Hunk(old: 0..<1, new: 0..<0)]),
            ([1, 2, 3], [1, 9, 3], [LineDiff.Hunk(old: 1..<2, new: 1..<2)]),
            ([1, 2, 3], [1, 2, 7, 3], [LineDiff.Hunk(old: 2..<2, new: 2..<3)]),
            ([5, 5, 5], [5, 5], [LineDiff.Hunk(old: 2..<3, new: 2..<2)]),
            ([1, 2], [2, 1], [LineDiff.Hunk(old: 0..<0, new: 0..<1), LineDiff.Hunk(old: 1..<2, new: 2..<2)]),
        ] as [([UInt64], [UInt64], [LineDiff.Hunk])])
    func differences(old: [UInt64], new: [UInt64], hunks: [LineDiff.Hunk]) {
        #expect(LineDiff(old, new).hunks == hunks)
    }

    @Test("differences rebuild the new version from the old one, whatever the two are")
    func rebuilds() {
        var generator = SeededGenerator(seed: 11)
        for _ in 0..<300 {
            let old = (0..<Int.random(in: 0...40, using: &generator)).map { _ in
                UInt64.random(in: 0...12, using: &generator)
            }
            let new = (0..<Int.random(in: 0...40, using: &generator)).map { _ in
                UInt64.random(in: 0...12, using: &generator)
            }
            let diff = LineDiff(old, new)
            var (rebuilt, place): ([UInt64], Int) = ([], 0)
            for hunk in diff.hunks {
                rebuilt += old[place..<hunk.old.lowerBound]
                rebuilt += new[hunk.new]
                place = hunk.old.upperBound
            }
            rebuilt += old[place...]
            #expect(rebuilt == new)
            for line in new.indices { if let before = diff.oldLine(of: line) { #expect(old[before] == new[line]) } }
        }
    }
}

@Suite("The guilty commit is found behind what others did since")
struct LineHistoryTests {
    static let module = """
        RATE = 3


        def first(order):
            return order.a


        def total(order):
            row = find(order)
            if row is None:
                return 0
            value = row.amount
            return value * RATE


        def last(order):
            return order.z

        """
    static let faulty = module.replacing("    if row is None:\n        return 0\n", with: "")

    private func frame(_ path: String, _ line: Int) -> StackFrame {
        StackFrame(file: path, function: "total", line: line)
    }

    /// The start, and the commit that took the check away.
    private func begun(_ path: String = "shop/orders.py") throws -> (GitFixture, guilty: String) {
        let fixture = try GitFixture()
        try fixture.commit("start", [path: Self.module], at: day(0))
        return (fixture, try fixture.commit("simplify", [path: Self.faulty], at: day(5)))
    }

    @Test("a formatter's commit is passed over, and told")
    func formatted() async throws {
        let (fixture, guilty) = try begun()
        let text = Self.faulty.replacing("value = row.amount", with: "value = (row.amount)  # money").replacing(
            "find(order)", with: "find(\n        order,\n    )")
        let shaped = text.replacing("(row.amount)", with: "row.amount")
        try fixture.commit("format", ["shop/orders.py": shaped], at: day(8))
        let found = try await context(fixture, event(at: day(9), frames: [frame("shop/orders.py", 12)]))
        #expect(found.excerpts.first?.text(ofLine: 12)?.contains("row.amount") == true)
        #expect(found.suspects.first?.commit == guilty)
        #expect(!found.suspects.contains { $0.subject == "format" })
        #expect(found.notes == ["1 commit that only formatted, renamed or moved the code is not suspected"])
    }

    @Test("a file's renaming, and a function's way into another file")
    func moved() async throws {
        let (fixture, guilty) = try begun()
        try fixture.commit("rename", ["shop/orders.py": nil, "core/sales.py": Self.faulty], at: day(6))
        let renamed = try await context(fixture, event(at: day(9), frames: [frame("core/sales.py", 10)]))
        #expect(renamed.suspects.first?.commit == guilty)

        let lines = Self.faulty.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        let (kept, gone) = (lines[..<7] + lines[11...], lines[7..<11])
        try fixture.commit(
            "a module for totals",
            [
                "core/sales.py": kept.joined(separator: "\n"),
                "core/totals.py": "RATE = 3\n\n\n" + gone.joined(separator: "\n") + "\n",
            ],
            at: day(7))
        let moved = try await context(fixture, event(at: day(9), frames: [frame("core/totals.py", 6)]))
        #expect(moved.excerpts.first?.function == "total")
        #expect(moved.suspects.first?.commit == guilty)
        #expect(moved.suspects.first?.hunk?.contains("-    if row is None:") == true)
    }

    @Test("what was undone is void, and so is undoing it")
    func undone() async throws {
        let (fixture, guilty) = try begun()
        let decoy = Self.faulty.replacing("    value = row.amount\n", with: "    value = row.amount + 1\n")
        try fixture.commit("add one", ["shop/orders.py": decoy], at: day(6))
        try fixture.commit("Revert \"add one\"", ["shop/orders.py": Self.faulty], at: day(7))
        let found = try await context(fixture, event(at: day(9), frames: [frame("shop/orders.py", 10)]))
        #expect(found.suspects.first?.commit == guilty)
        #expect(found.suspects.first { $0.subject == "add one" }?.reason.contains("undone later") != false)
    }

    @Test("a merge is not guilty of what its side brought")
    func merged() async throws {
        let fixture = try GitFixture()
        try fixture.commit("start", ["shop/orders.py": Self.module], at: day(0))
        try fixture.git("branch", "side", "main")
        let guilty = try fixture.commit("simplify", ["shop/orders.py": Self.faulty], at: day(3), branch: "side")
        let tuned = Self.module.replacing("order.z", with: "order.y")
        try fixture.commit("tune", ["shop/orders.py": tuned], at: day(4))
        let both = Self.faulty.replacing("order.z", with: "order.y")
        try fixture.merge("side", into: "main", ["shop/orders.py": both], at: day(5))
        let found = try await context(fixture, event(at: day(9), frames: [frame("shop/orders.py", 10)]))
        #expect(found.suspects.first?.commit == guilty)
        #expect(!found.suspects.contains { $0.subject.hasPrefix("Merge") })
    }

    @Test("a constant that the failing line names is shown, and who changed it is suspected")
    func constant() async throws {
        let fixture = try GitFixture()
        try fixture.commit("start", ["shop/orders.py": Self.module], at: day(0))
        let guilty = try fixture.commit(
            "new rate", ["shop/orders.py": Self.module.replacing("RATE = 3", with: "RATE = None")], at: day(5))
        let found = try await context(fixture, event(at: day(9), frames: [frame("shop/orders.py", 13)]))
        #expect(found.excerpts.map(\.about) == [nil, "declares RATE, which line 13 uses"])
        #expect(found.excerpts.last?.lines == ["RATE = None"])
        #expect(found.suspects.first?.commit == guilty)
        #expect(found.suspects.first?.reason.contains("changed what declares RATE") == true)
    }

    @Test("a function that the failing line's variable came from is found through the imports")
    func callee() async throws {
        let fixture = try GitFixture()
        let caller =
            "from shop import rates\n\n\ndef run(order):\n    rate = rates.current(order)\n    return rate.value\n"
        let callee = "def other():\n    return 1\n\n\ndef current(order):\n    return table(order) or DEFAULT\n"
        try fixture.commit("start", ["shop/run.py": caller, "shop/rates.py": callee], at: day(0))
        let guilty = try fixture.commit(
            "no default", ["shop/rates.py": callee.replacing(" or DEFAULT", with: "")], at: day(5))
        try fixture.commit("words", ["README": "x"], at: day(6))
        let found = try await context(
            fixture, event(at: day(9), frames: [StackFrame(file: "shop/run.py", function: "run", line: 6)]))
        #expect(found.excerpts.last?.file == "shop/rates.py")
        #expect(found.excerpts.last?.function == "current")
        #expect(found.suspects.first?.commit == guilty)
    }

    @Test("two declarations fit where there is room for one place more")
    func limit() async throws {
        let fixture = try GitFixture()
        try fixture.commit("start", ["shop/orders.py": Self.module], at: day(0))
        let found = try await context(
            fixture, event(at: day(9), frames: [frame("shop/orders.py", 13)]),
            context: ContextSettings(maxLocations: 1))
        #expect(found.excerpts.count == 1)
    }

    @Test("a mirror with a broken commit-graph is read, or says what is wrong; it does not end the run")
    func brokenGraph() async throws {
        let (fixture, guilty) = try begun()
        try fixture.git("commit-graph", "write", "--reachable", "--changed-paths")
        let path = fixture.path + "/objects/info/commit-graph"
        try fixture.overwrite(path, from: 60)
        let found = try await context(fixture, event(at: day(9), frames: [frame("shop/orders.py", 10)]))
        #expect(found.suspects.first?.commit == guilty || !found.notes.isEmpty)
        #expect(found.excerpts.first?.function == "total")
    }
}
