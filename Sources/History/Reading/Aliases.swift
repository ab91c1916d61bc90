import Events
import Foundation
import GRDB

/// Which fingerprints are one group: a union-find whose rows are never deleted, so that old ids go on resolving.
struct Aliases {
    /// Longer chains do not come from us; a file to merge may hold a circle.
    private static let longestChain = 64

    /// Group id → the id that stands for it; groups that stand for themselves are left out.
    private let canonical: [Int64: Int64]
    private let members: [Int64: [Int64]]

    init(_ db: Database) throws {
        let rows = try Row.fetchAll(
            db.cachedStatement(
                sql: """
                    SELECT a.id, b.id FROM group_alias x JOIN error_group a ON a.fingerprint = x.fingerprint
                    JOIN error_group b ON b.fingerprint = x.canonical
                    """))
        let next = Dictionary(rows.map { ($0[0] as Int64, $0[1] as Int64) }, uniquingKeysWith: min)
        var roots: [Int64: Int64] = [:]
        var members: [Int64: [Int64]] = [:]
        for start in next.keys.sorted() {
            var (root, steps) = (start, 0)
            while let further = next[root], steps < Self.longestChain { (root, steps) = (further, steps + 1) }
            guard next[root] == nil else { continue }
            roots[start] = root
            members[root, default: [root]].append(start)
        }
        (canonical, self.members) = (roots, members)
    }

    func canonical(of id: Int64) -> Int64 { canonical[id] ?? id }

    /// The group itself, and those that were joined to it.
    func members(of id: Int64) -> [Int64] { members[id] ?? [id] }
}

extension HistoryStore {
    /// Joins two groups for good: `group` is from now on an old name of `canonical`'s group.
    public func join(_ group: Fingerprint, into canonical: Fingerprint, now: Timestamp) throws(HistoryError) {
        try write { db in
            let aliases = try Aliases(db)
            let child = aliases.canonical(of: try Self.groupID(group, db))
            let parent = aliases.canonical(of: try Self.groupID(canonical, db))
            guard child != parent else { return }
            try db.execute(
                sql: """
                    INSERT INTO group_alias (fingerprint, canonical, at, origin_id)
                    SELECT a.fingerprint, b.fingerprint, ?, ? FROM error_group a, error_group b
                    WHERE a.id = ? AND b.id = ?
                    """, arguments: [now.nanoseconds, originID, child, parent])
        }
    }

    /// - Throws: ``HistoryError/unknownGroup(_:)`` where the caller names a group that is not there.
    static func groupID(_ fingerprint: Fingerprint, _ db: Database) throws -> Int64 {
        guard let id = try findGroupID(fingerprint, db) else { throw HistoryError.unknownGroup(fingerprint) }
        return id
    }

    static func findGroupID(_ fingerprint: Fingerprint, _ db: Database) throws -> Int64? {
        try Int64.fetchOne(
            db.cachedStatement(sql: "SELECT id FROM error_group WHERE fingerprint = ?"), arguments: [fingerprint.bytes])
    }
}
