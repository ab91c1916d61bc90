import Events

extension SearchTokens {
    init(_ key: SearchKey) {
        type = key.exceptionType.map { Self.hash("t", $0) } ?? 0
        code = key.code.map { Self.hash("c", $0) } ?? 0
        // A type is words too: like types share packages and parts of their names.
        words = Self.words(of: key.exceptionType.map { "\($0) \(key.text)" } ?? key.text)
        frames = key.frames.prefix(Self.maximumFrames).map(Self.frame)
    }

    private static func frame(_ frame: SearchKey.Frame) -> Frame {
        var name = frame.name
        return name.withUTF8 { bytes in
            var pieces: [UInt32] = []
            var ranges: [Range<Int>] = []
            var scanner = WordScanner(bytes)
            while let found = scanner.next(), pieces.count < maximumPieces {
                guard case .word(let range) = found else { continue }
                pieces.append(hash("w", bytes[range]))
                ranges.append(range)
            }
            // The runtime's names are too common to be taken apart.
            let start = frame.isRuntime ? bytes.count : lastNames(of: bytes)
            let parts = ranges.filter { $0.lowerBound >= start }.flatMap { Self.parts(of: bytes, in: $0) }
            return Frame(
                name: hash("f", bytes[...]), line: UInt32(clamping: frame.line ?? 0), isRuntime: frame.isRuntime,
                pieces: pieces, parts: Array(parts.prefix(maximumPieces)))
        }
    }

    /// Where class and function begin: the last two names that `.`, `:` or `/` divides.
    private static func lastNames(of bytes: UnsafeBufferPointer<UInt8>) -> Int {
        var (dividers, position) = (0, bytes.count)
        while position > 0 {
            let byte = bytes[position - 1]
            if byte == 0x2E || byte == 0x2F || byte == 0x3A {
                // `::` divides once.
                if position < bytes.count, bytes[position] != byte { dividers += 1 }
                if dividers == 2 { return position }
            }
            position -= 1
        }
        return 0
    }

    /// Identifiers of a text; values fall together.
    static func words(of text: String) -> [UInt32] {
        var text = text
        return text.withUTF8 { bytes in
            var words: [UInt32] = []
            var scanner = WordScanner(bytes)
            while words.count < maximumWords, let found = scanner.next() {
                switch found {
                case .word(let range): words.append(hash("w", bytes[range]))
                case .value: words.append(value)
                }
            }
            return words
        }
    }

    /// `findOpenOrders` → find, open, orders.
    private static func parts(of bytes: UnsafeBufferPointer<UInt8>, in range: Range<Int>) -> [UInt32] {
        var parts: [UInt32] = []
        var start = range.lowerBound
        while start < range.upperBound {
            var end = start + 1
            while end < range.upperBound, bytes[start].isUpperLetter, bytes[end].isUpperLetter { end += 1 }
            let isAcronym = end > start + 1
            // The last capital of several begins the next word: `HTTPClient` → http, client.
            if isAcronym, end < range.upperBound, bytes[end].isLowerLetter { end -= 1 }
            if !isAcronym { while end < range.upperBound, bytes[end].isLowerLetter { end += 1 } }
            if end - start > 1 { parts.append(hash("s", bytes[start..<end], lowercased: true)) }
            start = end
        }
        return parts
    }

    static func hash(_ kind: Unicode.Scalar, _ text: String) -> UInt32 {
        var text = text
        return text.withUTF8 { hash(kind, $0[...]) }
    }

    /// FNV-1a of 64 bits (http://www.isthe.com/chongo/tech/comp/fnv/), folded to 32; never 0.
    static func hash(
        _ kind: Unicode.Scalar, _ bytes: Slice<UnsafeBufferPointer<UInt8>>, lowercased: Bool = false
    ) -> UInt32 {
        var state: UInt64 = (0xcbf2_9ce4_8422_2325 ^ UInt64(kind.value)) &* 0x100_0000_01b3
        for byte in bytes {
            state = (state ^ UInt64(lowercased && byte.isUpperLetter ? byte | 0x20 : byte)) &* 0x100_0000_01b3
        }
        let folded = UInt32(truncatingIfNeeded: state >> 32 ^ state)
        return folded == 0 ? 1 : folded
    }
}

/// Finds the identifiers of a text, and where values stand between them.
///
/// An identifier is a run of letters and `_`. Digits, hexadecimal runs and the placeholders' keys of redacted text
/// are values: `Tree7` is `Tree` and a value, `0x7ffe`, `0f`, `9f86d081` and the key in `<email:3fa2c1>` are values.
struct WordScanner {
    enum Found {
        case word(Range<Int>)
        case value
    }

    /// Digits of the keys in the placeholders of redacted text.
    private static let keyDigits = 6

    private let bytes: UnsafeBufferPointer<UInt8>
    private var position = 0

    init(_ bytes: UnsafeBufferPointer<UInt8>) { self.bytes = bytes }

    mutating func next() -> Found? {
        while position < bytes.count {
            let start = position
            guard bytes[start].isIdentifier else {
                position += 1
                continue
            }
            if let end = valueEnd(start) {
                position = end
                return .value
            }
            var end = start
            while end < bytes.count, bytes[end].isWordByte { end += 1 }
            position = end
            return .word(start..<end)
        }
        return nil
    }

    private func valueEnd(_ start: Int) -> Int? {
        if bytes[start] == 0x30, start + 1 < bytes.count, bytes[start + 1] | 0x20 == 0x78 {
            let end = hexEnd(start + 2)
            if end > start + 2 { return end }
        }
        let isAtStart = start == 0 || !bytes[start - 1].isIdentifier
        if isAtStart {
            let end = hexEnd(start)
            let isWhole = end == bytes.count || !bytes[end].isIdentifier
            if isWhole, end > start {
                let isKey =
                    end - start == Self.keyDigits && start > 0 && bytes[start - 1] == 0x3A && end < bytes.count
                    && bytes[end] == 0x3E
                if isKey || bytes[start..<end].contains(where: \.isDecimalDigit) { return end }
            }
        }
        guard bytes[start].isDecimalDigit else { return nil }
        var end = start
        while end < bytes.count, bytes[end].isDecimalDigit { end += 1 }
        return end
    }

    private func hexEnd(_ start: Int) -> Int {
        var end = start
        while end < bytes.count, bytes[end].isHexadecimalDigit { end += 1 }
        return end
    }
}

extension UInt8 {
    fileprivate var isUpperLetter: Bool { self &- 0x41 < 26 }
    fileprivate var isLowerLetter: Bool { self &- 0x61 < 26 }
    fileprivate var isDecimalDigit: Bool { self &- 0x30 < 10 }
    fileprivate var isHexadecimalDigit: Bool { isDecimalDigit || (self | 0x20) &- 0x61 < 6 }
    /// A letter of any script, or `_`.
    fileprivate var isWordByte: Bool { (self | 0x20) &- 0x61 < 26 || self == 0x5F || self >= 0x80 }
    fileprivate var isIdentifier: Bool { isWordByte || isDecimalDigit }
}
