import ApplianceTestSupport
import Events
import Foundation
import Testing

@testable import Intake

@Suite("A new source begins a day back, and a backfill reads exactly the rest")
struct FirstReadingTests {
    static let old = "2026-11-01T10:00:00Z"
    static let recent = "2026-11-21T03:00:00Z"
    static let floor = SourceFixture.now.advanced(by: .hours(-24))

    private func source(_ directory: TemporaryDirectory) -> SourceSettings {
        SourceSettings(name: "s", paths: ["\(directory.path)/*.log*"])
    }

    @Test("older events are left out and counted, and come once with the backfill, whatever was appended meanwhile")
    func partition() async throws {
        let directory = try TemporaryDirectory()
        defer { directory.remove() }
        let before = (0..<50).map { SourceFixture.line(Self.old, "old \($0) failed") }
        let after = (0..<20).map { SourceFixture.line(Self.recent, "recent \($0) failed") }
        try directory.write("a.log", (before + after).joined())
        try directory.write("b.log", after.joined().replacing("recent", with: "other"))
        var stored = StoredSource()
        try await stored.read(source(directory), stretch: .news(floor: Self.floor), limit: 7)
        #expect(stored.count == 40 && stored.statistics.older == 50)
        // A late event, appended after the first reading, is news however old it is; it is not the backfill's.
        try directory.write(
            "a.log",
            (before + after).joined() + SourceFixture.line(Self.old, "late one failed")
                + SourceFixture.line(Self.recent, "newest failed"))
        try await stored.read(source(directory))
        #expect(stored.messages.suffix(2) == ["late one failed", "newest failed"])
        let older = SourceStretch.older(from: Timestamp(nanoseconds: 0), floor: Self.floor)
        // Stopped after each piece, and begun again.
        for _ in 0..<30 { try await stored.read(source(directory), stretch: older, limit: 4, stop: 1) }
        try await stored.read(source(directory), stretch: older)
        #expect(stored.count == 92)
        #expect(Set(stored.messages).count == 92, "each once")
    }

    @Test("a backfill finds what was rotated and compressed since, and stops at the time it is given")
    func rotated() async throws {
        let directory = try TemporaryDirectory()
        defer { directory.remove() }
        let days = (1...19).map { day in
            SourceFixture.line("2026-11-\(day < 10 ? "0" : "")\(day)T10:00:00Z", "day \(day) failed")
        }
        try directory.write("a.log", days.joined() + SourceFixture.line(Self.recent, "now failed"))
        var stored = StoredSource()
        try await stored.read(source(directory), stretch: .news(floor: Self.floor))
        #expect(stored.count == 1)
        let gzip = Process()
        gzip.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        gzip.arguments = ["gzip", "-n", "\(directory.path)/a.log"]
        #expect(try await ApplianceBinary.finish(gzip).status == 0)
        let from = try #require(Timestamp(rfc3339: "2026-11-15T00:00:00Z"))
        try await stored.read(source(directory), stretch: .older(from: from, floor: Self.floor))
        #expect(stored.messages.dropFirst() == (15...19).map { "day \($0) failed" }[...])
    }

    @Test("no cursor holds what a file's name must not tell, and a backfill finds the file all the same")
    func maskedPath() async throws {
        let directory = try TemporaryDirectory()
        defer { directory.remove() }
        let lines = (0..<9).map { SourceFixture.line($0 < 6 ? Self.old : Self.recent, "number \($0) failed") }
        try directory.write("token-hunter2.log", lines.joined())
        let mask = { @Sendable (path: String) in path.replacing("hunter2", with: "<token>") }
        var stored = StoredSource()
        try await stored.read(source(directory), stretch: .news(floor: Self.floor), maskPath: mask)
        let older = SourceStretch.older(from: Timestamp(nanoseconds: 0), floor: Self.floor)
        for _ in 0..<4 {
            try await stored.read(source(directory), stretch: older, limit: 2, stop: 1, maskPath: mask)
            #expect(stored.all.count == 2)
            #expect(stored.all.allSatisfy { !"\($0.key)\($0.payload)".contains("hunter2") })
        }
        #expect(stored.count == 9 && Set(stored.messages).count == 9)
    }

    @Test("folders are read with all in them, links to folders and hidden files are not")
    func folders() async throws {
        let directory = try TemporaryDirectory()
        defer { directory.remove() }
        for name in ["a.log", "deep/b.log", "deep/er/c.log", ".hidden.log", "deep/.git/d.log"] {
            try directory.write("logs/\(name)", SourceFixture.line(Self.recent, "\(name) failed"))
        }
        try FileManager.default.createSymbolicLink(
            atPath: "\(directory.path)/logs/loop", withDestinationPath: "\(directory.path)/logs")
        var stored = StoredSource()
        let source = SourceSettings(name: "s", paths: ["\(directory.path)/logs"])
        for _ in 0..<2 { try await stored.read(source) }
        #expect(stored.messages == ["a.log failed", "deep/b.log failed", "deep/er/c.log failed"])
        #expect(stored.statistics.unreadable.isEmpty)
    }
}

@Suite("A cursor is never guessed, and never forgotten while it is needed")
struct CursorTests {
    @Test(
        "one that cannot be understood refuses its source",
        arguments: ["", "{}", "{\"path\":3}", "not json", "{\"v\":2,\"place\":\"later\"}"])
    func unreadable(payload: String) async throws {
        let cursors = [SourceCursor(key: "/var/log/a.log\n1:2\n", payload: payload)]
        for kind in SourceSettings.Kind.allCases {
            var source = SourceFixture.remote(kind, kind.isRemote ? "http://127.0.0.1:9" : "")
            source.paths = ["/tmp"]
            let keys =
                [
                    .journald: "journal", .loki: "loki", .sentry: "sentry", .clickhouse: "clickhouse",
                ] as [SourceSettings.Kind: String]
            let stored = keys[kind].map { [SourceCursor(key: $0, payload: payload)] } ?? cursors
            #expect(throws: SourceError.self) {
                _ = try openSource(source, cursors: stored, context: SourceContext(now: SourceFixture.now))
            }
        }
    }

    private func cursor(_ name: String, head: String = "h", offset: Int64 = 5000, tail: String = "t") -> FileCursor {
        FileCursor(
            path: "/logs/\(name)", device: 1, inode: UInt64(name.utf8.count), headLength: FileCursor.head,
            headHash: head,
            offset: offset, tailLength: 1024, tailHash: tail)
    }

    private func entry(_ cursor: FileCursor, daysAgo: Int, isPresent: Bool) -> FileCursorPruning.Stored {
        FileCursorPruning.Stored(
            cursor: cursor, key: cursor.key, at: SourceFixture.now.advanced(by: .days(-daysAgo)), isPresent: isPresent)
    }

    @Test("of two that recognise the same content one goes, and never one that says more")
    func duplicates() {
        let first = cursor("a.log")
        let rotated = cursor("a.log.1")
        let longer = cursor("a.log.22", offset: 9000, tail: "u")
        let other = cursor("b.log.333", head: "other")
        let stored = [
            entry(first, daysAgo: 3, isPresent: false), entry(rotated, daysAgo: 2, isPresent: true),
            entry(longer, daysAgo: 1, isPresent: false), entry(other, daysAgo: 9, isPresent: false),
        ]
        let (keys, horizon) = FileCursorPruning.prune(stored, now: SourceFixture.now)
        #expect(keys == [first.key] && horizon == nil)
        let present = stored.map { entry in
            var entry = entry
            entry.isPresent = true
            return entry
        }
        #expect(FileCursorPruning.prune(present, now: SourceFixture.now).keys.isEmpty)
    }

    @Test("a file gone for 400 days is forgotten, and a copy that turns up brings nothing twice")
    func horizon() async throws {
        let directory = try TemporaryDirectory()
        defer { directory.remove() }
        let path = "\(directory.path)/a.log"
        let source = SourceSettings(name: "s", paths: ["\(directory.path)/*.log"])
        let text = (0..<40).map { SourceFixture.line("2025-09-01T10:00:00Z", "number \($0) failed") }.joined()
        let readAt = try #require(Timestamp(rfc3339: "2025-09-02T00:00:00Z"))
        try directory.write("a.log", text)
        var stored = StoredSource()
        try await stored.read(source, now: readAt)
        #expect(stored.count == 40 && stored.cursors.count == 1)
        try FileManager.default.removeItem(atPath: path)
        try directory.write("b.log", SourceFixture.line("2026-11-21T03:00:00Z", "today failed"))
        try await stored.read(source, now: readAt.advanced(by: .days(399)))
        #expect(stored.cursors.count == 2)
        try await stored.read(source, now: readAt.advanced(by: .days(401)))
        #expect(stored.cursors.keys.sorted().filter { $0.contains("a.log") }.isEmpty)
        #expect(stored.cursors[FileCursors.horizonKey] != nil)
        try directory.write("restored.log", text + SourceFixture.line("2026-11-21T03:10:00Z", "behind it failed"))
        try await stored.read(source)
        #expect(stored.messages.suffix(2) == ["today failed", "behind it failed"] && stored.count == 42)
        #expect(stored.statistics.older == 40)
    }

    @Test("files that begin alike keep their own places")
    func alike() async throws {
        let directory = try TemporaryDirectory()
        defer { directory.remove() }
        let banner = (0..<30).map { "# banner line \($0) that every file of this program begins with\n" }.joined()
        for (name, count) in [("a.log", 30), ("b.log", 10), ("c.log", 20)] {
            let lines = (0..<count).map { SourceFixture.line("2026-11-21T03:00:00Z", "\(name) \($0) failed") }
            try directory.write(name, banner + lines.joined())
        }
        let source = SourceSettings(name: "s", paths: ["\(directory.path)/*.log*"])
        var stored = StoredSource()
        try await stored.read(source)
        #expect(stored.count == 60)
        for name in ["a.log", "b.log", "c.log"] {
            // Copied and removed: another inode, the same content.
            let path = "\(directory.path)/\(name)"
            try FileManager.default.copyItem(atPath: path, toPath: path + ".1")
            try FileManager.default.removeItem(atPath: path)
        }
        try await stored.read(source)
        #expect(stored.count == 60)
    }
}
