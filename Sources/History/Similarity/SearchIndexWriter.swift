import Foundation
import GRDB

/// Adds documents to the inverted index in the file; lives for one transaction, ends with ``flush()``.
///
/// The documents of a term are packed into blocks by document number: block = number / 16,384, and the rest as
/// two bytes each, ascending. A block is appended to, never rewritten by us, and a term costs a row a block.
struct SearchIndexWriter {
    static let blockBits: Int64 = 14
    /// Documents held in memory before they are written out.
    private static let pendingLimit = 1 << 14

    private let db: Database
    private var pending: [Key: [UInt8]] = [:]
    private var pendingDocuments = 0

    private struct Key: Hashable, Comparable {
        let term: UInt32
        let block: Int64

        static func < (left: Key, right: Key) -> Bool { (left.term, left.block) < (right.term, right.block) }
    }

    init(_ db: Database) { self.db = db }

    /// - Parameter document: positive, and larger than every document in the index.
    mutating func add(_ document: Int64, _ tokens: SearchTokens) throws {
        try db.cachedStatement(sql: "INSERT INTO search_document (id, tokens) VALUES (?, ?)")
            .execute(arguments: [document, Data(tokens.encoded)])
        let rest = UInt16(truncatingIfNeeded: document & (1 << Self.blockBits - 1))
        for term in tokens.terms {
            let key = Key(term: term, block: document >> Self.blockBits)
            pending[key, default: []].append(UInt8(truncatingIfNeeded: rest))
            pending[key, default: []].append(UInt8(rest >> 8))
        }
        pendingDocuments += 1
        if pendingDocuments >= Self.pendingLimit { try flush() }
    }

    mutating func flush() throws {
        guard !pending.isEmpty else { return }
        let addPosting = try db.cachedStatement(
            sql: """
                INSERT INTO search_posting (term, block, packed) VALUES (?, ?, ?)
                ON CONFLICT DO UPDATE SET packed = CAST(packed || excluded.packed AS BLOB)
                """)
        let addDocuments = try db.cachedStatement(
            sql: """
                INSERT INTO search_term (term, documents) VALUES (?, ?)
                ON CONFLICT DO UPDATE SET documents = documents + excluded.documents
                """)
        for (key, packed) in pending.sorted(by: { $0.key < $1.key }) {
            try addPosting.execute(arguments: [Int64(key.term), key.block, Data(packed)])
            try addDocuments.execute(arguments: [Int64(key.term), packed.count / 2])
        }
        pending.removeAll(keepingCapacity: true)
        pendingDocuments = 0
    }
}
