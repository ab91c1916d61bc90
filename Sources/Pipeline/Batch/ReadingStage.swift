import Events
import Foundation
import Grouping
import History
import Intake

/// Reads every source from its cursors and records what it finds, piece by piece.
///
/// Events, and the cursors that cover them, are committed in one transaction: whatever interrupts the run, nothing is
/// lost and nothing counted twice. A source that cannot be read is told, and the others go on.
struct ReadingStage {
    let site: Site
    let now: Timestamp
    let extent: ReadingExtent
    let progress: ProgressHandler
    /// nil keeps all groups.
    var shard: Shard?
    /// Names of the sources to read; nil reads all.
    var only: Set<String>?

    /// Events of one transaction: large enough to make fsync cheap, small enough to bound memory.
    static let eventsATransaction = 2000
    /// An event that is pushed again within so many days is the same one: senders try again.
    static let remembered = Duration.days(7)
    /// Problems told in full; the rest is counted.
    static let problemLimit = 50

    /// What the sources of one run brought together.
    private struct Found {
        /// Events of this run, a group.
        var touched: [Fingerprint: Int] = [:]
        var new: Set<Fingerprint> = []
        var back: Set<Fingerprint> = []

        var fingerprints: Set<Fingerprint> { Set(touched.keys).union(new).union(back) }

        /// - Parameter names: of groups that are known under another one; a new name of these is no new group.
        mutating func rename(_ names: [Fingerprint: Fingerprint]) {
            touched = Dictionary(touched.map { (names[$0.key] ?? $0.key, $0.value) }, uniquingKeysWith: +)
            new = new.filter { names[$0] == nil }
            back = Set(back.map { names[$0] ?? $0 })
        }
    }

    /// - Returns: events of this run, a group.
    func run(into record: inout BatchRecord) async throws -> [Fingerprint: Int] {
        var found = Found()
        try space.prepareReserve()
        for source in site.configuration.readSources where only?.contains(source.name) ?? true {
            try Task.checkCancellation()
            guard try hasRoom(&record) else { break }
            record.reading.sources += 1
            let (lines, events) = (record.reading.lines, record.reading.events)
            var counts: [CounterKey: Double] = [:]
            do {
                try await read(source, &record, &found, &counts)
                counts[CounterKey(.sourceReads, source.name, "ok")] = 1
            } catch let error as SourceError {
                fail(error, &record)
                counts[CounterKey(.sourceReads, source.name, "error")] = 1
            }
            try site.history.count(counts)
            progress(
                .detail(
                    "source \(source.name): \(record.reading.lines - lines) lines, \(record.reading.events - events) events"
                ))
        }
        if let count = record.reading.masked[OperatorPatterns.unchecked] {
            record.reading.problems.append(
                record.said(
                    OwnWords(
                        "\(count) stretches of text were masked whole: an expression of [[redaction.pattern]] reached "
                            + "its limit there",
                        "텍스트 \(count)곳을 통째로 가림: [[redaction.pattern]]의 식이 거기서 한계에 이름")))
        }
        // A shard does not see what the others have: the run that merges joins.
        if site.configuration.grouping.joinsAlike, shard == nil { try joinAlike() }
        try found.rename(site.history.canonical(of: found.fingerprints))
        record.groups = found.touched.count
        record.newGroups = found.new.count
        record.backGroups = found.back.count
        let reading = record.reading
        progress(
            .readingDone(lines: reading.lines, bytes: reading.bytes, sources: reading.sources, events: reading.events))
        progress(.grouped(groups: found.touched.count, new: found.new.count, back: found.back.count))
        for problem in reading.problems { progress(.detail(problem)) }
        return found.touched
    }

    private var space: DiskSpace {
        DiskSpace(home: site.configuration.home, leastFree: site.configuration.retention.minFree)
    }

    /// Below the least free space the rest waits for another run; told once.
    private func hasRoom(_ record: inout BatchRecord) throws -> Bool {
        guard let words = try space.shortage() else { return true }
        space.giveUpReserve()
        if !record.failures.contains(words.english) {
            record.fail(words)
            progress(.warning(words.english))
        }
        return false
    }

    /// Joins groups that all messages of the history together show to be alike.
    private func joinAlike() throws {
        for proposal in AliasProposal.among(try site.history.messageGroups()) {
            try site.history.join(proposal.group, into: proposal.canonical, now: now)
            progress(
                .detail("\(proposal.group) is \(proposal.canonical): \(proposal.template.prefix(Self.shownCharacters))")
            )
        }
    }

    /// Characters of a template that are told.
    private static let shownCharacters = 200

    private func fail(_ error: SourceError, _ record: inout BatchRecord) {
        let words = site.textRedactor(error.description).text
        let told = error.remedy.map { "\(words). \($0)" } ?? words
        record.fail(OwnWords(told, "소스를 읽을 수 없음: \(told)"))
        record.reading.failed = (record.reading.failed ?? []) + [error.kind.rawValue]
    }

    private func read(
        _ source: SourceSettings, _ record: inout BatchRecord, _ found: inout Found,
        _ counts: inout [CounterKey: Double]
    ) async throws {
        var ledger = try SourceLedger(source, history: site.history, extent: extent, now: now)
        guard let stretch = ledger.stretch else { return }
        var reader = try openSource(
            source, cursors: ledger.cursors,
            context: SourceContext(now: now, stretch: stretch, maskPath: { [site] in site.textRedactor($0).text }))
        var statistics = IntakeStatistics()
        // What could not be read is told of a source that fails, too.
        defer {
            tell(statistics, of: source, &record)
            let failures = statistics.unreadable.reduce(statistics.unlistedProblems) { $0 + $1.count }
            if failures > 0 { counts[CounterKey(.parseFailures, source.name), default: 0] += Double(failures) }
        }
        while let piece = try await reader.next(limit: Self.eventsATransaction) {
            try Task.checkCancellation()
            try commit(piece, source, &ledger, &record, &found)
            statistics += piece.statistics
            guard try hasRoom(&record) else { return }
            let state = reader.progress
            let unit: ReadingProgress.Unit = state.unit == .bytes ? .bytes : .seconds
            progress(
                .reading(
                    source: source.name, progress: ReadingProgress(done: state.done, total: state.total, unit: unit),
                    lines: record.reading.lines, events: record.reading.events))
        }
        if statistics.lines > 0 { record.reading.heard = (record.reading.heard ?? []) + [source.name] }
        try ledger.finish(in: site.history, now: now)
        // Behind a backfill that was stopped, what this one was asked for.
        if ledger.isResumed { try await read(source, &record, &found, &counts) }
    }

    /// One transaction: events, marks, cursors, and what was masked.
    private func commit(
        _ piece: SourcePiece, _ source: SourceSettings, _ ledger: inout SourceLedger, _ record: inout BatchRecord,
        _ found: inout Found
    ) throws {
        let prepared = PreparedEvents(
            piece.events, redactor: site.redactor, grouper: site.grouper, now: now,
            deduplicateUntil: source.kind == .inbox ? now.advanced(by: Self.remembered) : nil, shard: shard)
        let entries = prepared.entries
        let masked = piece.masked.merging(prepared.masked, uniquingKeysWith: +)
        var batch = RecordBatch(entries: entries, masked: masked, now: now)
        batch.source = source.name
        batch.maskedLate = prepared.maskedLate.take
        batch.cursors = ledger.records(of: piece)
        batch.forgotten = piece.forgotten.map { CursorRecord(source: source.name, key: $0, payload: "") }
        batch.isBaseline = ledger.isBaseline
        // Older data are no news, and a shard tells nothing by itself: the merge does.
        batch.isNews = extent == .news && shard == nil
        batch.burst = source.triggers.burst.map {
            BurstRule(over: $0, minutes: Int(source.triggers.burstWindow.inSeconds / 60))
        }
        let summary = try site.history.record(batch)
        for entry in entries { found.touched[entry.grouping.fingerprint, default: 0] += entry.event.count }
        if !ledger.isBaseline, extent == .news { found.new.formUnion(summary.new) }
        found.back.formUnion(summary.back)
        record.reading.lines += Int(piece.statistics.lines)
        record.reading.bytes += piece.statistics.bytes
        record.reading.events += summary.events
        record.reading.masked.merge(masked, uniquingKeysWith: +)
        record.reading.masked.merge(summary.maskedLate, uniquingKeysWith: +)
    }

    private func tell(_ statistics: IntakeStatistics, of source: SourceSettings, _ record: inout BatchRecord) {
        var unlisted = statistics.unlistedProblems
        for problem in statistics.unreadable {
            guard record.reading.problems.count < Self.problemLimit else {
                unlisted += problem.count
                continue
            }
            let told = Unreadable(problem, source: source.name, redactor: site.textRedactor)
            record.reading.unreadable = (record.reading.unreadable ?? []) + [told]
            record.reading.problems.append(record.said(told.words(of: problem)))
        }
        if unlisted > 0 {
            record.reading.problems.append(
                record.said(
                    OwnWords(
                        "\(source.name): \(unlisted) more could not be read", "\(source.name): 읽지 못한 것 \(unlisted)개 더"))
            )
        }
        for skew in statistics.clockSkews where record.reading.problems.count < Self.problemLimit {
            record.reading.problems.append(skew.words(source: source.name, redactor: site.textRedactor))
        }
        guard statistics.older > 0 else { return }
        record.reading.older = (record.reading.older ?? 0) + statistics.older
        progress(
            .detail(
                "source \(source.name): \(statistics.older) events from before its first run were left out; "
                    + "appliance batch --backfill reads them"))
    }
}

/// What could not be read at one place, for the summary, the report and `--json-summary`.
public struct Unreadable: Sendable, Hashable, Codable {
    public var source: String
    public var path: String
    /// Of the first occurrence, into the decompressed file.
    public var offset: Int64?
    public var reason: String
    public var count: Int
    /// The beginning of the first, redacted.
    public var sample: String?

    init(_ problem: IntakeProblem, source: String, redactor: Redactor) {
        (self.source, offset, count) = (source, problem.offset, problem.count)
        path = redactor(problem.path).text
        reason = problem.explanation
        sample = problem.sample.map { redactor($0).text }
    }

    /// Source, place, reason and sample in one sentence.
    public var words: String {
        let place = offset.map { " from offset \($0)" } ?? ""
        let shown = sample.map { ", such as \"\($0)\"" } ?? ""
        return "\(source): \(path): \(reason)\(place)\(shown)"
    }

    /// The same with the reason in each language.
    func words(of problem: IntakeProblem) -> OwnWords {
        let place = offset.map { " (위치 \($0)부터)" } ?? ""
        let shown = sample.map { ", 예: \"\($0)\"" } ?? ""
        return OwnWords(words, "\(source): \(path): \(problem.words.korean)\(place)\(shown)")
    }
}
