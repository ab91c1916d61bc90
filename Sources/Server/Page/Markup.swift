import Delivery
import Mustache

/// HTML that was made here, every foreign text in it escaped: the only thing that a template may take as it is.
///
/// Templates take it in three braces; a text in three braces would be a hole, which a test of the templates looks for.
struct Markup: MustacheCustomRenderable, Hashable, Sendable {
    let html: String

    private init(html: String) { self.html = html }

    /// A drawing of Delivery's, or a page's body; nil for an empty one, so that sections leave it out.
    static func made(_ html: String) -> Markup? { html.isEmpty ? nil : Markup(html: html) }

    /// Prose of any origin: one line, every trick in it visible, its code spans kept.
    static func prose(_ text: String, limit: Int = 600, in say: ReportLanguage) -> Markup {
        Markup(html: HTMLText.prose(text, limit: limit, in: say))
    }

    /// A name of any origin, as code.
    static func code(_ text: String, limit: Int = 200) -> Markup { Markup(html: HTMLText.code(text, limit: limit)) }

    static func joined(_ parts: [Markup], by separator: String = " · ") -> Markup {
        Markup(html: parts.map(\.html).joined(separator: HTMLText.escaped(separator)))
    }

    /// The same with links to the evidence that it cites.
    func linked(by links: CitationLinks) -> Markup { Markup(html: links.link(html)) }

    var renderText: String { html }
    var isNull: Bool { html.isEmpty }
}

/// Foreign text for an element or an attribute: visible, bounded, and escaped by the template.
enum Shown {
    static let name = 120

    /// One line of at most so many scalars.
    static func line(_ text: String, limit: Int = name) -> String {
        let (line, isCut) = VisibleText.line(text, atLeast: limit)
        let scalars = line.unicodeScalars
        return isCut || scalars.count > limit ? String(String.UnicodeScalarView(scalars.prefix(limit))) + "…" : line
    }

    /// A line of code or of a log, its blanks kept.
    static func verbatim(_ text: String, width: Int = 400) -> String { VisibleText.verbatim(text, width: width) }
}
