import Events
import Foundation
import GRDB
import Testing

@testable import History

@Suite("A fix draft is kept with the message that carries it, and with what became of it")
struct FixDraftRecordTests {
    let scratch = try? Scratch()

    func store() throws -> HistoryStore {
        let store = try #require(scratch).open()
        try store.record(batch([entry("a", "1"), entry("b", "2")]))
        return store
    }

    func record(_ group: String, base: String, at time: Timestamp = noon) -> FixDraftRecord {
        let draft = FixDraft(
            group: fingerprint(group).groupID, mirror: "orders", base: base, branch: "fix/appliance-\(group)",
            commit: "c0ffee", files: [.init(path: "a.py", added: 1, removed: 1, kind: "logging", reason: "é")],
            patch: "From c0ffee", bundle: [1, 2, 3], tests: .passed(before: nil, after: .init(passed: 3, failed: 0)))
        return FixDraftRecord(fingerprint: fingerprint(group), draft: draft, at: time)
    }

    func message(_ slot: OutboxSlot) -> OutboxDraft { OutboxDraft(name: "\(slot.number).json", bytes: [0x7B, 0x7D]) }

    @Test("kept without its bundle, newest first, by group and by time; its fate can be set")
    func keep() throws {
        let store = try store()
        let later = noon.advanced(by: .hours(2))
        try store.enqueue([message], fixDrafts: [record("a", base: "one")])
        try store.enqueue([message], fixDrafts: [record("b", base: "one", at: later)])
        let all = try store.fixDrafts(since: Timestamp(nanoseconds: .min))
        #expect(all.map(\.fingerprint) == [fingerprint("b"), fingerprint("a")])
        var expected = record("a", base: "one")
        expected.draft.bundle = nil
        #expect(all.last == expected)
        #expect(try store.fixDrafts(since: later).count == 1)
        #expect(try store.fixDrafts(since: noon, of: fingerprint("a")).count == 1)
        #expect(try store.fixDrafts(since: noon, of: fingerprint("z")).isEmpty)
        try store.setFate(.merged, of: fingerprint("a"), base: "one", at: later)
        let merged = try store.fixDrafts(since: noon, of: fingerprint("a")).first
        #expect(merged?.fate == .merged && merged?.fateAt == later)
    }

    @Test("one a group and revision: a second one keeps neither row nor message")
    func once() throws {
        let store = try store()
        try store.enqueue([message], fixDrafts: [record("a", base: "one")])
        #expect(throws: HistoryError.self) { try store.enqueue([message], fixDrafts: [record("a", base: "one")]) }
        #expect(try store.pendingMessages().map(\.number) == [1])
        try store.enqueue([message], fixDrafts: [record("a", base: "two")])
        #expect(try store.fixDrafts(since: noon).count == 2)
    }

    @Test("the latest verdict is read with its time, and a history of before has no drafts")
    func older() throws {
        let store = try store()
        #expect(try store.latestVerdict(of: fingerprint("a"))?.verdict == nil)
        try store.recordVerdict(of: fingerprint("a"), .wrong, at: noon)
        let found = try #require(try store.latestVerdict(of: fingerprint("a")))
        #expect(found.at == noon && found.verdict == .wrong)
        try store.close()
        let queue = try DatabaseQueue(path: try #require(scratch).file)
        try queue.write { try $0.execute(sql: "DROP TABLE fix_draft") }
        try queue.close()
        #expect(try #require(scratch).open(.readOnly).fixDrafts(since: noon).isEmpty)
    }
}
