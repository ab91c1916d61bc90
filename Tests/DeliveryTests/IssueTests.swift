import Events
import Foundation
import Testing

@testable import Delivery

@Suite("Issues are drafted once a group, and updated after that")
struct IssueTests {
    private static let clock = SiteClock(identifier: "UTC")

    private func draft(
        _ group: ReportGroup, _ action: IssueDraft.Action = .create, _ reason: IssueBook.Reason = .first
    ) -> IssueDraft {
        IssueDraft(group, action: action, reason: reason, site: "dc-seoul-2", clock: Self.clock)
    }

    @Test("the body of a critical group, in plain CommonMark")
    func body() throws { try expectGolden(draft(Sample.timeout).body, "issue/expected.md") }

    @Test("the marker is the group's alone and stays, whatever its title becomes")
    func marker() {
        var renamed = Sample.timeout
        renamed.facts.group.title = "another title"
        #expect(draft(renamed).marker == draft(Sample.timeout).marker)
        #expect(draft(Sample.back).marker != draft(Sample.timeout).marker)
        let body = draft(renamed).body
        #expect(body.components(separatedBy: "`appliance-9c07a1b200000000`").count == 2)
    }

    @Test("every forge's form is JSON with the same title and body")
    func forges() throws {
        let issue = draft(Sample.back, .update, .back)
        let files = Dictionary(uniqueKeysWithValues: try issue.files().map { ($0.name, $0.bytes) })
        #expect(
            files.keys.sorted()
                == ["bitbucket.json", "comment.md", "gitea.json", "github.json", "gitlab.json", "md", "title"].map {
                    "G-41f2aa00.\($0)"
                })
        func object(_ forge: String) throws -> [String: Any] {
            let bytes = try #require(files["G-41f2aa00.\(forge).json"])
            return try #require(try JSONSerialization.jsonObject(with: bytes) as? [String: Any])
        }
        for forge in ["github", "gitlab", "gitea", "bitbucket"] {
            #expect(try object(forge)["title"] as? String == issue.title)
        }
        #expect(try object("github")["body"] as? String == issue.body)
        #expect(try object("github")["labels"] as? [String] == ["appliance", "severity-high"])
        #expect(try object("gitlab")["description"] as? String == issue.body)
        #expect(try object("gitlab")["labels"] as? String == "appliance,severity-high")
        #expect(try object("gitea")["body"] as? String == issue.body)
        let content = try #require(try object("bitbucket")["content"] as? [String: String])
        #expect(content == ["raw": issue.body, "markup": "markdown"])
        #expect(String(decoding: try #require(files["G-41f2aa00.md"]), as: UTF8.self) == issue.body)
        #expect(issue.comment?.contains("It is back after being resolved.") == true)
    }

    @Test("hostile text makes no mention, link or second line of a title", arguments: HostileTextTests.texts)
    func hostile(text: String) {
        let issue = draft(Sample.hostile(text), .update, .back)
        #expect(!issue.title.contains("\n") && !issue.title.contains("@") && issue.title.count <= 120)
        #expect(!issue.title.unicodeScalars.contains { $0.isDeceptive })
        let before = issue.body.components(separatedBy: "\n").first
        #expect(before == "## What was seen")
        #expect(issue.body.utf8.count < 60_000)
    }

    @Test("once; again when it comes back, and when a model has diagnosed it")
    func book() throws {
        var book = IssueBook()
        func due(_ groups: [ReportGroup]) -> [IssueBook.Reason] {
            book.takeDue(groups, atLeast: .high, limit: 10, now: Sample.end).due.map(\.reason)
        }
        var plain = Sample.timeout
        plain.diagnosis = nil
        plain.severity = .critical
        #expect(due([plain, Sample.grown]) == [.first])
        #expect(due([plain]).isEmpty)
        #expect(due([Sample.timeout]) == [.diagnosed])
        #expect(due([Sample.timeout]).isEmpty)
        var back = Sample.timeout
        back.facts.trend = .back(resolved: Resolution(at: Sample.end))
        #expect(due([back]) == [.back])
        // Kept and read again.
        book = try JSONDecoder().decode(IssueBook.self, from: JSONEncoder().encode(book))
        #expect(due([back]).isEmpty)
        back.facts.trend = .back(resolved: Resolution(at: Sample.end.advanced(by: .hours(1))))
        #expect(due([back]) == [.back])
    }

    @Test("more than one run drafts are left to the next, none is lost")
    func limit() {
        let groups = (0..<7).map { index -> ReportGroup in
            var group = Sample.back
            group.facts.group.fingerprint = Sample.fingerprint("abc\(index)")
            return group
        }
        var (book, seen) = (IssueBook(), [String]())
        for waiting in [4, 1, 0] {
            let found = book.takeDue(groups, atLeast: .high, limit: 3, now: Sample.end)
            #expect(found.waiting == waiting)
            seen += found.due.map(\.group.id)
        }
        #expect(Set(seen).count == 7 && seen.count == 7)
    }
}
