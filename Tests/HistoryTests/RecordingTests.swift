import ApplianceTestSupport
import Events
import Foundation
import GRDB
import Testing

@testable import History

@Suite("A batch is recorded completely, with its cursors")
struct RecordingTests {
    let scratch = try? Scratch()

    func store() throws -> HistoryStore { try #require(scratch).open() }

    @Test("events become groups, counts, values and cursors")
    func records() throws {
        let store = try store()
        let summary = try store.record(
            batch(
                [
                    entry("a", "1", service: "orders"), entry("a", "2", service: "billing", count: 5),
                    entry("b", "3", at: noon.advanced(by: .hours(-30))),
                ], cursors: [CursorRecord(source: "files", key: "/x", payload: "{\"offset\":7}")], masked: ["jwt": 2]))
        #expect(summary.events == 7)
        #expect(summary.groups == [fingerprint("a"), fingerprint("b")].sorted())
        #expect(summary.new == summary.groups)
        #expect(summary.back.isEmpty)
        #expect(try store.cursors(source: "files").map(\.payload) == ["{\"offset\":7}"])
        #expect(try store.cursors(source: "other").isEmpty)
        #expect(try store.masked(in: today) == ["jwt": 2])
        let group = try #require(try store.group(fingerprint("a")))
        #expect(group.total == 6)
        #expect(group.title == "TimeoutException: a")
        #expect(group.parts == ["TimeoutException", "a"])
        #expect(group.exceptionType == "TimeoutException")
        let facts = try store.facts(window: today)
        #expect(facts.map(\.group) == [group])
        #expect(facts.first?.services == [Tally(value: "billing", count: 5), Tally(value: "orders", count: 1)])
        #expect(facts.first?.trend == .new)
    }

    @Test("a later batch replaces cursors and adds to what is known")
    func continues() throws {
        let store = try store()
        try store.record(batch([entry("a", "1")], cursors: [CursorRecord(source: "f", key: "k", payload: "1")]))
        let summary = try store.record(
            batch([entry("a", "2")], cursors: [CursorRecord(source: "f", key: "k", payload: "2")], masked: ["jwt": 1]))
        #expect(summary.new.isEmpty)
        #expect(try store.cursors(source: "f").map(\.payload) == ["2"])
        #expect(try store.group(fingerprint("a"))?.total == 2)
    }

    @Test("hostile numbers and text are bounded, and come back whole where they fit")
    func hostile() throws {
        let store = try store()
        var odd = event("1", at: Timestamp(nanoseconds: .min), count: .max)
        odd.service = "a\0b"
        odd.host = String(repeating: "é", count: 20_000)
        odd.release = "r'; DROP TABLE sample; --"
        odd.message = "\0\u{202E}"
        var result = grouping("x")
        result.title = "nul \0 in a title"
        let late = RecordEntry(event: event("2", at: Timestamp(nanoseconds: .max), count: .max), grouping: result)
        try store.record(batch([RecordEntry(event: odd, grouping: result), late]))
        try store.record(batch([late, RecordEntry(event: odd, grouping: result)]))
        let group = try #require(try store.group(result.fingerprint))
        #expect(group.total == 4 * HistoryLimits.occurrencesPerEvent)
        #expect(group.title == "nul \0 in a title")
        #expect(group.firstSeen.nanoseconds == .min)
        let window = TimeWindow(start: Timestamp(nanoseconds: .min), end: Timestamp(nanoseconds: .max))
        let facts = try #require(try store.facts(of: result.fingerprint, window: window))
        #expect(facts.services.map(\.value) == ["a\0b"])
        #expect(facts.hosts.first?.value.utf8.count == HistoryLimits.textBytes)
        let read = try store.samples(of: result.fingerprint, limit: 10)
        #expect(read.map(\.message) == [late.event.message, odd.message])
        #expect(read.last?.service == "a\0b")
        #expect(try store.verify().problems.isEmpty)
    }

    @Test("values of a group are bounded; known ones go on being counted")
    func boundedValues() throws {
        let store = try store()
        try store.record(batch((0..<150).map { entry("a", "\($0)", service: "s\($0)") }))
        try store.record(batch([entry("a", "x", service: "s0"), entry("a", "y", service: "s149")]))
        let counts = try store.read { db in
            try Int.fetchAll(db, sql: "SELECT count FROM group_value WHERE kind = 0 ORDER BY count DESC")
        }
        #expect(counts.count == HistoryLimits.valuesPerGroup)
        #expect(counts.prefix(2) == [2, 1])
        #expect(try store.facts(window: today).first?.services.count == HistoryStore.listedValues)
    }

    @Test("a pushed event with a known id is passed over until that id expires")
    func deduplicates() throws {
        let store = try store()
        var pushed = entry("a", "1")
        pushed.deduplicateUntil = noon.advanced(by: .hours(1))
        let first = try store.record(batch([pushed, pushed]))
        #expect((first.events, first.duplicates) == (1, 1))
        #expect(try store.record(batch([pushed])).duplicates == 1)
        var later = batch([pushed])
        later.now = noon.advanced(by: .hours(2))
        later.entries[0].deduplicateUntil = noon.advanced(by: .hours(9))
        #expect(try store.record(later).events == 1)
        try store.dropExpiredSeenEvents(now: noon.advanced(by: .hours(10)))
        #expect(try store.record(batch([pushed])).events == 1)
    }

    @Test("a resolved group that is seen again is back; an older event that is read late is not")
    func back() throws {
        let store = try store()
        try store.record(batch([entry("a", "1", at: noon.advanced(by: .hours(-10)))]))
        try store.resolve(fingerprint("a"), Resolution(at: noon.advanced(by: .hours(-5)), by: "kim", commit: "c0ffee1"))
        #expect(try store.record(batch([entry("a", "2", at: noon.advanced(by: .hours(-6)))])).back.isEmpty)
        #expect(try store.record(batch([entry("a", "3")])).back == [fingerprint("a")])
        try store.reopen(fingerprint("a"), at: noon, by: "lee")
        #expect(try store.record(batch([entry("a", "4")])).back.isEmpty)
        #expect(try store.group(fingerprint("a"))?.resolution == nil)
    }

    @Test("any split into batches, and any order of samples, leaves the same history", arguments: 1...6)
    func splits(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        let entries = (0..<400).map { number in
            entry(
                "g\(Int.random(in: 0..<7, using: &generator))", "e\(number / 2)",
                at: noon.advanced(by: .minutes(Int.random(in: -3000..<0, using: &generator))),
                service: "s\(Int.random(in: 0..<130, using: &generator))",
                count: Int.random(in: 1...3, using: &generator))
        }
        let whole = try Scratch()
        let split = try Scratch()
        try whole.open().record(batch(entries))
        let parts = try split.open()
        var rest = entries[...]
        while !rest.isEmpty {
            let size = Int.random(in: 1...60, using: &generator)
            try parts.record(batch(Array(rest.prefix(size))))
            rest = rest.dropFirst(size)
        }
        let both = try [whole.open(), parts]
        let window = TimeWindow(start: noon.advanced(by: .days(-2)), end: noon)
        let facts = try both.map { try $0.facts(window: window, slices: 48) }
        #expect(!facts[0].isEmpty)
        #expect(facts[0] == facts[1])
        for fact in facts[0] {
            let samples = try both.map { try $0.samples(of: fact.group.fingerprint, limit: 100) }
            #expect(samples[0] == samples[1])
        }
        let slots = try both.map { store in
            try store.read { try Row.fetchAll($0, sql: "SELECT event_hash, time, slots FROM sample ORDER BY 1, 2") }
        }
        #expect(slots[0] == slots[1])
    }

    @Test("the first, the latest and a bounded spread are kept whole")
    func samples() throws {
        let store = try store()
        let entries = (0..<300).map { entry("a", "e\($0)", at: noon.advanced(by: .minutes(-$0))) }
        for part in 0..<3 { try store.record(batch(Array(entries[part * 100..<part * 100 + 100]))) }
        let samples = try store.samples(of: fingerprint("a"), limit: 100)
        #expect((HistoryLimits.spreadSamples...HistoryLimits.spreadSamples + 2).contains(samples.count))
        #expect(samples.first == entries[0].event)
        #expect(samples.dropFirst().first == entries[299].event)
        #expect(try store.samples(of: fingerprint("a"), limit: 1) == [entries[0].event])
        #expect(try store.samples(of: fingerprint("nothing"), limit: 5).isEmpty)
    }

    @Test("an event without an id is told by its time and message")
    func noID() throws {
        let store = try store()
        let nameless = (0..<3).map { entry("a", "", at: noon.advanced(by: .seconds($0))) }
        try store.record(batch(nameless))
        #expect(try store.samples(of: fingerprint("a"), limit: 10).count == 3)
    }
}
