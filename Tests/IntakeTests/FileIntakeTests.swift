import Events
import Foundation
import Testing

@testable import Intake

/// A directory of its own for one test.
final class Scratch {
    let path: String

    init() throws {
        path = NSTemporaryDirectory() + "intake-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    deinit {
        do { try FileManager.default.removeItem(atPath: path) } catch { Issue.record(error) }
    }

    func write(_ name: String, _ bytes: Data) throws { try bytes.write(to: URL(fileURLWithPath: "\(path)/\(name)")) }
    func write(_ name: String, _ text: String) throws { try write(name, Data(text.utf8)) }
    func move(_ from: String, _ to: String) throws {
        try FileManager.default.moveItem(atPath: "\(path)/\(from)", toPath: "\(path)/\(to)")
    }

    func gzip(_ name: String) throws {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = ["gzip", "\(path)/\(name)"]
        try process.run()
        process.waitUntilExit()
        #expect(process.terminationStatus == 0)
    }
}

@Suite("Files are read once, whatever becomes of them")
struct FileIntakeTests {
    /// Long after the files were written, so that a last line without an end is taken.
    static let now = Timestamp(seconds: Date().timeIntervalSince1970 + 3600)

    static func read(
        _ scratch: Scratch, _ cursors: inout [FileCursor], limit: Int = 100, pattern: String = "app*",
        triggers: Triggers = Triggers()
    ) throws -> ([ErrorEvent], IntakeStatistics) {
        let source = SourceSettings(name: "s", paths: ["\(scratch.path)/\(pattern)"], triggers: triggers)
        var intake = FileIntake(source: source, cursors: cursors, now: now)
        var (events, statistics) = ([ErrorEvent](), IntakeStatistics())
        while let batch = try intake.next(limit: limit) {
            events += batch.events
            statistics += batch.statistics
            for cursor in batch.cursors {
                cursors.removeAll { $0.key == cursor.key }
                cursors.append(cursor)
            }
        }
        return (events, statistics)
    }

    static func lines(_ range: Range<Int>) -> String {
        range.map { "2026-11-21 00:00:00 \($0 % 10 == 0 ? "ERROR" : "INFO") [main] line \($0)\n" }.joined()
    }

    @Test("growth, rotation by rename, to .gz, and copytruncate")
    func rotation() throws {
        let scratch = try Scratch()
        var cursors: [FileCursor] = []
        try scratch.write("app.log", Self.lines(0..<100))
        #expect(try Self.read(scratch, &cursors).0.count == 10)
        #expect(try Self.read(scratch, &cursors).0.isEmpty)
        try scratch.write("app.log", Self.lines(0..<150))
        #expect(try Self.read(scratch, &cursors).0.map(\.message) == (10..<15).map { "line \($0 * 10)" })
        try scratch.move("app.log", "app.log.1")
        try scratch.write("app.log", Self.lines(1000..<1100))
        #expect(try Self.read(scratch, &cursors).0.count == 10)
        try scratch.gzip("app.log.1")
        #expect(try Self.read(scratch, &cursors).0.isEmpty)
        let handle = try FileHandle(forWritingTo: URL(fileURLWithPath: "\(scratch.path)/app.log"))
        try handle.truncate(atOffset: 0)
        try handle.write(contentsOf: Data(Self.lines(2000..<2050).utf8))
        try handle.close()
        #expect(try Self.read(scratch, &cursors).0.map(\.message) == (0..<5).map { "line \(2000 + $0 * 10)" })
    }

    @Test("the copy of a small file that was emptied and begun anew is not read again")
    func smallCopy() throws {
        let scratch = try Scratch()
        var cursors: [FileCursor] = []
        func read() throws -> [String] {
            let source = SourceSettings(name: "s", paths: ["\(scratch.path)/*.log*"])
            var intake = FileIntake(source: source, cursors: cursors, now: Self.now)
            var messages: [String] = []
            while let batch = try intake.next(limit: 100) {
                messages += batch.events.map(\.message)
                for cursor in batch.cursors {
                    cursors.removeAll { $0.key == cursor.key }
                    cursors.append(cursor)
                }
            }
            return messages
        }
        try scratch.write("app.log", Self.lines(10..<12))
        #expect(try read() == ["line 10"])
        try scratch.write("app.log.1", Self.lines(10..<12))
        try scratch.write("app.log", Self.lines(20..<22))
        #expect(try read() == ["line 20"])
        try scratch.write("app.log.2", Self.lines(20..<22))
        try scratch.write("app.log", Self.lines(30..<31) + Self.lines(30..<40))
        #expect(try read() == ["line 30", "line 30"])
        #expect(try read().isEmpty)
    }

    @Test("any stop and resume gives the events of one pass", arguments: [1, 2, 3, 7])
    func resume(limit: Int) throws {
        let scratch = try Scratch()
        var text = ""
        for index in 0..<60 {
            text += "2026-11-21 00:00:0\(index % 10) INFO [main] a.b - fine \(index)\n"
            if index % 4 == 0 {
                text += "2026-11-21 00:00:01 ERROR [main] a.b - bad\na.b.Boom: x\n\tat a.b.C.d(C.java:\(index + 1))\n"
            }
            if index % 5 == 0 { text += "{\"level\":\"error\",\"message\":\"j\(index)\"}\n" }
            if index % 7 == 0 {
                text += "Traceback (most recent call last):\n  File \"/a.py\", line 3, in f\n    x\nKeyError: 1\n"
            }
            if index % 9 == 0 { text += "{\"level\":\"info\",\"message\":\"slow\",\"duration_ms\":6001}\n" }
        }
        try scratch.write("app.log", text)
        var none: [FileCursor] = []
        let (whole, statistics) = try Self.read(scratch, &none)
        #expect(whole.count == 15 + 12 + 9 + 7)
        #expect(Set(whole.map(\.id)).count == whole.count)
        #expect(statistics.lines == Int64(text.split(separator: "\n").count))
        var cursors: [FileCursor] = []
        var pieces: [ErrorEvent] = []
        for _ in 0..<200 {
            let source = SourceSettings(name: "s", paths: ["\(scratch.path)/app.log"])
            var intake = FileIntake(source: source, cursors: cursors, now: Self.now)
            guard let batch = try intake.next(limit: limit), !batch.events.isEmpty else { break }
            pieces += batch.events
            cursors = batch.cursors
        }
        #expect(pieces.map(\.id) == whole.map(\.id))
        #expect(pieces == whole)
    }

    @Test("bytes of any kind never stop the run")
    func anyBytes() throws {
        let scratch = try Scratch()
        var bytes = Data("ERROR a\u{0}b\r\n".utf8)
        bytes += Data([0x45, 0x52, 0x52, 0x4F, 0x52, 0x20, 0xC7, 0xD1, 0xB1, 0xDB, 0x0A])
        bytes +=
            Data("ERROR \u{1B}[31mred\u{1B}[0m\n".utf8) + Data([0x45, 0x52, 0x52, 0x4F, 0x52, 0x20, 0xFF, 0xFE, 0x0A])
        bytes += Data("ERROR long ".utf8) + Data(repeating: 0x78, count: 5 << 20) + Data("\nERROR last\n".utf8)
        try scratch.write("app.log", bytes)
        var cursors: [FileCursor] = []
        let (events, statistics) = try Self.read(scratch, &cursors)
        #expect(events.map { $0.message.prefix(8) } == ["ab", "한글", "red", "\u{FFFD}\u{FFFD}", "long xxx", "last"])
        #expect(statistics.skippedLines == 1)
        #expect(statistics.unreadable.map(\.reason).contains(.notText))
    }

    @Test("UTF-16 with a mark, truncated .gz, missing file, directory")
    func oddSources() throws {
        let scratch = try Scratch()
        try scratch.write("app16", Data([0xFF, 0xFE]) + #require("INFO a\nERROR b\n".data(using: .utf16LittleEndian)))
        try scratch.write("appz", Self.lines(0..<20000))
        try scratch.gzip("appz")
        let whole = try Data(contentsOf: URL(fileURLWithPath: "\(scratch.path)/appz.gz"))
        try scratch.write("appz.gz", whole.prefix(whole.count / 2))
        try FileManager.default.createDirectory(atPath: "\(scratch.path)/appd", withIntermediateDirectories: true)
        var cursors: [FileCursor] = []
        let (events, statistics) = try Self.read(scratch, &cursors)
        #expect(events.first?.message == "b")
        #expect(events.count > 100)
        #expect(Set(statistics.unreadable.map(\.reason)) == [.corruptCompression, .isDirectory])
        let (_, missing) = try Self.read(scratch, &cursors, pattern: "nothing")
        #expect(missing.unreadable.map(\.reason) == [.missing])
    }

    @Test("a line that is still being written waits for its end")
    func tornLine() throws {
        let scratch = try Scratch()
        try scratch.write("app.log", "ERROR one\nERROR tw")
        let source = SourceSettings(name: "s", paths: ["\(scratch.path)/app.log"])
        let early = Timestamp(seconds: Date().timeIntervalSince1970)
        var intake = FileIntake(source: source, cursors: [], now: early)
        let first = try #require(try intake.next(limit: 9))
        #expect(first.events.map(\.message) == ["one"])
        try scratch.write("app.log", "ERROR one\nERROR two\n")
        var cursors = first.cursors
        #expect(try Self.read(scratch, &cursors).0.map(\.message) == ["two"])
    }

    @Test("the prefilter loses nothing that reading every line would find")
    func prefilter() throws {
        let scratch = try Scratch()
        for index in 0..<40 { try scratch.write("app\(index)", Self.lines(index * 3..<index * 3 + 31)) }
        var (none, all): ([FileCursor], [FileCursor]) = ([], [])
        let filtered = try Self.read(scratch, &none).0
        let every = try Self.read(scratch, &all, triggers: .all).0
        #expect(every.count == 40 * 31)
        #expect(filtered == every.filter(Triggers().match))
    }
}
