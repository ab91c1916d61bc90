import Events
import Foundation
import Testing

@testable import History

@Suite("Facts say what happened in a window, without reading a blob")
struct FactsTests {
    let scratch = try? Scratch()

    func store() throws -> HistoryStore { try #require(scratch).open() }

    func ago(_ hours: Int) -> Timestamp { noon.advanced(by: .hours(-hours)) }

    @Test("trends are told apart")
    func trends() throws {
        let store = try store()
        try store.record(
            batch([
                entry("new", "1", at: ago(2)),
                entry("worse", "2", at: ago(30), count: 10), entry("worse", "3", at: ago(2), count: 20),
                entry("few", "4", at: ago(30), count: 2), entry("few", "5", at: ago(2), count: 5),
                entry("steady", "6", at: ago(30), count: 50), entry("steady", "7", at: ago(2), count: 60),
                entry("back", "8", at: ago(100)), entry("back", "9", at: ago(2), count: 99),
                entry("gone", "10", at: ago(30)),
                entry("mended", "11", at: ago(3)),
            ]))
        let fix = Resolution(at: ago(50), by: "kim", note: "time-out", commit: "c0ffee1")
        try store.resolve(fingerprint("back"), fix)
        try store.resolve(fingerprint("mended"), Resolution(at: ago(1)))
        let facts = try store.facts(window: today, slices: 24)
        let trends = Dictionary(facts.map { ($0.group.fingerprint, $0.trend) }, uniquingKeysWith: { $1 })
        #expect(
            trends == [
                fingerprint("new"): .new, fingerprint("worse"): .worse, fingerprint("few"): .ongoing,
                fingerprint("steady"): .ongoing, fingerprint("back"): .back(resolved: fix),
                fingerprint("mended"): .new,
            ])
        #expect(facts.map(\.count) == [99, 60, 20, 5, 1, 1])
        #expect(facts.map(\.previousCount) == [0, 50, 10, 2, 0, 0])
        let ties = facts.suffix(2).map(\.group.fingerprint)
        #expect(ties == ties.sorted())
        #expect(facts.allSatisfy { $0.series.count == 24 && $0.series.reduce(0, +) == $0.count })
        #expect(facts[0].series.firstIndex(of: 99) == 21)
    }

    @Test("an old window still knows that the group came back in it")
    func backInThePast() throws {
        let store = try store()
        try store.record(batch([entry("a", "1", at: ago(40)), entry("a", "2", at: ago(20)), entry("a", "3")]))
        try store.resolve(fingerprint("a"), Resolution(at: ago(30)))
        let window = TimeWindow(start: ago(28), end: ago(10))
        #expect(try store.facts(window: window).first?.trend == .back(resolved: Resolution(at: ago(30))))
        let before = TimeWindow(start: ago(45), end: ago(35))
        #expect(try store.facts(window: before).first?.trend == .new)
    }

    @Test("releases carry when they were seen; the last minute of the window is in it")
    func releases() throws {
        let store = try store()
        var (old, fresh) = (entry("a", "1", at: ago(3)), entry("a", "2", at: noon.advanced(by: .seconds(59))))
        (old.event.release, fresh.event.release) = ("1.0", "1.1")
        (old.event.environment, fresh.event.host) = ("prod", "h1")
        try store.record(batch([old, fresh, fresh]))
        let window = TimeWindow(start: ago(24), end: noon.advanced(by: .seconds(59)))
        let facts = try #require(try store.facts(window: window).first)
        #expect(facts.count == 3)
        #expect(
            facts.releases == [
                ReleaseWindow(release: "1.1", first: fresh.event.time, last: fresh.event.time, count: 2),
                ReleaseWindow(release: "1.0", first: ago(3), last: ago(3), count: 1),
            ])
        #expect(facts.environments == [Tally(value: "prod", count: 1)])
        #expect(facts.hosts == [Tally(value: "h1", count: 2)])
    }

    @Test("one group, seen or not, equals its line in the whole")
    func oneGroup() throws {
        let store = try store()
        try store.record(batch([entry("a", "1", at: ago(2)), entry("b", "2", at: ago(100))]))
        #expect(try store.facts(of: fingerprint("a"), window: today) == store.facts(window: today).first)
        let unseen = try #require(try store.facts(of: fingerprint("b"), window: today, slices: 0))
        #expect((unseen.count, unseen.series, unseen.trend) == (0, [], .ongoing))
        #expect(try store.facts(of: fingerprint("c"), window: today) == nil)
    }

    @Test("a typed prefix finds groups in order")
    func references() throws {
        let store = try store()
        try store.record(batch((0..<40).map { entry("g\($0)", "\($0)") }))
        let sought = fingerprint("g7")
        for text in [sought.groupID, sought.hex, String(sought.hex.prefix(12))] {
            let reference = try #require(GroupReference(text))
            #expect(try store.groups(matching: reference).map(\.fingerprint) == [sought])
        }
        let none = try #require(GroupReference("ffffffffffff"))
        #expect(try store.groups(matching: none).isEmpty)
    }

    @Test("joined groups are one, under either name")
    func aliases() throws {
        let store = try store()
        try store.record(
            batch([
                entry("a", "1", at: ago(3), service: "s"), entry("b", "2", at: ago(2), service: "s"),
                entry("c", "3", at: ago(1)),
            ]))
        try store.join(fingerprint("b"), into: fingerprint("a"), now: noon)
        try store.join(fingerprint("c"), into: fingerprint("b"), now: noon)
        try store.join(fingerprint("a"), into: fingerprint("c"), now: noon)
        let facts = try store.facts(window: today)
        #expect(facts.map(\.group.fingerprint) == [fingerprint("a")])
        #expect(facts.first?.count == 3)
        #expect(facts.first?.services == [Tally(value: "s", count: 2)])
        #expect(try store.group(fingerprint("c"))?.fingerprint == fingerprint("a"))
        #expect(try store.samples(of: fingerprint("c"), limit: 9).count == 3)
        let reference = try #require(GroupReference(fingerprint("b").hex))
        #expect(try store.groups(matching: reference).map(\.fingerprint) == [fingerprint("a")])
        #expect(throws: HistoryError.unknownGroup(fingerprint("z"))) {
            try store.join(fingerprint("z"), into: fingerprint("a"), now: noon)
        }
    }

    @Test("a window's summary is what its facts add up to")
    func summary() throws {
        let store = try #require(scratch).open()
        let entries = (0..<200).map { index in
            entry("g\(index % 17)", "\(index)", at: noon.advanced(by: .minutes(-index * 13)), service: "s")
        }
        var first = batch(Array(entries.prefix(40)))
        first.isBaseline = true
        try store.record(first)
        try store.record(batch(Array(entries.dropFirst(40))))
        try store.resolve(fingerprint("g3"), Resolution(at: noon.advanced(by: .hours(-4))))
        try store.join(fingerprint("g5"), into: fingerprint("g6"), now: noon)
        for window in [today, today.before, today.before.before] {
            let (facts, summary) = (try store.facts(window: window), try store.summary(of: window))
            #expect(summary.groups == facts.count)
            #expect(summary.events == facts.reduce(0) { $0 + $1.count })
            #expect(summary.new == facts.count { $0.trend == .new })
            #expect(summary.back == facts.count { if case .back = $0.trend { true } else { false } })
        }
        #expect(try store.summary(of: today).groups > 0)
    }

    @Test(
        "a key's parts are read back, whatever stands in them",
        arguments: [
            [], [""], ["a"], ["a", "b,c"], ["\"", ","], ["\\", "\n"], ["[\"x\"]"], ["", ""], ["é", "\u{1F600}"],
        ])
    func parts(_ parts: [String]) throws {
        #expect(try StoredJSON.list(StoredJSON.text(parts)) == parts)
    }
}
