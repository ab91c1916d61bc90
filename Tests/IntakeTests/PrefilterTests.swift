import Events
import Foundation
import Testing

@testable import Intake

/// Numbers that are the same in every run.
struct Seeded {
    var state: UInt64

    init(_ seed: UInt64) { state = seed &* 0x9E37_79B9_7F4A_7C15 | 1 }

    mutating func below(_ bound: Int) -> Int {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return Int(truncatingIfNeeded: state >> 33) % max(1, bound)
    }

    mutating func pick<Item>(_ items: [Item]) -> Item { items[below(items.count)] }
}

@Suite("What is skipped holds no error: a scan finds what reading every line finds")
struct PrefilterTests {
    static let triggers: [Triggers] = [
        Triggers(), Triggers(level: .fatal, traces: false, durationMilliseconds: nil, codes: []),
        Triggers(level: .error, traces: false, durationMilliseconds: nil, codes: []),
        Triggers(level: .warning, traces: false, durationMilliseconds: 250, codes: ["E*"]),
        Triggers(level: nil, traces: true, durationMilliseconds: nil, codes: []),
        Triggers(level: nil, traces: false, durationMilliseconds: 90.5, codes: []),
        Triggers(level: nil, traces: false, durationMilliseconds: nil, codes: ["AI_*", "DB_*_7"]),
    ]

    /// The offsets of the events of every line, judged afterwards, against those of a scan.
    static func compare(
        _ text: Data, _ triggers: Triggers, _ name: String = "", _ place: SourceLocation = #_sourceLocation
    ) throws {
        let scratch = try Scratch()
        try scratch.write("app.log", text)
        let found = { (triggers: Triggers) in
            let source = SourceSettings(
                name: "s", paths: ["\(scratch.path)/app.log"], triggers: triggers, linesBefore: 0)
            var intake = FileIntake(source: source, cursors: [], now: FileIntakeTests.now)
            var events: [ErrorEvent] = []
            while let batch = try intake.next(limit: 500) { events += batch.events }
            return events
        }
        var every = triggers
        every.everything = true
        let (scanned, read) = (try found(triggers), try found(every).filter(triggers.match))
        #expect(
            scanned.count >= read.count, "an error is missed in \(name): \(String(decoding: text, as: UTF8.self))",
            sourceLocation: place)
        #expect(scanned.map(\.source) == read.map(\.source), "\(name)", sourceLocation: place)
        #expect(scanned == read, "\(name)", sourceLocation: place)
    }

    @Test(
        "a level at the beginning of an object is believed where it is the object's own",
        arguments: [
            #"{"level":"info","msg":"ERROR"}"#, #"{"level": "Warn", "error": "x"}"#,
            #"{"level":"info","level":"error"}"#,
            #"{"level":"error","level":"info"}"#, #"{"level":"information","severity":"error"}"#,
            #"{"level":"inf","severity":"error"}"#, #"{"level":"","severity":"ERROR"}"#, #"{"level":30,"n":"ERROR"}"#,
            #"{"a":{"level":"info"},"severity":"error"}"#, #"{"a":[{"level":"info"}],"severity":"error"}"#,
            #"{"a":["level","level"],"severity":"error"}"#, #"{"severity":"ERROR","level":"info"}"#,
            #"{"a":"\"level\":\"info\"","severity":"error"}"#, #"{"a":"{\"level\":\"info\"","level":"error"}"#,
            #"{"a":"\\","level":"info","severity":"error"}"#, #"{"a\"level":"info","severity":"error"}"#,
            #"{"severity":"ERROR","a":"x,"level":"info"}"#, #"{"severity":"ERROR","a":1 "level":"info"}"#,
            #"{ "level":"info"}"#, #"{"level" :"info","severity":"error"}"#, #"{"x":"level","level":"error"}"#,
            #"{"level":"info","msg":"torn"#, #"{"level":"info"} ERROR behind"#, #""level":"info" ERROR plain"#,
            #"{"LEVEL":"error","level":"info"}"#, #"{"fields":{},"level":"info","severity":"error"}"#,
        ])
    func ownLevels(line: String) throws {
        let quiet = #"{"level":"info","time":"2026-11-17T04:00:00Z","msg":"nothing"}"#
        let lines = [quiet, line, quiet, quiet, line, line] + Array(repeating: quiet, count: 40)
        let levels = Triggers(level: .error, traces: false, durationMilliseconds: nil, codes: [])
        try Self.compare(Data((lines.joined(separator: "\n") + "\n").utf8), levels, line)
    }

    @Test("every usual name with every kind of value, in every style of JSON", arguments: triggers)
    func jsonLines(triggers: Triggers) throws {
        var random = Seeded(7)
        var lines: [String] = []
        let names =
            Names.level + Names.severityNumber + Names.priority + Names.errorType + Names.trace + Names.code
            + Names.durations.flatMap(\.0) + Names.exceptionMessage + ["v", "id", "pid", "status"]
        let values = [
            "\"ERROR\"", "\"error\"", "\"fatal\"", "\"Warn\"", "\"info\"", "\"5\"", "3", "17", "24", "30", "50", "60",
            "400", "550", "\"3\"", "\"50\"", "\"500\"", "7001", "4999", "250.5", "0.3", "90.6", "91", "\"7s\"",
            "\"300ms\"", "\"900µs\"", "\"1m3.5s\"", "\"91\"", "6e3", "null", "true", "\"\"", "\"AI_003\"", "\"DB_x_7\"",
            "\"E17\"", "{\"type\":\"Boom\"}", "1", "0", "2", "12", "\"a.B: x\\n\\tat a.b.C.d(C.java:5)\"",
            "\"Boom\\n    at f (/a.js:1:2)\"", "\"main.f(0x1)\\n\\t/a/b.go:6 +0x39\"",
        ]
        for name in names {
            for value in values {
                let spelled = Self.spelled(name, &random)
                let (before, behind) = random.pick([
                    ("{\"msg\":\"m\",", "}"), ("{", ",\"n\":1}"), ("{\"fields\":{", "}}"),
                    ("{\"a\":{", "},\"z\":\"\"}"),
                ])
                let separator = random.pick([":", ":", ": ", " : ", ":  ", ":\t"])
                let line = "\(before)\"\(spelled)\"\(separator)\(value)\(behind)"
                lines.append(random.below(40) == 0 ? line + "\r" : line)
            }
        }
        try Self.compare(Data(lines.joined(separator: "\n").utf8 + [0x0A]), triggers)
    }

    /// In one of the spellings that are one name.
    private static func spelled(_ name: String, _ random: inout Seeded) -> String {
        let words = ["stack", "trace", "back", "error", "duration", "elapsed", "time", "level", "number", "response"]
        guard let word = words.first(where: { name.hasPrefix($0) && name.count > $0.count }) else { return name }
        let rest = name.dropFirst(word.count)
        return random.pick([
            name, "\(word)_\(rest)", "\(word)-\(rest)", "\(word)\(rest.capitalized)", name.uppercased(),
        ])
    }

    @Test("every role has its place in the table of the best fields")
    func roles() { #expect(FieldRole.allCases.map(\.rawValue) == Array(0..<FieldRole.count)) }

    @Test("text of all kinds, mixed with JSON", arguments: triggers)
    func mixture(triggers: Triggers) throws {
        var random = Seeded(11)
        let parts = [
            "2026-11-21 00:00:01 INFO [main] a.b - fine\n", "2026-11-21 00:00:01 ERROR a.b - bad\n",
            "2026-11-21 00:00:01 WARN a.b - hm\na.b.Boom: x\n\tat a.b.C.d(C.java:5)\n", "  at x.y (/a.js:1:2)\n",
            "<134>Nov 21 00:00:01 host app[1]: ok\n", "<131>Nov 21 00:00:01 host app[1]: not ok\n",
            "E1121 15:04:22.619632 1952 main.cc:253] oops\n", "W1121 15:04:22.6 1 a.cc:2] hm\n",
            "level=info msg=x took=7s\n", "level=50 msg=x\n", "lvl=3 msg=\"y z\" n=1\n",
            "msg=x duration=93ms level=info\n",
            "Traceback (most recent call last):\n  File \"/a.py\", line 3, in f\n    x\nStopIteration\n",
            "thread 'main' panicked at src/m.rs:4:19:\nboom\nstack backtrace:\n   0: std::x\n             at /a.rs:1:2\n",
            "panic: x\n\ngoroutine 1 [running]:\nmain.f(0x1)\n\t/a/b.go:6 +0x39\n", "plain words\n", "\n",
            "  indented\n",
            "2026-11-21 00:00:01 INFO job\nmain.f(0x1)\n\t/a/b.go:6\n",
            "2026-11-21 00:00:01 INFO steps\n  1: one\n  2: two::b\n",
            "2026-11-21 00:00:01 INFO [level=error took=95] [x] a.b - DB_a_7 E3 AI_1\n", "LOG:  ok\nDETAIL:  err\n",
            "{\"level\":\"info\",\"msg\":\"ok\"}\n", "{\"level\":50,\"msg\":\"bad\"}\n",
            "{\"level\":\"info\",\"took\":\"7s\"}\n",
            "{\"msg\":\"torn\n", "{\"v\":1,\"id\":\"x\",\"message\":\"own\"}\n", "{\n", "{ \"level\" : \"ERROR\" }\n",
            "CRITICAL x\n", "[ALERT] 325: y\n", "Severe: z\n", "오류 error 한글\n",
            "{\"level\":\"error\",\"msg\":\"한글\"}\n",
        ]
        for _ in 0..<40 {
            var text = Data()
            for _ in 0..<random.below(60) { text += Data(random.pick(parts).utf8) }
            if random.below(2) == 0, !text.isEmpty { text.removeLast() }
            try Self.compare(text, triggers)
        }
    }

    @Test("mutated lines", arguments: [1, 2, 3])
    func mutations(seed: UInt64) throws {
        var random = Seeded(seed)
        for _ in 0..<(FuzzTests.rounds / 20) {
            try Self.compare(Self.mutated(&random), random.pick(Self.triggers))
        }
    }

    @Test(
        "what tells an error without a word for it is found inside of carriers",
        arguments: [
            "<131>1 2026-11-21T00:00:00Z h p - - m", "<11>m", "<134>1 2026-11-21T00:00:00Z h p - - m",
            "E1121 15:04:22.619632 1952 main.cc:253] oops", "I1121 15:04:22.619632 1952 main.cc:253] fine",
            "BUG: unable to handle page fault", "WARNING: at kernel/a.c:1 f+0x1/0x2", "   0: std::x", "#0 0x1 in main",
            "12: 00", "level=50 msg=x", "at a.B.c(D.java:8)",
        ])
    func insideCarriers(line: String) throws {
        let log = String(decoding: try JSONEncoder().encode(line + "\n"), as: UTF8.self)
        let carriers = [
            "2026-11-21T00:00:01.1Z stdout F \(line)",
            #"{"log":\#(log),"stream":"stdout","time":"2026-11-21T00:00:01.1Z"}"#,
            "Nov 21 00:00:01 host app[1]: \(line)", "<134>Nov 21 00:00:01 host app[1]: \(line)",
            #"{"__REALTIME_TIMESTAMP":"1795219201000000","MESSAGE":\#(log),"_PID":"1"}"#,
        ]
        for carried in carriers {
            let text = Array(repeating: carried, count: 3).joined(separator: "\n") + "\n"
            for triggers in Self.triggers { try Self.compare(Data(text.utf8), triggers, carried) }
        }
    }

    /// Lines of what we know, torn and damaged.
    private static func mutated(_ random: inout Seeded) -> Data {
        var text = Data()
        for _ in 0..<random.below(12) {
            var part = Array(random.pick(FuzzTests.seeds).utf8)
            for _ in 0..<random.below(6) where !part.isEmpty {
                let place = random.below(part.count)
                switch random.below(3) {
                case 0: part[place] = UInt8(0x20 + random.below(0x5F))
                case 1: part.remove(at: place)
                default: part.insert(contentsOf: random.pick([[0x7B, 0x22], [0x0A], [0x22], [0x35]]), at: place)
                }
            }
            text += Data(part) + Data([0x0A])
        }
        return text
    }

    @Test(
        "real logs of other people's programs",
        .enabled(if: ProcessInfo.processInfo.environment["APPLIANCE_TEST_DATA"] != nil), arguments: triggers.prefix(3))
    func realLogs(triggers: Triggers) throws {
        let root = (ProcessInfo.processInfo.environment["APPLIANCE_TEST_DATA"] ?? "") + "/fixtures/logs"
        let found = FileManager.default.enumerator(atPath: root)
        var files = 0
        while let name = found?.nextObject() as? String {
            guard let data = FileManager.default.contents(atPath: "\(root)/\(name)"), data.count < 300_000 else {
                continue
            }
            try Self.compare(data, triggers, name)
            files += 1
        }
        #expect(files > 50)
    }
}

@Suite("The scanner finds the same with every kind of instructions")
struct NeedleTests {
    private static let needles = [
        Needle.word("err"), Needle.word("exception"), Needle("\n[ \t]at "), Needle("[lyt]\":[0-6]"),
        Needle("\"[4-6][0-9]\""), Needle.literal("AI_"), Needle.word("duration"), Needle("ab"), Needle("aba[\\]x-z]"),
        Needle.literal("한"), Needle("[\u{1}-\u{7}]\\["),
    ]

    /// By definition: at each place, each needle that lies there.
    private static func expected(_ bytes: [UInt8]) -> Set<[Int]> {
        var found: Set<[Int]> = []
        for start in bytes.indices {
            for (number, needle) in needles.enumerated() where needle.lies(at: start, in: bytes) {
                found.insert([start, number])
            }
        }
        return found
    }

    @Test("every match once, wherever it lies", arguments: [Int32(0), 1, 2])
    func matches(processor: Int32) throws {
        let set = try #require(NeedleSet(Self.needles, processor: processor))
        var random = Seeded(UInt64(processor) + 3)
        let pieces = [
            "err", "ERR", "exceptioN", "\n\tat ", "y\":5", "\"55\"", "AI_", "Duration", "abab]", "한", "\u{3}[", "é",
        ]
        for round in 0..<200 {
            var bytes: [UInt8] = []
            while bytes.count < round * 2 {
                switch random.below(3) {
                case 0: bytes += Array(random.pick(pieces).utf8)
                case 1: bytes.append(UInt8(random.below(256)))
                default: bytes += Array(repeating: UInt8(0x61 + random.below(3)), count: random.below(9))
                }
            }
            var found: [[Int]] = []
            var cursor = NeedleSet.start
            bytes.withUnsafeBytes { part in
                while let match = set.next(in: part, from: &cursor) { found.append([match.position, match.needle]) }
            }
            #expect(Set(found) == Self.expected(bytes))
            #expect(Set(found).count == found.count)
        }
    }

    @Test("what is no needle is refused")
    func refused() {
        #expect(NeedleSet([Needle("a")]) == nil)
        #expect(NeedleSet([Needle(String(repeating: "a", count: 25))]) == nil)
        #expect(NeedleSet(Array(repeating: Needle("abc"), count: 193)) == nil)
        #expect(NeedleSet([]) != nil)
    }
}

@Suite("Lines that begin with their level are judged by it")
struct QuietLineTests {
    /// Before the level: nothing, a time, another object, an escape, another spelling of the key, a list, odd quotes.
    private static let before = [
        "", #""timestamp":"2026-11-20T10:00:00.123456Z","#, #""a":{"level":"info"},"#, #""a":"\"level\":\"info\"","#,
        #""Level":"error","#, #""tags":["x"],"#, #""t":1, "#, #""pad":"\#(String(repeating: "p", count: 60))","#,
    ]
    private static let levels = [
        "\"info\"", "\"INFO\"", "\"Debug\"", "\"warn\"", "\"WARNING\"", "\"notice\"", "\"trace\"", "\"error\"",
        "\"ERROR\"", "\"Fatal\"", "\"critical\"", "\"err\"", "\"information\"", "30", "50", "null", "\"\"",
        " \"error\"",
    ]
    private static let behind = [
        #","msg":"quiet"}"#, #","msg":"an error, a panic"}"#, #","stack":"at f (a.js:1:2)"}"#, #","level":"error"}"#,
        "}",
    ]

    @Test("whatever stands before it, however long the line is, torn or not", arguments: 1...12)
    func levels(seed: UInt64) throws {
        var numbers = Seeded(seed)
        var text = ""
        for index in 0..<900 {
            let end = numbers.pick(Self.behind)
            let pad = String(repeating: "-", count: numbers.below(20) == 0 ? numbers.below(3000) : numbers.below(180))
            text += "{\(numbers.pick(Self.before))\"level\":\(numbers.pick(Self.levels)),\"n\":\"\(index)\(pad)\"\(end)"
            text += numbers.below(40) == 0 ? "" : "\n"
            if numbers.below(60) == 0 { text += "\n" }
        }
        for triggers in PrefilterTests.triggers.prefix(3) {
            try PrefilterTests.compare(Data(text.utf8), triggers, "seed \(seed)")
        }
    }

    @Test("they are counted as they are passed", arguments: [1, 7, 5000])
    func counted(limit: Int) throws {
        let scratch = try Scratch()
        let pad = String(repeating: "x", count: 200)
        var text = ""
        for index in 0..<9000 {
            text += "{\"level\":\"\(index % 100 == 50 ? "error" : "info")\",\"msg\":\"\(index) \(pad)\"}\n"
        }
        try scratch.write("app.log", text)
        var cursors: [FileCursor] = []
        let levels = Triggers(traces: false, durationMilliseconds: nil, codes: [])
        let (events, statistics) = try FileIntakeTests.read(scratch, &cursors, limit: limit, triggers: levels)
        #expect(events.count == 90)
        #expect(statistics.lines == 9000)
        #expect(statistics.bytes == Int64(text.utf8.count))
    }
}

@Suite("An event's id is its place and its bytes")
struct RecordIdentityTests {
    @Test("no two of many alike records have the same, in whatever they differ")
    func distinct() {
        var ids: Set<String> = []
        for offset in 0..<20_000 {
            ids.insert(RecordReader.identifier(file: "a", offset: Int64(offset), record: ["same"]))
        }
        for length in 0..<5000 {
            ids.insert(RecordReader.identifier(file: "a", offset: -1, record: [String(repeating: "0", count: length)]))
        }
        for bit in 0..<4000 {
            var bytes = [UInt8](repeating: 0, count: 500)
            bytes[bit / 8] ^= 1 << UInt8(bit % 8)
            ids.insert(bytes.withUnsafeBytes { RecordReader.identifier(file: "a", offset: -2, record: $0) })
        }
        for cut in 0...40 {
            let text = String(repeating: "x", count: 40)
            ids.insert(
                RecordReader.identifier(
                    file: "a", offset: -3, record: [String(text.prefix(cut)), String(text.dropFirst(cut))]))
        }
        ids.insert(RecordReader.identifier(file: "b", offset: 0, record: ["same"]))
        #expect(ids.count == 20_000 + 5000 + 4000 + 41 + 1)
        #expect(ids.allSatisfy { $0.utf8.count == 32 && $0.utf8.allSatisfy { $0.isDigit || $0 &- 0x61 < 6 } })
    }
}
