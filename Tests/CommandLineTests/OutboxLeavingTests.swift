import ApplianceTestSupport
import Foundation
import Testing

@Suite("Messages leave the site, and their acks come back")
struct OutboxLeavingTests {
    private func site(_ extra: String = "") async throws -> SiteFixture {
        let site = try SiteFixture(extra: extra)
        try site.directory.write("logs/a.log", SiteFixture.traceback())
        return site
    }

    private func names(_ site: SiteFixture, _ place: String) throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: "\(site.directory.path)/\(place)").sorted()
            .filter { $0.hasPrefix("0") }
    }

    private func relay(_ site: SiteFixture, _ receiver: WebhookReceiver) async throws -> ApplianceBinary.Outcome {
        try site.directory.write("relay/hook", receiver.webhook)
        try FileManager.default.setAttributes(
            [.posixPermissions: 0o600], ofItemAtPath: "\(site.directory.path)/relay/hook")
        try site.directory.write(
            "relay/relay.toml",
            """
            [relay]
            spool = "../stick"
            state = "state"
            [[site]]
            name = "seoul"
            key_files = ["../home/keys/site.pub"]
            [[channel]]
            name = "ops"
            webhook_file = "hook"
            """)
        return try await site.binary.run(
            ["relay", "--once", "--config", "\(site.directory.path)/relay", "--now", SiteFixture.now])
    }

    @Test("batch, ship, relay, ack: the whole way, twice without harm")
    func whole() async throws {
        let receiver = try WebhookReceiver()
        defer { receiver.stop() }
        let site = try await site()
        defer { site.remove() }
        #expect(try await site.run("batch").status == 0)
        let new = try names(site, "home/outbox/new")
        #expect(!new.isEmpty)
        let stick = "\(site.directory.path)/stick"
        for _ in 0..<2 {
            let shipped = try await site.run("outbox", "ship", stick)
            #expect(shipped.status == 0 && shipped.output.split(separator: "\n").map(String.init) == new)
        }
        let posted = try await relay(site, receiver)
        #expect(posted.status == 0, "\(posted.errors)")
        #expect(try await relay(site, receiver).status == 0)
        let count = receiver.posts.count
        let ack = "\(site.directory.path)/relay/state/acks/seoul.ack.json"
        let unpinned = try await site.run("outbox", "ack", ack)
        #expect(unpinned.status == 78 && unpinned.errors.contains("relay_key"))
        let key = try site.directory.read("relay/state/relay.pub").trimmingCharacters(in: .whitespacesAndNewlines)
        try site.directory.write(
            "home/appliance.toml", site.configuration("[outbox]\nrelay_key = \"\(key)\"\n"))
        let bytes = try Data(contentsOf: URL(fileURLWithPath: ack))
        for index in stride(from: 0, to: bytes.count, by: 7) {
            var changed = bytes
            changed[index] ^= 1
            try site.directory.write("bad.ack.json", changed)
            let refused = try await site.run("outbox", "ack", "\(site.directory.path)/bad.ack.json")
            #expect(refused.status == 65, "byte \(index)")
            if index > 140 { break }
        }
        for _ in 0..<2 { #expect(try await site.run("outbox", "ack", ack).status == 0) }
        #expect(try names(site, "home/outbox/new").isEmpty)
        #expect(try names(site, "home/outbox/sent") == new)
        #expect(try await site.run("outbox", "verify").status == 0)
        let csv = try await site.run("outbox", "ledger", "--csv").output
        #expect(csv.hasPrefix("time,event,message,file,type,subject,bytes,attached_bytes,sha256,detail\r\n"))
        for event in ["written", "shipped", "acknowledged"] { #expect(csv.contains(",\(event),1,\(new[0])"), "\(csv)") }
        // Again on demand, and nothing is posted twice.
        let again = try await site.run("outbox", "ship", "\(site.directory.path)/other", "--range", "1")
        #expect(again.output == new[0] + "\n", "\(again.errors)")
        #expect(receiver.posts.count == count)
    }

    @Test("a changed message is not carried out, and is named")
    func changed() async throws {
        let site = try await site()
        defer { site.remove() }
        _ = try await site.run("batch")
        let name = try #require(try names(site, "home/outbox/new").first)
        let text = try site.directory.read("home/outbox/new/\(name)")
        try site.directory.write("home/outbox/new/\(name)", text.replacing("\"severity\":\"", with: "\"severity\":\"x"))
        let shipped = try await site.run("outbox", "ship", "\(site.directory.path)/stick")
        #expect(shipped.status == 65 && shipped.errors.contains(name), "\(shipped.errors)")
    }

    @Test("ack = none: what is shipped is sent")
    func unanswered() async throws {
        let site = try await site("[outbox]\nack = \"none\"\n")
        defer { site.remove() }
        _ = try await site.run("batch")
        let new = try names(site, "home/outbox/new")
        let stick = "\(site.directory.path)/stick"
        #expect(try await site.run("outbox", "ship", stick).status == 0)
        #expect(try names(site, "home/outbox/new").isEmpty)
        #expect(try names(site, "home/outbox/sent") == new)
        #expect(try await site.run("outbox", "ship", stick).output.isEmpty)
        #expect(try await site.run("outbox", "verify").status == 0)
    }

    @Test("approval = required: nothing leaves, and nothing has a number, before somebody says so")
    func approval() async throws {
        let site = try await site("[export]\napproval = \"required\"\n")
        defer { site.remove() }
        let batch = try await site.run("batch")
        #expect(batch.status == 0, "\(batch.errors)")
        #expect(try names(site, "home/outbox/new").isEmpty)
        let list = try await site.run("outbox", "list")
        #expect(list.output.hasPrefix("held 1  "), "\(list.output)")
        let shown = try await site.run("outbox", "show", "--held", "1")
        #expect(shown.output.contains("\"kind\":"), "\(shown.errors)")
        #expect(try await site.run("outbox", "ship", "\(site.directory.path)/stick").output.isEmpty)
        #expect(try await site.run("outbox", "approve", "99").status == 64)
        #expect(try await site.run("outbox", "approve", "1").output == "1\n")
        #expect(try names(site, "home/outbox/new").count == 1)
        #expect(try await site.run("outbox", "approve", "1").status == 64)
        #expect(try await site.run("outbox", "approve", "--all", "--refuse").status == 0)
        #expect(try await !site.run("outbox", "list").output.contains("held"))
        #expect(try await site.run("outbox", "ledger").output.contains("approved  1"))
        #expect(try await site.run("outbox", "verify").status == 0)
    }
}
