extension LineStep {
    /// Whether one name for another, at least twice in the file, is all that changed. A name that changed once may
    /// well be the fault.
    static func isRenaming(
        _ removed: [UInt8], _ added: [UInt8], whole diff: LineDiff, _ old: VersionText, _ new: VersionText
    ) -> Bool {
        guard !removed.isEmpty, let pairs = renamed(removed, added) else { return false }
        var count = 0
        for hunk in diff.hunks.prefix(maxHunks) {
            guard let again = renamed(old.essence(hunk.old), new.essence(hunk.new)) else { continue }
            count += again.reduce(0) { sum, pair in pairs[pair.key]?.0 == pair.value.0 ? sum + pair.value.1 : sum }
        }
        return count >= 2 * pairs.count && !pairs.isEmpty
    }

    private static let maxHunks = 500

    /// Old name → new name and how often, where the texts are else the same; nil where they are not.
    private static func renamed(_ removed: [UInt8], _ added: [UInt8]) -> [[UInt8]: ([UInt8], Int)]? {
        let (before, after) = (tokens(removed), tokens(added))
        guard before.count == after.count, before.count <= maxTokens else { return nil }
        var pairs: [[UInt8]: ([UInt8], Int)] = [:]
        for (left, right) in zip(before, after) where left != right {
            guard isName(left), isName(right) else { return nil }
            let (known, count) = pairs[left] ?? (right, 0)
            guard known == right else { return nil }
            pairs[left] = (right, count + 1)
        }
        return pairs
    }

    private static let maxTokens = 20_000

    private static func isWord(_ byte: UInt8) -> Bool {
        byte == 0x5F || byte &- 0x30 < 10 || (byte | 0x20) &- 0x61 < 26 || byte >= 0x80
    }

    private static func isName(_ token: [UInt8]) -> Bool {
        token.first.map { isWord($0) && $0 &- 0x30 >= 10 } ?? false
    }

    /// Words, and every other byte by itself.
    private static func tokens(_ bytes: [UInt8]) -> [[UInt8]] {
        var (tokens, word): ([[UInt8]], [UInt8]) = ([], [])
        for byte in bytes {
            if isWord(byte) {
                word.append(byte)
            } else {
                if !word.isEmpty { tokens.append(word) }
                word = []
                tokens.append([byte])
            }
        }
        if !word.isEmpty { tokens.append(word) }
        return tokens
    }
}
