/// A stretch of a stream's bytes. Events refer to the block that holds the lines before them.
///
/// Bytes are only added behind those that are there, and a block that anything else refers to is never moved or used
/// anew (`BlockPool`): whoever holds one may read the bytes that it had then, from any thread.
final class Block: @unchecked Sendable {
    private let allocation: UnsafeMutableRawBufferPointer
    /// The bytes. The one before the first is a newline, so that the first line begins like every other.
    let bytes: UnsafeMutableRawBufferPointer

    init(capacity: Int) {
        allocation = .allocate(byteCount: capacity + Self.margin, alignment: 64)
        allocation[Self.margin - 1] = 0x0A
        bytes = UnsafeMutableRawBufferPointer(rebasing: allocation[Self.margin...])
    }

    deinit { allocation.deallocate() }

    private static let margin = 64

    /// The bytes of a range with the newline before the block, counted from that newline.
    func withNewline(upTo end: Int) -> UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(rebasing: allocation[Self.margin - 1..<Self.margin + end])
    }
}

/// Blocks that were left behind, to be used again when nobody refers to them any more.
///
/// Fresh memory costs more than reading a file into memory that is there.
struct BlockPool {
    private var blocks: [Block] = []

    /// A block that nothing else refers to.
    mutating func take(capacity: Int = IntakeLimits.block) -> Block {
        guard capacity <= IntakeLimits.block else { return Block(capacity: capacity) }
        for index in blocks.indices where isKnownUniquelyReferenced(&blocks[index]) {
            blocks.swapAt(index, blocks.count - 1)
            return blocks.removeLast()
        }
        return Block(capacity: IntakeLimits.block)
    }

    mutating func leave(_ block: Block) {
        guard block.bytes.count == IntakeLimits.block, (blocks.count + 1) * IntakeLimits.block <= IntakeLimits.heldBytes
        else { return }
        blocks.append(block)
    }
}
