import Events
import Mustache

/// What a prompt may show; every value is text or a list of texts.
enum PromptValue: Sendable {
    case text(String)
    case list([String])
    /// A section that is shown without a value of its own.
    case shown
}

/// One part of a prompt file, parsed once.
struct PromptTemplate: Sendable {
    private let template: MustacheTemplate
    let text: String

    /// The names that a template may use. A misspelt one would render as nothing, so it is an error.
    static let names: Set<String> = [
        "language", "roomy", "brief", "change", "alone", "rules", "service", "repository", "serviceRules", "neighbours",
        "code", "codeState", "suspects", "similar", "facts", "request", "before", "frames", "error", "findings",
        "judged", "examples", "metrics", "problems", "cause", ".",
    ]

    init(lines: ArraySlice<String>, firstLine: Int, path: String) throws(PromptError) {
        let text = lines.joined(separator: "\n")
        self.text = text
        try Self.checkTags(lines, firstLine: firstLine, path: path)
        do {
            // The pragma turns off escaping for HTML. It stands alone on the first line, and leaves no trace.
            template = try MustacheTemplate(string: "{{% CONTENT_TYPE: TEXT}}\n" + text)
        } catch let error as MustacheTemplate.ParserError {
            throw .malformed(
                path: path, line: firstLine + max(0, error.context.lineNumber - 2), problem: "template: \(error.error)")
        } catch {
            throw .malformed(path: path, line: firstLine, problem: "template: \(error)")
        }
    }

    /// Whether a tag shows this name.
    func shows(_ name: String) -> Bool { text.contains("{{\(name)}}") || text.contains("{{{\(name)}}}") }

    func render(_ values: [String: PromptValue]) -> String {
        var object: [String: Any] = [:]
        for (name, value) in values {
            switch value {
            case .text(let text): object[name] = text
            case .list(let list): object[name] = list
            case .shown: object[name] = true
            }
        }
        return template.render(object)
    }

    /// Only `{{name}}`, `{{{name}}}`, `{{#name}}`, `{{^name}}`, `{{/name}}` and comments are taken: partials,
    /// inheritance, transforms, pragmas and other delimiters have no use in a prompt.
    private static func checkTags(_ lines: ArraySlice<String>, firstLine: Int, path: String) throws(PromptError) {
        for (offset, line) in lines.enumerated() {
            for piece in line.split(separator: "{{", omittingEmptySubsequences: false).dropFirst() {
                var tag = piece.prefix { $0 != "}" }
                if tag.first == "!" { continue }
                if let sigil = tag.first, "#^/&{".contains(sigil) { tag.removeFirst() }
                let name = String(tag.filter { !$0.isWhitespace })
                guard names.contains(name) || name.isEmpty else {
                    throw .malformed(
                        path: path, line: firstLine + offset, problem: "unknown name \"\(name)\" in a template tag")
                }
            }
        }
    }
}
