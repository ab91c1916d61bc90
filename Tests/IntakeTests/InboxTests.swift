import Events
import Foundation
import Testing

@testable import Intake

@Suite("What a door accepted is read once, in its order, and removed")
struct InboxTests {
    static let now = TraceTests.now

    private func write(_ messages: [String], _ name: String, _ scratch: Scratch, masked: [String: Int] = [:]) throws {
        let events = messages.map { ErrorEvent(id: $0, time: Self.now, message: $0) }
        try scratch.write("\(name).events", try InboxFile(events: events, masked: masked).encoded())
    }

    private func read(_ scratch: Scratch, cursors: [SourceCursor] = []) async throws -> [SourcePiece] {
        var source = try openSource(.inbox(scratch.path), cursors: cursors, context: SourceContext(now: Self.now))
        var pieces: [SourcePiece] = []
        while let piece = try await source.next(limit: 10) { pieces.append(piece) }
        return pieces
    }

    private func files(_ scratch: Scratch) throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: scratch.path).sorted()
    }

    @Test("files are pieces, with what was masked in them; then they are gone, and their names are forgotten")
    func order() async throws {
        let scratch = try Scratch()
        try write(["c"], "2", scratch)
        try write(["a", "b"], "1", scratch, masked: ["email": 3])
        try scratch.write("3.events.writing", Data("half".utf8))
        #expect(SourceSettings.inbox(scratch.path).hasSomething)
        let pieces = try await read(scratch)
        #expect(pieces.map { $0.events.map(\.message) } == [["a", "b"], ["c"], []])
        #expect(pieces[0].masked == ["email": 3] && pieces[1].masked.isEmpty)
        #expect(pieces.flatMap(\.cursors).map(\.key) == ["inbox\n1.events", "inbox\n2.events"])
        #expect(pieces.map(\.forgotten) == [[], ["inbox\n1.events"], ["inbox\n2.events"]])
        #expect(try files(scratch) == ["3.events.writing"])
        #expect(!SourceSettings.inbox(scratch.path).hasSomething)
        #expect(try await read(scratch).isEmpty)
    }

    @Test("a file whose events were committed by a run that was stopped is removed unread")
    func stopped() async throws {
        let scratch = try Scratch()
        try write(["a"], "1", scratch)
        try write(["b"], "2", scratch)
        let known = ["inbox\n1.events", "inbox\n0.events", "state"].map { SourceCursor(key: $0, payload: "{}") }
        let pieces = try await read(scratch, cursors: known)
        #expect(pieces.map { $0.events.map(\.message) } == [["b"], []])
        #expect(pieces[0].forgotten == ["inbox\n1.events", "inbox\n0.events"])
        #expect(try files(scratch).isEmpty)
    }

    @Test("an inbox that cannot be listed is a source that cannot be read, not an empty one")
    func unlistable() async throws {
        let scratch = try Scratch()
        try scratch.write("inbox", Data("a file where the folder should be".utf8))
        let source = SourceSettings.inbox("\(scratch.path)/inbox")
        #expect(source.hasSomething)
        #expect {
            _ = try openSource(source, cursors: [], context: SourceContext(now: Self.now))
        } throws: { error in
            guard case .directory(_, let path, _)? = error as? SourceError else { return false }
            return path == "\(scratch.path)/inbox"
        }
        #expect(!SourceSettings.inbox("\(scratch.path)/none").hasSomething)
    }

    @Test("what nobody can read is told and kept, and the others are read")
    func broken() async throws {
        let scratch = try Scratch()
        try scratch.write("1.events", Data("nonsense\n".utf8))
        var torn = try InboxFile(events: [ErrorEvent(id: "a", time: Self.now, message: "a")], masked: [:]).encoded()
        torn += Data("{\"v\":1,\"mess".utf8)
        try scratch.write("2.events", torn)
        try scratch.write("3.events", Data())
        try write(["b"], "4", scratch)
        let pieces = try await read(scratch)
        #expect(pieces.flatMap { $0.events.map(\.message) } == ["a", "b"])
        let problems = pieces.flatMap(\.statistics.unreadable)
        #expect(problems.count == 3 && problems.allSatisfy { $0.reason == .brokenMessage })
        #expect(try files(scratch) == ["1.events.broken", "3.events.broken"])
    }

    @Test("a folder that is not there is an empty inbox")
    func missing() async throws {
        let scratch = try Scratch()
        var source = try openSource(
            .inbox("\(scratch.path)/none"), cursors: [], context: SourceContext(now: Self.now))
        #expect(try await source.next(limit: 1) == nil)
    }
}
