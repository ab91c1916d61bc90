import Events
import Testing

@testable import History

@Suite("What people said of diagnoses is told with the diagnosis that it was about")
struct JudgementTests {
    let scratch = try? Scratch()

    private func store() throws -> HistoryStore {
        let store = try #require(scratch).open()
        try store.record(batch([entry("a", "1"), entry("b", "2")]))
        return store
    }

    private func save(_ cause: String, of name: String, at time: Timestamp, in store: HistoryStore) throws {
        var diagnosis = modelDiagnosis(cause)
        diagnosis.provenance.at = time
        try store.save(DiagnosisRecord(fingerprint: fingerprint(name), diagnosis: diagnosis))
    }

    @Test("a word belongs to the newest diagnosis of its time, however many came since")
    func belongs() throws {
        let store = try store()
        try save("pool", of: "a", at: noon, in: store)
        try store.recordVerdict(of: fingerprint("a"), .wrong, cause: "the gateway", at: noon.advanced(by: .hours(1)))
        try save("gateway", of: "a", at: noon.advanced(by: .hours(2)), in: store)
        try store.recordVerdict(of: fingerprint("a"), .correct, fixedBy: "c0ffee1", at: noon.advanced(by: .hours(3)))
        let judged = try store.judgedCauses(of: fingerprint("a"))
        #expect(judged.map(\.rootCause) == ["gateway", "pool"])
        #expect(judged.map(\.verdict) == [.correct, .wrong])
        #expect(judged.map(\.trueCause) == ["gateway", "the gateway"])
        #expect(judged.first?.fixedBy == "c0ffee1")
        #expect(try store.judgedCauses(of: fingerprint("a"), limit: 1).count == 1)
        #expect(try store.judgedCauses(of: fingerprint("b")).isEmpty)
        #expect(try store.judgedCauses(of: fingerprint("z")).isEmpty)
    }

    @Test("of each group the latest word counts, the newest first")
    func latest() throws {
        let store = try store()
        try save("pool", of: "a", at: noon, in: store)
        try save("disk", of: "b", at: noon, in: store)
        try store.recordVerdict(of: fingerprint("b"), .partly, at: noon.advanced(by: .hours(1)))
        try store.recordVerdict(of: fingerprint("a"), .wrong, at: noon.advanced(by: .hours(2)))
        try store.recordVerdict(of: fingerprint("a"), .correct, at: noon.advanced(by: .hours(3)))
        let judged = try store.judgedDiagnoses()
        #expect(judged.map(\.fingerprint) == [fingerprint("a"), fingerprint("b")])
        #expect(judged.map(\.judgement.verdict) == [.correct, .partly])
        #expect(judged.map(\.diagnosis.rootCause) == ["pool", "disk"])
        #expect(try store.judgedDiagnoses(limit: 0).isEmpty)
    }

    @Test("a word said of an earlier diagnosis does not judge the one that was made since, in similar groups too")
    func similar() throws {
        let store = try store()
        try save("pool", of: "a", at: noon, in: store)
        try store.recordVerdict(of: fingerprint("a"), .wrong, cause: "the gateway", at: noon.advanced(by: .hours(1)))
        func past() throws -> SimilarGroup? {
            try store.similar(to: grouping("a").searchKey, limit: 5, least: 0)
                .first { $0.fingerprint == fingerprint("a") }
        }
        #expect(try past()?.verdict == .wrong)
        #expect(try past()?.correction == "the gateway")
        try save("gateway", of: "a", at: noon.advanced(by: .hours(2)), in: store)
        #expect(try past()?.rootCause == "gateway")
        #expect(try past()?.verdict == nil)
        #expect(try past()?.correction == "the gateway")
    }
}
