import Events
import Foundation
import Testing

@testable import Delivery

/// The lines of a page that are not in fenced code; nil when a fence stays open.
private func outsideFences(_ page: String) -> [String]? {
    var lines: [String] = []
    var fence: String?
    for line in page.components(separatedBy: "\n") {
        if let open = fence {
            if line == open { fence = nil }
            continue
        }
        let ticks = line.prefix { $0 == "`" }
        if ticks.count >= 3, !line.dropFirst(ticks.count).contains("`") {
            fence = String(ticks)
        } else {
            lines.append(line)
        }
    }
    return fence == nil ? lines : nil
}

/// What would be live in a page: found when its code, its escapes and its own links and tags are taken away.
private func live(_ page: String) -> [String] {
    guard let lines = outsideFences(page) else { return ["an open fence"] }
    var found: [String] = []
    for line in lines {
        var rest = outsideCode(line)
        for own in ["<a id=\"g-", "\"></a>", "<sub>", "</sub>", "](#g-"] {
            rest = rest.replacingOccurrences(of: own, with: "")
        }
        for sign in ["<", "](", "]:", "][", "://", "@", "www.", "mailto:", "![", "&#"] where rest.contains(sign) {
            found.append("\(sign) in: \(line)")
        }
    }
    if page.unicodeScalars.contains(where: { $0.isDeceptive && $0 != "\n" }) { found.append("a hidden character") }
    return found
}

/// The line without its code spans and without escaped characters, read as CommonMark reads it.
private func outsideCode(_ line: String) -> String {
    let characters = Array(line)
    var result = ""
    var index = 0
    while index < characters.count {
        if characters[index] == "\\", index + 1 < characters.count {
            result.append("·")
            index += 2
            continue
        }
        guard characters[index] == "`" else {
            result.append(characters[index])
            index += 1
            continue
        }
        let run = characters[index...].prefix { $0 == "`" }.count
        var close = index + run
        while close < characters.count {
            let other = characters[close...].prefix { $0 == "`" }.count
            if other == run { break }
            close += max(1, other)
        }
        if close < characters.count {
            index = close + run
            result.append("·")
        } else {
            result.append(contentsOf: characters[index..<(index + run)])
            index += run
        }
    }
    return result
}

@Suite("Hostile text is shown, and does nothing")
struct HostileTextTests {
    static let texts = [
        "[click me](https://evil.example/login)", "![pixel](http://evil.example/p.png)", "<img src=x onerror=alert(1)>",
        "<script>alert(1)</script>", "</sub></a><h1>owned</h1>", "<!-- comment", "<a href='//x'>y</a>",
        "<https://evil.example>",
        "# heading", "## a\n## b", "> quote", "- item", "1. item", "12) item", "---", "===", "title\n===",
        "    indented",
        "```\nfence\n```", "~~~~\nfence", "`unclosed", "``two `one` three```", "` `", "\\`escaped\\`", "a\\",
        "a\\\\|b\\|c",
        "| a | b |\n|---|---|", "*em* **strong** _em_ __strong__ ~~gone~~", "&lt;b&gt; &#60;i&#62; &amp;", "$x$ $$y$$",
        "@everyone @here <@123> <@&456> <#789> <:smile:1> </cmd:1>", "mail kim@evil.example now", "www.evil.example",
        "HTTPS://EVIL.EXAMPLE", "mailto:x", "#123 and GH-1 and !45", "javascript:alert(1)",
        "[ref]: https://evil.example",
        "[ref][x]\n\n[x]: /y", "\u{202E}reversed\u{202C}", "zero\u{200B}width\u{FEFF}",
        "\u{1B}[31mred\u{1B}[0m\u{07}\u{08}",
        "nul\u{0}byte \u{9B}31m", "tags \u{E0041}\u{E0042}", "line\u{2028}separator\u{85}next", "\r\nsecond\rthird",
        String(repeating: "[", count: 5000), String(repeating: "`", count: 999) + "x",
        String(repeating: "a", count: 100_000),
        String(repeating: "@", count: 3000), "e" + String(repeating: "\u{301}", count: 500), "`x``y`", "`a`@b`c`",
        "`http://x`y`",
        "`<b>`<i>`", "<`>`<script>`", "``` <b> ``", "[C1]: https://evil.example", "[C1](x) [S1][C1] [H1]: y [C1]",
        "x [E1]", "\u{3164}\u{2800}", "`a\\`<b>", "\\<b>", "!\\[x](y)", "",
    ]

    static let alphabet: [String] = [
        "`", "``", "\\", "|", "<", ">", "[", "](", ")", "@", "here", "everyone", "://", "www.", " ", " ", "\n", "#",
        "1.",
        "*", "_", "~", "a", "본문", "é", "😀", "👩‍👩‍👧", "\u{202E}", "\u{0}", "&", "!", "$", "http", "x", "e\u{301}",
        "\u{10FFFF}",
    ]

    @Test("in a page", arguments: texts)
    func page(text: String) {
        let report = Sample.hostileReport(text)
        let page = MarkdownReport.render(report)
        #expect(live(page) == [])
        let own = (outsideFences(page) ?? []).filter { $0.hasPrefix("#") }
        #expect(own.allSatisfy { $0.hasPrefix("# Errors") || $0.hasPrefix("## ") || $0.hasPrefix("### G-") })
        #expect(own.count == 1 + 2 + 21 + 3)
        for row in outsideFences(page) ?? [] where row.hasPrefix("| G-") {
            #expect(outsideCode(row).filter { $0 == "|" }.count == 7, "\(row)")
        }
        let alone = MarkdownReport.render(Sample.hostile(text), timeZone: "UTC", generatedAt: Sample.end)
        #expect(live(alone) == [])
    }

    @Test("the text is still there to be read")
    func legible() {
        let prose = InlineMarkdown(.commonMark)
        #expect(prose.prose("[click](https://evil.example)", limit: 200) == "`[click](https://evil.example)`")
        #expect(prose.prose("a <b> & c_d *e* _f_", limit: 200) == "a `<b>` & c_d \\*e\\* \\_f\\_")
        #expect(prose.prose("ask kim@x.example, now", limit: 200) == "ask `kim@x.example`, now")
        #expect(prose.prose("1. first\nsecond", limit: 200) == "1\\. first ⏎ second")
        #expect(prose.prose("use `a b` and `` c`d ``", limit: 200) == "use `a b` and ``c`d``")
        #expect(prose.code("\u{202E}x\u{1B}") == "`⟨U+202E⟩x␛`")
        #expect(
            prose.prose("calls it [C1]; since [S12], [C1]: [H1](x) [Z1]", limit: 200)
                == "calls it [C1]; since [S12], \\[C1\\]: \\[H1\\](x) \\[Z1\\]")
        #expect(InlineMarkdown(.tableCell).code("a|b\\") == "`a¦b\\`")
        #expect(InlineMarkdown(.discord).prose("@everyone [a](b) `x`", limit: 200) == "`＠everyone` \\[a\\]\\(b\\) `x`")
    }

    @Test("what is too long is cut at a word, and what was cut is said")
    func cut() {
        let words = Array(repeating: "words", count: 100).joined(separator: " ")
        let text = InlineMarkdown(.commonMark).prose(words, limit: 100)
        #expect(text == Array(repeating: "words", count: 11).joined(separator: " ") + " … (534 more characters)")
        #expect(InlineMarkdown(.commonMark).prose(words, limit: 599) == words)
        let one = InlineMarkdown(.commonMark).prose(String(repeating: "x", count: 1000), limit: 100)
        #expect(one.hasSuffix("x … (980 more characters)"))
    }

    @Test("seeded random texts stay harmless and within their limits, in each dialect", arguments: 0..<40)
    func random(seed: Int) {
        var numbers = SeededNumbers(state: UInt64(seed))
        let alphabet = Self.alphabet
        for _ in 0..<60 {
            let length = Int.random(in: 0...400, using: &numbers)
            let text = (0..<length).map { _ in alphabet.randomElement(using: &numbers) ?? "a" }.joined()
            let limit = Int.random(in: 64...600, using: &numbers)
            for dialect in [InlineMarkdown.Dialect.commonMark, .tableCell, .discord] {
                let shown = InlineMarkdown(dialect).prose(text, limit: limit)
                #expect(shown.utf16.count <= limit, "\(dialect) \(text.debugDescription)")
                let code = InlineMarkdown(dialect).code(text, limit: limit)
                #expect(code.utf16.count <= limit)
                if dialect != .discord {
                    #expect(live("x " + shown + "\n" + code) == [], "\(text.debugDescription)")
                } else {
                    #expect(!shown.contains("@here") && !shown.contains("@everyone"))
                }
            }
        }
    }
}
