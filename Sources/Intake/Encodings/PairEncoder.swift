import Glibc

/// Looks characters up in a double-byte encoding, for tables.
final class PairEncoder {
    private let handle: iconv_t

    init?(_ encoding: String) {
        let opened = iconv_open(encoding, "UTF-8")
        guard let opened, opened != iconv_t(bitPattern: -1) else { return nil }
        handle = opened
    }

    deinit { iconv_close(handle) }

    /// - Returns: nil for a character that the encoding does not write as two bytes.
    func pair(of scalar: Unicode.Scalar) -> UInt16? {
        let bytes = encode(String(Character(scalar)))
        return bytes.count == 2 ? UInt16(bytes[0]) << 8 | UInt16(bytes[1]) : nil
    }

    /// - Returns: an empty list for text that the encoding cannot write, or that is longer than a word.
    func encode(_ text: String) -> [UInt8] {
        var input = text.utf8.map { CChar(bitPattern: $0) }
        var output = [CChar](repeating: 0, count: 64)
        iconv(handle, nil, nil, nil, nil)
        return input.withUnsafeMutableBufferPointer { source in
            output.withUnsafeMutableBufferPointer { target in
                var (from, to) = (source.baseAddress, target.baseAddress)
                var (left, room) = (source.count, target.count)
                let result = iconv(handle, &from, &left, &to, &room)
                guard result != Int(bitPattern: UInt.max), left == 0 else { return [] }
                return target.prefix(target.count - room).map { UInt8(bitPattern: $0) }
            }
        }
    }
}
