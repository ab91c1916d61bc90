import Events
import Foundation
import History

/// What a sender of Patrol's events is answered, in Patrol's form: what is known of each event by now.
///
/// Accepted events are diagnosed by the next run; a group that was diagnosed before is answered at once.
public struct PatrolReply: Sendable, Encodable {
    /// One event that was read.
    public struct Result: Sendable, Encodable {
        public var eventId: String?
        /// The fingerprint of its group.
        public var errorHash: String?
        public var analysis: String
        public var rootCause: String
        public var suggestedFix: String
        /// 0 to 100.
        public var confidenceScore: Int
        /// Absent while there is no diagnosis.
        public var analyzedAt: String?
    }

    public var processed: Int
    public var failed: Int
    public var results: [Result]
    public var cacheStats: HistoryUpkeep.Statistics.CacheStats?

    static let queued = "accepted; the next run diagnoses it"
    static let ignored = "no error by the triggers; not kept"
}

extension IntakeDoor {
    /// - Parameter receipt: what ``accept(_:as:service:)`` returned for the message.
    public func patrolReply(_ receipt: Receipt) -> PatrolReply {
        let known = (try? diagnoses(of: receipt.fingerprints.compactMap(\.self))) ?? [:]
        let results = zip(receipt.ids, receipt.fingerprints).compactMap { id, fingerprint -> PatrolReply.Result? in
            guard let id else { return nil }
            let diagnosis = fingerprint.flatMap { known[$0] }
            let first = diagnosis?.recommendations.first.map { "\($0.action): \($0.why)" }
            return PatrolReply.Result(
                eventId: id, errorHash: fingerprint,
                analysis: diagnosis?.analysis ?? (fingerprint == nil ? PatrolReply.ignored : PatrolReply.queued),
                rootCause: diagnosis?.rootCause ?? "", suggestedFix: diagnosis?.fix?.description ?? first ?? "",
                confidenceScore: diagnosis?.confidence ?? 0, analyzedAt: diagnosis?.provenance.at.rfc3339)
        }
        return PatrolReply(
            processed: results.count, failed: receipt.rejected, results: results,
            cacheStats: try? HistoryUpkeep(configuration: configuration).statistics(now: clock()).cacheStats)
    }

    /// Fingerprint in hexadecimal → the latest diagnosis; without a history there is none.
    private func diagnoses(of fingerprints: [String]) throws -> [String: Diagnosis] {
        let store = try HistoryStore.open(at: configuration.home.history, mode: .readOnly, now: clock())
        let found = try store.latestDiagnoses(of: fingerprints.compactMap(Fingerprint.init(hex:)))
        return Dictionary(found.map { ($0.key.hex, $0.value.diagnosis) }, uniquingKeysWith: { first, _ in first })
    }
}
