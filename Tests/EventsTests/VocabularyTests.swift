import Events
import Foundation
import Testing

@Suite("Words mean one thing everywhere")
struct VocabularyTests {
    @Test("severities are ordered and tied to the alert policy's words")
    func severity() {
        #expect(Severity.allCases.sorted() == [.info, .low, .medium, .high, .critical])
        #expect(Severity.allCases.map(\.alertClass) == [.info, .info, .warning, .critical, .critical])
        #expect(Severity.critical.rank == 4)
    }

    @Test(
        "confidence has three words",
        arguments: [(80, "HIGH"), (79, "MEDIUM"), (50, "MEDIUM"), (49, "LOW"), (0, "LOW")])
    func confidence(percent: Int, word: String) {
        #expect(ConfidenceLevel(percent: percent).rawValue == word)
    }

    @Test(
        "levels are read in the words of many programs",
        arguments: [
            ("ERROR", LogLevel.error), ("Err", .error), ("SEVERE", .error), ("warn", .warning), ("Panic", .fatal),
            ("CRITICAL", .fatal), ("notice", .info), ("FINE", .debug), ("verbose", .trace),
        ])
    func levels(word: String, level: LogLevel) {
        #expect(LogLevel(word: word) == level)
        #expect(LogLevel(word: "hello") == nil)
        #expect(LogLevel.warning < .error)
    }

    @Test("a fingerprint is 64 digits and names its group by 8")
    func fingerprint() throws {
        let hex = String(repeating: "0123456789abcdef", count: 4)
        let value = try #require(Fingerprint(hex: hex))
        #expect(value.groupID == "G-01234567" && value.description == value.groupID)
        #expect(Fingerprint(digest: (0..<32).map { _ in 0xAB }).hex == String(repeating: "ab", count: 32))
        #expect(Fingerprint(hex: hex.uppercased()) == nil)
        #expect(Fingerprint(hex: "01") == nil)
        let data = try JSONEncoder().encode([value])
        #expect(try JSONDecoder().decode([Fingerprint].self, from: data) == [value])
        #expect(throws: DecodingError.self) {
            try JSONDecoder().decode([Fingerprint].self, from: Data(#"["xy"]"#.utf8))
        }
        #expect(Fingerprint(digest: (0..<32).map { _ in 0 }) < value)
    }

    @Test(
        "people name a group by any prefix of four digits",
        arguments: [("G-9c07", "9c07"), ("g-9C07A1", "9c07a1"), ("9c07", "9c07")])
    func reference(text: String, prefix: String) {
        #expect(GroupReference(text)?.prefix == prefix)
        #expect(GroupReference("G-9c") == nil)
        #expect(GroupReference("G-9c0z") == nil)
        #expect(GroupReference("") == nil)
    }

    @Test("growth is a ratio, and nothing before is no ratio")
    func growth() throws {
        let time = Timestamp(nanoseconds: 0)
        let fingerprint = Fingerprint(digest: (0..<32).map { _ in 1 })
        let group = ErrorGroup(
            fingerprint: fingerprint, groupingVersion: 1, rule: .template, parts: [], title: "t", template: "t",
            firstSeen: time, lastSeen: time, total: 1, level: .error)
        var facts = GroupFacts(
            group: group, window: TimeWindow(start: time, end: time), count: 40, previousCount: 10, trend: .worse)
        #expect(facts.growth == 4)
        facts.previousCount = 0
        #expect(facts.growth == nil)
        #expect(group.id == "G-01010101")
        let data = try JSONEncoder().encode(facts)
        #expect(try JSONDecoder().decode(GroupFacts.self, from: data) == facts)
    }

    @Test("an excerpt knows its last line, and reasons that another run may mend are queued")
    func values() {
        let excerpt = CodeExcerpt(file: "a", revision: "b", firstLine: 10, lines: ["x", "y"], marked: [11])
        #expect(excerpt.lastLine == 11)
        #expect(Provenance.BuiltInReason.budget.isQueued)
        #expect(Provenance.BuiltInReason.unavailable("x").isQueued)
        #expect(!Provenance.BuiltInReason.noModel.isQueued)
        #expect(!Provenance.BuiltInReason.abstained("x").isQueued)
    }
}
