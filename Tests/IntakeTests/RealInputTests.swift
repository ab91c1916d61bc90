import Events
import Foundation
import Testing

@testable import Intake

private let testData = ProcessInfo.processInfo.environment["APPLIANCE_TEST_DATA"]
private let logs = (testData ?? "") + "/fixtures/logs/"

@Suite("Traces that other people's programs printed", .enabled(if: testData != nil))
struct RealTraceTests {
    @Test(
        "one event a trace, with its frames",
        arguments: [
            ("stacktraces/detect-exceptions/complex_java_exc.log", "javax.servlet.ServletException", 20),
            ("stacktraces/detect-exceptions/python_exc.log", "Exception", 3),
            ("stacktraces/detect-exceptions/go_exc.log", "panic", 4),
            ("stacktraces/detect-exceptions/go_on_gae_exc.log", "panic", 8),
            ("stacktraces/detect-exceptions/go_http.log", "panic", 8),
            ("stacktraces/detect-exceptions/node_js_exc.log", "ReferenceError", 10),
            ("stacktraces/satyr/java_stacktraces__java-01", "java.lang.RuntimeException", 3),
            ("stacktraces/satyr/java_stacktraces__java-03", "java.lang.IllegalStateException", 2),
            ("stacktraces/satyr/python_stacktraces__python-01", "AttributeError", 11),
            ("stacktraces/rust-book/ch09-backtrace.txt", "panic", 8),
            ("stacktraces/rust-book/ch09-error-handling__listing-09-01__output.txt", "panic", 1),
            ("stacktraces/rust-book/ch11-writing-automated-tests__listing-11-10__output.txt", "panic", 1),
        ])
    func trace(file: String, type: String, frames: Int) throws {
        let text = try String(contentsOfFile: logs + file, encoding: .utf8)
        let events = parseEvent(text: text, now: TraceTests.now).filter { !$0.exceptions.isEmpty }
        #expect(events.count == 1)
        let event = try #require(events.first)
        #expect(event.exceptions.first?.type == type)
        #expect((event.exceptions.first?.frames.count ?? 0) >= frames)
    }

    @Test("every file is read to its end, by every path")
    func everything() throws {
        let found = FileManager.default.enumerator(atPath: logs)
        var files = 0
        while let name = found?.nextObject() as? String {
            guard let data = FileManager.default.contents(atPath: logs + name) else { continue }
            var intake = FileIntake(
                source: SourceSettings(name: "real", paths: [logs + name], triggers: .all), cursors: [],
                now: FileIntakeTests.now)
            var statistics = IntakeStatistics()
            while let batch = try intake.next(limit: 1000) { statistics += batch.statistics }
            let newlines = Int64(data.count { $0 == 0x0A })
            let isWide = data.starts(with: [0xFF, 0xFE]) || data.starts(with: [0xFE, 0xFF])
            #expect(isWide || statistics.lines == newlines, "\(name)")
            files += 1
        }
        #expect(files > 100)
    }
}

@Suite("Hostile input never stops a parser")
struct FuzzTests {
    static let seeds = [
        #"{"timestamp":"2026-11-21T00:00:00Z","level":"ERROR","fields":{"message":"m\u00e9\n","a":[1,{"b":null}]},"exception":"A: b\n\tat c.D.e(F.java:1)\n"}"#,
        "2026-11-21 03:04:05,123 ERROR [main] com.acme.X - m\ncom.acme.E: o\n\tat a.B.c(D.java:8)\nCaused by: X: y\n\t... 2 more\n",
        "Traceback (most recent call last):\n  File \"/a.py\", line 5, in g\n    x\nKeyError: 'i'\n\nDuring handling of the above exception",
        "thread 'main' panicked at src/m.rs:4:19:\nboom\nstack backtrace:\n   0: std::x\n             at /rustc/a.rs:1:2\n",
        "panic: x\n\ngoroutine 1 [running]:\nmain.f(0x1)\n\t/a/b.go:6 +0x39\ncreated by main.g\n\t/a:1\n",
        "Jul 09, 2015 3:23:29 PM x\n<34>1 2026-11-21T00:00:00Z h p - - m\nE0517 15:04:22.6 1 a.cc:2] x\nlevel=error msg=\"a\\\"b\" t=1\n",
        "[Wed Oct 11 14:32:52.1 2000] [core:error] x\n10/Oct/2000:13:55:36 -0700 ERROR\nTypeError: x\n    at f (/a.js:1:2)\n",
    ]

    @Test("mutations of what we know, 20,000 of them", arguments: [1, 2, 3, 4])
    func mutations(seed: UInt64) {
        var state = seed &* 0x9E37_79B9_7F4A_7C15
        func random(_ bound: Int) -> Int {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int(truncatingIfNeeded: state >> 33) % max(1, bound)
        }
        for round in 0..<5000 {
            var bytes = Array(Self.seeds[random(Self.seeds.count)].utf8)
            for _ in 0...random(8) where !bytes.isEmpty {
                let place = random(bytes.count)
                switch random(5) {
                case 0: bytes[place] = UInt8(random(256))
                case 1: bytes.remove(at: place)
                case 2:
                    bytes.insert(
                        contentsOf: [[0x7B, 0x22], [0x5C, 0x75], [0x0A], [0x28], [0xED, 0xA0]][random(5)], at: place)
                case 3: bytes.removeSubrange(place..<min(bytes.count, place + random(20)))
                default: bytes += bytes[place..<min(bytes.count, place + random(40))]
                }
            }
            if round % 50 == 0 { bytes = (0..<random(200)).map { _ in UInt8(random(256)) } }
            let text = bytes.withUnsafeBytes { LineDecoder.decode($0).text }
            let events = parseEvent(text: text, now: TraceTests.now)
            #expect(!events.isEmpty && events.allSatisfy { !$0.message.isEmpty && !$0.id.isEmpty })
        }
    }

    @Test(
        "depth and length are bounded",
        arguments: ["{\"a\":", "[", "(", "at ", "Caused by: ", "\\", "goroutine 1 [x]:\n"])
    func repetition(part: String) {
        let events = parseEvent(text: "{\"k\":" + String(repeating: part, count: 20000), now: TraceTests.now)
        #expect(!events.isEmpty)
        #expect(!parseEvent(text: "\tat a" + String(repeating: part, count: 20000), now: TraceTests.now).isEmpty)
    }
}
