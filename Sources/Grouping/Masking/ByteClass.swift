/// The bytes of a text, as UTF-8.
typealias Bytes = UnsafeBufferPointer<UInt8>

/// Questions that the scanners ask of one byte. Bytes from 0x80 belong to letters of other scripts.
extension UInt8 {
    @inline(__always) var isDigit: Bool { self &- 0x30 < 10 }
    @inline(__always) var isLetter: Bool { (self | 0x20) &- 0x61 < 26 }
    @inline(__always) var isUpper: Bool { self &- 0x41 < 26 }
    @inline(__always) var isLower: Bool { self &- 0x61 < 26 }
    @inline(__always) var isForeign: Bool { self >= 0x80 }
    @inline(__always) var isAlphanumeric: Bool { isDigit || isLetter }
    @inline(__always) var isHexDigit: Bool { isDigit || (self | 0x20) &- 0x61 < 6 }
    /// A letter, a digit, `_`, or part of a letter of another script.
    @inline(__always) var isWord: Bool { isLetter || isDigit || self == 0x5F || isForeign }
    @inline(__always) var isSpace: Bool { self == 0x20 || self &- 0x09 < 5 }
    @inline(__always) var lowercased: UInt8 { isUpper ? self | 0x20 : self }

    static func ascii(_ character: Unicode.Scalar) -> UInt8 { UInt8(truncatingIfNeeded: character.value) }
}

extension Bytes {
    /// The byte at `index`, or 0 outside the text (0 is in none of the classes).
    @inline(__always)
    func at(_ index: Int) -> UInt8 { index >= 0 && index < count ? self[index] : 0 }

    /// The end of the run of bytes of a class that starts at `start`; looks at no more than `limit` bytes.
    @inline(__always)
    func run(from start: Int, limit: Int = .max, _ belongs: (UInt8) -> Bool) -> Int {
        let end = limit < count - start ? start + limit : count
        var index = start
        while index < end, belongs(self[index]) { index += 1 }
        return index
    }

    /// Whether `text` stands at `index`.
    func has(_ text: StaticString, at index: Int) -> Bool {
        let length = text.utf8CodeUnitCount
        guard index >= 0, index <= count - length else { return false }
        for offset in 0..<length where self[index + offset] != text.utf8Start[offset] { return false }
        return true
    }

    /// Whether `text` (lowercase) stands at `index` in any case.
    func hasAnyCase(_ text: StaticString, at index: Int) -> Bool {
        let length = text.utf8CodeUnitCount
        guard index >= 0, index <= count - length else { return false }
        for offset in 0..<length where self[index + offset].lowercased != text.utf8Start[offset] { return false }
        return true
    }

    /// The text of a range; invalid sequences are repaired.
    func string(_ range: Range<Int>) -> String {
        String(decoding: UnsafeBufferPointer(rebasing: self[range]), as: UTF8.self)
    }
}
