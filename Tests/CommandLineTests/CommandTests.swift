import ApplianceTestSupport
import Foundation
import Testing

@Suite("Each command says what it did, and what to do when it cannot")
struct CommandTests {
    @Test("explain answers from a pasted trace, with code and suspect, and records nothing")
    func explain() async throws {
        let site = try SiteFixture()
        defer { site.remove() }
        let outcome = try await site.run("explain", input: SiteFixture.traceback())
        #expect(outcome.status == 0, "\(outcome.errors)")
        for words in [
            "KeyError", ">3 |     currency = order[\"currency\"]", "invoices: read the currency from the order",
            "built-in triage",
        ] {
            #expect(outcome.output.contains(words), "\(words) is missing:\n\(outcome.output)")
        }
        #expect(try await site.counts().isEmpty)
        let context = try await site.run("explain", "--context-only", "--json", input: SiteFixture.traceback())
        #expect(context.output.contains("\"file\":\"billing/invoice.py\""))
        let json = try await site.run("explain", "--json", "--no-model", input: SiteFixture.traceback())
        #expect(try JSONSerialization.jsonObject(with: Data(json.output.utf8)) is [String: Any])
    }

    @Test("show, similar and resolve know a group by the beginning of its id")
    func group() async throws {
        let site = try SiteFixture()
        defer { site.remove() }
        try site.directory.write("logs/a.log", SiteFixture.traceback())
        #expect(try await site.run("batch").status == 0)
        let id = try #require(try await site.counts().keys.first)
        let shown = try await site.run("show", String(id.prefix(7)), "--why")
        #expect(shown.status == 0, "\(shown.errors)")
        #expect(shown.output.contains("KeyError") && shown.output.contains("rule   frames"))
        let json = try await site.run("show", id, "--json")
        #expect(try JSONSerialization.jsonObject(with: Data(json.output.utf8)) is [String: Any])
        let similar = try await site.run("similar", id)
        #expect(similar.status == 0, "\(similar.errors)")
        let resolved = try await site.run("resolve", id, "--commit", "C0FFEE1", "--note", "mended")
        #expect(resolved.status == 0 && resolved.errors.contains("is resolved"))
        #expect(try await site.run("show", "G-00000000").status == 64)
        #expect(try await site.run("show", "nonsense").status == 64)
        #expect(try await site.run("resolve", id, "--commit", "xyz").status == 64)
    }

    @Test("doctor finds nothing broken in a working site, and says what is missing")
    func doctor() async throws {
        let site = try SiteFixture()
        defer { site.remove() }
        let outcome = try await site.run("doctor")
        #expect(outcome.status == 0, "\(outcome.output)")
        #expect(outcome.output.contains("models.conf names no model"))
        #expect(outcome.output.contains("nothing broken"))
        let json = try await site.run("doctor", "--json")
        #expect(try JSONSerialization.jsonObject(with: Data(json.output.utf8)) is [[String: Any]])
        let mirrors = try await site.run("mirror", "status", "--json")
        #expect(mirrors.status == 0 && mirrors.output.contains("mirror billing"))
    }

    @Test("doctor names a wrong configuration and exits 78")
    func doctorConfiguration() async throws {
        let site = try SiteFixture()
        defer { site.remove() }
        try site.directory.write("home/models.conf", "[models.diagnose]\nname = \"m\"\nnum_ctxt = 1\n")
        let outcome = try await site.run("doctor")
        #expect(outcome.status == 78)
        #expect(
            outcome.output.contains(
                "models.conf:3: unknown key \"num_ctxt\" in [models.diagnose]; did you mean \"num_ctx\"?"))
        let check = try await site.run("config", "check")
        #expect(check.status == 78 && check.errors.contains("models.conf:3"))
    }

    @Test("init writes what can be edited, and never replaces it")
    func initialize() async throws {
        let site = try SiteFixture()
        defer { site.remove() }
        let fresh = ["APPLIANCE_HOME": site.directory.path + "/fresh"]
        let first = try await site.binary.run(["init"], environment: fresh)
        #expect(first.status == 0 && first.errors.contains("written  "))
        try site.directory.write(
            "fresh/prompts/diagnose.md", try site.directory.read("fresh/prompts/diagnose.md") + "\n")
        let edited = try site.directory.read("fresh/prompts/diagnose.md")
        let second = try await site.binary.run(["init"], environment: fresh)
        #expect(second.status == 0 && !second.errors.contains("written  "))
        #expect(try site.directory.read("fresh/prompts/diagnose.md") == edited)
        let attributes = try FileManager.default.attributesOfItem(
            atPath: site.directory.path + "/fresh/keys/redaction.key")
        #expect((attributes[.posixPermissions] as? Int).map { $0 & 0o077 } == 0)
        let check = try await site.binary.run(["prompts", "check", "--show"], environment: fresh)
        #expect(check.status == 0, "\(check.errors)")
        #expect(check.output.contains("KeyError"))
    }

    @Test("a broken prompt is told with its line before anything is read, and without a model it is not needed")
    func prompts() async throws {
        let site = try SiteFixture(endpoint: "http://127.0.0.1:1")
        defer { site.remove() }
        try site.directory.write("logs/a.log", SiteFixture.traceback())
        try site.directory.write(
            "home/prompts/diagnose.md",
            "---\nname: diagnose\nrole: diagnose\nschema: diagnosis\nversion: soon\n---\n# System\nx\n")
        let broken = try await site.run("batch")
        #expect(broken.status == 78)
        #expect(broken.errors.contains("diagnose.md:5"), "\(broken.errors)")
        #expect(!FileManager.default.fileExists(atPath: site.directory.path + "/home/history.sqlite"))
        try site.directory.write("home/models.conf", "")
        #expect(try await site.run("batch").status == 0)
        #expect(try await site.counts().values.reduce(0, +) == 1)
    }

    @Test("history and outbox are looked after")
    func upkeep() async throws {
        let site = try SiteFixture()
        defer { site.remove() }
        try site.directory.write("logs/a.log", SiteFixture.traceback())
        #expect(try await site.run("batch").status == 0)
        #expect(try await site.run("history", "stats").output.contains("1 groups, 1 events"))
        #expect(try await site.run("history", "stats", "--json").output.contains("\"cacheStats\""))
        let copy = site.directory.path + "/copy.sqlite"
        #expect(try await site.run("history", "backup", copy).status == 0)
        #expect(try await site.run("history", "backup", copy).status != 0)
        let list = try await site.run("outbox", "list", "--ids")
        let number = try #require(list.output.split(separator: "\n").first.map(String.init))
        let message = try await site.run("outbox", "show", number)
        #expect(message.output.contains("\"specversion\""))
        #expect(!message.output.contains("currency = order"), "code must not leave by default")
        #expect(try await site.run("outbox", "show", "99999").status == 64)
        #expect(try await site.run("outbox", "verify").status == 0)
        let file = try #require(
            try FileManager.default.contentsOfDirectory(atPath: site.directory.path + "/home/outbox/new").sorted().first
        )
        let path = "home/outbox/new/" + file
        try site.directory.write(path, try site.directory.read(path).replacing("specversion", with: "specversioN"))
        let verified = try await site.run("outbox", "verify")
        #expect(verified.status == 65 && verified.output.contains(file))
    }

    @Test("history import takes what it can and names the lines that it cannot")
    func imports() async throws {
        let site = try SiteFixture()
        defer { site.remove() }
        let lines = """
            {"event": {"message": "disk is full", "service": "db", "time": "2026-10-01T00:00:00Z"}, "buckets": [{"time": "2026-10-01T00:00:00Z", "count": 5}], "resolution": {"at": "2026-10-02T00:00:00Z", "note": "bigger disk"}, "rootCause": "the log volume was full"}
            {"event": {"service": "db"}}
            not json
            """
        let file = try site.directory.write("past.jsonl", lines)
        let outcome = try await site.run("history", "import", file)
        #expect(outcome.status == 65)
        #expect(outcome.errors.contains("imported 1 group, 5 events"))
        #expect(outcome.errors.contains("past.jsonl:2: \"message\" is missing"))
        #expect(outcome.errors.contains("past.jsonl:3"))
    }

    @Test("ingest shows events as JSON lines, masked unless told otherwise")
    func ingest() async throws {
        let site = try SiteFixture()
        defer { site.remove() }
        let file = try site.directory.write(
            "x.log", "2026-11-21 05:10:00,123 ERROR a: login failed password=hunter2Zq81\n" + SiteFixture.traceback())
        let summary = site.directory.path + "/summary.json"
        let outcome = try await site.run("ingest", "--dry-run", "--json", file, "--triggers", "--json-summary", summary)
        #expect(outcome.status == 0, "\(outcome.errors)")
        #expect(outcome.output.split(separator: "\n").count == 2)
        #expect(!outcome.output.contains("hunter2Zq81"))
        #expect(try String(contentsOfFile: summary, encoding: .utf8).contains("\"events\":2"))
        let raw = try await site.run("ingest", "--dry-run", "--raw", file)
        #expect(raw.output.contains("hunter2Zq81"))
        #expect(try await site.run("ingest", file).status == 64)
        let partly = try await site.run("ingest", "--dry-run", "--json", file, "/nonexistent.log")
        #expect(partly.status == 66 && partly.errors.contains("/nonexistent.log: no such file"))
        #expect(!partly.output.isEmpty)
        let events = try site.directory.write("events.jsonl", outcome.output + "garbage\n")
        let prints = try await site.run("evaluate", "fingerprints", events)
        #expect(prints.output.split(separator: "\n", omittingEmptySubsequences: false).map(\.count) == [64, 64, 0, 0])
        let scan = try await site.run("evaluate", "scan", "--triggers", "level", file).output
        #expect(scan.contains("\"events\":2") && scan.contains("\"peakMemoryBytes\":"))
        #expect(try await site.run("evaluate", "scan", "--triggers", "some", file).status == 64)
        let empty = "\(site.directory.path)/recordings"
        try FileManager.default.createDirectory(atPath: empty, withIntermediateDirectories: false)
        let recording = try await site.run("evaluate", "recording", "--directory", empty, file)
        #expect(recording.output.contains("\"events\":2") && recording.output.contains("\"transactions\":1"))
        #expect(try FileManager.default.contentsOfDirectory(atPath: empty).isEmpty)
        #expect(try await site.run("evaluate", "recording", "--directory", "/nonexistent", file).status == 74)
        let messages = try site.directory.write("m.txt", "user 12 left\nuser 7 left\nserver started\n")
        let ids = try await site.run("evaluate", "templates", messages).output.split(separator: "\n")
        #expect(ids.count == 3 && ids[0] == ids[1] && ids[1] != ids[2])
        #expect(
            try await site.run("evaluate", "templates", "--templates", messages).output.contains("  2  user <*> left"))
        #expect(try await site.run("evaluate", "templates", "/nonexistent").status == 66)
        let history = try site.directory.write(
            "h.jsonl",
            """
            {"id": "a", "text": "cannot connect to the database: connection refused"}
            {"id": "b", "event": {"message": "disk quota exceeded while writing the archive"}}
            """)
        let queries = try site.directory.write(
            "q.jsonl", "{\"id\": \"q\", \"text\": \"cannot connect to the database: connection timed out\"}\n")
        let found = try await site.run("evaluate", "similar", "--history", history, "--queries", queries)
        #expect(found.output.contains("\"query\":\"q\"") && found.output.contains("\"id\":\"a\""), "\(found.errors)")
        #expect(found.errors.contains("\"rows\":2"))
        #expect(try await site.run("evaluate", "similar", "--history", file, "--queries", queries).status == 65)
        let redacted = try await site.run("evaluate", "redact", input: "password=hunter2Zq81\nplain\n")
        #expect(!redacted.output.contains("hunter2Zq81") && redacted.output.hasSuffix("plain\n"))
    }

    @Test(
        "what cannot be understood is a usage error",
        arguments: [
            ["report", "--since", "soon"], ["report", "--since", "1h", "--until", "2h"], ["batch", "--budget", "much"],
            ["nonsense"], ["report", "--now", "later"], ["outbox", "show", "x"],
        ])
    func usage(arguments: [String]) async throws {
        let site = try SiteFixture()
        defer { site.remove() }
        let outcome = try await site.binary.run(arguments, environment: site.environment)
        #expect(outcome.status == 64, "\(outcome.errors)")
        #expect(!outcome.errors.isEmpty)
    }

    @Test("missing input is 66, and a report without a history says what to do")
    func missing() async throws {
        let site = try SiteFixture()
        defer { site.remove() }
        let report = try await site.run("report")
        #expect(report.status == 66, "\(report.errors)")
        #expect(report.errors.contains("appliance batch"), "\(report.errors)")
        #expect(try await site.run("explain", "/nonexistent").status == 66)
        #expect(try await site.run("explain", input: "  \n").status == 66)
        #expect(try await site.run("history", "import", "/nonexistent").status == 66)
    }

    @Test("a report is written to a file, and for one service alone")
    func reportOutput() async throws {
        let site = try SiteFixture()
        defer { site.remove() }
        try site.directory.write("logs/a.log", SiteFixture.traceback())
        #expect(try await site.run("batch").status == 0)
        let file = site.directory.path + "/out.md"
        #expect(try await site.run("report", "--output", file).status == 0)
        #expect(try String(contentsOfFile: file, encoding: .utf8).contains("KeyError"))
        #expect(try await site.run("report", "--output", "/nonexistent/out.md").status == 74)
        let page = try await site.run("report", "--format", "html").output
        #expect(
            page.lowercased().hasPrefix("<!doctype html>") && page.contains("KeyError") && !page.contains("<script"))
        #expect(try await !site.run("report", "--service", "other").output.contains("KeyError"))
        #expect(try await site.run("report", "--service", "billing-worker").output.contains("KeyError"))
    }

    @Test("standard input is a source of a batch")
    func standardInput() async throws {
        let site = try SiteFixture()
        defer { site.remove() }
        let text = site.configuration("").replacing("\(site.directory.path)/logs/*.log*", with: "-")
        try site.directory.write("home/appliance.toml", text)
        let outcome = try await site.run("batch", input: SiteFixture.traceback())
        #expect(outcome.status == 0, "\(outcome.errors)")
        #expect(try await site.counts().values.reduce(0, +) == 1)
    }

    @Test("help has examples, and the version is known")
    func help() async throws {
        let binary = try ApplianceBinary()
        let help = try await binary.run(["help", "report"])
        #expect(help.status == 0 && help.output.contains("appliance report --since 24h"))
        #expect(try await binary.run(["--version"]).output == "0.1.0\n")
    }
}
