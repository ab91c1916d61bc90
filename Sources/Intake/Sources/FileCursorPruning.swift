import Events

/// Which cursors of files can be forgotten without any file being read again.
///
/// 1. Two cursors that recognise the same content (the same head of 1,024 bytes, the same offset, the same bytes
///    before it) are one cursor's worth: the one of a file that is still there stays, else the latest.
/// 2. A file that is gone, and was read last more than ``keptFor`` ago, is forgotten. From then on events from before
///    that reading are left out of whatever turns up (and counted as older): a restored copy brings nothing twice.
enum FileCursorPruning {
    static let keptFor = Duration.days(400)

    struct Stored {
        var cursor: FileCursor
        var key: String
        var at: Timestamp?
        var isPresent: Bool
    }

    /// - Returns: keys of cursors to forget, and the time of the latest of those that age alone ended.
    static func prune(_ stored: [Stored], now: Timestamp) -> (keys: [String], horizon: Timestamp?) {
        var keys: [String] = []
        var horizon: Timestamp?
        var best: [Content: Stored] = [:]
        let oldest = now.advanced(by: .zero - keptFor)
        for entry in stored.sorted(by: { $0.key < $1.key }) {
            if !entry.isPresent, let at = entry.at, at < oldest {
                keys.append(entry.key)
                horizon = max(horizon ?? at, at)
                continue
            }
            guard let content = Content(entry.cursor) else { continue }
            guard let known = best[content] else {
                best[content] = entry
                continue
            }
            let wins = (entry.isPresent ? 1 : 0, entry.at ?? now) > (known.isPresent ? 1 : 0, known.at ?? now)
            let loser = wins ? known : entry
            if wins { best[content] = entry }
            // Each of two files that are there keeps its own.
            if !loser.isPresent { keys.append(loser.key) }
        }
        return (keys.sorted(), horizon)
    }

    private struct Content: Hashable {
        let head: String
        let tail: String
        let tailLength: Int
        let offset: Int64

        /// - Returns: nil for a cursor that tells its file by less than a whole head.
        init?(_ cursor: FileCursor) {
            guard cursor.headLength == FileCursor.head, cursor.tailLength > 0 else { return nil }
            (head, tail, tailLength) = (cursor.headHash, cursor.tailHash, cursor.tailLength)
            offset = cursor.offset
        }
    }
}
