/// A fixed set of short ASCII words, looked up in any case without hashing more than one multiplication.
///
/// Unchecked: both tables are written before the initializer returns and never after, and live as long as the program.
struct WordTable: @unchecked Sendable {
    private static let slotBits = 8

    private let keys: UnsafePointer<UInt64>
    private let values: UnsafePointer<UInt8>

    /// - Parameter words: at most half as many as there are slots; lowercase; told apart by their first eight bytes
    ///   and their length.
    init(_ words: [(StaticString, UInt8)]) {
        let slots = 1 << Self.slotBits
        precondition(words.count * 2 <= slots, "too many words for the table")
        let keys = UnsafeMutablePointer<UInt64>.allocate(capacity: slots)
        let values = UnsafeMutablePointer<UInt8>.allocate(capacity: slots)
        keys.initialize(repeating: 0, count: slots)
        values.initialize(repeating: 0, count: slots)
        for (word, value) in words {
            let key = Self.key(Bytes(start: word.utf8Start, count: word.utf8CodeUnitCount), 0, word.utf8CodeUnitCount)
            var slot = Self.slot(key)
            while keys[slot] != 0 { slot = (slot + 1) & (slots - 1) }
            (keys[slot], values[slot]) = (key, value)
        }
        (self.keys, self.values) = (UnsafePointer(keys), UnsafePointer(values))
    }

    /// The value of the word that is the whole range.
    func value(_ bytes: Bytes, _ start: Int, _ end: Int) -> UInt8? {
        let key = Self.key(bytes, start, end)
        var slot = Self.slot(key)
        while keys[slot] != 0 {
            if keys[slot] == key { return values[slot] }
            slot = (slot + 1) & ((1 << Self.slotBits) - 1)
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
