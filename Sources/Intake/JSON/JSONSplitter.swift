/// Cuts a stream of JSON objects into whole ones: printed over many lines, one behind another, or in an array.
///
/// Takes bytes in pieces of any size and holds no more than one object of at most ``limit`` bytes. It checks just
/// enough of the grammar to notice a broken object where it breaks, and goes on at the next line that begins with one.
struct JSONSplitter {
    enum Step: Equatable {
        /// Everything was taken; no object has ended.
        case more
        /// An object ended before this index; its bytes are in ``value``.
        case value(end: Int)
        /// An object ended before this index that was too large to be kept.
        case tooLarge(end: Int)
        /// What stands here is no JSON.
        case broken(at: Int)
    }

    private enum State { case between, inside, string, escape, seeking, lineStart }

    /// Bytes of one object.
    static let limit = 16 << 20
    /// Open brackets of one object.
    private static let depth = 512

    private(set) var value: [UInt8] = []
    private var state = State.between
    /// Open brackets, innermost last: true for an array.
    private var arrays: [Bool] = []
    /// The last byte that was no white space, outside strings.
    private var last: UInt8 = 0
    private var isTooLarge = false

    /// Nothing but an object whose end has not come.
    var isOpen: Bool {
        switch state {
        case .inside, .string, .escape: true
        case .between, .seeking, .lineStart: false
        }
    }

    /// Reads on from `start`. After a step other than `.more`, the rest of the bytes is fed from where it says.
    mutating func feed(_ bytes: UnsafeRawBufferPointer, from start: Int) -> Step {
        var index = start
        if !isOpen { value.removeAll(keepingCapacity: value.capacity <= 1 << 20) }
        var kept = start
        while index < bytes.count {
            let byte = bytes[index]
            switch state {
            case .between:
                if byte == 0x7B {
                    (state, kept, last, isTooLarge) = (.inside, index, byte, false)
                    arrays = [false]
                } else if !Self.isBetween(byte) {
                    state = .seeking
                    return .broken(at: index)
                }
            case .inside:
                if byte == 0x22 {
                    state = .string
                } else if byte == 0x7B || byte == 0x5B {
                    guard mayOpen(byte) else { return fail(bytes, index) }
                    arrays.append(byte == 0x5B)
                } else if byte == 0x7D || byte == 0x5D {
                    guard arrays.popLast() == (byte == 0x5D) else { return fail(bytes, index) }
                    if arrays.isEmpty {
                        state = .between
                        keep(bytes[kept..<index + 1])
                        return isTooLarge ? .tooLarge(end: index + 1) : .value(end: index + 1)
                    }
                }
                if byte > 0x20 { last = byte }
            case .string:
                if byte == 0x22 { state = .inside }
                if byte == 0x5C { state = .escape }
                // JSON escapes newlines: a line that ends in a string was torn.
                if byte == 0x0A { return fail(bytes, index) }
            case .escape: state = .string
            case .seeking: if byte == 0x0A { state = .lineStart }
            case .lineStart:
                if byte == 0x7B || byte == 0x5B {
                    state = .between
                    continue
                }
                if byte != 0x0A { state = .seeking }
            }
            index += 1
        }
        if isOpen { keep(bytes[min(kept, bytes.count)...]) }
        return .more
    }

    private mutating func fail(_ bytes: UnsafeRawBufferPointer, _ index: Int) -> Step {
        value.removeAll()
        // A bracket at the margin may begin what comes next.
        state = index > 0 && bytes[index - 1] == 0x0A ? .lineStart : .seeking
        return .broken(at: index)
    }

    private mutating func keep(_ part: Slice<UnsafeRawBufferPointer>) {
        if value.count + part.count > Self.limit {
            isTooLarge = true
            value.removeAll()
        }
        if !isTooLarge { value.append(contentsOf: part) }
    }

    /// An object stands behind a colon, or in an array behind its bracket or a comma.
    private func mayOpen(_ byte: UInt8) -> Bool {
        guard arrays.count < Self.depth, let isArray = arrays.last else { return false }
        return isArray ? last == 0x5B || last == 0x2C : last == 0x3A
    }

    /// White space, commas and the brackets of arrays around objects, a byte order mark, a record separator.
    private static func isBetween(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x20, 0x09, 0x0A, 0x0D, 0x2C, 0x5B, 0x5D, 0x1E, 0xEF, 0xBB, 0xBF: true
        default: false
        }
    }
}
