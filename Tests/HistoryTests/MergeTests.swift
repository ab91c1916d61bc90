import ApplianceTestSupport
import Events
import Foundation
import GRDB
import Testing

@testable import History

@Suite("Histories come together, in any order and as often as one likes")
struct MergeTests {
    let scratch = try? Scratch()

    /// Everything that a history says, without numbers that are a file's own.
    static func content(_ path: String) throws -> [String] {
        let queue = try DatabaseQueue(path: path)
        return try queue.read { db in
            let group = "hex((SELECT fingerprint FROM error_group g WHERE g.id = x.group_id))"
            let origin = "(SELECT uuid FROM origin o WHERE o.id = x.origin_id)"
            func text(_ column: String) -> String { "(SELECT hex(value) FROM text t WHERE t.id = x.\(column))" }
            let queries = [
                "SELECT hex(fingerprint), version, rule, \(text("title")), \(text("template")), \(text("type")) FROM error_group x",
                "SELECT \(group), \(origin), first, last, total, level FROM sighting x",
                "SELECT \(group), \(origin), minute, count FROM bucket x",
                "SELECT \(group), \(origin), kind, \(text("value")), first, last, count FROM group_value x",
                "SELECT \(group), \(origin), hex(event_hash), time, slots FROM sample x",
                "SELECT \(group), \(origin), version, at, is_current, by_model, is_queued, cache_key FROM diagnosis x",
                "SELECT \(group), \(origin), version, number FROM raw_answer x",
                "SELECT \(group), \(origin), at, is_open, author, note, fixed_by FROM resolution x",
                "SELECT \(group), \(origin), at, verdict, cause, fixed_by FROM verdict x",
                "SELECT hex(fingerprint), hex(canonical), at FROM group_alias x",
                "SELECT day, rule, \(origin), count FROM masked x",
                "SELECT \(origin), kind, started, payload FROM run x",
                "SELECT \(origin), time, model, outcome FROM model_call x", "SELECT uuid FROM origin",
                "SELECT \(origin), \(text("service")), minute, count FROM service_bucket x",
                "SELECT \(group), \(origin), at, mirror, base, fate, fate_at FROM fix_draft x",
            ]
            return try queries.flatMap { sql in
                try Row.fetchAll(db, sql: sql).map { row in
                    "\(sql.prefix(40)) | " + row.databaseValues.map { "\($0)" }.joined(separator: " | ")
                }
            }.sorted()
        }
    }

    /// A home of its own with a share of the events.
    func site(_ number: Int, in scratch: Scratch) throws -> String {
        let path = "\(scratch.path)/site\(number).sqlite"
        let origin = UUID(uuid: (UInt8(number + 1), 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16))
        let store = try HistoryStore.open(at: path, mode: .readWrite, now: noon, newOrigin: origin)
        var generator = SeededGenerator(seed: UInt64(number + 1))
        let entries = (0..<150).map { index in
            entry(
                "g\(Int.random(in: 0..<12, using: &generator))", "s\(number)-\(index)",
                at: noon.advanced(by: .minutes(-Int.random(in: 0..<600, using: &generator))), service: "s\(number)")
        }
        var found = batch(entries, masked: ["email": number + 1])
        found.burst = BurstRule(over: 20, minutes: 60)
        try store.record(found)
        let group = entries[0].grouping.fingerprint
        try store.enqueue(
            [{ OutboxDraft(name: "\($0.number).json", bytes: [0x7B, 0x7D]) }], fixDrafts: [draft(of: group, base: "r1")]
        )
        try store.setFate(.changed, of: group, base: "r1", at: noon.advanced(by: .minutes(number)))
        try store.save(
            DiagnosisRecord(
                fingerprint: group,
                diagnosis: modelDiagnosis("cause \(number)", at: noon.advanced(by: .seconds(number))),
                rawAnswers: ["answer \(number)"]))
        try store.resolve(group, Resolution(at: noon.advanced(by: .seconds(number)), note: "by \(number)"))
        try store.recordVerdict(of: group, .partly, at: noon.advanced(by: .seconds(number)))
        try store.recordRun(RunRecord(kind: "batch", started: noon, finished: noon, payload: "{}"))
        try store.join(entries[1].grouping.fingerprint, into: group, now: noon.advanced(by: .seconds(number)))
        try store.close()
        return path
    }

    func draft(of group: Fingerprint, base: String) -> FixDraftRecord {
        let draft = FixDraft(
            group: group.groupID, mirror: "orders", base: base, branch: "fix/x", commit: "c0ffee",
            files: [.init(path: "a.py", added: 1, removed: 1, kind: "logging", reason: "why")], patch: "From c0ffee",
            bundle: nil, tests: .passed(before: nil, after: .init(passed: 3, failed: 0)))
        return FixDraftRecord(fingerprint: group, draft: draft, at: noon)
    }

    func copy(_ path: String, _ name: String) throws -> String {
        let target = "\((path as NSString).deletingLastPathComponent)/\(name).sqlite"
        try FileManager.default.copyItem(atPath: path, toPath: target)
        return target
    }

    func merge(_ paths: [String], into path: String) throws {
        let store = try HistoryStore.open(at: path, mode: .readWrite, now: noon)
        for other in paths { try store.merge(other, now: noon) }
        #expect(try store.verify().problems.isEmpty)
        try store.close()
    }

    @Test("every order of three sites, each twice, gives the same history")
    func commutative() throws {
        let scratch = try #require(scratch)
        let sites = try (0..<3).map { try site($0, in: scratch) }
        var contents: [[String]] = []
        for (place, order) in [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]].enumerated() {
            let target = try copy(sites[order[0]], "order\(place)")
            let others = order.dropFirst().map { sites[$0] }
            try merge(others + others + [sites[order[0]]], into: target)
            contents.append(try Self.content(target))
        }
        #expect(Set(contents).count == 1)
        let store = try HistoryStore.open(at: "\(scratch.path)/order0.sqlite", mode: .readOnly, now: noon)
        #expect(try store.statistics().events == 450)
        // (0 ∪ 1) ∪ 2 is 0 ∪ (1 ∪ 2).
        let right = try copy(sites[1], "right")
        try merge([sites[2]], into: right)
        let whole = try copy(sites[0], "whole")
        try merge([right], into: whole)
        #expect(try Self.content(whole) == contents[0])
    }

    @Test("what became of a draft is told by whoever knew it last, in either order")
    func fates() throws {
        let scratch = try #require(scratch)
        let early = try site(0, in: scratch)
        let late = try copy(early, "late")
        let store = try HistoryStore.open(at: late, mode: .readWrite, now: noon)
        let known = try #require(try store.fixDrafts(since: noon).first)
        try store.setFate(.merged, of: known.fingerprint, base: "r1", at: noon.advanced(by: .hours(1)))
        try store.close()
        let (one, other) = (try copy(early, "one"), try copy(late, "other"))
        try merge([late], into: one)
        try merge([early], into: other)
        #expect(try Self.content(one) == Self.content(other))
        let merged = try HistoryStore.open(at: one, mode: .readOnly, now: noon)
        #expect(try merged.fixDrafts(since: noon).map(\.fate) == [.merged])
        #expect(try merged.fixDrafts(since: noon).first?.draft.patch == "From c0ffee")
    }

    @Test("a backup of an older version is taken in", arguments: 1..<Schema.version)
    func older(version: Int) throws {
        let scratch = try #require(scratch)
        let path = "\(scratch.path)/older.sqlite"
        let queue = try DatabaseQueue(path: path)
        try Schema.migrate(queue, upTo: version)
        try queue.write { db in
            try db.execute(
                sql: "INSERT INTO origin (id, uuid, first_used) VALUES (1, ?, 0)", arguments: [home.uuidString])
            try db.execute(sql: "INSERT INTO masked (day, rule, origin_id, count) VALUES (1, 'email', 1, 7)")
        }
        try queue.close()
        let target = try site(1, in: scratch)
        try merge([path], into: target)
        #expect(try Self.content(target).contains { $0.contains("email") && $0.hasSuffix("| 7") })
    }

    @Test("a restored backup that went on by itself is not counted twice")
    func backup() throws {
        let scratch = try #require(scratch)
        let original = try site(0, in: scratch)
        let backup = try copy(original, "backup")
        let store = try HistoryStore.open(at: original, mode: .readWrite, now: noon)
        try store.record(batch([entry("g1", "later")]))
        let expected = try store.statistics().events
        try store.merge(backup, now: noon)
        #expect(try store.statistics().events == expected)
        #expect(expected == 151)
    }

    @Test("what a merge brought can be searched, and read whole")
    func usable() throws {
        let scratch = try #require(scratch)
        let target = try site(0, in: scratch)
        let other = try HistoryStore.open(
            at: scratch.path + "/other.sqlite", mode: .readWrite, now: noon, newOrigin: UUID())
        try other.record(batch([entry("elsewhere", "e1")]))
        try other.close()
        let store = try HistoryStore.open(at: target, mode: .readWrite, now: noon)
        let summary = try store.merge(other.path, now: noon)
        #expect(summary.newGroups == 1)
        let found = try store.similar(to: grouping("elsewhere").searchKey, limit: 1)
        #expect(found.first?.fingerprint == fingerprint("elsewhere"))
        #expect(try store.samples(of: fingerprint("elsewhere"), limit: 1).map(\.id) == ["e1"])
    }

    @Test(
        "a hostile file is refused, and nothing of it is taken",
        arguments: [
            "CREATE TRIGGER t AFTER INSERT ON bucket BEGIN DELETE FROM bucket; END",
            "CREATE VIEW v AS SELECT 1", "CREATE TABLE other (x)", "DROP TABLE masked", "PRAGMA user_version = 99",
            "PRAGMA application_id = 7",
        ])
    func hostile(sql: String) throws {
        let scratch = try #require(scratch)
        let (target, other) = (try site(0, in: scratch), try site(1, in: scratch))
        let queue = try DatabaseQueue(path: other)
        try queue.writeWithoutTransaction { db in try db.execute(sql: sql) }
        try queue.close()
        let before = try Self.content(target)
        let store = try HistoryStore.open(at: target, mode: .readWrite, now: noon)
        #expect(throws: HistoryError.self) { try store.merge(other, now: noon) }
        #expect(throws: HistoryError.missing(path: scratch.path + "/none")) {
            try store.merge(scratch.path + "/none", now: noon)
        }
        try store.close()
        #expect(try Self.content(target) == before)
    }

    @Test("rows that lie are bounded or passed over")
    func lying() throws {
        let scratch = try #require(scratch)
        let (target, other) = (try site(0, in: scratch), try site(1, in: scratch))
        let queue = try DatabaseQueue(path: other)
        try queue.writeWithoutTransaction { db in
            try db.execute(
                sql: """
                    UPDATE bucket SET count = 9223372036854775807; UPDATE sighting SET total = -5, level = 99;
                    UPDATE sample SET record = zeroblob(100); UPDATE error_group SET rule = 'x' WHERE id = 1;
                    UPDATE diagnosis SET record = x'4152020000000000ffffffff00';
                    UPDATE fix_draft SET record = zeroblob(50); UPDATE service_bucket SET count = -9223372036854775808;
                    """)
        }
        try queue.close()
        let store = try HistoryStore.open(at: target, mode: .readWrite, now: noon)
        let summary = try store.merge(other, now: noon)
        #expect(summary.skipped > 0)
        #expect(summary.samples == 0)
        #expect(try store.verify().problems.isEmpty)
        #expect(try store.facts(window: today).allSatisfy { $0.count >= 0 })
    }
}
