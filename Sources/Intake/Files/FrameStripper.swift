/// Takes the headers out of Docker's multiplexed stream, as its API hands out what a container without a terminal
/// wrote: eight bytes before each piece, the stream (1 or 2), three zeros, and the piece's length, highest byte first
/// (https://docs.docker.com/reference/api/engine/#tag/Container/operation/ContainerAttach).
///
/// What follows a header that is none is handed out as it is: no byte of text is lost.
struct FrameStripper {
    static let header = 8
    /// Longer pieces are not written: Docker cuts at 16 KiB.
    private static let longest = 1 << 20

    private var head: [UInt8] = []
    private var left = 0
    private(set) var isBroken = false

    /// Whether the bytes begin with a header.
    static func isHeader(_ bytes: some Collection<UInt8>) -> Bool { length(bytes) != nil }

    private static func length(_ bytes: some Collection<UInt8>) -> Int? {
        let head = Array(bytes.prefix(header))
        guard head.count == header, head[0] == 1 || head[0] == 2, head[1...3].allSatisfy({ $0 == 0 }) else {
            return nil
        }
        let length = head[4...].reduce(0) { $0 << 8 | Int($1) }
        return (1...longest).contains(length) ? length : nil
    }

    /// Moves the text to the beginning of the bytes.
    ///
    /// - Returns: how many bytes of text there are.
    mutating func strip(_ bytes: UnsafeMutableRawBufferPointer, _ count: Int) -> Int {
        var (from, to) = (0, 0)
        while from < count, !isBroken {
            if left > 0 {
                let piece = min(left, count - from)
                Self.move(bytes, from, to, piece)
                (from, to, left) = (from + piece, to + piece, left - piece)
            } else {
                head.append(bytes[from])
                from += 1
                if head.count == Self.header { readHeader() }
            }
        }
        guard isBroken else { return to }
        // A header that is none is text, as far as it still fits.
        let rest = head.prefix(from - to)
        let after = count - from
        if after > 0 { Self.move(bytes, from, to + rest.count, after) }
        for (index, byte) in rest.enumerated() { bytes[to + index] = byte }
        head = []
        return to + rest.count + after
    }

    private mutating func readHeader() {
        guard let length = Self.length(head) else {
            isBroken = true
            return
        }
        (left, head) = (length, [])
    }

    private static func move(_ bytes: UnsafeMutableRawBufferPointer, _ from: Int, _ to: Int, _ count: Int) {
        guard from != to, let base = bytes.baseAddress else { return }
        (base + to).copyMemory(from: base + from, byteCount: count)
    }
}
