import Events
import Foundation
import GRDB

/// A history file of someone else's, opened to be read once: nothing in it is believed.
///
/// It is opened for reading only, its schema is trusted with nothing (`trusted_schema`), must be ours to the letter
/// (so no trigger, view or virtual table of its own can run), and its pages are checked before a row is used.
struct ForeignHistory {
    let path: String
    let queue: DatabaseQueue

    /// Rows with longer values are passed over: no record of ours is as long.
    static let longestValue = RecordCodec.maximumRawLength + RecordCodec.maximumRawLength / 128

    init(_ path: String) throws {
        guard case .history = try FileInspection.inspect(path) else { throw HistoryError.missing(path: path) }
        var configuration = Configuration()
        configuration.readonly = true
        configuration.busyMode = .timeout(HistoryStore.busyTimeout.inSeconds)
        configuration.prepareDatabase { db in
            try db.execute(sql: "PRAGMA trusted_schema = OFF; PRAGMA cell_size_check = ON")
        }
        self.path = path
        do {
            queue = try DatabaseQueue(path: path, configuration: configuration)
            try queue.read { db in
                let found = try Int.fetchOne(db, sql: "PRAGMA user_version") ?? 0
                guard found <= Schema.version else {
                    throw HistoryError.newerSchema(path: path, found: found, supported: Schema.version)
                }
                guard try Self.schema(of: db) == Self.ownSchema(version: found) else {
                    throw HistoryError.foreign(path: path)
                }
                let check = try String.fetchOne(db, sql: "PRAGMA quick_check(1)") ?? "it cannot be checked"
                guard check == "ok" else { throw HistoryError.corrupt(path: path, detail: check) }
            }
        } catch {
            throw HistoryError(error, path: path)
        }
    }

    private static func schema(of db: Database) throws -> [String] {
        try String.fetchAll(
            db, sql: "SELECT type || ' ' || name || ' ' || coalesce(sql, '') FROM sqlite_schema ORDER BY 1")
    }

    /// As our own history of that version has it: a backup may be older than we are.
    private static func ownSchema(version: Int) throws -> [String]? {
        guard version > 0 else { return nil }
        let empty = try DatabaseQueue()
        try Schema.migrate(empty, upTo: version)
        return try empty.read { try schema(of: $0) }
    }
}
