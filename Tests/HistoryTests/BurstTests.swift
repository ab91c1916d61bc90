import ApplianceTestSupport
import Events
import Testing

@testable import History

@Suite("A burst is judged on the stored minutes, whatever the split into batches and runs")
struct BurstTests {
    static let rule = BurstRule(over: 10, minutes: 5)

    @Test(
        "more than ten in five minutes",
        arguments: [
            ([0: 10], nil), ([0: 11], 11), ([0: 4, 4: 7], 11), ([0: 4, 5: 7], nil), ([0: 5, 2: 5, 4: 5, 6: 5], 15),
            ([0: 10, 10: 10], nil), ([3: 1, 4: 1, 5: 1, 6: 1, 7: 7], 11),
        ] as [([Int64: Int], Int?)])
    func windows(counts: [Int64: Int], peak: Int?) {
        #expect(Self.rule.find(in: counts).values.map(\.peak).max() == peak)
    }

    private func burst(_ name: String, minute: Int, count: Int, service: String = "api", level: LogLevel = .error)
        -> [RecordEntry]
    {
        (0..<count).map { index in
            let time = noon.advanced(by: .minutes(minute)).advanced(by: .seconds(index))
            var entry = entry(name, "\(name)-\(minute)-\(index)", at: time, service: service)
            entry.event.level = level
            return entry
        }
    }

    private func marks(_ store: HistoryStore, _ name: String) throws -> [GroupMark] {
        try store.facts(of: fingerprint(name), window: today)?.marks ?? []
    }

    @Test("the same marks in one batch, one event a batch, in any order, and after the file was closed")
    func splits() throws {
        var results: [[GroupMark]] = []
        let entries = (0..<12).flatMap { minute in burst("a", minute: minute, count: 3) }
        var random = SeededGenerator(seed: 7)
        for split in [entries.count, 1, 5, 7] {
            let scratch = try Scratch()
            var rest = (split == 7 ? entries.shuffled(using: &random) : entries)[...]
            while !rest.isEmpty {
                let store = try scratch.open()
                var batch = batch(Array(rest.prefix(split)))
                batch.burst = Self.rule
                try store.record(batch)
                rest = rest.dropFirst(split)
                try store.close()
            }
            results.append(try marks(try scratch.open(), "a"))
        }
        #expect(results.allSatisfy { $0 == results[0] })
        let first = try #require(results[0].first)
        #expect(first.kind == .burst && first.count == 15 && first.first == noon)
        #expect(first.last < noon.advanced(by: .minutes(12)) && first.last > noon.advanced(by: .minutes(11)))
        #expect(results[0].map(\.kind) == [.burst, .serviceBurst])
    }

    @Test("of a service, over its groups; information counts for neither")
    func service() throws {
        let scratch = try Scratch()
        let store = try scratch.open()
        var entries = (0..<6).flatMap { burst("g\($0)", minute: $0 % 4, count: 2) }
        entries += burst("quiet", minute: 1, count: 2, service: "other")
        entries += burst("slow", minute: 1, count: 40, service: "slow", level: .info)
        var batch = batch(entries)
        batch.burst = Self.rule
        try store.record(batch)
        #expect(try marks(store, "g0").map(\.kind) == [.serviceBurst])
        #expect(try marks(store, "g5").first?.count == 12)
        #expect(try marks(store, "quiet").isEmpty && marks(store, "slow").isEmpty)
    }

    @Test("a burst of another day is none of this window")
    func windows() throws {
        let scratch = try Scratch()
        let store = try scratch.open()
        for minute in [-3 * 1440, 0] {
            var batch = batch(burst("a", minute: minute, count: minute == 0 ? 1 : 20))
            batch.burst = Self.rule
            try store.record(batch)
        }
        let facts = try #require(try store.facts(of: fingerprint("a"), window: today))
        #expect(facts.bursts.isEmpty && facts.marks.count == 2)
        let then = TimeWindow(start: today.start.advanced(by: .days(-3)), end: today.end.advanced(by: .days(-3)))
        #expect(try store.facts(of: fingerprint("a"), window: then)?.bursts.count == 2)
    }

    @Test("what a new source brings first is never called new; what comes first from another is")
    func baseline() throws {
        let scratch = try Scratch()
        let store = try scratch.open()
        var usual = batch([entry("usual", "1")])
        usual.isBaseline = true
        try store.record(usual)
        try store.record(batch([entry("fresh", "2"), entry("usual", "3")]))
        #expect(try store.facts(of: fingerprint("usual"), window: today)?.trend == .ongoing)
        #expect(try store.facts(of: fingerprint("fresh"), window: today)?.trend == .new)
    }
}
