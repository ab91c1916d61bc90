/// Says of each place of a text whether one of many patterns may start there, by its first bytes.
///
/// Where none may start, the automaton need not look: that is nearly every place. Three bytes are looked up as they are, in
/// steps that do not wait for each other; where they fit, a fourth is, by a hash. No pattern is ever missed.
///
/// Unchecked: the tables are written before the initializer returns and never after.
final class StartFilter: @unchecked Sendable {
    fileprivate static let columnBits = 6
    private static let quadBits: UInt64 = 16
    /// Byte values that are told apart.
    static let maxColumns = 1 << columnBits

    /// What a search reads; good as long as the filter.
    let tables: Tables

    /// What three columns can begin.
    fileprivate enum Start {
        static let none: UInt8 = 0
        /// Patterns of four bytes and more: the fourth tells.
        static let long: UInt8 = 1
        /// A pattern of up to three bytes, whatever follows.
        static let short: UInt8 = 2
    }

    /// - Parameters:
    ///   - patterns: as columns; not empty.
    ///   - columns: for each of the 256 bytes its column; those beyond `maxColumns` are one here.
    init(_ patterns: [[Int]], columns: [UInt8]) {
        let last = Self.maxColumns - 1
        let table = Self.table(of: UInt8.self, 256)
        for (byte, column) in columns.enumerated() { table[byte] = min(column, UInt8(last)) }
        let triples = Self.table(of: UInt8.self, 1 << (3 * Self.columnBits))
        let quads = Self.table(of: UInt64.self, 1 << Int(Self.quadBits - 6))
        for pattern in patterns.map({ $0.prefix(4).map { min($0, last) } }) {
            for second in pattern.count > 1 ? pattern[1]...pattern[1] : 0...last {
                for third in pattern.count > 2 ? pattern[2]...pattern[2] : 0...last {
                    let triple = (pattern[0] << Self.columnBits | second) << Self.columnBits | third
                    triples[triple] |= pattern.count < 4 ? Start.short : Start.long
                }
            }
            guard pattern.count == 4 else { continue }
            let triple = (pattern[0] << Self.columnBits | pattern[1]) << Self.columnBits | pattern[2]
            let quad = Self.quad(UInt32(triple), UInt8(pattern[3]))
            quads[quad >> 6] |= 1 << UInt64(quad & 63)
        }
        tables = Tables(
            columns: UnsafePointer(table), triples: UnsafePointer(triples), quads: UnsafePointer(quads))
    }

    deinit {
        tables.columns.deallocate()
        tables.triples.deallocate()
        tables.quads.deallocate()
    }

    private static func table<Value: FixedWidthInteger>(of type: Value.Type, _ count: Int) -> UnsafeMutablePointer<
        Value
    > {
        let table = UnsafeMutablePointer<Value>.allocate(capacity: count)
        table.initialize(repeating: 0, count: count)
        return table
    }

    /// A place in `quads`.
    @inline(__always)
    fileprivate static func quad(_ triple: UInt32, _ fourth: UInt8) -> Int {
        let columns = triple &<< UInt32(columnBits) | UInt32(fourth)
        return Int((columns &* 0x9E37_79B1) &>> (32 - UInt32(quadBits)))
    }

    struct Tables {
        /// For each of the 256 bytes its column.
        fileprivate let columns: UnsafePointer<UInt8>
        /// For three columns what they can begin. The third counts by ones: what follows common pairs of letters are a few
        /// lines of the processor's cache.
        fileprivate let triples: UnsafePointer<UInt8>
        /// Hashes of the first four columns of long patterns, bit by bit.
        fileprivate let quads: UnsafePointer<UInt64>

        /// The next place from `start` on at which a pattern may start; the last three before `end` always are such.
        @inline(__always)
        func nextStart(in bytes: UnsafePointer<UInt8>, from start: Int, to end: Int) -> Int {
            guard start &+ 3 < end else { return start }
            var place = start
            var read = UInt32(column(bytes, place)) &<< 6 | UInt32(column(bytes, place &+ 1))
            repeat {
                read = read &<< 6 | UInt32(column(bytes, place &+ 2))
                let triple = read & (1 << 18 - 1)
                let start = triples[Int(triple)]
                if start != Start.none, start & Start.short != 0 || fits(triple, column(bytes, place &+ 3)) {
                    return place
                }
                place &+= 1
            } while place &+ 3 < end
            return place
        }

        @inline(__always)
        private func column(_ bytes: UnsafePointer<UInt8>, _ place: Int) -> UInt8 { columns[Int(bytes[place])] }

        /// Whether a long pattern may start with these four columns, whose first three fit.
        @inline(__always)
        private func fits(_ triple: UInt32, _ fourth: UInt8) -> Bool {
            let quad = StartFilter.quad(triple, fourth)
            return quads[quad &>> 6] &>> UInt64(quad & 63) & 1 != 0
        }
    }
}
