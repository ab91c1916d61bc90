import Events
import Foundation
import GRDB

/// A group with all that a file of JSON lines tells of it; what ``ImportedGroup`` and `history import` read again.
public struct ExportedGroup: Sendable, Codable {
    /// The latest that is kept.
    public var event: ErrorEvent
    public var buckets: [ImportedGroup.Bucket]
    public var resolution: Resolution?
    public var rootCause: String?
    public var fingerprint: Fingerprint
    public var title: String
    public var firstSeen: Timestamp
    public var lastSeen: Timestamp
    public var total: Int
    public var verdict: Verdict?
    public var diagnosis: Diagnosis?
}

extension HistoryStore {
    /// Calls `body` with each group, in order of fingerprint; groups that were joined are one. One group at a time is
    /// held, and all are of one instant.
    ///
    /// - Parameter body: its errors come out as they are.
    /// - Returns: groups that were left out because no event of them is kept whole, or none reads back.
    public func export(_ body: (ExportedGroup) throws -> Void) throws -> Int {
        var (refused, left): ((any Error)?, Int) = (nil, 0)
        do throws(HistoryError) {
            try read { db in
                let (reader, codec) = (try GroupReader(db), try codec(db))
                let ids = try Row.fetchCursor(db, sql: "SELECT id FROM error_group ORDER BY fingerprint")
                while let row = try ids.next() {
                    let id: Int64 = row[0]
                    guard reader.aliases.canonical(of: id) == id else { continue }
                    guard let group = try Self.exported(id, reader, codec) else {
                        left += 1
                        continue
                    }
                    do { try body(group) } catch {
                        refused = error
                        throw error
                    }
                }
            }
        } catch {
            throw refused ?? error
        }
        return left
    }

    private static func exported(_ id: Int64, _ reader: GroupReader, _ codec: RecordCodec) throws -> ExportedGroup? {
        let (db, members) = (reader.db, reader.aliases.members(of: id))
        guard let group = try reader.group(id), let event = try latestEvent(of: members, codec, db) else { return nil }
        var counts: [Int64: Int] = [:]
        for member in members {
            let rows = try Row.fetchCursor(
                db.cachedStatement(sql: "SELECT minute, count FROM bucket WHERE group_id = ?"), arguments: [member])
            while let row = try rows.next() { counts[row[0], default: 0] += row[1] as Int }
        }
        let diagnosis = try latest(of: members, codec, db)?.diagnosis
        return ExportedGroup(
            event: event,
            buckets: counts.sorted { $0.key < $1.key }.map { .init(time: Timestamp(minute: $0.key), count: $0.value) },
            resolution: group.resolution, rootCause: diagnosis?.rootCause, fingerprint: group.fingerprint,
            title: group.title, firstSeen: group.firstSeen, lastSeen: group.lastSeen, total: group.total,
            verdict: try Decisions.currentVerdict(of: members, in: db)?.verdict, diagnosis: diagnosis)
    }

    private static func latestEvent(of members: [Int64], _ codec: RecordCodec, _ db: Database) throws -> ErrorEvent? {
        for member in members {
            let rows = try Row.fetchCursor(
                db.cachedStatement(sql: "SELECT record FROM sample WHERE group_id = ? ORDER BY time DESC"),
                arguments: [member])
            while let row = try rows.next() {
                do throws(RecordError) { return try StoredEvent.unpack([UInt8](row[0] as Data), codec) } catch {
                    // Damaged: the next one may read back; `verify` names this one.
                    continue
                }
            }
        }
        return nil
    }
}
