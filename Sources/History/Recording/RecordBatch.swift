import Events

/// What one read of the sources brought: recorded completely, in one transaction, or not at all.
public struct RecordBatch: Sendable {
    /// Redacted events with their groups, in reading order.
    public var entries: [RecordEntry]
    /// How far the sources are read once these events are in the history.
    public var cursors: [CursorRecord]
    /// Cursors that nothing needs any more; their payloads are not looked at.
    public var forgotten: [CursorRecord] = []
    /// Rule → secrets masked while reading.
    public var masked: [String: Int]
    /// Rule → secrets masked while the events were written: in lines that are read only of those that are kept.
    public var maskedLate: (@Sendable () -> [String: Int])?
    public var now: Timestamp
    /// Groups that this batch brings first are usual where it comes from: they are never called new.
    public var isBaseline = false
    /// Its events wait in ``HistoryStore/news()`` until they are delivered.
    public var isNews = false
    /// What makes a burst; nil looks for none.
    public var burst: BurstRule?
    /// The source that its events are counted under; nil counts none.
    public var source: String?

    public init(
        entries: [RecordEntry], cursors: [CursorRecord] = [], masked: [String: Int] = [:], now: Timestamp
    ) {
        (self.entries, self.cursors, self.masked, self.now) = (entries, cursors, masked, now)
    }
}

/// One event and its group.
public struct RecordEntry: Sendable {
    public var event: ErrorEvent
    public var grouping: GroupingResult
    /// For pushed intake: an event whose id was recorded before, and has not expired, is passed over.
    public var deduplicateUntil: Timestamp?

    public init(event: ErrorEvent, grouping: GroupingResult, deduplicateUntil: Timestamp? = nil) {
        (self.event, self.grouping, self.deduplicateUntil) = (event, grouping, deduplicateUntil)
    }
}

/// How far one input of a source is read; what `payload` says is the source's own business.
public struct CursorRecord: Sendable, Hashable {
    public var source: String
    public var key: String
    public var payload: String
    /// When it was stored last; nil for one to be stored.
    public var at: Timestamp?

    public init(source: String, key: String, payload: String, at: Timestamp? = nil) {
        (self.source, self.key, self.payload, self.at) = (source, key, payload, at)
    }
}

/// What a batch changed.
public struct RecordSummary: Sendable, Hashable {
    /// Occurrences recorded (an event's `count` each).
    public var events = 0
    /// Events passed over because they were recorded before.
    public var duplicates = 0
    /// What `RecordBatch.maskedLate` told.
    public var maskedLate: [String: Int] = [:]
    /// Groups seen, in order of fingerprint, and which of them the history did not have.
    public var groups: [Fingerprint] = []
    public var new: [Fingerprint] = []
    /// Resolved groups that were seen again after their resolution.
    public var back: [Fingerprint] = []

    public init() {}
}

/// The limits that untrusted input meets on its way into the history.
public enum HistoryLimits {
    /// Distinct services (hosts, releases, environments) remembered for a group; later ones are only counted.
    public static let valuesPerGroup = 100
    /// Events kept for the spread, beside the first and the latest.
    public static let spreadSamples = 8
    /// UTF-8 bytes of a title, template, service …; longer ones are cut.
    public static let textBytes = 16_384
    /// Occurrences that one event may claim.
    public static let occurrencesPerEvent = 1_000_000_000
    /// Sums stop here instead of overflowing (2^48).
    public static let occurrences = 1 << 48
}
