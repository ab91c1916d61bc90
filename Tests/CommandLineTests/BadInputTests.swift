import ApplianceTestSupport
import Foundation
import Testing

@Suite("Bad input is told and passed over; the rest of the batch goes on")
struct BadInputTests {
    @Test("an unreadable source, a device in its place, a broken .gz: each named, the others read")
    func sources() async throws {
        let site = try SiteFixture(
            extra: """
                [[source]]
                name = "gone"
                paths = ["/nonexistent/app.log"]
                [[source]]
                name = "device"
                paths = ["/dev/null"]
                """)
        defer { site.remove() }
        try site.directory.write("logs/a.log", SiteFixture.traceback())
        try site.directory.write(
            "logs/broken.log.gz", Data([0x1F, 0x8B, 0x08, 0, 0, 0, 0, 0, 0, 3, 0xFF, 0xFF, 0xFF, 0xFF]))
        let outcome = try await site.run("batch")
        #expect(outcome.status == 0, "\(outcome.errors)")
        for words in ["/nonexistent/app.log", "/dev/null", "broken.log.gz"] {
            #expect(outcome.errors.contains(words), "\(words) is not named:\n\(outcome.errors)")
        }
        #expect(try await site.counts().values.reduce(0, +) == 1)
        #expect(try site.directory.read("home/reports/2026-11-21.md").contains("/nonexistent/app.log"))
    }

    @Test("every source unreadable: exit 66, and the page says that nothing was read")
    func nothingReadable() async throws {
        let site = try SiteFixture()
        defer { site.remove() }
        let text = site.configuration("").replacing("\(site.directory.path)/logs/*.log*", with: "/nonexistent/app.log")
        try site.directory.write("home/appliance.toml", text)
        let outcome = try await site.run("batch")
        #expect(outcome.status == 66, "\(outcome.errors)")
    }

    @Test("any bytes: NUL, invalid UTF-8, and 50 MB without a newline")
    func bytes() async throws {
        let site = try SiteFixture()
        defer { site.remove() }
        var data = Data("2026-11-21 05:00:00,000 ERROR a: before\n".utf8)
        data += Data([0x00, 0xFF, 0xFE, 0x80, 0x0A, 0x1B, 0x5B, 0x33, 0x31, 0x6D, 0x0A])
        data += Data(repeating: 0x78, count: 50 << 20)
        data += Data("\n2026-11-21 05:00:01,000 ERROR a: after \u{202E}evil\n".utf8)
        try site.directory.write("logs/a.log", data)
        let outcome = try await site.run("batch")
        #expect(outcome.status == 0, "\(outcome.errors)")
        let page = try site.directory.read("home/reports/2026-11-21.md")
        #expect(page.contains("before") && page.contains("after"))
        #expect(!page.unicodeScalars.contains("\u{202E}"))
    }

    @Test("what a terminal would obey, in lines that cannot be read and in names of files, is shown and not sent to it")
    func terminal() async throws {
        let site = try SiteFixture(
            extra: """
                [[source]]
                name = "gone"
                paths = ["/nonexistent/\\u001B]0;owned\\u0007\\u202Egol.log"]
                """)
        defer { site.remove() }
        let broken = Data("2026-11-21 05:10:00,000 ERROR a.b: \u{1B}[2J\u{202E}\u{9B}31m \u{200B}".utf8) + [0xFF, 0x0A]
        try site.directory.write("logs/a.log", broken)
        for arguments in [
            ["batch"], ["batch", "--verbose"], ["ingest", "--dry-run", "/nonexistent/\u{1B}[2J\u{202E}"],
        ] {
            let words = try await site.binary.run(
                arguments + ["--now", SiteFixture.now], environment: site.environment
            ).errors
            #expect(words.contains("\u{FFFD}"), "\(words)")
            let obeyed = words.unicodeScalars.filter {
                $0 != "\n" && ($0.value < 0x20 || (0x7F..<0xA0).contains($0.value))
                    || $0.properties.generalCategory == .format
            }
            #expect(obeyed.isEmpty, "\(obeyed.map { String($0.value, radix: 16) }) in \(words)")
        }
    }

    @Test("a missing mirror is a state that the report shows")
    func mirror() async throws {
        let site = try SiteFixture()
        defer { site.remove() }
        let text = site.configuration("").replacing(site.repository.path, with: "/nonexistent/billing.git")
        try site.directory.write("home/appliance.toml", text)
        try site.directory.write("logs/a.log", SiteFixture.traceback())
        let outcome = try await site.run("batch")
        #expect(outcome.status == 0, "\(outcome.errors)")
        #expect(try site.directory.read("home/reports/2026-11-21.md").contains("/nonexistent/billing.git"))
        #expect(try await site.run("doctor").status != 0)
    }

    @Test("a corrupt history stops the run before anything is read, with a remedy, and is left as it is")
    func history() async throws {
        let site = try SiteFixture()
        defer { site.remove() }
        try site.directory.write("logs/a.log", SiteFixture.traceback())
        #expect(try await site.run("batch").status == 0)
        let path = site.directory.path + "/home/history.sqlite"
        let broken = Data("this is not a database, it was overwritten by something else".utf8)
        for suffix in ["-wal", "-shm"] where FileManager.default.fileExists(atPath: path + suffix) {
            try FileManager.default.removeItem(atPath: path + suffix)
        }
        try broken.write(to: URL(fileURLWithPath: path))
        for command in [["batch"], ["report", "--since", "24h"], ["show", "G-12345678"]] {
            let outcome = try await site.binary.run(
                command + ["--now", SiteFixture.now], environment: site.environment)
            #expect([65, 74].contains(outcome.status), "\(command): \(outcome.errors)")
            #expect(outcome.errors.contains("history.sqlite"))
            #expect(outcome.errors.split(separator: "\n").count >= 2, "a remedy is expected: \(outcome.errors)")
        }
        #expect(try Data(contentsOf: URL(fileURLWithPath: path)) == broken)
    }

    /// A small file system in a mount namespace of its own: root may, and a container may not.
    static let canMount: Bool = {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/unshare")
        process.arguments = ["-m", "mount", "-t", "tmpfs", "-o", "size=64k", "none", "/mnt"]
        process.standardError = FileHandle.nullDevice
        do {
            try process.run()
        } catch {
            return false
        }
        process.waitUntilExit()
        return process.terminationStatus == 0
    }()

    @Test(
        "a full disk is told, and after room is made the same events are there once",
        .enabled(if: canMount, "no small file system can be mounted here"))
    func fullDisk() async throws {
        // As if other programs took the room while the batch runs: before it begins, min_free would pause it.
        let site = try SiteFixture(extra: "[retention]\nmin_free = 0")
        defer { site.remove() }
        // Many groups, so that the history outgrows the file system.
        let lines = (0..<1200).map { index in
            "2026-11-21 05:00:00,000 ERROR mod\(index % 97).worker\(index): code\(Self.word(index)) failed in \(Self.word(index * 7))\n"
        }
        try site.directory.write("logs/a.log", lines.joined())
        let small = Process()
        small.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        let home = "\(site.directory.path)/home"
        let script = """
            set -e
            cp -a '\(home)' '\(home).kept'
            mount -t tmpfs -o size=560k none '\(home)'
            cp -a '\(home).kept/.' '\(home)'
            code=0
            APPLIANCE_HOME='\(home)' '\(site.binary.path)' batch --now \(SiteFixture.now) || code=$?
            echo "exit $code"
            mount -o remount,size=64m '\(home)'
            APPLIANCE_HOME='\(home)' '\(site.binary.path)' batch --now \(SiteFixture.now)
            APPLIANCE_HOME='\(home)' '\(site.binary.path)' history verify
            APPLIANCE_HOME='\(home)' '\(site.binary.path)' history stats
            """
        small.arguments = ["unshare", "-m", "bash", "-c", script]
        var variables = ["PATH": "/usr/bin:/bin:/usr/sbin:/sbin"]
        variables["LLVM_PROFILE_FILE"] = ProcessInfo.processInfo.environment["LLVM_PROFILE_FILE"]
        small.environment = variables
        let outcome = try await ApplianceBinary.finish(small)
        #expect(outcome.output.contains("exit 74"), "\(outcome.output)\n\(outcome.errors)")
        #expect(outcome.errors.contains("no space left"), "\(outcome.errors)")
        #expect(outcome.output.contains(" 1200 events"), "\(outcome.output)\n\(outcome.errors)")
        #expect(outcome.status == 0, "\(outcome.errors)")
    }

    private static func word(_ number: Int) -> String {
        var (rest, text) = (number &+ 26, "")
        while rest > 0 {
            text.append(Character(UnicodeScalar(UInt8(97 + rest % 26))))
            rest /= 26
        }
        return text
    }
}
