import Events
import Foundation
import GRDB

/// The search by likeness alone, in a SQLite file of its own: the same tables, candidates and scores as in a
/// history, for rows that have an id and a key and nothing else.
///
/// Rows with equal keys share one entry. Built once, then read by any number of threads.
public final class SimilarityIndex: Sendable {
    public struct Match: Sendable, Hashable {
        public var id: String
        /// 0 to 1.
        public var score: Double
        public var reason: String
    }

    private let pool: DatabaseQueue
    private let rarity = RarityMemory()
    public let path: String

    /// Opens the index at a path, or makes an empty one.
    public init(at path: String) throws(HistoryError) {
        self.path = path
        if case .absent = try FileInspection.inspect(path) { try FileInspection.create(path) }
        do {
            pool = try DatabaseQueue(path: path)
            try pool.write { db in
                guard try !db.tableExists("search_document") else { return }
                try db.execute(sql: Schema.search)
                try db.execute(
                    sql: """
                        CREATE TABLE search_member (
                            number INTEGER PRIMARY KEY, document INTEGER NOT NULL, id TEXT NOT NULL
                        ) STRICT
                        """)
            }
        } catch {
            throw HistoryError(error, path: path)
        }
    }

    /// A key ready to be added: what takes time and needs no index, and so can be done on any thread.
    public struct Prepared: Sendable {
        let tokens: SearchTokens
        let digest: UInt64

        public init(_ key: SearchKey) {
            tokens = SearchTokens(key)
            digest = tokens.digest
        }
    }

    /// Rows of one key that a search can name; further ones are only counted.
    public static let rowsOfKey = 1000

    /// Fills an empty index, in one transaction. Rows are taken as they come and not held.
    ///
    /// - Parameter rows: calls the closure that it is given once a row; its own errors come out as they are.
    public func build(_ rows: (_ add: (_ id: String, Prepared) throws -> Void) throws -> Void) throws {
        var refused: (any Error)?
        do {
            try pool.write { db in
                var writer = try SearchIndexWriter(db)
                // Millions of keys: as little of each as tells it from the others.
                var (known, rowsOf): ([UInt64: UInt32], [UInt16]) = ([:], [])
                let addMember = try db.cachedStatement(sql: "INSERT INTO search_member (document, id) VALUES (?, ?)")
                do {
                    try rows { id, key in
                        let place = Int(known[key.digest] ?? UInt32(rowsOf.count))
                        let document = Int64(place + 1)
                        if place == rowsOf.count {
                            known[key.digest] = UInt32(place)
                            rowsOf.append(0)
                            try writer.add(document, key.tokens)
                        }
                        guard rowsOf[place] < Self.rowsOfKey else { return }
                        rowsOf[place] += 1
                        try addMember.execute(arguments: [document, id.withoutNUL])
                    }
                } catch  where !(error is DatabaseError) {
                    refused = error
                    throw error
                }
                try writer.flush()
                try db.execute(sql: "CREATE INDEX search_member_by_document ON search_member (document)")
            }
        } catch {
            throw refused ?? HistoryError(error, path: path)
        }
    }

    /// Whether nothing was ever built here.
    public func isEmpty() throws(HistoryError) -> Bool {
        do {
            return try pool.read { db in
                try !(Bool.fetchOne(db, sql: "SELECT EXISTS (SELECT 1 FROM search_document)") ?? false)
            }
        } catch {
            throw HistoryError(error, path: path)
        }
    }

    /// The rows most like a key, the most alike first.
    public func search(_ key: SearchKey, top: Int) throws(HistoryError) -> [Match] {
        do {
            return try pool.read { db in
                var found: [Match] = []
                let members = try db.cachedStatement(
                    sql: "SELECT id FROM search_member WHERE document = ? ORDER BY number LIMIT ?")
                for match in try SearchIndexReader(db, rarity).search(SearchTokens(key), limit: max(0, top)) {
                    let ids = try String.fetchAll(members, arguments: [match.document, top - found.count])
                    found += ids.map { Match(id: $0, score: match.likeness.score, reason: match.likeness.reason) }
                    if found.count >= top { break }
                }
                return found
            }
        } catch {
            throw HistoryError(error, path: path)
        }
    }
}
