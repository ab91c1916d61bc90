import Delivery
import Diagnosing
import Events
import History

/// What waits for a model, which models are configured, and what they took lately.
public struct DiagnosisQueue: Sendable {
    /// Groups that are told one by one.
    public static let listed = 100

    public struct Waiting: Sendable {
        public var group: ErrorGroup
        public var since: Timestamp
        public var reason: Provenance.BuiltInReason
    }

    /// A table of models.conf.
    public struct Configured: Sendable, Hashable {
        public var table: String
        public var name: String
        public var role: String
        public var size: String
        public var contextTokens: Int
        public var digest: String?
    }

    /// How calls of a model ended.
    public struct Outcome: Sendable, Hashable {
        public var words: String
        public var calls: Int
    }

    public var total = 0
    /// At most ``listed``.
    public var waiting: [Waiting] = []
    public var configured: [Configured] = []
    public var endpoint: String
    /// Of the window, by model.
    public var costs: [ModelCost] = []
    /// Of the window, the most frequent first.
    public var outcomes: [Outcome] = []

    /// Seconds that the queue takes at the pace of the window's calls; nil where there were none.
    public var secondsLeft: Int? {
        let (calls, seconds) = costs.reduce((0, 0)) { ($0.0 + $1.calls, $0.1 + $1.seconds) }
        guard calls > 0, total > 0 else { return nil }
        return Int(Double(total) * Double(seconds) / Double(calls))
    }

    /// - Throws: `HistoryError`.
    public init(configuration: Configuration, window: TimeWindow, now: Timestamp) throws {
        endpoint = configuration.endpoint.url
        configured = configuration.models.sorted { $0.key < $1.key }.map { table, model in
            Configured(
                table: table, name: model.name, role: model.role.rawValue, size: model.size.rawValue,
                contextTokens: model.contextTokens, digest: model.digest)
        }
        let history = try HistoryStore.open(at: configuration.home.history, mode: .readOnly, now: now)
        let queued = try history.queuedGroups()
        total = queued.count
        let shown = Array(queued.prefix(Self.listed))
        let diagnoses = try history.latestDiagnoses(of: shown)
        waiting = try shown.compactMap { fingerprint in
            guard let group = try history.group(fingerprint),
                let provenance = diagnoses[fingerprint]?.diagnosis.provenance,
                case .builtIn(let reason) = provenance.author
            else { return nil }
            return Waiting(group: group, since: provenance.at, reason: reason)
        }
        let calls = try history.modelCalls(in: window.withItsEnd)
        costs = RunFacts.costs(calls)
        outcomes = Dictionary(grouping: calls, by: \.outcome).map { Outcome(words: $0.key, calls: $0.value.count) }
            .sorted { ($1.calls, $0.words) < ($0.calls, $1.words) }
    }
}
