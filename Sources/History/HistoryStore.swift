import Events
import Foundation
import GRDB

/// The history of one home: one SQLite file in WAL mode, one writer at a time and many readers.
///
/// Every public method is one transaction of its own: it has happened completely and durably
/// (`synchronous = FULL`) when it returns, or not at all when it throws. Methods may be called from any thread;
/// writes wait for each other, and up to ``busyTimeout`` for another process.
public final class HistoryStore: Sendable {
    public enum Mode: Sendable { case readWrite, readOnly }

    /// How long a write waits for another process before it fails with ``HistoryError/locked(path:waited:)``.
    public static let busyTimeout = Duration.seconds(5)

    public let path: String
    public let mode: Mode
    /// The home that this file belongs to; facts recorded through this store carry it.
    public let origin: UUID
    let originID: Int64
    let pool: DatabasePool
    let rarity = RarityMemory()

    private init(path: String, mode: Mode, origin: UUID, originID: Int64, pool: DatabasePool) {
        (self.path, self.mode, self.origin, self.originID, self.pool) = (path, mode, origin, originID, pool)
    }

    /// Opens the history, and makes it (readable by its owner only) or brings it to the current schema where needed.
    ///
    /// - Parameter newOrigin: the home's name, if this call makes the file.
    /// - Throws: before the file is touched when it is not a history, truncated, or of a newer schema.
    public static func open(
        at path: String, mode: Mode, now: Timestamp, newOrigin: UUID = UUID()
    ) throws(HistoryError) -> HistoryStore {
        switch try FileInspection.inspect(path) {
        case .absent where mode == .readOnly, .empty where mode == .readOnly: throw .missing(path: path)
        case .absent: try FileInspection.create(path)
        case .empty, .history: break
        }
        do {
            try refuseForeign(path, mode)
            let pool = try DatabasePool(path: path, configuration: configuration(mode))
            try refuseNewerSchema(pool, path: path)
            if mode == .readWrite { try Schema.migrate(pool) }
            let (origin, originID) = try home(of: pool, mode: mode, now: now, newOrigin: newOrigin)
            return HistoryStore(path: path, mode: mode, origin: origin, originID: originID, pool: pool)
        } catch {
            throw HistoryError(error, path: path)
        }
    }

    /// Waits for running statements and closes the file; later calls fail.
    ///
    /// Readers go first: only a writer that is the last to close can fold the write-ahead log into the file.
    public func close() throws(HistoryError) {
        pool.invalidateReadOnlyConnections()
        do { try pool.close() } catch { throw HistoryError(error, path: path) }
    }

    private static func configuration(_ mode: Mode) -> Configuration {
        var configuration = Configuration()
        configuration.readonly = mode == .readOnly
        configuration.busyMode = .timeout(busyTimeout.inSeconds)
        configuration.foreignKeysEnabled = true
        configuration.prepareDatabase { db in
            try db.execute(sql: "PRAGMA trusted_schema = OFF")
            if !db.configuration.readonly { try db.execute(sql: "PRAGMA synchronous = FULL") }
        }
        return configuration
    }

    /// Looks at the tables through a read-only connection, before the one that would switch the file to WAL.
    ///
    /// - Throws: for a reader also when there are no tables: a history that was stopped before it began.
    private static func refuseForeign(_ path: String, _ mode: Mode) throws {
        do {
            try refuseForeign(DatabaseQueue(path: path, configuration: configuration(.readOnly)), path, mode)
        } catch let error as DatabaseError where error.extendedResultCode == .SQLITE_READONLY_ROLLBACK {
            // Stopped in the very first transaction, before the write-ahead log: only a writer can undo it.
            guard mode == .readWrite else { throw HistoryError.missing(path: path) }
            try refuseForeign(DatabaseQueue(path: path, configuration: configuration(.readWrite)), path, mode)
        }
    }

    private static func refuseForeign(_ queue: DatabaseQueue, _ path: String, _ mode: Mode) throws {
        try queue.read { db in
            guard try !db.tableExists("grdb_migrations") else { return }
            let tables = try Int.fetchOne(db, sql: "SELECT count(*) FROM sqlite_schema") ?? 0
            if tables > 0 { throw HistoryError.foreign(path: path) }
            if mode == .readOnly { throw HistoryError.missing(path: path) }
        }
    }

    /// The write-ahead log may hold a newer schema than the file's first page, so the version is asked again.
    private static func refuseNewerSchema(_ pool: DatabasePool, path: String) throws {
        let found = try pool.read { db in try Int.fetchOne(db, sql: "PRAGMA user_version") ?? 0 }
        if found > Schema.version {
            throw HistoryError.newerSchema(path: path, found: found, supported: Schema.version)
        }
    }

    private static func home(
        of pool: DatabasePool, mode: Mode, now: Timestamp, newOrigin: UUID
    ) throws -> (UUID, Int64) {
        func find(_ db: Database) throws -> (UUID, Int64)? {
            let row = try Row.fetchOne(
                db, sql: "SELECT o.uuid, o.id FROM meta m JOIN origin o ON o.uuid = m.value WHERE m.key = 'origin'")
            guard let row, let uuid = UUID(uuidString: row[0] as String) else { return nil }
            return (uuid, row[1])
        }
        // Stopped between naming the migrations and making their tables: a history that never began.
        guard try pool.read({ db in try db.tableExists("meta") }) else { throw HistoryError.missing(path: pool.path) }
        if let found = try pool.read(find) { return found }
        guard mode == .readWrite else {
            // Stopped between making the tables and naming the home: a history that never began.
            let groups = try pool.read { db in try Int.fetchOne(db, sql: "SELECT count(*) FROM error_group") ?? 0 }
            if groups == 0 { throw HistoryError.missing(path: pool.path) }
            throw HistoryError.corrupt(path: pool.path, detail: "it does not name its home")
        }
        return try pool.write { db in
            if let found = try find(db) { return found }
            try db.execute(
                sql: "INSERT INTO origin (uuid, first_used) VALUES (?, ?)",
                arguments: [newOrigin.uuidString, now.nanoseconds])
            let id = db.lastInsertedRowID
            try db.execute(sql: "INSERT INTO meta (key, value) VALUES ('origin', ?)", arguments: [newOrigin.uuidString])
            return (newOrigin, id)
        }
    }

    func read<Value>(_ body: (Database) throws -> Value) throws(HistoryError) -> Value {
        do { return try pool.read(body) } catch { throw HistoryError(error, path: path) }
    }

    func write<Value>(_ body: (Database) throws -> Value) throws(HistoryError) -> Value {
        guard mode == .readWrite else { throw .readOnly(path: path) }
        do { return try pool.write(body) } catch { throw HistoryError(error, path: path) }
    }

    /// The codec with every dictionary of the file.
    func codec(_ db: Database) throws -> RecordCodec {
        var codec = RecordCodec()
        let rows = try Row.fetchCursor(db.cachedStatement(sql: "SELECT id, bytes FROM dictionary ORDER BY id"))
        while let row = try rows.next() {
            codec.dictionaries[row[0]] = [UInt8](row[1] as Data)
            codec.current = row[0]
        }
        return codec
    }
}
