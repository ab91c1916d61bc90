import Events
import Foundation
import GRDB

/// Reads the briefs of one window; lives for one snapshot.
struct BriefReader {
    private let db: Database
    private let aliases: Aliases
    private let window: TimeWindow
    private let minutes: MinuteRange
    private var briefs: WindowBriefs

    /// What the minutes say of one group.
    private struct Sum {
        var count = 0
        var previous = 0
        /// In the window, and before it.
        var latest = Int64.min
        var latestBefore = Int64.min
        var first = Int64.max
        var last = Int64.min
        var level = LogLevel.trace
        var fingerprint: Fingerprint?
        var service: (place: Int, count: Int)?
        var isUsual = false
        var isBursting = false
        var resolution: (at: Int64, resolution: Resolution?)?
        var diagnosis: (at: Int64, severity: Severity?, isByModel: Bool)?
    }

    /// The ids that stand for groups, in the order of ``sums``.
    private var ids: [Int64] = []
    private var sums: [Sum] = []
    private var series: [Int] = []
    private var servicePlaces: [String: Int] = [:]
    /// By an id of any member: its place in ``sums``, or -1.
    private var places: [Int32]

    init(_ db: Database, window: TimeWindow, slices: Int) throws {
        (self.db, self.window) = (db, window)
        aliases = try Aliases(db)
        minutes = MinuteRange(window)
        briefs = WindowBriefs(slices: slices)
        let largest = try Int64.fetchOne(db, sql: "SELECT coalesce(max(id), 0) FROM error_group") ?? 0
        // Ids are ours and dense; a damaged file is not let to ask for all memory.
        places = [Int32](repeating: -1, count: Int(min(max(0, largest), 1 << 26)) + 1)
    }

    mutating func read(service: String?, codec: RecordCodec) throws -> WindowBriefs {
        try readMinutes()
        let members = membersAsJSON()
        try readSightings(members)
        try readValues(members)
        try readResolutions()
        try readDiagnoses(members, codec)
        let chosen = try service.map { try Set(Int64.fetchAll(db, sql: Self.ofService, arguments: [$0.bytes])) }
        for (place, sum) in sums.enumerated() {
            let id = ids[place]
            if let chosen, !aliases.members(of: id).contains(where: chosen.contains) { continue }
            summarize(sum)
            guard let brief = brief(sum) else { continue }
            briefs.append(brief, series[place * briefs.slices..<(place + 1) * briefs.slices])
        }
        return briefs
    }

    private static let ofService = """
        SELECT v.group_id FROM text t JOIN group_value v ON v.value = t.id AND v.kind = 0 WHERE t.value = ?
        """

    // MARK: - Passes

    private mutating func readMinutes() throws {
        let rows = try BucketColumns.fetchCursor(
            db.cachedStatement(sql: "SELECT minute, group_id, count FROM bucket WHERE minute >= ? AND minute < ?"),
            arguments: [minutes.previousStart, minutes.end])
        while let row = try rows.next() {
            guard row.group >= 0, row.group < places.count else { continue }
            var place = Int(places[Int(row.group)])
            if place < 0 { place = add(row.group) }
            let count = Int(row.count)
            if row.minute < minutes.start {
                sums[place].previous = sums[place].previous.saturating(plus: count)
                sums[place].latestBefore = max(sums[place].latestBefore, row.minute)
                continue
            }
            sums[place].count = sums[place].count.saturating(plus: count)
            sums[place].latest = max(sums[place].latest, row.minute)
            guard briefs.slices > 0 else { continue }
            let slice = place * briefs.slices + minutes.slice(of: row.minute, among: briefs.slices)
            series[slice] = series[slice].saturating(plus: count)
        }
    }

    private mutating func add(_ id: Int64) -> Int {
        let canonical = aliases.canonical(of: id)
        let place = sums.count
        ids.append(canonical)
        sums.append(Sum())
        series.append(contentsOf: repeatElement(0, count: briefs.slices))
        for member in aliases.members(of: canonical) where member >= 0 && member < places.count {
            places[Int(member)] = Int32(place)
        }
        places[Int(id)] = Int32(place)
        return place
    }

    /// Ascending, so that each page of the file is met once.
    private func membersAsJSON() -> String {
        let members = places.indices.lazy.filter { places[$0] >= 0 }
        return "[" + members.map { String($0) }.joined(separator: ",") + "]"
    }

    private mutating func readSightings(_ members: String) throws {
        let rows = try SightingColumns.fetchCursor(
            db,
            sql: """
                SELECT g.id, g.fingerprint, s.first, s.last, s.level FROM json_each(?) j
                CROSS JOIN error_group g ON g.id = j.value CROSS JOIN sighting s ON s.group_id = g.id
                """, arguments: [members])
        while let row = try rows.next() {
            let place = Int(places[Int(row.group)])
            sums[place].first = min(sums[place].first, row.first)
            sums[place].last = max(sums[place].last, row.last)
            sums[place].level = max(sums[place].level, LogLevel(stored: row.level))
            if row.group == ids[place], sums[place].fingerprint == nil { sums[place].fingerprint = row.fingerprint }
        }
    }

    private mutating func readValues(_ members: String) throws {
        let rows = try ValueColumns.fetchCursor(
            db,
            sql: """
                SELECT v.group_id, v.kind, v.value, v.first, v.last, v.count FROM json_each(?) j
                CROSS JOIN group_value v ON v.group_id = j.value AND v.kind IN (0, 4)
                """, arguments: [members])
        /// Text → place in `services` of the briefs.
        var services: [Int64: Int] = [:]
        /// Of a group (upper half) and a service: several rows, where several homes saw it.
        var counts: [Int: Int] = [:]
        while let row = try rows.next() {
            let place = Int(places[Int(row.group)])
            guard row.kind == ValueKind.service.rawValue else {
                let window = ReleaseWindow(
                    release: try text(row.value), first: Timestamp(nanoseconds: row.first),
                    last: Timestamp(nanoseconds: row.last), count: Int(row.count))
                note(GroupMark.read([window]), at: place)
                continue
            }
            let service = try services[row.value] ?? self.service(named: try text(row.value))
            services[row.value] = service
            let key = place << 32 | service
            let count = (counts[key] ?? 0).saturating(plus: Int(row.count))
            counts[key] = count
            offer(service, count, at: place)
        }
    }

    private func text(_ id: Int64) throws -> String {
        try Row.fetchOne(db.cachedStatement(sql: "SELECT value FROM text WHERE id = ?"), arguments: [id])?
            .storedText(0) ?? ""
    }

    private mutating func service(named name: String) -> Int {
        if let known = servicePlaces[name] { return known }
        servicePlaces[name] = briefs.services.count
        briefs.services.append(name)
        return briefs.services.count - 1
    }

    /// The most frequent, of equal ones the first by name.
    private mutating func offer(_ service: Int, _ count: Int, at place: Int) {
        if let known = sums[place].service, known.place != service {
            if known.count > count { return }
            if known.count == count, briefs.services[known.place] < briefs.services[service] { return }
        }
        sums[place].service = (service, count)
    }

    private mutating func note(_ marks: [GroupMark], at place: Int) {
        for mark in marks {
            switch mark.kind {
            case .baseline: sums[place].isUsual = true
            case .burst, .serviceBurst:
                if mark.last >= window.start, mark.first < window.end { sums[place].isBursting = true }
            }
        }
    }

    private mutating func readResolutions() throws {
        let rows = try Row.fetchCursor(
            db,
            sql: """
                SELECT group_id, at, is_open, author, note, fixed_by FROM resolution ORDER BY at, origin_id
                """)
        while let row = try rows.next() {
            let id: Int64 = row[0]
            guard id >= 0, id < places.count, places[Int(id)] >= 0 else { continue }
            let at: Int64 = row[1]
            let resolution = Resolution(at: Timestamp(nanoseconds: at), by: row[3], note: row[4], commit: row[5])
            sums[Int(places[Int(id)])].resolution = (at, (row[2] as Bool) ? nil : resolution)
        }
    }

    private mutating func readDiagnoses(_ members: String, _ codec: RecordCodec) throws {
        // A reader changes no file: one of an earlier version is read as it is.
        let isOlder = try !db.columns(in: "diagnosis").contains { $0.name == "severity" }
        let rows = try Row.fetchCursor(
            db,
            sql: """
                SELECT d.group_id, d.at, d.by_model, \(isOlder ? "NULL" : "d.severity"), d.rowid FROM json_each(?) j
                CROSS JOIN diagnosis d ON d.group_id = j.value AND d.is_current = 1
                """, arguments: [members])
        while let row = try rows.next() {
            let place = Int(places[Int(row[0] as Int64)])
            let at: Int64 = row[1]
            if let known = sums[place].diagnosis, known.at >= at { continue }
            var severity = (row[3] as Int64?).flatMap(Severity.init(stored:))
            if severity == nil { severity = try HistoryStore.severity(ofRow: row[4], codec, db) }
            sums[place].diagnosis = (at, severity, row[2])
        }
    }

    // MARK: - Sums

    private mutating func summarize(_ sum: Sum) {
        guard sum.latestBefore > .min, sum.first != .max else { return }
        let (first, last) = (Timestamp(nanoseconds: sum.first), Timestamp(nanoseconds: sum.last))
        briefs.before.groups += 1
        briefs.before.events = briefs.before.events.saturating(plus: sum.previous)
        let trend = HistoryStore.trend(
            (count: sum.previous, previous: 0, latestMinute: sum.latestBefore), window.before,
            resolution: sum.resolution?.resolution, first: first, last: last, isUsual: sum.isUsual)
        switch trend {
        case .new: briefs.before.new += 1
        case .back: briefs.before.back += 1
        case .worse, .ongoing: break
        }
    }

    private func brief(_ sum: Sum) -> WindowBriefs.Brief? {
        guard sum.latest > .min, sum.first != .max, let fingerprint = sum.fingerprint else { return nil }
        let trend = HistoryStore.trend(
            (count: sum.count, previous: sum.previous, latestMinute: sum.latest), window,
            resolution: sum.resolution?.resolution, first: Timestamp(nanoseconds: sum.first),
            last: Timestamp(nanoseconds: sum.last), isUsual: sum.isUsual)
        return WindowBriefs.Brief(
            fingerprint: fingerprint, level: sum.level, count: sum.count, previousCount: sum.previous, trend: trend,
            isBursting: sum.isBursting, service: sum.service?.place, severity: sum.diagnosis?.severity,
            isByModel: sum.diagnosis?.isByModel ?? false)
    }
}

extension String {
    fileprivate var bytes: Data { Data(TextDictionary.cut(self).utf8) }
}
