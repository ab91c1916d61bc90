/// The kinds of change that a draft may be. Anything else is a person's work.
public enum ChangeKind: String, Sendable, Hashable, Codable, CaseIterable {
    /// A number, a string or a switch that was another one.
    case value
    /// A time-out, a retry count, a size.
    case limit
    /// A value that may be missing is looked at before it is used, or has a default.
    case nullCheck = "null_check"
    /// A line of log more.
    case logging

    /// For people.
    public var words: String {
        switch self {
        case .value: "a configuration value"
        case .limit: "a time-out, a retry count or a limit"
        case .nullCheck: "a null check or a default"
        case .logging: "logging"
        }
    }
}

/// Tells what kind a change is, from its tokens alone.
///
/// A change has a kind only if each of its tokens is accounted for: a literal, a word of the kind, a sign, or a name
/// that the file already has. One unknown call or name, and it has none.
struct ChangeClassifier: Sendable {
    /// Lower case, without the dot.
    let language: String
    /// Words that the file has, and those that it calls.
    let known: Set<String>
    let called: Set<String>

    init(path: String, source: SourceLines) {
        let name = path.split(separator: "/").last.map(String.init) ?? path
        language = name.split(separator: ".").count > 1 ? name.split(separator: ".").last?.lowercased() ?? "" : ""
        let tokens = Token.tokens(source.lines.map(\.text), dialect: Dialect(language))
        known = Set(tokens.lazy.filter { $0.kind == .word }.map(\.text))
        called = Set(tokens.lazy.filter(\.isCalled).map(\.text))
    }

    func kind(from old: [[UInt8]], to new: [[UInt8]]) -> Result<ChangeKind, Reason> {
        let dialect = Dialect(language)
        let change = TokenChange(
            from: Token.tokens(old, dialect: dialect), to: Token.tokens(new, dialect: dialect))
        guard !change.added.isEmpty || !change.removed.isEmpty else { return .failure(.nothing) }
        if Dialect.settings.contains(language) { return setting(old, new, change) }
        if let kind = literal(change, around: new) ?? limit(change) ?? logging(change, old, new) ?? nullCheck(change) {
            return .success(kind)
        }
        return .failure(.other(stranger(in: change)))
    }

    enum Reason: Error, Equatable {
        case nothing
        /// A word that no allowed kind explains.
        case other(String?)
    }

    // MARK: kinds

    /// A literal for another one. Where the line speaks neither of a limit nor of a setting, it is a number of the
    /// business, and a person's.
    private func literal(_ change: TokenChange, around lines: [[UInt8]]) -> ChangeKind? {
        guard !change.added.isEmpty, !change.removed.isEmpty,
            (change.added + change.removed).allSatisfy({ Self.isLiteral($0) && Self.isPlain($0) })
        else { return nil }
        let words = lines.flatMap { IdentifierWords.of(String(decoding: $0, as: UTF8.self)) }
        if words.contains(where: Vocabulary.limits.contains) { return .limit }
        return words.contains(where: Vocabulary.settings.contains) ? .value : nil
    }

    private func limit(_ change: TokenChange) -> ChangeKind? {
        func belongs(_ token: Token) -> Bool {
            Self.isLiteral(token) || Self.isPlainSign(token)
                || token.kind == .word
                    && (Vocabulary.isLimit(token.text) || !token.isCalled && known.contains(token.text))
        }
        let all = change.added + change.removed
        guard all.allSatisfy(belongs),
            change.added.contains(where: { $0.kind == .word && Vocabulary.isLimit($0.text) }),
            change.removed.allSatisfy({ $0.kind != .word || Vocabulary.isLimit($0.text) })
        else { return nil }
        return .limit
    }

    /// Every new line calls a log, and nothing is taken away.
    private func logging(_ change: TokenChange, _ old: [[UInt8]], _ new: [[UInt8]]) -> ChangeKind? {
        guard change.removed.isEmpty else { return nil }
        let added = new.difference(from: old).insertions.compactMap { step -> [UInt8]? in
            if case .insert(_, let line, _) = step { line } else { nil }
        }
        let dialect = Dialect(language)
        let lines = added.map { Token.tokens([$0], dialect: dialect) }.filter { !$0.isEmpty }
        guard !lines.isEmpty, lines.allSatisfy({ isLogCall($0) }) else { return nil }
        return .logging
    }

    private func isLogCall(_ tokens: [Token]) -> Bool {
        let head = tokens.prefix { $0.kind == .word && !$0.isCalled || ".:!".contains($0.text) }
        let callee = tokens.dropFirst(head.count).first
        let chain = (Array(head) + (callee.map { [$0] } ?? [])).filter { $0.kind == .word }
        guard chain.contains(where: { Vocabulary.logs.contains($0.text.lowercased()) }), chain.count <= 4,
            tokens.contains(where: { $0.text == "(" })
        else { return false }
        let rest = tokens.dropFirst(head.count + 1)
        return rest.allSatisfy { token in
            token.kind != .word || (known.contains(token.text) || Vocabulary.isCommon(token.text)) && !isNewCall(token)
        }
            && head.allSatisfy {
                $0.kind != .word || known.contains($0.text) || Vocabulary.logs.contains($0.text.lowercased())
            }
    }

    private func nullCheck(_ change: TokenChange) -> ChangeKind? {
        let words = Set(change.added.filter { $0.kind == .word }.map(\.text))
        let signs = change.added.map(\.text).joined()
        let isMarked =
            !words.isDisjoint(with: Vocabulary.nulls) || ["?.", "??", "?:", "?["].contains(where: signs.contains)
        guard isMarked || Self.isTruthTest(change.added), !Self.computes(change.added), stranger(in: change) == nil
        else { return nil }
        // What was there must still be there: a check adds, it does not replace.
        let kept = Set(change.added.map(\.text))
        let lost = change.removed.contains { token in
            token.kind != .sign && !kept.contains(token.text) && !Vocabulary.isCommon(token.text)
                && !Vocabulary.forced.contains(token.text)
        }
        return lost ? nil : .nullCheck
    }

    /// `if not order: return`: a test of one value, without a comparison.
    private static func isTruthTest(_ added: [Token]) -> Bool {
        added.contains { $0.text == "if" || $0.text == "unless" }
            && added.allSatisfy { $0.kind == .word || $0.kind == .sign && "()!:{}.;,[]".contains($0.text) }
    }

    /// A comparison of sizes, arithmetic, or a number that is not nought: more than a null check.
    private static func computes(_ added: [Token]) -> Bool {
        for (index, token) in added.enumerated() {
            switch token.kind {
            case .number: if token.text != "0" { return true }
            case .sign:
                let before = index > 0 ? added[index - 1].text : ""
                if "*/%+^~<".contains(token.text) { return true }
                if token.text == ">", before != "=", before != "-" { return true }
            default: break
            }
        }
        return false
    }

    /// In a file of settings: the same keys with other plain values.
    private func setting(_ old: [[UInt8]], _ new: [[UInt8]], _ change: TokenChange) -> Result<ChangeKind, Reason> {
        let before = old.compactMap(SettingLine.init), after = new.compactMap(SettingLine.init)
        guard before.count == old.count, after.count == new.count, before.count == after.count else {
            return .failure(.other(stranger(in: change)))
        }
        var isLimit = true
        for (a, b) in zip(before, after) where a != b {
            guard a.key == b.key, a.isPlain, b.isPlain else { return .failure(.other(a.key)) }
            isLimit = isLimit && IdentifierWords.of(a.key).contains(where: Vocabulary.limits.contains)
        }
        return .success(isLimit ? .limit : .value)
    }

    // MARK: tokens

    /// The first word that is neither in the file nor one that every null check may use.
    private func stranger(in change: TokenChange) -> String? {
        change.added.first { token in
            token.kind == .word
                && (isNewCall(token) || !(known.contains(token.text) || Vocabulary.isCommon(token.text)))
        }?.text
    }

    private func isNewCall(_ token: Token) -> Bool {
        token.isCalled && !called.contains(token.text) && !Vocabulary.isCommon(token.text)
    }

    private static func isLiteral(_ token: Token) -> Bool {
        switch token.kind {
        case .number, .string: true
        case .word: Vocabulary.literals.contains(token.text)
        case .sign: token.text == "-"
        }
    }

    /// A string that is a word or a duration, and no sentence, statement or path.
    private static func isPlain(_ token: Token) -> Bool {
        guard token.kind == .string else { return true }
        return token.text.utf8.count <= 64
            && token.text.dropFirst().dropLast().utf8.allSatisfy {
                BlockMatcher.isWord($0) && $0 < 0x80 || $0 == 0x2E || $0 == 0x2D || $0 == 0x25
            }
    }

    private static func isPlainSign(_ token: Token) -> Bool {
        token.kind == .sign && "=:,().*_;-+{}[]".contains(token.text)
    }
}

/// `key: value`, `key = value`, with its quotes and comma.
private struct SettingLine: Equatable {
    var key: String
    var value: String

    init?(_ line: [UInt8]) {
        let text = String(decoding: line, as: UTF8.self)
        guard let cut = text.firstIndex(where: { $0 == ":" || $0 == "=" }) else { return nil }
        key = String(text[..<cut])
        value = String(text[text.index(after: cut)...])
    }

    /// A word, a number, a duration: nothing that a reader of the file could take for a path, a link or a command.
    var isPlain: Bool {
        let bare = value.filter { !" \t\"',".contains($0) }
        return !bare.isEmpty && bare.utf8.count <= 64
            && bare.utf8.allSatisfy { BlockMatcher.isWord($0) && $0 < 0x80 || $0 == 0x2E || $0 == 0x2D || $0 == 0x25 }
            && value.split(separator: " ").count <= 2
    }
}
