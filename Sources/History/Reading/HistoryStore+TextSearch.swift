import Events
import Foundation
import GRDB

extension HistoryStore {
    /// Words of a search that are looked for.
    static let searchedWords = 8

    /// The groups whose title or template holds each word of a text, in any case (of ASCII letters), seen last first.
    ///
    /// - Parameter limit: at most ``maximumMatches``.
    public func groups(holding text: String, limit: Int = maximumMatches) throws(HistoryError) -> [ErrorGroup] {
        let words = text.lowercased().withoutNUL.split(whereSeparator: \.isWhitespace).prefix(Self.searchedWords)
        guard !words.isEmpty else { return [] }
        let each = words.map { _ in
            "(instr(lower(CAST(t.value AS TEXT)), ?) > 0 OR instr(lower(CAST(m.value AS TEXT)), ?) > 0)"
        }
        let arguments = words.flatMap { [String($0), String($0)] as [(any DatabaseValueConvertible)?] }
        return try read { db in
            let reader = try GroupReader(db)
            let ids = try Int64.fetchAll(
                db,
                sql: """
                    SELECT g.id FROM error_group g JOIN text t ON t.id = g.title JOIN text m ON m.id = g.template
                    WHERE \(each.joined(separator: " AND "))
                    ORDER BY (SELECT max(s.last) FROM sighting s WHERE s.group_id = g.id) DESC, g.fingerprint LIMIT ?
                    """, arguments: StatementArguments(arguments + [max(0, min(limit, Self.maximumMatches))]))
            var (groups, seen) = ([ErrorGroup](), Set<Int64>())
            for id in ids.map(reader.aliases.canonical(of:)) where seen.insert(id).inserted {
                if let group = try reader.group(id) { groups.append(group) }
            }
            return groups
        }
    }
}
