import Events
import Foundation
import GRDB

/// What could be brought out of a damaged history.
public struct RecoverySummary: Sendable, Hashable, Codable {
    /// Table → rows brought out.
    public var rows: [String: Int] = [:]
    /// Tables that could not be read to their end; what lies between the damage is lost.
    public var damagedTables: [String] = []
    /// Rows left out because what they refer to, or their own content, is lost.
    public var leftOut = 0

    public init() {}
}

extension HistoryStore {
    /// Copies whatever can be read of a damaged history into a new one. The damaged file is only read.
    ///
    /// Each table is read from its beginning and, where that breaks off, from its end; records that do not read back
    /// are left out, and the index of the search is made anew.
    ///
    /// - Throws: ``HistoryError/exists(path:)`` for a target that is there, ``HistoryError/corrupt(path:detail:)``
    ///   where not even the tables' names can be read.
    public static func recover(_ path: String, to target: String, now: Timestamp) throws(HistoryError)
        -> RecoverySummary
    {
        guard FileManager.default.fileExists(atPath: path) else { throw .missing(path: path) }
        guard !FileManager.default.fileExists(atPath: target) else { throw .exists(path: target) }
        let partial = target + ".partial"
        for suffix in ["", "-wal", "-shm", "-journal"] { unlink(partial + suffix) }
        try FileInspection.create(partial)
        let summary: RecoverySummary
        do {
            var configuration = Configuration()
            configuration.readonly = true
            configuration.prepareDatabase { db in
                // With a writable schema SQLite reads a file that is shorter than it says.
                try db.execute(sql: "PRAGMA trusted_schema = OFF; PRAGMA writable_schema = ON")
            }
            let damaged = try DatabaseQueue(path: path, configuration: configuration)
            configuration = Configuration()
            configuration.foreignKeysEnabled = false
            let whole = try DatabaseQueue(path: partial, configuration: configuration)
            try Schema.migrate(whole)
            summary = try damaged.unsafeRead { source in
                try whole.write { db in try HistoryRecovery(from: source, into: db).run() }
            }
            try whole.close()
        } catch {
            for suffix in ["", "-wal", "-shm", "-journal"] { unlink(partial + suffix) }
            throw HistoryError(error, path: path)
        }
        try DurableFile.publish(partial, as: target)
        return summary
    }
}

/// One recovery; lives for one transaction.
private final class HistoryRecovery {
    private let source: Database
    private let db: Database
    private var summary = RecoverySummary()

    /// What is not copied: GRDB's own table, and what is made anew.
    private static let derived: Set<String> = ["grdb_migrations", "search_posting", "search_segment", "search_state"]

    init(from source: Database, into db: Database) { (self.source, self.db) = (source, db) }

    func run() throws -> RecoverySummary {
        let tables = try String.fetchAll(
            db, sql: "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite%' ORDER BY name")
        for table in tables where !Self.derived.contains(table) { try copy(table) }
        try dropDamagedRecords()
        try dropOrphans()
        try makeIndex()
        return summary
    }

    private func copy(_ table: String) throws {
        let columns = try Row.fetchAll(db, sql: "SELECT name, pk FROM pragma_table_info(?)", arguments: [table])
        let names = columns.map { $0[0] as String }
        let keys = columns.filter { ($0[1] as Int) > 0 }.sorted { ($0[1] as Int) < ($1[1] as Int) }
            .map { $0[0] as String }
        let isWhole = try copy(table, names, order: keys.isEmpty ? ["rowid"] : keys, "ASC")
        guard !isWhole else { return }
        summary.damagedTables.append(table)
        _ = try copy(table, names, order: keys.isEmpty ? ["rowid"] : keys, "DESC")
    }

    /// - Returns: false where reading broke off, or a row from the other end was met again.
    private func copy(_ table: String, _ columns: [String], order: [String], _ direction: String) throws -> Bool {
        let list = columns.joined(separator: ", ")
        let places = columns.map { _ in "?" }.joined(separator: ", ")
        let insert = try db.makeStatement(sql: "INSERT OR IGNORE INTO \(table) (\(list)) VALUES (\(places))")
        let keys = order.map { "\($0) \(direction)" }.joined(separator: ", ")
        do {
            let rows = try Row.fetchCursor(source, sql: "SELECT \(list) FROM \(table) NOT INDEXED ORDER BY \(keys)")
            while let row = try rows.next() {
                guard try copy(row, with: insert) else { continue }
                summary.rows[table, default: 0] += 1
            }
            return true
        } catch let error as DatabaseError where Self.isDamage(error) {
            return false
        }
    }

    /// - Returns: false for a row that is there already, or that our tables do not take.
    private func copy(_ row: Row, with insert: Statement) throws -> Bool {
        do {
            try insert.execute(arguments: StatementArguments(row.databaseValues))
            return db.changesCount > 0
        } catch let error as DatabaseError where error.resultCode == .SQLITE_CONSTRAINT {
            summary.leftOut += 1
            return false
        }
    }

    private static func isDamage(_ error: DatabaseError) -> Bool {
        [.SQLITE_CORRUPT, .SQLITE_NOTADB, .SQLITE_IOERR, .SQLITE_ERROR].contains(error.resultCode)
    }

    private func dropDamagedRecords() throws {
        var codec = RecordCodec()
        for row in try Row.fetchAll(db, sql: "SELECT id, bytes FROM dictionary") {
            codec.dictionaries[row[0]] = [UInt8](row[1] as Data)
        }
        for table in ["sample", "diagnosis", "raw_answer", "fix_draft"] {
            var lost: [Int64] = []
            let rows = try Row.fetchCursor(db, sql: "SELECT rowid, record FROM \(table)")
            while let row = try rows.next() {
                do throws(RecordError) { _ = try codec.unpack([UInt8](row[1] as Data)) } catch { lost.append(row[0]) }
            }
            for id in lost { try db.execute(sql: "DELETE FROM \(table) WHERE rowid = ?", arguments: [id]) }
            summary.leftOut += lost.count
        }
    }

    /// Rows whose group or home is lost; a group whose texts are lost keeps its place with a word that says so.
    private func dropOrphans() throws {
        let columns = ["parts", "title", "template", "type", "code"]
        let lost = try Int64.fetchAll(
            db,
            sql: columns.map { "SELECT \($0) FROM error_group WHERE \($0) NOT IN (SELECT id FROM text)" }
                .joined(separator: " UNION "))
        for id in lost {
            try db.execute(
                sql: "INSERT INTO text (id, hash, value) VALUES (?, 0, ?)", arguments: [id, Data("(lost)".utf8)])
        }
        // The parts of a key are a list.
        try db.execute(
            sql: """
                UPDATE text SET value = ? WHERE id IN (SELECT parts FROM error_group)
                AND NOT json_valid(CAST(value AS TEXT))
                """, arguments: [Data(#"["(lost)"]"#.utf8)])
        let groups = "group_id NOT IN (SELECT id FROM error_group)"
        let origins = "origin_id NOT IN (SELECT id FROM origin)"
        let conditions = [
            "bucket": "\(groups) OR \(origins)",
            "group_value": "\(groups) OR \(origins) OR value NOT IN (SELECT id FROM text)",
            "sample": "\(groups) OR \(origins)", "diagnosis": "\(groups) OR \(origins)",
            "raw_answer": "\(groups) OR \(origins)", "resolution": "\(groups) OR \(origins)",
            "verdict": "\(groups) OR \(origins)", "group_alias": origins, "masked": origins, "run": origins,
            "model_call": origins, "fix_draft": "\(groups) OR \(origins)", "news": groups,
            "embedding": groups,
            "service_bucket": "\(origins) OR service NOT IN (SELECT id FROM text)",
            "outbox_attachment": "number NOT IN (SELECT number FROM outbox_pending)",
        ]
        // Groups that nobody saw go before what refers to them.
        try db.execute(sql: "DELETE FROM sighting WHERE \(groups) OR \(origins)")
        summary.leftOut += db.changesCount
        try db.execute(sql: "DELETE FROM error_group WHERE id NOT IN (SELECT group_id FROM sighting)")
        summary.leftOut += db.changesCount
        for (table, condition) in conditions.sorted(by: { $0.key < $1.key }) {
            try db.execute(sql: "DELETE FROM \(table) WHERE \(condition)")
            summary.leftOut += db.changesCount
        }
        try db.execute(sql: "DELETE FROM search_document WHERE id NOT IN (SELECT id FROM error_group)")
    }

    private func makeIndex() throws {
        var documents: [(Int64, SearchTokens)] = []
        try SearchIndexLayout.forEachDocument(after: 0, upTo: .max, db) { documents.append(($0, $1)) }
        try db.execute(sql: "DELETE FROM search_document")
        var writer = try SearchIndexWriter(db)
        for (id, tokens) in documents { try writer.add(id, tokens) }
        try writer.flush()
    }
}
