import Delivery
import Events
import Foundation
import Grouping
import History

/// Everything known of one group, for a page about it, and the search among groups.
public struct GroupDesk: Sendable {
    let configuration: Configuration

    /// Samples that are told, and similar groups.
    public static let samples = 5
    public static let similar = 8
    /// A question is a few words of what it looks for: less alike than an error would be.
    public static let leastLikeness = 0.03
    /// Scalars of a question that are read.
    public static let longestQuestion = 2000

    public init(configuration: Configuration) { self.configuration = configuration }

    public struct Dossier: Sendable {
        /// With the window that was asked for.
        public var group: ReportGroup
        /// The latest first; redacted.
        public var samples: [ErrorEvent]
        /// As the history knows them now; what the diagnosis was shown is the group's own list.
        public var similar: [SimilarGroup]
        public var explanation: GroupExplanation
        /// While it holds.
        public var mute: AlertState.Mute?
        public var verdict: Verdict?
        /// What people did with it, newest first.
        public var acts: [Act]
    }

    /// What a person did with a group.
    public struct Act: Sendable, Hashable {
        public var at: Timestamp
        /// `resolve`, `reopen`, `mute`, `unmute`, `feedback` or `draft`.
        public var action: String
        public var author: String?
        public var detail: String?
    }

    /// - Parameter slices: of the window, in the group's series.
    /// - Throws: ``GroupError``, `HistoryError`.
    public func dossier(
        of reference: GroupReference, window: TimeWindow, slices: Int, now: Timestamp
    ) throws -> Dossier {
        let site = try Site(configuration, mode: .readOnly, now: now)
        let (history, reporting) = (site.history, Reporting(site: site))
        let fingerprint = try reporting.find(reference, history).fingerprint
        guard let facts = try history.facts(of: fingerprint, window: window, slices: slices),
            let group = try reporting.groups([facts], history).first
        else { throw GroupError.unknown(reference.prefix) }
        let samples = try history.samples(of: fingerprint, limit: Self.samples)
        let similar = try samples.first.map {
            try history.similar(
                to: site.grouper.group($0).searchKey, excluding: fingerprint, limit: Self.similar)
        }
        // What wakes a mute is judged by the last day, whatever the window.
        let day = TimeWindow(start: now.advanced(by: .zero - Batch.reportWindow), end: now)
        let mute = try history.alertStates(of: [fingerprint])[fingerprint]?.mute.flatMap { mute in
            let lately = try history.facts(of: fingerprint, window: day, slices: 1) ?? facts
            return mute.wake(lately, now: now, factor: configuration.alerts.breakThrough) == nil ? mute : nil
        }
        return Dossier(
            group: group, samples: samples, similar: similar ?? [],
            explanation: try reporting.why(GroupReference(fingerprint)), mute: mute,
            verdict: try history.verdict(of: fingerprint),
            acts: try history.audit(of: fingerprint).map {
                Act(at: $0.at, action: $0.note.action.rawValue, author: $0.note.author, detail: $0.note.detail)
            })
    }

    /// What a question finds in all of history.
    public struct Found: Sendable {
        /// Groups that it names by the beginning of their id.
        public var named: [ErrorGroup] = []
        /// Groups whose title or template holds it.
        public var holding: [ErrorGroup] = []
        /// Groups that are like it, the most alike first; none of those above.
        public var alike: [SimilarGroup] = []
    }

    /// Searches all of history: by id, by text, by likeness.
    public func search(_ question: String, limit: Int, now: Timestamp) throws -> Found {
        let text = String(question.unicodeScalars.prefix(Self.longestQuestion)).trimmingCharacters(in: .whitespaces)
        guard !text.isEmpty else { return Found() }
        let site = try Site(configuration, mode: .readOnly, now: now)
        var found = Found()
        if let reference = GroupReference(text) { found.named = try site.history.groups(matching: reference) }
        found.holding = try site.history.groups(holding: text, limit: limit)
        let key = site.grouper.searchKey(of: ErrorEvent(id: "", time: now, message: text))
        let known = Set((found.named + found.holding).map(\.fingerprint))
        found.alike = try site.history.similar(to: key, limit: limit, least: Self.leastLikeness).filter {
            !known.contains($0.fingerprint)
        }
        return found
    }
}

extension GroupReference {
    /// All digits of it: never ambiguous.
    init(_ fingerprint: Fingerprint) {
        guard let reference = GroupReference(fingerprint.hex) else { preconditionFailure("64 digits are a reference") }
        self = reference
    }
}
