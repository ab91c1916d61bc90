import ApplianceTestSupport
import Delivery
import Events
import Foundation
import Synchronization
import Testing

/// A relay's directory with a spool, and the built program.
struct RelaySite {
    let directory: TemporaryDirectory
    let binary: ApplianceBinary
    let key = SigningKey()
    static let now = "2026-11-21T06:00:00Z"

    init(webhook: String, extra: String = "", mode: Int = 0o600) throws {
        (directory, binary) = (try TemporaryDirectory(), try ApplianceBinary())
        try directory.write("seoul.pub", "\(key.publicKey)\n")
        try directory.write("ops.webhook", webhook + "\n")
        try FileManager.default.setAttributes(
            [.posixPermissions: mode], ofItemAtPath: "\(directory.path)/ops.webhook")
        try FileManager.default.createDirectory(
            atPath: "\(directory.path)/spool", withIntermediateDirectories: true)
        try directory.write(
            "relay.toml",
            """
            [relay]
            spool = "spool"
            state = "state"
            first_retry = "5ms"
            \(extra)
            [[site]]
            name = "seoul"
            key_files = ["seoul.pub"]
            [[channel]]
            name = "ops"
            webhook_file = "ops.webhook"
            """)
    }

    var arguments: [String] { ["relay", "--config", "\(directory.path)/relay.toml", "--now", Self.now] }

    func run(_ more: String...) async throws -> ApplianceBinary.Outcome { try await binary.run(arguments + more) }

    func deliver(_ count: Int) throws {
        var link = OutboxLink.start
        for number in 1...count {
            let file = try OutboxMessage.seal(Self.draft(number), site: "seoul", after: link, key: key)
            link = file.link
            try directory.write("spool/\(file.name)", file.bytes)
        }
    }

    static func draft(_ number: Int) throws -> OutboxDraft {
        let json = #"{"allowed_mentions": {"parse": []}, "content": "m\#(number)", "embeds": []}"#
        let payload = try JSONDecoder().decode(DiscordPayload.self, from: Data(json.utf8))
        let time = Timestamp(seconds: 1_795_240_000 + Double(number))
        return OutboxDraft(
            kind: .alert, subject: "G-\(number)", severity: .high, time: time, data: .discord(payload, thread: nil))
    }

    func reset() throws {
        for name in ["state"] where FileManager.default.fileExists(atPath: "\(directory.path)/\(name)") {
            try FileManager.default.removeItem(atPath: "\(directory.path)/\(name)")
        }
    }
}

@Suite("appliance relay")
struct RelayCommandTests {
    @Test("--dry-run prints and writes nothing; --once posts; the webhook's URL is never shown")
    func command() async throws {
        let receiver = try WebhookReceiver { _, number in
            number == 0 ? .refuse("404 Not Found", #"{"message": "Unknown Webhook"}"#) : .take
        }
        defer { receiver.stop() }
        let site = try RelaySite(webhook: receiver.webhook)
        defer { site.directory.remove() }
        try site.deliver(3)
        let dry = try await site.run("--dry-run")
        #expect(dry.status == 0 && dry.output.split(separator: "\n").count == 3, "\(dry.errors)")
        #expect(dry.output.contains(#""content":"m2""#) && receiver.requestCount == 0)
        #expect(!FileManager.default.fileExists(atPath: "\(site.directory.path)/state"))
        let gone = try await site.run("--once", "--verbose")
        #expect(gone.status == 69 && gone.errors.contains("404 Unknown Webhook"), "\(gone.errors)")
        let posted = try await site.run("--once", "--json")
        #expect(posted.status == 0 && posted.output.contains(#""posted":3"#), "\(posted.output)\(posted.errors)")
        #expect(receiver.contents == ["m1", "m2", "m3"])
        let everything =
            [dry, gone, posted].map { $0.output + $0.errors }.joined()
            + (try site.directory.read("state/ledger.jsonl"))
        #expect(!everything.contains(WebhookReceiver.token))
        let key = "\(site.directory.path)/state/relay.key"
        let mode = try FileManager.default.attributesOfItem(atPath: key)[.posixPermissions] as? Int
        #expect(mode == 0o600)
    }

    /// Where libraries tidy up at the end of the process while a thread still ends its connection, some fall.
    @Test("a run that ends right after an exchange ends with its own status, however often")
    func ending() async throws {
        let receiver = try WebhookReceiver { _, _ in .refuse("404 Not Found", #"{"message": "Unknown Webhook"}"#) }
        defer { receiver.stop() }
        let site = try RelaySite(webhook: receiver.webhook)
        defer { site.directory.remove() }
        try site.deliver(1)
        var statuses: [Int32: Int] = [:]
        let count = Self.isSoak ? 1_000 : 100
        for _ in 0..<count {
            statuses[try await site.run("--once", "--quiet").status, default: 0] += 1
        }
        #expect(statuses == [69: count])
    }

    @Test("a webhook's file that others can read is refused, and what is wrong in relay.toml is said with its line")
    func settings() async throws {
        let site = try RelaySite(webhook: "https://discord.com/api/webhooks/1/\(WebhookReceiver.token)", mode: 0o644)
        defer { site.directory.remove() }
        let exposed = try await site.run("--once")
        #expect(exposed.status == 78 && exposed.errors.contains("chmod 600"))
        #expect(!exposed.errors.contains(WebhookReceiver.token))
        let example = try await site.run("--example")
        #expect(example.status == 0)
        try site.directory.write("relay.toml", example.output + "[relay.spooool]\n[chanel]\n")
        let wrong = try await site.run("--once")
        #expect(wrong.status == 78 && wrong.errors.contains("did you mean \"channel\""), "\(wrong.errors)")
        let none = try await site.binary.run(["relay", "--once", "--home", site.directory.path + "/nothing"])
        #expect(none.status == 78 && none.errors.contains("--example"), "\(none.errors)")
    }

    @Test("a continuous relay posts what comes, and ends on SIGTERM with its state kept")
    func continuous() async throws {
        let receiver = try WebhookReceiver()
        defer { receiver.stop() }
        let site = try RelaySite(webhook: receiver.webhook, extra: "interval = \"100ms\"")
        defer { site.directory.remove() }
        let process = site.binary.process(site.arguments + ["--quiet"])
        (process.standardOutput, process.standardError) = (FileHandle.nullDevice, FileHandle.nullDevice)
        let ended = AsyncStream<Int32> { stream in
            process.terminationHandler = { process in
                stream.yield(process.terminationStatus)
                stream.finish()
            }
        }
        try process.run()
        try site.deliver(2)
        await receiver.server.waitForRequest(count: 2)
        process.terminate()
        for await status in ended { #expect(status == 130) }
        let after = try await site.run("--once")
        #expect(after.status == 0 || after.status == 65, "\(after.errors)")
        #expect(receiver.contents == ["m1", "m2"])
    }

    static let isSoak = ProcessInfo.processInfo.environment["APPLIANCE_SOAK"] != nil

    @Test("killed at any instant, against a receiver that fails a fifth of the time: once, or in doubt")
    func killed() async throws {
        let generator = Mutexed(SeededGenerator(seed: 0x0E1A))
        let receiver = try WebhookReceiver { _, _ in
            switch generator.next(below: 25) {
            case 0: .takeSilently
            case 1: .drop
            case 2: .refuse("503 Service Unavailable")
            case 3: .refuse("429 Too Many Requests", #"{"retry_after": 0.005}"#)
            case 4: .refuse("500 Internal Server Error")
            default: .take
            }
        }
        defer { receiver.stop() }
        let site = try RelaySite(webhook: receiver.webhook)
        defer { site.directory.remove() }
        let count = 24
        try site.deliver(count)
        let clock = ContinuousClock()
        let start = clock.now
        _ = try await site.run("--once")
        let whole = start.duration(to: clock.now)
        var random = SeededGenerator(seed: 0x5EED)
        for _ in 0..<(Self.isSoak ? 200 : 20) {
            try site.reset()
            receiver.forget()
            try await kill(site, after: whole * Double.random(in: 0.1...1.1, using: &random))
            var last = try await site.run("--once", "--json")
            for _ in 0..<5 where !last.output.contains(#""waiting":0"#) {
                last = try await site.run("--once", "--json")
            }
            try expectOnceOrInDoubt(count, receiver, last)
        }
    }

    private func expectOnceOrInDoubt(
        _ count: Int, _ receiver: WebhookReceiver, _ last: ApplianceBinary.Outcome
    ) throws {
        let line = try #require(last.output.split(separator: "\n").last { $0.contains("\"event\":\"round\"") })
        let total = try #require(try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])
        let doubts = Set(try #require(total["inDoubt"] as? [String]))
        #expect(total["waiting"] as? Int == 0, "\(last.errors)")
        let contents = receiver.contents
        for number in 1...count {
            let times = contents.count { $0 == "m\(number)" }
            let isInDoubt = doubts.contains("message \(number) of seoul")
            #expect(times == 1 || (times == 0 && isInDoubt), "m\(number) was posted \(times) times")
        }
        #expect(contents == contents.sorted { (Int($0.dropFirst()) ?? 0) < (Int($1.dropFirst()) ?? 0) })
    }

    private func kill(_ site: RelaySite, after time: Duration) async throws {
        try await site.binary.kill(site.arguments + ["--once", "--quiet"], after: time)
    }

    @Test(
        "10,000 messages are checked and posted at 500 a second or more, where receiver and disk allow it",
        .enabled(if: isSoak))
    func speed() async throws {
        let receiver = try WebhookReceiver()
        defer { receiver.stop() }
        let site = try RelaySite(webhook: receiver.webhook)
        defer { site.directory.remove() }
        try site.deliver(10_000)
        let allowed = try await RelayYardstick.allowed(by: receiver, directory: site.directory)
        let clock = ContinuousClock()
        let start = clock.now
        let outcome = try await site.run("--once", "--quiet")
        let seconds = start.duration(to: clock.now).inSeconds
        #expect(outcome.status == 0, "\(outcome.errors)")
        #expect(receiver.contents == (1...10_000).map { "m\($0)" })
        let rate = 10_000 / seconds
        print("10,000 messages checked and posted: \(Int(rate)) a second; allowed \(Int(allowed))")
        #expect(rate >= RelayYardstick.floor(allowed))
    }
}

@Suite("The outbox of a large site")
struct LargeOutboxTests {
    static let isSoak = RelayCommandTests.isSoak

    @Test(
        "10,000 messages are verified, shipped and relayed at 500 a second or more each, where the machine allows it",
        .enabled(if: isSoak))
    func speed() async throws {
        let receiver = try WebhookReceiver()
        defer { receiver.stop() }
        let site = try SiteFixture()
        defer { site.remove() }
        let seed = try Data(contentsOf: URL(fileURLWithPath: "\(site.directory.path)/home/keys/signing.key"))
        let key = try #require(SigningKey(seed: [UInt8](seed)))
        let outbox = Outbox(directory: "\(site.directory.path)/home/outbox")
        try outbox.prepare()
        var link = OutboxLink.start
        for number in 1...10_000 {
            let draft = try RelaySite.draft(number)
            let file = try OutboxMessage.seal(draft, site: "test-site", after: link, key: key)
            link = file.link
            try outbox.write(file)
        }
        let relay = try RelaySite(webhook: receiver.webhook)
        defer { relay.directory.remove() }
        try relay.directory.write("seoul.pub", "\(key.publicKey)\n")
        let allowed = try await RelayYardstick.allowed(by: receiver, directory: relay.directory)
        let clock = ContinuousClock()
        func measure(_ what: String, _ body: () async throws -> ApplianceBinary.Outcome) async throws {
            let start = clock.now
            let outcome = try await body()
            let rate = 10_000 / start.duration(to: clock.now).inSeconds
            #expect(outcome.status == 0, "\(what): \(outcome.errors)")
            print("10,000 messages, \(what): \(Int(rate)) a second; allowed \(Int(allowed))")
            #expect(rate >= RelayYardstick.floor(allowed), "\(what)")
        }
        try await measure("verified") { try await site.run("outbox", "verify") }
        try await measure("shipped") {
            try await site.run("outbox", "ship", "\(relay.directory.path)/spool", "--quiet")
        }
        try await measure("relayed") { try await relay.run("--once", "--quiet") }
        #expect(receiver.contents == (1...10_000).map { "m\($0)" })
    }

    @Test(
        "a run with 5,000 groups: every payload that it puts into the outbox is valid by Discord's own schema",
        .enabled(
            if: isSoak && SharedTestData.isAvailable,
            "needs APPLIANCE_SOAK, and check/discord.py in APPLIANCE_TEST_DATA"))
    func manyGroups() async throws {
        let site = try SiteFixture(
            extra: "[alerts]\nstorm_from = 100000\nat_once_from = \"info\"\n[export]\nsamples = true\ncode = true\n")
        defer { site.remove() }
        var random = SeededGenerator(seed: 0xD15C)
        let letters = Array("abcdefghijklmnopqrstuvwxyz")
        let hostile = [
            "@everyone", "<@&1>", "[x](https://evil.example)", "`", "||", "\u{202E}", "😀", "**", "~~~", "가나다",
        ]
        let lines = (0..<5_000).map { index in
            let word = (0..<12).map { _ in letters.randomElement(using: &random) ?? "a" }
            let more = (0..<Int.random(in: 0...40, using: &random)).map { _ in
                hostile.randomElement(using: &random) ?? ""
            }
            return "2026-11-21 05:\(10 + index % 50):00,000 ERROR \(String(word)).worker: \(String(word)) failed "
                + "\(more.joined(separator: " "))\n"
        }
        try site.directory.write("logs/a.log", lines.joined())
        let batch = try await site.run("batch", "--quiet")
        #expect(batch.status == 0, "\(batch.errors)")
        let payloads = try site.messages().compactMap { ($0["data"] as? [String: Any])?["payload"] }
        #expect(payloads.count > 4_900)
        let text = try payloads.map { String(decoding: try JSONSerialization.data(withJSONObject: $0), as: UTF8.self) }
        try site.directory.write("payloads.jsonl", text.joined(separator: "\n") + "\n")
        let checker = Process()
        checker.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        checker.arguments = ["python3", "\(SharedTestData.path ?? "")/check/discord.py", "-"]
        let checked = try await ApplianceBinary.finish(
            checker, input: Data(contentsOf: URL(fileURLWithPath: "\(site.directory.path)/payloads.jsonl")))
        #expect(checked.output.contains("\(payloads.count) checked, 0 faulty"), "\(checked.output.suffix(3000))")
        print(checked.output.suffix(200))
    }
}

/// A generator that threads share.
private final class Mutexed: Sendable {
    private let generator: Mutex<SeededGenerator>

    init(_ generator: SeededGenerator) { self.generator = Mutex(generator) }

    func next(below bound: Int) -> Int { generator.withLock { Int.random(in: 0..<bound, using: &$0) } }
}
