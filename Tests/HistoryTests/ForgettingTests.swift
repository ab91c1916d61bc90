import Events
import Foundation
import GRDB
import Testing

@testable import History

@Suite("What is forgotten is gone, and stays gone")
struct ForgettingTests {
    let scratch = try? Scratch()

    func filled(_ path: String) throws -> HistoryStore {
        let store = try HistoryStore.open(at: path, mode: .readWrite, now: noon, newOrigin: home)
        var described = entry("jane", "1")
        described.grouping.title = "no mailbox of jane.doe"
        var mentioned = entry("other", "2")
        mentioned.event.message = "mail to jane.doe failed"
        var found = batch([described, mentioned, entry("other", "3"), entry("third", "4", service: "jane.doe")])
        found.burst = BurstRule(over: 1, minutes: 5)
        try store.record(found)
        let draft = FixDraft(
            group: "third", mirror: "orders", base: "r1", branch: "fix/x", commit: "c0ffee",
            files: [.init(path: "a.py", added: 1, removed: 1, kind: "logging", reason: "jane.doe")], patch: "From",
            bundle: nil, tests: .passed(before: nil, after: .init(passed: 1, failed: 0)))
        try store.enqueue(
            [{ OutboxDraft(name: "\($0.number).json", bytes: [0x7B, 0x7D]) }],
            fixDrafts: [FixDraftRecord(fingerprint: fingerprint("third"), draft: draft, at: noon)])
        try store.save(
            DiagnosisRecord(
                fingerprint: fingerprint("third"), diagnosis: modelDiagnosis("jane.doe did it"),
                rawAnswers: ["jane.doe"]))
        try store.save(
            DiagnosisRecord(
                fingerprint: fingerprint("other"), diagnosis: modelDiagnosis("a full disk"), rawAnswers: ["so jane.doe"]
            ))
        try store.resolve(fingerprint("third"), Resolution(at: noon, by: "kim", note: "asked jane.doe"))
        try store.recordRun(RunRecord(kind: "batch", started: noon, finished: noon, payload: #"{"a":"jane.doe"}"#))
        return store
    }

    /// Names whose minutes are counted.
    static func services(_ store: HistoryStore) throws -> [String] {
        try store.read { db in
            try String.fetchAll(
                db,
                sql: "SELECT DISTINCT CAST(t.value AS TEXT) FROM service_bucket b JOIN text t ON t.id = b.service")
        }
    }

    @Test("no byte of it is left in the file, and the rest is whole")
    func gone() throws {
        let scratch = try #require(scratch)
        let store = try filled(scratch.file)
        let summary = try store.forget(matching: "jane.doe", by: "kim", now: noon)
        #expect((summary.groups, summary.samples, summary.diagnoses, summary.rawAnswers) == (1, 2, 1, 1))
        #expect(summary.drafts == 1)
        #expect(try store.group(fingerprint("jane")) == nil)
        #expect(try store.samples(of: fingerprint("other"), limit: 9).map(\.id) == ["3"])
        #expect(try store.latestDiagnosis(of: fingerprint("third")) == nil)
        #expect(try store.latestDiagnosis(of: fingerprint("other"))?.diagnosis.rootCause == "a full disk")
        #expect(try store.group(fingerprint("third"))?.resolution?.note == "asked (forgotten)")
        #expect(try store.similar(to: grouping("other").searchKey, limit: 5).count == 2)
        #expect(try store.audit().map(\.action) == ["forget"])
        #expect(try store.verify().problems.isEmpty)
        try store.close()
        for suffix in ["", "-wal"] where FileManager.default.fileExists(atPath: scratch.file + suffix) {
            let bytes = try Data(contentsOf: URL(fileURLWithPath: scratch.file + suffix))
            #expect(bytes.range(of: Data("jane.doe".utf8)) == nil)
        }
        let again = try scratch.open()
        #expect(try again.forget(matching: "jane.doe", now: noon) == ForgetSummary())
        #expect(try again.forget(matching: "a", now: noon) == ForgetSummary())
    }

    @Test("a merge does not bring it back, and takes it from the other side")
    func merged() throws {
        let scratch = try #require(scratch)
        let store = try filled(scratch.file)
        let backup = scratch.path + "/backup.sqlite"
        try store.backup(to: backup)
        try store.forget(matching: "jane.doe", now: noon)
        try store.merge(backup, now: noon)
        #expect(try store.group(fingerprint("jane")) == nil)
        #expect(try store.fixDrafts(since: noon).isEmpty)
        #expect(try Self.services(store) == [])
        #expect(try store.samples(of: fingerprint("other"), limit: 9).map(\.id) == ["3"])
        #expect(try store.latestDiagnosis(of: fingerprint("third")) == nil)
        try store.close()
        let other = try HistoryStore.open(at: backup, mode: .readWrite, now: noon)
        #expect(try Self.services(other) == ["jane.doe"])
        try other.merge(scratch.file, now: noon)
        #expect(try Self.services(other) == [])
        #expect(try other.fixDrafts(since: noon).isEmpty)
        #expect(try other.group(fingerprint("jane")) == nil)
        #expect(try other.samples(of: fingerprint("other"), limit: 9).map(\.id) == ["3"])
        #expect(try other.latestDiagnosis(of: fingerprint("third")) == nil)
        #expect(try other.verify().problems.isEmpty)
    }
}
