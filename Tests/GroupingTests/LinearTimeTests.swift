import Events
import Foundation
import Testing

@testable import Grouping

@Suite("Twice the text takes no more than 2.2 times the work", .serialized)
struct LinearTimeTests {
    /// The least processor time of several runs of this thread: what others do on the machine does not count.
    static func work(_ body: () -> Void) -> Double {
        (0..<7).map { _ in
            let start = processorTime()
            body()
            return processorTime() - start
        }.min() ?? 0
    }

    private static func processorTime() -> Double {
        var time = timespec()
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
    }

    /// Bytes of the shorter text; both lie below the length at which a message is cut.
    private static let length = MessageTemplate.maxMessageBytes / 2 - 64
    /// Work that is too short to measure.
    private static let negligible = 0.000_5

    static let shapes =
        HostileMessageTests.shapes + [
            "the order 17 of 10.1.2.3 failed ", "\"x\" ", "[1, 2] ", "user@example.com ", "/srv/app/x1/", "오류 12 ",
            "\u{1B}[31mred\u{1B}[0m ", "خطأ ", "!?-", "expected:<1> but was:<2> ",
        ]

    @Test("masking", arguments: shapes)
    func masking(piece: String) {
        let short = String(repeating: piece, count: Self.length / piece.utf8.count)
        let long = short + short
        let (once, twice) = (
            Self.work { _ = MessageTemplate.mask(short) }, Self.work { _ = MessageTemplate.mask(long) }
        )
        #expect(twice <= max(once * 2.2, Self.negligible))
    }

    @Test("finding what a test's assertion found", arguments: ["a", "expected:<", "> but was:<", "expected ", "가"])
    func findings(piece: String) {
        let short = "expected:<" + String(repeating: piece, count: 7000 / piece.utf8.count)
        let long = short + String(short.dropFirst(10))
        let (once, twice) = (
            Self.work { _ = AssertionFinding(message: short + "> but was:<x>") },
            Self.work { _ = AssertionFinding(message: long + "> but was:<x>") }
        )
        #expect(twice <= max(once * 2.2, Self.negligible))
    }

    @Test("grouping frames of one name and of many", arguments: [1, 7, 400])
    func frames(names: Int) {
        func event(_ count: Int) -> ErrorEvent {
            var event = ErrorEvent(id: "", time: Timestamp(nanoseconds: 0), message: "x")
            let frames = (0..<count).map {
                StackFrame(file: "Orders.java", function: "f\($0 % names)", module: "com.acme.Orders")
            }
            event.exceptions = [ExceptionInfo(type: "E", message: "x", frames: frames)]
            return event
        }
        let (short, long) = (event(200), event(400))
        let (once, twice) = (Self.work { _ = Grouper().group(short) }, Self.work { _ = Grouper().group(long) })
        #expect(twice <= max(once * 2.2, Self.negligible))
    }

    @Test("mining lines")
    func mining() {
        func mine(_ count: Int) {
            var miner = TemplateMiner(.lines)
            for line in 0..<count {
                miner.add("03:04:05 INFO worker \(line % 97) took \(line) ms for order \(line * 31)")
            }
            _ = miner.finish()
        }
        let (once, twice) = (Self.work { mine(1500) }, Self.work { mine(3000) })
        #expect(twice <= max(once * 2.2, Self.negligible))
    }
}

@Suite("Odd messages have sensible templates")
struct OddMessageTests {
    @Test(arguments: [
        ("", "(no message)"), (" \t\r\n ", "(no message)"), ("!?!... --- ###", "!?!... --- ###"),
        ("\u{1B}[1;31mERROR\u{1B}[0m disk \u{1B}[4msda\u{1B}[24m full", "ERROR disk sda full"),
        ("خطأ 17 في القرص", "خطأ <num> في القرص"), ("错误：订单 17 失败", "错误：订单 <num> 失败"),
        ("\u{202E}txet 17 desrever", "\u{202E}txet <num> desrever"), ("a\u{FFFD}b 17", "a\u{FFFD}b <num>"),
    ])
    func titles(message: String, expected: String) {
        let event = ErrorEvent(id: "", time: Timestamp(nanoseconds: 0), message: message)
        #expect(Grouper().group(event).title == expected)
    }

    @Test("bytes that are no UTF-8 are mended, and two of a kind are one template")
    func invalid() {
        let lines: [[UInt8]] = [[0xFF, 0xFE] + Array(" read 17".utf8), [0xFF, 0xFE] + Array(" read 18".utf8)]
        var miner = TemplateMiner()
        for line in lines { line.withUnsafeBufferPointer { miner.add($0) } }
        let mined = miner.finish()
        #expect(mined.id(ofLine: 0) == mined.id(ofLine: 1))
        #expect(mined.template(ofLine: 0).hasSuffix("read <*>"))
    }
}
