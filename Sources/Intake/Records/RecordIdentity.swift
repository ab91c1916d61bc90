/// The id of an event that brings none: the same bytes at the same place of the same file, under whatever name.
///
/// 128 bits, mixed by multiplication (each step folds the product of two words of eight bytes, a technique of many
/// table hashes). Not of cryptographic strength: whoever writes a log may give its events any id anyway.
struct RecordIdentity {
    private var high: UInt64 = 0x9E37_79B9_7F4A_7C15
    private var low: UInt64 = 0xD1B5_4A32_D192_ED03

    /// - Parameters:
    ///   - file: what identifies the file's content.
    ///   - offset: of the record, in bytes.
    init(file: String, offset: Int64) {
        add(file)
        mix(UInt64(bitPattern: offset), 0)
    }

    mutating func add(_ text: String) {
        var text = text
        text.withUTF8 { add(UnsafeRawBufferPointer($0)) }
    }

    /// Takes a line of the record, or another part that nothing else can be taken for.
    mutating func add(_ line: UnsafeRawBufferPointer) {
        mix(UInt64(line.count), 1)
        var index = 0
        while index + 16 <= line.count {
            mix(Self.word(line, index), Self.word(line, index + 8))
            index += 16
        }
        guard index < line.count else { return }
        // Eight bytes each, little-endian, with zeros behind the last.
        var rest: (first: UInt64, second: UInt64) = (0, 0)
        withUnsafeMutableBytes(of: &rest) { $0.copyMemory(from: UnsafeRawBufferPointer(rebasing: line[index...])) }
        mix(UInt64(littleEndian: rest.first), UInt64(littleEndian: rest.second))
    }

    private static func word(_ bytes: UnsafeRawBufferPointer, _ index: Int) -> UInt64 {
        UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: index, as: UInt64.self))
    }

    private mutating func mix(_ first: UInt64, _ second: UInt64) {
        high = Self.fold(high ^ first, second ^ 0xA076_1D64_78BD_642F) ^ low
        low = Self.fold(low ^ second, first ^ 0xE703_7ED1_A0B4_28DB) ^ first
    }

    private static func fold(_ left: UInt64, _ right: UInt64) -> UInt64 {
        let product = left.multipliedFullWidth(by: right)
        return product.high ^ product.low
    }

    /// 32 hexadecimal digits.
    var text: String {
        var last = self
        last.mix(high, low)
        last.mix(low, high)
        return String(unsafeUninitializedCapacity: 32) { target in
            for index in 0..<16 {
                let shift = UInt64(60 - 4 * index)
                target[index] = Self.digit(UInt8(truncatingIfNeeded: last.high >> shift) & 15)
                target[16 + index] = Self.digit(UInt8(truncatingIfNeeded: last.low >> shift) & 15)
            }
            return 32
        }
    }

    private static func digit(_ value: UInt8) -> UInt8 { value < 10 ? 0x30 + value : 0x57 + value }
}

extension RecordReader {
    static func identifier(file: String, offset: Int64, record: [String]) -> String {
        var identity = RecordIdentity(file: file, offset: offset)
        for line in record { identity.add(line) }
        return identity.text
    }

    static func identifier(file: String, offset: Int64, record: UnsafeRawBufferPointer) -> String {
        var identity = RecordIdentity(file: file, offset: offset)
        identity.add(record)
        return identity.text
    }
}
