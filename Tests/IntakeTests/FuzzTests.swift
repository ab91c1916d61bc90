import Events
import Foundation
import Testing

@testable import Intake

@Suite("Hostile input never stops a parser")
struct FuzzTests {
    static let seeds = [
        #"{"timestamp":"2026-11-21T00:00:00Z","level":"ERROR","fields":{"message":"m\u00e9\n","a":[1,{"b":null}]},"exception":"A: b\n\tat c.D.e(F.java:1)\n"}"#,
        "2026-11-21 03:04:05,123 ERROR [main] com.acme.X - m\ncom.acme.E: o\n\tat a.B.c(D.java:8)\nCaused by: X: y\n\t... 2 more\n",
        "Traceback (most recent call last):\n  File \"/a.py\", line 5, in g\n    x\nKeyError: 'i'\n\nDuring handling of the above exception",
        "thread 'main' panicked at src/m.rs:4:19:\nboom\nstack backtrace:\n   0: std::x\n             at /rustc/a.rs:1:2\n",
        "panic: x\n\ngoroutine 1 [running]:\nmain.f(0x1)\n\t/a/b.go:6 +0x39\ncreated by main.g\n\t/a:1\n",
        "Jul 09, 2015 3:23:29 PM x\n<34>1 2026-11-21T00:00:00Z h p - - m\nE0517 15:04:22.6 1 a.cc:2] x\nlevel=error msg=\"a\\\"b\" t=1\n",
        "2026-11-20 13:41:00,000 ERROR [t-1] [host=a release=\"2 x\" traceId='9d', code=AI_1] com.acme.X - m\n",
        "web-1  | 2026-11-21T00:00:00.123456789Z x\n11-21 03:04:05.223  5678  5678 E AndroidRuntime: FATAL EXCEPTION: main\n",
        "E/A( 5): \tat a.B.c(D.java:8)\n2026-11-21T03:04:05.1+00:00 heroku[router]: at=error code=H12 service=1ms status=503\n",
        "21. Okt. 2026 03:04:05 FEHLER x\nsept. 2 03:04:05 h p[1]: y\n21.10.2026, 03:04:05 x\n",
        "[Wed Oct 11 14:32:52.1 2000] [core:error] x\n10/Oct/2000:13:55:36 -0700 ERROR\nTypeError: x\n    at f (/a.js:1:2)\n",
    ]

    /// A soak run tries a million inputs.
    static let rounds = ProcessInfo.processInfo.environment["APPLIANCE_SOAK"] == nil ? 300 : 125_000

    /// Parts of every fixture: whole traces would make rounds slow, and their lines are what is told apart.
    static let parts: [[UInt8]] = FixtureTests.cases.compactMap(FixtureTests.input).flatMap { file -> [[UInt8]] in
        let bytes = Array(FileManager.default.contents(atPath: file) ?? Data())
        return stride(from: 0, to: bytes.count, by: 600).prefix(12).map {
            Array(bytes[$0..<min(bytes.count, $0 + 900)])
        }
    }

    @Test("mutations of what we know, and of every fixture", arguments: [1, 2, 3, 4, 5, 6, 7, 8])
    func mutations(seed: UInt64) {
        var state = seed &* 0x9E37_79B9_7F4A_7C15
        func random(_ bound: Int) -> Int {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int(truncatingIfNeeded: state >> 33) % max(1, bound)
        }
        for round in 0..<Self.rounds {
            var bytes =
                seed <= 4 ? Array(Self.seeds[random(Self.seeds.count)].utf8) : Self.parts[random(Self.parts.count)]
            // Half of one and half of another.
            if random(4) == 0 {
                bytes = Array(bytes.prefix(random(400))) + Self.parts[random(Self.parts.count)].suffix(500)
            }
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

    @Test("whole files of noise and of fixtures torn apart end, in any encoding")
    func files() throws {
        let isSoak = ProcessInfo.processInfo.environment["APPLIANCE_SOAK"] != nil
        var numbers = SeededNumbers(state: 11)
        let scratch = try Scratch()
        for round in 0..<(isSoak ? 5000 : 40) {
            var bytes: [UInt8] = []
            for _ in 0..<numbers.below(12) { bytes += Self.parts[numbers.below(Self.parts.count)] }
            for _ in 0..<numbers.below(20) where !bytes.isEmpty {
                bytes[numbers.below(bytes.count)] = UInt8(numbers.below(256))
            }
            if round % 5 == 0 { bytes = (0..<numbers.below(3000)).map { _ in UInt8(numbers.below(256)) } }
            try scratch.write("app.log", Data(bytes))
            let encoding = ["auto", "UTF-16LE", "CP949", "CP932", "GB18030"][numbers.below(5)]
            for triggers in [Triggers(), .all] {
                let source = SourceSettings(
                    name: "s", paths: ["\(scratch.path)/app.log"], encoding: encoding, triggers: triggers)
                var intake = FileIntake(source: source, cursors: [], now: FileIntakeTests.now)
                while let batch = try intake.next(limit: 100) {
                    #expect(batch.events.allSatisfy { !$0.id.isEmpty && !$0.message.isEmpty })
                }
            }
        }
    }

    @Test(
        "depth and length are bounded",
        arguments: [
            "{\"a\":", "[", "(", "at ", "Caused by: ", "\\", "goroutine 1 [x]:\n", "#0 ", "#0 a (b) at ", "  | ",
            " ---> ",
            ":in `", "[<", "Caused by:\n 0: ", "=", "\u{3010}", "+0x", "] (", " in ", "0: a::b\n at ", "Next ",
            "panicked at ", "*** Program crashed: \n", "BUG: x\n", "==1==ERROR: a\n",
            "  + Exception Group Traceback (most recent call last):\n",
        ])
    func repetition(part: String) {
        let events = parseEvent(text: "{\"k\":" + String(repeating: part, count: 20000), now: TraceTests.now)
        #expect(!events.isEmpty)
        #expect(!parseEvent(text: "\tat a" + String(repeating: part, count: 20000), now: TraceTests.now).isEmpty)
        #expect(!parseEvent(text: String(repeating: part, count: 20000), now: TraceTests.now).isEmpty)
    }
}
