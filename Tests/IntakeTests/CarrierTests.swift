import Events
import Foundation
import Testing

@testable import Intake

/// Files as carriers write them, read the way a source reads them.
enum CarrierFiles {
    static func read(
        _ text: String, name: String = "app.log", format: SourceSettings.Format? = nil, limit: Int = 100,
        triggers: Triggers = .all
    ) throws -> (events: [ErrorEvent], statistics: IntakeStatistics) {
        try read(Data(text.utf8), name: name, format: format, limit: limit, triggers: triggers)
    }

    static func read(
        _ data: Data, name: String = "app.log", format: SourceSettings.Format? = nil, limit: Int = 100,
        triggers: Triggers = .all
    ) throws -> (events: [ErrorEvent], statistics: IntakeStatistics) {
        let scratch = try Scratch()
        let path = "\(scratch.path)/\(name)"
        let folder = URL(fileURLWithPath: path).deletingLastPathComponent()
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        try data.write(to: URL(fileURLWithPath: path))
        let source = SourceSettings(name: "s", paths: [path], format: format, triggers: triggers)
        return try read(source, limit: limit)
    }

    static func read(_ source: SourceSettings, limit: Int = 100) throws -> (
        events: [ErrorEvent], statistics: IntakeStatistics
    ) {
        var intake = FileIntake(source: source, cursors: [], now: FileIntakeTests.now)
        var (events, statistics) = ([ErrorEvent](), IntakeStatistics())
        while let batch = try intake.next(limit: limit) {
            events += batch.events
            statistics += batch.statistics
        }
        return (events, statistics)
    }

    static let python = [
        "Traceback (most recent call last):", "  File \"/app/pay.py\", line 8, in pay", "    total(order)",
        "  File \"/app/total.py\", line 3, in total", "    return order[\"currency\"]", "KeyError: 'currency'",
    ]

    static func docker(_ lines: [String], stream: String = "stderr", ends: Bool = true) -> String {
        lines.map { line in
            let log = JSONValueText.quoted(line + (ends ? "\n" : ""))
            return #"{"log":\#(log),"stream":"\#(stream)","time":"2026-11-17T04:00:00.123456789Z"}"# + "\n"
        }.joined()
    }

    static func cri(_ lines: [String], stream: String = "stderr", tag: String = "F") -> String {
        lines.map { "2026-11-17T04:00:00.123456789Z \(stream) \(tag) \($0)\n" }.joined()
    }
}

enum JSONValueText {
    static func quoted(_ text: String) -> String {
        let escaped = text.replacingOccurrences(of: "\\", with: "\\\\").replacingOccurrences(of: "\"", with: "\\\"")
            .replacingOccurrences(of: "\n", with: "\\n").replacingOccurrences(of: "\t", with: "\\t")
        return "\"\(escaped)\""
    }
}

@Suite("Lines are taken out of what carries them")
struct CarrierTests {
    static let time = Timestamp(nanoseconds: 1_794_888_000_123_456_789)

    static func journal(_ message: String, transport: String = "journal", priority: Int = 6) -> String {
        #"{"__REALTIME_TIMESTAMP":"1794888000123456","_BOOT_ID":"b","_HOSTNAME":"h-1","_PID":"41","_TRANSPORT":"\#(transport)","PRIORITY":"\#(priority)","SYSLOG_IDENTIFIER":"pay","_SYSTEMD_UNIT":"pay.service","MESSAGE":\#(message)}"#
            + "\n"
    }

    @Test(
        "a trace over many lines is one event, in every carrier",
        arguments: [
            ("docker", CarrierFiles.docker(CarrierFiles.python)),
            ("cri", CarrierFiles.cri(CarrierFiles.python)),
            ("journald", CarrierFiles.python.map { journal(JSONValueText.quoted($0), transport: "stdout") }.joined()),
            ("one journal entry", journal(JSONValueText.quoted(CarrierFiles.python.joined(separator: "\n")))),
            (
                "syslog",
                CarrierFiles.python.map { "<14>1 2026-11-17T04:00:00.123Z h-1 pay 41 - - \($0)\n" }.joined()
            ),
            ("old syslog", CarrierFiles.python.map { "<14>Nov 17 04:00:00 h-1 pay[41]: \($0)\n" }.joined()),
            (
                "one line of rsyslog",
                "2026-11-17T04:00:00.123+00:00 h-1 pay[41]: \(CarrierFiles.python.joined(separator: "#012"))\n"
            ),
            (
                "logcli",
                CarrierFiles.python.map {
                    #"{"labels":{"app":"pay","host":"h-1"},"line":\#(JSONValueText.quoted($0)),"timestamp":"2026-11-17T04:00:00.123Z"}"#
                        + "\n"
                }.joined()
            ),
        ])
    func traces(carrier: String, text: String) throws {
        for triggers in [Triggers.all, Triggers()] {
            let (events, statistics) = try CarrierFiles.read(text, triggers: triggers)
            let event = try #require(events.first, "\(carrier)")
            #expect(events.count == 1, "\(carrier)")
            #expect(event.exceptions.map(\.type) == ["KeyError"], "\(carrier)")
            #expect(event.rootException?.frames.map(\.line) == [8, 3])
            #expect(event.level == .error)
            #expect(event.message == "KeyError: 'currency'")
            #expect(Int(event.time.seconds) == 1_794_888_000, "\(carrier)")
            #expect(!["docker", "cri"].contains(carrier) == (event.service == "pay"), "\(carrier)")
            #expect(statistics.unreadable.isEmpty)
        }
        #expect(parseEvent(text: text, now: TraceTests.now).map(\.exceptions.count) == [1])
    }

    @Test("what the program wrote is read as if nothing carried it")
    func inner() throws {
        let json = #"{"level":"error","msg":"pay failed","order":7,"time":"2026-11-17T04:00:00Z"}"#
        let line = "2026-11-17 04:00:00,100 ERROR [main] com.acme.Pay - pay failed"
        let pairs = #"ts=2026-11-17T04:00:00Z level=error msg="pay failed" order=7"#
        for inner in [json, line, pairs] {
            for text in [
                CarrierFiles.docker([inner]), CarrierFiles.cri([inner]), Self.journal(JSONValueText.quoted(inner)),
                "<14>1 2026-11-17T04:00:00.1Z h pay 1 - - \(inner)\n",
            ] {
                let event = try #require(try CarrierFiles.read(text).events.first)
                #expect(event.message == "pay failed", "\(text)")
                #expect(event.level == .error, "\(text)")
            }
        }
    }

    @Test("the journal: priority, unit, bytes, null, repeated fields, times in microseconds")
    func journalEntries() throws {
        let bytes = #"[98,111,111,109,32,255]"#
        let text = [
            Self.journal("\"plain\"", priority: 3), Self.journal(bytes, priority: 2), Self.journal("null", priority: 4),
            Self.journal(#"["first","second"]"#, priority: 7),
        ].joined()
        let events = try CarrierFiles.read(text).events
        #expect(events.map(\.level) == [.error, .fatal, .warning, .debug])
        #expect(events.map(\.message) == ["plain", "boom ÿ", "(no message)", "first"])
        #expect(events.allSatisfy { $0.service == "pay" && $0.host == "h-1" && $0.tags["pid"] == "41" })
        #expect(events.first?.time == Timestamp(nanoseconds: 1_794_888_000_123_456_000))
        #expect(try CarrierFiles.read(text, triggers: Triggers()).events.count == 2)
    }

    @Test("the journal's export format, with binary values and torn ends")
    func export() throws {
        func entry(_ message: Data, priority: String = "3") -> Data {
            var data = Data("__CURSOR=s=1\n__REALTIME_TIMESTAMP=1794888000123456\n_HOSTNAME=h-1\n".utf8)
            data += Data("SYSLOG_IDENTIFIER=pay\n_PID=41\nPRIORITY=\(priority)\n".utf8)
            return data + message + Data("\n".utf8)
        }
        let lines = Data("one\ntwo\n\nthree".utf8)
        var binary = Data("MESSAGE\n".utf8)
        binary += withUnsafeBytes(of: UInt64(lines.count).littleEndian) { Data($0) } + lines + Data("\n".utf8)
        let whole = entry(Data("MESSAGE=pay failed\n".utf8)) + entry(binary) + entry(Data("MESSAGE=late\n".utf8))
        let events = try CarrierFiles.read(whole).events
        #expect(events.map(\.message) == ["pay failed", "one\ntwo\nthree", "late"])
        #expect(events.allSatisfy { $0.level == .error && $0.service == "pay" && $0.host == "h-1" })
        #expect(events.map { $0.source?.offset } == [0, 126, 264].map { Int64($0) })
        for length in [20, 60, 110, 140, 180, 200] {
            let (_, statistics) = try CarrierFiles.read(whole.prefix(length))
            #expect(statistics.bytes >= 0)
        }
        var huge = binary
        huge.replaceSubrange(8..<16, with: [0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x7F])
        let (_, statistics) = try CarrierFiles.read(entry(Data("MESSAGE=a\n".utf8)) + entry(huge))
        #expect(statistics.unreadable.map(\.reason) == [.brokenMessage])
    }

    @Test("Docker: a line ends where its text does, each stream for itself")
    func dockerPieces() throws {
        let out = CarrierFiles.docker(["INFO half "], stream: "stdout", ends: false)
        let text =
            CarrierFiles.docker(["ERROR one "], ends: false) + out + CarrierFiles.docker(["two"])
            + CarrierFiles.docker(["whole"], stream: "stdout") + CarrierFiles.docker(["ERROR unfinished"], ends: false)
        let events = try CarrierFiles.read(text).events
        #expect(events.map(\.message) == ["one two", "half whole", "unfinished"])
        #expect(events.map(\.level) == [.error, .info, .error])
        #expect(events.map { $0.tags["stream"] } == ["stderr", "stdout", "stderr"])
    }

    @Test("`log` alone: lines without any end are lines, pieces before an end are one")
    func bareLogs() throws {
        let file = { (logs: [String]) in logs.map { "{\"log\":\(JSONValueText.quoted($0))}\n" }.joined() }
        let words = (0..<200).map { "line \($0)" }
        #expect(try CarrierFiles.read(file(words)).events.map(\.message) == words)
        let events = try CarrierFiles.read(file(["first\n", "third ", "bullet ", "point\n", "last"])).events
        #expect(events.map(\.message) == ["first", "third bullet point", "last"])
    }

    @Test("carried errors have the lines before them, as the program wrote them")
    func linesBefore() throws {
        let lines = ["ready", "connecting", "ERROR refused"]
        let levels = Triggers(level: .error)
        for text in [CarrierFiles.docker(lines), CarrierFiles.cri(lines)] {
            let events = try CarrierFiles.read(text, triggers: levels).events
            #expect(events.map(\.linesBefore) == [["ready", "connecting"]])
        }
    }

    @Test("syslog messages stand for themselves, indented or not, and say their level where the line has none")
    func messages() throws {
        let text = ["map:", "  usable", "warning: full", "ready"].map { "Nov 17 04:00:00 h-1 pay[41]: \($0)\n" }
            .joined()
        let events = try CarrierFiles.read(text).events
        #expect(events.map(\.message) == ["map:", "usable", "warning: full", "ready"])
        #expect(events.map(\.level) == [.info, .info, .warning, .info])
    }

    @Test("a trace whose further lines have no header of syslog's is one event, from the file's scan and pasted")
    func bareLines() throws {
        let head = "Nov 17 04:00:00 h-1 pay[41]: "
        let text =
            head + "starting\n" + head + "java.lang.IllegalStateException: closed\n"
            + "\tat com.acme.Pool.take(Pool.java:7)\nCaused by: java.io.IOException: reset\n\tat com.acme.Net.read(Net.java:5)\n"
            + head + "ready\n"
            + head + CarrierFiles.python.joined(separator: "\n") + "\n" + head + "ready\nno header\n"
        for triggers in [Triggers.all, Triggers(), Triggers(level: .error)] {
            let errors = try CarrierFiles.read(text, triggers: triggers).events.filter { $0.level >= .error }
            #expect(errors.map(\.exceptions.count) == [2, 1])
            #expect(errors.map { $0.exceptions.flatMap(\.frames).count } == [2, 2])
            #expect(errors.allSatisfy { $0.service == "pay" && $0.host == "h-1" })
        }
        #expect(try CarrierFiles.read(text).events.map(\.message).suffix(2) == ["ready", "no header"])
        #expect(parseEvent(text: text, now: TraceTests.now).map(\.exceptions.count) == [2, 1])
    }

    @Test("Kubernetes: pieces join up to their end, interleaved streams keep apart, the path names the pod")
    func containerPieces() throws {
        let text =
            CarrierFiles.cri(["ERROR on"], tag: "P") + CarrierFiles.cri(["INFO a"], stream: "stdout", tag: "P")
            + CarrierFiles.cri(["e li"], tag: "P") + CarrierFiles.cri([" b"], stream: "stdout")
            + CarrierFiles.cri(["ne"]) + CarrierFiles.cri(["ERROR x"], tag: "F:stdout")
        let names = [
            "pods/shop_pay-5f7_0a1b/pay/0.log", "containers/pay-5f7_shop_pay-\(String(repeating: "a", count: 64)).log",
        ]
        for name in names {
            let events = try CarrierFiles.read(text, name: name).events
            #expect(events.map(\.message) == ["one line", "a b", "x"])
            #expect(events.allSatisfy { $0.service == "pay" && $0.tags["k8s.pod"] == "pay-5f7" })
            #expect(events.allSatisfy { $0.tags["k8s.namespace"] == "shop" && $0.time == Self.time })
        }
    }

    @Test("two traces that interleave line by line stay two")
    func interleaved() throws {
        let java = [
            "Exception in thread \"main\" com.acme.Boom: outer", "\tat com.acme.Pay.pay(Pay.java:8)",
            "\tat com.acme.Main.main(Main.java:3)", "Caused by: java.io.IOException: inner",
            "\tat com.acme.Net.get(Net.java:1)",
            "\t... 2 more",
        ]
        var text = ""
        for (left, right) in zip(CarrierFiles.python, java) {
            text += CarrierFiles.cri([left]) + CarrierFiles.cri([right], stream: "stdout")
        }
        for triggers in [Triggers.all, Triggers()] {
            let events = try CarrierFiles.read(text + text, triggers: triggers).events
            #expect(
                events.map { $0.exceptions.map(\.type) } == [
                    ["KeyError"], ["com.acme.Boom", "java.io.IOException"], ["KeyError"],
                    ["com.acme.Boom", "java.io.IOException"],
                ])
            #expect(events.map { $0.rootException?.frames.count } == [2, 3, 2, 3])
        }
    }

    @Test("read in small batches and from cursors, carried records come once", arguments: [1, 2, 5])
    func batches(limit: Int) throws {
        let scratch = try Scratch()
        var text = ""
        for index in 0..<40 {
            text += CarrierFiles.cri(["INFO \(index)"], stream: "stdout")
            text += CarrierFiles.cri(["WARN late \(index)"]) + CarrierFiles.cri(CarrierFiles.python.dropLast())
            text += CarrierFiles.cri(["INFO between"], stream: "stdout") + CarrierFiles.cri(["KeyError: 'k\(index)'"])
        }
        try scratch.write("app.log", text)
        var cursors: [FileCursor] = []
        var messages: [String] = []
        while true {
            let source = SourceSettings(name: "s", paths: ["\(scratch.path)/app.log"])
            var intake = FileIntake(source: source, cursors: cursors, now: FileIntakeTests.now)
            guard let batch = try intake.next(limit: limit) else { break }
            messages += batch.events.map(\.message)
            cursors = batch.cursors
            if batch.events.isEmpty { break }
        }
        #expect(messages == (0..<40).map { "late \($0)" })
    }

    @Test("a line that is still being written is read when it is whole")
    func unfinished() throws {
        let scratch = try Scratch()
        let (first, rest) = (
            CarrierFiles.cri(["ERROR whole"]) + CarrierFiles.cri(["ERROR ha"], tag: "P"), CarrierFiles.cri(["lf"])
        )
        var cursors: [FileCursor] = []
        var messages: [[String]] = []
        for text in [first, first + rest] {
            try scratch.write("app.log", text)
            let source = SourceSettings(name: "s", paths: ["\(scratch.path)/app.log"])
            var intake = FileIntake(
                source: source, cursors: cursors, now: Timestamp(seconds: Date().timeIntervalSince1970))
            var seen: [String] = []
            while let batch = try intake.next(limit: 10) {
                seen += batch.events.map(\.message)
                cursors = batch.cursors
            }
            messages.append(seen)
        }
        #expect(messages.flatMap(\.self) == ["whole", "half"])
    }

    @Test(
        "syslog: structured data, escapes, versions, what is none",
        arguments: [
            (
                #"<11>1 2026-11-17T04:00:00Z h-1 pay 41 ID47 [a@1 k="x\"y\]z" n="2"][b@1 m="3"] boom"#, "boom",
                LogLevel.error
            ),
            ("<34>1 2026-11-17T04:00:00Z h-1 pay - - - \u{FEFF}boom", "boom", .fatal),
            ("<12>Nov 17 04:00:00 h-1 pay: boom", "boom", .warning),
            ("<11>1 - - pay - - -", "(no message)", .error),
            ("Nov 17 04:00:00 h-1 pay[41]: ERROR boom", "boom", .error),
        ])
    func syslog(line: String, message: String, level: LogLevel) throws {
        let event = try #require(try CarrierFiles.read(line + "\n").events.first)
        #expect(event.message == message)
        #expect(event.level == level)
        #expect(event.service == "pay")
        if line.contains("[a@1") {
            #expect(event.tags["k"] == "x\"y]z")
            #expect(event.tags["m"] == "3")
            #expect(event.tags["msgid"] == "ID47")
        }
    }

    @Test("syslog messages behind their length may hold newlines; a wrong length costs one message")
    func counted() throws {
        let messages = [
            "<11>1 2026-11-17T04:00:00Z h-1 pay 41 - - one", "<11>1 2026-11-17T04:00:00Z h-1 pay 41 - - two\nlines",
            "<11>1 2026-11-17T04:00:00Z h-1 pay 42 - - three",
        ]
        let framed = messages.map { "\($0.utf8.count) \($0)" }.joined()
        let events = try CarrierFiles.read(framed).events
        #expect(events.map(\.message) == ["one", "two\nlines", "three"])
        let broken = "45 \(messages[0])\n9999999 <11>x\n\(messages[2].utf8.count) \(messages[2])"
        let (rest, statistics) = try CarrierFiles.read(broken)
        #expect(rest.map(\.message) == ["one", "three"])
        #expect(statistics.unreadable.map(\.reason) == [.brokenMessage])
    }

    @Test("a time without a zone is put right by the carrier's")
    func zones() throws {
        let text =
            CarrierFiles.docker(["2026-11-17 13:00:00,100 ERROR [main] a.B - local"])
            + CarrierFiles.docker(["2026-11-17T03:59:58.5Z ERROR late"])
        let events = try CarrierFiles.read(text).events
        #expect(events.map(\.time) == [Self.time, Timestamp(nanoseconds: 1_794_887_998_500_000_000)])
    }

    @Test("carriers within carriers: a container's line in Loki, JSON in that")
    func nested() throws {
        let inner = #"{"level":"error","msg":"deep","service":"pay"}"#
        let line = "2026-11-17T04:00:00.1Z stderr F \(inner)"
        let text =
            #"{"labels":{"namespace":"shop","env":"prod"},"line":\#(JSONValueText.quoted(line)),"timestamp":"2026-11-17T04:00:00.1Z"}"#
        let event = try #require(try CarrierFiles.read(text + "\n").events.first)
        #expect(event.message == "deep")
        #expect(event.service == "pay")
        #expect(event.environment == "prod")
        #expect(event.tags["namespace"] == "shop")
        #expect(event.tags["stream"] == "stderr")
    }

    @Test("a program's own `log` and `line` are no carriers")
    func alike() throws {
        let events = try CarrierFiles.read(
            #"{"log":"access","level":"error","msg":"own"}"# + "\n" + #"{"line":"5","timestamp":"x","msg":"own"}"#
                + "\n"
        ).events
        #expect(events.map(\.message) == ["own", "own"])
    }

    @Test("a settled format is kept to")
    func forced() throws {
        let line = CarrierFiles.cri(["ERROR x"])
        #expect(try CarrierFiles.read(line, format: .cri).events.map(\.message) == ["x"])
        #expect(try CarrierFiles.read(line, format: .text).events.first?.tags["stream"] == nil)
        let pairs = "user=7 op=pay\n"
        #expect(
            try CarrierFiles.read(pairs, format: .logfmt).events.first?.tags == [
                "user": "7", "op": "pay", "time.missing": "true",
            ])
    }
}
