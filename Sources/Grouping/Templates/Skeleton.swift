/// The words of a masked message that do not vary, in order; one mark for each stretch that does.
struct Skeleton: Hashable {
    /// Numbers of words; `variable` for a stretch that varies.
    var words: [UInt32]

    static let variable: UInt32 = 0

    /// The end of the placeholder (`<num>`) that starts at `start`.
    static func placeholderEnd(_ bytes: Bytes, _ start: Int) -> Int? {
        guard bytes.at(start) == 0x3C else { return nil }
        let end = bytes.run(from: start + 1, limit: 24) { $0.isLower || $0.isDigit || $0 == 0x2D }
        return end > start + 1 && bytes.at(end) == 0x3E ? end + 1 : nil
    }
}

/// Cuts a masked message into words and says which of them vary by their looks.
struct SkeletonReader {
    /// Words of a message that are kept.
    static let maxWords = 64

    private let bytes: Bytes
    private var index: Int
    /// The word comes right after an equals sign.
    private var isValue = false

    init(_ bytes: Bytes, from start: Int) {
        self.bytes = bytes
        index = start
    }

    /// Calls `found` with each constant word, and with nil for each stretch that varies.
    mutating func read(_ found: (Range<Int>?) -> Void) {
        var isAfterVariable = false
        var count = 0
        while let (range, isVariable) = next(), count < Self.maxWords {
            if isVariable, isAfterVariable { continue }
            isAfterVariable = isVariable
            count += 1
            found(isVariable ? nil : range)
        }
    }

    /// The next word that has a letter or a digit, or that varies.
    private mutating func next() -> (Range<Int>, isVariable: Bool)? {
        while index < bytes.count {
            let byte = bytes[index]
            if byte == 0x28, let end = parenthesis(from: index) {
                (index, isValue) = (end, false)
                continue
            }
            if Self.isPunctuation(byte) {
                passPunctuation(byte)
                continue
            }
            let word = Word(bytes, from: index)
            index = word.end
            let isVariable = word.isVariable || isValue || isHostWithPort(word)
            isValue = false
            if isVariable || word.isNamed { return (word.range, isVariable) }
        }
        return nil
    }

    /// A short remark in parentheses with a value in it, `(1.2 KB)`: other lines lack it, so it says nothing.
    private func parenthesis(from start: Int) -> Int? {
        let close = bytes.run(from: start + 1, limit: Self.maxRemarkBytes) { $0 != 0x28 && $0 != 0x29 && $0 != 0x3D }
        guard bytes.at(close) == 0x29, !bytes.at(start - 1).isWord else { return nil }
        var (spaces, hasValue) = (0, false)
        for index in start + 1..<close {
            if bytes[index] == 0x20 { spaces += 1 }
            if bytes[index] == 0x3C, Skeleton.placeholderEnd(bytes, index) != nil { hasValue = true }
        }
        return hasValue && spaces <= 1 ? close + 1 : nil
    }

    private static let maxRemarkBytes = 40

    private mutating func passPunctuation(_ byte: UInt8) {
        if byte == 0x3D {
            // `a=b` and `a = b`, but not the empty value of `a= b=c`.
            isValue = index + 1 < bytes.count && bytes[index + 1] != 0x20 || bytes.at(index - 1) == 0x20
        } else if byte != 0x20, byte != 0x2E, byte != 0x22, byte != 0x27, byte != 0x28, byte != 0x5B, byte != 0x7B {
            isValue = false
        }
        index += 1
    }

    private func isHostWithPort(_ word: Word) -> Bool { word.dots > 0 && bytes.has(":<num>", at: word.end) }

    static func isPunctuation(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x20, 0x2E, 0x3D, 0x3A, 0x2C, 0x28, 0x29, 0x5B, 0x5D, 0x7B, 0x7D, 0x7C, 0x22, 0x3B, 0x27: true
        default: false
        }
    }
}

/// One word of a masked message: up to punctuation; dots inside hold it together.
private struct Word {
    let range: Range<Int>
    private(set) var dots = 0
    /// Has a letter or a digit.
    private(set) var isNamed = false
    /// Looks like a value: a placeholder is in it, it is a path, a dotted name, or a truth value.
    private(set) var isVariable = false

    var end: Int { range.upperBound }

    init(_ bytes: Bytes, from start: Int) {
        var index = start
        var slashes = 0
        while index < bytes.count {
            let byte = bytes[index]
            if byte == 0x2E {
                let close = bytes.run(from: index, limit: 3) { $0 == 0x2E }
                guard close - index <= 2, close < bytes.count, !SkeletonReader.isPunctuation(bytes[close]) else {
                    break
                }
                dots += close - index
                index = close
                continue
            }
            if SkeletonReader.isPunctuation(byte) { break }
            if byte == 0x3C, let close = Skeleton.placeholderEnd(bytes, index) {
                isVariable = true
                index = close
                continue
            }
            if byte == 0x2F { slashes += 1 }
            if byte == 0x5C { isVariable = true }
            if byte.isAlphanumeric || byte.isForeign { isNamed = true }
            index += 1
        }
        range = start..<index
        if slashes >= 2 || (bytes[start] == 0x2F && index > start + 1) || dots >= 2 { isVariable = true }
        if index - start <= 5, Self.isTruthValue(bytes, range) { isVariable = true }
    }

    private static func isTruthValue(_ bytes: Bytes, _ range: Range<Int>) -> Bool {
        truthValues.contains { $0.utf8CodeUnitCount == range.count && bytes.hasAnyCase($0, at: range.lowerBound) }
    }

    private static let truthValues: [StaticString] = ["true", "false", "null", "nil"]
}
