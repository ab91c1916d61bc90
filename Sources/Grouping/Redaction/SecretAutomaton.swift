/// Finds all of several hundred short patterns in one pass over a text (Aho and Corasick, 1975).
///
/// Letters match in any case and every digit matches every other; whoever is told of a hit checks the rest.
/// A text without a hit, which is most texts, costs one table look-up a byte.
struct SecretAutomaton: Sendable {
    /// For each byte its column in the table.
    private let columns: [UInt8]
    private let width: Int
    /// For a row (by its offset) and a column, the offset of the row that follows.
    private let table: [UInt32]
    /// Offsets of rows from here on end patterns.
    private let hitOffset: Int
    /// Patterns that end in each of those rows.
    private let hits: [Int]
    /// Where each of those rows' patterns start in `hits`.
    private let hitStarts: [Int]

    /// Builds the table; no pattern may be empty. Where `silent` has just been read, nothing is reported.
    init(patterns: [[UInt8]], silent: [UInt8]) {
        let (columns, width) = Self.columns(of: patterns)
        var builder = Builder(width: width)
        for (number, pattern) in patterns.enumerated() {
            builder.insert(pattern.map { Int(columns[Int($0)]) }, number)
        }
        let silentRow = builder.insert(silent.map { Int(columns[Int($0)]) }, nil)
        builder.link()
        builder.silence(silentRow)
        (self.columns, self.width) = (columns, width)
        (table, hitOffset, hits, hitStarts) = builder.packed()
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
        columns.withUnsafeBufferPointer { columns in
            table.withUnsafeBufferPointer { table in
                guard let columns = columns.baseAddress, let table = table.baseAddress,
                    let start = bytes.baseAddress
                else { return }
                let walk = Walk(columns: columns, table: table, bytes: start, count: bytes.count, hitOffset: hitOffset)
                var (index, row) = (0, 0)
                while walk.nextHit(&index, &row) {
                    let hit = (row - hitOffset) / width
                    for place in hitStarts[hit]..<hitStarts[hit + 1] { found(hits[place], index) }
                }
            }
        }
    }

    /// The loop over all bytes by itself: inlined into what is done with hits, it is three times slower.
    private struct Walk {
        let columns: UnsafePointer<UInt8>
        let table: UnsafePointer<UInt32>
        let bytes: UnsafePointer<UInt8>
        let count: Int
        let hitOffset: Int

        /// Goes on from `index` in `row` to the next row that ends a pattern.
        @inline(never)
        func nextHit(_ index: inout Int, _ row: inout Int) -> Bool {
            var (place, current) = (index, row)
            defer { (index, row) = (place, current) }
            while place < count {
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
    /// The rows by the length of what leads to them: those that most bytes pass through lie together.
    private var breadthFirst: [Int] = []

    init(width: Int) {
        self.width = width
        rows = [Array(repeating: 0, count: width)]
    }

    /// - Returns: the pattern's last row.
    @discardableResult
    mutating func insert(_ pattern: [Int], _ number: Int?) -> Int {
        var row = 0
        for column in pattern {
            if rows[row][column] == 0 {
                rows[row][column] = rows.count
                rows.append(Array(repeating: 0, count: width))
                ends.append([])
            }
            row = rows[row][column]
        }
        if let number { ends[row].append(number) }
        return row
    }

    mutating func silence(_ row: Int) { ends[row] = [] }

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
