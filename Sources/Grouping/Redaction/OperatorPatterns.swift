/// What is wrong with an expression for ``RedactionPattern/expression``, in words; nil when nothing is.
public func problem(ofExpression expression: String) -> String? {
    do {
        _ = try OperatorPatterns.compile(expression, name: "")
        return nil
    } catch {
        switch error {
        case .invalidExpression(_, let reason): return "an expression that compiles: \(reason)"
        case .matchesEmptyText: return "an expression that does not match where nothing stands"
        default:
            return "an expression without repetition in a repetition: this one reaches its step limit on plain text"
        }
    }
}

/// The operator's own expressions, compiled.
public struct OperatorPatterns: Sendable {
    /// The placeholder's type of a stretch that an expression gave up on.
    public static let unchecked = "unchecked"
    /// The group whose match alone is masked, where an expression has one of this name.
    static let groupName = "secret"
    /// What two neighbouring pieces of a long line share, so that a secret at their border is found.
    private static let overlap = 512

    private struct Compiled: Sendable {
        let name: String
        let pattern: BoundedPattern
        let group: Int
    }

    private let compiled: [Compiled]

    static let none = OperatorPatterns(compiled: [])

    private init(compiled: [Compiled]) { self.compiled = compiled }

    /// - Throws: ``RedactionError`` for an expression that does not compile, matches nothing at all, or gives up on
    ///   plain text.
    init(_ patterns: [RedactionPattern]) throws(RedactionError) {
        var compiled: [Compiled] = []
        for pattern in patterns {
            guard let expression = pattern.expression else { continue }
            let bounded = try Self.compile(expression, name: pattern.name)
            let group = bounded.groupNames[Self.groupName] ?? 0
            compiled.append(Compiled(name: pattern.name, pattern: bounded, group: group))
        }
        self.compiled = compiled
    }

    static func compile(_ expression: String, name: String) throws(RedactionError) -> BoundedPattern {
        let pattern: BoundedPattern
        do {
            pattern = try BoundedPattern(expression)
        } catch {
            throw .invalidExpression(name: name, reason: error.description)
        }
        guard !pattern.matchesEmptyText else { throw .matchesEmptyText(name: name) }
        guard !Self.givesUp(pattern) else { throw .expressionTooSlow(name: name) }
        return pattern
    }

    /// Tries an expression on long runs of its own characters, which is where backtracking explodes.
    private static func givesUp(_ pattern: BoundedPattern) -> Bool {
        let own = Set(Array(pattern.source.utf8).filter { $0 > 0x20 && $0 < 0x7F }).sorted()
        let texts = ["a1 ", "ab", "0", "a=b,", "x.y@z.", "/a", "A-"].map { Array($0.utf8) }
        for piece in own.map({ [$0] }) + texts {
            var text: [UInt8] = []
            while text.count + piece.count < BoundedPattern.maxTextBytes { text += piece }
            text.append(0x21)
            if text.withUnsafeBufferPointer({ pattern.search($0, from: 0) }) == .gaveUp { return true }
        }
        return false
    }

    /// What the expressions match, and what they gave up on: that is masked as a whole.
    func secrets(in bytes: Bytes) -> [Secret] {
        compiled.flatMap { expression in
            Self.pieces(of: bytes).flatMap { matches(of: expression, in: bytes, piece: $0) }
        }
    }

    private func matches(of expression: Compiled, in bytes: Bytes, piece: Range<Int>) -> [Secret] {
        var secrets: [Secret] = []
        let text = UnsafeBufferPointer(rebasing: bytes[piece])
        var from = 0
        while from < text.count {
            switch expression.pattern.search(text, from: from) {
            case .none: return secrets
            case .gaveUp: return [Secret(name: Self.unchecked, range: piece)]
            case .match(let match):
                let masked = match.groups[expression.group] ?? match.range
                let range = masked.lowerBound + piece.lowerBound..<masked.upperBound + piece.lowerBound
                secrets.append(Secret(name: expression.name, range: range))
                from = max(match.range.upperBound, from + 1)
            }
        }
        return secrets
    }

    /// Pieces that one search may look at, cut at line ends where there are any.
    private static func pieces(of bytes: Bytes) -> [Range<Int>] {
        var pieces: [Range<Int>] = []
        var start = 0
        while start < bytes.count {
            let limit = min(bytes.count, start + BoundedPattern.maxTextBytes)
            guard limit < bytes.count else {
                pieces.append(start..<limit)
                break
            }
            if let line = bytes[start + overlap..<limit].lastIndex(of: 0x0A) {
                pieces.append(start..<line)
                start = line + 1
            } else {
                pieces.append(start..<limit)
                start = limit - overlap
            }
        }
        return pieces
    }
}
