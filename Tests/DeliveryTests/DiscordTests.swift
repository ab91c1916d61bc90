import Events
import Foundation
import Testing

@testable import Delivery

@Suite("Discord messages")
struct DiscordTests {
    static let messages = DiscordMessages(site: "dc-seoul-2", timeZone: "Asia/Seoul")

    static func pretty(_ payload: DiscordPayload) throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .prettyPrinted, .withoutEscapingSlashes]
        return String(decoding: try encoder.encode(payload), as: UTF8.self) + "\n"
    }

    @Test("an alert about a critical group")
    func alert() throws {
        let payload = Self.messages.alert(Alert(group: Sample.timeout, reason: .new, heldBack: 12))
        try expectGolden(Self.pretty(payload), "discord/alert.json")
    }

    @Test("the digest of a batch")
    func digest() throws {
        try expectGolden(Self.pretty(Self.messages.digest(Sample.morning)), "discord/digest.json")
    }

    @Test("a storm in one message")
    func storm() throws {
        let alerts = (0..<14).map {
            Alert(group: $0 == 3 ? Sample.timeout : Sample.back, reason: .grown(Double($0 + 10)))
        }
        try expectGolden(Self.pretty(Self.messages.storm(alerts, at: Sample.end)), "discord/storm.json")
    }

    @Test("only critical alerts call, and only whom the configuration names")
    func mentions() {
        let role = DiscordMessages(site: "s", timeZone: "UTC", mention: .role("77"))
        let critical = role.alert(Alert(group: Sample.timeout, reason: .reminder))
        #expect(critical.content?.hasPrefix("<@&77> critical: G-9c07a1b2 goes on") == true)
        #expect(critical.allowedMentions == .init(.role("77")))
        let high = role.alert(Alert(group: Sample.back, reason: .back))
        #expect(high.content == "high: G-41f2aa00 is back after being resolved")
        #expect(high.allowedMentions == .init(.none))
        #expect(DiscordPayload.AllowedMentions(.user("5")).users == ["5"])
        #expect(Self.messages.digest(Sample.morning).allowedMentions.parse == [])
    }

    @Test("nobody has diagnosed it: the message says so")
    func undiagnosed() {
        let payload = Self.messages.alert(Alert(group: Sample.plain, reason: .new))
        #expect(payload.embeds.first?.description == "cache miss for `<key>`\nNot diagnosed yet.")
        #expect(payload.embeds.first?.footer?.text == "site dc-seoul-2 · not diagnosed")
    }

    @Test("a digest of nothing, and of no run")
    func quiet() {
        let quiet = Self.messages.digest(Sample.report([]))
        #expect(quiet.embeds.first?.description == "No errors.")
        let unread = Report(
            site: "s", window: Sample.window, generatedAt: Sample.end, timeZone: "UTC", groups: [],
            model: .none(reason: "-"), batchFailures: ["the disk is full"])
        #expect(
            Self.messages.digest(unread).embeds.first?.description
                == "**A run failed:** the disk is full\n**No run read anything in this window.**")
    }

    @Test("hostile text stays in embeds and within every limit", arguments: HostileTextTests.texts)
    func hostile(text: String) {
        for payload in Self.payloads(text) { Self.check(payload) }
    }

    @Test("seeded random texts stay within every limit", arguments: 0..<12)
    func limits(seed: Int) {
        var numbers = SeededNumbers(state: UInt64(seed) &+ 1000)
        let alphabet = [
            "😀", "👩‍👩‍👧", "e\u{301}", "가", "a", " ", " ", "@everyone", "@here", "`", "*", "\\", "\u{202E}", "|", "𝒳",
            "<@1>",
        ]
        for _ in 0..<4 {
            let length = Int.random(in: 0...9000, using: &numbers)
            let text = (0..<length).map { _ in alphabet.randomElement(using: &numbers) ?? "a" }.joined()
            for payload in Self.payloads(text) { Self.check(payload) }
        }
    }

    /// Every message that a text can get into.
    static func payloads(_ text: String) -> [DiscordPayload] {
        let messages = DiscordMessages(site: String(text.prefix(200)), timeZone: "Asia/Seoul")
        var group = Sample.hostile(text)
        group.facts.services = Array(repeating: Tally(value: text, count: 1), count: 9)
        group.diagnosis?.recommendations = Array(repeating: .init(action: text, why: text), count: 9)
        var undiagnosed = group
        undiagnosed.diagnosis = nil
        var modelled = group
        var run = Sample.run
        (run.model, run.prompt) = (text, text)
        modelled.diagnosis?.provenance.author = .model(run)
        let storm = Array(repeating: Alert(group: group, reason: .new, heldBack: 3), count: 12)
        return [
            messages.alert(storm[0]), messages.alert(Alert(group: undiagnosed, reason: .grown(40))),
            messages.alert(Alert(group: modelled, reason: .back)), messages.storm(storm, at: Sample.end),
            messages.digest(Sample.hostileReport(text)), messages.warnings(storm, at: Sample.end),
            messages.notice(Array(repeating: text, count: 14), at: Sample.end),
            messages.alert(Alert(group: modelled, reason: .diagnosed)),
            messages.alert(Alert(group: modelled, reason: .woken(.release(text)), heldBack: .max)),
            DiscordMessages.silence(of: "seoul", since: Sample.end),
        ]
    }

    static func check(_ payload: DiscordPayload) {
        #expect((payload.content?.utf16.count ?? 0) <= 200)
        #expect(payload.embedUnits <= DiscordLimit.embedsTogether)
        let everything = (payload.content ?? "") + payload.embeds.map(\.text).joined(separator: "\n")
        let called =
            everything.components(separatedBy: "@here").count + everything.components(separatedBy: "@everyone").count
        #expect(called - 2 == (payload.allowedMentions.parse.isEmpty ? 0 : 1))
        for embed in payload.embeds {
            #expect((1...DiscordLimit.title).contains(embed.title.utf16.count))
            #expect((1...DiscordLimit.description).contains(embed.description?.utf16.count ?? 0))
            #expect((embed.footer?.text.utf16.count ?? 0) <= DiscordLimit.footer)
            #expect(embed.fields.count <= DiscordLimit.fields)
            for field in embed.fields {
                #expect((1...DiscordLimit.fieldName).contains(field.name.utf16.count))
                #expect((1...DiscordLimit.fieldValue).contains(field.value.utf16.count))
            }
            if embed.title.hasPrefix("Errors, ") {
                #expect((payload.content?.utf16.count ?? 0) + payload.embedUnits <= DiscordMessages.digestUnits)
            }
        }
    }

    @Test(
        "every payload of a run with 5,000 groups, by Discord's own schema",
        .enabled(if: canCheck && isLong, "needs APPLIANCE_SOAK, APPLIANCE_TEST_DATA, python3 and its jsonschema"))
    func manyGroups() throws {
        let checker = try #require(Self.checker)
        var numbers = SeededNumbers(state: 7)
        let groups = (0..<5000).map { index in
            var group = Sample.hostile(HostileTextTests.texts.randomElement(using: &numbers) ?? "")
            group.facts.group.fingerprint = Sample.fingerprint(String(0x1000_0000 + index, radix: 16))
            group.severity = Severity.allCases.randomElement(using: &numbers) ?? .low
            if Bool.random(using: &numbers) { group.diagnosis = nil }
            return group
        }
        let report = Sample.report(groups)
        let alerts = report.groups.map { Alert(group: $0, reason: .new, heldBack: $0.facts.count) }
        let payloads =
            alerts.map(Self.messages.alert)
            + [
                Self.messages.storm(alerts, at: Sample.end), Self.messages.warnings(alerts, at: Sample.end),
                Self.messages.digest(report),
            ]
        try withTemporaryDirectory { directory in
            let files = try payloads.enumerated().map { index, payload in
                let path = "\(directory)/\(index).json"
                try payload.encoded().write(to: URL(fileURLWithPath: path))
                return path
            }
            let result = try Self.python([checker] + files)
            #expect(result.output.contains("\(payloads.count) checked, 0 faulty"), "\(result.output.prefix(3000))")
        }
    }

    static let isLong = ProcessInfo.processInfo.environment["APPLIANCE_SOAK"] != nil

    static let checker = ProcessInfo.processInfo.environment["APPLIANCE_TEST_DATA"].map { "\($0)/check/discord.py" }

    static let canCheck: Bool = {
        guard checker != nil else { return false }
        return (try? python(["-c", "import jsonschema"]).status) == 0
    }()

    static func python(
        _ arguments: [String], program: String = "python3"
    ) throws -> (status: Int32, output: String) {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = [program] + arguments
        let pipe = Pipe()
        (process.standardOutput, process.standardError) = (pipe, pipe)
        try process.run()
        let output = String(decoding: pipe.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        return (process.terminationStatus, output)
    }

    @Test(
        "Discord's own schema accepts every payload, taken out of the outbox",
        .enabled(if: canCheck, "needs APPLIANCE_TEST_DATA, python3 and its jsonschema"))
    func schema() throws {
        let checker = try #require(Self.checker)
        try withTemporaryDirectory { directory in
            let outbox = Outbox(directory: "\(directory)/outbox")
            try outbox.prepare()
            let texts = HostileTextTests.texts + ["plain"]
            let payloads =
                [Self.messages.alert(Alert(group: Sample.timeout, reason: .new)), Self.messages.digest(Sample.morning)]
                + texts.flatMap(Self.payloads)
            var link = OutboxLink.start
            for payload in payloads {
                let draft = OutboxDraft(
                    kind: .alert, subject: "G-9c07a1b2", severity: .critical, time: Sample.end,
                    data: .discord(payload, thread: "G-9c07a1b2")
                )
                let file = try OutboxMessage.seal(draft, site: "dc", after: link, key: OutboxTests.key)
                try outbox.write(file)
                link = file.link
            }
            var lines: [Data] = []
            for entry in try outbox.list() {
                let message = try JSONDecoder().decode(OutboxMessage.self, from: try #require(try outbox.read(entry)))
                guard case .discord(let payload, thread: "G-9c07a1b2", _, _) = message.data else { continue }
                lines.append(try payload.encoded())
            }
            #expect(lines.count == payloads.count)
            var files: [String] = []
            for (index, line) in lines.enumerated() {
                files.append("\(directory)/\(index).json")
                try line.write(to: URL(fileURLWithPath: files[index]))
            }
            let result = try Self.python([checker] + files)
            #expect(result.status == 0, "\(result.output.prefix(3000))")
            #expect(result.output.contains("\(payloads.count) checked, 0 faulty"))
        }
    }
}

extension DiscordPayload.Embed {
    fileprivate var text: String {
        ([title, description ?? "", footer?.text ?? ""] + fields.flatMap { [$0.name, $0.value] }).joined(
            separator: "\n")
    }
}
