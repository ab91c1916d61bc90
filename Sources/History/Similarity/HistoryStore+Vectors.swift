import Events
import Foundation
import GRDB

/// The embedding model that a history's vectors are of: of one at a time, for those of another cannot be compared.
public struct EmbeddingModel: Sendable, Hashable, Codable {
    public var name: String
    /// As the server names it: a changed model puts texts elsewhere.
    public var digest: String

    public init(name: String, digest: String) { (self.name, self.digest) = (name, digest) }
}

extension HistoryStore {
    private static let embeddingKey = "embedding"

    /// The model whose vectors are kept; nil where there are none.
    public func embeddingModel() throws(HistoryError) -> EmbeddingModel? { try read(Self.embeddingModel) }

    private static func embeddingModel(_ db: Database) throws -> EmbeddingModel? {
        let text = try String.fetchOne(
            db.cachedStatement(sql: "SELECT value FROM setting WHERE key = ?"), arguments: [embeddingKey])
        // What another version wrote is made anew.
        return text.flatMap { try? JSONDecoder().decode(EmbeddingModel.self, from: Data($0.utf8)) }
    }

    /// Groups without a vector of this model, the latest seen first, and how many there are.
    ///
    /// Groups without a sample are left out: there is nothing to say of them.
    public func groupsWithoutVector(
        of model: EmbeddingModel, limit: Int
    ) throws(HistoryError) -> (groups: [Fingerprint], all: Int) {
        try read { db in
            let lacking =
                try Self.embeddingModel(db) == model ? "g.id NOT IN (SELECT group_id FROM embedding)" : "true"
            let from = """
                FROM error_group g WHERE \(lacking) AND EXISTS (SELECT 1 FROM sample s WHERE s.group_id = g.id)
                """
            let rows = try Row.fetchAll(
                db,
                sql: """
                    SELECT g.fingerprint \(from)
                    ORDER BY (SELECT max(last) FROM sighting WHERE group_id = g.id) DESC, g.id LIMIT ?
                    """, arguments: [max(0, limit)])
            let groups = rows.map { Fingerprint(digest: $0[0] as Data) }
            return (groups, try Int.fetchOne(db, sql: "SELECT count(*) \(from)") ?? 0)
        }
    }

    /// Keeps where a model put groups. Those of another model go first: only one's are kept.
    ///
    /// Groups that are not known any more are left out, and so are vectors of another size than the first.
    ///
    /// - Returns: how many were kept.
    @discardableResult
    public func saveVectors(
        _ vectors: [(group: Fingerprint, vector: QuantizedVector)], of model: EmbeddingModel
    ) throws(HistoryError) -> Int {
        try write { db in
            var kept = 0
            if try Self.embeddingModel(db) != model {
                try db.execute(sql: "DELETE FROM embedding")
                try db.execute(
                    sql: "INSERT OR REPLACE INTO setting (key, value) VALUES (?, ?)",
                    arguments: [Self.embeddingKey, try StoredJSON.text(model)])
            }
            var size = try Int.fetchOne(db, sql: "SELECT length(vector) FROM embedding LIMIT 1")
            let insert = try db.cachedStatement(
                sql: "INSERT OR REPLACE INTO embedding (group_id, length, vector) VALUES (?, ?, ?)")
            for (group, vector) in vectors {
                let known = size ?? vector.dimensions
                guard vector.dimensions == known, let id = try Self.findGroupID(group, db) else { continue }
                size = known
                let bytes = vector.bytes.withUnsafeBytes { Data($0) }
                try insert.execute(arguments: [id, Double(vector.length), bytes])
                kept += 1
            }
            return kept
        }
    }

    /// Whether the kept vectors tell where a group stands.
    public func hasVector(_ group: Fingerprint) throws(HistoryError) -> Bool {
        try read { db in try Self.findGroupID(group, db).flatMap { try Self.vector(of: $0, db) } != nil }
    }

    /// Where a group stands; nil where no model told, and in a history of an older version opened for reading only.
    static func vector(of group: Int64, _ db: Database) throws -> QuantizedVector? {
        guard try db.tableExists("embedding") else { return nil }
        let row = try Data.fetchOne(
            db.cachedStatement(sql: "SELECT vector FROM embedding WHERE group_id = ?"), arguments: [group])
        return row.flatMap { QuantizedVector(bytes: $0.map { Int8(bitPattern: $0) }) }
    }
}
