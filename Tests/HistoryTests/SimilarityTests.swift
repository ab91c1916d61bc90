import ApplianceTestSupport
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
        SearchKey(
            exceptionType: type, frames: frames.map { SearchKey.Frame(name: $0) }, text: words.joined(separator: " "))
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
        #expect(same.reason == "same type, 7 of 7 frames, 6 of 6 words")
        var drifted = Self.frames
        drifted.remove(at: 3)
        drifted.insert("com.acme.orders.Retry.again", at: 1)
        let other = try #require(
            try store.similar(to: key(frames: drifted, words: ["HikariPool", "connection", "closed"]), limit: 1).first)
        #expect(other.fingerprint == fingerprint("pool"))
        #expect(other.score > 0.5 && other.score < 0.95)
        #expect(other.reason == "same type, 6 of 7 frames, 3 of 4 words")
    }

    @Test("what is not alike, or is the group itself, is left out")
    func leavesOut() throws {
        let store = try filled()
        let words = ["HikariPool", "connection", "is", "not", "available"]
        let found = try store.similar(to: key(words: words), excluding: fingerprint("pool"), limit: 5)
        #expect(!found.contains { $0.fingerprint == fingerprint("pool") })
        #expect(try store.similar(to: SearchKey(text: "nothing like it"), limit: 5).isEmpty)
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
        for length in 0..<encoded.count {
            let read = encoded[..<length].withUnsafeBytes { SearchTokens(encoded: $0) }
            #expect(read == nil || read?.frames.count ?? 0 < tokens.frames.count, "\(length) bytes")
        }
        for place in [0, 12, encoded.count - 1] {
            var wrong = encoded
            wrong[place] = 200
            _ = wrong.withUnsafeBytes { SearchTokens(encoded: $0) }
        }
        var wrong = encoded
        wrong[0] = 200
        #expect(wrong.withUnsafeBytes { SearchTokens(encoded: $0) } == nil)
        #expect(tokens.terms.count == Set(tokens.terms).count)
    }

    @Test(
        "words of a text: identifiers, and a mark where a value stood",
        arguments: [
            ("timeout after 31 ms", ["timeout", "after", "#", "ms"]), ("Tree7: 0x7ffe", ["Tree", "#", "#"]),
            ("id 9f86d081 of a4", ["id", "#", "of", "#"]), ("café_x", ["café_x"]), ("feed bead", ["feed", "bead"]),
            ("mail <email:abcdef> ok", ["mail", "email", "#", "ok"]), ("", []), ("---", []),
        ])
    func words(text: String, expected: [String]) {
        let hashes = expected.map { $0 == "#" ? SearchTokens.value : SearchTokens.hash("w", $0) }
        #expect(SearchTokens.words(of: text) == hashes)
    }

    @Test("numbers of documents pack and unpack, and damaged bytes never trap")
    func postings() {
        let documents: [UInt32] = [1, 2, 130, 131, 20_000, 4_000_000, .max]
        var (last, packed): (UInt32, [UInt8]) = (0, [])
        for document in documents { PostingList.append(document, after: &last, to: &packed) }
        var read: [UInt32] = []
        packed.withUnsafeBytes { PostingList.forEach($0) { read.append($0) } }
        #expect(read == documents)
        for seed in 1...20 {
            var generator = SeededGenerator(seed: UInt64(seed))
            let noise = (0..<200).map { _ in UInt8.random(in: 0...255, using: &generator) }
            noise.withUnsafeBytes { PostingList.forEach($0) { _ in } }
        }
    }

    /// `a` … `zz`, so that words differ in letters.
    static func letters(_ number: Int) -> String {
        let alphabet = Array("abcdefghijklmnopqrstuvwxyz")
        return "\(alphabet[number / 676 % 26])\(alphabet[number / 26 % 26])\(alphabet[number % 26])"
    }

    @Test("an index made group by group, in batches or at once finds the same")
    func layouts() throws {
        let scratch = try #require(scratch)
        let keys = (0..<1500).map { number in
            key(
                frames: ["app.Service\(Self.letters(number / 3)).run", "app.Main.main"],
                words: ["cannot", "read", Self.letters(number), Self.letters(number % 50)])
        }
        let entries = keys.enumerated().map { number, key in
            var result = grouping("g\(number)")
            result.searchKey = key
            return RecordEntry(event: event("\(number)"), grouping: result)
        }
        var answers: [[[SimilarGroup]]] = []
        for size in [37, 300, 1500] {
            let path = "\(scratch.path)/\(size).sqlite"
            let store = try HistoryStore.open(at: path, mode: .readWrite, now: noon, newOrigin: home)
            for start in stride(from: 0, to: entries.count, by: size) {
                try store.record(batch(Array(entries[start..<min(start + size, entries.count)])))
                // Between batches the memory of rare terms is brought up to date, not read anew.
                if start % 5 == 0 { _ = try store.similar(to: keys[0], limit: 1) }
            }
            let segments = try store.read { try SearchIndexLayout($0).segments }
            #expect(segments.count < SearchIndexWriter.fanOut)
            let again = try HistoryStore.open(at: path, mode: .readOnly, now: noon)
            answers.append(try [0, 700, 1499].map { try again.similar(to: keys[$0], limit: 5) })
            #expect(try answers.last == [0, 700, 1499].map { try store.similar(to: keys[$0], limit: 5) })
        }
        #expect(answers[0] == answers[1])
        #expect(answers[1] == answers[2])
        #expect(answers[0].map { $0.first?.fingerprint } == [0, 700, 1499].map { fingerprint("g\($0)") })
    }

    @Test("segments of like size become one, which holds what they held")
    func merging() throws {
        let store = try #require(scratch).open()
        let count = SearchIndexWriter.documentsOfSegment * SearchIndexWriter.fanOut
        for start in stride(from: 0, to: count, by: SearchIndexWriter.documentsOfSegment) {
            let entries = (start..<start + SearchIndexWriter.documentsOfSegment).map { number in
                var result = grouping("g\(number)")
                result.searchKey = SearchKey(text: "common \(Self.letters(number))")
                return RecordEntry(event: event("\(number)"), grouping: result)
            }
            try store.record(batch(entries))
        }
        try store.read { db in
            let segments = try SearchIndexLayout(db).segments
            #expect(segments.map(\.documents) == [Int64(count)])
            let term = Int64(SearchTokens.hash("w", "common"))
            let packed = try Data.fetchOne(
                db, sql: "SELECT packed FROM search_posting WHERE term = ?", arguments: [term])
            var documents: [UInt32] = []
            packed?.withUnsafeBytes { PostingList.forEach($0) { documents.append($0) } }
            #expect(documents == (1...UInt32(count)).map { $0 })
        }
    }

    @Test("damaged postings name nothing that is not there")
    func damagedPostings() throws {
        let store = try filled()
        try store.record(batch((0..<300).map { entry("more\($0)", "more\($0)") }))
        let noise = Data((0..<300).map { UInt8($0 % 256) })
        try store.write { db in
            #expect(try Int.fetchOne(db, sql: "SELECT count(*) FROM search_posting") ?? 0 > 0)
            try db.execute(sql: "UPDATE search_posting SET packed = ?", arguments: [noise])
            try db.execute(sql: "UPDATE search_document SET tokens = ? WHERE id % 2 = 0", arguments: [noise])
        }
        _ = try store.similar(to: key(words: ["HikariPool"]), limit: 5)
    }

    @Test("an index of its own finds rows, equal ones together, after a restart too")
    func index() throws {
        let path = try #require(scratch).path + "/index.sqlite"
        let rows = (0..<300).map { (id: "r\($0)", key: self.key(words: ["row", "number", Self.letters($0 / 3)])) }
        try SimilarityIndex(at: path).build { add in
            for row in rows { try add(row.id, SimilarityIndex.Prepared(row.key)) }
        }
        let index = try SimilarityIndex(at: path)
        let found = try index.search(key(words: ["row", "number", Self.letters(50)]), top: 3)
        #expect(found.map(\.id) == ["r150", "r151", "r152"])
        #expect(found.allSatisfy { abs($0.score - 1) < 1e-9 })
        #expect(try index.search(key(words: ["row"]), top: 0).isEmpty)
    }
}
