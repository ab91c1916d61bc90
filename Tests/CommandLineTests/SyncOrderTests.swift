import ApplianceTestSupport
import Foundation
import Testing

/// Kills prove nothing about what a loss of power leaves: the order of the calls does.
@Suite("What is told to be there is on the disk", .enabled(if: TracedProcess.isAvailable, "strace is not installed"))
struct SyncOrderTests {
    @Test("a message is synced before it is renamed, and its directory after")
    func outbox() async throws {
        let site = try SiteFixture()
        defer { site.remove() }
        try site.directory.write("logs/a.log", SiteFixture.traceback())
        let process = site.binary.process(["batch", "--now", SiteFixture.now], environment: site.environment)
        let (lines, outcome) = try await TracedProcess.calls(
            "fsync,rename", of: process, options: ["-y"], in: site.directory)
        #expect(outcome.status == 0, "\(outcome.errors)")
        let names = try FileManager.default.contentsOfDirectory(
            atPath: "\(site.directory.path)/home/outbox/new")
        try #require(names.count > 2)
        for name in names {
            let synced = lines.firstIndex { $0.contains("fsync(") && $0.contains("/outbox/tmp/\(name)>") }
            let renamed = lines.firstIndex { $0.contains("rename(") && $0.contains("/outbox/new/\(name)\"") }
            let (first, second) = (try #require(synced), try #require(renamed))
            #expect(first < second, "\(name)")
            #expect(lines[second...].contains { $0.contains("fsync(") && $0.contains("/outbox/new>") }, "\(name)")
        }
    }

    @Test("a relay's ledger is synced before each message is sent")
    func relay() async throws {
        let receiver = try WebhookReceiver()
        defer { receiver.stop() }
        let site = try RelaySite(webhook: receiver.webhook)
        defer { site.directory.remove() }
        try site.deliver(5)
        let process = site.binary.process(site.arguments + ["--once"])
        let (lines, outcome) = try await TracedProcess.calls(
            "fsync,fdatasync,sendto,sendmsg,write,writev", of: process, options: ["-y", "-s", "40"], in: site.directory)
        #expect(outcome.status == 0, "\(outcome.errors)")
        var (synced, sent, begun) = (0, 0, Set<Substring>())
        for line in lines {
            let thread = line.prefix { $0 != " " }
            if line.contains("sync(") && line.contains("/ledger.jsonl>") {
                if line.hasSuffix("= 0") { synced += 1 } else { begun.insert(thread) }
            } else if line.contains("sync resumed"), begun.remove(thread) != nil {
                synced += 1
            } else if line.contains("\"POST /api/webhooks/") {
                sent += 1
                // One before anything is sent, of what was found; then one for each message.
                #expect(synced > sent, "\(line)")
            }
        }
        #expect(sent == 5 && receiver.contents.count == 5)
    }
}
