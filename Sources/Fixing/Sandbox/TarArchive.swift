/// Regular files as a tar archive, in the ustar format with GNU's long names (tar(5)).
public struct TarArchive: Sendable {
    private var blocks: [UInt8] = []

    static let blockSize = 512

    public init() {}

    /// The archive with its end.
    var bytes: [UInt8] { blocks + [UInt8](repeating: 0, count: Self.blockSize * 2) }
    var count: Int { blocks.count }

    /// - Parameter path: relative and checked by the caller.
    mutating func add(_ path: String, _ bytes: [UInt8], isExecutable: Bool = false) {
        let name = Array(path.utf8)
        if name.count > 99 {
            header(Array("././@LongLink".utf8), size: name.count + 1, type: 0x4C, mode: 0o644)
            pad(name + [0])
        }
        header(Array(name.prefix(99)), size: bytes.count, type: 0x30, mode: isExecutable ? 0o755 : 0o644)
        pad(bytes)
    }

    private mutating func header(_ name: [UInt8], size: Int, type: UInt8, mode: Int) {
        var block = [UInt8](repeating: 0, count: Self.blockSize)
        func put(_ bytes: [UInt8], at offset: Int) { block.replaceSubrange(offset..<offset + bytes.count, with: bytes) }
        put(name, at: 0)
        put(Self.octal(mode, 7), at: 100)
        put(Self.octal(0, 7), at: 108)
        put(Self.octal(0, 7), at: 116)
        put(Self.octal(size, 11), at: 124)
        put(Self.octal(0, 11), at: 136)
        put([UInt8](repeating: 0x20, count: 8), at: 148)
        block[156] = type
        put(Array("ustar".utf8) + [0, 0x30, 0x30], at: 257)
        let sum = block.reduce(0) { $0 + Int($1) }
        put(Self.octal(sum, 6) + [0, 0x20], at: 148)
        blocks += block
    }

    private mutating func pad(_ bytes: [UInt8]) {
        blocks += bytes
        let rest = bytes.count % Self.blockSize
        if rest > 0 { blocks += [UInt8](repeating: 0, count: Self.blockSize - rest) }
    }

    private static func octal(_ value: Int, _ digits: Int) -> [UInt8] {
        let text = String(value, radix: 8)
        return Array((String(repeating: "0", count: max(0, digits - text.utf8.count)) + text).utf8)
    }
}
