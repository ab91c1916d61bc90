import Delivery
import Events
import Foundation
import History

/// A person's correction of a diagnosis, told where the group was told of.
struct CorrectionNotice {
    let site: Site
    let now: Timestamp

    /// Nothing is sent of a group that nobody was told of, or that is muted.
    ///
    /// - Parameter cause: the person's words, redacted.
    func send(_ cause: String, of fingerprint: Fingerprint) throws {
        let state = try site.history.alertStates(of: [fingerprint])[fingerprint]
        guard let state, state.sent > 0, state.mute == nil else { return }
        let window = TimeWindow(start: now.advanced(by: .zero - Batch.reportWindow), end: now)
        guard let facts = try site.history.facts(of: fingerprint, window: window),
            let group = try Reporting(site: site).groups([facts], site.history).first
        else { return }
        let gated = ExportGate(site).group(group)
        let settings = site.configuration
        let payload = DiscordMessages(
            site: settings.report.site, timeZone: settings.timeZone.identifier, mention: .none
        ).correction(gated, cause: cause, at: now)
        let messages = PendingMessages(site: site, now: now)
        _ = try messages.enqueue([
            .init(
                kind: .alert, subject: gated.id, severity: .info, time: now,
                data: .discord(payload, thread: gated.id))
        ])
        try messages.write()
    }
}
