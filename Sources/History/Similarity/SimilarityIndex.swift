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
                            document INTEGER NOT NULL, id TEXT NOT NULL, PRIMARY KEY (document, id)
                        ) STRICT, WITHOUT ROWID
                        """)
            }
        } catch {
            throw HistoryError(error, path: path)
        }
    }

    /// Adds rows to an empty index, in one transaction. Rows are taken as they come and not held.
    public func build(_ rows: some Sequence<(id: String, key: SearchKey)>) throws(HistoryError) {
        do {
            try pool.write { db in
                var writer = SearchIndexWriter(db)
                var documents: [SearchTokens.Digest: Int64] = [:]
                let addMember = try db.cachedStatement(
                    sql: "INSERT OR IGNORE INTO search_member (document, id) VALUES (?, ?)")
                for row in rows {
                    let tokens = SearchTokens(row.key)
                    let known = documents[tokens.digest]
                    let document = known ?? Int64(documents.count + 1)
                    if known == nil {
                        documents[tokens.digest] = document
                        try writer.add(document, tokens)
                    }
                    try addMember.execute(arguments: [document, row.id.withoutNUL])
                }
                try writer.flush()
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
                let members = try db.cachedStatement(sql: "SELECT id FROM search_member WHERE document = ? LIMIT ?")
                for match in try SearchIndexReader(db).search(SearchTokens(key), limit: max(0, top)) {
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

extension SearchTokens {
    /// 128 bits that tell one key from another.
    struct Digest: Hashable {
        let high: UInt64
        let low: UInt64
    }

    var digest: Digest {
        var (high, low): (UInt64, UInt64) = (0xcbf2_9ce4_8422_2325, 0x9e37_79b9_7f4a_7c15)
        for token in [type, code, UInt32(frames.count)] + frames + words {
            high = (high ^ UInt64(token)) &* 0x100_0000_01b3
            low = (low &+ UInt64(token)) &* 0xbf58_476d_1ce4_e5b9
            low ^= low >> 29
        }
        return Digest(high: high, low: low)
    }
}
