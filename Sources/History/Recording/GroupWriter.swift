import Events
import Foundation
import GRDB

/// Writes what a batch says of its groups; lives for one transaction.
struct GroupWriter {
    let db: Database
    let originID: Int64
    let codec: RecordCodec
    let entries: [RecordEntry]
    var texts: TextDictionary
    var search: SearchIndexWriter
    private var aliases: Aliases
    private(set) var summary = RecordSummary()
    /// Groups that are written first are marked as usual.
    var isBaseline = false
    /// What is written waits to be delivered.
    var isNews = false
    /// Samples that are to be packed and written.
    private var pending: [PendingSample] = []

    private struct PendingSample: Sendable {
        let group: Int64
        /// Of its entry in the batch.
        let index: Int
        let key: SampleKey
        let slots: SampleSelection.Slots
    }

    /// So many are packed at once, on all processors, and are in memory together.
    private static let samplesAtOnce = 256

    init(_ db: Database, originID: Int64, codec: RecordCodec, entries: [RecordEntry]) throws {
        (self.db, self.originID, self.codec, self.entries) = (db, originID, codec, entries)
        texts = try TextDictionary(db)
        aliases = try Aliases(db)
        search = try SearchIndexWriter(db)
    }

    mutating func write(_ tally: BatchTally) throws {
        for group in tally.groups { try write(group) }
        try finish()
        summary.events = tally.events
        summary.groups.sort()
        summary.new.sort()
        summary.back.sort()
    }

    /// Writes what was gathered.
    mutating func finish() throws {
        try writeSamples()
        try search.flush()
    }

    private mutating func write(_ group: GroupTally) throws {
        let fingerprint = group.grouping.fingerprint
        let known = try Int64.fetchOne(
            db.cachedStatement(sql: "SELECT id FROM error_group WHERE fingerprint = ?"), arguments: [fingerprint.bytes])
        let id = try known ?? insert(group.grouping)
        summary.groups.append(fingerprint)
        let isOld = try joinEarlier(id, group)
        if known == nil, !isOld { summary.new.append(fingerprint) }
        try sight(
            id, first: Timestamp(nanoseconds: group.first), last: Timestamp(nanoseconds: group.last),
            adding: group.total, level: group.level)
        if isNews { try HistoryStore.addNews(id, events: group.total, db) }
        for (minute, count) in group.minutes.sorted(by: { $0.key < $1.key }) {
            try addBucket(id, minute: minute, count: count)
        }
        for value in group.values { try add(value, to: id, count: value.count) }
        if known == nil, isBaseline {
            try mark(id, GroupMark.Kind.baseline.rawValue, first: group.first, last: group.last, count: group.total)
        }
        try keepSamples(of: id, group.samples)
        let members = aliases.members(of: aliases.canonical(of: id))
        if known != nil || isOld, let resolution = try Decisions.current(of: members, in: db),
            group.last > resolution.at.nanoseconds
        {
            summary.back.append(fingerprint)
        }
    }

    /// Joins a group to what older versions of the grouping rules called it.
    ///
    /// - Returns: whether the file had it under such a name.
    private mutating func joinEarlier(_ id: Int64, _ group: GroupTally) throws -> Bool {
        var isKnown = false
        for name in group.earlier.sorted() {
            guard let older = try HistoryStore.findGroupID(name, db) else { continue }
            isKnown = true
            let (child, parent) = (aliases.canonical(of: id), aliases.canonical(of: older))
            guard child != parent else { continue }
            let time = Timestamp(nanoseconds: group.last)
            try HistoryStore.addAlias(child, of: parent, at: time, originID: originID, db)
            aliases = try Aliases(db)
        }
        return isKnown
    }

    /// Describes a group that the file does not have yet, and indexes it for the search by likeness.
    mutating func insert(_ grouping: GroupingResult) throws -> Int64 {
        let key = grouping.searchKey
        let statement = try db.cachedStatement(
            sql: """
                INSERT INTO error_group (fingerprint, version, rule, parts, title, template, type, code)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?)
                """)
        try statement.execute(arguments: [
            grouping.fingerprint.bytes, grouping.version, grouping.rule.rawValue,
            try texts.id(StoredJSON.text(grouping.parts.map { $0.prefix(1000) }.prefix(32).map(String.init))) as Int64,
            try texts.id(grouping.title) as Int64, try texts.id(grouping.template) as Int64,
            try texts.id(key.exceptionType), try texts.id(key.code),
        ])
        let id = db.lastInsertedRowID
        try search.add(id, SearchTokens(key))
        return id
    }

    func sight(_ id: Int64, first: Timestamp, last: Timestamp, adding total: Int, level: LogLevel) throws {
        let statement = try db.cachedStatement(
            sql: """
                INSERT INTO sighting (group_id, origin_id, first, last, total, level) VALUES (?, ?, ?, ?, ?, ?)
                ON CONFLICT DO UPDATE SET first = min(first, excluded.first), last = max(last, excluded.last),
                    total = min(total + excluded.total, \(HistoryLimits.occurrences)), level = max(level, excluded.level)
                """)
        try statement.execute(arguments: [
            id, originID, first.nanoseconds, last.nanoseconds, min(total, HistoryLimits.occurrences), level.stored,
        ])
    }

    func addBucket(_ id: Int64, minute: Int64, count: Int) throws {
        let statement = try db.cachedStatement(
            sql: """
                INSERT INTO bucket (minute, group_id, origin_id, count) VALUES (?, ?, ?, ?)
                ON CONFLICT DO UPDATE SET count = min(count + excluded.count, \(HistoryLimits.occurrences))
                """)
        try statement.execute(arguments: [minute, id, originID, min(count, HistoryLimits.occurrences)])
    }

    /// A value beyond the limit of its kind is dropped; one that is known goes on being counted.
    mutating func add(_ value: GroupTally.ValueTally, to id: Int64, count: Int) throws {
        let valueID: Int64 = try texts.id(value.value)
        let update = try db.cachedStatement(
            sql: """
                UPDATE group_value SET first = min(first, ?), last = max(last, ?),
                    count = min(count + ?, \(HistoryLimits.occurrences))
                WHERE group_id = ? AND kind = ? AND value = ? AND origin_id = ?
                """)
        let count = min(count, HistoryLimits.occurrences)
        try update.execute(arguments: [value.first, value.last, count, id, value.kind.rawValue, valueID, originID])
        guard db.changesCount == 0 else { return }
        let insert = try db.cachedStatement(
            sql: """
                INSERT INTO group_value (group_id, kind, value, origin_id, first, last, count)
                SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7
                WHERE (SELECT count(*) FROM group_value WHERE group_id = ?1 AND kind = ?2) < ?8
                """)
        try insert.execute(arguments: [
            id, value.kind.rawValue, valueID, originID, value.first, value.last, count, HistoryLimits.valuesPerGroup,
        ])
    }

    mutating func keepSamples(of id: Int64, _ offered: SampleSelection) throws {
        // What is kept of the group is read from the file.
        if pending.contains(where: { $0.group == id }) { try writeSamples() }
        var selection = offered
        var stored: [SampleKey: Int64] = [:]
        let rows = try Row.fetchCursor(
            db.cachedStatement(
                sql: "SELECT event_hash, time, slots FROM sample WHERE group_id = ? AND origin_id = ?"),
            arguments: [id, originID])
        while let row = try rows.next() {
            let key = SampleKey(hash: row[0], time: row[1])
            stored[key] = row[2]
            selection.offer(key, .stored)
        }
        let kept = selection.kept
        for (key, slots) in stored where kept[key]?.slots.rawValue != slots {
            try setSlots(kept[key]?.slots, of: key, id)
        }
        for (key, item) in kept where stored[key] == nil {
            guard case .entry(let index) = item.place else { continue }
            pending.append(PendingSample(group: id, index: index, key: key, slots: item.slots))
        }
        if pending.count >= Self.samplesAtOnce { try writeSamples() }
    }

    /// Packs what is to be written: reading, masking and compressing it is most of the work of a new group.
    private mutating func writeSamples() throws {
        let (entries, codec) = (entries, codec)
        let records = try ParallelMap.map(pending) { _, sample throws(RecordError) in
            try StoredEvent.pack(entries[sample.index].event, codec)
        }
        let statement = try db.cachedStatement(
            sql: """
                INSERT INTO sample (group_id, origin_id, event_hash, time, slots, record) VALUES (?, ?, ?, ?, ?, ?)
                """)
        for (sample, record) in zip(pending, records) {
            try statement.execute(arguments: [
                sample.group, originID, sample.key.hash, sample.key.time, sample.slots.rawValue, Data(record),
            ])
        }
        pending.removeAll(keepingCapacity: true)
    }

    /// nil: kept no longer.
    private func setSlots(_ slots: SampleSelection.Slots?, of key: SampleKey, _ id: Int64) throws {
        let place = "WHERE group_id = ? AND origin_id = ? AND event_hash = ? AND time = ?"
        if let slots {
            try db.cachedStatement(sql: "UPDATE sample SET slots = ? \(place)")
                .execute(arguments: [slots.rawValue, id, originID, key.hash, key.time])
        } else {
            try db.cachedStatement(sql: "DELETE FROM sample \(place)")
                .execute(arguments: [id, originID, key.hash, key.time])
        }
    }
}

extension SampleKey {
    init(hash: Data, time: Int64) {
        func number(_ bytes: Data) -> UInt64 { bytes.reduce(0) { $0 << 8 | UInt64($1) } }
        self.init(high: number(hash.prefix(8)), low: number(hash.dropFirst(8).prefix(8)), time: time)
    }

    /// 16 bytes, big-endian.
    var hash: Data {
        var bytes = Data(capacity: 16)
        for half in [high, low] { withUnsafeBytes(of: half.bigEndian) { bytes.append(contentsOf: $0) } }
        return bytes
    }
}

extension Fingerprint {
    /// The 32 bytes of the digest.
    var bytes: Data { Data(digest) }

    /// - Returns: nil unless there are 32 bytes.
    init?(bytes: Data) {
        guard bytes.count == 32 else { return nil }
        self = bytes.withUnsafeBytes { Fingerprint(digest: $0) }
    }
}
