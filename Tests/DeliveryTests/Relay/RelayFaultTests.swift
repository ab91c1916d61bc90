import ApplianceTestSupport
import Events
import Foundation
import Testing

@testable import Delivery

@Suite("A relay names every fault, and says what it cannot know")
struct RelayFaultTests {
    typealias Answer = WebhookReceiver.Answer

    private func run(
        _ count: Int = 2, _ answer: @escaping @Sendable (WebhookReceiver.Post, Int) -> Answer
    ) async throws -> (summary: RelaySummary, contents: [String], requests: Int, pauses: [Duration]) {
        let fixture = try RelayFixture()
        defer { fixture.directory.remove() }
        let receiver = try WebhookReceiver(answer)
        defer { receiver.stop() }
        try fixture.deliver(try fixture.files(1...count))
        let relay = try fixture.relay(fixture.settings([try fixture.channel(receiver)]))
        let summary = try await relay.round(now: RelayFixture.start)
        return (summary, receiver.contents, receiver.requestCount, fixture.clock.pauses)
    }

    @Test("429: waits as long as it is told, and posts", arguments: [true, false])
    func limited(isGlobal: Bool) async throws {
        let (summary, contents, requests, pauses) = try await run { _, number in
            number < 8
                ? .refuse("429 Too Many Requests", #"{"retry_after": 2.5, "global": \#(isGlobal)}"#) : .take
        }
        #expect(summary.posted == 2 && contents == ["seoul 1", "seoul 2"] && requests == 10)
        #expect(pauses == Array(repeating: .milliseconds(2501), count: 8))
    }

    @Test("a global limit stops the other channels too")
    func global() async throws {
        let fixture = try RelayFixture()
        defer { fixture.directory.remove() }
        let limit = GlobalLimit()
        limit.hold(until: .seconds(7))
        let receiver = try WebhookReceiver()
        defer { receiver.stop() }
        let poster = DiscordPoster(
            try fixture.channel(receiver), webhook: try WebhookURL(receiver.webhook), settings: fixture.settings([]),
            clock: fixture.clock.clock, global: limit
        ) { _ in }
        let payload = DiscordPayload(content: "x", embeds: [], allowedMentions: .init(.none))
        let outcome = try await poster.post(.discord(payload), attachments: [], thread: nil, newThread: nil)
        #expect(outcome == .posted(thread: nil))
        #expect(fixture.clock.pauses == [.seconds(7)])
    }

    @Test("a limit that is spent is waited for before the next message, not after a refusal")
    func headers() async throws {
        let (summary, _, requests, pauses) = try await run(3) { _, number in
            number == 1
                ? .takeWith("{}", headers: ["X-RateLimit-Remaining: 0", "X-RateLimit-Reset-After: 1.5"]) : .take
        }
        #expect(summary.posted == 3 && requests == 3 && pauses == [.milliseconds(1501)])
    }

    @Test("a limit that lasts too long is left to a later round")
    func longLimit() async throws {
        let (summary, contents, _, _) = try await run { _, _ in
            .refuse("429 Too Many Requests", #"{"retry_after": 90000}"#)
        }
        #expect(summary.waiting == 2 && contents.isEmpty)
        #expect(summary.faults.map(\.code) == ["stopped"])
    }

    @Test("a server's errors are tried again, ever later", arguments: ["500", "502", "503", "522"])
    func serverErrors(status: String) async throws {
        let (summary, contents, requests, pauses) = try await run { _, number in
            number < 3 ? .refuse("\(status) Error", "<html>") : .take
        }
        #expect(summary.posted == 2 && contents.count == 2 && requests == 5)
        #expect(pauses == [.seconds(1), .seconds(2), .seconds(4)])
    }

    @Test("errors that do not end stop the channel, and nothing is lost")
    func lasting() async throws {
        let (summary, contents, requests, _) = try await run { _, _ in .refuse("503 Unavailable") }
        #expect(summary.waiting == 2 && contents.isEmpty && requests == 6)
        #expect(summary.faults == [.stopped(channel: "ops", reason: "503")])
    }

    @Test("400: parked with the reason, and the next is posted")
    func parked() async throws {
        let (summary, contents, requests, _) = try await run { post, _ in
            post.content == "seoul 1"
                ? .refuse("400 Bad Request", #"{"message": "Must be 2000 or fewer in length.", "code": 50035}"#) : .take
        }
        #expect(contents == ["seoul 2"] && requests == 2)
        let reason = try #require(summary.faults.first?.description)
        #expect(reason.contains("400 Must be 2000 or fewer in length."))
    }

    @Test("a webhook that is gone stops its channel", arguments: ["401", "403", "404"])
    func closed(status: String) async throws {
        let (summary, _, requests, _) = try await run { _, _ in
            .refuse("\(status) Gone", #"{"message": "Unknown Webhook", "code": 10015}"#)
        }
        #expect(requests == 1 && summary.waiting == 2)
        #expect(summary.faults == [.stopped(channel: "ops", reason: "\(status) Unknown Webhook")])
    }

    @Test("no answer to what was sent: in doubt, and not sent again", arguments: [true, false], ["drop", "504"])
    func doubt(isTaken: Bool, how: String) async throws {
        let fixture = try RelayFixture()
        defer { fixture.directory.remove() }
        let receiver = try WebhookReceiver { post, _ in
            guard post.content == "seoul 1" else { return .take }
            if how == "504" { return .refuse("504 Gateway Timeout") }
            return isTaken ? .takeSilently : .drop
        }
        defer { receiver.stop() }
        try fixture.deliver(try fixture.files(1...2))
        let settings = fixture.settings([try fixture.channel(receiver)])
        var relay: Relay? = try fixture.relay(settings)
        let first = try await relay?.round(now: RelayFixture.start)
        #expect(first?.faults.map(\.code) == ["doubt"] && first?.posted == 1)
        relay = nil
        let second = try fixture.relay(settings)
        let summary = try await second.round(now: RelayFixture.start)
        #expect(summary.inDoubt == ["message 1 of seoul"] && summary.faults.isEmpty && receiver.requestCount == 2)
        // Somebody has looked: it is not there.
        try second.postAgain(1, of: "seoul")
        #expect(throws: RelayError.nothingToRepeat(2)) { try second.postAgain(2, of: nil) }
        _ = try await second.round(now: RelayFixture.start)
        #expect(receiver.requestCount == 3)
    }

    @Test("nobody listens: nothing was sent, so nothing is in doubt")
    func unreachable() async throws {
        let fixture = try RelayFixture()
        defer { fixture.directory.remove() }
        let receiver = try WebhookReceiver()
        let channel = try fixture.channel(receiver)
        receiver.stop()
        var silent = channel
        // A port that nobody listens on.
        silent.webhook = try WebhookURL("http://127.0.0.1:1/api/webhooks/1/x")
        try fixture.deliver(try fixture.files(1...2))
        let summary = try await fixture.relay(fixture.settings([silent])).round(now: RelayFixture.start)
        #expect(summary.waiting == 2 && summary.inDoubt.isEmpty)
        #expect(summary.faults.map(\.code) == ["stopped"])
    }

    @Test("lost, late, doubled and cut chains are named")
    func chain() async throws {
        let fixture = try RelayFixture()
        defer { fixture.directory.remove() }
        let receiver = try WebhookReceiver()
        defer { receiver.stop() }
        let settings = fixture.settings([try fixture.channel(receiver)])
        let files = try fixture.files(1...6)
        try fixture.deliver([files[0], files[3], files[5]])
        var relay: Relay? = try fixture.relay(settings)
        let gaps = try await relay?.round(now: RelayFixture.start)
        #expect(
            gaps?.faults == [
                .missing(site: "seoul", first: 2, last: 3), .missing(site: "seoul", first: 5, last: 5),
            ])
        try fixture.deliver([files[1]])
        let late = try await relay?.round(now: RelayFixture.start)
        #expect(late?.faults.contains(.late(site: "seoul", sequence: 2)) == true)
        #expect(receiver.contents == ["seoul 1", "seoul 4", "seoul 6", "seoul 2"])
        // The site was restored from a backup, and gives a number again.
        let other = try fixture.files(1...7, thread: "G-other")
        try fixture.deliver([other[0], other[6]])
        relay = nil
        let doubled = try await fixture.relay(settings).round(now: RelayFixture.start)
        #expect(doubled.faults.contains(.doubled(name: other[0].name, sequence: 1)))
        #expect(doubled.faults.contains(.unlinked(name: other[6].name)))
        #expect(receiver.contents.last == "seoul 7" && receiver.contents.count == 5)
    }

    @Test("a manifest tells that the last messages are missing")
    func manifest() async throws {
        let fixture = try RelayFixture()
        defer { fixture.directory.remove() }
        let receiver = try WebhookReceiver()
        defer { receiver.stop() }
        let files = try fixture.files(1...4)
        try fixture.deliver(Array(files[..<2]))
        let (name, bytes) = try OutboxManifest.make(
            of: files, site: "seoul", at: RelayFixture.start, key: try #require(fixture.keys["seoul"]))
        try fixture.directory.write("spool/\(name)", bytes)
        let relay = try fixture.relay(fixture.settings([try fixture.channel(receiver)]))
        #expect(
            try await relay.round(now: RelayFixture.start).faults == [.missing(site: "seoul", first: 3, last: 4)])
    }

    @Test("flip any byte of any file: it is named, and nothing of it is posted")
    func flipped() async throws {
        let fixture = try RelayFixture()
        defer { fixture.directory.remove() }
        let receiver = try WebhookReceiver()
        defer { receiver.stop() }
        let page = OutboxAttachment(name: "report.html", bytes: Data("<p>page</p>".utf8))
        let files = try fixture.files(1...1, attachments: [page])
        let (name, bytes) = try OutboxManifest.make(
            of: files, site: "seoul", at: RelayFixture.start, key: try #require(fixture.keys["seoul"]))
        let whole = [(files[0].name, files[0].bytes), (name, bytes), (page.fileName, page.bytes)]
        let settings = fixture.settings([try fixture.channel(receiver)])
        for (name, bytes) in whole { try fixture.directory.write("spool/\(name)", bytes) }
        for (name, bytes) in whole {
            for index in bytes.indices {
                var flipped = bytes
                flipped[index] ^= UInt8(truncatingIfNeeded: index % 255) + 1
                try fixture.directory.write("spool/\(name)", flipped)
                let summary = try await fixture.relay(settings, isDryRun: true).round(now: RelayFixture.start)
                let isNamed = summary.faults.contains { fault in
                    switch fault {
                    case .forged(let found), .unreadable(let found, _): found == name
                    case .attachment(_, let message): name == page.fileName && message == files[0].name
                    default: false
                    }
                }
                #expect(isNamed, "byte \(index) of \(name)")
                #expect(name.hasPrefix("manifest") || summary.posted == 0)
            }
            try fixture.directory.write("spool/\(name)", bytes)
        }
        #expect(receiver.requestCount == 0)
    }

    @Test("changed between the first look and the posting: not posted")
    func changedLater() async throws {
        let fixture = try RelayFixture()
        defer { fixture.directory.remove() }
        let receiver = try WebhookReceiver { _, number in number < 6 ? .refuse("503 Unavailable") : .take }
        defer { receiver.stop() }
        let files = try fixture.files(1...1)
        try fixture.deliver(files)
        let relay = try fixture.relay(fixture.settings([try fixture.channel(receiver)]))
        _ = try await relay.round(now: RelayFixture.start)
        try fixture.directory.write("spool/\(files[0].name)", files[0].bytes + Data(" ".utf8))
        let summary = try await relay.round(now: RelayFixture.start)
        #expect(summary.faults == [.changed(name: files[0].name)] && receiver.contents.isEmpty)
    }

    @Test("a message of another site's key, or under another name, is not believed")
    func forged() async throws {
        let fixture = try RelayFixture(sites: ["busan", "seoul"])
        defer { fixture.directory.remove() }
        let receiver = try WebhookReceiver()
        defer { receiver.stop() }
        var settings = fixture.settings([try fixture.channel(receiver)])
        settings.sites.removeAll { $0.name == "busan" }
        let stranger = try fixture.files(1...1, of: "busan")
        try fixture.deliver(stranger)
        let own = try fixture.files(1...1)[0]
        let renamed = "00000009" + own.name.dropFirst(8)
        try fixture.directory.write("spool/\(renamed)", own.bytes)
        try fixture.directory.write("spool/READ ME.txt", "hello")
        let summary = try await fixture.relay(settings).round(now: RelayFixture.start)
        #expect(
            Set(summary.faults) == [
                .forged(name: stranger[0].name), .forged(name: renamed), .foreign(name: "READ ME.txt"),
            ])
        #expect(receiver.requestCount == 0)
    }

    @Test("of a medium full of strangers' files, a few are named and the rest are counted; its messages are posted")
    func junk() async throws {
        let fixture = try RelayFixture()
        defer { fixture.directory.remove() }
        let receiver = try WebhookReceiver()
        defer { receiver.stop() }
        try fixture.deliver(try fixture.files(1...2))
        for number in 1...70 {
            try fixture.directory.write("spool/IMG_\(1000 + number).jpg", "x")
            let name = OutboxMessage.fileName(sequence: 100 + number, id: String(repeating: "a", count: 32))
            try fixture.directory.write("spool/\(name)", "{}")
        }
        let summary = try await fixture.relay(fixture.settings([try fixture.channel(receiver)])).round(
            now: RelayFixture.start)
        let named = Dictionary(grouping: summary.faults, by: \.code).mapValues(\.count)
        #expect(named == ["foreign": 20, "forged": 20, "more": 2])
        #expect(summary.faults.contains(.more(code: "foreign", count: 50)))
        #expect(RelayFault.more(code: "foreign", count: 5_000).description == "5,000 more files are not messages")
        #expect(receiver.contents == ["seoul 1", "seoul 2"])
    }

    @Test("the ledger: a torn line is cut off, zeros too; other damage is said, and it is held by one")
    func ledger() throws {
        let directory = try TemporaryDirectory()
        defer { directory.remove() }
        func lines(_ ledger: RelayLedger) -> Int { ledger.deliveries(in: .posted).count }
        let delivery = RelayLedger.Delivery(site: "s", item: .message(1), channel: "c", state: .posted)
        var ledger: RelayLedger? = try RelayLedger(directory: directory.path)
        try ledger?.append(.init(delivery: delivery), sync: true)
        // Space is laid out for the next lines; another reader ends where they do.
        let laidOut = try directory.read("ledger.jsonl").utf8
        #expect(laidOut.count == PreallocatedFile.step && laidOut.last == 0)
        #expect(lines(try RelayLedger(directory: directory.path, isReadOnly: true)) == 1)
        #expect(throws: RelayError.busy(path: "\(directory.path)/ledger.jsonl")) {
            try RelayLedger(directory: directory.path)
        }
        ledger = nil
        let whole = try directory.read("ledger.jsonl")
        #expect(whole.hasSuffix("}\n"))
        for tail in ["{\"deliv", "\0\0\0\0", "\0\n\0"] {
            try directory.write("ledger.jsonl", whole + tail)
            #expect(lines(try RelayLedger(directory: directory.path)) == 1)
            #expect(try directory.read("ledger.jsonl") == whole)
        }
        try directory.write("ledger.jsonl", "nonsense\n" + whole)
        #expect(throws: RelayError.self) { try RelayLedger(directory: directory.path) }
    }

    @Test("the ledger grows beyond what was laid out, and every line of it is read again", arguments: [1, 700])
    func growth(reasonLength: Int) throws {
        let directory = try TemporaryDirectory()
        defer { directory.remove() }
        let deliveries = (1...400).map { number in
            RelayLedger.Delivery(
                site: "s", item: .message(number), channel: "c", state: .parked,
                reason: String(repeating: "r", count: reasonLength + number % 7))
        }
        for part in [deliveries[..<150], deliveries[150...]] {
            let ledger = try RelayLedger(directory: directory.path)
            for delivery in part { try ledger.append(.init(delivery: delivery), sync: delivery.item == .message(9)) }
        }
        let bytes = try directory.read("ledger.jsonl").utf8
        #expect(!bytes.contains(0) && bytes.split(separator: 0x0A).count == 400)
        let read = try RelayLedger(directory: directory.path).deliveries(in: .parked)
        #expect(read.map(\.reason) == deliveries.map(\.reason))
    }

    @Test(
        "a webhook's URL is checked, and never shown",
        arguments: [
            ("https://discord.com/api/webhooks/1/abc", true), ("http://127.0.0.1:8080/api/webhooks/1/abc", true),
            ("https://[::1]:8443/hook/abc", true), ("http://discord.com/api/webhooks/1/abc", false),
            ("http://10.0.0.1/abc", false), ("https://discord.com/api?x=abc", false), ("discord.com/abc", false),
            ("https://user:abc@discord.com/abc", false), ("https://discord.com", false), ("", false),
            ("https://discord.com/a bc", false), ("file:///abc", false), ("https://127.1/abc", false),
        ])
    func webhook(text: String, isGood: Bool) throws {
        do {
            let url = try WebhookURL(text + "\n")
            #expect(isGood)
            var dumped = ""
            dump(url, to: &dumped)
            #expect(!"\(url) \(String(reflecting: url)) \(dumped)".contains("abc"))
        } catch {
            #expect(!isGood, "\(error)")
            #expect(!"\(error)".contains("abc"))
        }
    }
}
