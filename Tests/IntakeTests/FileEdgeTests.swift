import Events
import Foundation
import Glibc
import Testing

@testable import Intake

@Suite("Files at the edges: pauses, pipes, sizes, and what is no file")
struct FileEdgeTests {
    /// Records of every kind, with long stretches in which nothing is wrong.
    static func mixture() -> String {
        var text = ""
        for index in 0..<400 {
            text += "2026-11-21 00:00:0\(index % 10) INFO [main] a.b - fine \(index)\n"
            if index % 40 == 7 {
                text += "2026-11-21 00:00:01 ERROR [main] a.b - bad\na.b.Boom: x\n\tat a.b.C.d(C.java:\(index + 1))\n"
            }
            if index % 50 == 9 { text += "{\"level\":\"error\",\"message\":\"j\(index)\"}\n" }
        }
        return text
    }

    @Test("a batch that has read enough stops between records, and the next run goes on there", arguments: [100, 3000])
    func pause(batchBytes: Int64) throws {
        let scratch = try Scratch()
        let text = Self.mixture()
        try scratch.write("app.log", text)
        var none: [FileCursor] = []
        let (whole, _) = try FileIntakeTests.read(scratch, &none)
        #expect(whole.count == 18)
        let source = SourceSettings(name: "s", paths: ["\(scratch.path)/app.log"])
        var cursors: [FileCursor] = []
        var pieces: [ErrorEvent] = []
        var runs = 0
        while runs < 2000, cursors.first?.offset != Int64(text.utf8.count) {
            var intake = FileIntake(source: source, cursors: cursors, now: FileIntakeTests.now)
            intake.batchBytes = batchBytes
            let batch = try #require(try intake.next(limit: 5))
            pieces += batch.events
            cursors = batch.cursors
            runs += 1
        }
        #expect(pieces == whole)
        #expect(runs >= 4)
    }

    @Test("pauses of one run lose nothing either")
    func pauses() throws {
        let scratch = try Scratch()
        let text = String(repeating: "2026-11-21 00:00:00 INFO [main] a.b - fine\n", count: 20_000) + "ERROR last\n"
        try scratch.write("app.log", text)
        let source = SourceSettings(name: "s", paths: ["\(scratch.path)/app.log"])
        var intake = FileIntake(source: source, cursors: [], now: FileIntakeTests.now)
        intake.batchBytes = 300_000
        var (events, statistics, offsets) = ([ErrorEvent](), IntakeStatistics(), [Int64]())
        while let batch = try intake.next(limit: 5) {
            events += batch.events
            statistics += batch.statistics
            offsets += batch.cursors.map(\.offset)
        }
        #expect(events.map(\.message) == ["last"])
        #expect(statistics.lines == 20_001)
        #expect(statistics.bytes == Int64(text.utf8.count))
        #expect(offsets.count > 2)
        #expect(offsets == offsets.sorted())
        #expect(offsets.allSatisfy { $0 % 43 == 0 || $0 == text.utf8.count })
        #expect(intake.bytesDone == intake.totalBytes)
    }

    @Test("every record, in small batches")
    func everyRecord() throws {
        let scratch = try Scratch()
        try scratch.write("app.log", FileIntakeTests.lines(0..<500))
        let source = SourceSettings(name: "s", paths: ["\(scratch.path)/app.log"], triggers: .all)
        var intake = FileIntake(source: source, cursors: [], now: FileIntakeTests.now)
        intake.batchBytes = 1000
        var (events, batches) = ([ErrorEvent](), 0)
        while let batch = try intake.next(limit: 1000) {
            events += batch.events
            batches += 1
        }
        #expect(events.map(\.message) == (0..<500).map { "line \($0)" })
        #expect(batches > 5)
    }

    @Test("standard input is read once, without a cursor")
    func pipe() throws {
        let pipe = Pipe()
        try pipe.fileHandleForWriting.write(contentsOf: Data((FileIntakeTests.lines(0..<100) + "ERROR torn").utf8))
        try pipe.fileHandleForWriting.close()
        let source = SourceSettings(name: "s", paths: ["-"])
        var intake = FileIntake(
            source: source, cursors: [], now: FileIntakeTests.now,
            standardInput: pipe.fileHandleForReading.fileDescriptor)
        let batch = try #require(try intake.next(limit: 100))
        #expect(batch.events.map(\.message) == (0..<10).map { "line \($0 * 10)" } + ["torn"])
        #expect(batch.cursors.isEmpty)
        #expect(batch.statistics.lines == 100)
        let rest = try intake.next(limit: 100)
        #expect(rest == nil)
        #expect(intake.totalBytes == 0)
    }

    @Test("a file that is deleted is missing; written anew, it is read from its beginning")
    func deletion() throws {
        let scratch = try Scratch()
        try scratch.write("app.log", FileIntakeTests.lines(0..<100))
        var cursors: [FileCursor] = []
        #expect(try FileIntakeTests.read(scratch, &cursors, pattern: "app.log").0.count == 10)
        try FileManager.default.removeItem(atPath: "\(scratch.path)/app.log")
        let (none, statistics) = try FileIntakeTests.read(scratch, &cursors, pattern: "app.log")
        #expect(none.isEmpty)
        #expect(statistics.unreadable.map(\.reason) == [.missing])
        try scratch.write("app.log", FileIntakeTests.lines(200..<230))
        #expect(try FileIntakeTests.read(scratch, &cursors, pattern: "app.log").0.count == 3)
    }

    @Test("a rewritten file that begins alike is read anew")
    func beginsAlike() throws {
        let scratch = try Scratch()
        let head = FileIntakeTests.lines(0..<100)
        try scratch.write("app.log", head + FileIntakeTests.lines(100..<200))
        var cursors: [FileCursor] = []
        #expect(try FileIntakeTests.read(scratch, &cursors).0.count == 20)
        try scratch.write("app.log", head)
        #expect(try FileIntakeTests.read(scratch, &cursors).0.count == 10)
        try scratch.write("app.log", head + FileIntakeTests.lines(1100..<1300))
        #expect(try FileIntakeTests.read(scratch, &cursors).0.last?.message == "line 1290")
    }

    @Test("sockets and pipes are no files, and nothing waits for them")
    func noFiles() throws {
        let scratch = try Scratch()
        #expect(mkfifo("\(scratch.path)/fifo", 0o600) == 0)
        let handle = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(handle) }
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        let path = Array("\(scratch.path)/socket".utf8)
        try #require(path.count < 108)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path) }
        let bound = withUnsafeBytes(of: &address) { bytes in
            bytes.withMemoryRebound(to: sockaddr.self) {
                bind(handle, $0.baseAddress, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        #expect(bound == 0)
        let source = SourceSettings(name: "s", paths: ["fifo", "socket"].map { "\(scratch.path)/\($0)" })
        var intake = FileIntake(source: source, cursors: [], now: FileIntakeTests.now)
        let batch = try #require(try intake.next(limit: 1))
        #expect(batch.events.isEmpty)
        #expect(batch.statistics.unreadable.map(\.reason) == [.notAFile, .notAFile])
    }

    @Test("a file that may not be read is told", .enabled(if: geteuid() != 0))
    func notPermitted() throws {
        let scratch = try Scratch()
        try scratch.write("app.log", "ERROR x\n")
        #expect(chmod("\(scratch.path)/app.log", 0) == 0)
        var cursors: [FileCursor] = []
        #expect(try FileIntakeTests.read(scratch, &cursors).1.unreadable.map(\.reason) == [.notPermitted])
    }

    @Test(
        "the system's errors have names",
        arguments: [
            (ENOENT, IntakeProblem.Reason.missing), (ENOTDIR, .missing), (EACCES, .notPermitted),
            (EPERM, .notPermitted), (EISDIR, .isDirectory), (ENXIO, .notAFile), (EIO, .readFailed(errno: EIO)),
        ])
    func reasons(code: Int32, reason: IntakeProblem.Reason) { #expect(ByteStream.reason(code) == reason) }

    @Test("a stream that cannot be read is a problem of its file")
    func unreadable() throws {
        let scratch = try Scratch()
        let handle = open(scratch.path, O_RDONLY)
        defer { close(handle) }
        let source = SourceSettings(name: "s", paths: ["-"])
        var intake = FileIntake(source: source, cursors: [], now: FileIntakeTests.now, standardInput: handle)
        let batch = try #require(try intake.next(limit: 1))
        #expect(batch.statistics.unreadable == [IntakeProblem(path: "-", reason: .isDirectory)])
    }

    @Test("a .gz of several members, with padding, is one file")
    func members() throws {
        let scratch = try Scratch()
        try scratch.write("a", FileIntakeTests.lines(0..<50) + "ERROR over the ")
        try scratch.write("b", "edge\n" + FileIntakeTests.lines(50..<100))
        try scratch.gzip("a")
        try scratch.gzip("b")
        let read = { (name: String) in try Data(contentsOf: URL(fileURLWithPath: "\(scratch.path)/\(name)")) }
        try scratch.write("app.gz", try read("a.gz") + read("b.gz") + Data(count: 512))
        var cursors: [FileCursor] = []
        let (events, statistics) = try FileIntakeTests.read(scratch, &cursors)
        #expect(events.count == 11)
        #expect(events[5].message == "over the edge")
        #expect(statistics.unreadable.isEmpty)
        #expect(try FileIntakeTests.read(scratch, &cursors).0.isEmpty)
    }

    @Test("50 MB without a newline are one cut line, in little time")
    func endless() throws {
        let scratch = try Scratch()
        try scratch.write("app.log", "ERROR begin ")
        let handle = try FileHandle(forWritingTo: URL(fileURLWithPath: "\(scratch.path)/app.log"))
        try handle.seekToEnd()
        let part = Data(repeating: 0x78, count: 1 << 20)
        for _ in 0..<50 { try handle.write(contentsOf: part) }
        try handle.close()
        let clock = ContinuousClock()
        let start = clock.now
        var cursors: [FileCursor] = []
        let (events, statistics) = try FileIntakeTests.read(scratch, &cursors)
        #expect(clock.now - start < .seconds(10))
        #expect(events.map { $0.message.prefix(5) } == ["begin"])
        #expect(events.allSatisfy { $0.message.utf8.count <= TraceLimits.message })
        #expect(statistics.skippedLines == 1)
        #expect(statistics.unreadable.map(\.reason) == [.lineTooLong])
        #expect(statistics.bytes == 50 << 20 + 12)
    }

    @Test(
        "a line of any length is read: none is lost between what is cut and what is kept",
        arguments: [200, 300, 900, 1200])
    func longLines(kilobytes: Int) throws {
        let filler = String(repeating: "x", count: kilobytes << 10)
        for line in [
            "ERROR \(filler)", "2026-11-17 03:04:05 [error] \(filler)", "<131>Nov 17 03:04:05 h p[1]: \(filler)",
        ] {
            for triggers in [Triggers.all, Triggers()] {
                let events = try CarrierFiles.read("INFO a\n\(line)\nERROR b\n", triggers: triggers).events
                #expect(events.filter { $0.level == .error }.count == 2, "\(line.prefix(20)) \(kilobytes)")
            }
        }
    }

    @Test("UTF-16 of the other order, cut in the middle of a character")
    func bigEndian() throws {
        let scratch = try Scratch()
        let text = String(repeating: "INFO 😀한글\n", count: 40_000) + "ERROR 😀\n"
        try scratch.write("app.log", Data([0xFE, 0xFF]) + #require(text.data(using: .utf16BigEndian)))
        var cursors: [FileCursor] = []
        let (events, statistics) = try FileIntakeTests.read(scratch, &cursors)
        #expect(events.map(\.message) == ["😀"])
        #expect(statistics.lines == 40_001)
    }

    @Test("an encoding by name, and one that nobody knows")
    func encodings() throws {
        let scratch = try Scratch()
        try scratch.write("app.log", Data("ERROR caf".utf8) + Data([0xE9, 0x0A]))
        for (encoding, message) in [("ISO-8859-1", "café"), ("utf-8", "caf\u{FFFD}"), ("no-such-thing", "caf\u{FFFD}")]
        {
            let source = SourceSettings(name: "s", paths: ["\(scratch.path)/app.log"], encoding: encoding)
            var intake = FileIntake(source: source, cursors: [], now: FileIntakeTests.now)
            #expect(try intake.next(limit: 1)?.events.first?.message == message)
        }
    }
}
