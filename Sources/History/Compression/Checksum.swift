/// 64 bits that tell damaged bytes from whole ones; no protection against someone who means to deceive.
///
/// Each word of 8 bytes is mixed in as XXH64 does with its accumulators
/// (https://github.com/Cyan4973/xxHash/blob/dev/doc/xxhash_spec.md), in one lane; then its final avalanche.
enum Checksum {
    private static let (first, second, third): (UInt64, UInt64, UInt64) = (
        0x9E37_79B1_85EB_CA87, 0xC2B2_AE3D_27D4_EB4F, 0x1656_67B1_9E37_79F9
    )

    static func of(_ bytes: [UInt8]) -> UInt64 {
        bytes.withUnsafeBytes { bytes in
            var state = third &+ UInt64(bytes.count)
            var position = 0
            while position + 8 <= bytes.count {
                let word = UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: position, as: UInt64.self))
                state = mix(state, word)
                position += 8
            }
            var rest: UInt64 = 0
            while position < bytes.count {
                rest = rest << 8 | UInt64(bytes[position])
                position += 1
            }
            state = mix(state, rest)
            state = (state ^ (state >> 33)) &* second
            state = (state ^ (state >> 29)) &* third
            return state ^ (state >> 32)
        }
    }

    @inline(__always)
    private static func mix(_ state: UInt64, _ word: UInt64) -> UInt64 {
        let sum = state &+ word &* second
        return (sum << 31 | sum >> 33) &* first
    }
}
