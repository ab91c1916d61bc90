import Foundation
import GRDB

/// Adds documents to the inverted index in the file; lives for one transaction, ends with ``flush()``.
///
/// The index consists of segments: for each term of a stretch of documents, their numbers packed
/// (``PostingList``). A segment is never changed. The newest documents wait outside until there are enough for one
/// (a search reads them one by one); segments of like size are merged, so that there are few of them.
struct SearchIndexWriter {
    /// Documents that make a segment.
    static let documentsOfSegment = 256
    /// So many segments of like size become one.
    static let fanOut = 8
    /// Terms of documents held in memory before they are written out: 8 bytes each.
    private static let pendingLimit = 1 << 18

    private let db: Database
    private let insert: Statement
    /// Term in the upper half, document in the lower one.
    private var pending: [UInt64] = []
    private var firstPending: Int64?
    private var lastPending: Int64 = 0

    init(_ db: Database) throws {
        self.db = db
        insert = try db.cachedStatement(sql: "INSERT INTO search_document (id, tokens) VALUES (?, ?)")
    }

    /// - Parameter document: positive, and larger than every document in the index.
    mutating func add(_ document: Int64, _ tokens: SearchTokens) throws {
        try insert.execute(arguments: [document, Data(tokens.encoded)])
        hold(document, tokens)
        firstPending = firstPending ?? document
        lastPending = document
        if pending.count >= Self.pendingLimit { try flush() }
    }

    private mutating func hold(_ document: Int64, _ tokens: SearchTokens) {
        let number = UInt64(UInt32(truncatingIfNeeded: document))
        for term in tokens.terms { pending.append(UInt64(term) << 32 | number) }
    }

    mutating func flush() throws {
        guard let first = firstPending else { return }
        firstPending = nil
        defer { pending.removeAll(keepingCapacity: true) }
        let layout = try SearchIndexLayout(db)
        let count = try Int64.fetchOne(
            db, sql: "SELECT count(*) FROM search_document WHERE id > ?", arguments: [layout.covered])
        guard let count, count >= Self.documentsOfSegment else { return }
        try SearchIndexLayout.forEachDocument(after: layout.covered, upTo: first - 1, db) { hold($0, $1) }
        let segment = try startSegment(documents: count, last: lastPending)
        try write(segment)
        try mergeLikeSized()
    }

    private func startSegment(documents: Int64, last: Int64) throws -> Int64 {
        try db.execute(
            sql: "INSERT INTO search_segment (documents, last) VALUES (?, ?)", arguments: [documents, last])
        return db.lastInsertedRowID
    }

    private mutating func write(_ segment: Int64) throws {
        pending.sort()
        var packed: [UInt8] = []
        var (position, count): (Int, Int64) = (0, 0)
        var last: UInt32 = 0
        let insert = try PostingInsert(db, segment: segment)
        while position < pending.count {
            let term = pending[position] >> 32
            packed.removeAll(keepingCapacity: true)
            (last, count) = (0, 0)
            while position < pending.count, pending[position] >> 32 == term {
                PostingList.append(UInt32(truncatingIfNeeded: pending[position]), after: &last, to: &packed)
                count += 1
                position += 1
            }
            try insert(Int64(term), documents: count, packed)
        }
    }

    // MARK: - Merging

    private func mergeLikeSized() throws {
        while true {
            let segments = try SearchIndexLayout(db).segments
            guard let newest = segments.last else { return }
            let alike = Array(
                segments.reversed().prefix { Self.level($0.documents) <= Self.level(newest.documents) }.reversed())
            guard alike.count >= Self.fanOut else { return }
            try merge(alike)
        }
    }

    private static func level(_ documents: Int64) -> Int {
        var (level, size) = (0, Int64(documentsOfSegment * fanOut))
        while documents >= size, level < 16 { (level, size) = (level + 1, size * Int64(fanOut)) }
        return level
    }

    /// Segments that follow one another become one: for each term, the documents of one after those of the other.
    func merge(_ segments: [SearchIndexLayout.Segment]) throws {
        guard let last = segments.last?.last else { return }
        let target = try startSegment(documents: segments.reduce(0) { $0 + $1.documents }, last: last)
        let insert = try PostingInsert(db, segment: target)
        var readers = try segments.map { try PostingReader(db, segment: $0.id) }
        var packed: [UInt8] = []
        while let term = readers.compactMap(\.term).min() {
            packed.removeAll(keepingCapacity: true)
            var (previous, count): (UInt32, Int64) = (0, 0)
            for index in readers.indices where readers[index].term == term {
                count += readers[index].append(after: &previous, to: &packed)
                try readers[index].advance()
            }
            try insert(term, documents: count, packed)
        }
        for segment in segments {
            try db.execute(sql: "DELETE FROM search_posting WHERE segment = ?", arguments: [segment.id])
            try db.execute(sql: "DELETE FROM search_segment WHERE id = ?", arguments: [segment.id])
        }
    }
}

private struct PostingInsert {
    private let statement: Statement
    private let segment: Int64

    init(_ db: Database, segment: Int64) throws {
        statement = try db.cachedStatement(
            sql: "INSERT INTO search_posting (segment, term, documents, packed) VALUES (?, ?, ?, ?)")
        self.segment = segment
    }

    func callAsFunction(_ term: Int64, documents: Int64, _ packed: [UInt8]) throws {
        try statement.execute(arguments: [segment, term, documents, Data(packed)])
    }
}

/// Reads a segment term by term.
private struct PostingReader {
    private let rows: RowCursor
    private var row: Row?

    init(_ db: Database, segment: Int64) throws {
        rows = try Row.fetchCursor(
            db.makeStatement(
                sql: "SELECT term, documents, packed FROM search_posting WHERE segment = ? ORDER BY term"),
            arguments: [segment])
        row = try rows.next()
    }

    var term: Int64? { row.map { $0[0] } }

    mutating func advance() throws { row = try rows.next() }

    /// - Returns: how many documents there were.
    func append(after previous: inout UInt32, to packed: inout [UInt8]) -> Int64 {
        guard let row, let data = row[2] as Data? else { return 0 }
        var count: Int64 = 0
        data.withUnsafeBytes { bytes in
            PostingList.forEach(bytes) { document in
                PostingList.append(document, after: &previous, to: &packed)
                count += 1
            }
        }
        return count
    }
}
