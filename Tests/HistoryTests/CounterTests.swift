import Events
import Foundation
import Testing

@testable import History

@Suite("Counters only grow, whatever becomes of what was counted")
struct CounterTests {
    let scratch = try? Scratch()

    @Test("events, first groups and masked values are counted with the batch that brings them")
    func batches() throws {
        let store = try #require(scratch).open()
        var first = batch([entry("a", "1", count: 3), entry("b", "2")], masked: ["email": 2])
        first.source = "app"
        try store.record(first)
        var second = batch([entry("a", "3")], masked: ["email": 1, "token": 1])
        second.source = "db"
        try store.record(second)
        // What comes from nowhere in particular (an import) is no reading.
        try store.record(batch([entry("c", "4")]))
        #expect(
            try store.counters() == [
                CounterKey(.events, "app"): 4, CounterKey(.events, "db"): 1, CounterKey(.newGroups): 2,
                CounterKey(.masked, "email"): 3, CounterKey(.masked, "token"): 1,
            ])
    }

    @Test("a model's calls are counted by outcome, whole answers by their time, and pruning takes nothing away")
    func calls() throws {
        let store = try #require(scratch).open()
        let outcomes: [(ModelCall.Result, Double)] = [
            (.ok, 0.5), (.ok, 60), (.refused, 61), (.timeout, 0), (.error, 0), (.ok, 100_000), (.ok, .nan),
        ]
        for (result, seconds) in outcomes {
            var call = ModelCall(
                time: noon, endpoint: "e", model: "m", promptDigest: "", promptTokens: 10, answerTokens: -1,
                outcome: "", seconds: seconds)
            call.result = result
            try store.recordModelCall(call)
        }
        _ = try store.cachedDiagnosis(key: "k", notBefore: noon, now: noon)
        let counted = try store.counters()
        #expect(counted[CounterKey(.modelCalls, "m", "ok")] == 4)
        #expect(counted[CounterKey(.modelCalls, "m", "timeout")] == 1)
        #expect(counted[CounterKey(.modelTokens, "m", "prompt")] == 70)
        #expect(counted[CounterKey(.modelAnswers, "m", "1")] == 1)
        #expect(counted[CounterKey(.modelAnswers, "m", "60")] == 1)
        #expect(counted[CounterKey(.modelAnswers, "m", "120")] == 1)
        #expect(counted[CounterKey(.modelAnswers, "m", "+Inf")] == 1)
        #expect(counted[CounterKey(.modelSeconds, "m")] == 100_121.5)
        #expect(counted[CounterKey(.cacheLookups, "miss")] == 1)
        _ = try store.prune(keep: .seconds(1), maxSize: nil, now: noon.advanced(by: .days(400)))
        #expect(try store.modelCalls(in: today).isEmpty)
        #expect(try store.counters() == counted)
    }

    @Test("labels without end become one")
    func labels() throws {
        let store = try #require(scratch).open()
        for number in 0..<(CounterKey.mostLabels + 50) {
            try store.count([CounterKey(.parseFailures, "\(number)"): 1])
        }
        try store.count([CounterKey(.parseFailures, "0"): 1, CounterKey(.events, "a"): -5])
        let counted = try store.counters()
        #expect(counted.count == CounterKey.mostLabels + 1)
        #expect(counted[CounterKey(.parseFailures, CounterKey.other)] == 50)
        #expect(counted[CounterKey(.parseFailures, "0")] == 2)
    }

    @Test("a probe sees whether it could write: not while another writes, and it waits for nobody")
    func writable() throws {
        let scratch = try #require(scratch)
        let (store, other) = (try scratch.open(), try scratch.open())
        #expect(try store.isWritable(within: .milliseconds(50)))
        let isFree = try other.write { _ in try store.isWritable(within: .milliseconds(50)) }
        #expect(!isFree)
        #expect(try store.isWritable(within: .milliseconds(50)))
        try store.setSetting("still", to: "works")
    }
}
