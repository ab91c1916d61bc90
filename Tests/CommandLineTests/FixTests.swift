import ApplianceTestSupport
import Events
import Foundation
import Testing

@Suite("A diagnosis becomes a tested patch in the outbox, and never more")
struct FixTests {
    static let rightFix = Fix(
        file: "billing/invoice.py", original: "    currency = order[\"currency\"]",
        modified: "    currency = order.get(\"currency\", \"KRW\")")

    struct Fix: Sendable, Codable {
        var file: String
        var description = "orders without a currency are in KRW"
        var original: String
        var modified: String
    }

    struct Answer: Codable {
        var analysis = "Frame total reads order[\"currency\"] [C1], which the commit [S1] added."
        var root_cause = "total() reads order['currency'], which orders without a currency do not have"
        var impact = "Invoices of those orders are not sent."
        var severity = "high"
        var recommendations: [[String: String]] = [["action": "Use a default", "why": "Old orders carry no currency"]]
        var confidence: Int
        var evidence = ["E1", "C1", "S1"]
        var auto_fixable = true
        var fix: Fix
    }

    static func answer(_ fix: Fix, confidence: Int = 90) throws -> String {
        String(decoding: try JSONEncoder().encode(Answer(confidence: confidence, fix: fix)), as: UTF8.self)
    }

    static func server(_ answer: String) throws -> ScriptedServer {
        try ScriptedServer([
            [.readRequest, .send(OllamaReplies.tags())], [.readRequest, .send(OllamaReplies.chat(answer))],
            [.readRequest, .send(OllamaReplies.tags())], [.readRequest, .send(OllamaReplies.chat(answer))],
        ])
    }

    /// The site after a batch, with a test in the repository's release that holds `test`.
    static func site(_ server: ScriptedServer, extra: String, test: String) async throws -> (SiteFixture, String) {
        let site = try SiteFixture(endpoint: server.url, extra: extra)
        let time = try #require(Timestamp(rfc3339: "2026-11-20T16:00:00Z"))
        let commit = try site.repository.commit("invoices: a test", ["test_invoice.py": test], at: time)
        try site.repository.git("tag", "-f", "1.4.0", commit)
        try site.directory.write("logs/worker.log", SiteFixture.traceback())
        let batch = try await site.run("batch", "-v")
        try #require(batch.status == 0, "\(batch.errors)")
        let id = try #require(try await site.counts().keys.first)
        return (site, id)
    }

    static let test = """
        import unittest
        from billing.invoice import total


        class Total(unittest.TestCase):
            def test_without_currency(self):
                self.assertEqual(total({"amount": 1}), (1, "KRW"))
        """
    static let command = "test_command = \"python3 -m unittest -q test_invoice\"\n"

    private func json(_ text: String) throws -> [String: Any] {
        try #require(try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
    }

    private func outbox(_ site: SiteFixture) throws -> [String] {
        let folder = site.directory.path + "/home/outbox/new"
        // Files that travel beside messages lie there too.
        let names = try FileManager.default.contentsOfDirectory(atPath: folder).filter { $0.hasSuffix(".json") }
        return try names.sorted().map { try String(contentsOfFile: "\(folder)/\($0)", encoding: .utf8) }
    }

    @Test("dry run, draft, patch in the outbox that git am takes, no second draft, merged in the end")
    func whole() async throws {
        let server = try Self.server(try Self.answer(Self.rightFix))
        defer { server.stop() }
        let (site, id) = try await Self.site(
            server, extra: Self.command + "[export]\ncode = true\nsamples = true", test: Self.test)
        defer { site.remove() }
        let waiting = try outbox(site).count
        let dry = try await site.run("fix", id, "--dry-run")
        #expect(dry.status == 0, "\(dry.errors)")
        #expect(dry.output.contains("+    currency = order.get(\"currency\", \"KRW\")"))
        #expect(dry.errors.contains("nothing was kept or sent"))
        #expect(try outbox(site).count == waiting)
        #expect(!FileManager.default.fileExists(atPath: site.directory.path + "/home/drafts"))

        let made = try await site.run("fix", id, "--json")
        #expect(made.status == 0, "\(made.errors)")
        let report = try json(made.output)
        #expect(report["outcome"] as? String == "drafted")
        let tests = try #require(report["tests"] as? String)
        // Hosts that forbid user namespaces cannot run tests, and say so.
        #expect(tests.hasPrefix("reproduced: 1 failed") || tests.contains("no sandbox works here"), "\(tests)")
        let messages = try outbox(site)
        #expect(messages.count == waiting + 1)
        let message = try json(try #require(messages.last))
        let data = try #require(message["data"] as? [String: Any])
        let fix = try #require(data["fix"] as? [String: Any])
        let text = try #require(fix["pullRequest"] as? [String: Any])
        #expect(text["labels"] as? [String] == ["auto-fix", "ai-generated", "confidence-high"])
        #expect((text["body"] as? String)?.contains("Written by a model: review before merging") == true)
        #expect(try await site.run("outbox", "verify").status == 0)

        let number = try #require(report["message"] as? Int)
        let out = site.directory.path + "/out"
        let extracted = try await site.run("outbox", "extract", "\(number)", out)
        #expect(extracted.output.split(separator: "\n").count == 3, "\(extracted.errors)")
        #expect(try await site.run("outbox", "extract", "\(number)", out).status == 64)
        #expect(try await site.run("outbox", "extract", "1", out + "2").status == 64)
        try site.directory.write("draft.patch", try site.directory.read("out/appliance-\(id).patch"))
        let clone = site.directory.path + "/clone"
        let script =
            "git clone -q \(site.repository.path) clone && cd clone && git am -q ../draft.patch && git log -1 --format=%an && git push -q origin HEAD:main"
        #expect(try await Self.shell(script, in: site.directory.path) == "appliance draft")
        #expect(try String(contentsOfFile: clone + "/billing/invoice.py", encoding: .utf8).contains("order.get"))

        let again = try await site.run("fix", id)
        #expect(again.status == 65 && again.errors.contains("exists already"), "\(again.errors)")
        let list = try await site.run("fix")
        #expect(list.output.contains("merged") && list.errors.contains("1 drafts"), "\(list.output) \(list.errors)")
    }

    @Test("a patch with something that looks like a secret is held as it is, shown, and leaves when somebody says so")
    func heldPatch() async throws {
        let server = try Self.server(try Self.answer(Self.rightFix))
        defer { server.stop() }
        // A line beside a change that holds a secret refuses the draft; what only the patch itself says comes this far.
        let rule = "[[redaction.pattern]]\nname = \"subject\"\nexpression = 'Subject: .PATCH.'\n"
        let (site, id) = try await Self.site(server, extra: "[export]\ncode = true\n" + rule, test: Self.test)
        defer { site.remove() }
        let made = try await site.run("fix", id)
        #expect(made.status == 0, "\(made.errors)")
        let notice = try #require(try outbox(site).last)
        #expect(notice.contains("appliance.fix-notice.v1") && notice.contains("held on the site"), "\(notice)")
        #expect(try !outbox(site).joined().contains("order.get"))
        let list = try await site.run("outbox", "list")
        #expect(list.output.hasPrefix("held 1  ") && list.output.contains("appliance.fix.v1  \(id)"), "\(list.output)")
        #expect(try await site.run("outbox", "list", "--held", "--ids").output == "1\n")
        let waiting = try await site.run("outbox", "list", "--held", "--json").output
        #expect(waiting.contains("\"held\":1,\"kind\":\"appliance.fix.v1\""), "\(waiting)")
        // Exactly what would leave: nothing in it is rewritten.
        let held = try await site.run("outbox", "show", "--held", "1").output
        #expect(held.contains("Subject: [PATCH]") && held.contains("order.get(\\\"currency"), "\(held)")
        #expect(try await site.run("outbox", "ship", "\(site.directory.path)/stick").status == 0)
        for name in try FileManager.default.contentsOfDirectory(atPath: "\(site.directory.path)/stick") {
            #expect(try !site.directory.read("stick/\(name)").contains("order.get"))
        }
        let number = try await site.run("outbox", "approve", "1").output.trimmingCharacters(in: .newlines)
        let shown = try await site.run("outbox", "show", number)
        #expect(
            shown.output.contains("Subject: [PATCH]") && shown.output.contains("appliance.fix.v1"), "\(shown.errors)")
        #expect(try await !site.run("outbox", "list").output.contains("held"))
        #expect(try await site.run("outbox", "verify").status == 0)
        let out = "\(site.directory.path)/out"
        #expect(try await site.run("outbox", "extract", number, out).output.contains(".patch"))
    }

    @Test("a person tells what became of a draft, and that its diagnosis was wrong; nothing is drafted of it then")
    func feedback() async throws {
        let server = try Self.server(try Self.answer(Self.rightFix))
        defer { server.stop() }
        let (site, id) = try await Self.site(server, extra: "", test: Self.test)
        defer { site.remove() }
        let early = try await site.run("feedback", id, "--draft", "merged")
        #expect(early.status == 64 && early.errors.contains("no fix draft was made of \(id)"), "\(early.errors)")
        #expect(try await site.run("feedback", id).status == 64)
        #expect(try await site.run("feedback", id, "maybe").status == 64)
        #expect(try await site.run("feedback", id, "wrong", "--fixed-by", "HEAD").status == 64)
        #expect(try await site.run("fix", id).status == 0)
        #expect(try await site.run("feedback", id, "--draft", "refused").status == 0)
        #expect(try await site.run("fix").output.contains("  refused  "))
        let wrong = try await site.run(
            "feedback", id, "wrong", "--cause", "password=\(String(repeating: "hunter2", count: 2)) expired")
        #expect(wrong.status == 0 && wrong.errors.contains("the diagnosis is wrong"), "\(wrong.errors)")
        let again = try await site.run("fix", id, "--dry-run")
        #expect(again.status == 65 && again.errors.contains("judged the diagnosis wrong"), "\(again.errors)")
        let exported = try await site.run("history", "export")
        #expect(exported.output.contains("\"verdict\":\"wrong\"") && !exported.output.contains("hunter2"))
    }

    @Test("the batch drafts by itself where it is told to; code stays unless it may leave")
    func batch() async throws {
        let server = try Self.server(try Self.answer(Self.rightFix))
        defer { server.stop() }
        let (site, id) = try await Self.site(server, extra: "[fixing]\nauto_draft = true", test: Self.test)
        defer { site.remove() }
        let messages = try outbox(site)
        #expect(messages.contains { $0.contains("appliance.fix-notice.v1") && $0.contains("code may not leave") })
        #expect(!messages.contains { $0.contains("order.get") })
        let folder = site.directory.path + "/home/drafts"
        let draft = try #require(try FileManager.default.contentsOfDirectory(atPath: folder).first)
        #expect(draft.hasPrefix(id))
        let files = try FileManager.default.contentsOfDirectory(atPath: "\(folder)/\(draft)").sorted()
        #expect(files == ["appliance-\(id).bundle", "appliance-\(id).md", "appliance-\(id).patch"])
        let report = try await site.run("fix", "--json")
        #expect(report.output.contains("\"made\":1") && report.output.contains("not run: "))
    }

    @Test("a draft whose tests fail sends a notice, and no patch")
    func failing() async throws {
        let server = try Self.server(try Self.answer(Self.rightFix))
        defer { server.stop() }
        let (site, id) = try await Self.site(
            server, extra: Self.command + "[export]\ncode = true",
            test: Self.test.replacing("(1, \"KRW\")", with: "(1, \"EUR\")"))
        defer { site.remove() }
        let made = try await site.run("fix", id, "--json")
        let report = try json(made.output)
        guard (report["tests"] as? String)?.contains("no sandbox works here") != true else { return }
        #expect(made.status == 65 && report["outcome"] as? String == "tests-failed", "\(made.output)")
        let last = try #require(try outbox(site).last)
        #expect(last.contains("appliance.fix-notice.v1") && !last.contains("order.get"))
        let again = try await site.run("fix", id)
        #expect(again.status == 65 && again.errors.contains("for this group and revision"))
    }

    static let malicious = [
        Fix(file: "../../../../etc/cron.d/x", original: "x", modified: "* * * * * root id"),
        Fix(file: ".git/hooks/post-checkout", original: "x", modified: "#!/bin/sh\nid"),
        Fix(file: ".github/workflows/ci.yml", original: "x", modified: "run: id"),
        Fix(
            file: "billing/invoice.py", original: "    currency = order[\"currency\"]",
            modified: "    __import__('os').system('rm -rf /')"),
        Fix(
            file: "billing/invoice.py", original: "    currency = order[\"currency\"]",
            modified: "    currency = open('/etc/shadow').read()"),
        Fix(
            file: "billing/invoice.py", original: "    currency = order[\"currency\"]",
            modified: "    while True: os.fork()"),
        Fix(
            file: "billing/invoice.py", original: "    currency = order[\"currency\"]",
            modified: "    currency = urllib.request.urlopen(\"http://10.0.0.1/\").read()"),
        Fix(file: "billing/invoice.py", original: "    not_there = 1", modified: "    currency = 1"),
    ]

    @Test("a malicious or half answer becomes no draft, and nothing is changed", arguments: malicious)
    func refused(_ fix: Fix) async throws {
        let server = try Self.server(try Self.answer(fix))
        defer { server.stop() }
        let (site, id) = try await Self.site(server, extra: Self.command + "[export]\ncode = true", test: Self.test)
        defer { site.remove() }
        let digest = "cd repository.git && find . -type f -print0 | sort -z | xargs -0 sha256sum | sha256sum"
        let folder = URL(fileURLWithPath: site.repository.path).deletingLastPathComponent().path
        let before = try await Self.shell(digest, in: folder)
        let waiting = try outbox(site).count
        let outcome = try await site.run("fix", id, "--json")
        #expect(outcome.status == 65, "\(outcome.output) \(outcome.errors)")
        #expect(try json(outcome.output)["outcome"] as? String == "refused")
        #expect((try json(outcome.output)["reason"] as? String)?.isEmpty == false)
        #expect(try outbox(site).count == waiting)
        #expect(try await Self.shell(digest, in: folder) == before)
    }

    @Test("a symbolic link as an answer is refused, and what it points to is neither read nor changed")
    func link() async throws {
        let server = try Self.server(
            try Self.answer(Fix(file: "link.py", original: "CANARY", modified: "CHANGED")))
        defer { server.stop() }
        let (site, _) = try await Self.site(server, extra: "", test: Self.test)
        defer { site.remove() }
        try site.directory.write("canary", "CANARY\n")
        let script = """
            export GIT_AUTHOR_NAME=a GIT_AUTHOR_EMAIL=a@b.invalid
            link=$(printf '\(site.directory.path)/canary' | git hash-object -w --stdin)
            tree=$( (git ls-tree HEAD; printf '120000 blob %s\\tlink.py\\n' $link) | git mktree)
            commit=$(git commit-tree -p HEAD -m link $tree)
            git update-ref HEAD $commit
            git tag -f 1.4.0 $commit
            """
        _ = try await Self.shell(script, in: site.repository.path)
        try site.directory.write("logs/again.log", SiteFixture.traceback().replacing("currency", with: "amount"))
        #expect(try await site.run("batch").status == 0)
        for id in try await site.counts().keys {
            let outcome = try await site.run("fix", id, "--json")
            #expect(outcome.status == 65 && !outcome.output.contains("CANARY"), "\(outcome.output)")
            #expect(try json(outcome.output)["outcome"] as? String == "refused")
        }
        #expect(try site.directory.read("canary") == "CANARY\n")
    }

    @Test("limits: what is MEDIUM only where it is allowed, no more drafts a day than allowed, an unknown group")
    func limits() async throws {
        let server = try Self.server(try Self.answer(Self.rightFix, confidence: 70))
        defer { server.stop() }
        let (site, id) = try await Self.site(server, extra: "", test: Self.test)
        defer { site.remove() }
        let unsure = try await site.run("fix", id)
        #expect(unsure.status == 65 && unsure.errors.contains("70 sure; a draft takes 80"), "\(unsure.errors)")
        try site.directory.write(
            "home/appliance.toml", site.configuration("[fixing]\nmin_confidence = 60\ndrafts_a_day = 0"))
        let full = try await site.run("fix", id)
        #expect(full.status == 75 && full.errors.contains("0 are allowed"), "\(full.errors)")
        try site.directory.write(
            "home/appliance.toml", site.configuration("[fixing]\nmin_confidence = 60\ndry_run = true"))
        let dry = try await site.run("fix", id)
        #expect(dry.status == 0 && dry.errors.contains("nothing was kept"), "\(dry.errors)")
        try site.directory.write("home/appliance.toml", site.configuration("[fixing]\nmin_confidence = 40"))
        #expect(try await site.run("fix", id).status == 78)
        try site.directory.write("home/appliance.toml", site.configuration(""))
        #expect(try await site.run("fix", "G-00000000").status == 64)
        #expect(try await site.run("fix", "nonsense").status == 64)
    }

    static func shell(_ script: String, in folder: String) async throws -> String {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/bin/sh")
        process.arguments = ["-ec", script]
        process.currentDirectoryURL = URL(fileURLWithPath: folder)
        process.environment = [
            "PATH": "/usr/bin:/bin", "HOME": folder, "GIT_CONFIG_NOSYSTEM": "1", "GIT_CONFIG_GLOBAL": "/dev/null",
            "GIT_COMMITTER_NAME": "Reviewer", "GIT_COMMITTER_EMAIL": "r@example.invalid",
        ]
        let outcome = try await ApplianceBinary.finish(process)
        try #require(outcome.status == 0, "\(script): \(outcome.errors)")
        return outcome.output.trimmingCharacters(in: .whitespacesAndNewlines)
    }
}
