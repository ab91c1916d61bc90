import Events

/// Which services call which, as far as the traces of the groups at hand tell; found out once a run.
struct ServiceNeighbours: Sendable {
    /// By service.
    private var contexts: [String: ServiceContext] = [:]

    /// Services that one service is shown with, each side.
    private static let mostShown = 8

    init() {}

    init(samples: some Sequence<ErrorEvent>) {
        // caller → callee → how often
        var calls: [String: [String: Int]] = [:]
        for sample in samples {
            let chain = sample.parentSpans.compactMap(\.service) + [sample.service].compactMap(\.self)
            for (caller, callee) in zip(chain, chain.dropFirst()) where caller != callee {
                calls[caller, default: [:]][callee, default: 0] += 1
            }
        }
        var callers: [String: [Tally]] = [:]
        for (caller, callees) in calls.sorted(by: { $0.key < $1.key }) {
            contexts[caller, default: ServiceContext()].callees = Self.ranked(
                callees.map { Tally(value: $0.key, count: $0.value) })
            for (callee, count) in callees { callers[callee, default: []].append(Tally(value: caller, count: count)) }
        }
        for (callee, tallies) in callers {
            contexts[callee, default: ServiceContext()].callers = Self.ranked(tallies)
        }
    }

    func context(of service: String?) -> ServiceContext? { service.flatMap { contexts[$0] } }

    private static func ranked(_ tallies: [Tally]) -> [Tally] {
        Array(tallies.sorted { ($1.count, $0.value) < ($0.count, $1.value) }.prefix(mostShown))
    }
}
