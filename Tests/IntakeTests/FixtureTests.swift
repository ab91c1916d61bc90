import Crypto
import Events
import Foundation
import Testing

@testable import Intake

/// `Fixtures/README.md` says where the inputs come from.
private let fixtures = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appending(path: "Fixtures")
private let isRecording = ProcessInfo.processInfo.environment["RECORD_GOLDEN"] == "1"

/// Compares with a file below `Fixtures`. `RECORD_GOLDEN=1` rewrites it and then fails, so that a person reads the
/// difference.
private func expectGolden(_ actual: String, _ path: String) throws {
    let url = fixtures.appending(path: path)
    if isRecording {
        try Data(actual.utf8).write(to: url)
        Issue.record("recorded \(path): read the difference, then run without RECORD_GOLDEN")
        return
    }
    let expected = String(decoding: try Data(contentsOf: url), as: UTF8.self)
    guard actual != expected else { return }
    let (new, old) = (actual.components(separatedBy: "\n"), expected.components(separatedBy: "\n"))
    let line = zip(new, old).enumerated().first { $0.element.0 != $0.element.1 }?.offset ?? min(new.count, old.count)
    let (got, wanted) = (line < new.count ? new[line] : "(end)", line < old.count ? old[line] : "(end)")
    Issue.record("\(path):\(line + 1)\n  got      \(got)\n  expected \(wanted)")
}

private func json(_ value: some Encodable, pretty: Bool = false) throws -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting =
        pretty ? [.sortedKeys, .withoutEscapingSlashes, .prettyPrinted] : [.sortedKeys, .withoutEscapingSlashes]
    return String(decoding: try encoder.encode(value), as: UTF8.self)
}

@Suite("Every fixture gives the events that its golden file tells")
struct FixtureTests {
    static let now = Timestamp(nanoseconds: 1_795_219_200_000_000_000)  // 2026-11-21T00:00:00Z
    static let cases = ((try? FileManager.default.contentsOfDirectory(atPath: fixtures.path)) ?? [])
        .filter { input($0) != nil }.sorted()

    static func input(_ name: String) -> String? {
        ["log", "jsonl", "json", "csv"].map { fixtures.appending(path: "\(name)/input.\($0)").path }
            .first { FileManager.default.fileExists(atPath: $0) }
    }

    static func read(
        _ file: String, _ triggers: Triggers, linesBefore: Int = 0
    ) throws -> (events: [ErrorEvent], statistics: IntakeStatistics) {
        // A file that nobody has written to for a while, whenever it was checked out.
        let scratch = try Scratch()
        try scratch.write("input", try Data(contentsOf: URL(fileURLWithPath: file)))
        let path = "\(scratch.path)/input"
        try FileManager.default.setAttributes(
            [.modificationDate: Date(timeIntervalSince1970: 1_700_000_000)], ofItemAtPath: path)
        let source = SourceSettings(name: "fixture", paths: [path], triggers: triggers, linesBefore: linesBefore)
        var intake = FileIntake(source: source, cursors: [], now: now)
        var (events, statistics): ([ErrorEvent], IntakeStatistics) = ([], IntakeStatistics())
        while let batch = try intake.next(limit: 100) {
            events += batch.events
            statistics += batch.statistics
        }
        return (events, statistics)
    }

    private struct Summary: Encodable {
        var lines: Int64
        var encodings: [String: Int]
        var unreadable: [String]
    }

    @Test("events", arguments: cases)
    func golden(name: String) throws {
        let file = try #require(Self.input(name))
        let (events, statistics) = try Self.read(file, .all)
        var text = try events.map { event in
            var event = event
            event.id = ""
            return try json(event) + "\n"
        }.joined()
        text +=
            try json(
                Summary(
                    lines: statistics.lines, encodings: statistics.encodings,
                    unreadable: statistics.unreadable.map { "\($0.reason) at \($0.offset ?? -1), \($0.count)" })) + "\n"
        try expectGolden(text, "\(name)/expected.jsonl")
    }

    @Test("the prefilter overlooks none of the errors, and cuts no record differently", arguments: cases)
    func prefiltered(name: String) throws {
        let file = try #require(Self.input(name))
        let triggers = Triggers()
        let wanted = try Self.read(file, .all).events.filter(triggers.match)
        let found = try Self.read(file, triggers).events
        #expect(found.map(\.source?.offset) == wanted.map(\.source?.offset))
        #expect(found == wanted)
    }

    @Test("there are as many fixtures as the README promises")
    func count() { #expect(Self.cases.count >= 60) }
}

private let testData = ProcessInfo.processInfo.environment["APPLIANCE_TEST_DATA"]

/// Facts about files by other people, which are not copied here: how many events, of which types, with how many frames.
@Suite("Other people's files give what was judged right once", .enabled(if: testData != nil))
struct SharedFileTests {
    struct Facts: Codable, Equatable {
        var sha256: String
        var events: Int
        var errors: Int
        var levels: [String: Int]
        /// `type × frames` of the exceptions of the first errors, innermost last.
        var traces: [[String]]
        var times: [String]
        var withoutTime: Int
        var encodings: [String: Int]
        var unreadable: [String]
    }

    private static let root = (testData ?? "") + "/fixtures/logs/"

    /// Carriers are other tests' matter.
    private static let folders = [
        "stacktraces", "lnav", "beats", "loghub", "tracing-json", "alloy", "fail2ban", "fluent-bit-tail", "syslog",
    ]

    private static func facts(_ name: String) throws -> Facts? {
        guard let data = FileManager.default.contents(atPath: root + name) else { return nil }
        let (events, statistics) = try FixtureTests.read(root + name, .all)
        let errors = events.filter(Triggers().match)
        let traces = errors.filter { !$0.exceptions.isEmpty }.prefix(12).map { event in
            event.exceptions.prefix(8).map { "\($0.type ?? "-") × \($0.frames.count)" }
        }
        let timed = events.filter { $0.tags["time.missing"] == nil }.map(\.time)
        return Facts(
            sha256: SHA256.hash(data: data).map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined(),
            events: events.count, errors: errors.count,
            levels: Dictionary(events.map { ($0.level.rawValue, 1) }, uniquingKeysWith: +), traces: Array(traces),
            times: [timed.min(), timed.max()].compactMap { $0?.rfc3339 },
            withoutTime: events.count - timed.count, encodings: statistics.encodings,
            unreadable: statistics.unreadable.map { "\($0.reason), \($0.count)" })
    }

    @Test("facts")
    func facts() throws {
        var found: [String: Facts] = [:]
        for folder in Self.folders {
            let names = FileManager.default.enumerator(atPath: Self.root + folder)
            while let name = names?.nextObject() as? String {
                if let facts = try Self.facts("\(folder)/\(name)") { found["\(folder)/\(name)"] = facts }
            }
        }
        if isRecording { return try expectGolden(try json(found, pretty: true) + "\n", "shared-files.json") }
        let known = try JSONDecoder().decode(
            [String: Facts].self, from: Data(contentsOf: fixtures.appending(path: "shared-files.json")))
        var compared = 0
        for (name, facts) in found where known[name]?.sha256 == facts.sha256 {
            #expect(facts == known[name], "\(name)")
            compared += 1
        }
        // Elsewhere the folder may hold other files.
        print("compared \(compared) of \(known.count) files")
    }
}
