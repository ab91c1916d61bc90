import Events
import Foundation
import Testing

@testable import Intake

@Suite("Lines of containers, phones and platforms are taken out of what stands before them")
struct ContainerLineTests {
    /// Both ways of reading a file must give the same errors.
    private static func errors(_ data: Data, _ place: SourceLocation = #_sourceLocation) throws -> [ErrorEvent] {
        let all = try CarrierFiles.read(data, triggers: .all).events.filter(Triggers().match)
        let found = try CarrierFiles.read(data, triggers: Triggers()).events
        #expect(found.map(\.message) == all.map(\.message), sourceLocation: place)
        #expect(found.map(\.source?.offset) == all.map(\.source?.offset), sourceLocation: place)
        return found
    }

    private static func interleaved(_ first: [String], _ second: [String]) -> String {
        zip(first, second).flatMap { [$0, $1] }.joined(separator: "\n") + "\n"
    }

    @Test("Docker Compose: two containers' traces that interleave, with and without times", arguments: [false, true])
    func compose(hasTimes: Bool) throws {
        let stamp = { (index: Int) in hasTimes ? "2026-11-17T04:00:0\(index).100000000Z " : "" }
        let orders = CarrierFiles.python.enumerated().map { "orders-1   | \(stamp($0))\($1)" }
        let java = [
            "2026-11-17 04:00:00,100 ERROR [main] com.acme.Pay - pay failed",
            "java.lang.IllegalStateException: no money",
            "\tat com.acme.Pay.take(Pay.java:7)", "\tat com.acme.Pay.main(Pay.java:3)", "",
            #"{"level":"info","msg":"done"}"#,
        ].enumerated().map { "pay_db-12  | \(stamp($0))\($1)" }
        let events = try Self.errors(Data(("Attaching to pay\n" + Self.interleaved(orders, java)).utf8))
        #expect(events.map(\.service) == ["orders", "pay_db"])
        #expect(events.map { $0.rootException?.type } == ["KeyError", "java.lang.IllegalStateException"])
        #expect(events.map { $0.frames.count } == [2, 2])
        #expect(events.first?.tags["container"] == "orders-1")
        #expect(events.map { $0.tags["time.missing"] == nil } == [hasTimes, true])
    }

    @Test(
        "names of tasks and pods, and of systemd's full times",
        arguments: [
            ("web.1.k2h3j4@node-2    | ", "web", "node-2", "container", "web.1.k2h3j4@node-2"),
            ("[pod/web-7d9f/web] ", "web", nil, "k8s.pod", "web-7d9f"),
            ("[pod/web-7d9f/web] 2026-11-17T04:00:00.100000000Z ", "web", nil, "k8s.pod", "web-7d9f"),
            ("Tue 2026-11-17 04:00:00 UTC h-1 web[41]: ", "web", "h-1", "pid", "41"),
        ])
    func prefixes(prefix: String, service: String, host: String?, tag: String, value: String) throws {
        let text = "[pods] are well\n" + CarrierFiles.python.map { prefix + $0 + "\n" }.joined()
        let events = try Self.errors(Data(text.utf8))
        let event = try #require(events.first)
        #expect(events.count == 1 && event.message == "KeyError: 'currency'" && event.frames.count == 2)
        #expect(event.service == service && event.host == host && event.tags[tag] == value)
        #expect((event.tags["time.missing"] == nil) == prefix.contains("04:00:00"))
    }

    @Test(
        "what only looks like a container's line stays what it is",
        arguments: [
            "ERROR  | no money", "error    | no money", "orders | no money", "orders-1| no money", " id  | name",
            "two words  | no money", "| a  | b |",
        ])
    func noCompose(line: String) { #expect(ComposeLine.parse(line[...], LogTime(now: TraceTests.now)) == nil) }

    @Test("times that an engine put before each line of a trace", arguments: ["Z", "+09:00"])
    func stamped(zone: String) throws {
        let hour = zone == "Z" ? "04" : "13"
        let text = CarrierFiles.python.enumerated().map {
            "2026-11-17T\(hour):00:0\($0).000000000\(zone) \($1)\n"
        }.joined()
        let events = try Self.errors(Data(text.utf8))
        #expect(events.map(\.message) == ["KeyError: 'currency'"])
        #expect(events.first?.frames.count == 2)
        #expect(events.first?.time.rfc3339 == "2026-11-17T04:00:00Z")
        let header = "2026-11-17T04:00:00.123456789Z [main] ERROR com.acme.Pay - failed\n"
        let named = try #require(try Self.errors(Data(header.utf8)).first)
        #expect(named.message == "failed" && named.target == "com.acme.Pay" && named.level == .error)
        let own = "2026-11-17T04:00:00.123456789Z ERROR app::db: cannot open\n"
        let event = try #require(try Self.errors(Data(own.utf8)).first)
        #expect(event.message == "cannot open" && event.target == "app::db" && event.level == .error)
        #expect(event.time.rfc3339 == "2026-11-17T04:00:00.123456789Z")
    }

    static func frame(_ stream: UInt8, _ text: String) -> Data {
        var data = Data([stream, 0, 0, 0])
        withUnsafeBytes(of: UInt32(text.utf8.count).bigEndian) { data.append(contentsOf: $0) }
        return data + Data(text.utf8)
    }

    @Test("Docker's multiplexed stream: pieces of any size, a cursor in its midst, and a torn end")
    func multiplexed() throws {
        var data = Data()
        for index in 0..<300 {
            data += Self.frame(1, "INFO line \(index)\n")
            if index % 100 == 99 { data += Self.frame(2, CarrierFiles.python.joined(separator: "\n") + "\n") }
        }
        data += Self.frame(2, "ERROR in two ") + Self.frame(2, "pieces\n")
        let events = try Self.errors(data)
        #expect(events.map(\.message) == Array(repeating: "KeyError: 'currency'", count: 3) + ["in two pieces"])
        #expect(events.allSatisfy { $0.tags["encoding.repaired"] == nil })
        for cut in [data.count - 3, data.count - 12, 9, 7] {
            let torn = try CarrierFiles.read(data.prefix(cut))
            #expect(torn.statistics.unreadable.isEmpty, "\(cut)")
        }
        // Read in two runs.
        let scratch = try Scratch()
        let half = data.prefix(data.count / 2 + 5)
        try scratch.write("app.log", half)
        var cursors: [FileCursor] = []
        var messages = try FileIntakeTests.read(scratch, &cursors).0.map(\.message)
        try scratch.write("app.log", data)
        messages += try FileIntakeTests.read(scratch, &cursors).0.map(\.message)
        #expect(messages == events.map(\.message))
    }

    @Test("a header that is none ends the stripping, and loses no text", arguments: [1, 3, 7, 8, 9, 64, 4096])
    func brokenFrames(piece: Int) {
        let whole = Array(Self.frame(1, "first\n") + Data("no header at all\n".utf8) + Self.frame(1, "x\n"))
        var (stripper, text) = (FrameStripper(), [UInt8]())
        var rest = whole[...]
        while !rest.isEmpty {
            var part = Array(rest.prefix(piece))
            rest = rest.dropFirst(piece)
            let count = part.count
            let kept = part.withUnsafeMutableBytes { stripper.strip($0, count) }
            text += part.prefix(kept)
        }
        #expect(stripper.isBroken)
        #expect(text.starts(with: Array("first\n".utf8)))
        // Of a header that came in parts the bytes that were seen before are gone.
        #expect(String(decoding: text, as: UTF8.self).contains("at all\n"))
    }

    private static let crash = [
        "FATAL EXCEPTION: main", "Process: com.acme.shop, PID: 5678",
        "java.lang.RuntimeException: Unable to start activity ComponentInfo{com.acme.shop/.Main}",
        "\tat android.app.ActivityThread.performLaunchActivity(ActivityThread.java:3645)",
        "\tat com.acme.shop.Main.onCreate(Main.kt:41)", "Caused by: java.lang.NullPointerException: no order",
        "\tat com.acme.shop.Orders.load(Orders.kt:12)", "\t... 1 more",
    ]

    @Test(
        "Android: a crash is one event, in each form of the log",
        arguments: [
            "11-17 03:04:05.223  5678  5690 E AndroidRuntime: ",
            "2026-11-17 03:04:05.223 10123  5678  5690 E AndroidRuntime: ",
            "11-17 03:04:05.223 E/AndroidRuntime( 5678): ", "E/AndroidRuntime( 5678): ",
        ])
    func logcat(prefix: String) throws {
        let other = prefix.replacingOccurrences(of: "AndroidRuntime", with: "SQLiteLog").replacingOccurrences(
            of: "5678", with: "1234")
        let quiet = other.replacingOccurrences(of: "E ", with: "I ").replacingOccurrences(of: "E/", with: "I/")
        var lines = ["--------- beginning of crash", quiet + "opened"]
        for line in Self.crash { lines += [prefix + line, quiet + "still running"] }
        lines += [other + "(1) no such table: orders", quiet + "closed"]
        let events = try Self.errors(Data((lines.joined(separator: "\n") + "\n").utf8))
        #expect(events.map(\.level) == [.fatal, .error])
        #expect(events.map(\.target) == ["AndroidRuntime", "SQLiteLog"])
        #expect(events.map { $0.tags["pid"] } == ["5678", "1234"])
        let event = try #require(events.first)
        #expect(event.exceptions.map(\.type) == ["java.lang.RuntimeException", "java.lang.NullPointerException"])
        #expect(event.rootException?.frames.last?.file == "Orders.kt")
        #expect(event.message.hasPrefix("java.lang.RuntimeException: Unable to start"))
        #expect(events.last?.message == "(1) no such table: orders")
        #expect(prefix.hasPrefix("E/") || event.time.rfc3339 == "2026-11-17T03:04:05.223Z")
    }

    @Test(
        "lines of other programs that begin alike",
        arguments: [
            "2026-11-21 03:04:05.123  INFO 5678 --- [main] c.a.Shop : started", "11-21 03:04:05.123 5678 failed",
            "2026-11-21 03:04:05.123 5678 5690 Error: no", "E/no number( x): y", "A: B", "E/\"A( 5): b",
        ])
    func noLogcat(line: String) { #expect(LogcatLine.parse(line[...], LogTime(now: TraceTests.now)) == nil) }

    @Test("Heroku: processes are services, the router's and the platform's errors are told")
    func heroku() throws {
        let time = "2026-11-17T03:04:05.323456+00:00"
        var lines = CarrierFiles.python.map { "\(time) app[web.1]: \($0)" }
        lines += [
            #"\#(time) heroku[router]: at=info method=GET path="/" host=a dyno=web.1 connect=0ms service=3ms status=200 bytes=9"#,
            #"\#(time) heroku[router]: at=error code=H12 desc="Request timeout" method=GET path="/pay" host=a dyno=web.1 connect=0ms service=30000ms status=503 bytes=0"#,
            #"\#(time) heroku[router]: at=info method=GET path="/slow" host=a dyno=web.1 connect=0ms service=5001ms status=200 bytes=9"#,
            "\(time) heroku[web.1]: Error R14 (Memory quota exceeded)",
            "\(time) heroku[web.1]: State changed from up to crashed",
            #"\#(time) app[worker.1]: {"level":"error","msg":"bad thing"}"#,
        ]
        let events = try Self.errors(Data((lines.joined(separator: "\n") + "\n").utf8))
        let slow = try #require(events.first { $0.durationMilliseconds == 5001 }?.message)
        #expect(
            events.map(\.message) == [
                "KeyError: 'currency'", "Request timeout", slow, "Error R14 (Memory quota exceeded)",
                "State changed from up to crashed", "bad thing",
            ])
        #expect(events.map(\.service) == ["web", "heroku", "heroku", "heroku", "heroku", "worker"])
        #expect(events.map { $0.tags["dyno"] } == ["web.1", "web.1", "web.1", "web.1", "web.1", "worker.1"])
        #expect(events[1].code == "H12" && events[1].durationMilliseconds == 30_000)
        #expect(events[1].request == RequestInfo(method: "GET", url: "/pay", status: 503))
    }
}
