import Events
import Foundation
import GRDB

/// What masks each kind of stored content; values in, values out.
public struct StoredRedaction {
    public var text: (String) -> String
    public var event: (ErrorEvent) -> ErrorEvent
    /// Diagnosis, code and similar groups; its raw answers are texts.
    public var diagnosis: (DiagnosisRecord) -> DiagnosisRecord
    /// What a run noted, as JSON of that kind.
    public var run: (_ kind: String, _ payload: String) -> String

    public init(
        text: @escaping (String) -> String, event: @escaping (ErrorEvent) -> ErrorEvent,
        diagnosis: @escaping (DiagnosisRecord) -> DiagnosisRecord,
        run: @escaping (_ kind: String, _ payload: String) -> String
    ) {
        (self.text, self.event, self.diagnosis, self.run) = (text, event, diagnosis, run)
    }
}

/// What was masked after the fact.
public struct CleaningSummary: Sendable, Hashable, Codable {
    public var samples = 0
    public var diagnoses = 0
    public var rawAnswers = 0
    /// Drafts of fixes cannot be masked and stay applicable: these were removed.
    public var drafts = 0
    /// Titles, templates, services, notes and the like.
    public var texts = 0

    public init() {}

    public var isEmpty: Bool { self == CleaningSummary() }
}

extension HistoryStore {
    /// Masks again everything that is stored, with the rules of today: a rule came late.
    ///
    /// Groups keep their fingerprints and counts. Tombstones of the values that changed stay, so that a merge does not
    /// bring them back, and an audit entry that says how much was masked. Freed pages are overwritten, and the file is
    /// rewritten. All of it is one transaction: a process that is killed leaves everything as it was.
    @discardableResult
    public func redactAgain(
        by redaction: StoredRedaction, author: String? = nil, now: Timestamp
    ) throws(HistoryError) -> CleaningSummary {
        let summary = try write { db in
            try db.execute(sql: "PRAGMA secure_delete = ON")
            let cleaning = try HistoryCleaning(redaction, db, codec: codec(db), now: now)
            try cleaning.run()
            try db.execute(
                sql: "INSERT INTO audit (at, action, author, payload) VALUES (?, 'redact', ?, ?)",
                arguments: [now.nanoseconds, author?.withoutNUL, try StoredJSON.text(cleaning.summary)])
            return cleaning.summary
        }
        guard !summary.isEmpty else { return summary }
        do {
            try pool.vacuum()
            try pool.writeWithoutTransaction { db in _ = try db.checkpoint(.truncate) }
        } catch {
            throw HistoryError(error, path: path)
        }
        return summary
    }
}

/// One cleaning; lives for one transaction. A record that does not read back is for `verify` to tell.
private final class HistoryCleaning {
    private let redaction: StoredRedaction
    private let db: Database
    private let codec: RecordCodec
    private let now: Timestamp
    private var texts: TextDictionary
    private(set) var summary = CleaningSummary()

    init(_ redaction: StoredRedaction, _ db: Database, codec: RecordCodec, now: Timestamp) throws {
        (self.redaction, self.db, self.codec, self.now) = (redaction, db, codec, now)
        texts = try TextDictionary(db)
    }

    func run() throws {
        summary.samples = try replace("sample") { [redaction, codec] record throws(RecordError) in
            let event = try StoredEvent.unpack(record, codec)
            let clean = redaction.event(event)
            return clean == event ? nil : try StoredEvent.pack(clean, codec)
        }
        summary.diagnoses = try replace("diagnosis") { [redaction, codec] record throws(RecordError) in
            let stored = try codec.decode(StoredDiagnosis.self, from: record)
            let told = DiagnosisRecord(
                fingerprint: Self.nobody, diagnosis: stored.diagnosis, code: stored.code, similar: stored.similar)
            let clean = redaction.diagnosis(told)
            guard clean != told else { return nil }
            return try codec.encode(
                StoredDiagnosis(diagnosis: clean.diagnosis, code: clean.code, similar: clean.similar))
        }
        summary.rawAnswers = try replace("raw_answer") { [redaction, codec] record throws(RecordError) in
            let answer = String(decoding: try codec.unpack(record), as: UTF8.self)
            let clean = redaction.text(answer)
            return clean == answer ? nil : try codec.pack(Array(clean.utf8))
        }
        try removeDrafts()
        try cleanTexts()
        try cleanNotes()
    }

    /// Diagnoses are cleaned without their group's name.
    private static let nobody = Fingerprint(digest: [UInt8](repeating: 0, count: 32))

    private func replace(
        _ table: String, _ clean: ([UInt8]) throws(RecordError) -> [UInt8]?
    ) throws -> Int {
        var count = 0
        for row in try Int64.fetchAll(db, sql: "SELECT rowid FROM \(table) ORDER BY rowid") {
            let record = try Data.fetchOne(
                db.cachedStatement(sql: "SELECT record FROM \(table) WHERE rowid = ?"), arguments: [row])
            guard let record else { continue }
            let changed: [UInt8]?
            do throws(RecordError) { changed = try clean([UInt8](record)) } catch { continue }
            guard let changed else { continue }
            try db.execute(
                sql: "UPDATE \(table) SET record = ? WHERE rowid = ?", arguments: [Data(changed), row])
            if table == "sample" { try HistoryForgetting.dropVector(ofSample: row, db) }
            count += 1
        }
        return count
    }

    private func removeDrafts() throws {
        let rows = try Row.fetchAll(
            db,
            sql: """
                SELECT d.id, d.record, g.fingerprint, o.uuid, d.base FROM fix_draft d
                JOIN error_group g ON g.id = d.group_id JOIN origin o ON o.id = d.origin_id
                """)
        for row in rows {
            let draft: FixDraft
            do throws(RecordError) {
                draft = try codec.decode(FixDraft.self, from: [UInt8](row[1] as Data))
            } catch {
                continue
            }
            let told = [draft.patch] + draft.notes + draft.files.map(\.reason)
            guard told.contains(where: { redaction.text($0) != $0 }) else { continue }
            try db.execute(sql: "DELETE FROM fix_draft WHERE id = ?", arguments: [row[0] as Int64])
            try HistoryForgetting.remember(
                Tombstone.draft(row[2], origin: row[3], base: row[4]), now: now, db)
            summary.drafts += 1
        }
    }

    // MARK: - Texts that are stored once

    private func cleanTexts() throws {
        let parts = Set(try Int64.fetchAll(db, sql: "SELECT DISTINCT parts FROM error_group"))
        for row in try Row.fetchAll(db, sql: "SELECT id, value FROM text ORDER BY id") {
            let id = row[0] as Int64
            guard let text = try row.storedText(1) else { continue }
            let clean = parts.contains(id) ? try cleanList(text) : redaction.text(text)
            guard clean != text else { continue }
            try move(id, row[1], to: texts.id(clean))
            // What it remembers may be gone now.
            texts = try TextDictionary(db)
            summary.texts += 1
        }
    }

    /// The parts of a group's key, as a JSON list.
    private func cleanList(_ json: String) throws -> String {
        let parts = try JSONDecoder().decode([String].self, from: Data(json.utf8))
        return try StoredJSON.text(parts.map(redaction.text))
    }

    private func move(_ old: Int64, _ value: Data, to new: Int64) throws {
        for column in ["parts", "title", "template", "type", "code"] {
            try db.execute(
                sql: "UPDATE error_group SET \(column) = ? WHERE \(column) = ?", arguments: [new, old])
        }
        let values = try Row.fetchAll(
            db,
            sql: """
                SELECT g.fingerprint, v.kind FROM group_value v JOIN error_group g ON g.id = v.group_id
                WHERE v.value = ?
                """, arguments: [old])
        for row in values { try HistoryForgetting.remember(Tombstone.value(row[0], kind: row[1], value), now: now, db) }
        try db.execute(
            sql: """
                INSERT INTO group_value (group_id, kind, value, origin_id, first, last, count)
                SELECT group_id, kind, ?1, origin_id, first, last, count FROM group_value WHERE value = ?2
                ON CONFLICT DO UPDATE SET first = min(first, excluded.first), last = max(last, excluded.last),
                    count = min(count + excluded.count, \(HistoryLimits.occurrences))
                """, arguments: [new, old])
        try db.execute(sql: "DELETE FROM group_value WHERE value = ?", arguments: [old])
        let counted = try Bool.fetchOne(
            db, sql: "SELECT EXISTS (SELECT 1 FROM service_bucket WHERE service = ?)", arguments: [old])
        if counted == true { try HistoryForgetting.remember(Tombstone.service(value), now: now, db) }
        try db.execute(
            sql: """
                INSERT INTO service_bucket (minute, service, origin_id, count)
                SELECT minute, ?1, origin_id, count FROM service_bucket WHERE service = ?2
                ON CONFLICT DO UPDATE SET count = min(count + excluded.count, \(HistoryLimits.occurrences))
                """, arguments: [new, old])
        try db.execute(sql: "DELETE FROM service_bucket WHERE service = ?", arguments: [old])
        try db.execute(sql: "DELETE FROM text WHERE id = ?", arguments: [old])
    }

    // MARK: - Notes

    private func cleanNotes() throws {
        let columns = [
            ("resolution", ["author", "note"]), ("verdict", ["cause"]), ("model_call", ["outcome"]),
        ]
        for (table, names) in columns {
            for name in names {
                let values = try String.fetchAll(
                    db, sql: "SELECT DISTINCT \(name) FROM \(table) WHERE \(name) IS NOT NULL")
                for value in values {
                    let clean = redaction.text(value)
                    guard clean != value else { continue }
                    try db.execute(
                        sql: "UPDATE \(table) SET \(name) = ? WHERE \(name) = ?", arguments: [clean, value])
                    summary.texts += 1
                }
            }
        }
        for row in try Row.fetchAll(db, sql: "SELECT id, kind, payload FROM run ORDER BY id") {
            let payload = row[2] as String
            let clean = redaction.run(row[1], payload)
            guard clean != payload else { continue }
            try db.execute(sql: "UPDATE run SET payload = ? WHERE id = ?", arguments: [clean, row[0] as Int64])
            summary.texts += 1
        }
    }
}
