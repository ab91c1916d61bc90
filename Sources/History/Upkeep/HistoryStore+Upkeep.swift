import Events
import Foundation
import GRDB

/// What `verify` found; fine when `problems` is empty.
public struct VerificationReport: Sendable, Hashable, Codable {
    public var recordsChecked = 0
    /// In words, the file's own structure first; at most ``maximumProblems``.
    public var problems: [String] = []

    public static let maximumProblems = 100

    public init() {}
}

/// How much the history holds.
public struct HistoryStatistics: Sendable, Hashable, Codable {
    public var groups: Int
    /// Occurrences in all of history.
    public var events: Int
    public var buckets: Int
    public var samples: Int
    public var diagnoses: Int
    /// Of the database file, without its write-ahead log.
    public var bytes: Int
    public var recordBytes: Int
    public var firstSeen: Timestamp?
    public var lastSeen: Timestamp?

    public init(
        groups: Int, events: Int, buckets: Int, samples: Int, diagnoses: Int, bytes: Int, recordBytes: Int,
        firstSeen: Timestamp? = nil, lastSeen: Timestamp? = nil
    ) {
        (self.groups, self.events, self.buckets, self.samples) = (groups, events, buckets, samples)
        (self.diagnoses, self.bytes, self.recordBytes) = (diagnoses, bytes, recordBytes)
        (self.firstSeen, self.lastSeen) = (firstSeen, lastSeen)
    }
}

extension HistoryStore {
    private static let recordTables = ["sample", "diagnosis", "raw_answer", "fix_draft"]

    /// Reads everything: the file's pages and indexes, its references, and each record's checksum.
    ///
    /// - Throws: only when the file cannot be read at all; what is damaged in it is in the report.
    public func verify() throws(HistoryError) -> VerificationReport {
        try read { db in
            var report = VerificationReport()
            func note(_ problem: String) {
                if report.problems.count < VerificationReport.maximumProblems { report.problems.append(problem) }
            }
            do {
                for line in try String.fetchAll(db, sql: "PRAGMA integrity_check") where line != "ok" { note(line) }
                for row in try Row.fetchAll(db, sql: "PRAGMA foreign_key_check") {
                    note("a row of \(row[0] as String) refers to a missing row of \(row[2] as String)")
                }
                let codec = try codec(db)
                // A history of an older version, opened for reading only, lacks the newest tables.
                for table in Self.recordTables where try db.tableExists(table) {
                    let rows = try Row.fetchCursor(db, sql: "SELECT rowid, record FROM \(table) ORDER BY rowid")
                    while let row = try rows.next() {
                        report.recordsChecked += 1
                        do { _ = try codec.unpack([UInt8](row[1] as Data)) } catch {
                            note("\(table) \(row[0] as Int64): \(error)")
                        }
                    }
                }
            } catch let error as DatabaseError where error.resultCode == .SQLITE_CORRUPT {
                note(error.message ?? "the database file is damaged")
            }
            return report
        }
    }

    /// Copies the history while it is in use; the copy is whole, of one instant.
    ///
    /// It is made beside the target under another name and renamed when it is complete and on disk.
    public func backup(to target: String) throws(HistoryError) {
        guard !FileManager.default.fileExists(atPath: target) else { throw .exists(path: target) }
        let partial = target + ".partial"
        removeIfPresent(partial)
        try FileInspection.create(partial)
        do {
            let copy = try DatabaseQueue(path: partial)
            try pool.backup(to: copy)
            try copy.close()
        } catch {
            removeIfPresent(partial)
            throw HistoryError(error, path: target)
        }
        do throws(HistoryError) {
            try DurableFile.publish(partial, as: target)
        } catch {
            removeIfPresent(partial)
            throw error
        }
    }

    public func statistics() throws(HistoryError) -> HistoryStatistics {
        try read { db in
            func number(_ sql: String) throws -> Int { try Int.fetchOne(db, sql: sql) ?? 0 }
            let seen = try Row.fetchOne(db, sql: "SELECT min(first), max(last) FROM sighting")
            return HistoryStatistics(
                groups: try number("SELECT count(*) FROM error_group"),
                events: try number("SELECT coalesce(sum(total), 0) FROM sighting"),
                buckets: try number("SELECT count(*) FROM bucket"),
                samples: try number("SELECT count(*) FROM sample"),
                diagnoses: try number("SELECT count(*) FROM diagnosis"),
                bytes: try number("PRAGMA page_count") * number("PRAGMA page_size"),
                recordBytes: try Self.recordTables.filter { try db.tableExists($0) }.reduce(0) {
                    $0 + (try number("SELECT coalesce(sum(length(record)), 0) FROM \($1)"))
                },
                firstSeen: (seen?[0] as Int64?).map(Timestamp.init(nanoseconds:)),
                lastSeen: (seen?[1] as Int64?).map(Timestamp.init(nanoseconds:)))
        }
    }

    private func removeIfPresent(_ path: String) {
        for suffix in ["", "-wal", "-shm", "-journal"] { unlink(path + suffix) }
    }
}

/// The last step of making a file: on disk before its name is.
enum DurableFile {
    static func publish(_ partial: String, as target: String) throws(HistoryError) {
        try sync(partial, O_RDONLY)
        guard rename(partial, target) == 0 else {
            throw .io(path: target, detail: String(cString: strerror(errno)))
        }
        let directory = (target as NSString).deletingLastPathComponent
        try sync(directory.isEmpty ? "." : directory, O_RDONLY | O_DIRECTORY)
    }

    private static func sync(_ path: String, _ flags: Int32) throws(HistoryError) {
        let descriptor = open(path, flags | O_CLOEXEC)
        guard descriptor >= 0 else { throw .io(path: path, detail: String(cString: strerror(errno))) }
        defer { close(descriptor) }
        guard fsync(descriptor) == 0 else { throw .io(path: path, detail: String(cString: strerror(errno))) }
    }
}
