import ApplianceTestSupport
import Events
import Foundation
import GRDB
import Testing

@testable import History

@Suite("Vectors of an embedding model help the search by likeness")
struct EmbeddingTests {
    let scratch = try? Scratch()
    private static let model = EmbeddingModel(name: "embedder", digest: "d1")
    private static let dimensions = 96

    /// A direction near one of a few themes, as a model gives texts of one meaning.
    private static func numbers(theme: Int, _ generator: inout SeededGenerator) -> [Float] {
        (0..<dimensions).map { index in
            (index % 12 == theme ? 1 : 0) + Float.random(in: -0.2...0.2, using: &generator)
        }
    }

    private static func cosine(_ left: [Float], _ right: [Float]) -> Float {
        func dot(_ a: [Float], _ b: [Float]) -> Float { zip(a, b).reduce(0) { $0 + $1.0 * $1.1 } }
        return dot(left, right) / (dot(left, left) * dot(right, right)).squareRoot()
    }

    /// Sixty groups of six themes, each with a vector, and words of its own.
    private func filled(_ store: HistoryStore) throws -> [(group: Fingerprint, numbers: [Float])] {
        var generator = SeededGenerator(seed: 5)
        let groups = (0..<60).map { number in
            (group: fingerprint("g\(number)"), numbers: Self.numbers(theme: number % 6, &generator))
        }
        let entries = (0..<60).map { number in
            RecordEntry(
                event: event("\(number)"), grouping: grouping("g\(number)", type: nil, words: ["word\(number)"]))
        }
        try store.record(batch(entries))
        try store.saveVectors(vectors(groups), of: Self.model)
        return groups
    }

    private func vectors(
        _ groups: [(group: Fingerprint, numbers: [Float])]
    ) throws -> [(group: Fingerprint, vector: QuantizedVector)] {
        try groups.map { ($0.group, try #require(QuantizedVector($0.numbers))) }
    }

    @Test("a vector keeps its direction in a byte a dimension")
    func quantized() throws {
        var generator = SeededGenerator(seed: 9)
        for _ in 0..<200 {
            let scale = Float.random(in: 1e-6...1e6, using: &generator)
            let (left, right) = (
                Self.numbers(theme: 1, &generator).map { $0 * scale },
                Self.numbers(theme: Int.random(in: 0...2, using: &generator), &generator)
            )
            let (first, second) = (try #require(QuantizedVector(left)), try #require(QuantizedVector(right)))
            let found = second.bytes.withUnsafeBytes { first.cosine(to: $0, length: second.length) }
            #expect(abs(try #require(found) - Self.cosine(left, right)) < 0.01)
        }
    }

    @Test(
        "what is no direction is refused",
        arguments: [[], [0, 0, 0], [1, .nan], [.infinity, 1], [Float](repeating: 1, count: 16385)] as [[Float]])
    func refused(numbers: [Float]) {
        #expect(QuantizedVector(numbers) == nil)
    }

    @Test("the smallest numbers there are make a direction too")
    func subnormal() throws {
        let vector = try #require(QuantizedVector([.leastNonzeroMagnitude, 0, -.leastNonzeroMagnitude]))
        #expect(vector.bytes == [127, 0, -127])
    }

    @Test("what shares no word is found by its meaning, and the reason says so")
    func meaning() throws {
        let store = try #require(scratch).open()
        let groups = try filled(store)
        let key = SearchKey(text: "word0 alone")
        let byWords = try store.similar(to: key, excluding: fingerprint("g0"), limit: 10, least: 0.01)
        #expect(byWords.allSatisfy { $0.fingerprint != fingerprint("g6") || $0.reason.contains("near in meaning") })
        let vector = try #require(QuantizedVector(groups[0].numbers))
        let found = try store.similar(to: key, excluding: fingerprint("g0"), limit: 9, least: 0.05, vector: vector)
        #expect(Set(found.map(\.fingerprint)) == Set((1..<10).map { fingerprint("g\($0 * 6)") }), "those of its theme")
        #expect(found.allSatisfy { $0.reason.contains("near in meaning") && $0.score <= 1 })
        // The group's own vector is taken where none is given.
        let own = try store.similar(to: key, excluding: fingerprint("g0"), limit: 9, least: 0.05)
        #expect(own == found)
    }

    @Test("the nearest are exactly those that all cosines tell")
    func exact() throws {
        let store = try #require(scratch).open()
        let groups = try filled(store)
        let query = try #require(QuantizedVector(groups[17].numbers))
        try store.read { db in
            let near = try #require(try Nearness(to: query, asked: [], excluding: nil, db))
            let expected = groups.enumerated().sorted {
                Self.cosine($0.element.numbers, groups[17].numbers)
                    > Self.cosine(
                        $1.element.numbers, groups[17].numbers)
            }
            let ids = try expected.map { try #require(try HistoryStore.findGroupID($0.element.group, db)) }
            #expect(near.groups.count == Nearness.nearest)
            #expect(near.groups.first == ids.first && abs((near(ids[0]) ?? 0) - 1) < 1e-5)
            #expect(Set(near.groups.prefix(10)) == Set(ids.prefix(10)))
            // Asked for or among the nearest: known; what is not near at all is 0.
            #expect(near(ids[59]) == nil)
            #expect(try Nearness(to: query, asked: [ids[59]], excluding: nil, db)?(ids[59]) == 0)
        }
    }

    @Test("of two models only one's vectors are kept; groups that are gone and other sizes are left out")
    func models() throws {
        let store = try #require(scratch).open()
        let groups = try filled(store)
        #expect(try store.embeddingModel() == Self.model)
        #expect(try store.groupsWithoutVector(of: Self.model, limit: 5).all == 0)
        let changed = EmbeddingModel(name: "embedder", digest: "d2")
        let lacking = try store.groupsWithoutVector(of: changed, limit: 7)
        #expect(lacking.all == 60 && lacking.groups.count == 7)
        let short = try #require(QuantizedVector([1, 2]))
        try store.saveVectors(
            try vectors(Array(groups.prefix(2))) + [
                (groups[2].group, short), (fingerprint("unknown"), try #require(QuantizedVector(groups[3].numbers))),
            ], of: changed)
        #expect(try store.embeddingModel() == changed)
        #expect(try store.hasVector(groups[1].group) && !store.hasVector(groups[2].group))
        #expect(try !store.hasVector(fingerprint("unknown")))
        #expect(try store.groupsWithoutVector(of: changed, limit: 100).all == 58)
        #expect(try store.verify().problems.isEmpty)
    }

    @Test("few vectors say nothing of what is usual: words alone are compared then")
    func few() throws {
        let store = try #require(scratch).open()
        let entries = (0..<10).map { entry("g\($0)", "\($0)") }
        try store.record(batch(entries))
        var generator = SeededGenerator(seed: 3)
        try store.saveVectors(
            try vectors((0..<10).map { (fingerprint("g\($0)"), Self.numbers(theme: 1, &generator)) }), of: Self.model)
        let found = try store.similar(to: grouping("g3").searchKey, excluding: fingerprint("g3"), limit: 5, least: 0)
        #expect(!found.isEmpty && !found.contains { $0.reason.contains("meaning") })
    }

    @Test("what was forgotten or cleaned leaves no vector, and a merge, a backup and a recovery break nothing")
    func life() throws {
        let scratch = try #require(scratch)
        let store = try scratch.open()
        let groups = try filled(store)
        try store.backup(to: scratch.path + "/copy.sqlite")
        // Words of one sample alone: its group stays, and waits for another vector.
        try store.forget(matching: "cannot reach pool 17", now: noon)
        #expect(try !store.hasVector(fingerprint("g17")))
        #expect(try store.hasVector(fingerprint("g18")))
        #expect(try store.verify().problems.isEmpty)
        let copy = try HistoryStore.open(at: scratch.path + "/copy.sqlite", mode: .readWrite, now: noon)
        #expect(try copy.hasVector(fingerprint("g17")))
        try store.merge(scratch.path + "/copy.sqlite", now: noon)
        #expect(try store.verify().problems.isEmpty)
        try store.close()
        let summary = try HistoryStore.recover(scratch.file, to: scratch.path + "/again.sqlite", now: noon)
        #expect(summary.leftOut == 0)
        let again = try HistoryStore.open(at: scratch.path + "/again.sqlite", mode: .readWrite, now: noon)
        #expect(try again.hasVector(fingerprint("g18")))
        let vector = try #require(QuantizedVector(groups[0].numbers))
        #expect(try again.similar(to: SearchKey(text: "word0"), limit: 3, least: 0.05, vector: vector).count == 3)
    }

    @Test("a sample that a late rule masks takes its group's vector with it")
    func cleaned() throws {
        let store = try #require(scratch).open()
        _ = try filled(store)
        let redaction = StoredRedaction(
            text: \.self,
            event: { event in
                var clean = event
                clean.message = event.message.replacing("pool 17", with: "pool <name>")
                return clean
            }, diagnosis: \.self, run: { $1 })
        #expect(try store.redactAgain(by: redaction, now: noon).samples == 1)
        #expect(try !store.hasVector(fingerprint("g17")))
        #expect(try store.hasVector(fingerprint("g18")))
        #expect(try store.groupsWithoutVector(of: Self.model, limit: 5).groups == [fingerprint("g17")])
    }

    @Test("a history of an older version is read without vectors")
    func older() throws {
        let scratch = try #require(scratch)
        let store = try scratch.open()
        _ = try filled(store)
        try store.write { db in
            try db.execute(
                sql: """
                    DROP TABLE embedding; DELETE FROM grdb_migrations WHERE identifier = '8 embeddings';
                    PRAGMA user_version = 7
                    """)
        }
        try store.close()
        let old = try scratch.open(.readOnly)
        #expect(try !old.hasVector(fingerprint("g3")))
        let found = try old.similar(to: SearchKey(text: "word4"), excluding: fingerprint("g3"), limit: 3, least: 0)
        #expect(!found.isEmpty && !found.contains { $0.reason.contains("meaning") })
        try old.close()
        // Opened for writing it is brought up to date, and its groups wait for their vectors.
        let new = try scratch.open()
        #expect(try new.groupsWithoutVector(of: EmbeddingModel(name: "other", digest: "d"), limit: 1).all == 60)
        #expect(try new.verify().problems.isEmpty)
    }

    @Test("a damaged vector is passed over")
    func damaged() throws {
        let store = try #require(scratch).open()
        _ = try filled(store)
        try store.write { db in
            try db.execute(sql: "UPDATE embedding SET vector = x'01' WHERE group_id % 7 = 0")
            try db.execute(sql: "UPDATE embedding SET length = 0 WHERE group_id % 7 = 1")
            try db.execute(sql: "UPDATE embedding SET length = 1e999 WHERE group_id % 7 = 2")
            try db.execute(sql: "UPDATE embedding SET vector = zeroblob(\(Self.dimensions)) WHERE group_id % 7 = 3")
        }
        for number in 0..<60 {
            let name = "g\(number)"
            let found = try store.similar(
                to: grouping(name).searchKey, excluding: fingerprint(name), limit: 5, least: 0)
            #expect(found.allSatisfy { (0...1).contains($0.score) })
        }
    }
}
