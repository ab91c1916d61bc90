import ApplianceTestSupport
import Events
import Foundation
import GRDB
import Testing

@testable import History

@Suite("A history in trouble says what is wrong and is left as it was")
struct DamageTests {
    let scratch = try? Scratch()

    func bytes(_ path: String) throws -> Data { try Data(contentsOf: URL(fileURLWithPath: path)) }

    func filled(_ scratch: Scratch) throws {
        let store = try scratch.open()
        try store.record(batch((0..<200).map { entry("g\($0)", "\($0)", service: "s") }))
        try store.close()
    }

    @Test("only its owner can read a new history; its home is kept")
    func new() throws {
        let scratch = try #require(scratch)
        #expect(throws: HistoryError.missing(path: scratch.file)) { try scratch.open(.readOnly) }
        let store = try scratch.open()
        #expect(store.origin == home)
        let mode = try FileManager.default.attributesOfItem(atPath: scratch.file)[.posixPermissions] as? Int
        #expect(mode == 0o600)
        try store.close()
        let again = try HistoryStore.open(at: scratch.file, mode: .readOnly, now: noon, newOrigin: UUID())
        #expect(again.origin == home)
        #expect(throws: HistoryError.readOnly(path: scratch.file)) { try again.record(batch([])) }
        #expect(try again.cachedDiagnosis(key: "k", notBefore: noon, now: noon) == nil)
    }

    @Test(
        "bytes that are not a history",
        arguments: [
            Data("not a database at all, but long enough to be one: 0123456789 0123456789 0123456789 0123456789".utf8),
            Data("SQLite format 3\0".utf8),
            Data([0]),
        ])
    func garbage(content: Data) throws {
        let scratch = try #require(scratch)
        try content.write(to: URL(fileURLWithPath: scratch.file))
        for mode in [HistoryStore.Mode.readWrite, .readOnly] {
            let error = try #require(throws: HistoryError.self) { try scratch.open(mode) }
            guard case .corrupt = error else {
                Issue.record("\(error)")
                return
            }
            #expect(error.kind == .data)
        }
        #expect(try bytes(scratch.file) == content)
    }

    @Test("a truncated file is refused, whatever is left", arguments: [50, 4096, 20_000])
    func truncated(length: Int) throws {
        let scratch = try #require(scratch)
        try filled(scratch)
        let rest = try bytes(scratch.file).prefix(length)
        try rest.write(to: URL(fileURLWithPath: scratch.file))
        let error = try #require(throws: HistoryError.self) { try scratch.open() }
        guard case .corrupt = error else {
            Issue.record("\(error)")
            return
        }
        #expect(try bytes(scratch.file) == rest)
    }

    @Test("a newer schema is refused, also while it is only in the write-ahead log")
    func newer() throws {
        let scratch = try #require(scratch)
        try filled(scratch)
        let queue = try DatabaseQueue(path: scratch.file)
        try queue.writeWithoutTransaction { db in try db.execute(sql: "PRAGMA user_version = 99") }
        let expected = HistoryError.newerSchema(path: scratch.file, found: 99, supported: Schema.version)
        #expect(throws: expected) { try scratch.open() }
        try queue.close()
        let before = try bytes(scratch.file)
        #expect(throws: expected) { try scratch.open() }
        #expect(throws: expected) { try scratch.open(.readOnly) }
        #expect(try bytes(scratch.file) == before)
    }

    @Test(
        "another program's database is refused and untouched",
        arguments: [
            "CREATE TABLE x (y)", "PRAGMA application_id = 7; CREATE TABLE x (y)",
            "PRAGMA user_version = 1; CREATE TABLE x (y)",
        ])
    func foreign(sql: String) throws {
        let scratch = try #require(scratch)
        let queue = try DatabaseQueue(path: scratch.file)
        try queue.writeWithoutTransaction { db in try db.execute(sql: sql) }
        try queue.close()
        let before = try bytes(scratch.file)
        #expect(throws: HistoryError.foreign(path: scratch.file)) { try scratch.open() }
        #expect(try bytes(scratch.file) == before)
    }

    @Test("a directory in its place, and a directory that does not exist")
    func noFile() throws {
        let scratch = try #require(scratch)
        try FileManager.default.createDirectory(atPath: scratch.file, withIntermediateDirectories: false)
        #expect(throws: HistoryError.io(path: scratch.file, detail: "not a regular file")) { try scratch.open() }
        #expect(throws: HistoryError.self) {
            try HistoryStore.open(at: scratch.path + "/none/history.sqlite", mode: .readWrite, now: noon)
        }
    }

    @Test("a flipped bit in a record is found by verify, and only that record is lost")
    func flippedBit() throws {
        let scratch = try #require(scratch)
        try filled(scratch)
        let store = try scratch.open()
        #expect(try store.verify().problems.isEmpty)
        let record = try store.read { try Data.fetchOne($0, sql: "SELECT record FROM sample WHERE rowid = 5") }
        var bytes = try #require(record)
        bytes[bytes.count - 1] ^= 1
        let owner = try store.write { db in
            try db.execute(sql: "UPDATE sample SET record = ? WHERE rowid = 5", arguments: [bytes])
            return try Data.fetchOne(
                db, sql: "SELECT fingerprint FROM error_group g JOIN sample s ON s.group_id = g.id WHERE s.rowid = 5")
        }
        let report = try store.verify()
        #expect(report.problems.count == 1)
        #expect(report.problems.first?.hasPrefix("sample 5: ") == true)
        let group = try #require(Fingerprint(bytes: owner ?? Data()))
        #expect(throws: HistoryError.self) { try store.samples(of: group, limit: 1) }
        #expect(try store.facts(window: today).count == 200)
    }

    @Test("a damaged page is a problem in the report, not a crash", arguments: 1...8)
    func damagedPage(seed: UInt64) throws {
        let scratch = try #require(scratch)
        try filled(scratch)
        var content = try bytes(scratch.file)
        var generator = SeededGenerator(seed: seed)
        for _ in 0..<20 {
            let page = Int.random(in: 2..<content.count / 4096, using: &generator)
            for offset in 0..<8 { content[page * 4096 + offset] = UInt8.random(in: 0...255, using: &generator) }
        }
        try content.write(to: URL(fileURLWithPath: scratch.file))
        do {
            #expect(try !scratch.open().verify().problems.isEmpty)
        } catch let error as HistoryError {
            guard case .corrupt = error else {
                Issue.record("\(error)")
                return
            }
        }
    }

    @Test("a short file beside a whole write-ahead log is whole: a checkpoint on a full disk leaves it so")
    func shortFile() throws {
        let scratch = try #require(scratch)
        try filled(scratch)
        let short = try bytes(scratch.file)
        let store = try scratch.open()
        try store.record(batch((0..<200).map { entry("more\($0)", "more\($0)") }))
        let expected = try store.facts(window: today)
        let log = try bytes(scratch.file + "-wal")
        try store.close()
        let complete = try bytes(scratch.file)
        try #require(complete.count > short.count)
        // The first page, with the new number of pages, was written; the pages behind it were not.
        let other = scratch.path + "/short.sqlite"
        try (complete.prefix(4096) + short.dropFirst(4096)).write(to: URL(fileURLWithPath: other))
        #expect(throws: HistoryError.self) { try HistoryStore.open(at: other, mode: .readWrite, now: noon) }
        try log.write(to: URL(fileURLWithPath: other + "-wal"))
        let again = try HistoryStore.open(at: other, mode: .readWrite, now: noon)
        #expect(try again.facts(window: today) == expected)
        #expect(try again.verify().problems.isEmpty)
    }

    @Test("a file that was stopped in its very first transaction is undone by a writer, and missing to a reader")
    func hotJournal() throws {
        let scratch = try #require(scratch)
        let begun = scratch.path + "/begun.sqlite"
        let queue = try DatabaseQueue(path: begun)
        try queue.inDatabase { db in
            try db.execute(sql: "PRAGMA cache_size = 2")
            try db.execute(sql: "BEGIN; CREATE TABLE x (y BLOB)")
            // More than the cache holds: pages go to the file before the transaction ends.
            for _ in 0..<50 { try db.execute(sql: "INSERT INTO x VALUES (zeroblob(4000))") }
            try FileManager.default.copyItem(atPath: begun + "-journal", toPath: scratch.file + "-journal")
            try db.execute(sql: "COMMIT")
        }
        // The journal that was not yet removed when all pages were written undoes them.
        try FileManager.default.copyItem(atPath: begun, toPath: scratch.file)
        try #require(try bytes(scratch.file).count > 0)
        #expect(throws: HistoryError.missing(path: scratch.file)) { try scratch.open(.readOnly) }
        let store = try scratch.open()
        try store.record(batch([entry("a", "1")]))
        #expect(try store.verify().problems.isEmpty)
    }

    @Test("a second writer is told who waits for what")
    func locked() throws {
        let scratch = try #require(scratch)
        let store = try scratch.open()
        let other = try DatabaseQueue(path: scratch.file)
        try other.writeWithoutTransaction { db in
            try db.execute(sql: "BEGIN IMMEDIATE")
            let error = try #require(throws: HistoryError.self) { try store.setSetting("a", to: "b") }
            #expect(error == .locked(path: scratch.file, waited: HistoryStore.busyTimeout))
            #expect(error.kind == .busy)
            #expect(try store.setting("a") == nil)
            try db.execute(sql: "ROLLBACK")
        }
        try store.setSetting("a", to: "b")
    }

    @Test("a full disk loses nothing that was stored, and says so")
    func fullDisk() throws {
        let scratch = try #require(scratch)
        let store = try scratch.open()
        try store.record(batch([entry("a", "1")]))
        try store.write { db in
            let pages = try Int.fetchOne(db, sql: "PRAGMA page_count") ?? 0
            try db.execute(sql: "PRAGMA max_page_count = \(pages + 2)")
        }
        let flood = (0..<500).map { entry("g\($0)", "\($0)") }
        let error = try #require(throws: HistoryError.self) {
            try store.record(batch(flood, cursors: [CursorRecord(source: "f", key: "k", payload: "1")]))
        }
        #expect(error == .full(path: scratch.file))
        #expect(try store.cursors(source: "f").isEmpty)
        #expect(try store.facts(window: today).map(\.group.fingerprint) == [fingerprint("a")])
        #expect(try store.verify().problems.isEmpty)
    }

    @Test("a read-only directory is named as such", .enabled(if: getuid() != 0, "root writes where it likes"))
    func readOnlyDirectory() throws {
        let scratch = try #require(scratch)
        try FileManager.default.setAttributes([.posixPermissions: 0o500], ofItemAtPath: scratch.path)
        #expect(throws: HistoryError.readOnly(path: scratch.file)) { try scratch.open() }
        try FileManager.default.setAttributes([.posixPermissions: 0o700], ofItemAtPath: scratch.path)
    }

    @Test("a backup made while the history is open is a whole history")
    func backup() throws {
        let scratch = try #require(scratch)
        let store = try scratch.open()
        try store.record(batch((0..<50).map { entry("g\($0)", "\($0)") }))
        let target = scratch.path + "/copy.sqlite"
        try store.backup(to: target)
        let copy = try HistoryStore.open(at: target, mode: .readOnly, now: noon)
        #expect(try copy.facts(window: today) == store.facts(window: today))
        #expect(try copy.verify() == store.verify())
        #expect(throws: HistoryError.exists(path: target)) { try store.backup(to: target) }
        #expect(throws: HistoryError.self) { try store.backup(to: scratch.path + "/none/copy.sqlite") }
        let files = try FileManager.default.contentsOfDirectory(atPath: scratch.path)
        #expect(!files.contains { $0.contains("partial") })
        let statistics = try store.statistics()
        #expect((statistics.groups, statistics.events, statistics.samples, statistics.buckets) == (50, 50, 50, 50))
        #expect(statistics.bytes > 0 && statistics.recordBytes > 0)
        #expect((statistics.firstSeen, statistics.lastSeen) == (noon, noon))
    }

    @Test("the first schema is released: it must never change")
    func frozenSchema() {
        #expect(
            Schema.migrations.map(\.name) == [
                "1 first schema", "2 service minutes", "3 fix drafts", "4 outbox ledger", "5 news",
                "6 diagnosis severity", "7 counters", "8 embeddings",
            ])
        let digest = fingerprint(Schema.migrations[0].sql).hex
        #expect(digest == "86c9bff2ef5ef3a0dc7ff8287690f9291de0caf8d82f3c001285d1013748db7d")
    }

    @Test("every error says what happened and what to do")
    func words() {
        let errors: [HistoryError] = [
            .missing(path: "p"), .locked(path: "p", waited: .seconds(5)), .foreign(path: "p"),
            .newerSchema(path: "p", found: 2, supported: 1), .corrupt(path: "p", detail: "d"),
            .damagedRecord(what: "w", reason: .badChecksum), .full(path: "p"), .readOnly(path: "p"),
            .io(path: "p", detail: "d"), .unknownGroup(fingerprint("a")), .exists(path: "p"),
            .unexpected(path: "p", detail: "d"),
        ]
        for error in errors {
            #expect(!error.description.isEmpty)
            #expect(error.remedy?.hasSuffix(".") == true)
            #expect(error.kind != .usage || error == .exists(path: "p"))
        }
        #expect(HistoryError(DatabaseError(resultCode: .SQLITE_READONLY), path: "p") == .readOnly(path: "p"))
        #expect(HistoryError(CancellationError(), path: "p").kind == .bug)
    }
}
