import Events
import Testing

@testable import History

@Suite("Who did what with a group")
struct AuditTests {
    @Test("each deed leaves a note with its author, newest first, and none of what was written")
    func notes() throws {
        let scratch = try Scratch()
        let store = try scratch.open()
        try store.record(batch([entry("a", "1"), entry("b", "2")]))
        let (group, later) = (fingerprint("a"), noon.advanced(by: .minutes(1)))
        try store.resolve(
            group, Resolution(at: noon, by: "Kim", note: "a secret note"),
            note: AuditNote(.resolve, of: group, by: "Kim"))
        try store.recordVerdict(
            of: group, .wrong, cause: "another secret", at: noon,
            note: AuditNote(.feedback, of: group, by: "Lee", detail: "wrong"))
        try store.changeAlertState(
            of: group, note: (AuditNote(.mute, of: group, by: nil, detail: "for good"), at: later)
        ) {
            $0.mute = AlertState.Mute(at: later, until: nil, reason: "secret", count: 0, releases: [])
        }
        try store.reopen(group, at: later, by: "Park", audit: AuditNote(.reopen, of: group, by: "Park"))
        let told = try store.audit(of: group)
        #expect(told.map(\.note.action) == [.reopen, .mute, .feedback, .resolve])
        #expect(told.map(\.note.author) == ["Park", nil, "Lee", "Kim"])
        #expect(told.map(\.note.detail) == [nil, "for good", "wrong", nil])
        #expect(told.map(\.at) == [later, later, noon, noon])
        #expect(try store.audit(of: fingerprint("b")).isEmpty)
        #expect(try !store.audit().contains { $0.payload.contains("secret") })
    }

    @Test("a deed that fails leaves no note")
    func together() throws {
        let scratch = try Scratch()
        let store = try scratch.open()
        let group = fingerprint("nobody")
        #expect(throws: HistoryError.self) {
            try store.resolve(group, Resolution(at: noon), note: AuditNote(.resolve, of: group, by: "Kim"))
        }
        #expect(try store.audit().isEmpty)
    }

    @Test("what cannot be read of the audit is passed over")
    func foreignNotes() throws {
        let scratch = try Scratch()
        let store = try scratch.open()
        try store.record(batch([entry("a", "1")]))
        let group = fingerprint("a")
        try store.resolve(group, Resolution(at: noon), note: AuditNote(.resolve, of: group, by: "Kim"))
        _ = try store.forget(matching: "nothing holds this", now: noon)
        #expect(try store.audit(of: group).count == 1)
        #expect(try store.audit().count == 2)
    }
}

@Suite("Groups are found by the words of their titles")
struct TextSearchTests {
    @Test("in any case, seen last first, bounded, and never as a pattern")
    func words() throws {
        let scratch = try Scratch()
        let store = try scratch.open()
        var entries = [entry("Alpha", "1"), entry("beta", "2", at: noon.advanced(by: .minutes(-5)))]
        entries[0].grouping.title = "Alpha 100% of it"
        entries[1].grouping.title = "alpha beta"
        try store.record(batch(entries))
        #expect(try store.groups(holding: "ALPHA").map(\.title) == ["Alpha 100% of it", "alpha beta"])
        #expect(try store.groups(holding: "ALPHA", limit: 1).count == 1)
        #expect(try store.groups(holding: "100%").count == 1)
        #expect(try store.groups(holding: "reach pool <id>").count == 2, "the template is searched too")
        for text in ["", "%", "_lpha", "alpha' OR 1=1 --", "\u{0}"] {
            #expect(try store.groups(holding: text).count == (text == "%" ? 1 : 0), "\(text.debugDescription)")
        }
    }
}
