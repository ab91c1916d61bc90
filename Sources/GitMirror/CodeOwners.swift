/// Who owns which files, as a CODEOWNERS file says: the last pattern that matches wins.
///
/// The form that GitHub and GitLab share: a pattern as in gitignore, then owners; `#` begins a comment; GitLab's section
/// headers are passed over.
struct CodeOwners: Sendable {
    static let places = [".github/CODEOWNERS", "CODEOWNERS", "docs/CODEOWNERS", ".gitlab/CODEOWNERS"]
    static let maxRules = 5000
    static let maxOwners = 10
    static let maxPattern = 512

    private struct Rule: Sendable {
        var pattern: [UInt8]
        var isAnchored: Bool
        var isFolder: Bool
        var owners: [String]
    }

    private var rules: [Rule] = []

    init(_ text: SourceText) {
        for line in text.lines where rules.count < Self.maxRules {
            let words = line.prefix { $0 != "#" }.split { $0 == " " || $0 == "\t" }
            guard let first = words.first, first.utf8.count <= Self.maxPattern, !first.hasPrefix("["),
                !first.hasPrefix("^["), !first.hasPrefix("!")
            else { continue }
            let isFolder = first.hasSuffix("/")
            let trimmed = first.split(separator: "/", omittingEmptySubsequences: true).joined(separator: "/")
            let isAnchored = first.hasPrefix("/") || trimmed.contains("/")
            let owners = words.dropFirst().prefix(Self.maxOwners).map { String($0.prefix(100)) }
            rules.append(
                Rule(pattern: Array(trimmed.utf8), isAnchored: isAnchored, isFolder: isFolder, owners: owners))
        }
    }

    /// The owners of a path; none where no pattern matches, or the last that does names nobody.
    func owners(of path: String) -> [String] {
        let components = path.split(separator: "/")
        return rules.last { Self.matches($0, path, components) }?.owners ?? []
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
