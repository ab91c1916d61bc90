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
            try Self.addAlias(child, of: parent, at: now, originID: originID, db)
        }
    }

    /// The group that each fingerprint belongs to; one that the history does not have stands for itself.
    public func canonical(of fingerprints: some Sequence<Fingerprint>) throws(HistoryError) -> [Fingerprint:
        Fingerprint]
    {
        try read { db in
            let aliases = try Aliases(db)
            var found: [Fingerprint: Fingerprint] = [:]
            for fingerprint in fingerprints {
                guard let id = try Self.findGroupID(fingerprint, db) else { continue }
                let canonical = aliases.canonical(of: id)
                if canonical != id { found[fingerprint] = try Self.fingerprint(of: canonical, db) }
            }
            return found
        }
    }

    /// Every fingerprint of a group, its own first; empty for a group that the history does not have.
    public func names(of fingerprint: Fingerprint) throws(HistoryError) -> [Fingerprint] {
        try read { db in
            guard let id = try Self.findGroupID(fingerprint, db) else { return [] }
            let aliases = try Aliases(db)
            return try aliases.members(of: aliases.canonical(of: id)).compactMap { try Self.fingerprint(of: $0, db) }
        }
    }

    /// Message groups that are looked at: of more, those with the lowest fingerprints, so that merged files agree.
    public static let maximumMessageGroups = 50_000

    /// Groups that a message made, in order of fingerprint, with what groups that may be alike are found by.
    public func messageGroups() throws(HistoryError) -> [MessageGroup] {
        try read { db in
            let aliases = try Aliases(db)
            let rows = try Row.fetchCursor(
                db,
                sql: """
                    SELECT g.id, g.fingerprint, g.rule, p.value, min(s.first)
                    FROM error_group g JOIN text p ON p.id = g.parts JOIN sighting s ON s.group_id = g.id
                    WHERE g.rule IN (?, ?) GROUP BY g.id ORDER BY g.fingerprint LIMIT ?
                    """,
                arguments: [
                    GroupingResult.Rule.template.rawValue, GroupingResult.Rule.typeAndTemplate.rawValue,
                    Self.maximumMessageGroups,
                ])
            var groups: [MessageGroup] = []
            while let row = try rows.next() {
                guard let fingerprint = Fingerprint(bytes: row[1]), let rule = GroupingResult.Rule(rawValue: row[2])
                else { continue }
                let canonical = aliases.canonical(of: row[0])
                let name = canonical == row[0] ? fingerprint : try Self.fingerprint(of: canonical, db)
                groups.append(
                    MessageGroup(
                        fingerprint: fingerprint, canonical: name ?? fingerprint, rule: rule,
                        parts: try StoredJSON.value([String].self, row.storedText(3) ?? "[]"),
                        firstSeen: Timestamp(nanoseconds: row[4])))
            }
            return groups
        }
    }

    /// Joins two groups, given by their ids in this file; both stand for themselves.
    static func addAlias(_ child: Int64, of parent: Int64, at time: Timestamp, originID: Int64, _ db: Database) throws {
        try db.execute(
            sql: """
                INSERT INTO group_alias (fingerprint, canonical, at, origin_id)
                SELECT a.fingerprint, b.fingerprint, ?, ? FROM error_group a, error_group b
                WHERE a.id = ? AND b.id = ?
                """, arguments: [time.nanoseconds, originID, child, parent])
    }

    static func fingerprint(of id: Int64, _ db: Database) throws -> Fingerprint? {
        try Data.fetchOne(
            db.cachedStatement(sql: "SELECT fingerprint FROM error_group WHERE id = ?"), arguments: [id]
        ).flatMap(Fingerprint.init(bytes:))
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
