import Delivery
import Events
import Foundation
import History

/// Writes the report and puts the messages of a run into the outbox: of everything that is news by then.
struct DeliveryStage {
    let site: Site
    let now: Timestamp

    struct Delivered {
        var report: String
    }

    func run(into record: inout BatchRecord) throws -> Delivered {
        let news = try site.history.news()
        let window = TimeWindow(start: now.advanced(by: .zero - Batch.reportWindow), end: now)
        let reporting = Reporting(site: site)
        // The policy's decisions come before the report, which tells what they held back.
        var decided = try AlertDecisions(site: site, now: now)
        decided.lookAtItself(&record)
        let preview = try reporting.report(of: window, now: now, including: record)
        try decided.decide(preview, touched: news.groups, into: &record, postponed: kept(reporting))
        try enqueue(decided, preview, told: news, isWhole: true, into: &record)
        let report = try reporting.report(of: window, now: now, including: record)
        let path = try write(report, into: &record)
        removeOldReports(into: &record)
        try site.history.recordRun(
            RunRecord(
                kind: "batch", started: record.started, finished: record.finished,
                payload: String(decoding: try JSONEncoder().encode(record), as: UTF8.self)))
        try site.history.setSetting(Self.lastKey, to: record.finished.rfc3339)
        return Delivered(report: path)
    }

    /// The end of the last run that wrote a report; rounds of a watch are none.
    static let lastKey = "run.nightly"

    /// What does not wait for the next report: alerts, gathered warnings, notices and signs of life.
    func tell(into record: inout BatchRecord) throws {
        let news = try site.history.news()
        let window = TimeWindow(start: now.advanced(by: .zero - Batch.reportWindow), end: now)
        var decided = try AlertDecisions(site: site, now: now)
        decided.lookAtItself(&record)
        let reporting = Reporting(site: site)
        let preview = try reporting.report(of: window, now: now, including: record)
        try decided.decide(preview, touched: news.groups, into: &record, postponed: kept(reporting))
        try enqueue(decided, preview, told: news, isWhole: false, into: &record)
    }

    /// Groups that were kept quiet, seen over all the time since the first of their held events.
    private func kept(_ reporting: Reporting) -> ([AlertBook.Postponed]) throws -> [ReportGroup] {
        { postponed in
            try postponed.compactMap { entry in
                let start = entry.since.advanced(by: .zero - Batch.reportWindow)
                guard start < now else { return nil }
                return try reporting.groups(
                    [site.history.facts(of: entry.fingerprint, window: TimeWindow(start: start, end: now))]
                        .compactMap { $0 }, site.history
                ).first
            }
        }
    }

    /// Puts the diagnosis of groups that were told of at once into their threads.
    func update(_ diagnosed: [Fingerprint], into record: inout BatchRecord) throws {
        let states = try site.history.alertStates(of: diagnosed)
        let window = TimeWindow(start: now.advanced(by: .zero - Batch.reportWindow), end: now)
        let told = diagnosed.filter { states[$0].map { $0.sent > 0 && $0.mute == nil } ?? false }
        guard !told.isEmpty else { return }
        let report = try Reporting(site: site).report(of: window, now: now, including: record)
        let (settings, gate) = (site.configuration.alerts, ExportGate(site))
        let drafts = report.groups.filter { told.contains($0.facts.group.fingerprint) }.compactMap { group in
            guard group.severity >= settings.atOnceFrom else { return Delivery.OutboxDraft?.none }
            return maker.draft(.alert(Alert(group: gate.group(group), reason: .diagnosed)), at: now)
        }
        guard !drafts.isEmpty else { return }
        record.messages += try PendingMessages(site: site, now: now).enqueue(drafts)
        try writePending(into: &record)
    }

    private var maker: MessageMaker {
        MessageMaker(
            site: site.configuration.report.site, timeZone: site.configuration.timeZone.identifier,
            mention: site.configuration.alerts.mention, settings: site.configuration.outbox.messages)
    }

    /// Numbers, bytes, alert states and what the policy remembers of the site are committed together; then the files
    /// are written.
    ///
    /// - Parameter isWhole: with the digest and drafts of issues.
    private func enqueue(
        _ decided: AlertDecisions, _ digest: Report, told: News, isWhole: Bool, into record: inout BatchRecord
    ) throws {
        var book = decided.book
        let settings = site.configuration.alerts
        var drafts = decided.contents(settings).map { maker.draft($0, at: now) }
        var kept: [String: String] = [:]
        if isWhole, !decided.isFull {
            let gated = ExportGate(site).report(digest)
            drafts.append(maker.draft(.digest(gated), page: page(gated), at: now))
            if site.configuration.issues.enabled {
                let issues = try IssueDrafting(site: site, now: now).drafts(gated)
                drafts += issues.drafts
                kept[IssueDrafting.key] = issues.book
            }
        }
        if book.isHeartbeatDue(now: now, settings: settings) {
            let beat = Heartbeat(
                lastRun: now, failures: record.failures.count, events: digest.now.events, groups: digest.now.groups)
            drafts.append(
                Delivery.OutboxDraft(
                    kind: .heartbeat, subject: "heartbeat", severity: .info, time: now, data: .heartbeat(beat)))
        }
        record.messages += try PendingMessages(site: site, now: now).enqueue(
            drafts, alertStates: decided.states,
            settings: kept.merging([AlertDecisions.bookKey: try decided.encoded(book)]) { $1 }, told: told)
        try writePending(into: &record)
    }

    /// The page that goes with the digest, when it is small enough to be posted.
    private func page(_ report: Report) -> OutboxAttachment? {
        let page = Data(MaskedText.withoutHashes(HTMLReport.render(report)).utf8)
        return page.count <= DiscordPayload.attachmentBytes
            ? OutboxAttachment(name: "report-\(report.clock.isoDay(now)).html", bytes: page) : nil
    }

    private func writePending(into record: inout BatchRecord) throws {
        do {
            try PendingMessages(site: site, now: now).write()
        } catch let error as OutboxError {
            record.fail(
                OwnWords(
                    "\(error); the message is kept in the history and written by the next run",
                    "\(error). 메시지는 이력에 보존되고 다음 실행이 씁니다"))
        }
    }

    private func write(_ report: Report, into record: inout BatchRecord) throws -> String {
        let day = report.clock.isoDay(now)
        let base = "\(site.configuration.home.reports)/\(day)"
        do {
            try Data(MarkdownReport.render(report).utf8).write(to: URL(fileURLWithPath: "\(base).md"), options: .atomic)
            try JSONReport.render(report).write(to: URL(fileURLWithPath: "\(base).json"), options: .atomic)
        } catch let error as CocoaError {
            let why = error.systemWords
            record.fail(
                OwnWords(
                    "cannot write \(base).md: \(why); once there is room: appliance report --since 24h",
                    "\(base).md를 쓸 수 없음: \(why). 공간이 생기면: appliance report --since 24h"))
        }
        return "\(base).md"
    }

    /// Reports older than the retention are removed; the history can make each of them again.
    private func removeOldReports(into record: inout BatchRecord) {
        let directory = site.configuration.home.reports
        let oldest = now.advanced(by: .zero - site.configuration.retention.reports)
        do {
            for name in try FileManager.default.contentsOfDirectory(atPath: directory) {
                guard name.hasSuffix(".md") || name.hasSuffix(".json"),
                    let day = Timestamp(rfc3339: "\(name.prefix(10))T00:00:00Z"), day < oldest
                else { continue }
                try FileManager.default.removeItem(atPath: "\(directory)/\(name)")
            }
        } catch {
            let why = error.systemWords
            record.fail(
                OwnWords("cannot remove old reports in \(directory): \(why)", "\(directory)의 옛 보고서를 지울 수 없음: \(why)"))
        }
    }
}

extension SiteClock {
    /// `2026-11-21`, the day's name of a report file, in the site's zone.
    func isoDay(_ time: Timestamp) -> String {
        let zone = TimeZone(identifier: identifier) ?? .gmt
        let offset = zone.secondsFromGMT(for: Date(timeIntervalSince1970: time.seconds))
        return String(time.advanced(by: .seconds(offset)).rfc3339.prefix(10))
    }
}
