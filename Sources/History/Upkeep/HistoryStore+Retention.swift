import Events
import GRDB

/// What a prune removed.
public struct PruneSummary: Sendable, Hashable, Codable {
    public var buckets = 0
    public var samples = 0
    public var rawAnswers = 0
    /// Runs and calls of the model, beyond what reports tell.
    public var audits = 0
    public var bytesBefore = 0
    public var bytesAfter = 0

    public init() {}
}

extension HistoryStore {
    /// The file is rewritten when so many parts of it are one part free pages.
    private static let worthwhileShare = 4
    /// A size limit is met by shortening what is kept to these shares of its span, one after the other.
    private static let shares = [0.75, 0.5, 0.25, 0.1, 0.03, 0]

    /// Removes details older than `keep`: counts by the minute, samples beyond the first and the latest of a group,
    /// raw answers, runs. Groups, their totals, diagnoses, resolutions and verdicts stay for good.
    ///
    /// Each step is a transaction of its own: stopped at any instant, everything that is left is whole, and the next
    /// prune goes on.
    ///
    /// - Parameter maxSize: bytes of the file; where they are exceeded, details are kept for a shorter time.
    @discardableResult
    public func prune(keep: Duration?, maxSize: Int? = nil, now: Timestamp) throws(HistoryError) -> PruneSummary {
        var summary = PruneSummary()
        summary.bytesBefore = try usedBytes()
        if let keep { try removeDetails(before: now.advanced(by: .zero - keep), &summary) }
        if let maxSize, let oldest = try oldestDetail(), oldest < now {
            // Times from logs may be centuries apart: what does not fit counts as the most that does.
            let span = min(Double(now.nanoseconds) - Double(oldest.nanoseconds), Double(1 << 62))
            for share in Self.shares where try usedBytes() > maxSize {
                try removeDetails(before: now.advanced(by: .nanoseconds(Int64(-span * share))), &summary)
            }
        }
        try dropExpiredSeenEvents(now: now)
        if try isWorthCompacting(maxSize) { try compact() }
        summary.bytesAfter = try usedBytes()
        return summary
    }

    /// What a batch does by itself: samples beyond the first and the latest of a group, and raw answers, go after a
    /// time. Counts stay until someone prunes.
    public func removeSamples(olderThan keep: Duration, now: Timestamp) throws(HistoryError) {
        var summary = PruneSummary()
        try removeSamples(before: now.advanced(by: .zero - keep), &summary)
    }

    private func removeDetails(before time: Timestamp, _ summary: inout PruneSummary) throws(HistoryError) {
        summary.buckets += try delete("bucket", "minute < ?", time.minute)
        summary.buckets += try delete("service_bucket", "minute < ?", time.minute)
        try removeSamples(before: time, &summary)
        summary.audits += try delete("run", "started < ?", time.nanoseconds)
        summary.audits += try delete("model_call", "time < ?", time.nanoseconds)
        summary.audits += try delete("masked", "day < ?", time.day)
    }

    private func removeSamples(before time: Timestamp, _ summary: inout PruneSummary) throws(HistoryError) {
        summary.samples += try delete(
            "sample", "time < ? AND slots & \(SampleSelection.Slots([.first, .latest]).rawValue) = 0", time.nanoseconds)
        summary.rawAnswers += try delete(
            "raw_answer",
            """
            EXISTS (SELECT 1 FROM diagnosis d WHERE d.group_id = raw_answer.group_id
                AND d.origin_id = raw_answer.origin_id AND d.version = raw_answer.version AND d.at < ?)
            """, time.nanoseconds)
    }

    private func delete(_ table: String, _ condition: String, _ value: Int64) throws(HistoryError) -> Int {
        try write { db in
            try db.execute(sql: "DELETE FROM \(table) WHERE \(condition)", arguments: [value])
            return db.changesCount
        }
    }

    private func oldestDetail() throws(HistoryError) -> Timestamp? {
        try read { db in
            let minute = try Int64.fetchOne(db, sql: "SELECT min(minute) FROM bucket")
            let sample = try Int64.fetchOne(db, sql: "SELECT min(time) FROM sample")
            return [minute.map(Timestamp.init(minute:)), sample.map(Timestamp.init(nanoseconds:))]
                .compactMap(\.self).min()
        }
    }

    /// Of the file, without pages that are free.
    private func usedBytes() throws(HistoryError) -> Int {
        try read { db in
            func number(_ name: String) throws -> Int { try Int.fetchOne(db, sql: "PRAGMA \(name)") ?? 0 }
            return (try number("page_count") - number("freelist_count")) * (try number("page_size"))
        }
    }

    /// Free pages are used again by what comes; many of them, or a limit, are worth the time of giving them back.
    private func isWorthCompacting(_ maxSize: Int?) throws(HistoryError) -> Bool {
        try read { db in
            let free = try Int.fetchOne(db, sql: "PRAGMA freelist_count") ?? 0
            let all = try Int.fetchOne(db, sql: "PRAGMA page_count") ?? 0
            return free > 0 && (maxSize != nil || free * Self.worthwhileShare > all)
        }
    }

    /// Gives free pages back to the file system; needs as much space again while it works.
    private func compact() throws(HistoryError) {
        do { try pool.vacuum() } catch { throw HistoryError(error, path: path) }
    }
}
