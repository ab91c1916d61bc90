/// A cursor over the beginning of a GGUF file; every length is held against what is there.
struct GGUFReader {
    enum Value: Equatable {
        case number(Int)
        case text(String)
        /// Arrays, numbers with a fraction or beyond 64 bits with a sign, truth values.
        case other
    }

    private let bytes: UnsafeRawBufferPointer
    private let fileSize: Int
    private(set) var offset = 0

    init(bytes: UnsafeRawBufferPointer, fileSize: Int) { (self.bytes, self.fileSize) = (bytes, fileSize) }

    mutating func bytes(_ count: Int) throws(GGUFError) -> UnsafeRawBufferPointer {
        try skip(count, of: 1)
        return UnsafeRawBufferPointer(rebasing: bytes[(offset - count)..<offset])
    }

    mutating func number<Number: FixedWidthInteger>(_ type: Number.Type) throws(GGUFError) -> Number {
        let size = MemoryLayout<Number>.size
        try skip(size, of: 1)
        return Number(littleEndian: bytes.loadUnaligned(fromByteOffset: offset - size, as: Number.self))
    }

    /// A count of 64 bits that a bound holds.
    mutating func count(atMost most: Int, _ what: String) throws(GGUFError) -> Int {
        let count = try number(UInt64.self)
        guard count <= UInt64(most) else { throw .implausible("\(count) \(what)") }
        return Int(count)
    }

    mutating func text(atMost most: Int) throws(GGUFError) -> String {
        let length = try count(atMost: most, "bytes of text")
        return String(decoding: try bytes(length), as: UTF8.self)
    }

    mutating func value(_ type: UInt32, depth: Int) throws(GGUFError) -> Value {
        switch type {
        case 8: return .text(try text(atMost: GGUFHeader.longestText))
        case 9:
            try skipArray(depth: depth)
            return .other
        case 0: return .number(Int(try number(UInt8.self)))
        case 1: return .number(Int(try number(Int8.self)))
        case 2: return .number(Int(try number(UInt16.self)))
        case 3: return .number(Int(try number(Int16.self)))
        case 4: return .number(Int(try number(UInt32.self)))
        case 5: return .number(Int(try number(Int32.self)))
        case 10: return Int(exactly: try number(UInt64.self)).map(Value.number) ?? .other
        case 11: return .number(Int(try number(Int64.self)))
        default:
            try skip(1, of: try Self.size(type))
            return .other
        }
    }

    private mutating func skipArray(depth: Int) throws(GGUFError) {
        guard depth < GGUFHeader.deepestArray else { throw .implausible("arrays within arrays") }
        let type = try number(UInt32.self)
        let count = try count(atMost: GGUFHeader.mostElements, "elements")
        switch type {
        case 8: for _ in 0..<count { try skip(try self.count(atMost: GGUFHeader.longestText, "bytes of text"), of: 1) }
        case 9: for _ in 0..<count { try skipArray(depth: depth + 1) }
        default: try skip(count, of: try Self.size(type))
        }
    }

    /// Bytes of a value that is neither text nor array.
    private static func size(_ type: UInt32) throws(GGUFError) -> Int {
        switch type {
        case 0, 1, 7: 1
        case 2, 3: 2
        case 4, 5, 6: 4
        case 10, 11, 12: 8
        default: throw .implausible("a value of type \(type)")
        }
    }

    private mutating func skip(_ count: Int, of size: Int) throws(GGUFError) {
        let (length, isTooMuch) = count.multipliedReportingOverflow(by: size)
        let (end, overflows) = offset.addingReportingOverflow(length)
        guard !isTooMuch, !overflows else { throw .implausible("\(count) values of \(size) bytes") }
        // More than the whole file holds cannot be had by reading on.
        guard end <= fileSize else { throw .cutShort(has: fileSize, needs: end) }
        guard end <= bytes.count else { throw .longer }
        offset = end
    }
}
