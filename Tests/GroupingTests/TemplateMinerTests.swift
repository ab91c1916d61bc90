import Foundation
import Testing

@testable import Grouping

private func mine(_ lines: [String], _ input: TemplateMiner.Input = .messages) -> MinedTemplates {
    var miner = TemplateMiner(input)
    for line in lines { miner.add(line) }
    return miner.finish()
}

private func templates(_ lines: [String], _ input: TemplateMiner.Input = .messages) -> [String] {
    let mined = mine(lines, input)
    return lines.indices.map { mined.template(ofLine: $0) }
}

@Suite("Lines are sorted into templates")
struct TemplateMinerTests {
    @Test("values by their looks")
    func looks() {
        let lines = [
            "open /var/log/a.log failed, flags=RDWR ok=true", "open /srv/x/b.txt failed, flags=none ok=false",
            "open C:\\a\\b failed, flags=\"x\" ok=1",
        ]
        #expect(Set(templates(lines)) == ["open <*> failed flags <*> ok <*>"])
    }

    @Test("messages that differ in the number of values")
    func counts() {
        #expect(Set(templates(["delete 1", "delete 1, 2, 3", "delete 1 2 (3)", "delete [] 4"])) == ["delete <*>"])
        #expect(Set(templates(["sent 0 bytes, done", "sent 2048 bytes (2 KB), done"])) == ["sent <*> done"])
    }

    @Test("a word that varies joins templates")
    func words() {
        let users = ["kim", "lee", "park", "choi"].map { "session opened for user \($0) by (uid=0)" }
        #expect(Set(templates(users)) == ["session opened for user <*> by uid <*>"])
        let states = ["job moved from NEW to RUNNING now", "job moved from NEW to DONE now"]
        #expect(Set(templates(states)) == ["job moved from NEW to <*> now"])
    }

    @Test("words that tell errors apart stay")
    func apart() {
        let lines = ["cupsd startup succeeded", "klogd startup succeeded", "portmap startup succeeded"]
        #expect(Set(templates(lines)).count == 3)
        #expect(Set(templates(["disk is full", "disk is broken"])).count == 2)
        #expect(Set(templates(["a", "b", "c", "d"])).count == 4)
    }

    @Test("what was done, or asked, tells messages apart")
    func actions() {
        let states = ["Started", "Paused", "Resumed", "Stopped"].map { "[instance: 17] VM \($0) (Lifecycle Event)" }
        #expect(Set(templates(states)).count == 4)
        let requests = ["GET", "POST", "DELETE"].map { "10.1.2.3 \"\($0) /items HTTP/1.1\" status: 200 len: 17" }
        #expect(Set(templates(requests)).count == 3)
    }

    @Test("several identifiers vary at once")
    func several() {
        let moves = [("NEW", "INITED"), ("INITED", "SETUP"), ("SETUP", "RUNNING")]
        let lines = moves.map { "job_17 Transitioned from \($0.0) to \($0.1)" }
        #expect(Set(templates(lines)) == ["<*> Transitioned from <*> to <*>"])
        #expect(Set(templates(Array(lines.prefix(2)))).count == 2)
    }

    @Test("a name before its address is part of it")
    func names() {
        let lines = ["web-a", "LabSZ"].map { "reverse lookup of \($0) [10.1.2.3] failed for now" }
        #expect(Set(templates(lines + ["reverse lookup of [10.1.2.3] failed for now"])).count == 1)
        let others = [
            "reverse lookup of nobody [10.1.2.3] failed for now", "reverse lookup of [10.1.2.3] failed for now",
        ]
        #expect(Set(templates(others)).count == 2)
    }

    @Test("one template has one id, in every run and order")
    func ids() {
        let lines = ["retry 3 of 17", "disk is full", "retry 4 of 17"]
        let forward = mine(lines)
        let backward = mine(lines.reversed())
        #expect(forward.id(ofLine: 0) == forward.id(ofLine: 2))
        #expect(forward.id(ofLine: 0) == backward.id(ofLine: 2))
        #expect(forward.id(ofLine: 1) == backward.id(ofLine: 1))
        #expect(forward.id(ofLine: 0).hasPrefix("T-"))
        #expect(forward.templates.map(\.text) == ["retry <*> of <*>", "disk is full"])
        #expect(forward.templates.map(\.lines) == [2, 1])
        #expect(forward.count == 3)
    }

    @Test("reading goes on after a look at the templates")
    func incremental() {
        var miner = TemplateMiner()
        miner.add("user kim has left the room")
        #expect(miner.finish().template(ofLine: 0) == "user kim has left the room")
        for name in ["lee", "park"] { miner.add("user \(name) has left the room") }
        #expect(miner.finish().template(ofLine: 0) == "user <*> has left the room")
    }

    @Test("odd lines have sensible templates")
    func odd() {
        #expect(
            templates(["", "   ", "=====", "\u{1B}[31mred\u{1B}[0m alert", "오류 12 발생", "خطأ في القرص"])
                == ["", "", "", "red alert", "오류 <*> 발생", "خطأ في القرص"])
    }
}

@Suite("The message is found behind a header")
struct LineLayoutTests {
    static let messages = ["disk is full", "retry 3 of 5", "user kim left", "no route to host", "pool is empty"]
    static let levels = ["INFO", "WARN", "ERROR"]

    static let headers: [@Sendable (Int) -> String] = [
        { "2026-11-21 03:04:\(10 + $0 % 50),123 - \(levels[$0 % 3])  [pool-\($0)] - " },
        { "Nov 21 03:04:\(10 + $0 % 50) web-\($0 % 4) app[\($0)]: " },
        { "[Sat Nov 21 03:04:05 2026] [\(levels[$0 % 3].lowercased())] " },
        { "2026-11-21T03:04:05.\(100 + $0)Z  \(levels[$0 % 3]) shop::orders::\($0 % 2 == 0 ? "a" : "b"): " },
        { "11-21 03:04:05.678  \(1000 + $0)  \(2000 + $0) \(["D", "I", "W"][$0 % 3]) Tag\($0 % 3): " },
        { "2026-11-21 03:04:05|\(levels[$0 % 3])|\($0)|" },
        { "\(1_700_000_000 + $0) host-\($0) \(levels[$0 % 3]) " },
        { "\(levels[$0 % 3]):shop.\($0 % 2 == 0 ? "a" : "b"):" },
        { "\(levels[$0 % 3]) - " },
        { _ in "" },
    ]

    @Test("of any common shape", arguments: headers.indices)
    func shapes(header: Int) {
        let lines = (0..<400).map { Self.headers[header]($0) + Self.messages[$0 * 7 % 5] }
        let expected = ["disk is full", "no route to host", "pool is empty", "retry <*> of <*>", "user kim left"]
        #expect(Set(templates(lines, .lines)).sorted() == expected)
    }

    @Test("lines shorter than the header stay whole")
    func short() {
        let lines =
            (0..<200).map { "2026-11-21 03:04:05 INFO [main] word\($0 % 2 == 0 ? "" : "s") here" } + ["", "oops"]
        #expect(templates(lines, .lines).suffix(2) == ["", "oops"])
    }

    @Test("more lines than the sample")
    func long() {
        let lines = (0..<6000).map { "03:04:\(10 + $0 % 50) INFO " + Self.messages[$0 % 5] }
        #expect(Set(templates(lines, .lines)).count == 5)
    }
}

@Suite("Mining is bounded")
struct BoundedMiningTests {
    @Test("hostile lines", arguments: HostileMessageTests.shapes)
    func hostile(piece: String) {
        let line = String(repeating: piece, count: 60_000 / piece.utf8.count)
        #expect(mine([line, line], .lines).count == 2)
    }

    @Test("as many different words as lines")
    func distinct() {
        var generator = SplitMix(state: 3)
        let letters = Array("abcdefghijklmnopqrstuvwxyz".utf8)
        func word() -> String {
            String(decoding: (0..<8).map { _ in letters.randomElement(using: &generator) ?? 0x61 }, as: UTF8.self)
        }
        let lines = (0..<3000).map { _ in "\(word()) \(word()) \(word()) \(word())" }
        #expect(Set(templates(lines)).count > 2900)
    }

    @Test("twice the lines take no more than about twice the time")
    func linear() {
        func time(_ count: Int) -> Duration {
            let lines = (0..<count).map { "worker \($0 % 97) took \($0) ms for order \($0 * 31) of list [\($0), 2]" }
            return ContinuousClock().measure { _ = mine(lines, .lines) }
        }
        _ = time(1000)
        #expect(time(20_000) < time(10_000) * 4)
    }
}

/// Labelled logs that are not part of the project; see docs.
private let loghub = ProcessInfo.processInfo.environment["APPLIANCE_TEST_DATA"].map { $0 + "/eval/grouping/loghub" }

@Suite("Labelled logs", .enabled(if: loghub.map { FileManager.default.fileExists(atPath: $0) } ?? false))
struct LabelledLogTests {
    @Test("grouping accuracy", arguments: [TemplateMiner.Input.messages, .lines])
    func accuracy(input: TemplateMiner.Input) throws {
        let directory = try #require(loghub)
        let sets = try FileManager.default.contentsOfDirectory(atPath: directory).filter { $0.hasSuffix(".truth") }
        var (accuracy, f1) = (0.0, 0.0)
        for set in sets {
            let name = "\(directory)/\(set.dropLast(6))"
            let truth = try Self.lines(name + ".truth")
            let found = mine(try Self.lines(name + (input == .lines ? ".log" : ".content")), input)
            let score = Self.score(truth, truth.indices.map(found.id(ofLine:)))
            accuracy += score.accuracy / Double(sets.count)
            f1 += score.f1 / Double(sets.count)
        }
        #expect(accuracy >= (input == .lines ? 0.93 : 0.95))
        #expect(f1 >= (input == .lines ? 0.88 : 0.90))
    }

    private static func lines(_ path: String) throws -> [String] {
        let bytes = [UInt8](try Data(contentsOf: URL(fileURLWithPath: path)))
        var lines = bytes.split(separator: 0x0A, omittingEmptySubsequences: false).map {
            String(decoding: $0, as: UTF8.self)
        }
        if lines.last == "" { lines.removeLast() }
        return lines
    }

    /// Share of lines in groups found exactly, and F1 over groups.
    private static func score(_ truth: [String], _ found: [String]) -> (accuracy: Double, f1: Double) {
        func sizes(_ labels: [String]) -> [String: Int] { labels.reduce(into: [:]) { $0[$1, default: 0] += 1 } }
        let (trueSizes, foundSizes) = (sizes(truth), sizes(found))
        var joint: [[String]: Int] = [:]
        for pair in zip(truth, found) { joint[[pair.0, pair.1], default: 0] += 1 }
        let exact = joint.filter { $0.value == trueSizes[$0.key[0]] && $0.value == foundSizes[$0.key[1]] }
        let (precision, recall) = (
            Double(exact.count) / Double(foundSizes.count), Double(exact.count) / Double(trueSizes.count)
        )
        let lines = exact.values.reduce(0, +)
        return (Double(lines) / Double(truth.count), exact.isEmpty ? 0 : 2 * precision * recall / (precision + recall))
    }
}
