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

    // MARK: - Tokens with a prefix

    /// Bytes that must be left of a token that was cut.
    private static let minCutBytes = 8

    func token(_ rule: TokenRule, from start: Int) -> Secret? {
        let body = start + rule.prefix.utf8.count
        guard isStart(start) || !bytes.at(start).isWord else { return nil }
        if rule.isExact, !bytes[start..<body].elementsEqual(rule.prefix.utf8) { return nil }
        let end = bytes.run(from: body, limit: rule.length.upperBound + 1) { rule.alphabet.contains($0) }
        let length = end - body
        guard length <= rule.length.upperBound else { return nil }
        if length < rule.length.lowerBound {
            guard isCut(end), end == bytes.count, length >= Self.minCutBytes, rule.prefix.utf8.count >= 4 else {
                return nil
            }
        }
        guard !bytes.at(end).isWord, entropy(body..<end) >= min(rule.minEntropy, Self.reachable(length)),
            !rule.isMixed || isMixed(body..<end), !isCounting(body..<end)
        else { return nil }
        return Secret(name: rule.name, range: start..<end)
    }

    /// The entropy that a random string of a short length still has.
    private static func reachable(_ length: Int) -> Double { length >= 20 ? 8 : 2 }

    private func isMixed(_ range: Range<Int>) -> Bool {
        let parts = composition(range)
        return parts.digits >= 5 && parts.letters >= 2
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
        guard isStart(start) else { return nil }
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
