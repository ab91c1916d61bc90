/// Where, in the lines of one log, the header ends and the message begins.
///
/// Found from the lines alone: a header's columns hold the same kind of thing in nearly every line (a time, a
/// number, a level, something in brackets), and a name with a colon may follow them. No format is known by name.
struct LineLayout: Equatable, Sendable {
    /// The last column that holds the same kind in nearly every line; -1 for none.
    private(set) var lastColumn = -1
    /// The column in which most lines have a name with a colon, if any.
    private(set) var nameColumn: Int?

    /// Columns that are looked at, from the left.
    static let maxColumns = 14
    /// Share of lines that must agree on a column's kind.
    private static let agreement = 0.9
    /// Share of lines that must have a name with a colon: names move by a column more often.
    private static let nameAgreement = 0.8
    /// Share of lines that must reach a column for it to be judged.
    private static let reach = 0.6
    /// Columns without a kind (a host, a component) that may stand before the name.
    private static let maxGap = 3

    /// Judges the columns of a sample of masked lines.
    init(sample lines: [[UInt8]]) {
        var tallies = Array(repeating: Tally(), count: Self.maxColumns)
        for line in lines {
            line.withUnsafeBufferPointer { bytes in
                let columns = Self.columns(of: bytes)
                for (place, column) in columns.enumerated() where place + 1 < columns.count {
                    tallies[place].add(Bytes(rebasing: bytes[column]))
                }
            }
        }
        for (place, tally) in tallies.enumerated() {
            guard Double(tally.lines) >= Self.reach * Double(max(1, lines.count)) else { break }
            guard nameColumn == nil else { break }
            if tally.share(max(tally.variable, tally.level, tally.bracket)) >= Self.agreement {
                lastColumn = place
            } else if lastColumn >= 0, place <= lastColumn + Self.maxGap, tally.share(tally.name) >= Self.nameAgreement
            {
                nameColumn = place
            }
        }
    }

    /// Where the message starts in a masked line.
    func messageStart(in bytes: Bytes) -> Int {
        guard lastColumn >= 0 else { return 0 }
        let columns = Self.columns(of: bytes)
        guard lastColumn < columns.count else { return 0 }
        if let nameColumn {
            for place in lastColumn + 1..<max(lastColumn + 1, min(columns.count - 1, nameColumn + 2))
            where bytes[columns[place].upperBound - 1] == 0x3A {
                return columns[place].upperBound
            }
        }
        return columns[lastColumn].upperBound
    }

    // MARK: - Columns

    private static let maxBracketBytes = 200

    /// Columns between spaces or bars; brackets hold together what is in them. A level with a colon, and the name
    /// with a colon after it, are columns even without spaces (`INFO:orders.views:`).
    private static func columns(of bytes: Bytes) -> [Range<Int>] {
        var columns: [Range<Int>] = []
        columns.reserveCapacity(maxColumns)
        var index = 0
        if let level = leadingLevel(bytes) {
            columns.append(0..<level)
            let name = bytes.run(from: level, limit: maxBracketBytes) { $0.isWord || $0 == 0x2E || $0 == 0x2D }
            index = level
            if name > level, bytes.at(name) == 0x3A, !isSeparator(bytes.at(name + 1)) {
                columns.append(level..<name + 1)
                index = name + 1
            }
        }
        while index < bytes.count, columns.count < maxColumns {
            index = bytes.run(from: index) { isSeparator($0) }
            let start = index
            var depth = 0
            while index < bytes.count, !isSeparator(bytes[index]) || (depth > 0 && index - start < maxBracketBytes) {
                if bytes[index] == 0x5B { depth += 1 }
                if bytes[index] == 0x5D { depth = max(0, depth - 1) }
                index += 1
            }
            if index > start { columns.append(start..<index) }
        }
        return columns
    }

    /// The end of a level and its colon at the start of a line, with a word right after them.
    private static func leadingLevel(_ bytes: Bytes) -> Int? {
        let end = bytes.run(from: 0, limit: 12, \.isLetter)
        guard end > 0, bytes.at(end) == 0x3A, bytes.at(end + 1).isWord, bytes.at(end + 1) != 0x5F else { return nil }
        return isLevel(Bytes(rebasing: bytes[..<end])) ? end + 1 : nil
    }

    private static func isSeparator(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x7C }

    /// What the lines have in one column.
    private struct Tally {
        var lines = 0
        var variable = 0
        var level = 0
        var bracket = 0
        var name = 0

        mutating func add(_ column: Bytes) {
            lines += 1
            if LineLayout.isVariable(column) { variable += 1 }
            if LineLayout.isLevel(column) { level += 1 }
            let body = column.prefix(column.count - column.reversed().prefix { $0 == 0x3A || $0 == 0x2C }.count)
            if column.at(0) == 0x5B, body.last == 0x5D { bracket += 1 }
            if column.last == 0x3A { name += 1 }
        }

        func share(_ count: Int) -> Double { Double(count) / Double(max(1, lines)) }
    }

    /// Placeholders and punctuation alone.
    private static func isVariable(_ column: Bytes) -> Bool {
        var index = 0
        while index < column.count {
            if let end = Skeleton.placeholderEnd(column, index) {
                index = end
            } else if column[index].isWord, column[index] != 0x5F {
                return false
            } else {
                index += 1
            }
        }
        return true
    }

    private static func isLevel(_ column: Bytes) -> Bool {
        let start = column.run(from: 0) { !$0.isLetter }
        let end = column.run(from: start) { $0.isLetter }
        guard end > start, end - start <= 11, column.run(from: end, { !$0.isWord }) == column.count, start <= 1 else {
            return false
        }
        return levels.contains { $0.utf8CodeUnitCount == end - start && column.hasAnyCase($0, at: start) }
    }

    private static let levels: [StaticString] = [
        "trace", "finest", "finer", "fine", "verbose", "debug", "dbg", "info", "inf", "information", "notice", "log",
        "config", "warn", "warning", "wrn", "error", "err", "eror", "severe", "exception", "failure", "fatal", "ftl",
        "critical", "crit", "panic", "dpanic", "emerg", "emergency", "alert", "v", "d", "i", "w", "e", "f",
    ]
}
