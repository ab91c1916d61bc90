/// A fixed set of short ASCII words, looked up in any case without hashing more than one multiplication.
struct WordTable: Sendable {
    private static let slotBits = 8

    private var keys: [UInt64]
    private var values: [UInt8]

    /// - Parameter words: at most half as many as there are slots; lowercase; told apart by their first eight bytes
    ///   and their length.
    init(_ words: [(StaticString, UInt8)]) {
        keys = Array(repeating: 0, count: 1 << Self.slotBits)
        values = Array(repeating: 0, count: 1 << Self.slotBits)
        precondition(words.count * 2 <= keys.count, "too many words for the table")
        for (word, value) in words {
            let key = Self.key(Bytes(start: word.utf8Start, count: word.utf8CodeUnitCount), 0, word.utf8CodeUnitCount)
            var slot = Self.slot(key)
            while keys[slot] != 0 { slot = (slot + 1) & (keys.count - 1) }
            (keys[slot], values[slot]) = (key, value)
        }
    }

    /// The value of the word that is the whole range.
    func value(_ bytes: Bytes, _ start: Int, _ end: Int) -> UInt8? {
        let key = Self.key(bytes, start, end)
        var slot = Self.slot(key)
        while keys[slot] != 0 {
            if keys[slot] == key { return values[slot] }
            slot = (slot + 1) & (keys.count - 1)
        }
        return nil
    }

    /// The first eight bytes in lower case and the length; never 0.
    @inline(__always)
    private static func key(_ bytes: Bytes, _ start: Int, _ end: Int) -> UInt64 {
        var key: UInt64 = 0
        for index in start..<min(end, start + 8) { key = key << 8 | UInt64(bytes[index].lowercased) }
        return key ^ UInt64(end - start) << 59
    }

    @inline(__always)
    private static func slot(_ key: UInt64) -> Int { Int((key &* 0x9E37_79B9_7F4A_7C15) >> (64 - UInt64(slotBits))) }
}
