import Events
import Foundation
import GRDB

extension HistoryStore {
    /// Groups that a typed reference may find at most.
    public static let maximumMatches = 50

    /// The group with this fingerprint, or the one that it was joined to.
    public func group(_ fingerprint: Fingerprint) throws(HistoryError) -> ErrorGroup? {
        try read { db in
            guard let id = try Self.findGroupID(fingerprint, db) else { return nil }
            let reader = try GroupReader(db)
            return try reader.group(reader.aliases.canonical(of: id))
        }
    }

    /// The groups that a typed prefix may mean, in order of fingerprint; several when it is ambiguous.
    public func groups(matching reference: GroupReference) throws(HistoryError) -> [ErrorGroup] {
        try read { db in
            let reader = try GroupReader(db)
            let low = Self.bound(reference.prefix, fill: "0")
            let high = Self.bound(reference.prefix, fill: "f")
            let ids = try Int64.fetchAll(
                db,
                sql: "SELECT id FROM error_group WHERE fingerprint BETWEEN ? AND ? ORDER BY fingerprint LIMIT ?",
                arguments: [low, high, Self.maximumMatches])
            var (groups, seen) = ([ErrorGroup](), Set<Int64>())
            for id in ids.map(reader.aliases.canonical(of:)) where seen.insert(id).inserted {
                if let group = try reader.group(id) { groups.append(group) }
            }
            return groups
        }
    }

    /// Kept events of a group: the latest, then the first, then the spread by time, newest first.
    public func samples(of fingerprint: Fingerprint, limit: Int) throws(HistoryError) -> [ErrorEvent] {
        try read { db in
            guard let id = try Self.findGroupID(fingerprint, db) else { return [] }
            let aliases = try Aliases(db)
            let codec = try codec(db)
            let rows = try aliases.members(of: aliases.canonical(of: id)).flatMap { member in
                try Row.fetchAll(
                    db.cachedStatement(sql: "SELECT rowid, time, slots, event_hash FROM sample WHERE group_id = ?"),
                    arguments: [member])
            }
            return try Self.inOrder(rows).prefix(max(0, limit)).map { rowID in
                let record = try Data.fetchOne(
                    db.cachedStatement(sql: "SELECT record FROM sample WHERE rowid = ?"), arguments: [rowID])
                do throws(RecordError) {
                    return try StoredEvent.unpack([UInt8](record ?? Data()), codec)
                } catch {
                    throw HistoryError.damagedRecord(what: "a sample of \(fingerprint)", reason: error)
                }
            }
        }
    }

    private static func inOrder(_ rows: [Row]) -> [Int64] {
        let keys = rows.map { (rowID: $0[0] as Int64, key: SampleKey(hash: $0[3], time: $0[1])) }
            .sorted { SampleKey.isEarlier($1.key, $0.key) }
        guard let latest = keys.first, let first = keys.last, keys.count > 1 else { return keys.map(\.rowID) }
        return [latest.rowID, first.rowID] + keys.dropFirst().dropLast().map(\.rowID)
    }

    private static func bound(_ prefix: String, fill: Character) -> Data {
        let digits = prefix + String(repeating: fill, count: max(0, 64 - prefix.utf8.count))
        return Fingerprint(hex: digits)?.bytes ?? Data()
    }
}
