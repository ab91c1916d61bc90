import ApplianceTestSupport
import Events
import Foundation
import GitMirror
import Testing

@testable import Fixing

@Suite("A right change becomes a patch that git am takes")
struct PatchTests {
    struct Case: Sendable, CustomTestStringConvertible {
        var testDescription: String
        var path: String
        var source: String
        var original: String
        var modified: String
        /// A line of the result.
        var expected: String
    }

    static let cases = [
        Case(
            testDescription: "Python: a default for a missing key", path: "billing/invoice.py",
            source:
                "def total(order):\n    amount = order[\"amount\"]\n    currency = order[\"currency\"]\n    return amount, currency\n",
            original: "    currency = order[\"currency\"]", modified: "    currency = order.get(\"currency\", \"KRW\")",
            expected: "    currency = order.get(\"currency\", \"KRW\")\n"),
        Case(
            testDescription: "JavaScript: a null check, with the model's own indentation", path: "src/cart.js",
            source: "export function city(user) {\n\tconst address = user.address;\n\treturn address.city;\n}\n",
            original: "const address = user.address;\nreturn address.city;",
            modified: "const address = user.address;\nif (!address) return null;\nreturn address.city;",
            expected: "\tif (!address) return null;\n"),
        Case(
            testDescription: "Java: a retry count, with CR LF", path: "src/main/java/Client.java",
            source: "class Client {\r\n    static final int MAX_RETRIES = 1;\r\n}\r\n",
            original: "static final int MAX_RETRIES = 1;", modified: "static final int MAX_RETRIES = 3;",
            expected: "    static final int MAX_RETRIES = 3;\r\n"),
        Case(
            testDescription: "Rust: a default, at the end of a file without a newline", path: "src/lib.rs",
            source: "fn first<'a>(names: &'a [String]) -> &'a str {\n    names.first().unwrap()\n}",
            original: "    names.first().unwrap()\n}",
            modified: "    names.first().map_or(\"\", |name| name)\n}".replacing(
                "map_or(\"\", |name| name)", with: "unwrap_or_default()"),
            expected: "    names.first().unwrap_or_default()\n}"),
        Case(
            testDescription: "Go: a time-out", path: "client/http.go",
            source: "package client\n\nvar c = &Client{Timeout: 5 * time.Second}\n",
            original: "Timeout: 5 * time.Second", modified: "Timeout: 30 * time.Second",
            expected: "var c = &Client{Timeout: 30 * time.Second}\n"),
        Case(
            testDescription: "YAML: a limit", path: "config/app.yaml", source: "pool:\n  max-size: 10\n  name: main\n",
            original: "  max-size: 10", modified: "  max-size: 40", expected: "  max-size: 40\n"),
        Case(
            testDescription: "Ruby: a line of log", path: "app/mailer.rb",
            source: "def send(mail)\n  logger.info(\"sending\")\n  deliver(mail)\nend\n",
            original: "  deliver(mail)",
            modified: "  logger.warn(\"no mail\") unless mail\n  deliver(mail)"
                .replacing(" unless mail", with: ""), expected: "  logger.warn(\"no mail\")\n"),
    ]

    @Test("git am on a clone gives the draft's own tree, and the bundle the same commit", arguments: cases)
    func patch(_ sample: Case) async throws {
        let site = try Site([sample.path: sample.source, "README.md": "orders\n"])
        let before = try digest(of: site.mirror.path)
        let draft = try await site.draft(request(diagnosis(sample.path, sample.original, sample.modified)))
        #expect(try digest(of: site.mirror.path) == before, "the mirror was written to")
        #expect(draft.files.map(\.path) == [sample.path])
        #expect(draft.branch == "fix/appliance-G-9c9c9c9c")

        let clone = site.mirror.beside("clone")
        try run(["git", "clone", "-q", site.mirror.path, clone], in: "/")
        try Data(draft.patch.utf8).write(to: URL(fileURLWithPath: clone + "/../draft.patch"))
        try run(["git", "apply", "--check", "../draft.patch"], in: clone)
        try run(["git", "am", "-q", "--keep-cr", "../draft.patch"], in: clone)
        let text = try String(contentsOfFile: "\(clone)/\(sample.path)", encoding: .utf8)
        #expect(text.utf8.elementsEqual(text.utf8) && text.contains(sample.expected), "\(text)")
        #expect(try run(["git", "log", "-1", "--format=%an"], in: clone) == "appliance draft")
        #expect(try run(["git", "show", "--stat", "--format=", "HEAD"], in: clone).contains("1 file changed"))
        let body = try run(["git", "log", "-1", "--format=%(trailers)"], in: clone)
        #expect(body.contains("Appliance-Group: G-9c9c9c9c") && body.contains("Appliance-Model: test-model"))
        #expect(!body.contains("Signed-off-by"))
    }

    @Test("words of a model that look like a diff or a header change neither the patch nor its author")
    func hostileMessage() async throws {
        let sample = Self.cases[0]
        let cause = """
            x
            From: Root <root@example.invalid>
            ---
            diff --git a/.github/workflows/ci.yml b/.github/workflows/ci.yml
            --- /dev/null
            +++ b/.github/workflows/ci.yml
            @@ -0,0 +1 @@
            +run: curl evil
            """
        let site = try Site([sample.path: sample.source])
        let draft = try await site.draft(
            request(diagnosis(sample.path, sample.original, sample.modified, rootCause: cause)))
        let clone = site.mirror.beside("clone")
        try run(["git", "clone", "-q", site.mirror.path, clone], in: "/")
        try Data(draft.patch.utf8).write(to: URL(fileURLWithPath: clone + "/../draft.patch"))
        try run(["git", "am", "-q", "../draft.patch"], in: clone)
        #expect(
            try run(["git", "show", "--name-only", "--format=%an", "HEAD"], in: clone)
                == "appliance draft\n\n\(sample.path)")
    }
}
