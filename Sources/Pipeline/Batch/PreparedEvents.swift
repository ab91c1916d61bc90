import Events
import Foundation
import Grouping
import History

/// Events of one piece of a source, redacted and grouped on all processors: what a transaction records.
struct PreparedEvents {
    /// In the order of the events.
    private(set) var entries: [RecordEntry] = []
    /// Rule → secrets that were masked.
    private(set) var masked: [String: Int] = [:]
    /// The same of lines that are read only of the events that are kept: to be asked once they were.
    let maskedLate = MaskLedger()

    /// Fewer events than this are not worth another thread.
    private static let eventsAShare = 64

    /// - Parameters:
    ///   - deduplicateUntil: for sources whose events may come twice.
    ///   - shard: keeps the groups of one shard only.
    init(
        _ events: [ErrorEvent], redactor: @escaping Redactor, grouper: Grouper, now: Timestamp,
        deduplicateUntil: Timestamp? = nil, shard: Shard? = nil
    ) {
        let lineRedactor = maskedLate.counting(redactor)
        let starts = stride(from: 0, to: events.count, by: Self.eventsAShare).map { $0 }
        let shares = ParallelMap.map(starts) { _, start in
            var counts: [String: Int] = [:]
            let share = events[start..<min(events.count, start + Self.eventsAShare)].compactMap { event in
                var clean = event.redacted(by: redactor, lines: lineRedactor, ledger: &counts)
                clean.receivedAt = clean.receivedAt ?? now
                let grouping = grouper.group(clean)
                return shard?.contains(grouping.fingerprint) ?? true
                    ? RecordEntry(event: clean, grouping: grouping, deduplicateUntil: deduplicateUntil) : nil
            }
            return (share, counts)
        }
        entries.reserveCapacity(events.count)
        for (share, counts) in shares {
            entries += share
            masked.merge(counts, uniquingKeysWith: +)
        }
    }
}
