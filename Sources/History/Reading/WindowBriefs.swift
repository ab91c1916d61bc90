import Events
import Foundation
import GRDB

/// All groups of a window with just what totals, order and charts need, read in a few passes over the file: what
/// a report knows of the groups that it does not tell in full.
public struct WindowBriefs: Sendable {
    public struct Brief: Sendable {
        public var fingerprint: Fingerprint
        /// The worst level that an event of it had.
        public var level: LogLevel
        public var count: Int
        /// Events in the window of equal length before.
        public var previousCount: Int
        public var trend: GroupFacts.Trend
        /// A burst of its own or of a service of its reaches into the window.
        public var isBursting: Bool
        /// Place of the service that has it most, in ``WindowBriefs/services``.
        public var service: Int?
        /// What its latest diagnosis says.
        public var severity: Severity?
        public var isByModel: Bool
    }

    /// In no order that means anything.
    public internal(set) var groups: [Brief] = []
    /// Names of services, each once.
    public internal(set) var services: [String] = []
    /// The window before, added up.
    public internal(set) var before = WindowSummary()
    /// Slices of a series.
    public let slices: Int
    /// All series, one after the other.
    private(set) var series: [Int] = []

    init(slices: Int) { self.slices = max(0, min(slices, HistoryStore.maximumSlices)) }

    /// Events of the group at this place of ``groups``, in equal slices of the window, oldest first.
    public func series(at place: Int) -> ArraySlice<Int> { series[place * slices..<(place + 1) * slices] }

    mutating func append(_ brief: Brief, _ series: ArraySlice<Int>) {
        groups.append(brief)
        self.series += series
    }
}

extension HistoryStore {
    /// What ``facts(window:slices:)`` and ``summary(of:)`` of the window before say together, without texts.
    ///
    /// - Parameter service: only groups that were seen in it.
    public func briefs(
        window: TimeWindow, slices: Int = 24, service: String? = nil
    ) throws(HistoryError) -> WindowBriefs {
        try read { db in
            var reader = try BriefReader(db, window: window, slices: slices)
            return try reader.read(service: service, codec: codec(db))
        }
    }

    /// Groups that are muted, with what their alert states say of it; a mute may have ended since.
    public func mutes() throws(HistoryError) -> [Fingerprint: AlertState.Mute] {
        try read { db in
            let rows = try Row.fetchCursor(
                db, sql: "SELECT fingerprint, payload FROM alert_state WHERE instr(payload, '\"mute\"') > 0")
            var mutes: [Fingerprint: AlertState.Mute] = [:]
            while let row = try rows.next() {
                guard let fingerprint = Fingerprint(bytes: row[0]) else { continue }
                mutes[fingerprint] = try StoredJSON.value(AlertState.self, row[1] as String).mute
            }
            return mutes
        }
    }
}

extension Severity {
    /// The number in the database; frozen.
    var stored: Int64 {
        switch self {
        case .info: 0
        case .low: 1
        case .medium: 2
        case .high: 3
        case .critical: 4
        }
    }

    init?(stored: Int64) {
        guard let severity = Self.allCases.first(where: { $0.stored == stored }) else { return nil }
        self = severity
    }
}
