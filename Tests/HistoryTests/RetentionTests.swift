import Events
import Foundation
import Testing

@testable import History

@Suite("Retention takes details away, and never what was learned")
struct RetentionTests {
    let scratch = try? Scratch()

    @Test("old counts and spread samples go; groups, totals, first and latest samples, diagnoses stay")
    func keep() throws {
        let store = try #require(scratch).open()
        let old = (0..<40).map { entry("g", "old\($0)", at: noon.advanced(by: .days(-500) + .minutes($0))) }
        try store.record(batch(old + [entry("g", "new")]))
        try store.save(
            DiagnosisRecord(
                fingerprint: fingerprint("g"), diagnosis: modelDiagnosis("cause", at: noon.advanced(by: .days(-450))),
                rawAnswers: ["words"]))
        let summary = try store.prune(keep: .days(400), now: noon)
        #expect((summary.buckets, summary.rawAnswers) == (40, 1))
        #expect(summary.samples > 0)
        let group = try #require(try store.group(fingerprint("g")))
        #expect(group.total == 41)
        #expect(try store.samples(of: fingerprint("g"), limit: 10).map(\.id) == ["new", "old0"])
        #expect(try store.latestDiagnosis(of: fingerprint("g"))?.diagnosis.rootCause == "cause")
        #expect(try store.prune(keep: .days(400), now: noon).buckets == 0)
        #expect(try store.verify().problems.isEmpty)
    }

    @Test("a size limit is met as far as details go")
    func size() throws {
        let store = try #require(scratch).open()
        for day in 0..<60 {
            try store.record(
                batch((0..<100).map { entry("g\($0)", "\(day)-\($0)", at: noon.advanced(by: .days(-day))) }))
        }
        let before = try store.prune(keep: nil, now: noon).bytesAfter
        let summary = try store.prune(keep: nil, maxSize: before * 3 / 4, now: noon)
        #expect(summary.bytesAfter <= before * 3 / 4)
        #expect(summary.buckets > 0)
        #expect(try store.statistics().groups == 100)
        // Below what groups need nothing more is removed.
        let least = try store.prune(keep: nil, maxSize: 1, now: noon)
        #expect(least.bytesAfter > 1)
        #expect(try store.statistics().events == 6000)
    }

    @Test("an export is read again by an import, group by group")
    func export() throws {
        let store = try #require(scratch).open()
        try store.record(batch([entry("a", "1"), entry("a", "2", at: noon.advanced(by: .hours(1))), entry("b", "3")]))
        try store.resolve(fingerprint("a"), Resolution(at: noon, note: "mended"))
        var groups: [ExportedGroup] = []
        let left = try store.export { groups.append($0) }
        #expect(left == 0)
        #expect(groups.map(\.fingerprint) == [fingerprint("a"), fingerprint("b")].sorted())
        let exported = try #require(groups.first { $0.fingerprint == fingerprint("a") })
        #expect(exported.event.id == "2")
        #expect(exported.buckets.map(\.count) == [1, 1])
        #expect(exported.resolution?.note == "mended")
        #expect(throws: CancellationError.self) { try store.export { _ in throw CancellationError() } }
    }
}
