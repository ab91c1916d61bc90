import Delivery
import Events
import Foundation
import Pipeline

/// Reads what the pages show, one page at a time, so that many readers never take the processors from the doors.
///
/// A report is made again when the history has changed, but not more often than it takes to make.
actor PageDesk {
    let configuration: Configuration
    private let clock: @Sendable () -> Timestamp

    private struct FileFacts: Equatable {
        var size: UInt64?
        var changed: Date?
    }

    private struct Kept {
        var report: Report
        var stamp: [FileFacts]
        var at: ContinuousClock.Instant
        var took: Duration
    }

    /// What the appliance says itself stands in a report in one language.
    private struct Edition: Hashable {
        var window: PageWindow
        var language: ReportLanguage
    }

    private var reports: [Edition: Kept] = [:]
    private var checks: (list: [Doctor.Check], at: ContinuousClock.Instant)?

    /// The window moves on, even where nothing comes in.
    static let longestKept = Duration.seconds(30)
    /// The model's server is asked again after so long, and not waited for longer.
    static let checksKept = Duration.seconds(30)
    static let checksWait = Duration.seconds(4)

    init(configuration: Configuration, clock: @escaping @Sendable () -> Timestamp) {
        (self.configuration, self.clock) = (configuration, clock)
    }

    func now() -> Timestamp { clock() }

    func report(_ window: PageWindow, in say: ReportLanguage) throws -> Report {
        let (stamp, now) = (historyStamp(), ContinuousClock.now)
        let edition = Edition(window: window, language: say)
        if let kept = reports[edition] {
            let age = now - kept.at
            if age < Self.longestKept, kept.stamp == stamp || age < kept.took { return kept.report }
        }
        let moment = clock()
        let report = try Reporting(configuration: configuration).report(
            of: window.before(moment), layout: ReportLayout(language: say), now: moment)
        reports[edition] = Kept(report: report, stamp: stamp, at: now, took: .now - now)
        return report
    }

    func dossier(of reference: GroupReference, _ window: PageWindow) throws -> GroupDesk.Dossier {
        let now = clock()
        return try GroupDesk(configuration: configuration).dossier(
            of: reference, window: window.before(now), slices: window.slices, now: now)
    }

    func search(_ question: String, limit: Int) throws -> GroupDesk.Found {
        try GroupDesk(configuration: configuration).search(question, limit: limit, now: clock())
    }

    func queue() throws -> DiagnosisQueue {
        let now = clock()
        return try DiagnosisQueue(configuration: configuration, window: PageWindow.day.before(now), now: now)
    }

    func outbox() throws -> OutboxDesk.Overview { try OutboxDesk(configuration: configuration).overview(now: clock()) }

    func text(of number: Int) throws -> String { try OutboxReading(configuration: configuration).text(of: number) }

    func text(ofHeld number: Int) throws -> String {
        try OutboxLeaving(configuration: configuration).text(ofHeld: number, now: clock())
    }

    /// What is done by a person: alone, and seen by the next page.
    func act<Result: Sendable>(_ body: @Sendable (Configuration, Timestamp) throws -> Result) throws -> Result {
        defer { reports = [:] }
        return try body(configuration, clock())
    }

    /// What the model's server says of the configured models; nil where it does not answer soon enough.
    func modelChecks() async -> [Doctor.Check]? {
        if let checks, .now - checks.at < Self.checksKept { return checks.list }
        let (desk, moment) = (ModelDesk(configuration: configuration), clock())
        let list = await withTaskGroup(of: [Doctor.Check]?.self) { group in
            group.addTask { await desk.check(now: moment, memory: nil) }
            group.addTask {
                try? await Task.sleep(for: Self.checksWait)
                return nil
            }
            defer { group.cancelAll() }
            return await group.next() ?? nil
        }
        if let list { checks = (list, .now) }
        return list
    }

    /// Sizes and times of the history's files: another value, another content.
    private func historyStamp() -> [FileFacts] {
        ["", "-wal"].map { suffix in
            // Either file may be missing: that is a value too.
            let facts = try? FileManager.default.attributesOfItem(atPath: configuration.home.history + suffix)
            return FileFacts(
                size: facts?[.size] as? UInt64, changed: facts?[.modificationDate] as? Date)
        }
    }
}
