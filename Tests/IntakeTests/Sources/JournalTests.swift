import ApplianceTestSupport
import Events
import Foundation
import Testing

@testable import Intake

/// Writes journals as systemd does: from the export format, by systemd-journal-remote (Debian's package of that name).
struct JournalFixture {
    static let writer = "/lib/systemd/systemd-journal-remote"
    static let isAvailable =
        FileManager.default.isExecutableFile(atPath: writer)
        && FileManager.default.isExecutableFile(atPath: "/usr/bin/journalctl")

    let directory: TemporaryDirectory
    private(set) var written = 0

    init() throws { directory = try TemporaryDirectory() }

    var file: String { "\(directory.path)/test.journal" }

    static func export(_ messages: [String], start: Int, at time: Timestamp, fields: [String: String] = [:]) -> Data {
        var data = Data()
        for (index, message) in messages.enumerated() {
            let number = start + index
            let microseconds = time.nanoseconds / 1000 + Int64(number) * 1_000_000
            var entry = [
                "__REALTIME_TIMESTAMP": "\(microseconds)", "__MONOTONIC_TIMESTAMP": "\(1000 + number * 1_000_000)",
                "_BOOT_ID": "4ea7a0fb6f6c4d0bb1ec1d5a1b2c3d4e", "PRIORITY": "3", "SYSLOG_IDENTIFIER": "worker",
                "_SYSTEMD_UNIT": "worker.service", "_HOSTNAME": "web-1", "_PID": "41",
            ]
            entry.merge(fields) { _, new in new }
            for (name, value) in entry.sorted(by: { $0.key < $1.key }) { data += Data("\(name)=\(value)\n".utf8) }
            data += Data("MESSAGE\n".utf8)
            withUnsafeBytes(of: UInt64(message.utf8.count).littleEndian) { data += Data($0) }
            data += Data("\(message)\n\n".utf8)
        }
        return data
    }

    mutating func append(
        _ messages: [String], at time: Timestamp = SourceFixture.now.advanced(by: .hours(-2)),
        fields: [String: String] = [:]
    ) async throws {
        let input = "\(directory.path)/input.export"
        try Self.export(messages, start: written, at: time, fields: fields).write(to: URL(fileURLWithPath: input))
        written += messages.count
        let process = Process()
        process.executableURL = URL(fileURLWithPath: Self.writer)
        process.arguments = ["-o", file, input]
        let outcome = try await ApplianceBinary.finish(process)
        guard outcome.status == 0 else { throw Failed(words: outcome.errors) }
    }

    struct Failed: Error { var words: String }
}

@Suite("A journal is read through its own cursor", .enabled(if: JournalFixture.isAvailable))
struct JournalTests {
    private func source(_ fixture: JournalFixture) -> SourceSettings {
        var source = SourceSettings(name: "journal", paths: [fixture.file])
        source.kind = .journald
        return source
    }

    @Test("what is new since the last run, a trace's entries as one event, with unit, host and time")
    func entries() async throws {
        var fixture = try JournalFixture()
        defer { fixture.directory.remove() }
        try await fixture.append(["cannot reach the pool", "all is well"], fields: ["PRIORITY": "3"])
        let trace = [
            "Traceback (most recent call last):", "  File \"/srv/app/invoice.py\", line 3, in total",
            "    currency = order[\"currency\"]", "KeyError: 'currency'",
        ]
        try await fixture.append(
            trace, at: SourceFixture.now.advanced(by: .hours(-1)), fields: ["PRIORITY": "6", "_PID": "42"])
        var stored = StoredSource()
        for _ in 0..<2 { try await stored.read(source(fixture)) }
        #expect(stored.count == 3)
        let first = try #require(stored.events.first)
        #expect(first.service == "worker" && first.host == "web-1" && first.level == .error)
        #expect(first.time == SourceFixture.now.advanced(by: .hours(-2)))
        let last = try #require(stored.events.last)
        #expect(last.exceptions.map(\.type) == ["KeyError"] && last.frames.first?.file == "/srv/app/invoice.py")
        try await fixture.append(["the pool is gone"])
        try await stored.read(source(fixture))
        #expect(stored.messages.last == "the pool is gone" && stored.count == 4)
        #expect(Set(stored.events.map(\.id)).count == 4)
    }

    @Test("a new source begins where it is told; units and matches choose; a backfill reads the rest once")
    func chosen() async throws {
        var fixture = try JournalFixture()
        defer { fixture.directory.remove() }
        let old = SourceFixture.now.advanced(by: .days(-5))
        try await fixture.append((0..<5).map { "old \($0)" }, at: old)
        try await fixture.append(["mine"], fields: ["_SYSTEMD_UNIT": "other.service"])
        try await fixture.append(["new"])
        var source = source(fixture)
        var stored = StoredSource()
        let floor = SourceFixture.now.advanced(by: .hours(-24))
        try await stored.read(source, stretch: .news(floor: floor))
        #expect(stored.messages == ["mine", "new"])
        let older = SourceStretch.older(from: SourceFixture.now.advanced(by: .days(-30)), floor: floor)
        for _ in 0..<2 { try await stored.read(source, stretch: older) }
        #expect(stored.messages.dropFirst(2) == (0..<5).map { "old \($0)" }[...])
        source.journal.matches = ["_SYSTEMD_UNIT=other.service"]
        var chosen = StoredSource()
        try await chosen.read(source, stretch: .news(floor: floor))
        #expect(chosen.messages == ["mine"])
    }

    @Test("a program that fails, is missing, or is silent is told, and nothing is lost")
    func failing() async throws {
        let directory = try TemporaryDirectory()
        defer { directory.remove() }
        var source = SourceSettings(name: "journal", paths: ["/nonexistent.journal"])
        source.kind = .journald
        for (script, words) in [
            ("echo 'Failed to open files' >&2; exit 1", "Failed to open files"), ("exec sleep 60", "was silent for"),
            ("echo nonsense; echo", "no export format"),
        ] {
            let program = "\(directory.path)/journalctl"
            try directory.write("journalctl", "#!/bin/sh\n\(script)\n")
            try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: program)
            (source.journal.program, source.journal.timeout) = (program, .milliseconds(300))
            var stored = StoredSource()
            do {
                try await stored.read(source)
                Issue.record("\(script) was no failure")
            } catch let error as SourceError {
                #expect(error.description.contains(words) && error.remedy != nil, "\(error)")
            }
        }
    }

    @Test("it runs with an empty environment")
    func environment() async throws {
        let directory = try TemporaryDirectory()
        defer { directory.remove() }
        try directory.write("journalctl", "#!/bin/sh\n/usr/bin/env > \(directory.path)/seen\n")
        let program = "\(directory.path)/journalctl"
        try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: program)
        var source = SourceSettings(name: "journal", paths: [])
        (source.kind, source.journal.program) = (.journald, program)
        var stored = StoredSource()
        try await stored.read(source)
        // What the shell itself sets.
        let names = try directory.read("seen").split(separator: "\n").map { $0.prefix { $0 != "=" } }
        #expect(Set(names).isSubset(of: ["PWD", "SHLVL", "_", "OLDPWD"]))
    }
}

@Suite("The journal's export format is read from pieces of any size")
struct JournalExportTests {
    @Test("text, binary, repeated and empty fields, whatever the pieces", arguments: [1, 2, 3, 7, 64, 4096])
    func pieces(size: Int) throws {
        let long = String(repeating: "x", count: 5000) + "\nsecond line\u{1}"
        var data = JournalFixture.export(["first", long, ""], start: 0, at: SourceFixture.now)
        data += Data("__CURSOR=c\nMESSAGE=a=b\nMESSAGE=later\nEMPTY=\n\n\n\n".utf8)
        var decoder = JournalExport()
        var entries: [ExportedEntry] = []
        var rest = Array(data)[...]
        while !rest.isEmpty {
            let read = decoder.read(rest.prefix(size))
            entries += try #require(read)
            rest = rest.dropFirst(size)
        }
        #expect(entries.map { $0.fields["MESSAGE"] } == ["first", long, "", "a=b"])
        #expect(entries.last?.cursor == "c" && entries.last?.fields["EMPTY"] == "")
        #expect(entries.first?.time == SourceFixture.now)
    }

    @Test(
        "what is none is refused, and nothing grows without end",
        arguments: [
            "no field\n", "=x\n", "lower=x\n", "MESSAGE\n\u{7F}\u{7F}\u{7F}\u{7F}\u{7F}\u{7F}\u{7F}\u{7F}",
            String(repeating: "A", count: 1 << 20), String(repeating: "A", count: 300) + "=x\n",
        ])
    func hostile(text: String) {
        var decoder = JournalExport()
        #expect(decoder.read(Array(text.utf8)) == nil || decoder.read(Array("\n\n".utf8)) == nil)
    }

    @Test("a value that is too long is cut, and what follows is read")
    func long() throws {
        let message = String(repeating: "y", count: 3 * JournalExport.valueLimit)
        var decoder = JournalExport()
        let read = decoder.read(JournalFixture.export([message, "next"], start: 0, at: SourceFixture.now))
        let entries = try #require(read)
        #expect(entries.map { $0.fields["MESSAGE"]?.utf8.count } == [JournalExport.valueLimit, 4])
        // As one line of text, in pieces.
        var rest = Array("MESSAGE=\(message)\nPRIORITY=3\n\nMESSAGE=next\n\n".utf8)[...]
        var found: [ExportedEntry] = []
        while !rest.isEmpty {
            let read = decoder.read(rest.prefix(100_000))
            found += try #require(read)
            rest = rest.dropFirst(100_000)
        }
        #expect(found.map { $0.fields["MESSAGE"]?.utf8.count } == [JournalExport.valueLimit, 4])
        #expect(found.first?.fields["PRIORITY"] == "3")
    }
}
