/// A few words in lower case, looked for in any case; most texts are told by one letter to hold none of them.
struct WordSet: ExpressibleByArrayLiteral, Sendable {
    private let words: [StaticString]
    /// The letters that words begin and end with, by their lowest five bits.
    private let firsts: UInt32
    private let lasts: UInt32

    init(arrayLiteral words: StaticString...) {
        self.words = words
        firsts = words.reduce(into: 0) { $0 |= Self.bit($1.utf8Start[0]) }
        lasts = words.reduce(into: 0) { $0 |= Self.bit($1.utf8Start[$1.utf8CodeUnitCount - 1]) }
    }

    @inline(__always)
    private static func bit(_ byte: UInt8) -> UInt32 { 1 << UInt32(byte & 31) }

    /// Whether a range is one of the words.
    func contains(_ bytes: Bytes, _ range: Range<Int>) -> Bool {
        guard firsts & Self.bit(bytes.at(range.lowerBound)) != 0 else { return false }
        return words.contains { $0.utf8CodeUnitCount == range.count && bytes.hasAnyCase($0, at: range.lowerBound) }
    }

    /// Whether one of the words ends at `end`.
    func ends(_ bytes: Bytes, at end: Int) -> Bool {
        guard lasts & Self.bit(bytes.at(end - 1)) != 0 else { return false }
        return words.contains { bytes.hasAnyCase($0, at: end - $0.utf8CodeUnitCount) }
    }

    /// Whether one of the words begins at `start`.
    func starts(_ bytes: Bytes, at start: Int) -> Bool {
        guard firsts & Self.bit(bytes.at(start)) != 0 else { return false }
        return words.contains { bytes.hasAnyCase($0, at: start) }
    }
}
