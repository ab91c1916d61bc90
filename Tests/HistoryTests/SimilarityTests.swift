import Events
import Foundation
import GRDB
import Testing

@testable import History

@Suite("Likeness finds the past error that helps")
struct SimilarityTests {
    let scratch = try? Scratch()

    static let frames = (0..<7).map { "com.acme.orders.Repository.call\($0)" }

    func key(frames: [String] = frames, words: [String], type: String? = "TimeoutException") -> SearchKey {
        SearchKey(exceptionType: type, frames: frames, words: words)
    }

    func add(_ name: String, _ key: SearchKey, to store: HistoryStore) throws {
        var result = grouping(name)
        result.searchKey = key
        try store.record(batch([RecordEntry(event: event(name), grouping: result)]))
    }

    func filled() throws -> HistoryStore {
        let store = try #require(scratch).open()
        for number in 0..<200 {
            try add(
                "noise\(number)",
                key(
                    frames: ["org.lib.Frame\(number % 40)", "org.lib.Main"],
                    words: ["request", "failed", "for", "tenant\(number)"], type: "IOException"), to: store)
        }
        try add("pool", key(words: ["HikariPool", "connection", "is", "not", "available"]), to: store)
        return store
    }

    @Test("the same key scores 1; a drifted one less, with the reason in words")
    func scores() throws {
        let store = try filled()
        let words = ["HikariPool", "connection", "is", "not", "available"]
        let same = try #require(try store.similar(to: key(words: words), limit: 3).first)
        #expect(same.fingerprint == fingerprint("pool"))
        #expect(abs(same.score - 1) < 1e-9)
        #expect(same.reason == "same type, 7 of 7 frames, 5 of 5 words")
        var drifted = Self.frames
        drifted.remove(at: 3)
        drifted.insert("com.acme.orders.Retry.again", at: 1)
        let other = try #require(
            try store.similar(to: key(frames: drifted, words: ["HikariPool", "connection", "closed"]), limit: 1).first)
        #expect(other.fingerprint == fingerprint("pool"))
        #expect(other.score > 0.5 && other.score < 0.95)
        #expect(other.reason == "same type, 6 of 7 frames, 2 of 3 words")
    }

    @Test("what is not alike, or is the group itself, is left out")
    func leavesOut() throws {
        let store = try filled()
        let words = ["HikariPool", "connection", "is", "not", "available"]
        let found = try store.similar(to: key(words: words), excluding: fingerprint("pool"), limit: 5)
        #expect(!found.contains { $0.fingerprint == fingerprint("pool") })
        #expect(try store.similar(to: SearchKey(words: ["nothing", "like", "it"]), limit: 5).isEmpty)
        #expect(try store.similar(to: SearchKey(), limit: 5).isEmpty)
        #expect(try store.similar(to: key(words: words), limit: 0).isEmpty)
    }

    @Test("among near-equal groups the resolved one comes first, with what mended it")
    func resolvedFirst() throws {
        let store = try filled()
        let words = ["HikariPool", "connection", "is", "not", "available"]
        try add("mended", key(frames: Array(Self.frames.dropLast()), words: words), to: store)
        #expect(try store.similar(to: key(words: words), limit: 2).first?.fingerprint == fingerprint("pool"))
        let fix = Resolution(at: noon, note: "time-out for pricing", commit: "c0ffee1")
        try store.resolve(fingerprint("mended"), fix)
        try store.save(DiagnosisRecord(fingerprint: fingerprint("mended"), diagnosis: modelDiagnosis("no time-out")))
        try store.recordVerdict(of: fingerprint("mended"), .correct, at: noon)
        let first = try #require(try store.similar(to: key(words: words), limit: 2).first)
        #expect(first.fingerprint == fingerprint("mended"))
        #expect(first.resolution == fix)
        #expect(first.rootCause == "no time-out")
        #expect(first.verdict == .correct)
    }

    @Test("joined groups are found once")
    func joined() throws {
        let store = try filled()
        let words = ["HikariPool", "connection", "is", "not", "available"]
        try add("twin", key(words: words), to: store)
        try store.join(fingerprint("twin"), into: fingerprint("pool"), now: noon)
        let found = try store.similar(to: key(words: words), limit: 5)
        #expect(found.filter { $0.score > 0.9 }.map(\.fingerprint) == [fingerprint("pool")])
    }

    @Test("keys of any size are bounded")
    func bounded() throws {
        let store = try #require(scratch).open()
        let huge = key(frames: (0..<5000).map { "f\($0)" }, words: (0..<50_000).map { "w\($0)" })
        try add("huge", huge, to: store)
        let found = try store.similar(to: huge, limit: 1)
        #expect(found.first?.fingerprint == fingerprint("huge"))
    }

    @Test("tokens read back, and anything else does not")
    func tokens() {
        let tokens = SearchTokens(key(words: ["a", "b", "a"]))
        let encoded = tokens.encoded
        #expect(encoded.withUnsafeBytes { SearchTokens(encoded: $0) } == tokens)
        for length in 0..<encoded.count where length % 4 != 2 || length < 10 {
            #expect(encoded[..<length].withUnsafeBytes { SearchTokens(encoded: $0) } == nil)
        }
        var wrong = encoded
        wrong[1] = 200
        #expect(wrong.withUnsafeBytes { SearchTokens(encoded: $0) } == nil)
        #expect(tokens.terms.count == Set(tokens.terms).count)
    }

    @Test("damaged postings name nothing that is not there")
    func damagedPostings() throws {
        let store = try filled()
        try store.write { db in try db.execute(sql: "UPDATE search_posting SET block = 9000000000000") }
        #expect(try store.similar(to: key(words: ["HikariPool"]), limit: 5).isEmpty)
    }

    @Test("an index of its own finds rows, equal ones together, after a restart too")
    func index() throws {
        let path = try #require(scratch).path + "/index.sqlite"
        let rows = (0..<300).map { (id: "r\($0)", key: self.key(words: ["row", "number", "w\($0 / 3)"])) }
        try SimilarityIndex(at: path).build(rows)
        let index = try SimilarityIndex(at: path)
        let found = try index.search(key(words: ["row", "number", "w50"]), top: 3)
        #expect(found.map(\.id) == ["r150", "r151", "r152"])
        #expect(found.allSatisfy { abs($0.score - 1) < 1e-9 })
        #expect(try index.search(key(words: ["row"]), top: 0).isEmpty)
    }
}
