/// Text that a model made by going in circles.
enum Repetition {
    /// The same three words in a row so often …
    private static let repeats = 4
    /// … that they make up this much of the text.
    private static let share = 0.35
    /// One character so often in a row.
    private static let run = 24
    private static let maximumWords = 2000

    static func isDegenerate(_ text: String) -> Bool {
        if longestRun(text) >= run { return true }
        let words = Words.of(text, most: maximumWords)
        guard words.count >= 3 * repeats else { return false }
        var counts: [[Substring]: Int] = [:]
        for start in 0...(words.count - 3) { counts[Array(words[start..<start + 3]), default: 0] += 1 }
        let most = counts.values.max() ?? 0
        guard most >= repeats else { return false }
        let repeated = counts.values.filter { $0 >= repeats }.reduce(0, +)
        return Double(repeated) >= Double(words.count) * share
    }

    private static func longestRun(_ text: String) -> Int {
        var (previous, length, longest) = (Unicode.Scalar(0), 0, 0)
        for scalar in text.unicodeScalars {
            length = scalar == previous && scalar != " " && scalar != "-" && scalar != "=" ? length + 1 : 1
            (previous, longest) = (scalar, max(longest, length))
        }
        return longest
    }
}

/// Words of a text in lower case: runs of letters and digits.
enum Words {
    static func of(_ text: String, most: Int) -> [Substring] {
        Array(
            text.lowercased().split(maxSplits: most, whereSeparator: { !($0.isLetter || $0.isNumber) }).prefix(most))
    }

    /// Two texts that share so many of their words that one says the other again.
    static func areAlike(_ left: String, _ right: String) -> Bool {
        let (a, b) = (Set(of(left, most: 200)).subtracting(filler), Set(of(right, most: 200)).subtracting(filler))
        guard !a.isEmpty, !b.isEmpty else { return false }
        return Double(a.intersection(b).count) >= likeness * Double(a.union(b).count)
    }

    private static let likeness = 0.7

    /// A root cause whose every word stands in the message tells nothing new.
    static func isRepeated(_ text: String, of message: String) -> Bool {
        let words = of(text, most: 200)
        guard !words.isEmpty else { return true }
        let known = Set(of(message, most: 2000)).union(filler)
        return words.allSatisfy(known.contains)
    }

    /// So many words in a row that stand in the instructions, and in no evidence, were copied from there.
    static func isCopied(_ text: String, from instructions: String, but evidence: [String]) -> Bool {
        let copied = runs(of: text).intersection(runs(of: instructions))
        return !copied.isEmpty && !evidence.reduce(copied) { $0.subtracting(runs(of: $1)) }.isEmpty
    }

    private static let run = 5

    private static func runs(of text: String) -> Set<[Substring]> {
        let words = of(text, most: 4000)
        guard words.count >= run else { return [] }
        return Set((0...words.count - run).map { Array(words[$0..<$0 + run]) })
    }

    private static let filler: Set<Substring> = [
        "the", "a", "an", "is", "was", "are", "error", "exception", "in", "of", "to", "by", "with", "because", "caused",
        "that", "this", "and", "occurred", "failed", "at", "there", "root", "cause", "due", "message", "says", "thrown",
    ]
}
