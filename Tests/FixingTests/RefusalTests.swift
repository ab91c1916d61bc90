import ApplianceTestSupport
import Events
import Foundation
import GitMirror
import Testing

@testable import Fixing

@Suite("What a draft may not do is refused, with the reason")
struct RefusalTests {
    static let source = """
        import os

        def total(order, password_hash=None):
            amount = order["amount"]
            password = "hunter2-Zq81xyLmNo"
            return amount


        def clean(path):
            os.system("ls " + path)
            return 0
        """

    static let files = [
        "billing/invoice.py": source, ".github/workflows/ci.yml": "on: push\n", ".gitattributes": "*.py text\n",
        "Makefile": "all:\n\ttrue\n", "package-lock.json": "{\"a\": 1}\n", "package.json": "{\"timeout\": 1}\n",
        "db/migrations/001_init.py": "timeout = 1\n", "src/auth/session.py": "timeout = 1\n",
        "src/PaymentClient.java": "int timeout = 1;\n", "lib/tlsOptions.js": "const timeout = 1;\n",
        "scripts/run.sh": "TIMEOUT=1\n", "tests/conftest.py": "timeout = 1\n", "schema.graphql": "a: 1\n",
        "config/app.yaml": "timeout: 5\n", "billing/rate.py": "VAT = 0.1\nmode = \"a\"\n", "deploy/.env": "A=1\n",
        "data.bin.py": "timeout = 1\u{0}\n",
    ]

    struct Attempt: Sendable, CustomStringConvertible {
        var file: String
        var original: String
        var modified: String
        var rule: String
        var words: String

        var description: String { "\(file): \(words)" }

        init(_ file: String, _ original: String, _ modified: String, _ rule: String, _ words: String) {
            (self.file, self.original, self.modified, self.rule, self.words) = (file, original, modified, rule, words)
        }
    }

    private static let line = "    amount = order[\"amount\"]"

    static let paths = [
        Attempt("../../etc/passwd", "root", "toor", "path", "leads out"),
        Attempt("/etc/passwd", "root", "toor", "path", "leads out"),
        Attempt(".git/hooks/post-checkout", "x", "y", "path", "git or one of its hooks"),
        Attempt("vendor/x/.git/config", "x", "y", "path", "git or one of its hooks"),
        Attempt(".gitattributes", "*.py text", "*.py filter=x", "path", "git or one of its hooks"),
        Attempt(".github/workflows/ci.yml", "on: push", "on: pull_request", "path", "git or one of its hooks"),
        Attempt(".gitlab-ci.yml", "x", "y", "path", "git or one of its hooks"),
        Attempt(".husky/pre-commit", "x", "y", "path", "git or one of its hooks"),
        Attempt("deploy/.env", "A=1", "A=2", "path", "keeps to itself"),
        Attempt("Makefile", "true", "false", "path", "belongs to the build"),
        Attempt("package-lock.json", "1", "2", "path", "pins dependencies"),
        Attempt("package.json", "1", "2", "path", "belongs to the build"),
        Attempt("db/migrations/001_init.py", "1", "2", "path", "about a schema"),
        Attempt("schema.graphql", "1", "2", "path", "is a schema"),
        Attempt("src/auth/session.py", "1", "2", "path", "authentication"),
        Attempt("src/PaymentClient.java", "1", "2", "path", "payments"),
        Attempt("lib/tlsOptions.js", "1", "2", "path", "cryptography"),
        Attempt("scripts/run.sh", "1", "2", "path", "belongs to the build"),
        Attempt("tests/conftest.py", "1", "2", "path", "belongs to the build"),
        Attempt("data.bin.py", "timeout = 1", "timeout = 2", "path", "binary"),
        Attempt("billing/\u{202E}yp.eciovni", "x", "y", "path", "no regular file"),
    ]

    static let changes = [
        Attempt("billing/invoice.py", "    nothing = here", "    x = 1", "block", "not in the file"),
        Attempt("billing/invoice.py", "", "x = 1", "block", "is empty"),
        Attempt("billing/invoice.py", "    return", "    return 1", "block", "not in the file").substring,
        Attempt(
            "billing/invoice.py", "    password = \"hunter2-Zq81xyLmNo\"", "    password = None", "secret",
            ":5 holds a secret"),
        Attempt("billing/invoice.py", "    password = \"<password:0a1b2c>\"", "    x = 1", "block", "not in the file"),
        Attempt("billing/invoice.py", line, line + "\n    password = \"abc\"", "kind", "hold a secret"),
        Attempt("billing/invoice.py", line, line + "\n    key = \"<api-key:0a1b2c>\"", "kind", "placeholder"),
        Attempt(
            "billing/invoice.py", line, "    if amount is None: os.system(\"rm -rf /\")\n" + line, "kind", "\"system\""),
        Attempt("billing/invoice.py", line, line + "\n    os.system(order)", "kind", "\"system\""),
        Attempt("billing/invoice.py", line, line + "\n    open(\"/etc/shadow\").read()", "kind", "\"/etc/\""),
        Attempt("billing/invoice.py", line, line + "\n    fetch_all(\"http://10.0.0.1/\")", "kind", "\"://\""),
        Attempt("billing/invoice.py", line, "    import socket\n" + line, "kind", "new dependency"),
        Attempt(
            "billing/invoice.py", line, line + "\n    if order is None: launch_rockets(order)", "kind", "launch_rockets"
        ),
        Attempt("billing/invoice.py", line, line + "\n    log.info(f\"{launch()}\")", "kind", "none of the kinds"),
        Attempt(
            "billing/invoice.py", line, "    amount = order[\"amount\"] * 2 + order[\"tip\"]", "kind",
            "none of the kinds"),
        Attempt(
            "billing/invoice.py", line, "    if order is None or password_hash is None: return None\n" + line, "kind",
            "authentication"),
        Attempt("billing/invoice.py", line, "    # note\n" + line, "kind", "alters nothing"),
        Attempt("billing/invoice.py", line, line + " if order else \"\u{200B}\"", "kind", "invisible"),
        Attempt("billing/invoice.py", line, line, "kind", "alters nothing"),
        Attempt("billing/rate.py", "VAT = 0.1", "VAT = 0.2", "kind", "none of the kinds"),
        Attempt("billing/rate.py", "mode = \"a\"", "mode = \"UPDATE x SET y\"", "kind", "none of the kinds"),
        Attempt(
            "billing/invoice.py", "    return amount", "    if amount > 100: return 0\n    return amount", "kind",
            "none of the kinds"),
        Attempt(
            "billing/invoice.py", line, line + " or " + String(repeating: "1", count: 500), "kind",
            "more than 400 bytes"),
    ]

    @Test("paths that lead out, that git, a build or a pipeline reads, or that are delicate")
    func path() async throws { try await expect(Self.paths) }

    @Test("blocks that are not there, secrets, calls and names that are new, links, invisible text")
    func change() async throws { try await expect(Self.changes) }

    /// One mirror for all of them, which is the same byte for byte at the end.
    private func expect(_ attempts: [Attempt]) async throws {
        let site = try Site(Self.files)
        let before = try digest(of: site.mirror.path)
        for attempt in attempts {
            let refusal = try await site.refusal(request(diagnosis(attempt.file, attempt.original, attempt.modified)))
            #expect(refusal?.rule == attempt.rule, "\(attempt): \(String(describing: refusal))")
            #expect(
                refusal?.description.contains(attempt.words) == true, "\(attempt): \(String(describing: refusal))")
        }
        #expect(try digest(of: site.mirror.path) == before)
    }

    @Test("a link is no file, and nothing is followed; an executable file is not changed")
    func link() async throws {
        let prepare = """
            export GIT_AUTHOR_NAME=a GIT_AUTHOR_EMAIL=a@b.invalid GIT_COMMITTER_NAME=a GIT_COMMITTER_EMAIL=a@b.invalid
            link=$(printf /etc/hostname | git hash-object -w --stdin)
            blob=$(printf 'timeout = 1\\n' | git hash-object -w --stdin)
            tree=$(printf '120000 blob %s\\tlink.py\\n100755 blob %s\\ttool.py\\n' $link $blob | git mktree)
            git update-ref refs/heads/main $(git commit-tree -p main -m link $tree)
            """
        let site = try Site(["a.py": "timeout = 1\n"], prepare: prepare)
        let name = try String(contentsOfFile: "/etc/hostname", encoding: .utf8)
        #expect(try await site.refusal(request(diagnosis("link.py", name, "x = 1")))?.rule == "path")
        #expect(try await site.refusal(request(diagnosis("link.py", "/etc/hostname", "/etc/shadow")))?.rule == "path")
        let tool = try await site.refusal(request(diagnosis("tool.py", "timeout = 1", "timeout = 2")))
        #expect(tool?.description.contains("executable") == true)
    }

    @Test("an unsure, unwilling or built-in diagnosis becomes no draft")
    func eligible() async throws {
        let site = try Site(Self.files)
        let right = ("config/app.yaml", "timeout: 5", "timeout: 9")
        let low = diagnosis(right.0, right.1, right.2, confidence: 79)
        #expect(try await site.refusal(request(low))?.rule == "confidence")
        var settings = FixingSettings()
        settings.minConfidence = 10
        #expect(try await site.refusal(request(diagnosis(right.0, right.1, right.2, confidence: 60)), settings) == nil)
        #expect(
            try await site.refusal(request(diagnosis(right.0, right.1, right.2, confidence: 49)), settings)?.rule
                == "confidence")
        #expect(
            try await site.refusal(request(diagnosis(right.0, right.1, right.2, autoFixable: false)))?.rule
                == "not-proposed")
        var builtIn = diagnosis(right.0, right.1, right.2)
        builtIn.provenance.author = .builtIn(reason: .noModel)
        #expect(try await site.refusal(request(builtIn))?.rule == "not-proposed")
        var none = diagnosis(right.0, right.1, right.2)
        none.fix = nil
        #expect(try await site.refusal(request(none))?.rule == "not-proposed")
    }

    @Test("one block of several that is not there refuses the whole change, and so do too many files and lines")
    func partial() async throws {
        let names = (1...4).map { "config/\($0).yaml" }
        let many = (0..<40).map { "limit_\($0): 1" }.joined(separator: "\n")
        let site = try Site(
            Dictionary(uniqueKeysWithValues: names.map { ($0, "timeout: 5\n") }).merging(["many.yaml": many + "\n"]) {
                $1
            })
        func fix(_ file: String, _ original: String = "timeout: 5") -> Diagnosis.ProposedFix {
            .init(file: file, description: "longer", original: original, modified: "timeout: 9")
        }
        let base = diagnosis(names[0], "timeout: 5", "timeout: 9")
        let three = try await site.draft(request(base, changes: names.prefix(3).map { fix($0) }))
        #expect(three.files.count == 3)
        #expect(try await site.refusal(request(base, changes: names.map { fix($0) }))?.rule == "size")
        #expect(
            try await site.refusal(request(base, changes: [fix(names[0]), fix(names[1], "timeout: 6")]))?.rule
                == "block")
        #expect(try await site.refusal(request(base, changes: [fix(names[0]), fix(names[0])]))?.rule == "block")
        let long = Diagnosis.ProposedFix(
            file: "many.yaml", description: "", original: many, modified: many.replacing(": 1", with: ": 2"))
        #expect(try await site.refusal(request(base, changes: [long]))?.rule == "size")
    }

    @Test("a block that is there twice counts where the model was shown it")
    func ambiguous() async throws {
        let text = "def a(x):\n    y = x[\"k\"]\n    return y\n\n\ndef b(x):\n    y = x[\"k\"]\n    return y\n"
        let site = try Site(["m.py": text])
        let fix = diagnosis("m.py", "    y = x[\"k\"]", "    y = x.get(\"k\")")
        #expect(try await site.refusal(request(fix))?.description.contains("2 times") == true)
        let shown = CodeExcerpt(file: "m.py", revision: site.commit, firstLine: 6, lines: ["", "", ""], marked: [7])
        let draft = try await site.draft(request(fix, excerpts: [shown]))
        #expect(draft.patch.contains("@@ -4,5 +4,5 @@"))
    }
}

extension RefusalTests.Attempt {
    /// `    return` is a part of a longer line only where no word is cut.
    fileprivate var substring: Self {
        var copy = self
        (copy.original, copy.modified) = ("    retur", "    x")
        return copy
    }
}
