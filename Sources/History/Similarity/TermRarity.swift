import Foundation
import GRDB
import Synchronization

/// In how many documents a term occurs, for every term, in memory of a fixed size.
///
/// A count-min sketch (Cormode and Muthukrishnan, 2005): a count may come out too large where terms fall together,
/// never too small. Its content depends only on the documents, not on how the index is laid out.
struct TermRarity {
    private static let bits: UInt32 = 18
    private static let mask = (1 << bits) - 1
    /// How much more a rare term weighs than its share of information would say.
    private static let emphasis = 1.4

    private var counts = [UInt32](repeating: 0, count: 2 << bits)
    private(set) var documents = 0

    mutating func add(documents: Int) { self.documents += documents }

    mutating func add(_ term: UInt32, documents: Int) {
        let (first, second) = Self.cells(term)
        counts[first] = counts[first].addingSaturating(documents)
        counts[second] = counts[second].addingSaturating(documents)
    }

    func documents(with term: UInt32) -> Int {
        let (first, second) = Self.cells(term)
        return Int(min(counts[first], counts[second]))
    }

    /// How telling a term is; one that is everywhere still weighs a little.
    func weight(of term: UInt32) -> Double { weight(documents: documents(with: term)) }

    func weight(documents count: Int) -> Double {
        pow(log(1 + Double(max(1, documents)) / (Double(count) + 0.5)), Self.emphasis)
    }

    private static func cells(_ term: UInt32) -> (Int, Int) {
        let mixed = term &* 0x9e37_79b1
        return (Int(term) & mask, mask + 1 + Int(mixed >> (32 - bits)))
    }
}

extension UInt32 {
    fileprivate func addingSaturating(_ other: Int) -> UInt32 {
        let (sum, overflow) = addingReportingOverflow(UInt32(clamping: other))
        return overflow ? .max : sum
    }
}

/// Keeps the rarity of terms from one search to the next, and brings it up to date.
final class RarityMemory: Sendable {
    private struct State {
        var rarity: TermRarity
        var last: Int64
        var generation: Int64
    }

    /// So many new documents are read one by one; for more, the counts of the index are read again.
    private static let readOneByOne: Int64 = 4096

    private let state = Mutex<State?>(nil)

    /// - Parameter db: a snapshot; what it does not see is not in the result.
    func rarity(_ db: Database) throws -> TermRarity {
        let index = try SearchIndexLayout(db)
        return try state.withLock { state in
            if var known = state, known.generation == index.generation, known.last <= index.lastDocument {
                if known.last == index.lastDocument { return known.rarity }
                if index.lastDocument - known.last <= Self.readOneByOne {
                    try Self.add(documentsAfter: known.last, upTo: index.lastDocument, db, to: &known.rarity)
                    known.last = index.lastDocument
                    state = known
                    return known.rarity
                }
            }
            let fresh = try Self.read(index, db)
            state = State(rarity: fresh, last: index.lastDocument, generation: index.generation)
            return fresh
        }
    }

    private static func read(_ index: SearchIndexLayout, _ db: Database) throws -> TermRarity {
        var rarity = TermRarity()
        let covered = try Int.fetchOne(
            db, sql: "SELECT count(*) FROM search_document WHERE id <= ?", arguments: [index.covered])
        rarity.add(documents: covered ?? 0)
        let rows = try Row.fetchCursor(db, sql: "SELECT term, documents FROM search_posting")
        while let row = try rows.next() {
            rarity.add(UInt32(truncatingIfNeeded: row[0] as Int64), documents: row[1])
        }
        try add(documentsAfter: index.covered, upTo: index.lastDocument, db, to: &rarity)
        return rarity
    }

    private static func add(
        documentsAfter first: Int64, upTo last: Int64, _ db: Database, to rarity: inout TermRarity
    ) throws {
        try SearchIndexLayout.forEachDocument(after: first, upTo: last, db) { _, tokens in
            rarity.add(documents: 1)
            for term in tokens.terms { rarity.add(term, documents: 1) }
        }
    }
}

/// What the index consists of at this moment: segments of packed documents, and the newest ones not yet in any.
struct SearchIndexLayout {
    struct Segment {
        var id: Int64
        var documents: Int64
        var last: Int64
    }

    /// By their documents, ascending.
    let segments: [Segment]
    let lastDocument: Int64
    /// Changes when documents are taken out.
    let generation: Int64

    init(_ db: Database) throws {
        segments = try Row.fetchAll(
            db.cachedStatement(sql: "SELECT id, documents, last FROM search_segment ORDER BY last")
        ).map { Segment(id: $0[0], documents: $0[1], last: $0[2]) }
        lastDocument =
            try Int64.fetchOne(db.cachedStatement(sql: "SELECT coalesce(max(id), 0) FROM search_document")) ?? 0
        generation =
            try Int64.fetchOne(db.cachedStatement(sql: "SELECT coalesce(max(generation), 0) FROM search_state")) ?? 0
    }

    /// The last document that a segment holds.
    var covered: Int64 { segments.last?.last ?? 0 }

    /// Documents whose bytes do not read back are passed over.
    static func forEachDocument(
        after first: Int64, upTo last: Int64, _ db: Database, _ body: (Int64, SearchTokens) throws -> Void
    ) throws {
        let rows = try Row.fetchCursor(
            db.makeStatement(sql: "SELECT id, tokens FROM search_document WHERE id > ? AND id <= ? ORDER BY id"),
            arguments: [first, last])
        while let row = try rows.next() {
            let tokens = try row.withUnsafeData(atIndex: 1) { data in
                data?.withUnsafeBytes { SearchTokens(encoded: $0) } ?? nil
            }
            if let tokens { try body(row[0], tokens) }
        }
    }
}
