import Foundation
import Testing

@testable import Delivery

/// Renders hostile pages with a real CommonMark parser, tables, strike-through and autolinks on.
@Suite("A CommonMark parser sees nothing live in hostile pages")
struct CommonMarkTests {
    static let script = """
        import sys
        from markdown_it import MarkdownIt
        parser = MarkdownIt("gfm-like", {"html": True})
        own = {"<sub>", "</sub>", "</a>"}
        for name in sys.argv[1:]:
            tokens = parser.parse(open(name, encoding="utf-8", newline="").read())
            flat = [t for token in tokens for t in [token] + (token.children or [])]
            for t in flat:
                if t.type == "link_open" and not t.attrs.get("href", "").startswith("#g-"):
                    print(name, "link", t.attrs)
                elif t.type in ("image", "html_block", "s_open", "em_open", "code_block", "hr", "ordered_list_open"):
                    print(name, t.type, t.content[:200])
                elif t.type == "html_inline" and t.content not in own and not t.content.startswith('<a id="g-'):
                    print(name, "html", t.content[:200])
            kinds = [t.tag for t in tokens if t.type == "heading_open"]
            if kinds.count("h1") != 1 or kinds.count("h2") != 5 or kinds.count("h3") != 21:
                print(name, "headings", len(kinds))
            if sum(t.type == "table_open" for t in tokens) != 2:
                print(name, "tables")
        print("parsed", len(sys.argv) - 1)
        """

    /// That of `make test-deps`.
    private static let python = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().appending(path: ".build/clients/bin/python").path
    static let hasParser: Bool =
        FileManager.default.isExecutableFile(atPath: python)
        && (try? DiscordTests.python(["-c", "import markdown_it, linkify_it"], program: python).status) == 0

    @Test("every hostile text", .enabled(if: hasParser, "the parser of deploy/clients.sh is not here"))
    func pages() throws {
        try withTemporaryDirectory { directory in
            var numbers = SeededNumbers(state: 4711)
            let alphabet = HostileTextTests.alphabet
            let random = (0..<150).map { _ in
                (0..<Int.random(in: 1...60, using: &numbers)).map { _ in alphabet.randomElement(using: &numbers) ?? "a"
                }
                .joined()
            }
            var files: [String] = []
            for (index, text) in (HostileTextTests.texts.filter { !$0.isEmpty } + random).enumerated() {
                files.append("\(directory)/\(index).md")
                let page = MarkdownReport.render(Sample.hostileReport(text))
                try Data(page.utf8).write(to: URL(fileURLWithPath: files[index]))
            }
            let result = try DiscordTests.python(["-c", Self.script] + files, program: Self.python)
            #expect(result.output == "parsed \(files.count)\n", "\(result.output.prefix(4000))")
        }
    }
}
