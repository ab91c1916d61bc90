import Events
import Foundation
import GRDB
import Testing

@testable import History

@Suite("What came in is news until it is delivered")
struct NewsTests {
    let scratch = try? Scratch()

    private func news(_ entries: RecordEntry...) -> RecordBatch {
        var batch = batch(entries)
        batch.isNews = true
        return batch
    }

    @Test("events add up, across restarts; what is recorded without a word of it is none")
    func adding() throws {
        let scratch = try #require(scratch)
        var store = try scratch.open()
        try store.record(batch([entry("old", "0")]))
        #expect(try store.news() == News())
        try store.record(news(entry("a", "1"), entry("b", "2", count: 5)))
        try store.close()
        store = try scratch.open()
        try store.record(news(entry("a", "3", count: 2)))
        #expect(try store.news().groups == [fingerprint("a"): 3, fingerprint("b"): 5])
    }

    @Test("what is delivered goes, and what came meanwhile stays")
    func delivering() throws {
        let store = try #require(scratch).open()
        try store.record(news(entry("a", "1"), entry("b", "2")))
        let told = try store.news()
        try store.record(news(entry("a", "3", count: 4), entry("c", "4")))
        try store.enqueue([], told: told)
        #expect(try store.news().groups == [fingerprint("a"): 4, fingerprint("c"): 1])
        try store.enqueue([], told: try store.news())
        #expect(try store.news() == News())
    }

    @Test("a delivery that fails leaves the news as they were")
    func failing() throws {
        let store = try #require(scratch).open()
        try store.record(news(entry("a", "1")))
        struct Refusal: Error {}
        #expect(throws: Refusal.self) { try store.enqueue([{ _ in throw Refusal() }], told: try store.news()) }
        #expect(try store.news().groups == [fingerprint("a"): 1])
    }

    @Test("joined groups are one piece of news, under the name that stays")
    func joined() throws {
        let store = try #require(scratch).open()
        try store.record(news(entry("a", "1"), entry("b", "2", count: 2)))
        try store.join(fingerprint("a"), into: fingerprint("b"), now: noon)
        let told = try store.news()
        #expect(told.groups == [fingerprint("b"): 3])
        try store.enqueue([], told: told)
        #expect(try store.news() == News())
    }

    @Test("what merges left as a setting in older files is taken over")
    func older() throws {
        let scratch = try #require(scratch)
        var store = try scratch.open()
        try store.record(batch([entry("a", "1"), entry("b", "2")]))
        try store.close()
        let queue = try DatabaseQueue(path: scratch.file)
        let (known, lost) = (fingerprint("a").hex, fingerprint("nobody").hex)
        try queue.write { db in
            try db.execute(sql: "DROP TABLE news; PRAGMA user_version = 4")
            try db.execute(sql: "DROP INDEX diagnosis_current; ALTER TABLE diagnosis DROP COLUMN severity")
            try db.execute(sql: "DROP TABLE counter")
            try db.execute(sql: "DELETE FROM grdb_migrations WHERE identifier GLOB '[567] *'")
            try db.execute(
                sql: "INSERT INTO setting (key, value) VALUES ('merged', ?)",
                arguments: [#"{"\#(known)": 7, "\#(lost)": 9}"#])
        }
        try queue.close()
        store = try scratch.open()
        #expect(try store.news().groups == [fingerprint("a"): 7])
        #expect(try store.setting("merged") == nil)
    }
}
