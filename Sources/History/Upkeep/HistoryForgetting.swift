import Crypto
import Events
import Foundation
import GRDB

/// What was forgotten.
public struct ForgetSummary: Sendable, Hashable, Codable {
    public var groups = 0
    public var samples = 0
    public var diagnoses = 0
    public var rawAnswers = 0
    public var drafts = 0
    /// Notes, values and runs that held the text, and had it taken out.
    public var texts = 0
    /// Messages whose bytes hold the text and are not on disk yet; they are chained, and so left.
    public var messages: [Int] = []

    public init() {}
}

extension HistoryStore {
    /// What stands where a text was taken out of a note.
    static let forgotten = "(forgotten)"

    /// Removes everything that holds a text: a person's data, a secret that no rule knew.
    ///
    /// A group that is described by it goes as a whole; samples, diagnoses and raw answers that hold it go; in notes
    /// and runs it is replaced. Hashed tombstones stay, which a merge obeys, and an audit entry that names neither
    /// the text nor what held it. Freed pages are overwritten, and the file is rewritten.
    ///
    /// - Parameter text: exactly as it stands in the history, at least ``shortestForgotten`` bytes of it.
    @discardableResult
    public func forget(matching text: String, by author: String? = nil, now: Timestamp) throws(HistoryError)
        -> ForgetSummary
    {
        guard text.utf8.count >= Self.shortestForgotten else { return ForgetSummary() }
        let summary = try write { db in
            try db.execute(sql: "PRAGMA secure_delete = ON")
            let forgetting = try HistoryForgetting(text, db, codec: codec(db), now: now)
            try forgetting.run()
            try db.execute(
                sql: "INSERT INTO audit (at, action, author, payload) VALUES (?, 'forget', ?, ?)",
                arguments: [now.nanoseconds, author?.withoutNUL, try StoredJSON.text(forgetting.summary)])
            return forgetting.summary
        }
        do {
            try pool.vacuum()
            try pool.writeWithoutTransaction { db in _ = try db.checkpoint(.truncate) }
        } catch {
            throw HistoryError(error, path: path)
        }
        return summary
    }

    /// Shorter texts would take away half of the history.
    public static let shortestForgotten = 4

    /// What was cleaned, by whom and when, oldest first: action and a summary as JSON.
    public func audit() throws(HistoryError) -> [(at: Timestamp, action: String, author: String?, payload: String)] {
        try read { db in
            try Row.fetchAll(db, sql: "SELECT at, action, author, payload FROM audit ORDER BY id").map {
                (Timestamp(nanoseconds: $0[0]), $0[1], $0[2], $0[3])
            }
        }
    }
}

/// The name under which something forgotten is recognised: a hash, so that it tells nothing.
enum Tombstone {
    static func group(_ fingerprint: Data) -> Data { hash("group", [fingerprint]) }

    static func sample(_ fingerprint: Data, _ event: Data, _ time: Int64) -> Data {
        hash("sample", [fingerprint, event, bytes(time)])
    }

    static func diagnosis(_ fingerprint: Data, origin: String, version: Int64) -> Data {
        hash("diagnosis", [fingerprint, Data(origin.utf8), bytes(version)])
    }

    /// A host, service … of a group.
    static func value(_ fingerprint: Data, kind: Int64, _ value: Data) -> Data {
        hash("value", [fingerprint, bytes(kind), value])
    }

    static func draft(_ fingerprint: Data, origin: String, base: String) -> Data {
        hash("draft", [fingerprint, Data(origin.utf8), Data(base.utf8)])
    }

    /// A service's name, in the counts of its minutes.
    static func service(_ name: Data) -> Data { hash("service", [name]) }

    private static func bytes(_ number: Int64) -> Data { withUnsafeBytes(of: number.bigEndian) { Data($0) } }

    private static func hash(_ kind: String, _ parts: [Data]) -> Data {
        var hash = SHA256()
        hash.update(data: Data(kind.utf8))
        for part in parts {
            hash.update(data: bytes(Int64(part.count)))
            hash.update(data: part)
        }
        return Data(hash.finalize().prefix(16))
    }

    static func exists(_ name: Data, _ db: Database) throws -> Bool {
        try Bool.fetchOne(
            db.cachedStatement(sql: "SELECT EXISTS (SELECT 1 FROM tombstone WHERE name = ?)"), arguments: [name])
            ?? false
    }
}

/// One forgetting; lives for one transaction.
final class HistoryForgetting {
    private let db: Database
    private let codec: RecordCodec
    private let now: Timestamp
    private let text: Data
    /// The text as it stands within JSON.
    private let escaped: Data
    private(set) var summary = ForgetSummary()

    init(_ text: String, _ db: Database, codec: RecordCodec, now: Timestamp) throws {
        (self.db, self.codec, self.now) = (db, codec, now)
        self.text = Data(text.utf8)
        escaped = Data(try StoredJSON.text(text).utf8.dropFirst().dropLast())
    }

    func run() throws {
        try forgetGroups()
        try forgetSamples()
        try forgetDiagnoses()
        try forgetAnswers()
        try forgetDrafts()
        try replaceNotes()
        summary.messages = try Int.fetchAll(
            db, sql: "SELECT number FROM outbox_pending WHERE instr(bytes, ?) > 0 ORDER BY number", arguments: [escaped]
        )
    }

    private func holds(_ value: String) -> String { "instr(\(value), :text) > 0 OR instr(\(value), :escaped) > 0" }

    private var arguments: StatementArguments { ["text": text, "escaped": escaped] }

    private func forgetGroups() throws {
        let texts = "(SELECT id FROM text WHERE \(holds("value")))"
        let groups = try Row.fetchAll(
            db,
            sql: """
                SELECT id, fingerprint FROM error_group WHERE parts IN \(texts) OR title IN \(texts)
                    OR template IN \(texts) OR type IN \(texts) OR code IN \(texts)
                """, arguments: arguments)
        for row in groups { try Self.remove(row[0], row[1], now: now, db) }
        summary.groups = groups.count
        let values = try Row.fetchAll(
            db,
            sql: """
                SELECT g.fingerprint, v.kind, t.value FROM group_value v JOIN error_group g ON g.id = v.group_id
                JOIN text t ON t.id = v.value WHERE v.value IN \(texts)
                """, arguments: arguments)
        for row in values { try Self.remember(Tombstone.value(row[0], kind: row[1], row[2]), now: now, db) }
        try db.execute(sql: "DELETE FROM group_value WHERE value IN \(texts)", arguments: arguments)
        summary.texts += db.changesCount
        let services = try Data.fetchAll(
            db,
            sql: "SELECT value FROM text WHERE id IN (SELECT service FROM service_bucket) AND id IN \(texts)",
            arguments: arguments)
        for name in services { try Self.remember(Tombstone.service(name), now: now, db) }
        try db.execute(sql: "DELETE FROM service_bucket WHERE service IN \(texts)", arguments: arguments)
        try db.execute(sql: "DELETE FROM text WHERE \(holds("value"))", arguments: arguments)
        summary.texts += db.changesCount
        if !groups.isEmpty { try Self.makeIndex(db) }
    }

    /// Removes a group with everything that refers to it.
    static func remove(_ id: Int64, _ fingerprint: Data, now: Timestamp, _ db: Database) throws {
        let tables = [
            "sighting", "bucket", "group_value", "sample", "diagnosis", "raw_answer", "resolution", "verdict",
            "fix_draft", "news", "embedding",
        ]
        for table in tables { try db.execute(sql: "DELETE FROM \(table) WHERE group_id = ?", arguments: [id]) }
        try db.execute(sql: "DELETE FROM search_document WHERE id = ?", arguments: [id])
        try db.execute(sql: "DELETE FROM error_group WHERE id = ?", arguments: [id])
        try db.execute(
            sql: "DELETE FROM group_alias WHERE fingerprint = ?1 OR canonical = ?1", arguments: [fingerprint])
        try db.execute(sql: "DELETE FROM alert_state WHERE fingerprint = ?", arguments: [fingerprint])
        try remember(Tombstone.group(fingerprint), now: now, db)
    }

    static func remember(_ name: Data, now: Timestamp, _ db: Database) throws {
        try db.execute(
            sql: "INSERT OR IGNORE INTO tombstone (name, at) VALUES (?, ?)", arguments: [name, now.nanoseconds])
    }

    /// The index of the search again, of the documents that are left: nothing of the others stays in it.
    static func makeIndex(_ db: Database) throws {
        var documents: [(Int64, SearchTokens)] = []
        try SearchIndexLayout.forEachDocument(after: 0, upTo: .max, db) { documents.append(($0, $1)) }
        try db.execute(
            sql: """
                DELETE FROM search_posting; DELETE FROM search_segment; DELETE FROM search_document;
                INSERT INTO search_state (generation) SELECT coalesce(max(generation), 0) + 1 FROM search_state
                """)
        var writer = try SearchIndexWriter(db)
        for (id, tokens) in documents { try writer.add(id, tokens) }
        try writer.flush()
    }

    // MARK: - Records

    private func forgetSamples() throws {
        let sql = """
            SELECT s.rowid, s.record, g.fingerprint, s.event_hash, s.time FROM sample s
            JOIN error_group g ON g.id = s.group_id
            """
        for row in try rows(sql, holding: escaped) {
            try Self.dropVector(ofSample: row[0], db)
            try db.execute(sql: "DELETE FROM sample WHERE rowid = ?", arguments: [row[0] as Int64])
            try Self.remember(Tombstone.sample(row[2], row[3], row[4]), now: now, db)
            summary.samples += 1
        }
    }

    /// A group's vector is made of what a sample of it says, and tells of it: the next run makes another.
    static func dropVector(ofSample row: Int64, _ db: Database) throws {
        try db.execute(
            sql: "DELETE FROM embedding WHERE group_id = (SELECT group_id FROM sample WHERE rowid = ?)",
            arguments: [row])
    }

    private func forgetDiagnoses() throws {
        let sql = """
            SELECT d.rowid, d.record, g.fingerprint, o.uuid, d.version, d.group_id, d.origin_id FROM diagnosis d
            JOIN error_group g ON g.id = d.group_id JOIN origin o ON o.id = d.origin_id
            """
        for row in try rows(sql, holding: escaped) {
            try db.execute(sql: "DELETE FROM diagnosis WHERE rowid = ?", arguments: [row[0] as Int64])
            try db.execute(
                sql: "DELETE FROM raw_answer WHERE group_id = ? AND origin_id = ? AND version = ?",
                arguments: [row[5] as Int64, row[6] as Int64, row[4] as Int64])
            try Self.remember(Tombstone.diagnosis(row[2], origin: row[3], version: row[4]), now: now, db)
            summary.diagnoses += 1
        }
        if summary.diagnoses > 0 { try HistoryMerge.setCurrent(db) }
    }

    private func forgetAnswers() throws {
        for row in try rows("SELECT rowid, record FROM raw_answer", holding: text) {
            try db.execute(sql: "DELETE FROM raw_answer WHERE rowid = ?", arguments: [row[0] as Int64])
            summary.rawAnswers += 1
        }
    }

    private func forgetDrafts() throws {
        let sql = """
            SELECT d.id, d.record, g.fingerprint, o.uuid, d.base FROM fix_draft d
            JOIN error_group g ON g.id = d.group_id JOIN origin o ON o.id = d.origin_id
            """
        for row in try rows(sql, holding: escaped) {
            try db.execute(sql: "DELETE FROM fix_draft WHERE id = ?", arguments: [row[0] as Int64])
            try Self.remember(Tombstone.draft(row[2], origin: row[3], base: row[4]), now: now, db)
            summary.drafts += 1
        }
    }

    /// Rows whose record holds some bytes; one that does not read back is for `verify` to tell.
    private func rows(_ sql: String, holding bytes: Data) throws -> [Row] {
        var found: [Row] = []
        let rows = try Row.fetchCursor(db, sql: sql)
        while let row = try rows.next() {
            do throws(RecordError) {
                if Data(try codec.unpack([UInt8](row[1] as Data))).range(of: bytes) != nil { found.append(row.copy()) }
            } catch {
                continue
            }
        }
        return found
    }

    private func replaceNotes() throws {
        let columns = [
            ("resolution", ["author", "note", "fixed_by"]), ("verdict", ["cause", "fixed_by"]), ("run", ["payload"]),
            ("model_call", ["outcome"]), ("audit", ["author"]),
        ]
        guard let plain = String(data: text, encoding: .utf8), let json = String(data: escaped, encoding: .utf8) else {
            return
        }
        for (table, names) in columns {
            for name in names {
                for needle in Set([plain, json]) {
                    try db.execute(
                        sql: "UPDATE \(table) SET \(name) = replace(\(name), ?1, ?2) WHERE instr(\(name), ?1) > 0",
                        arguments: [needle, HistoryStore.forgotten])
                    summary.texts += db.changesCount
                }
            }
        }
    }
}
