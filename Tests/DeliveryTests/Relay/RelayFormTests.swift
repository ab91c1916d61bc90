import ApplianceTestSupport
import Events
import Foundation
import Testing

@testable import Delivery

@Suite("A relay posts each channel its form")
struct RelayFormTests {
    private func files(_ fixture: RelayFixture, _ forms: [MessageForm], threads: [String: String] = [:]) throws
        -> [OutboxFile]
    {
        let key = try #require(fixture.keys["seoul"])
        var settings = MessageSettings()
        settings.forms = forms
        (settings.mailFrom, settings.mailTo) = ("a@example.org", ["b@example.org"])
        let maker = MessageMaker(site: "seoul", timeZone: "UTC", mention: .here, settings: settings)
        var (link, files) = (OutboxLink.start, [OutboxFile]())
        for content in [
            MessageContent.alert(Alert(group: Sample.timeout, reason: .new)), .digest(Sample.morning),
        ] {
            var draft = maker.draft(content, at: RelayFixture.start)
            if case .discord(let payload, let thread, let forms, _) = draft.data {
                draft.data = .discord(payload, thread: thread, forms: forms, threads: threads)
            }
            files.append(try OutboxMessage.seal(draft, site: "seoul", after: link, key: key))
            link = files[files.count - 1].link
        }
        return files
    }

    @Test("Slack and a webhook of one's own get JSON, without Discord's query and files")
    func webhooks() async throws {
        let fixture = try RelayFixture()
        defer { fixture.directory.remove() }
        for form in [MessageForm.slack, .json] {
            let receiver = try WebhookReceiver()
            defer { receiver.stop() }
            var channel = try fixture.channel(receiver, name: form.rawValue)
            channel.form = form
            try fixture.deliver(try files(fixture, [.discord, .slack, .json, .mail]))
            let summary = try await fixture.relay(fixture.settings([channel])).round(now: RelayFixture.start)
            #expect(summary.posted == 2 && summary.faults.isEmpty, "\(summary)")
            #expect(receiver.posts.allSatisfy { $0.request.query["wait"] == nil })
            let bodies = try receiver.posts.map { post in
                try #require(try JSONSerialization.jsonObject(with: Data(post.request.body.utf8)) as? [String: Any])
            }
            if form == .slack {
                #expect(bodies.allSatisfy { ($0["blocks"] as? [Any])?.isEmpty == false })
            } else {
                #expect(bodies.map { $0["kind"] as? String } == ["alert", "digest"])
            }
            try FileManager.default.removeItem(atPath: "\(fixture.directory.path)/state")
        }
    }

    @Test("mails lie in the drop under their message's name, whole; again changes nothing")
    func mails() async throws {
        let fixture = try RelayFixture()
        defer { fixture.directory.remove() }
        let drop = "\(fixture.directory.path)/drop"
        try fixture.deliver(try files(fixture, [.mail]))
        let settings = fixture.settings([RelayChannel(name: "mail", mailDrop: drop)])
        let summary = try await fixture.relay(settings).round(now: RelayFixture.start)
        #expect(summary.posted == 2 && summary.faults.isEmpty)
        let names = try FileManager.default.contentsOfDirectory(atPath: drop).sorted()
        #expect(names.count == 2 && names.allSatisfy { $0.hasPrefix("seoul-0000000") && $0.hasSuffix(".eml") })
        let text = try String(contentsOfFile: "\(drop)/\(names[0])", encoding: .utf8)
        #expect(text.hasPrefix("Date: ") && text.contains("\r\nSubject: "))
        #expect(try await fixture.relay(settings).round(now: RelayFixture.start).posted == 0)
    }

    @Test("a channel gets no message that was not made in its form, and Discord gets no mail as a file")
    func notMade() async throws {
        let fixture = try RelayFixture()
        defer { fixture.directory.remove() }
        let (slack, discord) = (try WebhookReceiver(), try WebhookReceiver())
        defer { for receiver in [slack, discord] { receiver.stop() } }
        var channel = try fixture.channel(slack, name: "slack")
        channel.form = .slack
        try fixture.deliver(try files(fixture, [.mail]))
        let settings = fixture.settings([channel, try fixture.channel(discord)])
        let summary = try await fixture.relay(settings).round(now: RelayFixture.start)
        #expect(summary.posted == 2 && slack.requestCount == 0)
        #expect(discord.posts.allSatisfy { !$0.request.body.contains("message.eml") })
    }

    @Test("a relay that lost its ledger posts into the thread that the site knows from an ack")
    func knownThread() async throws {
        let fixture = try RelayFixture()
        defer { fixture.directory.remove() }
        let receiver = try WebhookReceiver()
        defer { receiver.stop() }
        var channel = try fixture.channel(receiver)
        channel.isForum = true
        try fixture.deliver([try files(fixture, [.discord], threads: ["ops": "4711"])[0]])
        let summary = try await fixture.relay(fixture.settings([channel])).round(now: RelayFixture.start)
        #expect(summary.posted == 1)
        #expect(receiver.posts.first?.request.query["thread_id"] == "4711")
    }

    @Test("a tombstone is taken for what it stands for, before and after it came")
    func tombstone() async throws {
        let fixture = try RelayFixture()
        defer { fixture.directory.remove() }
        let receiver = try WebhookReceiver()
        defer { receiver.stop() }
        let files = try fixture.files(1...3)
        let key = try #require(fixture.keys["seoul"])
        let stones = try files.map { file in
            try #require(
                try OutboxMessage.tombstone(
                    for: file.bytes, number: file.link.sequence, digest: file.link.digest, site: "seoul", key: key))
        }
        let settings = fixture.settings([try fixture.channel(receiver)])
        // The first comes as a tombstone alone, the second after it was posted.
        try fixture.deliver([stones[0], files[1]])
        let first = try await fixture.relay(settings).round(now: RelayFixture.start)
        #expect(first.faults.isEmpty && receiver.contents == ["seoul 2"])
        try fixture.deliver([stones[1], files[2]])
        let second = try await fixture.relay(settings).round(now: RelayFixture.start)
        #expect(second.faults.isEmpty && receiver.contents == ["seoul 2", "seoul 3"], "\(second.faults)")
    }
}
