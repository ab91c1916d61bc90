import Events
import Foundation
import Testing

@testable import History

@Suite("An outbox message's number and bytes are settled with the alert state")
struct OutboxNumberTests {
    let scratch = try? Scratch()

    struct Refusal: Error, Equatable {}

    func draft(_ slot: OutboxSlot) -> OutboxDraft {
        OutboxDraft(name: "\(slot.number).json", bytes: Array("\(slot.number) after \(slot.previous ?? "-")".utf8))
    }

    @Test("numbers run without a gap and each names its predecessor, across restarts")
    func chain() throws {
        let scratch = try #require(scratch)
        let state = AlertState(lastSent: noon, heldBack: 3, sent: 1)
        var store = try scratch.open()
        let first = try store.enqueue([draft, draft], alertStates: [fingerprint("a"): state])
        #expect(first.map(\.number) == [1, 2])
        #expect(String(decoding: first[0].bytes, as: UTF8.self) == "1 after -")
        #expect(String(decoding: first[1].bytes, as: UTF8.self) == "2 after \(first[0].digest)")
        try store.close()
        store = try scratch.open()
        #expect(try store.pendingMessages() == first)
        try store.markWritten(1)
        try store.markWritten(2)
        #expect(try store.pendingMessages().isEmpty)
        let next = try store.enqueue([draft])
        #expect(next.map(\.number) == [3])
        #expect(String(decoding: next[0].bytes, as: UTF8.self) == "3 after \(first[1].digest)")
        #expect(try store.alertStates(of: [fingerprint("a"), fingerprint("b")]) == [fingerprint("a"): state])
    }

    @Test("when one message cannot be made, no number is used and no state changes")
    func allOrNothing() throws {
        let store = try #require(scratch).open()
        #expect(throws: Refusal()) {
            try store.enqueue(
                [draft, { _ in throw Refusal() }], alertStates: [fingerprint("a"): AlertState(sent: 1)])
        }
        #expect(try store.pendingMessages().isEmpty)
        #expect(try store.alertStates(of: [fingerprint("a")]).isEmpty)
        #expect(try store.enqueue([draft]).map(\.number) == [1])
    }
}
