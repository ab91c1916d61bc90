import Events
import GRDB

/// What came in and was not delivered yet, a group: the run that delivers takes it from here, whatever brought it and
/// whoever was interrupted in between.
public struct News: Sendable, Hashable {
    /// Events by group, under the names that the groups go by now.
    public internal(set) var groups: [Fingerprint: Int] = [:]
    /// Events by row, as they were when they were read: what is added meanwhile stays news.
    var rows: [Int64: Int64] = [:]

    public init() {}
}

extension HistoryStore {
    /// Merged groups that were last seen before this are history, and no news.
    static let recent = Duration.days(2)

    /// Events that were recorded as news, or came with a merge, and were not delivered.
    public func news() throws(HistoryError) -> News {
        try read { db in
            var news = News()
            let rows = try Row.fetchAll(db, sql: "SELECT group_id, events FROM news ORDER BY group_id")
            guard !rows.isEmpty else { return news }
            let aliases = try Aliases(db)
            for row in rows {
                let (id, events) = (row[0] as Int64, row[1] as Int64)
                news.rows[id] = events
                guard let group = try Self.fingerprint(of: aliases.canonical(of: id), db) else { continue }
                news.groups[group, default: 0] += Int(clamping: max(0, events))
            }
            return news
        }
    }

    static func addNews(_ id: Int64, events: Int, _ db: Database) throws {
        let statement = try db.cachedStatement(
            sql: """
                INSERT INTO news (group_id, events) VALUES (?, ?)
                ON CONFLICT DO UPDATE SET events = min(events + excluded.events, \(HistoryLimits.occurrences))
                """)
        try statement.execute(arguments: [id, min(max(0, events), HistoryLimits.occurrences)])
    }

    static func forget(_ news: News, _ db: Database) throws {
        let less = try db.cachedStatement(
            sql: "UPDATE news SET events = events - ?1 WHERE group_id = ?2 AND events > ?1")
        let none = try db.cachedStatement(sql: "DELETE FROM news WHERE group_id = ?2 AND events <= ?1")
        for (id, events) in news.rows.sorted(by: { $0.key < $1.key }) {
            try less.execute(arguments: [events, id])
            guard db.changesCount == 0 else { continue }
            try none.execute(arguments: [events, id])
        }
    }
}
