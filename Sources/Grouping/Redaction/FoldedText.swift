/// A text as its reader sees it: without invisible characters, and with escaped ones written out.
///
/// A secret can hide from a byte scanner in terminal colours, zero-width characters, NUL bytes, percent encoding
/// (`password%3Dhunter2`), JSON's `\u003d` and XML's `&quot;`. What is found in the folded text is mapped back.
struct FoldedText {
    private(set) var bytes: [UInt8] = []
    /// For each byte the place in the text that it comes from, and one more for the end.
    private var places: [Int] = []

    init(_ text: Bytes) {
        bytes.reserveCapacity(text.count)
        places.reserveCapacity(text.count + 1)
        var index = 0
        while index < text.count {
            let place = index
            if let scalar = Self.escapedScalar(text, index) {
                index += 6
                for byte in String(Character(scalar)).utf8 { append(byte, place) }
            } else if let byte = Self.fold(text, &index) {
                append(byte, place)
            }
        }
        places.append(text.count)
    }

    private mutating func append(_ byte: UInt8, _ place: Int) {
        bytes.append(byte)
        places.append(place)
    }

    /// The stretch of the text that a stretch of the folded one comes from.
    func origin(of range: Range<Int>) -> Range<Int> {
        guard !range.isEmpty, range.upperBound < places.count else { return 0..<0 }
        return places[range.lowerBound]..<places[range.upperBound]
    }

    /// What starts a place that is folded, for the automaton; `0` stands for any digit.
    static let marks: [String] =
        ["\u{1B}", "\0", "\u{AD}", "\u{FEFF}", "\u{180E}", "\\x1b["]
        + ["\\u0", "\\ua", "\\ub", "\\uc", "\\ud", "%0", "%a", "%b", "%c", "%d", "%e", "%f"]
        + ["&quot;", "&apos;", "&amp;", "&#"] + invisible.map { String(UnicodeScalar($0).map(Character.init) ?? " ") }

    /// Zero-width characters and marks of direction (Unicode's general category Cf, within U+2000 to U+206F).
    private static let invisible: [UInt32] =
        Array(0x200B...0x200F) + Array(0x202A...0x202E) + Array(0x2060...0x2064) + Array(0x2066...0x2069)

    /// Passes over one character of the text.
    ///
    /// - Returns: its byte; nil for what is not seen.
    private static func fold(_ text: Bytes, _ index: inout Int) -> UInt8? {
        let byte = text[index]
        switch byte {
        case 0x00: index += 1
        case 0x1B: index = escapeSequence(text, index + 1)
        case 0x25:
            guard let value = text.hexByte(at: index + 1), value >= 0x20, value != 0x7F else {
                return copy(text, &index)
            }
            index += 3
            return value
        case 0x5C: return escaped(text, &index)
        case 0x26: return entity(text, &index)
        case 0xC2 where text.at(index + 1) == 0xAD: index += 2
        case 0xE1 where text.has("\u{180E}", at: index), 0xEF where text.has("\u{FEFF}", at: index): index += 3
        case 0xE2 where isInvisible(text, index): index += 3
        default: return copy(text, &index)
        }
        return nil
    }

    private static func copy(_ text: Bytes, _ index: inout Int) -> UInt8 {
        defer { index += 1 }
        return text[index]
    }

    private static func isInvisible(_ text: Bytes, _ index: Int) -> Bool {
        let (second, third) = (text.at(index + 1), text.at(index + 2))
        if second == 0x80 { return (0x8B...0x8F).contains(third) || (0xAA...0xAE).contains(third) }
        return second == 0x81 && ((0xA0...0xA4).contains(third) || (0xA6...0xA9).contains(third))
    }

    /// The end of a terminal's control sequence (ECMA-48) after its ESC, or of ESC and one byte.
    private static func escapeSequence(_ text: Bytes, _ start: Int) -> Int {
        guard text.at(start) == 0x5B else { return min(start + 1, text.count) }
        return controlSequence(text, start + 1)
    }

    private static func controlSequence(_ text: Bytes, _ start: Int) -> Int {
        let end = text.run(from: start, limit: 32) { $0 &- 0x20 < 0x20 }
        return min(end + (text.at(end) &- 0x40 < 0x3F ? 1 : 0), text.count)
    }

    /// `\u003d`, and `\u001b[1m` or `\x1b[1m`, as JSON and programs write what cannot be seen.
    private static func escaped(_ text: Bytes, _ index: inout Int) -> UInt8? {
        var value: UInt8?
        var end = index
        if text.has("u00", at: index + 1) {
            (value, end) = (text.hexByte(at: index + 4), index + 6)
        } else if text.has("x1b[", at: index + 1) || text.has("x1B[", at: index + 1) {
            (value, end) = (0x1B, index + 4)
        }
        guard let value else { return copy(text, &index) }
        if value == 0x1B, text.at(end) == 0x5B {
            index = controlSequence(text, end + 1)
            return nil
        }
        guard value >= 0x20, value < 0x7F, value != 0x22, value != 0x5C else { return copy(text, &index) }
        index = end
        return value
    }

    /// A letter of another script as JSON in ASCII has it: `\ube44`.
    private static func escapedScalar(_ text: Bytes, _ index: Int) -> Unicode.Scalar? {
        guard text[index] == 0x5C, text.at(index + 1) == 0x75, let high = text.hexByte(at: index + 2), high > 0,
            let low = text.hexByte(at: index + 4)
        else { return nil }
        return Unicode.Scalar(UInt32(high) << 8 | UInt32(low))
    }

    private static func entity(_ text: Bytes, _ index: inout Int) -> UInt8? {
        for (name, byte) in entities where text.has(name, at: index) {
            index += name.utf8CodeUnitCount
            return byte
        }
        return copy(text, &index)
    }

    private static let entities: [(StaticString, UInt8)] = [
        ("&quot;", 0x22), ("&apos;", 0x27), ("&amp;", 0x26), ("&#34;", 0x22), ("&#39;", 0x27), ("&#61;", 0x3D),
        ("&#x22;", 0x22), ("&#x27;", 0x27), ("&#x3D;", 0x3D),
    ]
}

extension Bytes {
    /// The byte that two hexadecimal digits write.
    func hexByte(at index: Int) -> UInt8? {
        guard at(index).isHexDigit, at(index + 1).isHexDigit else { return nil }
        return at(index).hexValue << 4 | at(index + 1).hexValue
    }
}

extension UInt8 {
    /// The value of a hexadecimal digit.
    var hexValue: UInt8 { isDigit ? self &- 0x30 : (self | 0x20) &- 0x57 }
}
