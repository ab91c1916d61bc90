/// Looks at the text around a trigger and says which bytes are secret. Every look is bounded.
struct SecretReader {
    /// Longest value of an assignment, and how far any other look goes.
    static let maxValueBytes = 512

    let bytes: Bytes

    init(_ bytes: Bytes) { self.bytes = bytes }

    /// Whether a token may start here: no word goes on from the left (an escape such as `\n` ends one).
    func isStart(_ index: Int) -> Bool {
        guard bytes.at(index - 1).isWord else { return true }
        let before = bytes.at(index - 1)
        return bytes.at(index - 2) == 0x5C && (before == 0x6E || before == 0x72 || before == 0x74)
    }

    /// Whether the text, or the line, ends here: what stands there may have been cut.
    func isCut(_ index: Int) -> Bool {
        index >= bytes.count || bytes[index] == 0x0A || bytes[index] == 0x0D
    }

    /// Whether a short name starts a word, and is written as one: `sumo`, `SUMO`, `Sumo`, but not `sumObject`.
    func isPlainWord(_ range: Range<Int>) -> Bool {
        guard !bytes.at(range.lowerBound - 1).isLetter else { return false }
        let rest = bytes[range].dropFirst()
        return !rest.contains(where: \.isUpper) || !bytes[range].contains(where: \.isLower)
    }

    // MARK: - Tokens with a prefix

    /// Bytes that must be left of a token that was cut.
    private static let minCutBytes = 8

    func token(_ rule: TokenRule, from start: Int) -> Secret? {
        let body = start + rule.prefix.utf8.count
        guard isStart(start) || !bytes.at(start).isWord else { return nil }
        if rule.isExact, !bytes[start..<body].elementsEqual(rule.prefix.utf8) { return nil }
        let most = rule.length.upperBound + 1
        var end = bytes.run(from: body, limit: min(most, Self.maxValueBytes)) { rule.alphabet.contains($0) }
        // A long run is judged by its beginning before the rest is looked at.
        if end - body == Self.maxValueBytes, most > Self.maxValueBytes {
            guard isPlausible(body..<end, rule) else { return nil }
            end = bytes.run(from: end, limit: most - Self.maxValueBytes) { rule.alphabet.contains($0) }
        }
        let length = end - body
        guard length <= rule.length.upperBound else { return nil }
        if length < rule.length.lowerBound {
            guard isCut(end), rule.prefix.utf8.count >= 3 else { return nil }
            if let whole = joined(rule, start, body, end) { return whole }
            guard length >= Self.minCutBytes, end == bytes.count || isMixed(body..<end, minDigits: 2) else {
                return nil
            }
        }
        guard !bytes.at(end).isWord, isPlausible(body..<end, rule) else { return nil }
        return Secret(name: rule.name, range: start..<(isCut(end) ? wrappedEnd(start..<end) : end))
    }

    /// A token that goes on in the next line.
    private func joined(_ rule: TokenRule, _ start: Int, _ body: Int, _ cut: Int) -> Secret? {
        let next = bytes.run(from: cut, limit: 10) { $0.isSpace }
        guard next > cut else { return nil }
        let missing = rule.length.upperBound - (cut - body) + 1
        let end = bytes.run(from: next, limit: missing) { rule.alphabet.contains($0) }
        guard (rule.length).contains(end - next + cut - body), !bytes.at(end).isWord, end - next < missing,
            isMixed(next..<end, minDigits: 1), isPlausible(body..<cut, rule)
        else { return nil }
        return Secret(name: rule.name, range: start..<end)
    }

    /// Whether what follows a prefix looks as if it were drawn at random.
    private func isPlausible(_ range: Range<Int>, _ rule: TokenRule) -> Bool {
        entropy(range) >= min(rule.minEntropy, Self.reachable(range.count))
            && (!rule.isMixed || isMixed(range, minDigits: rule.minDigits)) && !isCounting(range)
    }

    /// A token that shows what it is by a mark within it, at `mark`.
    func infixToken(_ rule: InfixRule, mark: Int) -> Secret? {
        guard bytes[mark..<mark + rule.mark.utf8.count].elementsEqual(rule.mark.utf8) else { return nil }
        let lowest = max(0, mark - rule.head.upperBound - 1)
        var start = mark
        while start > lowest, rule.before.contains(bytes[start - 1]) { start -= 1 }
        let tail = mark + rule.mark.utf8.count
        let end = bytes.run(from: tail, limit: rule.tail.upperBound + 1) { rule.after.contains($0) }
        guard rule.head.contains(mark - start), rule.tail.contains(end - tail), !bytes.at(end).isWord,
            !bytes.at(start - 1).isWord, max(entropy(start..<mark), entropy(tail..<end)) >= 2.9
        else { return nil }
        return Secret(name: rule.name, range: start..<end)
    }

    /// The entropy that a random string of a short length still has.
    private static func reachable(_ length: Int) -> Double { length >= 20 ? 8 : 2 }

    private func isMixed(_ range: Range<Int>, minDigits: Int) -> Bool {
        let parts = composition(range.prefix(Self.maxValueBytes))
        return parts.digits >= minDigits && parts.letters >= 2
    }

    /// `abcdefgh`, `12345678`: a made-up value counts up.
    func isCounting(_ range: Range<Int>) -> Bool {
        var ascending = 1
        for index in range.dropFirst() {
            ascending = bytes[index] == bytes[index - 1] &+ 1 ? ascending + 1 : 1
            if ascending >= 8 { return true }
        }
        return false
    }

    /// The operator's literal prefix and what follows it without a space.
    func custom(_ pattern: RedactionPattern, start: Int, end: Int) -> Secret? {
        guard isStart(start) || !bytes.at(start).isWord else { return nil }
        let close = bytes.run(from: end, limit: Self.maxValueBytes) { !$0.isSpace && !Self.isQuote($0) && $0 != 0x2C }
        return close - end >= pattern.minLength ? Secret(name: pattern.name, range: start..<close) : nil
    }

    static func isQuote(_ byte: UInt8) -> Bool { byte == 0x22 || byte == 0x27 || byte == 0x60 }

    // MARK: - Likeness to random strings

    /// Shannon entropy in bits a byte.
    func entropy(_ range: Range<Int>) -> Double {
        guard !range.isEmpty else { return 0 }
        return withUnsafeTemporaryAllocation(of: UInt16.self, capacity: 256) { counts in
            counts.initialize(repeating: 0)
            let range = range.prefix(Self.maxValueBytes)
            for index in range { counts[Int(bytes[index])] += 1 }
            let total = Double(range.count)
            return counts.reduce(into: 0.0) { sum, count in
                guard count > 0 else { return }
                let share = Double(count) / total
                sum -= share * Self.log2(share)
            }
        }
    }

    /// Binary logarithm of a number from 0 to 1, to four digits, without the C library.
    private static func log2(_ value: Double) -> Double {
        let exponent = Double(value.exponent)
        let y = (value.significand - 1) / (value.significand + 1)
        let square = y * y
        return exponent + 2.885_390_082 * y
            * (1 + square * (1.0 / 3 + square * (0.2 + square * (1.0 / 7 + square / 9))))
    }

    /// What a value is made of.
    struct Composition {
        var digits = 0
        var lower = 0
        var upper = 0
        var others = 0
        /// Changes between lower case, upper case after lower case, and digits.
        var changes = 0
        var count: Int { digits + lower + upper + others }
        var letters: Int { lower + upper }
    }

    func composition(_ range: Range<Int>) -> Composition {
        var result = Composition()
        var last = 0
        for index in range {
            let byte = bytes[index]
            let kind = byte.isDigit ? 1 : byte.isLower ? 2 : byte.isUpper ? 3 : 4
            switch kind {
            case 1: result.digits += 1
            case 2: result.lower += 1
            case 3: result.upper += 1
            default: result.others += 1
            }
            if kind != 4, last != 0, kind != last, !(last == 3 && kind == 2) { result.changes += 1 }
            if kind != 4 { last = kind }
        }
        return result
    }
}
