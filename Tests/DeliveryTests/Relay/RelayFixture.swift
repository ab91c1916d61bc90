import ApplianceTestSupport
import Events
import Foundation
import Synchronization
import Testing

@testable import Delivery

/// A spool with messages of sites, and what a relay needs to post them.
struct RelayFixture {
    let directory: TemporaryDirectory
    let keys: [String: SigningKey]
    let clock = TestClock()
    let told = Told()
    static let start = Timestamp(seconds: 1_795_240_800)

    final class Told: Sendable {
        let events = Mutex<[RelayEvent]>([])
    }

    init(sites: [String] = ["seoul"]) throws {
        directory = try TemporaryDirectory()
        keys = Dictionary(uniqueKeysWithValues: sites.map { ($0, SigningKey()) })
        try FileManager.default.createDirectory(
            atPath: "\(directory.path)/spool", withIntermediateDirectories: true)
    }

    var spool: String { "\(directory.path)/spool" }

    func settings(_ channels: [RelayChannel]) -> RelaySettings {
        var settings = RelaySettings(
            spool: spool, state: "\(directory.path)/state", acks: "\(directory.path)/state/acks")
        settings.sites = keys.sorted { $0.key < $1.key }.map { RelaySite(name: $0.key, keys: [$0.value.publicKey]) }
        settings.channels = channels
        return settings
    }

    func channel(_ receiver: WebhookReceiver, name: String = "ops") throws -> RelayChannel {
        RelayChannel(name: name, webhook: try WebhookURL(receiver.webhook))
    }

    func relay(_ settings: RelaySettings, isDryRun: Bool = false) throws -> Relay {
        try Relay(settings: settings, isDryRun: isDryRun, clock: clock.clock, now: Self.start) { [told] event in
            told.events.withLock { $0.append(event) }
        }
    }

    /// Messages `first…last` of a site, chained from the beginning.
    func files(
        _ numbers: ClosedRange<Int>, of site: String = "seoul", kind: OutboxDraft.Kind = .alert,
        severity: Severity = .high, thread: String? = nil, attachments: [OutboxAttachment] = []
    ) throws -> [OutboxFile] {
        let key = try #require(keys[site])
        var link = OutboxLink.start
        var files: [OutboxFile] = []
        for number in 1...numbers.upperBound {
            let payload = DiscordPayload(
                content: "\(site) \(number)", embeds: [], allowedMentions: .init(.none))
            let draft = OutboxDraft(
                kind: kind, subject: "G-\(number)", severity: severity,
                time: Self.start.advanced(by: .minutes(number)), data: .discord(payload, thread: thread),
                attachments: attachments)
            let file = try OutboxMessage.seal(draft, site: site, after: link, key: key)
            link = file.link
            files.append(file)
        }
        return Array(files[(numbers.lowerBound - 1)...])
    }

    func deliver(_ files: [OutboxFile]) throws {
        for file in files {
            for attachment in file.attachments {
                try directory.write("spool/\(attachment.fileName)", attachment.bytes)
            }
            try directory.write("spool/\(file.name)", file.bytes)
        }
    }
}

/// A clock that does not wait: every pause is over at once.
final class TestClock: Sendable {
    private let state = Mutex<(now: Duration, pauses: [Duration])>((.zero, []))

    var pauses: [Duration] { state.withLock { $0.pauses } }

    var clock: RelayClock {
        RelayClock(
            now: { self.state.withLock { $0.now } },
            pause: { time in
                self.state.withLock {
                    $0.now += time
                    $0.pauses.append(time)
                }
            })
    }
}
