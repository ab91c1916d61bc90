import ApplianceTestSupport
import Events
import Foundation
import Testing

/// Secrets of one run, each put into one place only, so that a leak names its place.
private struct Plant {
    private(set) var values: [(place: String, value: String)] = []

    /// A GitHub token of its own for a place; put together here, so that no scanner takes this file for a leak.
    mutating func token(_ place: String) -> String {
        remember(place, "gh" + "p_" + Self.random(36, seed: values.count))
    }

    mutating func password(_ place: String) -> String {
        remember(place, "Kestrel" + Self.random(10, seed: values.count) + "7")
    }

    mutating func email(_ place: String) -> String {
        remember(place, "kim" + Self.random(6, seed: values.count).lowercased() + "@example.co.kr")
    }

    /// Lines of a private key, without its begin and end.
    mutating func keyLines(_ place: String) -> [String] {
        (0..<4).map { remember("\(place), line \($0)", Self.random(64, seed: values.count)) }
    }

    private mutating func remember(_ place: String, _ value: String) -> String {
        values.append((place, value))
        return value
    }

    private static func random(_ length: Int, seed: Int) -> String {
        let alphabet = Array("ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz23456789")
        var state = UInt64(seed + 1) &* 0x9E37_79B9_7F4A_7C15
        return String(
            (0..<length).map { _ in
                state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
                return alphabet[Int(state >> 33) % alphabet.count]
            })
    }
}

@Suite("A planted secret is nowhere to be found")
struct PlantedSecretsTests {
    /// Everything that one site wrote, sent or printed, by where it was found.
    private struct Traces {
        var bytes: [(name: String, data: Data)] = []

        mutating func add(_ name: String, _ outcome: ApplianceBinary.Outcome) {
            bytes.append(("stdout of \(name)", Data(outcome.output.utf8)))
            bytes.append(("stderr of \(name)", Data(outcome.errors.utf8)))
        }

        mutating func addFiles(under path: String) throws {
            let files = try #require(FileManager.default.enumerator(atPath: path))
            for case let name as String in files {
                bytes.append(("a file's name", Data(name.utf8)))
                let whole = "\(path)/\(name)"
                var isDirectory: ObjCBool = false
                _ = FileManager.default.fileExists(atPath: whole, isDirectory: &isDirectory)
                if !isDirectory.boolValue { bytes.append((name, try Data(contentsOf: URL(fileURLWithPath: whole)))) }
            }
        }
    }

    private static let begin = "-----BEGIN RSA " + "PRIVATE KEY-----"
    private static let end = "-----END RSA " + "PRIVATE KEY-----"

    @Test("in no byte of the home, a prompt, a report, the outbox or an output")
    func everywhere() async throws {
        var plant = Plant()
        let answer = """
            {"analysis": "The log shows \(plant.token("the model's analysis")).", \
            "root_cause": "total() reads order['currency'] after login with password=\(plant.password("the model's cause"))", \
            "impact": "Mail to \(plant.email("the model's impact")) is not sent.", "severity": "high", \
            "recommendations": [{"action": "Rotate \(plant.token("the model's advice"))", "why": "It leaked"}], \
            "confidence": 82, "evidence": ["E1", "C1", "S1"], "other_causes": ["\(plant.token("another cause"))"], \
            "auto_fixable": true, "fix": {"file": "billing/invoice.py", "description": "x", \
            "original": "    amount = order[\\"amount\\"]", "modified": "    key = '\(plant.token("the model's fix"))'"}}
            """
        let chat: [ScriptedServer.Step] = [.readRequest, .send(OllamaReplies.chat(answer))]
        let tags: [ScriptedServer.Step] = [.readRequest, .send(OllamaReplies.tags())]
        let server = try ScriptedServer(
            Array(repeating: [tags, chat, chat, chat, chat, chat, chat], count: 4).flatMap { $0 })
        defer { server.stop() }
        let site = try SiteFixture(
            endpoint: server.url,
            extra: """
                [context]
                show_authors = true
                [export]
                code = true
                samples = true
                """)
        defer { site.remove() }
        try plantCode(&plant, site)
        try plantLogs(&plant, site)
        var traces = Traces()
        traces.add("batch", try await site.run("batch", "-v"))
        traces.add("a second batch", try await site.run("batch", "-v", "--json"))
        traces.add("report", try await site.run("report", "--since", "24h"))
        traces.add("report as HTML", try await site.run("report", "--since", "24h", "--format", "html"))
        traces.add("report as JSON", try await site.run("report", "--since", "24h", "--json"))
        for id in try await site.counts().keys.sorted() {
            traces.add("show", try await site.run("show", id, "--why"))
            traces.add("show as JSON", try await site.run("show", id, "--json"))
            traces.add("similar", try await site.run("similar", id))
            traces.add("resolve", try await site.run("resolve", id, "--note", "rotated \(plant.token("a note"))"))
        }
        let pasted = SiteFixture.traceback() + "ValueError: bad token \(plant.token("what is pasted"))\n"
        traces.add("explain", try await site.run("explain", "-", input: pasted))
        traces.add("explain, code only", try await site.run("explain", "-", "--context-only", input: pasted))
        traces.add(
            "ingest", try await site.run("ingest", "--dry-run", "--json", "\(site.directory.path)/logs/worker.log"))
        try await importHistory(&plant, site, &traces)
        try await breakConfiguration(&plant, site, &traces)
        traces.add("doctor", try await site.run("doctor"))
        for number in 1...3 { traces.add("outbox", try await site.run("outbox", "show", "\(number)")) }
        try traces.addFiles(under: site.directory.path + "/home")
        for request in server.requests { traces.bytes.append(("a prompt", Data(request))) }

        #expect(server.requests.count >= 2)
        #expect(plant.values.count > 40)
        for (place, value) in plant.values {
            // The middle of a value tells a leak as well as the whole.
            let part = Data(value.utf8.dropFirst(value.utf8.count / 3).prefix(12))
            for (name, data) in traces.bytes where data.range(of: part) != nil {
                Issue.record("the secret in \(place) is in \(name)")
            }
        }
        // And the run did its work: the report knows the error, and says what was masked.
        let page = try site.directory.read("home/reports/2026-11-21.md")
        #expect(page.contains("KeyError"))
        #expect(page.contains("What was masked"))
        #expect(page.contains("github-token"))
    }

    /// A mirror whose code, subjects and authors hold secrets.
    private func plantCode(_ plant: inout Plant, _ site: SiteFixture) throws {
        let time = try #require(Timestamp(rfc3339: "2026-11-20T16:00:00Z"))
        var code = SiteFixture.after.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        code[1] += "  # \(plant.token("a line of code"))"
        code.insert("DB_PASSWORD = \"\(plant.password("code"))\"", at: 5)
        code.insert(contentsOf: ["KEY = '''\(Self.begin)"] + plant.keyLines("code") + ["\(Self.end)'''"], at: 6)
        try site.repository.commit(
            "invoices: use \(plant.token("a commit's subject"))", ["billing/invoice.py": code.joined(separator: "\n")],
            at: time, author: plant.email("an author's name"))
        try site.repository.tag("1.4.1", try site.repository.head("main"))
    }

    /// Logs with secrets in every part of an event, in files' names, and in what cannot be read.
    private func plantLogs(_ plant: inout Plant, _ site: SiteFixture) throws {
        var text = "2026-11-21 05:09:59,000 INFO billing.worker: login password=\(plant.password("a line before"))\n"
        text += SiteFixture.traceback().replacing(
            "'currency'", with: "'currency' \(plant.token("an exception's message"))")
        text += "2026-11-21 05:11:00,000 ERROR billing.worker: cannot read key\n"
        text += ([Self.begin] + plant.keyLines("a message") + [Self.end]).joined(separator: "\n") + "\n"
        text +=
            "2026-11-21 05:12:00,000 ERROR billing.worker: GET https://kim:\(plant.password("a URL"))@x.example/a failed\n"
        text +=
            "2026-11-21 05:13:00,000 ERROR billing.worker: card 4111 1111 1111 1111 of \(plant.email("a message"))\n"
        try site.directory.write("logs/worker.log", text)

        let frame: [String: Any] = [
            "file": "billing/invoice.py", "function": "total", "line": 3, "inApp": true,
            "context": [
                "before": ["api_key = \"\(plant.token("a frame's context"))\""], "line": "x()",
                "after": ["# \(plant.email("a frame's context"))"],
            ],
        ]
        let event: [String: Any] = [
            "v": 1, "id": "e-\(plant.token("an event's id"))", "time": "2026-11-21T05:20:00Z", "level": "error",
            "service": "billing-worker", "message": "bad token \(plant.token("an event's message"))",
            "exceptions": [
                ["type": "AuthError", "message": "for \(plant.token("an event's exception"))", "frames": [frame]]
            ],
            "code": "E-\(plant.token("a code"))", "target": "t-\(plant.token("a target"))",
            "environment": plant.email("an environment"), "host": "h-\(plant.token("a host"))",
            "traceId": plant.token("a trace's id"), "spanId": plant.token("a span's id"),
            "breadcrumbs": [
                ["time": "2026-11-21T05:19:00Z", "category": "http", "message": "token \(plant.token("a breadcrumb"))"]
            ],
            "tags": ["password": plant.password("a tag"), "note": "see \(plant.token("a tag"))"],
            "fingerprint": ["{{ default }}", plant.token("an own fingerprint")],
        ]
        let broken = "{\"level\": \"error\", \"message\": \"token \(plant.token("a broken line"))\n"
        let line = String(decoding: try JSONSerialization.data(withJSONObject: event), as: UTF8.self)
        try site.directory.write("logs/\(plant.token("a file's name")).log", broken + line + "\n")
        try site.directory.write("logs/\(plant.token("the name of a broken file")).log.gz", "\u{1F}\u{8B} not gzip")
    }

    private func importHistory(_ plant: inout Plant, _ site: SiteFixture, _ traces: inout Traces) async throws {
        let lines = """
            {"event": {"v": 1, "message": "old \(plant.token("an imported event"))", "time": "2026-10-01T00:00:00Z", \
            "level": "error"}, "rootCause": "password=\(plant.password("an imported cause"))", \
            "resolution": {"at": "2026-10-02T00:00:00Z", "by": "\(plant.email("who resolved"))", \
            "note": "revoked \(plant.token("an imported note"))"}}
            {"event": {"message": 7, "x": "\(plant.token("a broken import"))"}}
            {"event": "\(plant.token("another broken import"))
            """
        try site.directory.write("old.jsonl", lines)
        traces.add("history import", try await site.run("history", "import", "\(site.directory.path)/old.jsonl"))
    }

    private func breakConfiguration(_ plant: inout Plant, _ site: SiteFixture, _ traces: inout Traces) async throws {
        try site.directory.write(
            "broken/appliance.toml",
            """
            [report]
            site = 5
            time_zone = "\(plant.token("a configured value"))"
            [routing]
            default_repository_url = "https://kim:\(plant.password("a configured URL"))@git.example/x"
            [[redaction.pattern]]
            name = "\(plant.token("a pattern's name"))"
            expression = "(\(plant.token("a pattern"))"
            """)
        try site.directory.write(
            "broken/models.conf",
            """
            [endpoint]
            url = "http://kim:\(plant.password("an endpoint"))@127.0.0.1:1"
            token_file = 7
            """)
        let broken = "\(site.directory.path)/broken"
        traces.add("config check", try await site.run("config", "check", "--config", broken))
        traces.add("batch without a configuration", try await site.run("batch", "--config", broken))
    }

    @Test("what leaves holds types of secrets, and no digit that tells two of them apart")
    func hashes() async throws {
        let site = try SiteFixture(extra: "[export]\nsamples = true")
        defer { site.remove() }
        try site.directory.write(
            "logs/worker.log",
            "2026-11-21 05:12:00,000 FATAL billing.worker: login of kim@example.com failed with password=hunter2x\n")
        #expect(try await site.run("batch").status == 0)
        let page = try site.directory.read("home/reports/2026-11-21.md")
        #expect(page.contains(#/email:[0-9a-f]{6}/#))
        let folder = site.directory.path + "/home/outbox/new"
        let names = try FileManager.default.contentsOfDirectory(atPath: folder)
        #expect(names.count == 5, "an alert, a digest and its page, an issue, the heartbeat")
        var isNamed = false
        for name in names {
            let text = try String(contentsOfFile: "\(folder)/\(name)", encoding: .utf8)
            #expect(!text.contains(#/(email|password):[0-9a-f]{1,6}/#), "\(text)")
            isNamed = isNamed || text.contains("email")
        }
        #expect(isNamed)
        // The key that makes the digits is the owner's alone.
        let key = site.directory.path + "/home/keys/redaction.key"
        let attributes = try FileManager.default.attributesOfItem(atPath: key)
        #expect(attributes[.posixPermissions] as? Int == 0o600)
    }
}
