import Events
import Foundation
import Testing

@testable import Delivery

@Suite("Messages in other forms than Discord's")
struct MessageFormTests {
    private static let clock = SiteClock(identifier: "Asia/Seoul")

    private static func contents(_ text: String) -> [MessageContent] {
        var group = Sample.hostile(text)
        group.diagnosis?.recommendations = Array(repeating: .init(action: text, why: text), count: 9)
        var plain = group
        plain.diagnosis = nil
        let alerts = (0..<40).map { Alert(group: $0 % 2 == 0 ? group : plain, reason: .grown(40), heldBack: $0) }
        return [
            .alert(alerts[0]), .alert(alerts[1]), .storm(alerts), .warnings(alerts),
            .notice(Array(repeating: text, count: 60)), .digest(Sample.hostileReport(text)), .digest(Sample.report([])),
        ]
    }

    // MARK: - Slack

    private static func check(_ payload: SlackPayload) throws {
        #expect((1...SlackLimit.blocks).contains(payload.blocks.count))
        #expect(payload.text.utf16.count <= SlackLimit.text)
        for block in payload.blocks {
            let texts = [block.text].compactMap { $0 } + (block.fields ?? []) + (block.elements ?? [])
            #expect(!texts.isEmpty && texts.allSatisfy { !$0.text.isEmpty })
            let limit = block.type == .header ? SlackLimit.header : SlackLimit.section
            #expect((block.text?.text.utf16.count ?? 0) <= limit)
            #expect((block.fields?.count ?? 0) <= SlackLimit.fields)
            #expect((block.fields ?? []).allSatisfy { $0.text.utf16.count <= SlackLimit.field })
            // Only words of our own are read as Markdown.
            #expect(texts.allSatisfy { $0.type == .plain || ["<!here>", "<!channel>"].contains($0.text) })
        }
        let object = try JSONSerialization.jsonObject(with: CanonicalJSON.encode(payload)) as? [String: Any]
        #expect(object?["unfurl_links"] as? Bool == false)
    }

    @Test("Slack: within its limits, and nothing of a log is read as Markdown", arguments: HostileTextTests.texts)
    func slack(text: String) throws {
        let messages = SlackMessages(site: String(text.prefix(300)), clock: Self.clock, mention: .here)
        for content in Self.contents(text) { try Self.check(messages.payload(content)) }
    }

    @Test("Slack: long texts of characters that take two units")
    func slackLong() throws {
        let messages = SlackMessages(site: "s", clock: Self.clock, mention: .everyone)
        for content in Self.contents(String(repeating: "😀𝒳 ", count: 4000)) {
            try Self.check(messages.payload(content))
        }
    }

    @Test("Slack: a critical alert calls, its diagnosis and a warning do not")
    func calls() throws {
        func blocks(_ content: MessageContent, _ mention: Mention) -> [String] {
            SlackMessages(site: "s", clock: Self.clock, mention: mention).payload(content).blocks.compactMap(\.text)
                .filter { $0.type == .markdown }.map(\.text)
        }
        let alert = Alert(group: Sample.timeout, reason: .new)
        #expect(blocks(.alert(alert), .here) == ["<!here>"])
        #expect(blocks(.alert(alert), .everyone) == ["<!channel>"])
        #expect(blocks(.alert(alert), .role("1")).isEmpty)
        #expect(blocks(.alert(Alert(group: Sample.timeout, reason: .diagnosed)), .here).isEmpty)
        #expect(blocks(.warnings([alert]), .here).isEmpty)
        try expectGolden(
            Self.pretty(SlackMessages(site: "dc", clock: Self.clock, mention: .here).payload(.alert(alert))),
            "forms/slack-alert.json")
    }

    // MARK: - JSON

    @Test("JSON: values as they are, bounded")
    func generic() throws {
        let payload = GenericPayload(
            .alert(Alert(group: Sample.timeout, reason: .new, heldBack: 3)), site: "dc", clock: Self.clock,
            at: Sample.end)
        try expectGolden(Self.pretty(payload), "forms/alert.json")
        for content in Self.contents(String(repeating: "x", count: 100_000)) {
            let bytes = try CanonicalJSON.encode(
                GenericPayload(content, site: "s", clock: Self.clock, at: Sample.end))
            #expect(bytes.count < 300_000)
        }
    }

    private static func pretty(_ value: some Encodable) throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .prettyPrinted, .withoutEscapingSlashes]
        return String(decoding: try encoder.encode(value), as: UTF8.self) + "\n"
    }

    // MARK: - Mail

    private static let mail = MailMessage(
        site: "서울 dc 2", clock: clock, from: "appliance@example.org", to: ["ops@example.org", "lead@example.org"])

    @Test("mail: lines, headers and parts as RFC 5322 wants them", arguments: HostileTextTests.texts + ["장애 발생"])
    func lines(text: String) throws {
        for content in Self.contents(text) {
            let bytes = Self.mail.bytes(content, page: nil, at: Sample.end)
            #expect(bytes.allSatisfy { $0 < 0x80 })
            let lines = String(decoding: bytes, as: UTF8.self).components(separatedBy: "\r\n")
            #expect(lines.allSatisfy { $0.utf8.count <= 78 && !$0.contains("\n") && !$0.contains("\r") })
            let head = lines.prefix { !$0.isEmpty }
            let names = head.filter { !$0.hasPrefix(" ") }.map { $0.prefix { $0 != ":" } }
            #expect(Set(names).count == names.count && names.first == "Date")
        }
    }

    /// Python's parser, with its strictest policy, is not ours.
    static let reader = """
        import sys, json, email, email.policy
        out = []
        for path in sys.argv[1:]:
            m = email.message_from_bytes(open(path, "rb").read(), policy=email.policy.strict)
            leaves = [p for p in m.walk() if not p.is_multipart()]
            parts = {p.get_content_type(): p.get_content() for p in leaves if not p.is_attachment()}
            files = {p.get_filename(): p.get_content() for p in leaves if p.is_attachment()}
            out.append({"files": files, "subject": m["subject"], "from": str(m["from"]), "to": str(m["to"]), "date": m["date"].datetime.isoformat(),
                "references": str(m["references"] or ""), "id": m["message-id"], "types": list(parts), "text": parts["text/plain"],
                "html": parts["text/html"], "defects": [repr(d) for d in m.defects] + [repr(d) for p in m.walk() for d in p.defects]})
        print(json.dumps(out))
        """

    private static func read(_ mails: [Data]) throws -> [[String: Any]] {
        try withTemporaryDirectory { directory in
            let files = try mails.enumerated().map { index, bytes in
                let path = "\(directory)/\(index).eml"
                try bytes.write(to: URL(fileURLWithPath: path))
                return path
            }
            let (status, output) = try DiscordTests.python(["-c", reader] + files)
            try #require(status == 0, "\(output.prefix(2000))")
            return try #require(try JSONSerialization.jsonObject(with: Data(output.utf8)) as? [[String: Any]])
        }
    }

    static let hasPython = (try? DiscordTests.python(["-c", "import email"]).status) == 0

    @Test("mail: Python's parser reads what was written", .enabled(if: hasPython, "python3 is not here"))
    func parsed() throws {
        let page = "<!doctype html>\n<p>보고서 <b>x</b></p>\n"
        let alert = MessageContent.alert(Alert(group: Sample.timeout, reason: .new))
        let mails = [
            Self.mail.bytes(alert, page: nil, at: Sample.end),
            Self.mail.bytes(
                .digest(Sample.morning), page: OutboxAttachment(name: "report-2026-11-21.html", bytes: Data(page.utf8)),
                at: Sample.end),
        ]
        let read = try Self.read(mails)
        #expect(read.allSatisfy { ($0["defects"] as? [String])?.isEmpty == true }, "\(read)")
        #expect(
            read[0]["subject"] as? String
                == "[서울 dc 2] critical: G-9c07a1b2 is new: TimeoutException in OrderRepository.findOpen")
        #expect(read[0]["date"] as? String == "2026-11-20T21:00:00+00:00")
        #expect(read[0]["to"] as? String == "ops@example.org, lead@example.org")
        #expect((read[0]["references"] as? String)?.hasPrefix("<g-9c07a1b2@") == true)
        #expect((read[0]["text"] as? String)?.contains("Root cause: The pool has 10 connections") == true)
        #expect(read[1]["types"] as? [String] == ["text/plain", "text/html"])
        #expect((read[1]["html"] as? String)?.contains("45,916 events in 4 groups") == true)
        #expect(read[1]["files"] as? [String: String] == ["report-2026-11-21.html": page])
        #expect((read[0]["files"] as? [String: String])?.isEmpty == true)
        #expect(read[1]["id"] as? String != read[0]["id"] as? String)
    }

    /// Hands mails to an SMTP server, as `sendmail -t` does, and prints what the server took.
    private static let postman = """
        import base64, email, email.policy, json, smtplib, socket, sys
        from aiosmtpd.controller import Controller
        taken = []
        class Keeper:
            async def handle_DATA(self, server, session, envelope):
                taken.append([envelope.mail_from, envelope.rcpt_tos, base64.b64encode(envelope.original_content).decode()])
                return "250 taken"
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        server = Controller(Keeper(), hostname="127.0.0.1", port=port)
        server.start()
        with smtplib.SMTP("127.0.0.1", port) as client:
            for path in sys.argv[1:]:
                raw = open(path, "rb").read()
                head = email.message_from_bytes(raw, policy=email.policy.strict)
                to = [a.addr_spec for a in head["to"].addresses]
                refused = client.sendmail(head["from"].addresses[0].addr_spec, to, raw)
                assert refused == {}, refused
        server.stop()
        print(json.dumps(taken))
        """

    /// `make test-deps` puts the server there.
    /// The link itself: followed, it is the system's Python, which knows nothing of what lies beside the link.
    private static let python = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().appending(path: ".build/clients/bin/python").path
    static let hasServer =
        FileManager.default.isExecutableFile(atPath: python)
        && (try? DiscordTests.python(["-c", "import aiosmtpd"], program: python).status) == 0

    @Test(
        "mail: a real SMTP server takes every mail, and hands on what was written: headers, Korean, files",
        .enabled(if: hasServer, "the SMTP server of deploy/clients.sh is not here"))
    func delivered() throws {
        let page = Data(HTMLReport.render(Sample.morning).utf8)
        let file = OutboxAttachment(name: "report-2026-11-21.html", bytes: page)
        let texts =
            ["장애 발생 — 결제 서비스 응답 없음", ".", "..\r\n.\r\nQUIT", "\u{202E}x", "=?utf-8?B?eA==?="] + HostileTextTests.texts
        let mails =
            texts.flatMap { text in Self.contents(text).map { Self.mail.bytes($0, page: nil, at: Sample.end) } }
            + [Self.mail.bytes(.digest(Sample.morning), page: file, at: Sample.end)]
        try withTemporaryDirectory { directory in
            let files = try mails.enumerated().map { index, bytes in
                let path = "\(directory)/\(index).eml"
                try bytes.write(to: URL(fileURLWithPath: path))
                return path
            }
            let result = try DiscordTests.python(["-c", Self.postman] + files, program: Self.python)
            try #require(result.status == 0, "\(result.output.prefix(3000))")
            let taken = try #require(
                try JSONSerialization.jsonObject(with: Data(result.output.utf8)) as? [[Any]])
            #expect(taken.count == mails.count)
            let received = taken.compactMap { ($0[2] as? String).flatMap { Data(base64Encoded: $0) } }
            #expect(zip(received, mails).allSatisfy { $0 == $1 })
            #expect(taken.allSatisfy { $0[0] as? String == "appliance@example.org" })
            #expect(taken.allSatisfy { $0[1] as? [String] == ["ops@example.org", "lead@example.org"] })
            let read = try Self.read(received)
            #expect(read.allSatisfy { ($0["defects"] as? [String])?.isEmpty == true })
            #expect((read[0]["subject"] as? String)?.hasSuffix("장애 발생 — 결제 서비스 응답 없음") == true, "\(read[0])")
            #expect((read[0]["text"] as? String)?.contains("장애 발생 — 결제 서비스 응답 없음") == true)
            let last = try #require(read.last?["files"] as? [String: String])
            #expect(last == ["report-2026-11-21.html": String(decoding: page, as: UTF8.self)])
        }
    }

    @Test("mail: hostile text brings no header of its own", .enabled(if: hasPython, "python3 is not here"))
    func hostile() throws {
        let texts = HostileTextTests.texts + ["x\r\nBcc: evil@example.net\r\n\r\n", "=?utf-8?B?eA==?="]
        let read = try Self.read(
            texts.map { text in
                var group = Sample.timeout
                group.facts.group.title = text
                return Self.mail.bytes(.alert(Alert(group: group, reason: .new)), page: nil, at: Sample.end)
            })
        for mail in read {
            #expect((mail["defects"] as? [String])?.isEmpty == true, "\(mail)")
            #expect(mail["to"] as? String == "ops@example.org, lead@example.org")
            #expect((mail["subject"] as? String)?.hasPrefix("[서울 dc 2] critical: G-9c07a1b2 is new") == true)
        }
    }

    @Test(
        "addresses that could be more than an address are refused",
        arguments: [
            ("ops@example.org", true), ("a.b+c@x-y.example", true), ("", false), ("ops", false), ("a@b@c", false),
            ("a b@c", false), ("a@b\r\nBcc: c@d", false), ("<a@b>", false), ("a@", false),
        ])
    func addresses(text: String, isAddress: Bool) { #expect(MessageSettings.isAddress(text) == isAddress) }

    @Test("only the forms that are configured are made, and none changes Discord's")
    func maker() throws {
        var settings = MessageSettings()
        let content = MessageContent.alert(Alert(group: Sample.timeout, reason: .new))
        func draft() -> OutboxDraft {
            MessageMaker(site: "dc", timeZone: "UTC", mention: .here, settings: settings).draft(content, at: Sample.end)
        }
        let plain = draft()
        #expect(plain.attachments.isEmpty)
        #expect(!String(decoding: try CanonicalJSON.encode(plain.data), as: UTF8.self).contains("forms"))
        settings.forms = [.discord, .slack, .json, .mail]
        (settings.mailFrom, settings.mailTo) = ("a@example.org", ["b@example.org"])
        let whole = draft()
        #expect(whole.attachments.map(\.name) == ["message.eml"])
        guard case .discord(let payload, _, let forms, _) = whole.data, case .discord(let same, _, _, _) = plain.data
        else {
            Issue.record("no message")
            return
        }
        #expect(payload == same && forms.slack != nil && forms.json?.kind == "alert")
        let bytes = try CanonicalJSON.encode(whole.data)
        #expect(try JSONDecoder().decode(OutboxData.self, from: bytes) == whole.data)
    }
}
