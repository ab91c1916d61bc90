/// Small numbers by the hash of a text (``Bytes/folded``), without hashing it again.
///
/// Open addressing; the slot is chosen by a multiplication with a random odd number (multiply-shift, Dietzfelbinger and
/// others 1997), so that nobody can prepare texts that meet in one slot. What is found does not depend on it.
struct FoldedTable: Sendable {
    private var keys: [UInt64]
    private var values: [UInt32]
    private var slotBits: Int
    private let multiplier = UInt64.random(in: .min ... .max) | 1
    private(set) var count = 0

    init() {
        slotBits = 10
        keys = Array(repeating: 0, count: 1 << slotBits)
        values = Array(repeating: 0, count: 1 << slotBits)
    }

    subscript(hash: UInt64) -> UInt32? {
        let key = Self.key(hash)
        let slot = slot(of: key)
        return keys[slot] == key ? values[slot] : nil
    }

    mutating func set(_ hash: UInt64, to value: UInt32) {
        if count * 2 >= keys.count { grow() }
        let key = Self.key(hash)
        let slot = slot(of: key)
        if keys[slot] == 0 { count += 1 }
        (keys[slot], values[slot]) = (key, value)
    }

    mutating func removeAll() {
        for slot in keys.indices { keys[slot] = 0 }
        count = 0
    }

    /// 0 marks a free slot.
    private static func key(_ hash: UInt64) -> UInt64 { hash == 0 ? 1 : hash }

    /// Where the key is, or would be.
    private func slot(of key: UInt64) -> Int {
        var slot = Int((key &* multiplier) >> UInt64(64 - slotBits))
        while keys[slot] != key, keys[slot] != 0 { slot = (slot + 1) & (keys.count - 1) }
        return slot
    }

    private mutating func grow() {
        let (oldKeys, oldValues) = (keys, values)
        slotBits += 1
        keys = Array(repeating: 0, count: 1 << slotBits)
        values = Array(repeating: 0, count: 1 << slotBits)
        for (key, value) in zip(oldKeys, oldValues) where key != 0 {
            let slot = slot(of: key)
            (keys[slot], values[slot]) = (key, value)
        }
    }
}
