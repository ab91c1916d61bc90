/// A piece of source text, told apart only as far as the rules need it, and in every language alike.
struct Token: Sendable, Hashable {
    enum Kind: Sendable, Hashable { case word, number, string, sign }

    var kind: Kind
    var text: String
    /// Followed by an opening parenthesis: a call or a declaration.
    var isCalled = false

    /// The tokens of a text; comments to the line's end are left out.
    ///
    /// A string is one token; where it may hold code (an interpolation), the tokens in it follow it.
    static func tokens(_ lines: [[UInt8]], dialect: Dialect) -> [Token] {
        lines.flatMap { tokens(line: $0, dialect: dialect) }
    }

    private static func tokens(line: [UInt8], dialect: Dialect, isInString: Bool = false) -> [Token] {
        var tokens: [Token] = []
        var index = 0
        while index < line.count {
            let byte = line[index]
            let next = index + 1 < line.count ? line[index + 1] : 0
            if SourceLines.isBlank(byte) {
                index += 1
            } else if !isInString, dialect.beginsComment(byte, next) {
                break
            } else if !isInString, byte == 0x22 || byte == 0x60 || byte == 0x27 && !dialect.hasLifetimes {
                let end = endOfString(line, index)
                let content = line[index..<end]
                tokens.append(Token(kind: .string, text: text(content)))
                if content.contains(where: { $0 == 0x7B || $0 == 0x24 || $0 == 0x28 }) {
                    let inner = Self.tokens(line: Array(content), dialect: dialect, isInString: true)
                    tokens += inner.filter(\.isCalled)
                }
                index = end
            } else if byte &- 0x30 < 10 {
                let end = end(line, index) { BlockMatcher.isWord($0) || $0 == 0x2E }
                tokens.append(Token(kind: .number, text: text(line[index..<end])))
                index = end
            } else if BlockMatcher.isWord(byte) {
                let end = end(line, index, BlockMatcher.isWord)
                // In a string, "failed (again)" is prose, and "failed(again)" may be a call.
                let after = isInString ? line[end...].first : line[end...].first { !SourceLines.isBlank($0) }
                tokens.append(Token(kind: .word, text: text(line[index..<end]), isCalled: after == 0x28))
                index = end
            } else {
                tokens.append(Token(kind: .sign, text: text(line[index..<index + 1])))
                index += 1
            }
        }
        return tokens
    }

    private static func text(_ bytes: ArraySlice<UInt8>) -> String { String(decoding: bytes, as: UTF8.self) }

    private static func end(_ line: [UInt8], _ start: Int, _ belongs: (UInt8) -> Bool) -> Int {
        line[start...].firstIndex { !belongs($0) } ?? line.count
    }

    /// Behind the closing quote; a lone quote (an apostrophe, a lifetime) ends with the line.
    private static func endOfString(_ line: [UInt8], _ start: Int) -> Int {
        var index = start + 1
        while index < line.count {
            if line[index] == 0x5C { index += 2; continue }
            if line[index] == line[start] { return index + 1 }
            index += 1
        }
        return line.count
    }
}

/// How a language writes what the rules must not take for code, or for text.
struct Dialect: Sendable {
    let hasHashComments: Bool
    let hasSlashComments: Bool
    /// A single quote may stand alone.
    let hasLifetimes: Bool

    /// - Parameter language: the ending of a file's name. Comments of an unknown language are taken for code.
    init(_ language: String) {
        hasHashComments = ["py", "rb", "yaml", "yml", "toml", "conf", "cfg", "properties", "pl", "ex", "exs", "r"]
            .contains(language)
        hasSlashComments = [
            "js", "mjs", "cjs", "jsx", "ts", "tsx", "java", "kt", "kts", "scala", "go", "rs", "swift", "c", "cc", "cpp",
            "h",
            "hpp", "cs", "dart", "groovy",
        ].contains(language)
        hasLifetimes = language == "rs"
    }

    /// Files that hold settings and no code.
    static let settings: Set<String> = ["yaml", "yml", "toml", "conf", "cfg", "properties", "ini", "json", "env"]

    func beginsComment(_ byte: UInt8, _ next: UInt8) -> Bool {
        hasHashComments && byte == 0x23 || hasSlashComments && byte == 0x2F && next == 0x2F
    }
}

/// What a change took out and put in, token by token.
struct TokenChange: Sendable {
    var removed: [Token]
    var added: [Token]

    /// Longer blocks are compared as wholes.
    static let maxTokens = 2000

    /// By a longest common subsequence, so that what only moved apart does not count.
    init(from old: [Token], to new: [Token]) {
        let head = zip(old, new).prefix { $0 == $1 }.count
        let (a, b) = (Array(old.dropFirst(head)), Array(new.dropFirst(head)))
        let tail = zip(a.reversed(), b.reversed()).prefix { $0 == $1 }.count
        let (left, right) = (Array(a.dropLast(tail)), Array(b.dropLast(tail)))
        guard left.count <= Self.maxTokens, right.count <= Self.maxTokens else {
            (removed, added) = (left, right)
            return
        }
        let difference = right.difference(from: left)
        removed = difference.removals.compactMap { if case .remove(_, let token, _) = $0 { token } else { nil } }
        added = difference.insertions.compactMap { if case .insert(_, let token, _) = $0 { token } else { nil } }
    }
}
