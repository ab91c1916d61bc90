import Events
import Foundation
import History
import Intake

/// Reads and delivers for a watch: everything that happens one after the other.
///
/// Used by one task; the others only wake it.
final class WatchDesk {
    private(set) var configuration: Configuration
    private(set) var summary = WatchSummary()
    private var site: Site
    private let clock: @Sendable () -> Timestamp
    private let tell: @Sendable (WatchEvent) -> Void
    /// Called while a long reading goes on.
    private let alive: @Sendable () -> Void
    private let folders: FolderWatch?
    private let pace = ContinuousClock()

    private var tally: RunTally
    /// How the model was when it was last asked.
    private var lastAsked: BatchRecord
    /// Source → what it looked like when it was read last.
    private var stamps: [String: UInt64] = [:]
    private var askedRemotes: Timestamp?
    private var toldHourly: Timestamp?
    private var knockedAt: Timestamp?
    /// Reading never takes more than a part of the time.
    private var resting: ContinuousClock.Instant?
    /// There was work since memory was given back.
    private var hasWorked = true
    private var gaveBack: ContinuousClock.Instant?

    /// Groups that are given the built-in triage before they are told of; more at once become one message anyway.
    private static let triaged = 20
    /// A round is followed by so many times its length of rest.
    private static let restFactor = 2.0
    private static let longestRest = Duration.seconds(3)
    private static let hour = Duration.hours(1)
    private static let nightlyKey = "watch.nightly"

    init(
        configuration: Configuration, clock: @escaping @Sendable () -> Timestamp,
        wake: AsyncStream<WatchWake>.Continuation, tell: @escaping @Sendable (WatchEvent) -> Void,
        alive: @escaping @Sendable () -> Void
    ) throws {
        (self.configuration, self.clock, self.tell, self.alive) = (configuration, clock, tell, alive)
        site = try Site(configuration, mode: .readWrite, now: clock())
        try ShardRun.refuseShard(site.history)
        tally = RunTally(now: clock())
        lastAsked = BatchRecord(started: clock(), finished: clock())
        folders = FolderWatch { wake.yield(.changed) }
    }

    /// What the last run left untold, and the first look.
    func begin() throws {
        follow(tells: true)
        let now = clock()
        if try site.history.setting(Self.nightlyKey) == nil { try noteNight(now) }
        guard try !site.history.news().groups.isEmpty else { return }
        var record = BatchRecord(started: now, finished: now)
        deliver(now, &record)
        tally.add(record)
    }

    // MARK: - Looking

    /// Reads what changed, and does what the clock asks for.
    func look(_ asking: WatchAsking, _ fetching: WatchFetching) async {
        if let resting, pace.now < resting { try? await Task.sleep(until: resting, clock: pace) }
        let start = pace.now
        let now = clock()
        do {
            let (due, remote) = changed(now)
            fetching.knock(site, remote)
            if !due.isEmpty {
                // A trace is written in several pieces.
                try await Task.sleep(for: configuration.watch.settle)
                folders?.arm()
                try await read(due, asking)
                hasWorked = true
            }
            // Reading took its time: what it told has later times than `now`.
            try await doByTheClock(clock(), asking)
        } catch is CancellationError {
            return
        } catch {
            summary.failures += 1
            tell(.failed("\(error)"))
        }
        giveBackMemory()
        let rest = min(Self.longestRest, (pace.now - start - configuration.watch.settle) * Self.restFactor)
        resting = pace.now + max(.zero, rest)
        folders?.arm()
    }

    /// After work, but not after each piece of much work.
    private func giveBackMemory() {
        guard hasWorked, gaveBack.map({ pace.now >= $0 + .seconds(10) }) ?? true else { return }
        (hasWorked, gaveBack) = (false, pace.now)
        Heap.giveBack()
    }

    /// The names of the sources that look different from when they were read, and of those whose time has come.
    private func changed(_ now: Timestamp) -> (due: Set<String>, remote: Set<String>) {
        var (due, remote): (Set<String>, Set<String>) = ([], [])
        let asksRemotes =
            askedRemotes.map { $0.duration(to: now) >= configuration.watch.remoteEvery || $0 > now } ?? true
        for source in configuration.sources + [configuration.inbox] {
            switch source.kind {
            case .files, .spool, .inbox:
                let stamp = source.followed().stamp
                // What is too young is read when it has settled, though nothing changes by then.
                if stamps[source.name] != stamp || source.kind == .spool && asksRemotes { due.insert(source.name) }
                stamps[source.name] = stamp
            case .journald, .loki, .sentry, .clickhouse: if asksRemotes { remote.insert(source.name) }
            case .stdin:
                if stamps[source.name] == nil { due.insert(source.name) }
                stamps[source.name] = 0
            }
        }
        if asksRemotes { askedRemotes = now }
        return (due, remote)
    }

    private func follow(tells: Bool) {
        let all = (configuration.sources + [configuration.inbox]).reduce(into: Set<String>()) {
            $0.formUnion($1.followed().folders)
        }
        let unwatched = folders?.follow(all) ?? all.count
        guard tells else { return }
        tell(.watching(sources: configuration.sources.count, folders: all.count, unwatched: unwatched))
    }

    // MARK: - Reading and telling

    private func read(_ due: Set<String>, _ asking: WatchAsking) async throws {
        let now = clock()
        let (tell, alive) = (tell, alive)
        var record = BatchRecord(started: now, finished: now)
        var stage = ReadingStage(site: site, now: now, extent: .news) { event in
            switch event {
            case .warning: tell(.progress(event))
            case .reading: alive()
            default: break
            }
        }
        stage.only = due
        let touched = try await stage.run(into: &record)
        follow(tells: false)
        try await take(touched, record, asking)
    }

    /// Journals and engines brought this.
    func take(_ touched: [Fingerprint: Int], of record: BatchRecord, _ asking: WatchAsking) async {
        do {
            try await take(touched, record, asking)
        } catch is CancellationError {
            return
        } catch {
            summary.failures += 1
            tell(.failed("\(error)"))
        }
    }

    /// Tells of what a round of reading brought.
    private func take(_ touched: [Fingerprint: Int], _ record: BatchRecord, _ asking: WatchAsking) async throws {
        let now = clock()
        var record = record
        if !touched.isEmpty {
            var triage = DiagnosingStage(site: site, now: now) { _ in }
            (triage.mode, triage.most) = (.later, Self.triaged)
            // What others have read by now is told with it.
            let groups = Set(touched.keys).union(try site.history.news().groups.keys)
            try await triage.diagnose(try undiagnosed(groups), into: &record)
        }
        noteMasked(now, &record)
        if !touched.isEmpty || !record.failures.isEmpty { deliver(clock(), &record) }
        record.finished = clock()
        tally.add(record)
        summary.rounds += 1
        summary.lines += record.reading.lines
        summary.events += record.reading.events
        guard !touched.isEmpty else { return }
        tell(
            .read(
                events: record.reading.events, groups: touched.count, new: record.newGroups, messages: record.messages))
        asking.knock(site)
    }

    /// Groups without a diagnosis, the rarest first: what comes for the first time is what nobody knows.
    private func undiagnosed(_ groups: Set<Fingerprint>) throws -> Set<Fingerprint> {
        let known = try site.history.latestDiagnoses(of: groups.sorted())
        return groups.filter { known[$0] == nil }
    }

    private func noteMasked(_ now: Timestamp, _ record: inout BatchRecord) {
        let masked = site.ledger.take()
        guard !masked.isEmpty else { return }
        record.reading.masked.merge(masked, uniquingKeysWith: +)
        attempt { _ = try site.history.record(RecordBatch(entries: [], masked: masked, now: now)) }
    }

    /// What fails here is told and tried again with the next round.
    private func deliver(_ now: Timestamp, _ record: inout BatchRecord) {
        var told = record
        told.failures = Array(Set(tally.record.failures + record.failures)).sorted()
        told.reading.heard = (tally.record.reading.heard ?? []) + (record.reading.heard ?? [])
        told.takeLanguages(of: tally.record)
        recallModel(&told)
        if let words = attempt({ try DeliveryStage(site: site, now: now).tell(into: &told) }) {
            record.failures.append(words)
        }
        (record.messages, record.held, record.notices) = (told.messages, told.held, told.notices)
        record.takeLanguages(of: told)
        summary.messages += record.messages.count
    }

    /// Rounds that only read do not know how the model is.
    private func recallModel(_ record: inout BatchRecord) {
        guard record.diagnosing.model == nil else { return }
        let known = lastAsked.diagnosing
        (record.diagnosing.failed, record.diagnosing.absence) = (known.failed, known.absence)
        record.diagnosing.slowness = known.slowness
        record.takeLanguages(of: lastAsked)
    }

    /// - Returns: what went wrong, in words; it is told.
    @discardableResult
    private func attempt(_ work: () throws -> Void) -> String? {
        do {
            try work()
            return nil
        } catch {
            summary.failures += 1
            tell(.failed("\(error)"))
            return "\(error)"
        }
    }

    /// The model answered for these groups.
    func update(_ groups: [Fingerprint], _ answered: BatchRecord) {
        var record = answered
        let now = clock()
        if !groups.isEmpty {
            attempt { try DeliveryStage(site: site, now: now).update(groups, into: &record) }
        }
        noteMasked(now, &record)
        if answered.diagnosing.model != nil || answered.diagnosing.absence != nil { lastAsked = answered }
        summary.diagnosed += groups.count
        summary.messages += record.messages.count
        tally.add(record)
        if !groups.isEmpty { tell(.diagnosed(groups: groups.count, messages: record.messages)) }
    }

    // MARK: - By the clock

    private func doByTheClock(_ now: Timestamp, _ asking: WatchAsking) async throws {
        if toldHourly.map({ $0.duration(to: now) >= Self.hour || $0 > now }) ?? true {
            toldHourly = now
            hasWorked = true
            var record = BatchRecord(started: now, finished: now)
            // Every source is listened to, also when none of them brought anything.
            record.reading.sources = configuration.sources.count
            deliver(now, &record)
            tally.add(record)
            try keepTally(now)
        }
        // Waiting times of a failed endpoint and of the hour's limit end without any change of a file.
        if knockedAt.map({ $0.duration(to: now) >= .minutes(1) || $0 > now }) ?? true {
            knockedAt = now
            asking.knock(site)
        }
        try await doNightly(now, asking)
    }

    private func doNightly(_ now: Timestamp, _ asking: WatchAsking) async throws {
        guard let schedule = DailySchedule(configuration.schedule.nightlyAt, timeZone: configuration.timeZone),
            let text = try site.history.setting(Self.nightlyKey), let last = Timestamp(rfc3339: text),
            schedule.last(before: now) > last
        else { return }
        try noteNight(now)
        Batch.lookAfter(site.history, configuration, now: now, into: &tallyRecord)
        var record = tally.record
        (record.messages, record.finished) = ([], now)
        recallModel(&record)
        let delivered = try DeliveryStage(site: site, now: now).run(into: &record)
        tally = RunTally(now: now)
        summary.messages += record.messages.count
        tell(.nightly(report: delivered.report, messages: record.messages))
        await asking.beginNight(site)
    }

    private var tallyRecord: BatchRecord {
        get { BatchRecord(started: tally.record.started, finished: tally.record.finished) }
        set { tally.add(newValue) }
    }

    private func noteNight(_ now: Timestamp) throws {
        try site.history.setSetting(Self.nightlyKey, to: now.rfc3339)
    }

    /// The rounds so far as one run, for reports.
    private func keepTally(_ now: Timestamp) throws {
        let told = tally.record
        guard !tally.isEmpty, told.reading.lines > 0 || !told.failures.isEmpty || told.notices != nil else { return }
        try site.history.recordRun(
            RunRecord(
                kind: "batch", started: tally.record.started, finished: tally.record.finished,
                payload: String(decoding: try JSONEncoder().encode(tally.record), as: UTF8.self)))
        tally = RunTally(now: now)
    }

    // MARK: - Changes of the configuration, and the end

    /// A configuration that cannot be used leaves the old one in force.
    func reload(_ load: @Sendable () throws -> Configuration) async {
        do {
            let new = try load()
            guard new.home.path == configuration.home.path else {
                return tell(.notReloaded(reason: "the home is another one; it takes a restart"))
            }
            if !new.diagnosingModels.isEmpty { _ = try Asking.prompts(new) }
            let opened = try Site(new, mode: .readWrite, now: clock())
            await site.mirrors.close()
            (configuration, site, stamps) = (new, opened, [:])
            follow(tells: false)
            tell(.reloaded)
        } catch {
            tell(.notReloaded(reason: "\(error)"))
        }
    }

    func end() async {
        do { try keepTally(clock()) } catch { tell(.failed("\(error)")) }
        await site.mirrors.close()
    }
}
