import Events
import Foundation
import GRDB

/// Puts groups together from their rows; touches no blob.
struct GroupReader {
    let db: Database
    let aliases: Aliases

    init(_ db: Database) throws {
        self.db = db
        aliases = try Aliases(db)
    }

    func group(_ id: Int64) throws -> ErrorGroup? {
        let members = aliases.members(of: id)
        guard let sighting = try sighting(of: members) else { return nil }
        let statement = try db.cachedStatement(
            sql: """
                SELECT g.fingerprint, g.version, g.rule, p.value, t.value, m.value, e.value, c.value
                FROM error_group g JOIN text p ON p.id = g.parts JOIN text t ON t.id = g.title
                JOIN text m ON m.id = g.template LEFT JOIN text e ON e.id = g.type LEFT JOIN text c ON c.id = g.code
                WHERE g.id = ?
                """)
        guard let row = try Row.fetchOne(statement, arguments: [id]),
            let fingerprint = Fingerprint(bytes: row[0])
        else { return nil }
        return ErrorGroup(
            fingerprint: fingerprint, groupingVersion: row[1],
            rule: GroupingResult.Rule(rawValue: row[2]) ?? .template,
            parts: try StoredJSON.list(row.storedText(3) ?? "[]"), title: try row.storedText(4) ?? "",
            template: try row.storedText(5) ?? "", exceptionType: try row.storedText(6), code: try row.storedText(7),
            firstSeen: sighting.first, lastSeen: sighting.last, total: sighting.total, level: sighting.level,
            resolution: try Decisions.current(of: members, in: db))
    }

    struct Sighting {
        var first: Timestamp
        var last: Timestamp
        var total: Int
        var level: LogLevel
    }

    func sighting(of members: [Int64]) throws -> Sighting? {
        let statement = try db.cachedStatement(
            sql: "SELECT first, last, total, level FROM sighting WHERE group_id = ?")
        var result: Sighting?
        for member in members {
            let rows = try Row.fetchCursor(statement, arguments: [member])
            while let row = try rows.next() {
                let next = Sighting(
                    first: Timestamp(nanoseconds: row[0]), last: Timestamp(nanoseconds: row[1]), total: row[2],
                    level: LogLevel(stored: row[3]))
                guard let known = result else {
                    result = next
                    continue
                }
                result = Sighting(
                    first: min(known.first, next.first), last: max(known.last, next.last),
                    total: known.total.saturating(plus: next.total), level: max(known.level, next.level))
            }
        }
        return result
    }

    /// Whether a group was there when its source was read first.
    func isUsual(_ members: [Int64]) throws -> Bool {
        let statement = try db.cachedStatement(
            sql: """
                SELECT EXISTS (SELECT 1 FROM group_value v JOIN text t ON t.id = v.value
                    WHERE v.group_id = ? AND v.kind = ? AND t.value = ?)
                """)
        let name = Data(GroupMark.Kind.baseline.rawValue.utf8)
        return try members.contains { member in
            try Bool.fetchOne(statement, arguments: [member, ValueKind.mark.rawValue, name]) ?? false
        }
    }

    /// The values of one group, by kind; the most frequent first, then by name.
    func values(of id: Int64) throws -> [ValueKind: [ReleaseWindow]] {
        let statement = try db.cachedStatement(
            sql: """
                SELECT v.kind, t.value, v.first, v.last, v.count FROM group_value v JOIN text t ON t.id = v.value
                WHERE v.group_id = ?
                """)
        var found: [ValueKind: [String: ReleaseWindow]] = [:]
        for member in aliases.members(of: id) {
            let rows = try Row.fetchCursor(statement, arguments: [member])
            while let row = try rows.next() {
                guard let kind = ValueKind(rawValue: row[0]), let value = try row.storedText(1) else { continue }
                let next = ReleaseWindow(
                    release: value, first: Timestamp(nanoseconds: row[2]), last: Timestamp(nanoseconds: row[3]),
                    count: row[4])
                let known = found[kind]?[value]
                found[kind, default: [:]][value] = known.map { $0.joined(with: next) } ?? next
            }
        }
        return found.mapValues { values in
            values.values.sorted { ($1.count, $0.release) < ($0.count, $1.release) }
        }
    }
}

extension ReleaseWindow {
    fileprivate func joined(with other: ReleaseWindow) -> ReleaseWindow {
        ReleaseWindow(
            release: release, first: min(first, other.first), last: max(last, other.last),
            count: count.saturating(plus: other.count))
    }
}

extension Int {
    func saturating(plus other: Int) -> Int {
        let (sum, overflow) = addingReportingOverflow(other)
        return overflow ? .max : sum
    }
}
