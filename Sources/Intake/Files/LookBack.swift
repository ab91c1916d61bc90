import CScan

/// What a stream held just before some place.
struct LookBack: Sendable {
    let block: Block
    let range: Range<Int>
    /// More came before: the first line may not be whole.
    let isCut: Bool

    /// The last lines: those that name one of the ids before others, in their order, no more than `wanted`.
    ///
    /// - Parameter near: only lines of the last so many bytes, where they name none of the ids.
    /// - Parameter decode: makes text of a line's bytes.
    func lines(
        _ wanted: Int, naming ids: [String], near: Int, decode: (UnsafeRawBufferPointer) -> String
    ) -> [String] {
        let window = UnsafeRawBufferPointer(rebasing: block.bytes[range])
        let ids = ids.filter { $0.utf8.count >= 4 }.map { Array($0.utf8) }
        // Where requests interleave, a request's own lines lie further back than its neighbours'.
        let floor = max(0, window.count - near)
        let lines = Self.lastLines(
            of: window, isCut: isCut, floor: ids.isEmpty ? floor : 0, limit: ids.isEmpty ? wanted : .max)
        let related = lines.indices.filter { line in
            ids.contains { Self.contains(UnsafeRawBufferPointer(rebasing: window[lines[line]]), $0) }
        }.prefix(wanted)
        let chosen = Set(related)
        let others = lines.indices.prefix { lines[$0].lowerBound >= floor }.filter { !chosen.contains($0) }
            .prefix(wanted - related.count)
        return chosen.union(others).sorted(by: >).map { line in
            clip(decode(UnsafeRawBufferPointer(rebasing: window[lines[line]])), to: IntakeLimits.lineBefore)
        }
    }

    /// The newest first, back to the floor; empty ones are left out.
    private static func lastLines(
        of window: UnsafeRawBufferPointer, isCut: Bool, floor: Int, limit: Int
    ) -> [Range<Int>] {
        var lines: [Range<Int>] = []
        var end = window.count
        while end > floor, lines.count < limit {
            let newline = window.baseAddress.map { scan_find_last($0, end - 1, 0x0A) } ?? -1
            if newline < 0, isCut { break }
            let (start, length) = (newline + 1, end - 2 - newline)
            if length > 1 || length == 1 && window[start] != 0x0D { lines.append(start..<end - 1) }
            end = start
        }
        return lines
    }

    private static func contains(_ line: UnsafeRawBufferPointer, _ wanted: [UInt8]) -> Bool {
        line.baseAddress.map { scan_find($0, line.count, wanted, wanted.count) >= 0 } ?? false
    }
}
