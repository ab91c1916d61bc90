/// Finds the function around a line: brace- and indentation-aware, no parser.
struct FunctionFinder {
    struct Function: Sendable, Equatable {
        /// Line numbers from 1, both included; the header with its attributes begins it.
        var first: Int
        var last: Int
        var name: String?

        func contains(_ line: Int) -> Bool { first <= line && line <= last }
    }

    static let maxDepth = 400
    /// Attributes and comments taken with the header, at most.
    static let maxLead = 6

    let functions: [Function]
    private let text: SourceText

    init(_ text: SourceText) {
        self.text = text
        switch text.language {
        case .braces(let style):
            var scanner = BraceScanner(style)
            scanner.scan(text.lines)
            functions = scanner.functions
        case .indentation: functions = Self.indented(text.lines)
        case .unknown: functions = []
        }
    }

    /// The innermost named function around a line, else the innermost unnamed one.
    func enclosing(_ line: Int) -> Function? {
        let around = functions.filter { $0.contains(line) }.sorted { $0.last - $0.first < $1.last - $1.first }
        guard var found = around.first(where: { $0.name != nil }) ?? around.first else { return nil }
        found.first = lead(found.first)
        return found
    }

    /// The functions of that name.
    func named(_ name: String) -> [Function] {
        functions.filter { $0.name == name }.map { Function(first: lead($0.first), last: $0.last, name: $0.name) }
    }

    /// Takes attributes, annotations and decorators above a header along.
    private func lead(_ first: Int) -> Int {
        var start = first
        while start > 1, first - start < Self.maxLead {
            let above = text.lines[start - 2].utf8.drop { $0 == 0x20 || $0 == 0x09 }
            guard let mark = above.first, mark == UInt8(ascii: "@") || above.starts(with: "#[".utf8) else { break }
            start -= 1
        }
        return start
    }

    /// `def` blocks, ended by the next line that is indented no deeper.
    private static func indented(_ lines: [String]) -> [Function] {
        var (found, open): ([Function], [(start: Int, indentation: Int, name: String?)]) = ([], [])
        var lastFilled = 0
        for (index, line) in lines.enumerated() {
            guard let first = line.utf8.first(where: { $0 != 0x20 && $0 != 0x09 && $0 != 0x0D }) else { continue }
            let indentation = SourceText.indentation(line)
            let words = line.split { $0 == " " || $0 == "\t" }
            // `) -> int:` and `end` close what they belong to.
            let closes = first == UInt8(ascii: ")") || first == UInt8(ascii: "]") || words.first == "end"
            while let top = open.last, indentation < top.indentation || (indentation == top.indentation && !closes) {
                found.append(Function(first: top.start, last: max(top.start, lastFilled), name: top.name))
                open.removeLast()
            }
            lastFilled = index + 1
            if words.first == "end", let top = open.last, top.indentation == indentation {
                found.append(Function(first: top.start, last: index + 1, name: top.name))
                open.removeLast()
            }
            guard open.count < maxDepth,
                let word = words.first(where: { $0 != "async" && $0 != "local" && $0 != "private" }),
                ["def", "defp", "function"].contains(word)
            else { continue }
            open.append((index + 1, indentation, FunctionHeader.name(line)))
        }
        for top in open { found.append(Function(first: top.start, last: max(top.start, lastFilled), name: top.name)) }
        return found
    }
}

/// What the text before a brace says: a function's header, or something else.
enum FunctionHeader {
    private static let control: Set<String> = [
        "if", "for", "while", "switch", "catch", "try", "else", "match", "loop", "synchronized", "using", "lock",
        "guard",
        "do", "unsafe", "when", "select", "with", "foreach", "return", "finally", "repeat", "defer", "elseif", "fixed",
    ]
    private static let types: Set<String> = [
        "class", "struct", "enum", "interface", "impl", "trait", "namespace", "mod", "module", "extension", "protocol",
        "record", "object", "union", "extern",
    ]
    private static let starters: Set<String> = [
        "fn", "func", "function", "def", "defp", "fun", "sub", "init", "deinit",
    ]

    /// Whether a header opens a function, and its name.
    static func read(_ header: String) -> (isFunction: Bool, name: String?) {
        let header = withoutAnnotations(header)
        let words = identifiers(header)
        guard let first = words.first else { return (header.contains("=>"), nil) }
        if control.contains(first) { return (false, nil) }
        if words.contains(where: starters.contains) { return (true, name(header)) }
        let leading = identifiers(String(header.prefix { $0 != "(" }))
        if leading.contains("new") || leading.contains(where: types.contains) { return (false, nil) }
        if header.contains("=>") { return (true, name(header)) }
        guard let open = header.firstIndex(of: "("), header.contains(")") else { return (false, nil) }
        let before = header[..<open]
        // `go(new Thing() {`: the brace stands inside the call's parentheses.
        guard header.utf8.count(where: { $0 == 0x28 }) == header.utf8.count(where: { $0 == 0x29 }) else {
            return (false, nil)
        }
        // `a = new Thing(` and `call(x)` with a trailing block are no declarations.
        if before.contains("=") || before.contains(".") { return (false, nil) }
        return (true, name(header))
    }

    /// Drops `@Annotation(…)` and `#[attribute]` in front of a declaration.
    private static func withoutAnnotations(_ header: String) -> String {
        var bytes = Array(header.utf8)[...]
        while let first = bytes.first, first == UInt8(ascii: "@") || bytes.starts(with: "#[".utf8) {
            var depth = 0
            bytes = bytes.dropFirst()
            while let byte = bytes.first {
                if byte == UInt8(ascii: "(") || byte == UInt8(ascii: "[") { depth += 1 }
                if byte == UInt8(ascii: ")") || byte == UInt8(ascii: "]") { depth -= 1 }
                if byte == 0x20, depth <= 0 { break }
                bytes = bytes.dropFirst()
            }
            bytes = bytes.drop { $0 == 0x20 || $0 == 0x09 }
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// The name that a header gives its function; nil for lambdas.
    static func name(_ header: String) -> String? {
        let words = identifiers(header)
        if let index = words.firstIndex(where: starters.contains) {
            if words[index] == "init" || words[index] == "deinit" { return words[index] }
            // Go's receiver stands between `func` and the name.
            var rest = header[...]
            if let range = rest.firstRange(of: words[index]) { rest = rest[range.upperBound...] }
            let trimmed = rest.drop { $0 == " " || $0 == "*" || $0 == "&" }
            if words[index] == "func", trimmed.first == "(", let close = trimmed.firstIndex(of: ")") {
                rest = trimmed[trimmed.index(after: close)...]
            } else if trimmed.first == "(" {
                return assigned(header)
            }
            // Generics follow the name, but in Kotlin they come first.
            let ends: Set<Character> = words[index] == "fun" ? ["(", "{", ":"] : ["(", "{", ":", "<", "["]
            let found = identifiers(String(rest.prefix { !ends.contains($0) }))
            // `def self.find`, `fun <T> List<T>.second`: the last word is the name.
            return found.last { $0 != "self" } ?? assigned(header)
        }
        if header.contains("=>") { return assigned(header) }
        guard let open = header.firstIndex(of: "(") else { return nil }
        return identifiers(String(header[..<open])).last
    }

    /// `const find = async (id) => {` → `find`.
    private static func assigned(_ header: String) -> String? {
        let before = header.prefix { $0 != "=" && $0 != ":" && $0 != "(" }
        guard before.endIndex < header.endIndex, header[before.endIndex] != "(" else { return nil }
        return identifiers(String(before)).last
    }

    static func identifiers(_ text: String) -> [String] {
        text.utf8.split { byte in
            !(byte == 0x5F || byte == 0x24 || byte &- 0x30 < 10 || (byte | 0x20) &- 0x61 < 26 || byte >= 0x80)
        }.map { String($0) ?? "" }
    }
}
