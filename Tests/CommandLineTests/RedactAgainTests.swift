import ApplianceTestSupport
import Foundation
import Testing

@Suite("A rule that came late masks what is stored")
struct RedactAgainTests {
    static let secret = "zyx-4711-wvut"

    @Test("samples, titles, names, notes, runs and reports: no byte is left in the file, and a backup brings none back")
    func late() async throws {
        let site = try SiteFixture()
        defer { site.remove() }
        try site.directory.write(
            "logs/a.log",
            """
            2026-11-21 05:10:00,000 ERROR billing.worker: no account for patient \(Self.secret) found
            2026-11-21 05:11:00,000 ERROR billing.worker: timeout while reading

            """)
        #expect(try await site.run("batch").status == 0)
        let before = try await site.counts()
        let id = try #require(before.keys.sorted().first)
        #expect(try await site.run("resolve", id, "--note", "asked \(Self.secret)").status == 0)
        let backup = "\(site.directory.path)/backup.sqlite"
        #expect(try await site.run("history", "backup", backup).status == 0)
        #expect(try holds(site, "history.sqlite"))

        let rule = "[[redaction.pattern]]\nname = \"patient\"\nexpression = 'zyx-[0-9]{4}-wvut'\n"
        try site.directory.write("home/appliance.toml", site.configuration(rule))
        let outcome = try await site.run("history", "redact", "--again", "--by", "kim", "--json")
        #expect(outcome.status == 0, "\(outcome.errors)")
        // What waits holds it no more, and the chain is whole.
        for name in try FileManager.default.contentsOfDirectory(atPath: "\(site.directory.path)/home/outbox/new") {
            #expect(try !holds(site, "outbox/new/\(name)"), "\(name)")
        }
        #expect(try await site.run("outbox", "verify").status == 0)
        #expect(try !holds(site, "history.sqlite"))
        #expect(try !holds(site, "history.sqlite-wal"))
        #expect(try reports(site).isEmpty)
        #expect(try await site.counts() == before)
        #expect(try await site.run("history", "verify").status == 0)
        // A second time there is nothing left to mask.
        let again = try await site.run("history", "redact", "--again")
        #expect(again.errors.contains("masked in 0 samples, 0 diagnoses, 0 raw answers, 0 texts"))
        #expect(try await site.run("history", "merge", backup).status == 0)
        #expect(try !holds(site, "history.sqlite"))
    }

    private func types(_ site: SiteFixture) throws -> [String] {
        try site.messages().map { ($0["type"] as? String ?? "").components(separatedBy: ".")[1] }
    }

    private static let forms = """
        [export]
        samples = true
        [outbox]
        forms = ["slack", "json", "mail"]
        mail_from = "a@example.org"
        mail_to = ["b@example.org"]

        """
    private static let rule = "[[redaction.pattern]]\nname = \"patient\"\nexpression = 'zyx-[0-9]{4}-wvut'\n"

    @Test("messages that have not left become tombstones and are told anew, masked; the others stay as they are")
    func messages() async throws {
        let site = try SiteFixture(extra: Self.forms)
        defer { site.remove() }
        try site.directory.write(
            "logs/a.log",
            "2026-11-21 05:10:00,000 ERROR billing.worker: no account for patient \(Self.secret) found\n")
        #expect(try await site.run("batch").status == 0)
        let before = try site.messages()
        let kinds = try types(site)
        #expect(try texts(site).contains(Self.secret))
        try site.directory.write("home/appliance.toml", site.configuration(Self.rule + Self.forms))
        let outcome = try await site.run("history", "redact", "--again", "--by", "kim")
        #expect(outcome.status == 0, "\(outcome.errors)")
        let said = outcome.output + outcome.errors
        #expect(said.contains("are tombstones now") && said.contains("tell it anew, masked"), "\(said)")
        #expect(try !texts(site).contains(Self.secret) && texts(site).contains("<patient>"))
        let after = try types(site)
        let buried = after.prefix(kinds.count).count { $0 == "tombstone" }
        #expect(buried > 0 && after.count == kinds.count + buried, "\(kinds) \(after)")
        // The same message, in the same forms, of the same time; what said nothing of it was not touched.
        for (old, now) in zip(before, try site.messages()) where now["type"] as? String != "appliance.tombstone.v1" {
            #expect(old["id"] as? String == now["id"] as? String)
        }
        let anew = try #require(try site.messages().first { $0["sequence"] as? Int == kinds.count + 1 })
        #expect(anew["time"] as? String == "2026-11-21T06:00:00Z")
        #expect(((anew["data"] as? [String: Any])?["forms"] as? [String: Any])?.keys.sorted() == ["json", "slack"])
        #expect(try await site.run("outbox", "verify").status == 0)
        // A second time there is nothing left to do, and the relay posts all of it.
        let again = try await site.run("history", "redact", "--again")
        #expect(!(again.output + again.errors).contains("tombstones"), "\(again.errors)")
        let stick = "\(site.directory.path)/stick"
        #expect(try await site.run("outbox", "ship", stick).status == 0)
        let names = try FileManager.default.contentsOfDirectory(atPath: stick)
        #expect(try names.allSatisfy { try !site.directory.read("stick/\($0)").contains(Self.secret) })
        // What was shipped is named, and left.
        try site.directory.write(
            "home/appliance.toml",
            site.configuration(Self.rule.replacing("zyx-[0-9]{4}-wvut", with: "no account for") + Self.forms))
        let late = try await site.run("history", "redact", "--again")
        #expect((late.output + late.errors).contains("were shipped: clean the sticks"), "\(late.errors)")
        #expect(try types(site) == after)
    }

    @Test("rules that know nothing new change no message of any form")
    func nothingNew() async throws {
        let site = try SiteFixture(extra: Self.forms)
        defer { site.remove() }
        try site.directory.write(
            "logs/a.log",
            SiteFixture.traceback()
                + "2026-11-21 05:20:00,000 ERROR billing.worker: password=hunter2secret of jane.doe@example.com refused\n"
        )
        #expect(try await site.run("batch").status == 0)
        let before = try types(site)
        let outcome = try await site.run("history", "redact", "--again")
        #expect(outcome.status == 0 && !(outcome.output + outcome.errors).contains("tombstones"), "\(outcome.errors)")
        #expect(try types(site) == before)
    }

    @Test("what waits for approval is masked, and goes on waiting")
    func held() async throws {
        let site = try SiteFixture(extra: "[export]\nsamples = true\napproval = \"required\"\n")
        defer { site.remove() }
        try site.directory.write(
            "logs/a.log",
            "2026-11-21 05:10:00,000 ERROR billing.worker: no account for patient \(Self.secret) found\n")
        #expect(try await site.run("batch").status == 0)
        func held() async throws -> [String] {
            try await site.run("outbox", "list", "--held", "--ids").output.split(separator: "\n").map(String.init)
        }
        let before = try await held()
        try site.directory.write(
            "home/appliance.toml",
            site.configuration(Self.rule + "[export]\nsamples = true\napproval = \"required\"\n"))
        #expect(try await site.run("history", "redact", "--again").status == 0)
        let after = try await held()
        #expect(after.count == before.count && after != before, "\(before) \(after)")
        var shown = ""
        for id in after { shown += try await site.run("outbox", "show", "--held", id).output }
        #expect(!shown.contains(Self.secret) && shown.contains("<patient"))
        #expect(try site.messages().isEmpty)
    }

    /// Everything that lies in the outbox, with the parts of mails decoded.
    private func texts(_ site: SiteFixture) throws -> String {
        let folder = "\(site.directory.path)/home/outbox/new"
        return try FileManager.default.contentsOfDirectory(atPath: folder).map { name in
            let text = String(decoding: try Data(contentsOf: URL(fileURLWithPath: "\(folder)/\(name)")), as: UTF8.self)
            let parts = text.components(separatedBy: "\r\n\r\n").compactMap {
                Data(base64Encoded: $0.replacing("\r\n", with: "")).map { String(decoding: $0, as: UTF8.self) }
            }
            return ([text] + parts).joined(separator: "\n")
        }.joined(separator: "\n").replacing("\\", with: "").replacing("&lt;", with: "<").replacing("&gt;", with: ">")
    }

    @Test("without --again it says what it is for")
    func flag() async throws {
        let site = try SiteFixture()
        defer { site.remove() }
        let refused = try await site.run("history", "redact")
        #expect(refused.status == 64)
        #expect(refused.errors.contains("--again"))
    }

    private func holds(_ site: SiteFixture, _ name: String) throws -> Bool {
        let path = "\(site.directory.path)/home/\(name)"
        guard FileManager.default.fileExists(atPath: path) else { return false }
        return try Data(contentsOf: URL(fileURLWithPath: path)).range(of: Data(Self.secret.utf8)) != nil
    }

    private func reports(_ site: SiteFixture) throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: "\(site.directory.path)/home/reports")
    }
}
