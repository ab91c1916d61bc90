import Events
import Foundation
import GRDB

extension HistoryStore {
    /// The groups whose title or template holds a text, in any case (of ASCII letters), seen last first.
    ///
    /// - Parameter limit: at most ``maximumMatches``.
    public func groups(holding text: String, limit: Int = maximumMatches) throws(HistoryError) -> [ErrorGroup] {
        let wanted = text.lowercased().withoutNUL
        guard !wanted.isEmpty else { return [] }
        return try read { db in
            let reader = try GroupReader(db)
            let ids = try Int64.fetchAll(
                db,
                sql: """
                    SELECT g.id FROM error_group g JOIN text t ON t.id = g.title JOIN text m ON m.id = g.template
                    WHERE instr(lower(CAST(t.value AS TEXT)), ?1) > 0 OR instr(lower(CAST(m.value AS TEXT)), ?1) > 0
                    ORDER BY (SELECT max(s.last) FROM sighting s WHERE s.group_id = g.id) DESC, g.fingerprint LIMIT ?2
                    """, arguments: [wanted, max(0, min(limit, Self.maximumMatches))])
            var (groups, seen) = ([ErrorGroup](), Set<Int64>())
            for id in ids.map(reader.aliases.canonical(of:)) where seen.insert(id).inserted {
                if let group = try reader.group(id) { groups.append(group) }
            }
            return groups
        }
    }
}
