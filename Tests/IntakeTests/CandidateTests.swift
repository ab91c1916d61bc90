import ApplianceTestSupport
import Events
import Foundation
import Testing

@testable import Intake

@Suite("Candidates are found, judged by the triggers, and told with the lines before them")
struct CandidateTests {
    @Test("a line too long to be seen twice is judged where it was found")
    func longNeighbour() throws {
        let scratch = try Scratch()
        let long = String(repeating: "x", count: 3 << 20)
        try scratch.write("app.log", "ERROR a\nERROR b \(long) ERROR\nERROR c\nINFO d \(long) ERROR\nERROR e\n")
        var cursors: [FileCursor] = []
        let (events, statistics) = try FileIntakeTests.read(scratch, &cursors)
        #expect(events.map { $0.message.prefix(1) } == ["a", "b", "c", "e"])
        #expect(statistics.skippedLines == 2)
        #expect(statistics.lines == 5)
    }

    @Test("short lines count among the lines before, empty ones do not")
    func shortLines() throws {
        let scratch = try Scratch()
        try scratch.write("app.log", "{\n\n\r\n}\nERROR x\n")
        var cursors: [FileCursor] = []
        #expect(try FileIntakeTests.read(scratch, &cursors).0.first?.linesBefore == ["{", "}"])
    }

    @Test(
        "the prefilter sees a word wherever it stands, and not a part of it",
        arguments: [
            ("error", 0, 3), ("Exception", 0, 3), ("SEVERE", 0, 6), ("panic", 0, 5), ("AUTH_", 0, 5),
            ("\"level\":50", 5, 9), ("took\":7000", 0, 4), ("\n\tat ", 1, 5), ("\n<131>", 1, 3), ("\"v\":1", 0, 4),
        ])
    func everyPlace(word: String, start: Int, needed: Int) throws {
        let filter = try #require(Prefilter(Triggers()))
        for before in 0..<200 {
            let text = String(repeating: ",", count: before) + word + String(repeating: ",", count: 200 - before)
            let found = Array(text.utf8).withUnsafeBytes { filter.next(in: $0, from: 0) }
            #expect(found == before + start)
            let torn = Array(text.utf8.prefix(before + needed - 1))
            #expect(torn.withUnsafeBytes { filter.next(in: $0, from: 0) } == nil)
        }
    }

    @Test("lines of the same request come before their neighbours")
    func linesBefore() throws {
        let scratch = try Scratch()
        var text = "{\"level\":\"info\",\"msg\":\"mine\",\"traceId\":\"abcd1234\"}\n"
        for index in 0..<10 { text += "{\"level\":\"info\",\"msg\":\"other \(index)\"}\n" }
        text += "{\"level\":\"error\",\"msg\":\"bad\",\"traceId\":\"abcd1234\"}\n"
        try scratch.write("app.log", text)
        let source = SourceSettings(name: "s", paths: ["\(scratch.path)/app.log"], linesBefore: 3)
        var intake = FileIntake(source: source, cursors: [], now: FileIntakeTests.now)
        let event = try #require(try intake.next(limit: 1)?.events.first)
        #expect(event.linesBefore.count == 3)
        #expect(event.linesBefore.first?.contains("mine") == true)
        #expect(event.linesBefore.last?.contains("other 9") == true)
    }

    @Test("the lines before an event are still there when the file was read to its end")
    func keptLines() throws {
        let scratch = try Scratch()
        let filler = String(repeating: "x", count: 150)
        var text = ""
        for index in 0..<20_000 {
            text += "{\"level\":\"\(index % 500 == 499 ? "error" : "info")\",\"msg\":\"\(index) \(filler)\"}\n"
        }
        try scratch.write("app.log", text)
        var cursors: [FileCursor] = []
        let events = try FileIntakeTests.read(scratch, &cursors).0
        #expect(events.count == 40)
        for (place, event) in events.enumerated() {
            #expect(event.precedingLines.isDeferred)
            #expect(event.linesBefore.count == IntakeLimits.linesBefore)
            #expect(event.linesBefore.last?.contains("\"\(place * 500 + 498) x") == true)
        }
    }

    @Test("objects that are read together give what each gives alone, whatever stands among them")
    func together() throws {
        let scratch = try Scratch()
        let others = [
            "2026-11-21 00:00:00 ERROR [main] no object\n", "{\"level\":\"error\",\"msg\":\n",
            CarrierFiles.docker(["ERROR carried"]), "{\"level\":\"error\",\"msg\":\"with \u{1B}[31mcolour\"}\n",
            "{\"level\":\"error\",\"msg\":\"\(String(repeating: "long ", count: 40_000))\"}\n",
            "{\"event_id\":\"1\",\"platform\":\"other\",\"level\":\"error\",\"message\":\"sent\"}\n", "\n",
        ]
        var text = ""
        for index in 0..<700 {
            text +=
                "{\"level\":\"\(index % 7 == 6 ? "info" : "error")\",\"msg\":\"\(index)\",\"n\":{\"a\":[\(index)]}}\n"
            if index % 90 == 89 { text += others[index / 90 % others.count] }
        }
        try scratch.write("app.log", text)
        for triggers in [Triggers(), .all] {
            var (apart, together): ([FileCursor], [FileCursor]) = ([], [])
            let one = try FileIntakeTests.read(scratch, &apart, limit: 1, triggers: triggers)
            let many = try FileIntakeTests.read(scratch, &together, limit: 2000, triggers: triggers)
            #expect(one.0.map(\.id) == many.0.map(\.id))
            #expect(one.0 == many.0)
            #expect(one.1 == many.1)
            #expect(apart.last == together.last)
            #expect(many.0.count > 590)
        }
    }

    @Test("a batch ends when its events keep much of the file alive")
    func heldBytes() throws {
        let scratch = try Scratch()
        let line = "{\"level\":\"info\",\"msg\":\"\(String(repeating: "y", count: 1000))\"}\n"
        let part = String(repeating: line, count: 200) + "{\"level\":\"error\",\"msg\":\"z\"}\n"
        try scratch.write("app.log", String(repeating: part, count: 150))
        let source = SourceSettings(name: "s", paths: ["\(scratch.path)/app.log"])
        var intake = FileIntake(source: source, cursors: [], now: FileIntakeTests.now)
        var (events, batches) = (0, 0)
        while let batch = try intake.next(limit: 1000) {
            events += batch.events.count
            batches += batch.events.isEmpty ? 0 : 1
        }
        #expect(events == 150)
        #expect(batches > 1)
    }

    @Test("lines of the same request are found among hundreds of others")
    func relatedFarBack() throws {
        let scratch = try Scratch()
        var text = "INFO mine 1 request_id=abcd1234\n"
        for index in 0..<300 { text += "INFO other \(index)\n" }
        text += "INFO mine 2 request_id=abcd1234\n"
        text += "{\"level\":\"error\",\"msg\":\"bad\",\"request_id\":\"abcd1234\"}\n"
        try scratch.write("app.log", text)
        let source = SourceSettings(name: "s", paths: ["\(scratch.path)/app.log"], linesBefore: 100)
        var intake = FileIntake(source: source, cursors: [], now: FileIntakeTests.now)
        let event = try #require(try intake.next(limit: 1)?.events.first)
        #expect(event.linesBefore.count == 100)
        #expect(event.linesBefore.first == "INFO mine 1 request_id=abcd1234")
        #expect(event.linesBefore.last == "INFO mine 2 request_id=abcd1234")
        #expect(event.linesBefore[1] == "INFO other 202")
    }

    @Test("triggers: duration, code, and every level of the prefilter")
    func triggers() throws {
        let scratch = try Scratch()
        try scratch.write(
            "app.log",
            """
            {"level":"info","msg":"slow","duration_ms":6000}
            {"level":"info","msg":"quick","duration_ms":600}
            {"level":"info","msg":"slow too","took":"7s"}
            {"level":"info","msg":"huge","elapsed_ms":6e3}
            {"level":"warn","msg":"code","error_code":"DB_7"}
            {"level":"warn","msg":"warned"}

            """)
        var (some, warned, coded): ([FileCursor], [FileCursor], [FileCursor]) = ([], [], [])
        let read = { (cursors: inout [FileCursor], triggers: Triggers) in
            try FileIntakeTests.read(scratch, &cursors, triggers: triggers).0.map(\.message)
        }
        #expect(try read(&some, Triggers()) == ["slow", "slow too", "huge", "code"])
        #expect(try read(&warned, Triggers(level: .warning, durationMilliseconds: nil)) == ["code", "warned"])
        #expect(try read(&coded, Triggers(level: nil, durationMilliseconds: nil, codes: ["*_7"])) == ["code"])
    }

    @Test("a name that exists is itself; a glob that finds nothing is a missing file where just these were asked for")
    func names() throws {
        let directory = try TemporaryDirectory()
        defer { directory.remove() }
        for name in ["a[1].log", "a1.log", "*"] { try directory.write(name, "x") }
        var found = IntakeStatistics()
        func expand(_ name: String, mustMatch: Bool = false) -> [String] {
            SourceFiles.expand(["\(directory.path)/\(name)"], mustMatch: mustMatch, &found).map {
                String($0.dropFirst(directory.path.count + 1))
            }
        }
        #expect(expand("a[1].log") == ["a[1].log"] && expand("*") == ["*"])
        #expect(expand("a[1-9].log") == ["a1.log"] && expand("?1.log") == ["a1.log"])
        #expect(expand("b*") == [] && expand("b*", mustMatch: true) == ["b*"])
    }

    @Test("too many files, and problems beyond a hundred, are counted")
    func manyProblems() {
        var statistics = IntakeStatistics()
        for index in 0..<150 { statistics.add(IntakeProblem(path: "\(index)", reason: .missing)) }
        statistics.add(IntakeProblem(path: "0", reason: .missing))
        #expect(statistics.unreadable.count == 100)
        #expect(statistics.unreadable.first?.count == 2)
        #expect(statistics.unlistedProblems == 50)
        var found = IntakeStatistics()
        let files = SourceFiles.expand((0...IntakeLimits.files).map { "/none/\($0)" }, &found)
        #expect(files.count == IntakeLimits.files)
        #expect(found.unreadable.map(\.reason) == [.tooManyFiles])
        let reasons: [IntakeProblem.Reason] = [
            .missing, .notPermitted, .isDirectory, .notAFile, .corruptCompression, .readFailed(errno: 5), .brokenJSON,
            .lineTooLong, .notText, .tooManyFiles,
        ]
        #expect(Set(reasons.map { IntakeProblem(path: "p", reason: $0).explanation }).count == reasons.count)
    }
}
