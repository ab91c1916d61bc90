/// Cuts a stream of bytes, arriving in pieces of any size, into lines of bounded length.
struct LineSplitter {
    private var unfinished: [UInt8] = []
    let maximumLength: Int

    init(maximumLength: Int) { self.maximumLength = maximumLength }

    /// The lines that `piece` completes, without their ends.
    ///
    /// - Returns: nil when a line is longer than ``maximumLength``, complete or not.
    mutating func lines(completedBy piece: [UInt8]) -> [[UInt8]]? {
        var lines: [[UInt8]] = []
        var rest = piece[...]
        while let end = rest.firstIndex(of: 0x0A) {
            guard unfinished.count + rest.distance(from: rest.startIndex, to: end) <= maximumLength else { return nil }
            lines.append(unfinished + rest[..<end])
            unfinished = []
            rest = rest[(end + 1)...]
        }
        guard unfinished.count + rest.count <= maximumLength else { return nil }
        unfinished += rest
        return lines
    }

    /// What stands after the last line's end.
    mutating func last() -> [UInt8] {
        defer { unfinished = [] }
        return unfinished
    }
}
