import ApplianceTestSupport
import Events
import Foundation
import Testing

@testable import Intake

@Suite("A spool's files are read once, when they are whole")
struct SpoolTests {
    private func spool(_ directory: TemporaryDirectory) -> SourceSettings {
        var source = SourceSettings(name: "s", paths: ["\(directory.path)/drop"])
        source.kind = .spool
        return source
    }

    private func drop(
        _ directory: TemporaryDirectory, _ name: String, _ text: String, secondsAgo: Int = 3600
    ) throws {
        try directory.write("drop/\(name)", text)
        try SourceFixture.touch(
            "\(directory.path)/drop/\(name)", SourceFixture.now.advanced(by: .seconds(-secondsAgo)))
    }

    private func files(_ directory: TemporaryDirectory, _ folder: String) throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: "\(directory.path)/\(folder)").sorted()
    }

    private static func text(_ name: String, _ count: Int = 3) -> String {
        (0..<count).map { SourceFixture.line("2026-01-01T03:00:00Z", "\(name) \($0) failed") }.joined()
    }

    @Test("read, moved, and not read again; however old its events are, and without a last line end")
    func once() async throws {
        let directory = try TemporaryDirectory()
        defer { directory.remove() }
        try drop(directory, "a.log", Self.text("a") + "2026-01-01T04:00:00Z ERROR app: last failed")
        try drop(directory, "b.json", #"{"level":"error","msg":"b failed"}"#)
        try drop(directory, "empty.log", "")
        var stored = StoredSource()
        for _ in 0..<2 { try await stored.read(spool(directory)) }
        #expect(stored.count == 5)
        #expect(try files(directory, "drop") == ["done"])
        #expect(try files(directory, "drop/done") == ["a.log", "b.json", "empty.log"])
        // The same content again, under another name or the same one, is no news.
        try drop(directory, "a.log", Self.text("a") + "2026-01-01T04:00:00Z ERROR app: last failed")
        try drop(directory, "copy.log", Self.text("a") + "2026-01-01T04:00:00Z ERROR app: last failed")
        try await stored.read(spool(directory))
        #expect(stored.count == 5)
        #expect(try files(directory, "drop/done") == ["a.log", "a.log.1", "b.json", "copy.log", "empty.log"])
    }

    @Test(
        "what may still be written is left, and told",
        arguments: [
            ("a.log.part", 3600), (".a.log.Xy12", 3600), ("a.log~", 3600), ("a.TMP", 3600), ("fresh.log", 10),
        ])
    func unfinished(name: String, age: Int) async throws {
        let directory = try TemporaryDirectory()
        defer { directory.remove() }
        try drop(directory, name, Self.text("a"), secondsAgo: age)
        var stored = StoredSource()
        try await stored.read(spool(directory))
        #expect(stored.count == 0 && stored.statistics.unreadable.map(\.reason) == [.beingWritten])
        #expect(try files(directory, "drop") == [name])
    }

    @Test("a time in the future does not keep a file for ever: unchanged at a later run, it is whole")
    func skewed() async throws {
        let directory = try TemporaryDirectory()
        defer { directory.remove() }
        try drop(directory, "a.log", Self.text("a"), secondsAgo: -90_000)
        var stored = StoredSource()
        try await stored.read(spool(directory))
        try await stored.read(spool(directory), now: SourceFixture.now.advanced(by: .seconds(10)))
        #expect(stored.count == 0)
        try await stored.read(spool(directory), now: SourceFixture.now.advanced(by: .seconds(60)))
        #expect(stored.count == 3)
        #expect(stored.cursors.keys.allSatisfy { !$0.hasPrefix(SpoolSource.notePrefix) })
    }

    @Test("stopped at any piece, before or after it is committed, nothing is lost or doubled", arguments: 1...8)
    func stopped(piece: Int) async throws {
        let directory = try TemporaryDirectory()
        defer { directory.remove() }
        for name in ["a", "b", "c"] { try drop(directory, "\(name).log", Self.text(name, 10)) }
        for commitsLast in [false, true] {
            var stored = StoredSource()
            try await stored.read(spool(directory), limit: 4, stop: piece, commitsLast: commitsLast)
            try await stored.read(spool(directory), limit: 4)
            #expect(Set(stored.messages).count == stored.count)
            #expect(stored.count == 30)
            #expect(try files(directory, "drop/done").count == 3)
            for name in try files(directory, "drop/done") {
                try FileManager.default.moveItem(
                    atPath: "\(directory.path)/drop/done/\(name)", toPath: "\(directory.path)/drop/\(name)")
            }
        }
    }

    @Test("broken compression stays where it is; links, folders and devices are not followed")
    func hostile() async throws {
        let directory = try TemporaryDirectory()
        defer { directory.remove() }
        try directory.write("secret", "2026-11-21T03:00:00Z ERROR app: secret\n")
        try directory.write("drop/sub/x.log", Self.text("x"))
        try directory.write("drop/broken.gz", Data([0x1F, 0x8B, 0x08, 0, 0, 0, 0, 0, 0, 3, 0xFF, 0xFF, 0xFF]))
        try SourceFixture.touch("\(directory.path)/drop/broken.gz", SourceFixture.now.advanced(by: .hours(-1)))
        try FileManager.default.createSymbolicLink(
            atPath: "\(directory.path)/drop/link.log", withDestinationPath: "\(directory.path)/secret")
        var stored = StoredSource()
        try await stored.read(spool(directory))
        #expect(stored.count == 0)
        #expect(Set(stored.statistics.unreadable.map(\.reason)) == [.corruptCompression, .notAFile])
        #expect(try files(directory, "drop").contains("broken.gz"))
    }

    @Test("a folder that is missing is told as such")
    func missing() async throws {
        var source = SourceSettings(name: "s", paths: ["/nonexistent/drop"])
        source.kind = .spool
        #expect(
            throws: SourceError.directory(source: "s", path: "/nonexistent/drop", reason: "No such file or directory")
        ) {
            _ = try openSource(source, cursors: [], context: SourceContext(now: SourceFixture.now))
        }
    }
}
