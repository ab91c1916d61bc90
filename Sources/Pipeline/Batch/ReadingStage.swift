import Events
import Foundation
import Grouping
import History
import Intake

/// Reads every source from its cursor and records what it finds, piece by piece.
///
/// Events, and the cursor that covers them, are committed in one transaction: whatever interrupts the run, nothing is
/// lost and nothing counted twice.
struct ReadingStage {
    let site: Site
    let now: Timestamp
    let progress: ProgressHandler

    /// Events of one transaction: large enough to make fsync cheap, small enough to bound memory.
    static let eventsATransaction = 2000
    /// Problems told in full; the rest is counted.
    static let problemLimit = 50

    /// - Returns: events of this run, a group.
    func run(into record: inout BatchRecord) throws -> [Fingerprint: Int] {
        var touched: [Fingerprint: Int] = [:]
        var (new, back): (Set<Fingerprint>, Set<Fingerprint>) = ([], [])
        for source in site.configuration.sources {
            try Task.checkCancellation()
            record.reading.sources += 1
            let (lines, events) = (record.reading.lines, record.reading.events)
            try read(source, &record, &touched, &new, &back)
            progress(
                .detail(
                    "source \(source.name): \(record.reading.lines - lines) lines, \(record.reading.events - events) events"
                ))
        }
        record.groups = touched.count
        record.newGroups = new.count
        record.backGroups = back.count
        let reading = record.reading
        progress(
            .readingDone(lines: reading.lines, bytes: reading.bytes, sources: reading.sources, events: reading.events))
        progress(.grouped(groups: touched.count, new: new.count, back: back.count))
        for problem in reading.problems { progress(.warning(problem)) }
        return touched
    }

    private func read(
        _ source: SourceSettings, _ record: inout BatchRecord, _ touched: inout [Fingerprint: Int],
        _ new: inout Set<Fingerprint>, _ back: inout Set<Fingerprint>
    ) throws {
        let cursors = try site.history.cursors(source: source.name).compactMap { payload in
            // A cursor of a later version is not understood: the file is then recognised as unread.
            try? JSONDecoder().decode(FileCursor.self, from: Data(payload.utf8))
        }
        var intake = FileIntake(source: source, cursors: cursors, now: now)
        while let piece = try intake.next(limit: Self.eventsATransaction) {
            try Task.checkCancellation()
            var masked: [String: Int] = [:]
            let entries = piece.events.map { event in
                let clean = event.redacted(by: site.redactor, ledger: &masked)
                return RecordEntry(event: clean, grouping: site.grouper.group(clean))
            }
            let records = try piece.cursors.map { cursor in
                CursorRecord(source: source.name, key: cursor.key, payload: try Self.payload(cursor))
            }
            let summary = try site.history.record(
                RecordBatch(entries: entries, cursors: records, masked: masked, now: now))
            for entry in entries { touched[entry.grouping.fingerprint, default: 0] += entry.event.count }
            new.formUnion(summary.new)
            back.formUnion(summary.back)
            count(piece.statistics, masked, summary, source, &record)
            progress(
                .reading(
                    source: source.name, bytes: intake.bytesDone, totalBytes: intake.totalBytes,
                    lines: record.reading.lines, events: record.reading.events))
        }
    }

    private func count(
        _ statistics: IntakeStatistics, _ masked: [String: Int], _ summary: RecordSummary, _ source: SourceSettings,
        _ record: inout BatchRecord
    ) {
        record.reading.lines += Int(statistics.lines)
        record.reading.bytes += statistics.bytes
        record.reading.events += summary.events
        record.reading.masked.merge(masked, uniquingKeysWith: +)
        for problem in statistics.unreadable where record.reading.problems.count < Self.problemLimit {
            record.reading.problems.append(site.redactor(problem.words(in: source.name)).text)
        }
    }

    private static func payload(_ cursor: FileCursor) throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys]
        return String(decoding: try encoder.encode(cursor), as: UTF8.self)
    }
}

extension IntakeProblem {
    /// Source, place and reason, for the summary and the report.
    func words(in source: String) -> String {
        let place = offset.map { " from offset \($0)" } ?? ""
        return "\(source): \(path): \(explanation)\(place)"
    }
}
