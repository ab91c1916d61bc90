/// Finds all of several hundred short patterns in one pass over a text (Aho and Corasick, 1975).
///
/// Letters match in any case and every digit matches every other; whoever is told of a hit checks the rest.
/// Where no pattern may start, which is most of most texts, its table is not looked at (``StartFilter``).
struct SecretAutomaton: Sendable {
    /// For each byte its column in the table.
    private let columns: [UInt8]
    private let width: Int
    /// For a row (by its offset) and a column, the offset of the row that follows.
    private let table: [UInt32]
    /// Offsets of rows from here on end patterns.
    private let hitOffset: Int
    /// Rows whose offset is below the first of these have at most one byte, those below the second two.
    private let shallow: (one: Int, two: Int)
    /// Patterns that end in each of those rows.
    private let hits: [Int]
    /// Where each of those rows' patterns start in `hits`.
    private let hitStarts: [Int]

    /// Where patterns may start at all.
    private let filter: StartFilter

    /// Builds the table; no pattern may be empty.
    init(patterns: [[UInt8]]) {
        let (columns, width) = Self.columns(of: patterns)
        let inColumns = patterns.map { pattern in pattern.map { Int(columns[Int($0)]) } }
        var builder = Builder(width: width)
        for (number, pattern) in inColumns.enumerated() { builder.insert(pattern, number) }
        builder.link()
        (self.columns, self.width) = (columns, width)
        (table, hitOffset, hits, hitStarts) = builder.packed()
        shallow = builder.shallow
        filter = StartFilter(inColumns, columns: columns)
    }

    private static func columns(of patterns: [[UInt8]]) -> ([UInt8], Int) {
        var columns = [UInt8](repeating: 0, count: 256)
        for digit in 0x30...0x39 { columns[digit] = 1 }
        var next: UInt8 = 2
        for byte in patterns.joined() where columns[Int(byte.lowercased)] == 0 {
            columns[Int(byte.lowercased)] = next
            next += 1
        }
        for upper in 0x41...0x5A { columns[upper] = columns[upper | 0x20] }
        return (columns, Int(next))
    }

    /// Calls `found` with each pattern and the place after its end, in the order of places.
    func scan(_ bytes: Bytes, found: (_ pattern: Int, _ end: Int) -> Void) {
        withWalk(bytes) { walk in
            var (index, row) = (0, 0)
            while walk.nextHit(&index, &row) {
                let hit = (row - hitOffset) / width
                for place in hitStarts[hit]..<hitStarts[hit + 1] { found(hits[place], index) }
            }
        }
    }

    private func withWalk(_ bytes: Bytes, _ body: (Walk) -> Void) {
        columns.withUnsafeBufferPointer { columns in
            table.withUnsafeBufferPointer { table in
                guard let columns = columns.baseAddress, let table = table.baseAddress, let start = bytes.baseAddress
                else { return }
                body(
                    Walk(
                        columns: columns, filter: filter.tables, table: table, bytes: start, count: bytes.count,
                        hitOffset: hitOffset, shallow: shallow))
            }
        }
    }

    /// The loop over all bytes by itself: inlined into what is done with hits, it is three times slower.
    private struct Walk {
        let columns: UnsafePointer<UInt8>
        let filter: StartFilter.Tables
        let table: UnsafePointer<UInt32>
        let bytes: UnsafePointer<UInt8>
        let count: Int
        let hitOffset: Int
        let shallow: (one: Int, two: Int)

        /// Goes on from `index` in `row` to the next row that ends a pattern.
        ///
        /// Where the row says that at most the last two bytes begin a pattern, the filter says where one may begin at all:
        /// there first, or, where it passes over them, further on.
        @inline(never)
        func nextHit(_ index: inout Int, _ row: inout Int) -> Bool {
            var (place, current, unfiltered) = (index, row, index)
            defer { (index, row) = (place, current) }
            while place < count {
                if current < shallow.two, place >= unfiltered {
                    let begun = current == 0 ? 0 : current < shallow.one ? 1 : 2
                    let next = filter.nextStart(in: bytes, from: place &- begun, to: count)
                    if next >= place { (place, current) = (next, 0) }
                    unfiltered = next &+ 4
                }
                current = Int(table[current &+ Int(columns[Int(bytes[place])])])
                place &+= 1
                if current >= hitOffset { return true }
            }
            return false
        }
    }
}

/// Builds the table of an automaton.
private struct Builder {
    private let width: Int
    /// For each row its followers by column; 0 (the root) where there is none.
    private var rows: [[Int]]
    private var ends: [[Int]] = [[]]
    /// For each row the bytes that lead to it.
    private var depths = [0]
    /// The rows by the length of what leads to them: those that most bytes pass through lie together.
    private var breadthFirst: [Int] = []

    init(width: Int) {
        self.width = width
        rows = [Array(repeating: 0, count: width)]
    }

    mutating func insert(_ pattern: [Int], _ number: Int) {
        var row = 0
        for column in pattern {
            if rows[row][column] == 0 {
                rows[row][column] = rows.count
                rows.append(Array(repeating: 0, count: width))
                ends.append([])
                depths.append(depths[row] + 1)
            }
            row = rows[row][column]
        }
        ends[row].append(number)
    }

    /// Gives every row a follower for every column: the longest suffix that is the start of a pattern.
    mutating func link() {
        var fallback = Array(repeating: 0, count: rows.count)
        var queue = rows[0].filter { $0 != 0 }
        defer { breadthFirst = [0] + queue }
        var next = 0
        while next < queue.count {
            let row = queue[next]
            next += 1
            ends[row] += ends[fallback[row]]
            for column in 0..<width {
                let follower = rows[row][column]
                let other = rows[fallback[row]][column]
                if follower == 0 {
                    rows[row][column] = other
                } else {
                    fallback[follower] = other
                    queue.append(follower)
                }
            }
        }
    }

    /// Offsets of rows that end no pattern and have at most one byte, or two.
    var shallow: (one: Int, two: Int) {
        let plain = depths.indices.filter { ends[$0].isEmpty }
        return (plain.count { depths[$0] <= 1 } * width, plain.count { depths[$0] <= 2 } * width)
    }

    /// The rows in one table, those that end patterns last.
    func packed() -> (table: [UInt32], hitOffset: Int, hits: [Int], hitStarts: [Int]) {
        let order = breadthFirst.filter { ends[$0].isEmpty } + breadthFirst.filter { !ends[$0].isEmpty }
        var offset = Array(repeating: 0, count: rows.count)
        for (place, row) in order.enumerated() { offset[row] = place * width }
        let table = order.flatMap { row in rows[row].map { UInt32(offset[$0]) } }
        let plain = ends.count { $0.isEmpty }
        var starts = [0]
        for row in order[plain...] { starts.append((starts.last ?? 0) + ends[row].count) }
        return (table, plain * width, order[plain...].flatMap { ends[$0] }, starts)
    }
}
