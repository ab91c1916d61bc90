/// What changed between two versions of a file, line by line: unique lines anchor, what lies between is compared.
struct LineDiff: Sendable, Equatable {
    /// Lines of the old version that became lines of the new one; counted from 0, either may be empty.
    struct Hunk: Sendable, Equatable {
        var old: Range<Int>
        var new: Range<Int>
    }

    /// In order, never touching each other.
    private(set) var hunks: [Hunk] = []

    /// Cells of the table by which two stretches without unique lines are compared; larger ones count as replaced.
    static let maxCells = 60_000

    init(_ old: [UInt64], _ new: [UInt64]) {
        var pending = [Hunk(old: 0..<old.count, new: 0..<new.count)]
        var found: [Hunk] = []
        while let next = pending.popLast() {
            let part = Self.trimmed(next, old, new)
            if part.old.isEmpty && part.new.isEmpty { continue }
            if part.old.isEmpty || part.new.isEmpty {
                found.append(part)
                continue
            }
            let anchors = Self.anchors(part, old, new)
            if anchors.isEmpty {
                found += Self.compared(part, old, new)
                continue
            }
            var (oldStart, newStart) = (part.old.lowerBound, part.new.lowerBound)
            for anchor in anchors {
                pending.append(Hunk(old: oldStart..<anchor.old, new: newStart..<anchor.new))
                (oldStart, newStart) = (anchor.old + 1, anchor.new + 1)
            }
            pending.append(Hunk(old: oldStart..<part.old.upperBound, new: newStart..<part.new.upperBound))
        }
        for hunk in found.sorted(by: { ($0.new.lowerBound, $0.old.lowerBound) < ($1.new.lowerBound, $1.old.lowerBound) }
        ) {
            if let last = hunks.last, last.old.upperBound == hunk.old.lowerBound,
                last.new.upperBound == hunk.new.lowerBound
            {
                hunks[hunks.count - 1] = Hunk(
                    old: last.old.lowerBound..<hunk.old.upperBound, new: last.new.lowerBound..<hunk.new.upperBound)
            } else {
                hunks.append(hunk)
            }
        }
    }

    /// Where a line of the new version stood before; nil for one that a hunk brought.
    func oldLine(of line: Int) -> Int? {
        var shift = 0
        for hunk in hunks {
            if line < hunk.new.lowerBound { break }
            if hunk.new.contains(line) { return nil }
            shift = hunk.old.upperBound - hunk.new.upperBound
        }
        return line + shift
    }

    func hunk(at line: Int) -> Hunk? { hunks.first { $0.new.contains(line) } }

    /// The lines of the old version that a range of the new one came from.
    func oldRange(of range: Range<Int>) -> Range<Int> {
        guard !range.isEmpty else { return 0..<0 }
        let first = oldLine(of: range.lowerBound) ?? hunk(at: range.lowerBound)?.old.lowerBound ?? 0
        let last = oldLine(of: range.upperBound - 1).map { $0 + 1 } ?? hunk(at: range.upperBound - 1)?.old.upperBound
        return first..<max(first, last ?? first)
    }

    /// The hunks that changed something inside a range of the new version.
    func touching(_ range: Range<Int>) -> [Hunk] {
        hunks.filter { hunk in
            hunk.new.isEmpty
                ? range.lowerBound < hunk.new.lowerBound && hunk.new.lowerBound < range.upperBound
                : hunk.new.overlaps(range)
        }
    }

    private static func trimmed(_ part: Hunk, _ old: [UInt64], _ new: [UInt64]) -> Hunk {
        var (oldStart, newStart) = (part.old.lowerBound, part.new.lowerBound)
        var (oldEnd, newEnd) = (part.old.upperBound, part.new.upperBound)
        while oldStart < oldEnd, newStart < newEnd, old[oldStart] == new[newStart] {
            (oldStart, newStart) = (oldStart + 1, newStart + 1)
        }
        while oldEnd > oldStart, newEnd > newStart, old[oldEnd - 1] == new[newEnd - 1] {
            (oldEnd, newEnd) = (oldEnd - 1, newEnd - 1)
        }
        return Hunk(old: oldStart..<oldEnd, new: newStart..<newEnd)
    }

    /// Lines that occur once on both sides, the longest run of them that is in order on both.
    private static func anchors(_ part: Hunk, _ old: [UInt64], _ new: [UInt64]) -> [(old: Int, new: Int)] {
        var places: [UInt64: (old: Int, new: Int)] = [:]
        let (none, many) = (-1, -2)
        for line in part.old {
            places[old[line], default: (none, none)].old = places[old[line]] == nil ? line : many
        }
        for line in part.new {
            guard let known = places[new[line]] else { continue }
            places[new[line]]?.new = known.new == none ? line : many
        }
        let pairs = places.values.filter { $0.old >= 0 && $0.new >= 0 }.sorted { $0.new < $1.new }
        // Patience: each pile's top, and whom a card lay upon.
        var (tops, below): ([Int], [Int]) = ([], [])
        for (index, pair) in pairs.enumerated() {
            var (low, high) = (0, tops.count)
            while low < high {
                let middle = (low + high) / 2
                if pairs[tops[middle]].old < pair.old { low = middle + 1 } else { high = middle }
            }
            below.append(low > 0 ? tops[low - 1] : none)
            if low == tops.count { tops.append(index) } else { tops[low] = index }
        }
        var chain: [(old: Int, new: Int)] = []
        var index = tops.last ?? none
        while index >= 0 {
            chain.append(pairs[index])
            index = below[index]
        }
        return chain.reversed()
    }

    /// The longest common subsequence of two short stretches.
    private static func compared(_ part: Hunk, _ old: [UInt64], _ new: [UInt64]) -> [Hunk] {
        let (rows, columns) = (part.old.count, part.new.count)
        guard rows <= maxCells / max(1, columns) else { return [part] }
        let width = columns + 1
        var lengths = [Int32](repeating: 0, count: (rows + 1) * width)
        for row in stride(from: rows - 1, through: 0, by: -1) {
            for column in stride(from: columns - 1, through: 0, by: -1) {
                let isSame = old[part.old.lowerBound + row] == new[part.new.lowerBound + column]
                lengths[row * width + column] =
                    isSame
                    ? lengths[(row + 1) * width + column + 1] + 1
                    : max(lengths[(row + 1) * width + column], lengths[row * width + column + 1])
            }
        }
        var hunks: [Hunk] = []
        var (row, column, rowStart, columnStart) = (0, 0, 0, 0)
        func close() {
            guard row > rowStart || column > columnStart else { return }
            hunks.append(
                Hunk(
                    old: part.old.lowerBound + rowStart..<part.old.lowerBound + row,
                    new: part.new.lowerBound + columnStart..<part.new.lowerBound + column))
        }
        while row < rows, column < columns {
            if old[part.old.lowerBound + row] == new[part.new.lowerBound + column] {
                close()
                (row, column) = (row + 1, column + 1)
                (rowStart, columnStart) = (row, column)
            } else if lengths[(row + 1) * width + column] >= lengths[row * width + column + 1] {
                row += 1
            } else {
                column += 1
            }
        }
        (row, column) = (rows, columns)
        close()
        return hunks
    }
}
