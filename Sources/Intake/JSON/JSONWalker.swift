/// Goes through a JSON text once, into the parts that somebody asks for and over the others, without making values of
/// them.
///
/// Checks brackets, names, strings and separators; what lies in a part that is passed over is for whoever reads it.
struct JSONWalker {
    /// The bytes are no JSON, or end early.
    struct Broken: Error {}

    private let bytes: UnsafeRawBufferPointer
    private var index = 0

    /// Open brackets of a part that is passed over.
    private static let depth = 512

    init(_ bytes: UnsafeRawBufferPointer) {
        self.bytes = bytes
        if bytes.count >= 3, bytes[0] == 0xEF, bytes[1] == 0xBB, bytes[2] == 0xBF { index = 3 }
    }

    /// The first byte of what comes next; nil at the end.
    mutating func next() -> UInt8? {
        while index < bytes.count {
            let byte = bytes[index]
            guard byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 else { return byte }
            index += 1
        }
        return nil
    }

    /// Goes through an object. Whoever is called goes through the member's value, or over it.
    mutating func object(
        _ member: (inout JSONWalker, _ name: String) throws(Broken) -> Void
    ) throws(Broken) {
        try open(0x7B)
        if try closes(0x7D) { return }
        repeat {
            guard next() == 0x22 else { throw Broken() }
            let start = index + 1
            try skipString()
            let raw = UnsafeRawBufferPointer(rebasing: bytes[start..<index - 1])
            let name = raw.contains(0x5C) ? unescapeJSON(raw) : String(decoding: raw, as: UTF8.self)
            try open(0x3A)
            try member(&self, name)
        } while try !ends(0x7D)
    }

    /// Goes through an array. Whoever is called goes through the element, or over it.
    mutating func array(_ element: (inout JSONWalker) throws(Broken) -> Void) throws(Broken) {
        try open(0x5B)
        if try closes(0x5D) { return }
        repeat { try element(&self) } while try !ends(0x5D)
    }

    /// Goes over one value.
    ///
    /// - Returns: where it lies.
    @discardableResult
    mutating func skip() throws(Broken) -> Range<Int> {
        guard let first = next() else { throw Broken() }
        let start = index
        switch first {
        case 0x22: try skipString()
        case 0x7B, 0x5B: try skipNested()
        default:
            while index < bytes.count, Self.isScalar(bytes[index]) { index += 1 }
            guard index > start else { throw Broken() }
        }
        return start..<index
    }

    private mutating func open(_ byte: UInt8) throws(Broken) {
        guard next() == byte else { throw Broken() }
        index += 1
    }

    private mutating func closes(_ byte: UInt8) throws(Broken) -> Bool {
        guard let found = next() else { throw Broken() }
        guard found == byte else { return false }
        index += 1
        return true
    }

    /// Behind a member or an element: the end, or a comma.
    private mutating func ends(_ byte: UInt8) throws(Broken) -> Bool {
        if try closes(byte) { return true }
        try open(0x2C)
        return false
    }

    private mutating func skipString() throws(Broken) {
        index += 1
        while index < bytes.count {
            let byte = bytes[index]
            index += byte == 0x5C ? 2 : 1
            if byte == 0x22 { return }
        }
        throw Broken()
    }

    private mutating func skipNested() throws(Broken) {
        var closing: [UInt8] = []
        while index < bytes.count {
            let byte = bytes[index]
            switch byte {
            case 0x22:
                try skipString()
                continue
            case 0x7B, 0x5B:
                guard closing.count < Self.depth else { throw Broken() }
                // The bracket that closes lies two behind the one that opens.
                closing.append(byte + 2)
            case 0x7D, 0x5D:
                guard closing.popLast() == byte else { throw Broken() }
            default: break
            }
            index += 1
            if closing.isEmpty { return }
        }
        throw Broken()
    }

    private static func isScalar(_ byte: UInt8) -> Bool {
        byte.isLetter || byte.isDigit || byte == 0x2D || byte == 0x2B || byte == 0x2E
    }
}
