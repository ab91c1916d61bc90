import Delivery
import Events
import Foundation
import History

/// Groups that somebody wants to hear nothing of.
public struct Muting: Sendable {
    private let configuration: Configuration

    public init(configuration: Configuration) { self.configuration = configuration }

    /// - Parameter until: nil for good; tenfold growth, a new release and a regression wake it all the same.
    public func mute(
        _ reference: GroupReference, until: Timestamp?, reason: String, by author: String?, now: Timestamp
    ) throws -> ErrorGroup {
        let site = try Site(configuration, mode: .readWrite, now: now)
        let group = try Reporting(site: site).find(reference, site.history)
        let window = TimeWindow(start: now.advanced(by: .zero - Batch.reportWindow), end: now)
        let facts = try site.history.facts(of: group.fingerprint, window: window)
        let mute = AlertState.Mute(
            at: now, until: until, reason: site.textRedactor(reason).text, by: author, count: facts?.count ?? 0,
            releases: facts?.releases.map(\.release) ?? [])
        let note = AuditNote(
            .mute, of: group.fingerprint, by: author, detail: until.map(\.rfc3339) ?? "for good")
        try site.history.changeAlertState(of: group.fingerprint, note: (note, at: now)) { $0.mute = mute }
        return group
    }

    /// - Returns: nil when it was not muted.
    public func unmute(_ reference: GroupReference, by author: String?, now: Timestamp) throws -> ErrorGroup? {
        let site = try Site(configuration, mode: .readWrite, now: now)
        let group = try Reporting(site: site).find(reference, site.history)
        guard try site.history.alertStates(of: [group.fingerprint])[group.fingerprint]?.mute != nil else { return nil }
        let note = AuditNote(.unmute, of: group.fingerprint, by: author)
        try site.history.changeAlertState(of: group.fingerprint, note: (note, at: now)) { $0.mute = nil }
        return group
    }

    /// A mute, for people.
    public struct Muted: Sendable, Hashable, Codable {
        public var group: String
        public var mute: AlertState.Mute
    }

    public func list(now: Timestamp) throws -> [Muted] {
        try HistoryStore.open(at: configuration.home.history, mode: .readOnly, now: now).allAlertStates()
            .compactMap { fingerprint, state in state.mute.map { Muted(group: fingerprint.groupID, mute: $0) } }
            .sorted { $0.group < $1.group }
    }
}
