/// What a test's assertion found instead of what it expected.
///
/// Tests of one bug compare different texts, but these differ in the same way: `<f(): [undefined]>` and
/// `<x = [undefined]>` where `?` was expected. So the equal ends of both values are left out.
struct AssertionFinding: Equatable {
    var expected: String
    var found: String

    /// Bytes of a message that are read, and of a value that are kept.
    private static let maxMessageBytes = 16 * 1024
    private static let maxValueBytes = 400
    /// Differences up to this length, such as `true` for `false`, come of any bug.
    private static let maxCommonplace = 9

    /// Whether the difference is long enough to tell one bug from another.
    var isTelling: Bool { expected.utf8.count + found.utf8.count > Self.maxCommonplace }

    /// - Returns: nil for a message that does not say both values.
    init?(message: String) {
        var message = message
        let pair: (String, String)? = message.withUTF8 { bytes in
            let bytes = Bytes(rebasing: bytes.prefix(Self.maxMessageBytes))
            guard let values = Self.values(in: bytes) else { return nil }
            let (left, right) = Self.difference(bytes, values.expected, values.found)
            return (bytes.string(left), bytes.string(right))
        }
        guard let pair else { return nil }
        (expected, found) = pair
    }

    // MARK: - The two values

    /// `expected:<1> but was:<2>`, `Expected: 1` and on the next line `Actual: 2`, in the words of common frameworks.
    private static func values(in bytes: Bytes) -> (expected: Range<Int>, found: Range<Int>)? {
        guard let word = position(of: "expected", in: bytes, from: 0) else { return nil }
        let start = valueStart(bytes, word + 8)
        for mark in marks {
            guard let end = position(of: mark, in: bytes, from: start) else { continue }
            let found = valueStart(bytes, end + mark.utf8CodeUnitCount)
            let isBracketed = bytes.at(found - 1) == 0x3C
            let close = isBracketed ? lastBracket(bytes, found) : bytes.run(from: found) { $0 != 0x0A }
            return (start..<valueEnd(bytes, start, end, isBracketed), found..<max(found, close))
        }
        return nil
    }

    /// What stands between the two values; the first that is found counts.
    private static let marks: [StaticString] = [
        "but was", "but: was", "\nresult:", "\nactual", "\n  actual", "\nreceived", "\n     got:", ", got", "but got",
    ]

    /// After a colon, white space, a type's name and a bracket.
    private static func valueStart(_ bytes: Bytes, _ index: Int) -> Int {
        var index = bytes.run(from: index, limit: 16) { $0 == 0x3A || $0 == 0x20 || $0 == 0x09 }
        let name = bytes.run(from: index, limit: 80) { $0.isAlphanumeric || $0 == 0x2E || $0 == 0x24 }
        if bytes.at(name) == 0x3C { index = name + 1 }
        return min(index, bytes.count)
    }

    private static func valueEnd(_ bytes: Bytes, _ start: Int, _ mark: Int, _ isBracketed: Bool) -> Int {
        var end = mark
        while end > start, bytes[end - 1].isSpace { end -= 1 }
        if isBracketed, end > start, bytes[end - 1] == 0x3E { end -= 1 }
        return max(start, end)
    }

    private static func lastBracket(_ bytes: Bytes, _ start: Int) -> Int {
        var end = bytes.count
        while end > start, bytes[end - 1] != 0x3E { end -= 1 }
        return end > start ? end - 1 : bytes.count
    }

    private static func position(of text: StaticString, in bytes: Bytes, from start: Int) -> Int? {
        let first = text.utf8Start[0]
        var index = start
        while index < bytes.count {
            if bytes[index].lowercased == first, bytes.hasAnyCase(text, at: index) { return index }
            index += 1
        }
        return nil
    }

    // MARK: - Their difference

    /// Both values without the ends that they have in common, cut between characters.
    private static func difference(
        _ bytes: Bytes, _ left: Range<Int>, _ right: Range<Int>
    ) -> (Range<Int>, Range<Int>) {
        let shorter = min(left.count, right.count)
        var head = 0
        while head < shorter, bytes[left.lowerBound + head] == bytes[right.lowerBound + head] { head += 1 }
        while head > 0, isContinuation(bytes, left.lowerBound + head, left) { head -= 1 }
        var tail = 0
        while tail < shorter - head, bytes[left.upperBound - 1 - tail] == bytes[right.upperBound - 1 - tail] {
            tail += 1
        }
        while tail > 0, isContinuation(bytes, left.upperBound - tail, left) { tail -= 1 }
        return (cut(bytes, left, head, tail), cut(bytes, right, head, tail))
    }

    private static func cut(_ bytes: Bytes, _ value: Range<Int>, _ head: Int, _ tail: Int) -> Range<Int> {
        let start = value.lowerBound + head
        var end = min(value.upperBound - tail, start + maxValueBytes)
        while end > start, isContinuation(bytes, end, value) { end -= 1 }
        return start..<end
    }

    private static func isContinuation(_ bytes: Bytes, _ index: Int, _ value: Range<Int>) -> Bool {
        index < value.upperBound && bytes[index] & 0xC0 == 0x80
    }
}
