import Crypto

/// The id of an event that brings none: the same bytes at the same place of the same file, under whatever name.
struct RecordIdentity {
    private var bytes: [UInt8] = []

    /// - Parameters:
    ///   - file: what identifies the file's content.
    ///   - offset: of the record, in bytes.
    init(file: String, offset: Int64, capacity: Int) {
        bytes.reserveCapacity(capacity + file.utf8.count + 16)
        add(file)
        withUnsafeBytes(of: offset.littleEndian) { bytes += $0 }
    }

    mutating func add(_ text: String) {
        withUnsafeBytes(of: UInt32(truncatingIfNeeded: text.utf8.count).littleEndian) { bytes += $0 }
        bytes += text.utf8
    }

    /// Takes a line of the record, or another part that nothing else can be taken for.
    mutating func add(_ line: UnsafeRawBufferPointer) {
        withUnsafeBytes(of: UInt32(truncatingIfNeeded: line.count).littleEndian) { bytes += $0 }
        bytes += line
    }

    /// 32 hexadecimal digits.
    var text: String {
        let digest = bytes.withUnsafeBytes { SHA256.hash(data: $0) }
        return digest.withUnsafeBytes { digest in
            String(unsafeUninitializedCapacity: 32) { target in
                for index in 0..<16 {
                    target[2 * index] = Self.digit(digest[index] >> 4)
                    target[2 * index + 1] = Self.digit(digest[index] & 15)
                }
                return 32
            }
        }
    }

    private static func digit(_ value: UInt8) -> UInt8 { value < 10 ? 0x30 + value : 0x57 + value }
}

extension RecordReader {
    static func identifier(file: String, offset: Int64, record: [String]) -> String {
        let length = record.reduce(0) { $0 + $1.utf8.count + 4 }
        var identity = RecordIdentity(file: file, offset: offset, capacity: length)
        for line in record { identity.add(line) }
        return identity.text
    }

    static func identifier(file: String, offset: Int64, record: UnsafeRawBufferPointer) -> String {
        var identity = RecordIdentity(file: file, offset: offset, capacity: record.count + 4)
        identity.add(record)
        return identity.text
    }
}
