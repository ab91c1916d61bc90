import Events
import Foundation
import GRDB

/// Groups that merges brought events for, until a run has told of them: shards and other sites diagnose and tell
/// nothing by themselves.
extension HistoryStore {
    /// What was last seen before this is history, and no news.
    static let recent = Duration.days(2)
    /// Beyond so many groups, the rest waits for its next event.
    private static let maximumGrown = 100_000
    private static let grownKey = "merged"

    /// Events by group that merges brought since ``forgetGrown()``.
    public func grown() throws(HistoryError) -> [Fingerprint: Int] {
        try read { db in try Self.grown(db) }
    }

    public func forgetGrown() throws(HistoryError) { try setSetting(Self.grownKey, to: nil) }

    static func addGrown(_ groups: [Fingerprint: Int], _ db: Database) throws {
        guard !groups.isEmpty else { return }
        let all = try grown(db).merging(groups) { min($0 + $1, HistoryLimits.occurrences) }
        let kept = all.sorted { $0.key < $1.key }.prefix(maximumGrown)
        let text = try StoredJSON.text(Dictionary(kept.map { ($0.key.hex, $0.value) }, uniquingKeysWith: max))
        try db.execute(
            sql: "INSERT INTO setting (key, value) VALUES (?, ?) ON CONFLICT DO UPDATE SET value = excluded.value",
            arguments: [grownKey, text])
    }

    private static func grown(_ db: Database) throws -> [Fingerprint: Int] {
        let text = try String.fetchOne(db, sql: "SELECT value FROM setting WHERE key = ?", arguments: [grownKey])
        guard let text else { return [:] }
        let groups = try JSONDecoder().decode([String: Int].self, from: Data(text.utf8))
        return Dictionary(
            groups.compactMap { name, count in Fingerprint(hex: name).map { ($0, count) } }, uniquingKeysWith: max)
    }
}
