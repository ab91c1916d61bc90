import ApplianceTestSupport
import Events
import Foundation
import Testing

@testable import Delivery

@Suite("What a hostile site, stick or host hands to a relay")
struct RelayAttackTests {
    @Test(
        "who can read a webhook's file: its owner alone, or root's group, as systemd hands credentials over",
        arguments: [
            (0o600, 1000, 1000, true), (0o400, 0, 0, true), (0o440, 0, 0, true), (0o640, 1000, 1000, false),
            (0o440, 0, 1000, false), (0o440, 1000, 0, false), (0o460, 0, 0, false), (0o444, 0, 0, false),
            (0o604, 1000, 1000, false),
        ])
    func privacy(mode: Int, owner: Int, group: Int, isPrivate: Bool) {
        #expect(DurableFile.isPrivate(mode: mode_t(mode), owner: uid_t(owner), group: gid_t(group)) == isPrivate)
    }

    @Test("a stick with links, directories, pipes and huge files in place of messages: named, and nothing is followed")
    func media() async throws {
        let fixture = try RelayFixture()
        defer { fixture.directory.remove() }
        let receiver = try WebhookReceiver()
        defer { receiver.stop() }
        let files = try fixture.files(1...6)
        try fixture.deliver([files[0]])
        let (spool, manager) = (fixture.spool, FileManager.default)
        // A message outside, and links to it and to its folder.
        try fixture.directory.write("outside/\(files[1].name)", files[1].bytes)
        try manager.createSymbolicLink(
            atPath: "\(spool)/\(files[1].name)",
            withDestinationPath: "\(fixture.directory.path)/outside/\(files[1].name)")
        try manager.createSymbolicLink(
            atPath: "\(spool)/away", withDestinationPath: "\(fixture.directory.path)/outside")
        try manager.createSymbolicLink(atPath: "\(spool)/loop", withDestinationPath: "loop")
        try manager.createDirectory(atPath: "\(spool)/\(files[2].name)", withIntermediateDirectories: false)
        mkfifo("\(spool)/\(files[3].name)", 0o600)
        _ = manager.createFile(atPath: "\(spool)/\(files[4].name)", contents: nil)
        truncate("\(spool)/\(files[4].name)", 1 << 42)
        _ = manager.createFile(atPath: "\(spool)/\(files[5].name)", contents: nil)
        try fixture.directory.write("spool/manifest-x.json", Data(count: 9 << 20))
        try fixture.directory.write("spool/.hidden", "x")
        let relay = try fixture.relay(fixture.settings([try fixture.channel(receiver)]))
        let summary = try await relay.round(now: RelayFixture.start)
        #expect(receiver.contents == ["seoul 1"])
        let named = summary.faults.map(\.description).joined(separator: "\n")
        for name in [1, 2, 3, 4, 5].map({ files[$0].name }) + [
            "away is not a message", "loop is not a message", "manifest-x.json",
        ] {
            #expect(named.contains(name), "\(name) in \(named)")
        }
        #expect(!named.contains("hidden"))
    }

    @Test(
        "numbers at the edge of what a number holds, signed by the site itself: named, never a trap",
        arguments: [Int.max, Int.min, -1, 0, 1_000_000_000_000_000_000])
    func extremes(number: Int) async throws {
        let fixture = try RelayFixture()
        defer { fixture.directory.remove() }
        let receiver = try WebhookReceiver()
        defer { receiver.stop() }
        let key = try #require(fixture.keys["seoul"])
        let files = try fixture.files(1...2)
        try fixture.deliver(files)
        let manifest = OutboxManifest(
            source: "/appliance/seoul", time: RelayFixture.start,
            messages: [.init(sequence: number, name: "x", sha256: "y", size: number, attachments: [])])
        let (name, bytes) = try manifest.sealed(key)
        try fixture.directory.write("spool/\(name)", bytes)
        var envelope = try JSONDecoder().decode(OutboxMessage.self, from: files[1].bytes)
        (envelope.sequence, envelope.id) = (number, String(repeating: "a", count: 32))
        let forged = try SignedObject.sign(try CanonicalJSON.encode(envelope), as: .message, with: key)
        for digits in [String(number), "999999999999999999", "00000003"] {
            try fixture.directory.write("spool/\(digits)-\(envelope.id).json", forged)
        }
        let relay = try fixture.relay(fixture.settings([try fixture.channel(receiver)]))
        let summary = try await relay.round(now: RelayFixture.start)
        #expect(receiver.contents == ["seoul 1", "seoul 2"])
        #expect(summary.faults.contains { $0.description.hasPrefix(name) }, "\(summary.faults)")
        #expect(try await relay.round(now: RelayFixture.start).posted == 0)
        #expect(
            try OutboxMessage.tombstone(for: forged, number: number, digest: "d", site: "seoul", key: key) == nil)
    }

    @Test("the last number that there is can be posted, and a number that no Int holds is named")
    func lastNumber() async throws {
        let fixture = try RelayFixture()
        defer { fixture.directory.remove() }
        let receiver = try WebhookReceiver()
        defer { receiver.stop() }
        let key = try #require(fixture.keys["seoul"])
        let draft = OutboxDraft(
            kind: .alert, subject: "G-1", severity: .high, time: RelayFixture.start,
            data: .discord(DiscordPayload(content: "last", embeds: [], allowedMentions: .init(.none)), thread: nil))
        let last = try OutboxMessage.seal(
            draft, site: "seoul", after: OutboxLink(sequence: .max, digest: String(repeating: "a", count: 64)), key: key
        )
        try fixture.deliver([last])
        let text = String(decoding: last.bytes, as: UTF8.self)
            .replacing("\"sequence\":999999999999999999", with: "\"sequence\":18446744073709551615")
        let (object, _) = try #require(SignedObject.split(Data(text.utf8)))
        let huge = "00000007-\(String(repeating: "b", count: 32)).json"
        try fixture.directory.write("spool/\(huge)", try SignedObject.sign(object, as: .message, with: key))
        let relay = try fixture.relay(fixture.settings([try fixture.channel(receiver)]))
        let summary = try await relay.round(now: RelayFixture.start)
        #expect(receiver.contents == ["last"])
        #expect(summary.faults.contains(.missing(site: "seoul", first: 1, last: 999_999_999_999_999_998)))
        #expect(summary.faults.contains { $0.description.hasPrefix(huge) })
    }

    @Test("a thread's id that is none is not put into a path")
    func threadID() async throws {
        let fixture = try RelayFixture()
        defer { fixture.directory.remove() }
        let receiver = try WebhookReceiver()
        defer { receiver.stop() }
        var channel = try fixture.channel(receiver)
        channel.isForum = true
        let draft = OutboxDraft(
            kind: .alert, subject: "G-1", severity: .high, time: RelayFixture.start,
            data: .discord(
                DiscordPayload(content: "x", embeds: [], allowedMentions: .init(.none)), thread: "G-1",
                threads: ["ops": "1&wait=false#/../../../evil"]))
        try fixture.deliver([
            try OutboxMessage.seal(draft, site: "seoul", after: .start, key: try #require(fixture.keys["seoul"]))
        ])
        let relay = try fixture.relay(fixture.settings([channel]))
        #expect(try await relay.round(now: RelayFixture.start).posted == 1)
        #expect(receiver.posts.first?.request.query == ["wait": "true"])
        #expect(receiver.posts.first?.request.body.contains("\"thread_name\":\"G-1\"") == true)
    }
}
