import Diagnosing
import Events
import Testing

@testable import Pipeline

@Suite("What is diagnosed first, and what is diagnosed together")
struct DiagnosingOrderTests {
    private func place(
        _ index: UInt8, _ trend: GroupFacts.Trend = .new, level: LogLevel = .error, model: String = "m",
        service: String, file: String = ""
    ) -> DiagnosisOrder.Place {
        let time = Timestamp(seconds: 1_795_230_000)
        let group = ErrorGroup(
            fingerprint: Fingerprint(digest: [UInt8](repeating: index, count: 32)), groupingVersion: 1, rule: .frames,
            parts: [], title: "\(index)", template: "", firstSeen: time, lastSeen: time, total: 1, level: level)
        let facts = GroupFacts(
            group: group, window: TimeWindow(start: time, end: time), count: 1, previousCount: 0, trend: trend)
        return DiagnosisOrder.Place(facts: facts, model: model, service: service, release: "1", file: file)
    }

    private func order(_ places: [DiagnosisOrder.Place]) -> [String] {
        DiagnosisOrder.together(places).map(\.facts.group.title)
    }

    @Test("among equals a model and a service stay together, in the order of their first; worse ones stay first")
    func together() {
        let resolved = Resolution(at: Timestamp(seconds: 0))
        let places = [
            place(1, .back(resolved: resolved), service: "b"), place(2, service: "a"), place(3, service: "b"),
            place(4, service: "a", file: "x"), place(5, model: "large", service: "a"), place(6, service: "b"),
            place(7, service: "a"), place(8, .ongoing, service: "a"), place(9, .ongoing, level: .fatal, service: "c"),
        ]
        #expect(order(places) == ["1", "2", "7", "4", "3", "6", "5", "9", "8"])
        #expect(order([]).isEmpty)
    }

    @Test("services before and behind are those of the traces, the most frequent first")
    func neighbours() {
        func event(_ spans: [String?], service: String?) -> ErrorEvent {
            var event = ErrorEvent(id: "e", time: Timestamp(seconds: 0), message: "m")
            event.parentSpans = spans.map { SpanInfo(name: "s", service: $0) }
            event.service = service
            return event
        }
        let neighbours = ServiceNeighbours(samples: [
            event(["gateway", "orders"], service: "pricing"), event(["gateway", nil, "orders"], service: "orders"),
            event(["jobs"], service: "orders"), event([], service: "alone"), event(["x"], service: nil),
        ])
        #expect(
            neighbours.context(of: "orders")
                == ServiceContext(
                    callers: [Tally(value: "gateway", count: 2), Tally(value: "jobs", count: 1)],
                    callees: [Tally(value: "pricing", count: 1)]))
        #expect(neighbours.context(of: "alone") == nil && neighbours.context(of: nil) == nil)
        #expect(neighbours.context(of: "pricing")?.callers == [Tally(value: "orders", count: 1)])
    }

    @Test(
        "Wilson's interval",
        arguments: [(0, 10, 0.0, 0.278), (5, 10, 0.237, 0.763), (10, 10, 0.722, 1.0), (84, 120, 0.613, 0.775)])
    func wilson(right: Int, all: Int, low: Double, high: Double) throws {
        let interval = try #require(Share(right: right, all: all).interval)
        #expect(abs(interval.lowerBound - low) < 0.001 && abs(interval.upperBound - high) < 0.001, "\(interval)")
        #expect(Share().interval == nil)
    }

    @Test("a right root cause names what it must")
    func judge() {
        #expect(RootCauseJudge.names("order['Currency'] may be missing", ["currency", "missing|absent"]))
        #expect(!RootCauseJudge.names("KeyError in total()", ["currency"]))
    }

    @Test(
        "a digest that is pinned, or was kept from the first use, is demanded",
        arguments: [
            (nil, nil, true), ("sha256:ABCD", nil, true), ("abce", nil, false), (nil, "abcdef", true),
            (nil, "other", false),
            ("abcd", "other", true),
        ] as [(String?, String?, Bool)])
    func digests(pinned: String?, accepted: String?, isFine: Bool) {
        let settings = ModelSettings(name: "m", digest: pinned)
        #expect((settings.refusal(of: "abcdef", accepted: accepted) == nil) == isFine)
    }

    @Test("what a machine holds")
    func memory() throws {
        let memory = try #require(MachineMemory(meminfo: "MemTotal:       16303428 kB\nMemFree: 1 kB\n"))
        #expect(memory.total == 16_303_428 * 1024)
        #expect(memory.holds(bytes: 9 << 30) && !memory.holds(bytes: 12 << 30))
        #expect(memory.words.hasSuffix("qwen2.5-coder:14b is the largest that suits"))
        #expect(MachineMemory(meminfo: "") == nil)
        #expect(MachineMemory.advice(MachineMemory(total: 1 << 30)).contains("0.5b"))
    }
}
