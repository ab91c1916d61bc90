import Events

/// A search key as numbers: what the index stores and compares.
///
/// Each token is a 32-bit hash that its kind is part of; two tokens of a million that fall together change a
/// ranking by a hair, and nothing else.
struct SearchTokens: Hashable, Sendable {
    /// 0: none.
    var type: UInt32
    var code: UInt32
    /// Innermost first.
    var frames: [UInt32]
    /// In order, repeats kept.
    var words: [UInt32]

    static let maximumFrames = 48
    static let maximumWords = 160
    private static let formatVersion: UInt8 = 1

    init(_ key: SearchKey) {
        type = key.exceptionType.map { Self.hash("t", $0) } ?? 0
        code = key.code.map { Self.hash("c", $0) } ?? 0
        frames = key.frames.prefix(Self.maximumFrames).map { Self.hash("f", $0) }
        words = key.words.prefix(Self.maximumWords).map { Self.hash("w", $0) }
    }

    /// Each token once, in a fixed order.
    var terms: [UInt32] {
        var seen = Set<UInt32>()
        return ([type, code] + frames + words).filter { $0 != 0 && seen.insert($0).inserted }
    }

    /// Version, number of frames, then type, code, frames and words as little-endian 32-bit numbers.
    var encoded: [UInt8] {
        var bytes = [Self.formatVersion, UInt8(frames.count)]
        bytes.reserveCapacity(2 + 4 * (2 + frames.count + words.count))
        for token in [type, code] + frames + words {
            withUnsafeBytes(of: token.littleEndian) { bytes.append(contentsOf: $0) }
        }
        return bytes
    }

    /// - Returns: nil for bytes that ``encoded`` did not make.
    init?(encoded bytes: UnsafeRawBufferPointer) {
        guard bytes.count >= 10, (bytes.count - 2) % 4 == 0, bytes[0] == Self.formatVersion else { return nil }
        let count = (bytes.count - 2) / 4
        let frameCount = Int(bytes[1])
        guard count - 2 >= frameCount, count <= 2 + Self.maximumFrames + Self.maximumWords else { return nil }
        func token(_ index: Int) -> UInt32 {
            UInt32(littleEndian: bytes.loadUnaligned(fromByteOffset: 2 + 4 * index, as: UInt32.self))
        }
        type = token(0)
        code = token(1)
        frames = (2..<2 + frameCount).map(token)
        words = (2 + frameCount..<count).map(token)
    }

    /// FNV-1a of 64 bits (http://www.isthe.com/chongo/tech/comp/fnv/), folded to 32; never 0.
    static func hash(_ kind: Unicode.Scalar, _ text: String) -> UInt32 {
        var state: UInt64 = (0xcbf2_9ce4_8422_2325 ^ UInt64(kind.value)) &* 0x100_0000_01b3
        var text = text
        text.withUTF8 { for byte in $0 { state = (state ^ UInt64(byte)) &* 0x100_0000_01b3 } }
        let folded = UInt32(truncatingIfNeeded: state >> 32 ^ state)
        return folded == 0 ? 1 : folded
    }
}
