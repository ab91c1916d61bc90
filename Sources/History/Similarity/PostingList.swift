/// The documents of a term, ascending, as the differences between them in 7-bit groups (LEB128): about a byte each.
enum PostingList {
    /// - Parameter last: the document before; updated.
    @inline(__always)
    static func append(_ document: UInt32, after last: inout UInt32, to bytes: inout [UInt8]) {
        var rest = document &- last
        last = document
        while rest >= 0x80 {
            bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        bytes.append(UInt8(truncatingIfNeeded: rest))
    }

    /// Calls `body` with each document. Damaged bytes give other numbers, or fewer; they never trap.
    @inline(__always)
    static func forEach(_ packed: UnsafeRawBufferPointer, _ body: (UInt32) -> Void) {
        var (document, difference, shift): (UInt32, UInt32, UInt32) = (0, 0, 0)
        for byte in packed {
            difference |= UInt32(byte & 0x7f) << shift
            if byte & 0x80 != 0 {
                shift = min(shift + 7, 31)
                continue
            }
            document = document &+ difference
            body(document)
            (difference, shift) = (0, 0)
        }
    }
}
