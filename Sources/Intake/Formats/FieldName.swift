/// A field's name as it is compared: a hash of its normalized path.
///
/// Lower case, without `_` and `-`, nested objects and dotted names alike, and without the `@` of logstash before names
/// of more than two letters. The hash (FNV-1a, http://www.isthe.com/chongo/tech/comp/fnv) is made while the path is
/// read; a line whose author looks for a collision deceives us about a line of their own.
struct FieldName: Hashable {
    private(set) var hash: UInt64 = 0xCBF2_9CE4_8422_2325

    init() {}

    init(_ path: String) {
        var path = path
        path.withUTF8 { appendKey(UnsafeRawBufferPointer($0)) }
    }

    private static let dot: UInt8 = 0x2E

    var isEmpty: Bool { self == FieldName() }

    private mutating func add(_ byte: UInt8) { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }

    /// A key inside of this path.
    func appending(_ key: UnsafeRawBufferPointer) -> FieldName {
        var longer = self
        if !isEmpty { longer.add(Self.dot) }
        longer.appendKey(key)
        return longer
    }

    /// An element of a list that has this path.
    func appending(element: Int) -> FieldName {
        var longer = self
        if !isEmpty { longer.add(Self.dot) }
        for digit in String(element).utf8 { longer.add(digit) }
        return longer
    }

    private mutating func appendKey(_ key: UnsafeRawBufferPointer) {
        var index = 0
        if isEmpty, Self.isLogstash(key) { index = 1 }
        while index < key.count {
            let byte = key[index]
            index += 1
            if byte == 0x5F || byte == 0x2D { continue }
            add(byte &- 0x41 < 26 ? byte | 0x20 : byte)
        }
    }

    /// `@timestamp`, not `@t`, and not its own `@version`.
    private static func isLogstash(_ key: UnsafeRawBufferPointer) -> Bool {
        guard key.count > 3, key[0] == 0x40 else { return false }
        return !(key.count == 8 && key.dropFirst().elementsEqual("version".utf8))
    }
}
