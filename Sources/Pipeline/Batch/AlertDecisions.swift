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
    /// Alerts of earlier runs that count for a storm.
    private var recent = 0
    private let site: Site
    private let now: Timestamp

    /// The setting that the book is kept under.
    static let bookKey = "alert.book"

    init(site: Site, now: Timestamp) throws {
        (self.site, self.now) = (site, now)
        let text = try site.history.setting(Self.bookKey)
        // A book of a version that is not understood is begun anew: its worst is a warning told twice.
        book = text.flatMap { try? JSONDecoder().decode(AlertBook.self, from: Data($0.utf8)) } ?? AlertBook()
    }

    func encoded(_ book: AlertBook) throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys]
        return String(decoding: try encoder.encode(book), as: UTF8.self)
    }

    /// What is wrong with the appliance itself: failed runs, a model that cannot be used, sources that fell silent.
    mutating func lookAtItself(_ record: inout BatchRecord) {
        var own: [String] = []
        if record.diagnosing.failed, let absence = record.diagnosing.absence {
            own.append("the model cannot be used: \(absence)")
        }
        if record.reading.sources > 0 {
            let silent = book.listen(
                to: site.configuration.sources.map(\.name), heard: Set(record.reading.heard ?? []), now: now)
            own += silent.map {
                "source \($0.source) has brought nothing since \($0.since.rfc3339), longer than it ever was silent"
            }
        }
        if !own.isEmpty { record.notices = own }
        let failures = record.failures.map { "a run failed: \($0)" }
        notices = book.due(failures + own, now: now, settings: site.configuration.alerts)
    }

    mutating func decide(_ report: Report, touched: [Fingerprint: Int], into record: inout BatchRecord) throws {
        let settings = site.configuration.alerts
        let known = try site.history.alertStates(of: touched.keys.sorted())
        let maintenance = try MaintenanceBook.all(site.configuration, site.history)
        let gate = ExportGate(settings: site.configuration.export)
        func decide(_ facts: GroupFacts, _ severity: Severity) -> [AlertAction] {
            let fingerprint = facts.group.fingerprint
            guard let occurrences = touched[fingerprint] else { return [] }
            let before = known[fingerprint] ?? AlertState()
            let (after, actions) = AlertPolicy.decide(
                facts, severity: severity, occurrences: occurrences, state: before,
                isHeld: maintenance.contains { $0.holds(facts) }, now: now, settings: settings)
            if after != before { states[fingerprint] = after }
            return actions
        }
        for group in report.muted { record.held += decide(group.facts, .info).count }
        for group in report.groups {
            for action in decide(group.facts, group.severity) {
                switch action {
                case .send(let reason, let heldBack):
                    alerts.append(Alert(group: gate.group(group), reason: reason, heldBack: heldBack))
                case .gather(let reason, let heldBack):
                    book.gather(Alert(group: group, reason: reason, heldBack: heldBack))
                case .hold: record.held += 1
                }
            }
        }
        recent = book.note(alerts: alerts.count, now: now, window: settings.stormWindow)
        warnings = book.takeGathered(from: report.groups.map(gate.group), now: now, settings: settings)
    }

    func drafts(
        _ messages: DiscordMessages, settings: AlertSettings, now: Timestamp
    ) -> [Delivery.OutboxDraft] {
        var drafts = AlertPolicy.messages(for: alerts, recent: recent, settings: settings).map { message in
            switch message {
            case .group(let alert):
                Delivery.OutboxDraft(
                    kind: .alert, subject: alert.group.id, severity: alert.group.severity, time: now,
                    data: .discord(messages.alert(alert), thread: alert.group.id))
            case .storm(let alerts):
                Delivery.OutboxDraft(
                    kind: .storm, subject: "storm", severity: Self.worst(alerts), time: now,
                    data: .discord(messages.storm(alerts, at: now), thread: nil))
            }
        }
        if !notices.isEmpty {
            drafts.append(
                Delivery.OutboxDraft(
                    kind: .notice, subject: "appliance", severity: .high, time: now,
                    data: .discord(messages.notice(notices, at: now), thread: nil)))
        }
        if !warnings.isEmpty {
            drafts.append(
                Delivery.OutboxDraft(
                    kind: .warnings, subject: "warnings", severity: Self.worst(warnings), time: now,
                    data: .discord(messages.warnings(warnings, at: now), thread: nil)))
        }
        return drafts
    }

    private static func worst(_ alerts: [Alert]) -> Severity { alerts.map(\.group.severity).max() ?? .info }
}
