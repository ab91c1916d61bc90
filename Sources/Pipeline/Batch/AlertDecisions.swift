import Delivery
import Events
import Foundation
import History
import Intake

/// What one run has to tell at once, later or not at all.
struct AlertDecisions {
    private(set) var alerts: [Alert] = []
    private(set) var warnings: [Alert] = []
    private(set) var states: [Fingerprint: AlertState] = [:]
    private(set) var notices: [String] = []
    private(set) var book: AlertBook
    /// Messages that wait to be carried out; nil where nobody can tell.
    private var outboxSize: Int?
    /// Alerts of earlier runs that count for a storm.
    private var recent = 0
    /// What was remembered is of a version that is not understood, or damaged.
    private let isBookLost: Bool
    private let site: Site
    private let now: Timestamp

    /// The setting that the book is kept under.
    static let bookKey = "alert.book"

    init(site: Site, now: Timestamp) throws {
        (self.site, self.now) = (site, now)
        guard let text = try site.history.setting(Self.bookKey) else {
            (book, isBookLost) = (AlertBook(), false)
            return
        }
        let found = AlertBook.read(Data(text.utf8))
        (book, isBookLost) = (found ?? AlertBook(), found == nil)
    }

    func encoded(_ book: AlertBook) throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys]
        return String(decoding: try encoder.encode(book), as: UTF8.self)
    }

    /// What is wrong with the appliance itself: failed runs, a model that cannot be used, sources that fell silent.
    mutating func lookAtItself(_ record: inout BatchRecord) {
        var own: [String] = []
        if isBookLost {
            own.append(
                record.said(
                    OwnWords(
                        "what the alert policy remembered could not be read, another version wrote it or it is "
                            + "damaged: it begins anew, and what was told, gathered or held before may be told twice "
                            + "or not at all",
                        "알림 정책의 기억을 읽을 수 없음, 다른 버전이 썼거나 손상됨: 새로 시작하며, 이미 알렸거나 모았거나 "
                            + "보류한 것을 두 번 알리거나 알리지 않을 수 있음")))
        }
        if let words = record.diagnosing.slowness { own.append(words) }
        outboxSize = try? Outbox(directory: site.configuration.home.outbox).list().count
        if let count = outboxSize, let words = fullness(count) { own.append(record.said(words)) }
        if record.diagnosing.failed, let absence = record.diagnosing.absence {
            own.append(
                record.said(OwnWords("the model cannot be used: \(absence)", "모델을 쓸 수 없음: \(absence)")))
        }
        if record.reading.sources > 0 {
            let silent = book.listen(
                to: site.configuration.sources.map(\.name), heard: Set(record.reading.heard ?? []), now: now)
            own += silent.map { source, since in
                record.said(
                    OwnWords(
                        "source \(source) has brought nothing since \(since.rfc3339), longer than it ever was silent",
                        "소스 \(source): \(since.rfc3339)부터 아무것도 오지 않음, 지금까지의 가장 긴 침묵보다 긺"))
            }
        }
        if !own.isEmpty { record.notices = own }
        let failures = record.failures.map { "a run failed: \($0)" }
        notices = book.due(failures + own, now: now, settings: site.configuration.alerts)
    }

    /// Nil as long as there is room.
    private func fullness(_ count: Int) -> OwnWords? {
        let limit = site.configuration.outbox.fullFrom
        guard count >= limit - limit / 5 else { return nil }
        return count >= limit
            ? OwnWords(
                "the outbox is full: all but critical alerts are gathered until its messages are carried out "
                    + "(full from \(limit) messages on)",
                "발신함이 가득 참: 메시지를 내보낼 때까지 치명적인 알림 말고는 모아 둠 (메시지 \(limit)개부터 가득 참)")
            : OwnWords(
                "the outbox is nearly full: its messages are not carried out (full from \(limit) messages on)",
                "발신함이 거의 가득 참: 메시지가 나가지 않고 있음 (메시지 \(limit)개부터 가득 참)")
    }

    /// Whether only what is critical still gets a message of its own.
    var isFull: Bool { outboxSize.map { $0 >= site.configuration.outbox.fullFrom } ?? false }

    /// - Parameter postponed: groups that were kept quiet before, as far as they are not of this run.
    mutating func decide(
        _ report: Report, touched: [Fingerprint: Int], into record: inout BatchRecord,
        postponed: ([AlertBook.Postponed]) throws -> [ReportGroup]
    ) throws {
        let settings = site.configuration.alerts
        let known = try site.history.alertStates(of: touched.keys.sorted())
        let maintenance = try MaintenanceBook.all(site.configuration, site.history)
        let gate = ExportGate(site)
        func decide(
            _ facts: GroupFacts, _ severity: Severity, _ occurrences: Int, _ before: AlertState, isHeld: Bool
        ) -> [AlertAction] {
            let (after, actions) = AlertPolicy.decide(
                facts, severity: severity, occurrences: occurrences, state: before, isHeld: isHeld, now: now,
                settings: settings)
            let fingerprint = facts.group.fingerprint
            if after != known[fingerprint] ?? AlertState() { states[fingerprint] = after }
            return actions
        }
        for group in report.muted {
            let fingerprint = group.facts.group.fingerprint
            guard let occurrences = touched[fingerprint] else { continue }
            let before = known[fingerprint] ?? AlertState()
            record.held += decide(group.facts, .info, occurrences, before, isHeld: false).count
        }
        for group in report.groups {
            let fingerprint = group.facts.group.fingerprint
            guard let occurrences = touched[fingerprint] else { continue }
            let isHeld = maintenance.contains { $0.holds(group.facts) }
            let before = known[fingerprint] ?? AlertState()
            let actions = decide(group.facts, group.severity, occurrences, before, isHeld: isHeld)
            if group.severity >= settings.gatherFrom, isHeld || settings.isQuiet(group.severity, at: now) {
                book.postpone(fingerprint, now: now)
            } else {
                book.forgetPostponed(fingerprint)
            }
            take(actions, group, gate, &record)
        }
        // What was kept quiet and happens no more is told when the quiet ends, as if it came now.
        for group in try postponed(book.postponed) {
            let (fingerprint, facts) = (group.facts.group.fingerprint, group.facts)
            let isHeld = maintenance.contains { $0.covers(now) && $0.concerns(facts) }
            guard touched[fingerprint] == nil, !isHeld, !settings.isQuiet(group.severity, at: now) else { continue }
            book.forgetPostponed(fingerprint)
            var state = try site.history.alertStates(of: [fingerprint])[fingerprint] ?? AlertState()
            guard state.mute == nil, state.heldBack > 0 else { continue }
            let occurrences = state.heldBack
            state.heldBack = 0
            take(decide(facts, group.severity, occurrences, state, isHeld: false), group, gate, &record)
        }
        if isFull {
            for alert in alerts where alert.group.severity < .critical { book.gather(alert) }
            alerts.removeAll { $0.group.severity < .critical }
            return
        }
        recent = book.note(alerts: alerts.count, now: now, window: settings.stormWindow)
        warnings = book.takeGathered(from: report.groups.map(gate.group), now: now, settings: settings)
    }

    private mutating func take(
        _ actions: [AlertAction], _ group: ReportGroup, _ gate: ExportGate, _ record: inout BatchRecord
    ) {
        for action in actions {
            switch action {
            case .send(let reason, let heldBack):
                alerts.append(Alert(group: gate.group(group), reason: reason, heldBack: heldBack))
            case .gather(let reason, let heldBack):
                book.gather(Alert(group: group, reason: reason, heldBack: heldBack))
            case .hold: record.held += 1
            }
        }
    }

    /// What is told now.
    func contents(_ settings: AlertSettings) -> [MessageContent] {
        var contents = AlertPolicy.messages(for: alerts, recent: recent, settings: settings).map { message in
            switch message {
            case .group(let alert): MessageContent.alert(alert)
            case .storm(let alerts): MessageContent.storm(alerts)
            }
        }
        if !notices.isEmpty { contents.append(.notice(notices)) }
        if !warnings.isEmpty { contents.append(.warnings(warnings)) }
        return contents
    }
}
