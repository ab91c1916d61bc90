import Events

/// What to look for in source where an event names no line: the literal words of its message, its code.
struct MessageSearch: Sendable, Equatable {
    /// The longest first.
    var fragments: [String]
    var code: String?

    static let maxMessageBytes = 2000
    static let maxFragments = 8
    static let minFragment = 8

    init(_ event: ErrorEvent) {
        let texts = [event.message] + event.exceptions.suffix(3).reversed().compactMap(\.message)
        var found: [String] = []
        for text in texts {
            for run in Self.runs(String(decoding: text.utf8.prefix(Self.maxMessageBytes), as: UTF8.self)) {
                found.append(run.joined(separator: " "))
                // A variable word inside a run hides it: try its ends as well.
                if run.count > 4 {
                    found.append(run.prefix(3).joined(separator: " "))
                    found.append(run.suffix(3).joined(separator: " "))
                }
            }
        }
        var seen: Set<String> = []
        fragments = Array(
            found.filter { $0.utf8.count >= Self.minFragment && seen.insert($0).inserted }
                .sorted { ($0.utf8.count, $1) > ($1.utf8.count, $0) }.prefix(Self.maxFragments))
        code = event.code.flatMap { code in
            (3...64).contains(code.utf8.count) && code.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F } ? code : nil
        }
    }

    var isEmpty: Bool { fragments.isEmpty && code == nil }

    /// Patterns for `git grep -F -f -`, one a line.
    var patterns: [UInt8] { Array((fragments + [code].compactMap { $0 }).joined(separator: "\n").utf8) }

    /// How well a source line fits: 0 to 1.
    func fit(_ line: String) -> Double {
        for fragment in fragments where line.contains(fragment) {
            return min(0.95, 0.55 + 0.02 * Double(fragment.utf8.count))
        }
        if let code, line.contains(code) { return 0.5 }
        return 0
    }

    /// Runs of words that a program would have written itself: no digits, quotes or paths in them.
    private static func runs(_ text: String) -> [[Substring]] {
        var (runs, current): ([[Substring]], [Substring]) = ([], [])
        func finish() {
            if !current.isEmpty { runs.append(current) }
            current = []
        }
        for word in text.split(
            omittingEmptySubsequences: false, whereSeparator: { " \t\r\n".utf8.contains($0.utf8.first ?? 0) })
        {
            let core = word.utf8
            var end = core.endIndex
            while end > core.startIndex, ",.:;!?".utf8.contains(core[core.index(before: end)]) {
                end = core.index(before: end)
            }
            let bare = word[..<end]
            guard !bare.isEmpty,
                bare.utf8.allSatisfy({ ($0 | 0x20) &- 0x61 < 26 || $0 == 0x2D || $0 == 0x27 || $0 >= 0x80 })
            else {
                finish()
                continue
            }
            current.append(bare)
            if end != core.endIndex { finish() }
        }
        finish()
        return runs
    }
}
