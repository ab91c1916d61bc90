/// Who owns which files, as a CODEOWNERS file says: the last pattern that matches wins.
///
/// GitHub's form: a pattern as in gitignore, then owners, who may be none; `#` begins a comment; there is no `!`. GitLab's
/// too: in each section (`[NAME]`, `^[NAME]`, `[NAME][COUNT]`, perhaps with owners for its lines that name none) the last
/// match wins by itself, and all sections' owners count; sections of one name are one.
struct CodeOwners: Sendable {
    static let places = [".github/CODEOWNERS", "CODEOWNERS", "docs/CODEOWNERS", ".gitlab/CODEOWNERS"]
    static let maxRules = 5000
    static let maxSections = 200
    static let maxOwners = 10
    static let maxPattern = 512

    private struct Rule: Sendable {
        var pattern: [UInt8]
        var isAnchored: Bool
        var isFolder: Bool
        var owners: [String]
    }

    /// What stands before the first header is a section without a name.
    private var sections: [[Rule]] = [[]]

    init(_ text: SourceText) {
        var names = ["": 0]
        var (section, inherited, count): (Int, [String], Int) = (0, [], 0)
        for line in text.lines where count < Self.maxRules {
            let words = Self.words(line)
            guard let first = words.first else { continue }
            if let header = Self.header(line) {
                let known = names[header.name]
                if known == nil, sections.count >= Self.maxSections { continue }
                if known == nil { sections.append([]) }
                section = known ?? sections.count - 1
                names[header.name] = section
                inherited = header.owners
                continue
            }
            guard first.utf8.count <= Self.maxPattern, !first.hasPrefix("!") else { continue }
            let isFolder = first.hasSuffix("/")
            let trimmed = first.split(separator: "/", omittingEmptySubsequences: true).joined(separator: "/")
            let isAnchored = first.hasPrefix("/") || trimmed.contains("/")
            let owners = Self.owners(words.dropFirst())
            sections[section].append(
                Rule(
                    pattern: Array(trimmed.utf8), isAnchored: isAnchored, isFolder: isFolder,
                    owners: owners.isEmpty ? inherited : owners))
            count += 1
        }
    }

    private static func owners(_ words: some Sequence<String>) -> [String] {
        words.prefix(maxOwners).map { String($0.prefix(100)) }
    }

    /// Words up to a comment. White space behind a backslash belongs to a word.
    private static func words(_ line: String) -> [String] {
        var (words, word, isEscaped): ([String], String, Bool) = ([], "", false)
        for character in line {
            if isEscaped {
                word.append(character)
                isEscaped = false
            } else if character == "\\" {
                isEscaped = true
            } else if character == " " || character == "\t" || character == "\r" {
                if !word.isEmpty { words.append(word) }
                word = ""
            } else if character == "#", word.isEmpty {
                return words
            } else {
                word.append(character)
            }
        }
        return word.isEmpty ? words : words + [word]
    }

    /// `[Name]`, `^[Name]`, `[Name][2] @owner`; nil for a line that is none.
    private static func header(_ line: String) -> (name: String, owners: [String])? {
        var rest = line.drop { $0 == " " || $0 == "\t" }
        if rest.hasPrefix("^") { rest = rest.dropFirst() }
        guard rest.hasPrefix("["), let close = rest.firstIndex(of: "]") else { return nil }
        let name = rest[rest.index(after: rest.startIndex)..<close].lowercased()
        rest = rest[rest.index(after: close)...]
        if rest.hasPrefix("["), let end = rest.firstIndex(of: "]") { rest = rest[rest.index(after: end)...] }
        guard !name.isEmpty, rest.first.map({ $0 == " " || $0 == "\t" || $0 == "#" || $0 == "\r" }) ?? true else {
            return nil
        }
        return (name, owners(words(String(rest))))
    }

    /// The owners of a path, of each section once; none where no pattern matches, or the last that does names nobody.
    func owners(of path: String) -> [String] {
        let components = path.split(separator: "/")
        var found: [String] = []
        for rules in sections {
            let owners = rules.last { Self.matches($0, path, components) }?.owners ?? []
            found += owners.filter { !found.contains($0) }
        }
        return Array(found.prefix(Self.maxOwners))
    }

    /// A pattern matches a file, and everything below a folder.
    private static func matches(_ rule: Rule, _ path: String, _ components: [Substring]) -> Bool {
        if rule.pattern.isEmpty { return true }
        if !rule.isAnchored {
            return components.dropLast(rule.isFolder ? 1 : 0).contains { wildcard(rule.pattern, Array($0.utf8)) }
        }
        let bytes = Array(path.utf8)
        // `/docs/*` is for the files of that folder alone.
        if !rule.isFolder, wildcard(rule.pattern, bytes) { return true }
        if rule.pattern.last == UInt8(ascii: "*"), !rule.pattern.suffix(2).elementsEqual("**".utf8) { return false }
        return bytes.indices.contains { bytes[$0] == 0x2F && wildcard(rule.pattern, Array(bytes[..<$0])) }
    }

    /// `*` and `?` within a component, `**` over components; in time proportional to both lengths.
    static func wildcard(_ pattern: [UInt8], _ text: [UInt8]) -> Bool {
        var (index, place) = (0, 0)
        /// Where the innermost star of each kind stands, and how much it has taken.
        var star: (pattern: Int, text: Int)?
        var deep: (pattern: Int, text: Int)?
        while true {
            if index < pattern.count, pattern[index] == UInt8(ascii: "*") {
                if index + 1 < pattern.count, pattern[index + 1] == UInt8(ascii: "*") {
                    index += 2
                    // `**/x` is `x` too.
                    if index < pattern.count, pattern[index] == 0x2F { index += 1 }
                    (deep, star) = ((index, place), nil)
                } else {
                    index += 1
                    star = (index, place)
                }
                continue
            }
            if place == text.count, index == pattern.count { return true }
            if place < text.count, index < pattern.count,
                pattern[index] == text[place] || (pattern[index] == UInt8(ascii: "?") && text[place] != 0x2F)
            {
                (index, place) = (index + 1, place + 1)
            } else if let last = star, last.text < text.count, text[last.text] != 0x2F {
                star = (last.pattern, last.text + 1)
                (index, place) = (last.pattern, last.text + 1)
            } else if let last = deep, last.text < text.count {
                (deep, star) = ((last.pattern, last.text + 1), nil)
                (index, place) = (last.pattern, last.text + 1)
            } else {
                return false
            }
        }
    }
}
