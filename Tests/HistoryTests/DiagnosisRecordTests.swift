import Events
import Foundation
import GRDB
import Testing

@testable import History

@Suite("Diagnoses, decisions and runs are kept beside the evidence")
struct DiagnosisRecordTests {
    let scratch = try? Scratch()

    func store() throws -> HistoryStore {
        let store = try #require(scratch).open()
        try store.record(batch([entry("a", "1"), entry("b", "2")]))
        return store
    }

    @Test("all versions stay, the newest is read")
    func versions() throws {
        let store = try store()
        let code = CodeContext(
            state: .read(mirror: "orders", revision: "4f1c9e2", basis: .releaseTag),
            excerpts: [CodeExcerpt(file: "a.java", revision: "4f1c9e2", firstLine: 3, lines: ["x"], marked: [3])])
        let first = DiagnosisRecord(
            fingerprint: fingerprint("a"), diagnosis: triage(.budget),
            rawAnswers: ["{", String(repeating: "é", count: 10)])
        let second = DiagnosisRecord(fingerprint: fingerprint("a"), diagnosis: modelDiagnosis("pool"), code: code)
        try store.save(first)
        #expect(try store.queuedGroups() == [fingerprint("a")])
        try store.save(second)
        #expect(try store.queuedGroups().isEmpty)
        #expect(try store.latestDiagnosis(of: fingerprint("a")) == second)
        #expect(try store.latestDiagnosis(of: fingerprint("b")) == nil)
        #expect(try store.latestDiagnoses(of: [fingerprint("a"), fingerprint("z")]).count == 1)
        #expect(try store.diagnoses(of: fingerprint("a")).map(\.diagnosis) == [second.diagnosis, first.diagnosis])
        #expect(try store.diagnoses(of: fingerprint("z")).isEmpty)
        #expect(try store.verify().recordsChecked == 2 + 2 + 2)
        #expect(throws: HistoryError.unknownGroup(fingerprint("z"))) {
            try store.save(DiagnosisRecord(fingerprint: fingerprint("z"), diagnosis: triage(.noModel)))
        }
    }

    @Test("a model's diagnosis is reused while it is young and not judged wrong")
    func cache() throws {
        let store = try store()
        try store.save(DiagnosisRecord(fingerprint: fingerprint("a"), diagnosis: modelDiagnosis("pool", key: "k")))
        func cached(_ key: String, notBefore: Timestamp) throws -> String? {
            try store.cachedDiagnosis(key: key, notBefore: notBefore, now: noon)?.diagnosis.rootCause
        }
        #expect(try cached("k", notBefore: noon.advanced(by: .days(-1))) == "pool")
        #expect(try cached("k", notBefore: noon.advanced(by: .days(1))) == nil)
        #expect(try cached("other", notBefore: noon.advanced(by: .days(-1))) == nil)
        try store.recordVerdict(of: fingerprint("a"), .wrong, cause: "the gateway", at: noon.advanced(by: .hours(1)))
        #expect(try cached("k", notBefore: noon.advanced(by: .days(-1))) == nil)
        let statistics = try store.cacheStatistics()
        #expect(statistics == CacheStatistics(hits: 1, misses: 3, entries: 1))
        #expect(statistics.hitRate == 0.25)
        #expect(CacheStatistics(hits: 0, misses: 0, entries: 0).hitRate == nil)
        #expect(try store.verdict(of: fingerprint("a")) == .wrong)
        #expect(try store.verdict(of: fingerprint("z")) == nil)
    }

    @Test("beyond the limit the oldest, or the least recently used, is given up for reuse")
    func eviction() throws {
        let store = try store()
        for (index, name) in ["a", "b", "a"].enumerated() {
            var answer = modelDiagnosis("cause \(index)", key: "k\(index)")
            answer.provenance.at = noon.advanced(by: .minutes(index))
            try store.save(DiagnosisRecord(fingerprint: fingerprint(name), diagnosis: answer))
        }
        func finds(_ key: String, _ limit: CacheLimit) throws -> Bool {
            try store.cachedDiagnosis(key: key, notBefore: noon, limit: limit, now: noon.advanced(by: .hours(1))) != nil
        }
        let (first, used) = (
            CacheLimit(maxEntries: 2, eviction: .firstIn), CacheLimit(maxEntries: 2, eviction: .leastRecentlyUsed)
        )
        #expect(try !finds("k0", first) && finds("k1", first) && finds("k2", first))
        // k1 and k2 were just used; k0 was not. Used once with room for it, it stays, whatever its age.
        #expect(try !finds("k0", used))
        #expect(try finds("k0", CacheLimit(maxEntries: 3, eviction: .leastRecentlyUsed)))
        #expect(try finds("k0", used))
        #expect(try !finds("k0", first))
        #expect(try !finds("k2", CacheLimit(maxEntries: 0)))
    }

    @Test("the built-in triage is never reused, whatever key it carries")
    func triageIsNotCached() throws {
        let store = try store()
        var answer = triage(.unavailable("refused"))
        answer.provenance.cacheKey = "k"
        try store.save(DiagnosisRecord(fingerprint: fingerprint("a"), diagnosis: answer))
        #expect(try store.cachedDiagnosis(key: "k", notBefore: noon, now: noon) == nil)
    }

    @Test("runs, model calls and settings come back")
    func operations() throws {
        let store = try store()
        let run = RunRecord(kind: "batch", started: noon, finished: noon.advanced(by: .seconds(9)), payload: "{}")
        try store.recordRun(run)
        #expect(try store.runs(in: today) == [run])
        #expect(try store.runs(in: today.before).isEmpty)
        let call = ModelCall(
            time: noon, endpoint: "http://127.0.0.1:11434", model: "qwen", promptDigest: "ab", promptTokens: 9,
            answerTokens: 2, outcome: "answered", seconds: 1.5)
        try store.recordModelCall(call)
        #expect(try store.modelCalls(in: today) == [call])
        #expect(try store.setting("tokens") == nil)
        try store.setSetting("tokens", to: "0.27")
        try store.setSetting("tokens", to: "0.28")
        #expect(try store.setting("tokens") == "0.28")
        try store.setSetting("tokens", to: nil)
        #expect(try store.setting("tokens") == nil)
    }

    @Test("an import gives groups a past, and twice is once")
    func imports() throws {
        let store = try store()
        let past = noon.advanced(by: .days(-30))
        let group = ImportedGroup(
            event: event("old", at: past, service: "orders"), grouping: grouping("old"),
            buckets: [
                .init(time: past, count: 4), .init(time: noon.advanced(by: .hours(-2)), count: 6),
                .init(time: noon, count: -3),
            ], resolution: Resolution(at: past.advanced(by: .days(1)), note: "raised the limit"),
            diagnosis: modelDiagnosis("limit", at: past))
        try store.importGroups([group], now: noon)
        try store.importGroups([group], now: noon)
        let facts = try #require(try store.facts(of: fingerprint("old"), window: today))
        #expect(facts.group.total == 10)
        #expect(facts.count == 6)
        #expect(facts.services == [Tally(value: "orders", count: 10)])
        #expect(facts.group.firstSeen == past)
        #expect(facts.trend == .back(resolved: try #require(group.resolution)))
        #expect(try store.diagnoses(of: fingerprint("old")).count == 1)
        #expect(try store.samples(of: fingerprint("old"), limit: 5) == [group.event])
    }
}
