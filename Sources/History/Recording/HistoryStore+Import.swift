import Events
import GRDB

/// A group with its past, from elsewhere: what `history import` and the sample bring.
public struct ImportedGroup: Sendable {
    /// Redacted.
    public var event: ErrorEvent
    public var grouping: GroupingResult
    /// Occurrences; the event itself adds none.
    public var buckets: [Bucket]
    public var resolution: Resolution?
    public var diagnosis: Diagnosis?

    /// Occurrences in the minute of `time`.
    public struct Bucket: Sendable, Hashable, Codable {
        public var time: Timestamp
        public var count: Int

        public init(time: Timestamp, count: Int) { (self.time, self.count) = (time, count) }
    }

    public init(
        event: ErrorEvent, grouping: GroupingResult, buckets: [Bucket], resolution: Resolution? = nil,
        diagnosis: Diagnosis? = nil
    ) {
        (self.event, self.grouping, self.buckets) = (event, grouping, buckets)
        (self.resolution, self.diagnosis) = (resolution, diagnosis)
    }
}

extension HistoryStore {
    /// Adds groups with their past, all in one transaction.
    ///
    /// Adding the same twice is harmless: a bucket becomes the larger of the two counts, as in a merge, and a
    /// diagnosis of the same time is not added again.
    ///
    /// - Parameter masked: rule → secrets masked in them.
    public func importGroups(
        _ imported: [ImportedGroup], masked: [String: Int] = [:], now: Timestamp
    ) throws(HistoryError) {
        try write { db in
            let codec = try codec(db)
            let entries = imported.map { RecordEntry(event: $0.event, grouping: $0.grouping) }
            var writer = try GroupWriter(db, originID: originID, codec: codec, entries: entries)
            for (index, group) in imported.enumerated() {
                let id = try writer.writeImported(group, at: index)
                if let resolution = group.resolution {
                    try Self.insert(resolution, isOpen: false, of: id, originID: originID, db)
                }
                if let diagnosis = group.diagnosis, try !Self.has(diagnosis, id, db) {
                    let record = DiagnosisRecord(fingerprint: group.grouping.fingerprint, diagnosis: diagnosis)
                    try Self.insert(record, of: id, originID: originID, codec, db)
                }
            }
            try writer.finish()
            try addMasked(masked, now: now, db)
        }
    }

    private static func has(_ diagnosis: Diagnosis, _ id: Int64, _ db: Database) throws -> Bool {
        try Bool.fetchOne(
            db, sql: "SELECT EXISTS (SELECT 1 FROM diagnosis WHERE group_id = ? AND at = ?)",
            arguments: [id, diagnosis.provenance.at.nanoseconds]) ?? false
    }
}

extension GroupWriter {
    /// - Returns: the group's id in this file.
    fileprivate mutating func writeImported(_ group: ImportedGroup, at index: Int) throws -> Int64 {
        let fingerprint = group.grouping.fingerprint
        let id = try HistoryStore.findGroupID(fingerprint, db) ?? insert(group.grouping)
        var tally = GroupTally(entries[index])
        tally.add(group.event, count: 1, at: index)
        try keepSamples(of: id, tally.samples)
        var added = 0
        var times = [group.event.time]
        for bucket in group.buckets where bucket.count > 0 {
            let count = min(bucket.count, HistoryLimits.occurrencesPerEvent)
            added = added.saturating(plus: try raiseBucket(id, minute: bucket.time.minute, to: count))
            times.append(bucket.time)
        }
        try sight(
            id, first: times.min() ?? group.event.time, last: times.max() ?? group.event.time, adding: added,
            level: group.event.level)
        if added > 0 {
            for value in tally.values { try add(value, to: id, count: added) }
        }
        return id
    }

    /// - Returns: by how much the bucket grew.
    private func raiseBucket(_ id: Int64, minute: Int64, to count: Int) throws -> Int {
        let known =
            try Int.fetchOne(
                db.cachedStatement(
                    sql: "SELECT count FROM bucket WHERE minute = ? AND group_id = ? AND origin_id = ?"),
                arguments: [minute, id, originID]) ?? 0
        guard count > known else { return 0 }
        try addBucket(id, minute: minute, count: count - known)
        return count - known
    }
}
