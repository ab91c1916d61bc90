import ApplianceTestSupport
import Crypto
import Delivery
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

    private func relay(
        _ site: SiteFixture, _ receiver: WebhookReceiver, state: String = "state", extra: String = "",
        now: String = SiteFixture.now
    ) async throws -> ApplianceBinary.Outcome {
        try site.directory.write("relay/hook", receiver.webhook)
        try FileManager.default.setAttributes(
            [.posixPermissions: 0o600], ofItemAtPath: "\(site.directory.path)/relay/hook")
        try site.directory.write(
            "relay/relay.toml",
            """
            [relay]
            spool = "../stick"
            state = "\(state)"
            [[site]]
            name = "seoul"
            key_files = ["../home/keys/site.pub"]
            [[channel]]
            name = "ops"
            webhook_file = "hook"
            \(extra)
            """)
        return try await site.binary.run(
            ["relay", "--once", "--config", "\(site.directory.path)/relay", "--now", now])
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

    @Test("a group's later messages are posted into the thread whose id an ack brought back")
    func threads() async throws {
        let receiver = try WebhookReceiver()
        defer { receiver.stop() }
        let site = try await site("[issues]\nenabled = false\n")
        defer { site.remove() }
        let stick = "\(site.directory.path)/stick"
        _ = try await site.run("batch")
        _ = try await site.run("outbox", "ship", stick)
        #expect(try await relay(site, receiver, extra: "forum = true").status == 0)
        let group = try #require(try await site.counts().keys.first)
        let first = try #require(receiver.posts.first { $0.content.contains("\(group) is new") })
        #expect(first.request.query["thread_id"] == nil && first.request.body.contains("\"thread_name\":\"\(group)\""))
        let key = try site.directory.read("relay/state/relay.pub").trimmingCharacters(in: .whitespacesAndNewlines)
        try site.directory.write(
            "home/appliance.toml",
            site.configuration("[issues]\nenabled = false\n[outbox]\nrelay_key = \"\(key)\"\n"))
        let ack = try await site.run("outbox", "ack", "\(site.directory.path)/relay/state/acks/seoul.ack.json")
        #expect(ack.status == 0, "\(ack.errors)")
        // It goes on; another relay, which knows nothing of what the first one posted, is told the thread.
        try site.directory.write("logs/b.log", SiteFixture.traceback(at: "2026-11-21 06:20:00,000"))
        _ = try await site.binary.run(["batch", "--now", "2026-11-21T06:30:00Z"], environment: site.environment)
        try FileManager.default.removeItem(atPath: stick)
        _ = try await site.binary.run(
            ["outbox", "ship", stick, "--now", "2026-11-21T06:31:00Z"], environment: site.environment)
        receiver.forget()
        let second = try await relay(
            site, receiver, state: "other", extra: "forum = true", now: "2026-11-21T06:32:00Z")
        #expect(second.status == 65 && second.errors.contains("are missing"), "\(second.errors)")
        let reminder = try #require(receiver.posts.first { $0.content.contains("\(group) goes on") })
        let thread = try #require(reminder.request.query["thread_id"])
        #expect(thread.hasPrefix("900") && !reminder.request.body.contains("thread_name"))
        // Acks of other sites and other relays are not believed.
        let forged = try await site.run("outbox", "ack", "\(site.directory.path)/relay/other/acks/seoul.ack.json")
        #expect(forged.status == 65 && forged.errors.contains("not an ack of the relay whose key is pinned"))
    }

    @Test("a site whose heartbeat has not come for 26 hours is told of, once")
    func heartbeat() async throws {
        let receiver = try WebhookReceiver()
        defer { receiver.stop() }
        let site = try await site()
        defer { site.remove() }
        _ = try await site.run("batch")
        _ = try await site.run("outbox", "ship", "\(site.directory.path)/stick")
        #expect(try await relay(site, receiver).status == 0)
        #expect(try await relay(site, receiver, now: "2026-11-22T07:59:00Z").status == 0)
        receiver.forget()
        for _ in 0..<2 {
            let silent = try await relay(site, receiver, now: "2026-11-22T08:01:00Z")
            #expect(silent.status == 65, "\(silent.errors)")
            #expect(silent.errors.contains("site seoul sent no heartbeat since 2026-11-21T06:00:00Z"))
        }
        #expect(receiver.contents == ["site seoul is silent"])
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

    /// Of the pinned relay, about whatever it likes.
    private func acknowledge(
        _ site: SiteFixture, _ key: SigningKey, source: String = "/appliance/test-site", first: Int = 1, last: Int = 1,
        digest: String? = nil, threads: String = ""
    ) async throws -> ApplianceBinary.Outcome {
        let chain = try site.messages().first { $0["sequence"] as? Int == last &+ 1 }?["previous"] as? String
        let state = #""digest":"\#(digest ?? chain ?? "")","first":\#(first),"last":\#(last),"state":"posted""#
        let object =
            #"{"ranges":[{\#(state)}],"source":"\#(source)","threads":[\#(threads)],"time":"2026-11-21T06:00:10Z","v":1}"#
        // As docs/formats.md says, and with a library of its own.
        let signed = Data("appliance ack 1\n\(object)".utf8)
        let signature = try Curve25519.Signing.PrivateKey(rawRepresentation: key.seed).signature(for: signed)
        try site.directory.write(
            "x.ack.json", object.dropLast() + ",\"signature\":\"\(signature.base64EncodedString())\"}")
        return try await site.run("outbox", "ack", "\(site.directory.path)/x.ack.json")
    }

    @Test("an ack of the pinned relay for another site, of another chain or without sense marks nothing")
    func forgedAcks() async throws {
        let site = try await site()
        defer { site.remove() }
        _ = try await site.run("batch")
        let key = SigningKey()
        try site.directory.write(
            "home/appliance.toml", site.configuration("[outbox]\nrelay_key = \"\(key.publicKey)\"\n"))
        let new = try names(site, "home/outbox/new")
        try #require(new.count >= 2)
        let other = try await acknowledge(site, key, source: "/appliance/busan")
        #expect(other.status == 65 && other.errors.contains("the ack is for /appliance/busan"), "\(other.errors)")
        let chain = try await acknowledge(site, key, digest: String(repeating: "a", count: 64))
        #expect(chain.status == 65 && chain.errors.contains("knows another message 1"), "\(chain.errors)")
        for (first, last) in [(0, 1), (2, 1), (-1, 1), (1, Int.max), (Int.max, Int.max), (Int.min, 1)] {
            let odd = try await acknowledge(site, key, first: first, last: last, digest: "x")
            #expect(odd.status == 65, "\(first)...\(last): \(odd.errors)")
        }
        #expect(try names(site, "home/outbox/new") == new)
        // A thread's id is carried as it is said, and looked at by the relay that uses it.
        let good = try await acknowledge(
            site, key, threads: #"{"channel":"ops\u0000","group":"G-1","id":"1&x=y"}"#)
        #expect(good.status == 0, "\(good.errors)")
        #expect(try names(site, "home/outbox/new") == Array(new.dropFirst()))
    }
}
