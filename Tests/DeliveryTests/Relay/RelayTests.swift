import ApplianceTestSupport
import Events
import Foundation
import Testing

@testable import Delivery

@Suite("A relay posts every message once, in order")
struct RelayTests {
    @Test("all that is there, once, with wait=true, and never again after a restart")
    func once() async throws {
        let fixture = try RelayFixture()
        defer { fixture.directory.remove() }
        let receiver = try WebhookReceiver()
        defer { receiver.stop() }
        let settings = fixture.settings([try fixture.channel(receiver)])
        try fixture.deliver(try fixture.files(1...5).shuffled())
        let summary = try await fixture.relay(settings).round(now: RelayFixture.start)
        #expect(summary.posted == 5 && summary.waiting == 0 && summary.faults.isEmpty)
        #expect(receiver.contents == (1...5).map { "seoul \($0)" })
        #expect(receiver.posts.allSatisfy { $0.request.query["wait"] == "true" })
        let again = try await fixture.relay(settings).round(now: RelayFixture.start)
        #expect(again == RelaySummary())
        #expect(receiver.contents.count == 5)
    }

    @Test("a message that lies there twice, in two directories, is one message")
    func twice() async throws {
        let fixture = try RelayFixture()
        defer { fixture.directory.remove() }
        let receiver = try WebhookReceiver()
        defer { receiver.stop() }
        let files = try fixture.files(1...2)
        try fixture.deliver(files)
        for file in files { try fixture.directory.write("spool/stick/\(file.name)", file.bytes) }
        let relay = try fixture.relay(fixture.settings([try fixture.channel(receiver)]))
        let summary = try await relay.round(now: RelayFixture.start)
        #expect(summary.faults.isEmpty)
        #expect(receiver.contents == ["seoul 1", "seoul 2"])
    }

    @Test("two sites into two channels, by site, kind and severity")
    func rules() async throws {
        let fixture = try RelayFixture(sites: ["busan", "seoul"])
        defer { fixture.directory.remove() }
        let (all, few) = (try WebhookReceiver(), try WebhookReceiver())
        defer { for receiver in [all, few] { receiver.stop() } }
        var urgent = try fixture.channel(few, name: "urgent")
        (urgent.sites, urgent.kinds, urgent.atLeast) = (["busan"], [.alert, .storm], .critical)
        let settings = fixture.settings([try fixture.channel(all), urgent])
        try fixture.deliver(try fixture.files(1...2, of: "busan", severity: .critical))
        try fixture.deliver(try fixture.files(1...2, of: "seoul", severity: .critical))
        let relay = try fixture.relay(settings)
        #expect(try await relay.round(now: RelayFixture.start).faults.isEmpty)
        #expect(all.contents == ["busan 1", "seoul 1", "busan 2", "seoul 2"])
        #expect(few.contents == ["busan 1", "busan 2"])
    }

    @Test("a forum: the first message of a group makes its thread, the next ones are posted there")
    func threads() async throws {
        let fixture = try RelayFixture()
        defer { fixture.directory.remove() }
        let receiver = try WebhookReceiver()
        defer { receiver.stop() }
        var forum = try fixture.channel(receiver)
        forum.isForum = true
        let settings = fixture.settings([forum])
        let files = try fixture.files(1...3, thread: "G-1")
        try fixture.deliver(Array(files[..<2]))
        _ = try await fixture.relay(settings).round(now: RelayFixture.start)
        try fixture.deliver([files[2]])
        _ = try await fixture.relay(settings).round(now: RelayFixture.start)
        #expect(receiver.posts.map { $0.request.query["thread_id"] } == [nil, "9000", "9000"])
        #expect(receiver.posts[0].request.body.contains("\"thread_name\":\"G-1\""))
        #expect(!receiver.posts[1].request.body.contains("thread_name"))
        let ack = try #require(try ack(fixture))
        #expect(ack.threads == [.init(group: "G-1", channel: "ops", id: "9000")])
    }

    @Test("a thread that was deleted is made anew")
    func deletedThread() async throws {
        let fixture = try RelayFixture()
        defer { fixture.directory.remove() }
        let receiver = try WebhookReceiver { post, number in
            number > 0 && post.request.query["thread_id"] == "9000"
                ? .refuse("404 Not Found", #"{"message": "Unknown Channel", "code": 10003}"#) : .take
        }
        defer { receiver.stop() }
        var forum = try fixture.channel(receiver)
        forum.isForum = true
        try fixture.deliver(try fixture.files(1...3, thread: "G-1"))
        let relay = try fixture.relay(fixture.settings([forum]))
        #expect(try await relay.round(now: RelayFixture.start).posted == 3)
        #expect(receiver.posts.map { $0.request.query["thread_id"] } == [nil, nil, "9002"])
    }

    @Test("attachments travel in the form, under their names")
    func attachments() async throws {
        let fixture = try RelayFixture()
        defer { fixture.directory.remove() }
        let receiver = try WebhookReceiver()
        defer { receiver.stop() }
        let page = OutboxAttachment(name: "report\r\n\"x.html", bytes: Data("<p>page</p>".utf8))
        try fixture.deliver(try fixture.files(1...1, attachments: [page]))
        let relay = try fixture.relay(fixture.settings([try fixture.channel(receiver)]))
        #expect(try await relay.round(now: RelayFixture.start).posted == 1)
        let post = try #require(receiver.posts.first)
        #expect(post.content == "seoul 1")
        #expect(post.request.headers["content-type"]?.hasPrefix("multipart/form-data; boundary=") == true)
        #expect(post.request.body.contains("name=\"files[0]\"; filename=\"report___x.html\"\r\n"))
        #expect(post.request.body.contains("\r\n\r\n<p>page</p>\r\n"))
    }

    @Test("an ack says what became of each number, proves the chain, and is the relay's own")
    func acks() async throws {
        let fixture = try RelayFixture()
        defer { fixture.directory.remove() }
        let receiver = try WebhookReceiver { post, _ in
            switch post.content {
            case "seoul 3": .refuse("400 Bad Request", #"{"message": "Cannot send an empty message"}"#)
            case "seoul 5": .takeSilently
            default: .take
            }
        }
        defer { receiver.stop() }
        let files = try fixture.files(1...5)
        try fixture.deliver(files)
        let settings = fixture.settings([try fixture.channel(receiver)])
        let relay = try fixture.relay(settings)
        _ = try await relay.round(now: RelayFixture.start)
        let ack = try #require(try ack(fixture))
        #expect(ack.source == "/appliance/seoul")
        #expect(ack.ranges.map(\.state) == [.posted, .parked, .posted, .doubt])
        #expect(ack.ranges.map(\.first) == [1, 3, 4, 5] && ack.ranges.map(\.last) == [2, 3, 4, 5])
        #expect(ack.ranges.map(\.digest) == [1, 2, 3, 4].map { files[$0].link.digest })
        let path = "\(fixture.directory.path)/state/acks/seoul.ack.json"
        #expect(
            Acknowledgement.open(try Data(contentsOf: URL(fileURLWithPath: path)), by: SigningKey().publicKey) == nil)
        // Nothing new to say: the file stays as it is.
        let before = try fixture.directory.read("state/acks/seoul.ack.json")
        _ = try await relay.round(now: RelayFixture.start.advanced(by: .hours(1)))
        #expect(try fixture.directory.read("state/acks/seoul.ack.json") == before)
    }

    @Test("a site that sends no heartbeat is told of, once for each silence")
    func silence() async throws {
        let fixture = try RelayFixture()
        defer { fixture.directory.remove() }
        let receiver = try WebhookReceiver()
        defer { receiver.stop() }
        let relay = try fixture.relay(fixture.settings([try fixture.channel(receiver)]))
        let start = RelayFixture.start
        #expect(try await relay.round(now: start.advanced(by: .hours(26))).faults.isEmpty)
        let silent = try await relay.round(now: start.advanced(by: .hours(27)))
        #expect(silent.faults == [.silent(site: "seoul", since: start)])
        _ = try await relay.round(now: start.advanced(by: .hours(28)))
        #expect(receiver.contents == ["site seoul is silent"])
        let beat = Heartbeat(lastRun: start, failures: 0, events: 1, groups: 1)
        let later = start.advanced(by: .hours(30))
        let file = try OutboxMessage.seal(
            OutboxDraft(
                kind: .heartbeat, subject: "heartbeat", severity: .info, time: later, data: .heartbeat(beat)),
            site: "seoul", after: .start, key: try #require(fixture.keys["seoul"]))
        try fixture.deliver([file])
        #expect(try await relay.round(now: later.advanced(by: .hours(26))).faults.isEmpty)
        #expect(try await relay.round(now: later.advanced(by: .hours(27))).faults.count == 1)
        #expect(receiver.contents.count == 2)
    }

    private func ack(_ fixture: RelayFixture) throws -> Acknowledgement? {
        let key = try #require(VerifyingKey(try fixture.directory.read("state/relay.pub")))
        return Acknowledgement.open(Data(try fixture.directory.read("state/acks/seoul.ack.json").utf8), by: key)
    }
}
