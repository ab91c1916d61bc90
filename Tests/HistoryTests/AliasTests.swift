import Events
import Testing

@testable import History

@Suite("Groups that are one under several names")
struct AliasTests {
    static func entry(_ name: String, _ id: String, earlier: [String] = [], at time: Timestamp = noon) -> RecordEntry {
        var result = grouping(name)
        result.earlier = earlier.map(fingerprint)
        return RecordEntry(event: event(id, at: time), grouping: result)
    }

    @Test("an upgrade of the grouping makes no new group of an old one")
    func upgrade() throws {
        let scratch = try Scratch()
        let store = try scratch.open()
        try store.record(batch([Self.entry("v1", "1")]))
        let summary = try store.record(batch([Self.entry("v2", "2", earlier: ["v1"])]))
        #expect(summary.new == [])
        let group = try #require(try store.group(fingerprint("v2")))
        #expect(group.fingerprint == fingerprint("v1"))
        #expect(group.total == 2)
        let again = try store.record(batch([Self.entry("v2", "3", earlier: ["v1"])]))
        #expect(again.new == [])
        #expect(try store.names(of: fingerprint("v2")) == [fingerprint("v1"), fingerprint("v2")])
        #expect(
            try store.canonical(of: [fingerprint("v2"), fingerprint("v1")]) == [fingerprint("v2"): fingerprint("v1")])
    }

    @Test("a coarser version joins what it takes for one")
    func coarser() throws {
        let scratch = try Scratch()
        let store = try scratch.open()
        try store.record(batch([Self.entry("a", "1"), Self.entry("b", "2")]))
        let entries = [Self.entry("ab", "3", earlier: ["a"]), Self.entry("ab", "4", earlier: ["b"])]
        try store.record(batch(entries))
        let names = Set(try store.names(of: fingerprint("ab")))
        #expect(names == [fingerprint("a"), fingerprint("b"), fingerprint("ab")])
        #expect(try store.facts(window: today).map(\.count) == [4])
    }

    @Test("what nobody knew is new, whatever older versions would have called it")
    func unknown() throws {
        let scratch = try Scratch()
        let summary = try scratch.open().record(batch([Self.entry("v2", "1", earlier: ["v1"])]))
        #expect(summary.new == [fingerprint("v2")])
    }

    @Test("a resolved group that comes back under another name is back")
    func back() throws {
        let scratch = try Scratch()
        let store = try scratch.open()
        try store.record(batch([Self.entry("v1", "1")]))
        try store.resolve(fingerprint("v1"), Resolution(at: noon.advanced(by: .minutes(1))))
        let later = noon.advanced(by: .minutes(5))
        let summary = try store.record(batch([Self.entry("v2", "2", earlier: ["v1"], at: later)]))
        #expect(summary.back == [fingerprint("v2")])
        #expect(summary.new == [])
    }

    @Test("message groups name the group that they are part of")
    func messageGroups() throws {
        let scratch = try Scratch()
        let store = try scratch.open()
        try store.record(batch([Self.entry("a", "1"), Self.entry("b", "2")]))
        #expect(try store.messageGroups().map(\.canonical).sorted() == [fingerprint("a"), fingerprint("b")].sorted())
        try store.join(fingerprint("b"), into: fingerprint("a"), now: noon)
        let groups = try store.messageGroups()
        #expect(Set(groups.map(\.canonical)) == [fingerprint("a")])
        #expect(groups.map(\.fingerprint) == [fingerprint("a"), fingerprint("b")].sorted())
        #expect(groups.allSatisfy { $0.firstSeen == noon && $0.parts.first == "TimeoutException" })
    }
}
