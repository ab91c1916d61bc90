import Diagnosing
import Events
import Foundation
import History

/// Asks the model about what waits, the worst first, beside the reading: as many groups an hour as configured, all of
/// them at night, ever more rarely while the endpoint fails.
actor WatchAsking {
    private let clock: @Sendable () -> Timestamp
    private let wake: AsyncStream<WatchWake>.Continuation
    private let tell: @Sendable (WatchEvent) -> Void
    private let calls: AsyncStream<Site>
    private let call: AsyncStream<Site>.Continuation
    /// When models were asked, in the last day, nights left out; kept in the history, so that a watch that is started
    /// again and again asks no more often. nil until it is read.
    private var asked: [Timestamp]?
    private let jitter: @Sendable () -> Double
    private var failures = 0
    private var notBefore: Timestamp?
    /// At night the hour's limit does not hold.
    private var nightUntil: Timestamp?

    /// Waiting time after the first failure; it doubles up to `longestWait`.
    private static let firstWait = Duration.minutes(1)
    private static let longestWait = Duration.minutes(15)

    init(
        clock: @escaping @Sendable () -> Timestamp, wake: AsyncStream<WatchWake>.Continuation,
        tell: @escaping @Sendable (WatchEvent) -> Void,
        jitter: @escaping @Sendable () -> Double = { Double.random(in: 0.75...1) }
    ) {
        (self.clock, self.wake, self.tell, self.jitter) = (clock, wake, tell, jitter)
        // Whoever asks while an answer is made is heard once more afterwards.
        (calls, call) = AsyncStream.makeStream(of: Site.self, bufferingPolicy: .bufferingNewest(1))
    }

    /// There may be something to ask about.
    nonisolated func knock(_ site: Site) { call.yield(site) }

    /// The night's budget begins.
    func beginNight(_ site: Site) {
        nightUntil = clock().advanced(by: site.configuration.budget.time)
        knock(site)
    }

    /// Until the task is cancelled.
    func run() async {
        for await site in calls {
            while !Task.isCancelled, allows(site) {
                do {
                    guard try await askOne(site) else { break }
                } catch is CancellationError {
                    return
                } catch {
                    tell(.failed("a diagnosis failed: \(error)"))
                    fail()
                    break
                }
            }
        }
    }

    /// - Returns: false where nothing is left, or nobody answers.
    private func askOne(_ site: Site) async throws -> Bool {
        guard !site.configuration.diagnosingModels.isEmpty else { return false }
        let waiting = try site.history.queuedGroups()
        guard !waiting.isEmpty else { return false }
        let (now, tell) = (clock(), tell)
        var stage = DiagnosingStage(site: site, now: now) { tell(.progress($0)) }
        stage.most = 1
        var record = BatchRecord(started: now, finished: now)
        var embedding = EmbeddingStage(site: site, now: now) { tell(.progress($0)) }
        embedding.most = OllamaClient.mostTextsAtOnce
        try await embedding.run(into: &record)
        let groups = try await stage.diagnose(Set(waiting), into: &record)
        record.finished = clock()
        // What an answer cost counts, whether it was good for anything or not.
        let hasAsked = record.diagnosing.byModel > 0 || record.diagnosing.promptTokens > 0
        if hasAsked, nightUntil.map({ now >= $0 }) ?? true { try note(now, site) }
        // Groups that are muted, or too old for a case, stay where they are.
        let isNothing = record.diagnosing.byModel + record.diagnosing.fromCache + record.diagnosing.builtIn == 0
        if isNothing, !record.diagnosing.failed { return false }
        wake.yield(.diagnosed(groups, record))
        guard !groups.isEmpty else {
            // The built-in triage stands; the group is no longer in the way, or the endpoint is away.
            if record.diagnosing.failed { fail() }
            return !record.diagnosing.failed && record.diagnosing.queued == 0
        }
        (failures, notBefore) = (0, nil)
        return true
    }

    private func allows(_ site: Site) -> Bool {
        let now = clock()
        if let notBefore, now < notBefore { return false }
        if let nightUntil, now < nightUntil { return true }
        let lastDay = times(site).filter { Self.isWithin(.days(1), $0, now) }
        asked = lastDay
        let lastHour = lastDay.count { Self.isWithin(.hours(1), $0, now) }
        let limits = site.configuration.watch
        return lastHour < limits.diagnosesAnHour && lastDay.count < limits.diagnosesADay
    }

    /// On either side: a clock may have been set back.
    private static func isWithin(_ span: Duration, _ time: Timestamp, _ now: Timestamp) -> Bool {
        let passed = time.duration(to: now)
        return passed < span && passed > .zero - span
    }

    private static let key = "watch.asked"
    /// Times that are kept; no limit of a day is larger.
    private static let mostKept = 100_000

    /// What cannot be understood limits nothing: it was written by another version.
    private func times(_ site: Site) -> [Timestamp] {
        if let asked { return asked }
        let text = (try? site.history.setting(Self.key)).flatMap(\.self) ?? ""
        return text.split(separator: " ").suffix(Self.mostKept).compactMap { Timestamp(rfc3339: String($0)) }
    }

    private func note(_ now: Timestamp, _ site: Site) throws {
        let all = (times(site) + [now]).suffix(Self.mostKept)
        asked = Array(all)
        try site.history.setSetting(Self.key, to: all.map(\.rfc3339).joined(separator: " "))
    }

    private func fail() {
        failures += 1
        let wait = min(Self.longestWait, Self.firstWait * (1 << min(failures - 1, 8)))
        // Several appliances that share a server do not come back to it all at once.
        notBefore = clock().advanced(by: wait * jitter())
    }
}
