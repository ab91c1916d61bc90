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
        "[Wed Oct 11 14:32:52.1 2000] [core:error] x\n10/Oct/2000:13:55:36 -0700 ERROR\nTypeError: x\n    at f (/a.js:1:2)\n",
    ]

    /// A soak run looks longer.
    static let rounds = ProcessInfo.processInfo.environment["APPLIANCE_SOAK"] == nil ? 300 : 20_000

    @Test("mutations of what we know", arguments: [1, 2, 3, 4])
    func mutations(seed: UInt64) {
        var state = seed &* 0x9E37_79B9_7F4A_7C15
        func random(_ bound: Int) -> Int {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int(truncatingIfNeeded: state >> 33) % max(1, bound)
        }
        for round in 0..<Self.rounds {
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
