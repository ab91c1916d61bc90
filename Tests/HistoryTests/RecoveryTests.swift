import ApplianceTestSupport
import Events
import Foundation
import GRDB
import Testing

@testable import History

@Suite("What can be read of a damaged history is brought out")
struct RecoveryTests {
    let scratch = try? Scratch()

    func filled(_ scratch: Scratch) throws -> HistoryStore {
        let store = try scratch.open()
        try store.record(batch((0..<400).map { entry("g\($0)", "\($0)", service: "s") }))
        try store.save(DiagnosisRecord(fingerprint: fingerprint("g7"), diagnosis: modelDiagnosis("cause")))
        return store
    }

    @Test("of a whole file, everything")
    func whole() throws {
        let scratch = try #require(scratch)
        let store = try filled(scratch)
        let expected = try store.facts(window: today)
        try store.close()
        let target = scratch.path + "/recovered.sqlite"
        let summary = try HistoryStore.recover(scratch.file, to: target, now: noon)
        #expect(summary.damagedTables.isEmpty)
        #expect(summary.leftOut == 0)
        let recovered = try HistoryStore.open(at: target, mode: .readWrite, now: noon)
        #expect(try recovered.facts(window: today) == expected)
        #expect(recovered.origin == home)
        #expect(try recovered.verify().problems.isEmpty)
        #expect(try recovered.similar(to: grouping("g7").searchKey, limit: 1).count == 1)
        #expect(throws: HistoryError.exists(path: target)) {
            try HistoryStore.recover(scratch.file, to: target, now: noon)
        }
        #expect(throws: HistoryError.missing(path: scratch.path + "/none")) {
            try HistoryStore.recover(scratch.path + "/none", to: target + "2", now: noon)
        }
    }

    @Test("of damaged pages or a truncated file, the rest, as a whole history", arguments: 1...10)
    func damaged(seed: UInt64) throws {
        let scratch = try #require(scratch)
        try filled(scratch).close()
        var content = try Data(contentsOf: URL(fileURLWithPath: scratch.file))
        var generator = SeededGenerator(seed: seed)
        if seed % 3 == 0 {
            content = content.prefix(content.count * 3 / 4 / 4096 * 4096)
        } else {
            // Beyond the schema: without it nothing can be named.
            for _ in 0..<4 {
                let page = Int.random(in: content.count / 4096 / 2..<content.count / 4096, using: &generator)
                for offset in 0..<64 { content[page * 4096 + offset] = UInt8.random(in: 0...255, using: &generator) }
            }
        }
        try content.write(to: URL(fileURLWithPath: scratch.file))
        let target = scratch.path + "/recovered.sqlite"
        do {
            _ = try HistoryStore.recover(scratch.file, to: target, now: noon)
        } catch {
            // Not even the tables could be named: said so, and no half-made file is left.
            #expect(error.kind == .data || error.kind == .io)
            #expect(!FileManager.default.fileExists(atPath: target))
            return
        }
        let recovered = try HistoryStore.open(at: target, mode: .readWrite, now: noon)
        let problems = try recovered.verify().problems
        #expect(problems.isEmpty, "\(problems)")
        for group in try recovered.facts(window: today).prefix(20) {
            _ = try recovered.samples(of: group.group.fingerprint, limit: 3)
        }
    }
}
