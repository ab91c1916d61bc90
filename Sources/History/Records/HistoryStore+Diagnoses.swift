import Events
import Foundation
import GRDB

/// A diagnosis with the evidence that it was made from.
public struct DiagnosisRecord: Sendable, Hashable {
    public var fingerprint: Fingerprint
    public var diagnosis: Diagnosis
    public var code: CodeContext
    public var similar: [SimilarGroup]
    /// The model's answers as they came, redacted, in order; kept apart and not read back with the diagnosis.
    public var rawAnswers: [String]

    public init(
        fingerprint: Fingerprint, diagnosis: Diagnosis, code: CodeContext = .none, similar: [SimilarGroup] = [],
        rawAnswers: [String] = []
    ) {
        (self.fingerprint, self.diagnosis, self.code) = (fingerprint, diagnosis, code)
        (self.similar, self.rawAnswers) = (similar, rawAnswers)
    }
}

/// The part of a ``DiagnosisRecord`` that is one blob.
struct StoredDiagnosis: Codable {
    var diagnosis: Diagnosis
    var code: CodeContext
    var similar: [SimilarGroup]
}

/// How many diagnoses can be used again, and which is given up first.
public struct CacheLimit: Sendable, Hashable {
    public enum Eviction: Sendable, Hashable { case leastRecentlyUsed, firstIn }

    public var maxEntries: Int
    public var eviction: Eviction

    public init(maxEntries: Int = 100_000, eviction: Eviction = .leastRecentlyUsed) {
        (self.maxEntries, self.eviction) = (max(0, maxEntries), eviction)
    }
}

/// How often a diagnosis could be used again.
public struct CacheStatistics: Sendable, Hashable, Codable {
    public var hits: Int
    public var misses: Int
    /// Diagnoses that can be found by a cache key.
    public var entries: Int

    public init(hits: Int, misses: Int, entries: Int) {
        (self.hits, self.misses, self.entries) = (hits, misses, entries)
    }

    /// 0 to 1; nil when nothing was asked.
    public var hitRate: Double? { hits + misses > 0 ? Double(hits) / Double(hits + misses) : nil }
}

extension HistoryStore {
    /// Bytes of a raw answer that are kept.
    static let rawAnswerBytes = 1 << 20

    /// Keeps a diagnosis as the group's newest version; older versions stay.
    ///
    /// - Throws: ``HistoryError/unknownGroup(_:)``.
    public func save(_ record: DiagnosisRecord) throws(HistoryError) {
        try write { db in
            let codec = try codec(db)
            try Self.insert(record, of: Self.groupID(record.fingerprint, db), originID: originID, codec, db)
        }
    }

    /// The newest diagnosis of a group; its raw answers are left where they are.
    public func latestDiagnosis(of fingerprint: Fingerprint) throws(HistoryError) -> DiagnosisRecord? {
        try latestDiagnoses(of: [fingerprint])[fingerprint]
    }

    /// The newest diagnosis of each group that has one.
    public func latestDiagnoses(
        of fingerprints: [Fingerprint]
    ) throws(HistoryError) -> [Fingerprint: DiagnosisRecord] {
        try read { db in
            let (aliases, codec) = (try Aliases(db), try codec(db))
            var found: [Fingerprint: DiagnosisRecord] = [:]
            for fingerprint in fingerprints {
                guard let id = try Self.findGroupID(fingerprint, db) else { continue }
                let members = aliases.members(of: aliases.canonical(of: id))
                guard let stored = try Self.latest(of: members, codec, db) else { continue }
                found[fingerprint] = Self.record(stored, fingerprint)
            }
            return found
        }
    }

    /// All versions of a group's diagnosis, newest first.
    public func diagnoses(of fingerprint: Fingerprint) throws(HistoryError) -> [DiagnosisRecord] {
        try read { db in
            guard let id = try Self.findGroupID(fingerprint, db) else { return [] }
            let (aliases, codec) = (try Aliases(db), try codec(db))
            let rows = try aliases.members(of: aliases.canonical(of: id)).flatMap { member in
                try Row.fetchAll(
                    db, sql: "SELECT at, version, record FROM diagnosis WHERE group_id = ?", arguments: [member])
            }
            return try rows.sorted { ($1[0] as Int64, $1[1] as Int64) < ($0[0] as Int64, $0[1] as Int64) }
                .map { Self.record(try Self.decode($0[2], codec), fingerprint) }
        }
    }

    /// A model's diagnosis of a case that had everything in common with this one, not older than `notBefore`,
    /// and not judged wrong since. Counts a hit or a miss.
    ///
    /// - Parameter limit: diagnoses beyond it are given up for reuse; history keeps them.
    public func cachedDiagnosis(
        key: String, notBefore: Timestamp, limit: CacheLimit = CacheLimit(), now: Timestamp
    ) throws(HistoryError) -> DiagnosisRecord? {
        let found = try read { db in try Self.cached(key, notBefore: notBefore, limit, codec(db), db) }
        guard mode == .readWrite else { return found?.record }
        try write { db in
            try db.execute(
                sql: """
                    INSERT INTO cache_use (day, hits, misses) VALUES (?, ?, ?)
                    ON CONFLICT DO UPDATE SET hits = hits + excluded.hits, misses = misses + excluded.misses
                    """, arguments: [now.day, found == nil ? 0 : 1, found == nil ? 1 : 0])
            try Self.count([CounterKey(.cacheLookups, found == nil ? "miss" : "hit"): 1], db)
            if let found {
                try db.execute(
                    sql: "UPDATE diagnosis SET used_at = max(used_at, ?) WHERE rowid = ?",
                    arguments: [now.nanoseconds, found.row])
            }
        }
        return found?.record
    }

    /// - Parameters:
    ///   - notBefore: older diagnoses are not used again.
    ///   - limit: diagnoses beyond it are given up for reuse.
    public func cacheStatistics(
        notBefore: Timestamp = Timestamp(nanoseconds: .min), limit: CacheLimit = CacheLimit()
    ) throws(HistoryError) -> CacheStatistics {
        try read { db in
            let uses = try Row.fetchOne(
                db, sql: "SELECT coalesce(sum(hits), 0), coalesce(sum(misses), 0) FROM cache_use")
            let entries = try Int.fetchOne(
                db,
                sql: """
                    SELECT count(DISTINCT cache_key) FROM diagnosis
                    WHERE by_model = 1 AND cache_key IS NOT NULL AND at >= ?
                    """, arguments: [notBefore.nanoseconds])
            return CacheStatistics(
                hits: uses?[0] ?? 0, misses: uses?[1] ?? 0, entries: min(entries ?? 0, limit.maxEntries))
        }
    }

    /// Groups that the built-in triage answered for and that a model should still see, in order of fingerprint.
    public func queuedGroups() throws(HistoryError) -> [Fingerprint] {
        try read { db in
            let rows = try Data.fetchAll(
                db,
                sql: """
                    SELECT DISTINCT g.fingerprint FROM diagnosis d JOIN error_group g ON g.id = d.group_id
                    WHERE d.is_current = 1 AND d.is_queued = 1 ORDER BY g.fingerprint
                    """)
            return rows.compactMap { Fingerprint(bytes: $0) }
        }
    }

    static func insert(
        _ record: DiagnosisRecord, of id: Int64, originID: Int64, _ codec: RecordCodec, _ db: Database
    ) throws {
        let provenance = record.diagnosis.provenance
        let version = try Int64.fetchOne(
            db, sql: "SELECT coalesce(max(version), 0) + 1 FROM diagnosis WHERE group_id = ? AND origin_id = ?",
            arguments: [id, originID])
        let stored = StoredDiagnosis(diagnosis: record.diagnosis, code: record.code, similar: record.similar)
        let (byModel, isQueued) =
            switch provenance.author {
            case .model: (true, false)
            case .builtIn(let reason): (false, reason.isQueued)
            }
        try db.execute(
            sql: "UPDATE diagnosis SET is_current = 0 WHERE group_id = ? AND is_current = 1", arguments: [id])
        try db.execute(
            sql: """
                INSERT INTO diagnosis
                    (group_id, origin_id, version, at, is_current, by_model, is_queued, cache_key, used_at, record,
                    severity)
                VALUES (?, ?, ?, ?, 1, ?, ?, ?, ?, ?, ?)
                """,
            arguments: [
                id, originID, version, provenance.at.nanoseconds, byModel, isQueued,
                provenance.cacheKey?.withoutNUL, provenance.at.nanoseconds, Data(try codec.encode(stored)),
                record.diagnosis.severity.stored,
            ])
        for (number, answer) in record.rawAnswers.enumerated() {
            let kept = Array(answer.utf8.prefix(rawAnswerBytes))
            try db.execute(
                sql: "INSERT INTO raw_answer (group_id, origin_id, version, number, record) VALUES (?, ?, ?, ?, ?)",
                arguments: [id, originID, version, number, Data(try codec.pack(kept))])
        }
    }

    static func latest(of members: [Int64], _ codec: RecordCodec, _ db: Database) throws -> StoredDiagnosis? {
        let statement = try db.cachedStatement(
            sql: """
                SELECT at, record FROM diagnosis WHERE group_id = ? AND is_current = 1
                ORDER BY at DESC, version DESC LIMIT 1
                """)
        var latest: Row?
        for member in members {
            guard let row = try Row.fetchOne(statement, arguments: [member]) else { continue }
            if let known = latest, (known[0] as Int64) >= (row[0] as Int64) { continue }
            latest = row
        }
        return try latest.map { try decode($0[1], codec) }
    }

    /// Of a row of an earlier version, which only its record says it in.
    static func severity(ofRow row: Int64, _ codec: RecordCodec, _ db: Database) throws -> Severity? {
        let record = try Data.fetchOne(
            db.cachedStatement(sql: "SELECT record FROM diagnosis WHERE rowid = ?"), arguments: [row])
        return try record.map { try decode($0, codec).diagnosis.severity }
    }

    private static func cached(
        _ key: String, notBefore: Timestamp, _ limit: CacheLimit, _ codec: RecordCodec, _ db: Database
    ) throws -> (row: Int64, record: DiagnosisRecord)? {
        let rows = try Row.fetchAll(
            db,
            sql: """
                SELECT d.record, g.fingerprint, d.rowid, d.at, d.used_at
                FROM diagnosis d JOIN error_group g ON g.id = d.group_id
                WHERE d.cache_key = ? AND d.by_model = 1 AND d.at >= ? AND NOT EXISTS (
                    SELECT 1 FROM verdict v WHERE v.group_id = d.group_id AND v.at >= d.at AND v.verdict = 'wrong')
                ORDER BY d.at DESC, d.version DESC LIMIT 1
                """, arguments: [key.withoutNUL, notBefore.nanoseconds])
        guard let row = rows.first, let fingerprint = Fingerprint(bytes: row[1]) else { return nil }
        let (column, value): (String, Int64) =
            switch limit.eviction {
            case .leastRecentlyUsed: ("used_at", row[4])
            case .firstIn: ("at", row[3])
            }
        let ahead = try Int.fetchOne(
            db,
            sql: """
                SELECT count(*) FROM (SELECT 1 FROM diagnosis
                    WHERE by_model = 1 AND cache_key IS NOT NULL AND \(column) > ? LIMIT ?)
                """, arguments: [value, limit.maxEntries])
        guard (ahead ?? 0) < limit.maxEntries else { return nil }
        return (row[2], record(try decode(row[0], codec), fingerprint))
    }

    static func decode(_ record: Data, _ codec: RecordCodec) throws -> StoredDiagnosis {
        do throws(RecordError) {
            return try codec.decode(StoredDiagnosis.self, from: [UInt8](record))
        } catch {
            throw HistoryError.damagedRecord(what: "a diagnosis", reason: error)
        }
    }

    private static func record(_ stored: StoredDiagnosis, _ fingerprint: Fingerprint) -> DiagnosisRecord {
        DiagnosisRecord(
            fingerprint: fingerprint, diagnosis: stored.diagnosis, code: stored.code, similar: stored.similar)
    }
}
