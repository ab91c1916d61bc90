import ApplianceTestSupport
import Foundation
import Glibc
import Testing

@Suite("What a batch shows while it works")
struct TerminalTests {
    /// Runs a batch with standard error on a pseudo-terminal of `columns`, and returns all that was written there.
    private func batchOnTerminal(_ site: SiteFixture, columns: UInt16, _ variables: [String: String] = [:]) throws
        -> String
    {
        var (main, side): (Int32, Int32) = (-1, -1)
        var size = winsize(ws_row: 24, ws_col: columns, ws_xpixel: 0, ws_ypixel: 0)
        try #require(openpty(&main, &side, nil, nil, &size) == 0)
        let terminal = FileHandle(fileDescriptor: main, closeOnDealloc: true)
        let process = site.binary.process(
            ["batch", "--now", SiteFixture.now],
            environment: site.environment.merging(["TERM": "xterm"].merging(variables) { $1 }) { $1 })
        let far = FileHandle(fileDescriptor: side, closeOnDealloc: true)
        (process.standardError, process.standardOutput) = (far, FileHandle.nullDevice)
        try process.run()
        try far.close()
        var shown: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 4096)
        // Reading a terminal whose other side is closed ends in EIO.
        while case let count = buffer.withUnsafeMutableBytes({ read(main, $0.baseAddress, $0.count) }), count > 0 {
            shown += buffer[..<count]
        }
        process.waitUntilExit()
        try terminal.close()
        return String(decoding: shown, as: UTF8.self)
    }

    @Test("a bar on a terminal that never passes its width and is wiped before a line", arguments: [60, 132])
    func bar(columns: UInt16) throws {
        let site = try SiteFixture()
        defer { site.remove() }
        try site.directory.write("logs/worker.log", SiteFixture.noise(60_000) + SiteFixture.traceback())
        let shown = try batchOnTerminal(site, columns: columns)
        let bars = shown.components(separatedBy: "\r\u{1B}[K").filter { $0.contains("█") || $0.contains("····") }
        #expect(!bars.isEmpty, "\(shown.debugDescription)")
        for bar in bars {
            let visible = bar.prefix { $0 != "\r" && $0 != "\r\n" && $0 != "\n" }
            #expect(visible.count <= Int(columns), "\(visible)")
        }
        #expect(shown.contains("reading    █"))
        #expect(shown.contains("\r\u{1B}[Kreading   60,"))
    }

    @Test("plain lines where there is no terminal, or a dumb one")
    func plain() async throws {
        let site = try SiteFixture()
        defer { site.remove() }
        try site.directory.write("logs/worker.log", SiteFixture.noise(2000) + SiteFixture.traceback())
        let outcome = try await site.run("batch")
        #expect(!outcome.errors.contains("\u{1B}") && !outcome.errors.contains("\r"))
        #expect(outcome.errors.contains("reading   2,0"))
        let dumb = try batchOnTerminal(site, columns: 80, ["TERM": "dumb"])
        #expect(!dumb.contains("\u{1B}") && !dumb.contains("█"))
    }

    @Test("a reader that goes away ends a command quietly, and a batch not at all")
    func closedPipe() async throws {
        let site = try SiteFixture()
        defer { site.remove() }
        try site.directory.write("logs/worker.log", SiteFixture.noise(200) + SiteFixture.traceback())
        let pipe = Pipe()
        try pipe.fileHandleForReading.close()
        let batch = site.binary.process(["batch", "--json", "--now", SiteFixture.now], environment: site.environment)
        (batch.standardOutput, batch.standardError) = (pipe, pipe)
        let finished = try await withCheckedThrowingContinuation { continuation in
            batch.terminationHandler = { continuation.resume(returning: $0.terminationReason) }
            do { try batch.run() } catch { continuation.resume(throwing: error) }
        }
        #expect(finished == .exit, "SIGPIPE must not end a run")
        #expect(try await site.counts().values.reduce(0, +) == 1)
    }
}
