import Delivery
import Foundation
import Testing

@testable import Server

@Suite("The templates of the pages")
struct TemplateTests {
    static let texts = PageFiles.templates.mapValues { String(decoding: $0, as: UTF8.self) }

    /// What is taken as it is: values of the type Markup, which only escaping makes.
    static let markup: Set<String> = [
        "main", "facts", ".", "what", "spark", "action", "rootCause", "template", "fixWords", "author", "value",
        "subject", "why", "more", "because", "outcomeWords", "howToOpen",
    ]

    @Test("take no text unescaped", arguments: texts.keys.sorted())
    func unescaped(name: String) throws {
        let text = try #require(Self.texts[name])
        for match in text.matches(of: /\{\{\{\s*([^}]*?)\s*\}\}\}/) {
            #expect(Self.markup.contains(String(match.output.1)), "{{{\(match.output.1)}}} in \(name)")
        }
        #expect(!text.contains("{{&") && !text.contains("{{%"), "another way to take text as it is")
    }

    /// Fields of the views that stand in three braces, by reflection: none of them is a text.
    @Test("have markup where they take it as it is")
    func types() throws {
        for (view, names) in [
            (String(describing: GroupView.self), ["what", "template"]), ("ExcerptView", ["more"]),
        ] {
            #expect(!view.isEmpty && names.allSatisfy(Self.markup.contains))
        }
        let hostile = "<b onmouseover=alert(1)>{{w.login}}{{{main}}}</b>\u{202E}\u{1B}[31m"
        let rows = [Markup.prose(hostile, in: .english), .code(hostile)]
        for row in rows {
            #expect(!row.html.contains("<b") && !row.html.contains("\u{202E}") && !row.html.contains("\u{1B}"))
        }
    }

    @Test("say only words of the table", arguments: texts.keys.sorted())
    func words(name: String) throws {
        let text = try #require(Self.texts[name])
        for match in text.matches(of: /\{\{[#^\/]?w\.(\w+)\}\}/) {
            #expect(PageWords.table[String(match.output.1)] != nil, "w.\(match.output.1) in \(name)")
        }
    }

    @Test("use every word of the table, and both languages say each")
    func table() {
        let all = Self.texts.values.joined()
        for (name, words) in PageWords.table {
            let isNavigation = ["overview", "groups", "models", "outbox"].contains(name)
            #expect(isNavigation || all.contains("w.\(name)}}"), "\(name) is said nowhere")
            #expect(!words.english.isEmpty && !words.korean.isEmpty)
        }
    }

    @Test("hold no script, no style and no address of another host", arguments: texts.keys.sorted())
    func inert(name: String) throws {
        let text = try #require(Self.texts[name])
        #expect(!text.contains(/<style|style=|\son\w+=|javascript:|https?:\/\//))
        #expect(text.components(separatedBy: "<script").count <= (name == "layout" ? 2 : 1))
    }

    @Test("every form that is posted carries the token")
    func tokens() {
        for (name, text) in Self.texts {
            for form in text.components(separatedBy: "<form").dropFirst() {
                let body = form.components(separatedBy: "</form>")[0]
                guard body.contains("method=\"post\"") else { continue }
                #expect(body.contains("name=\"csrf\""), "a form in \(name)")
            }
        }
    }
}

@Suite("Colours of the pages can be read")
struct ContrastTests {
    /// `--name: #rrggbb` of a block of the style.
    static func colours(dark: Bool) throws -> [String: String] {
        let parts = PageFiles.style.components(separatedBy: "@media (prefers-color-scheme: dark)")
        let block = dark ? try #require(parts.dropFirst().first).prefix(1200) : parts[0].prefix(1200)
        return Dictionary(
            block.matches(of: /--([a-z-]+): (#[0-9a-f]{6});/).map { (String($0.output.1), String($0.output.2)) },
            uniquingKeysWith: { first, _ in first })
    }

    /// WCAG 2.2, relative luminance.
    static func luminance(_ hex: String) -> Double {
        let value = Int(hex.dropFirst(), radix: 16) ?? 0
        let parts = [value >> 16 & 255, value >> 8 & 255, value & 255].map { channel in
            let share = Double(channel) / 255
            return share <= 0.04045 ? share / 12.92 : pow((share + 0.055) / 1.055, 2.4)
        }
        return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2]
    }

    static func contrast(_ one: String, _ other: String) -> Double {
        let values = [luminance(one), luminance(other)].sorted()
        return (values[1] + 0.05) / (values[0] + 0.05)
    }

    @Test("black on white is 21 to 1")
    func known() { #expect(abs(Self.contrast("#000000", "#ffffff") - 21) < 0.01) }

    @Test("each pair of text and ground has at least 4.5 to 1", arguments: [false, true])
    func pairs(dark: Bool) throws {
        let colours = try Self.colours(dark: dark)
        let pairs = [
            ("text", "ground"), ("muted", "ground"), ("link", "ground"), ("ground", "link"), ("text", "panel"),
            ("muted", "panel"), ("link", "panel"), ("text", "hit"), ("muted", "hit"), ("alarm-text", "alarm-ground"),
            ("good-text", "good-ground"), ("add", "panel"), ("drop", "panel"),
        ]
        for (text, ground) in pairs {
            let (one, other) = (try #require(colours[text], "\(text)"), try #require(colours[ground], "\(ground)"))
            #expect(Self.contrast(one, other) >= 4.5, "\(text) on \(ground): \(Self.contrast(one, other))")
        }
        let (focus, ground) = (try #require(colours["focus"]), try #require(colours["ground"]))
        #expect(Self.contrast(focus, ground) >= 3, "the frame of what has the focus")
    }

    @Test("badges too")
    func badges() {
        let badges = PageFiles.style.matches(of: /\.sev-\w+ \{ background: (#[0-9a-f]{6}); color: (#[0-9a-f]{6});/)
        #expect(badges.count == 5)
        for badge in badges {
            #expect(Self.contrast(String(badge.output.1), String(badge.output.2)) >= 4.5, "\(badge.output.0)")
        }
    }
}
