import Events

/// What the numbers alone tell, each as a sentence with its citation.
struct FactObservations: Sendable {
    /// From so many events on, "all on one host" means something.
    static let leastForPattern = 3
    /// A burst: this share of the events in one slice …
    static let burstShare = 0.8
    /// … of at least this many events …
    static let burstEvents = 10
    /// … and of a window that is told in at least this many slices.
    static let burstSlices = 4

    /// The most telling first.
    static func sentences(for facts: GroupFacts) -> [String] {
        [back(facts), newRelease(facts), oneHost(facts), worse(facts), burst(facts)].compactMap(\.self)
    }

    private static func back(_ facts: GroupFacts) -> String? {
        guard case .back(let resolved) = facts.trend else { return nil }
        return "It is back: it was resolved on \(FactWords.resolution(resolved)) [F1]."
    }

    /// Only one release of several days' history has it, or the first event is as old as that release.
    private static func newRelease(_ facts: GroupFacts) -> String? {
        guard let first = facts.releases.min(by: { ($0.first, $0.release) < ($1.first, $1.release) }),
            facts.group.total >= 1
        else { return nil }
        let name = words(first.release)
        if facts.releases.count == 1 {
            return "It is seen in release \(name) only, first \(FactWords.minute(first.first)) [F1]."
        }
        guard facts.trend == .new else { return nil }
        return "It was first seen in release \(name), \(FactWords.minute(first.first)) [F1]."
    }

    private static func oneHost(_ facts: GroupFacts) -> String? {
        guard facts.hosts.count == 1, let host = facts.hosts.first, host.count >= leastForPattern else { return nil }
        return
            "All \(host.count) events with a host come from \(words(host.value)): look at that machine first [F1]."
    }

    private static func worse(_ facts: GroupFacts) -> String? {
        guard let growth = facts.growth, growth >= GroupFacts.worseFactor else { return nil }
        return
            "It grew \(FactWords.times(growth)) times: \(facts.count) events after \(facts.previousCount) in the window before [F1]."
    }

    private static func burst(_ facts: GroupFacts) -> String? {
        let total = facts.series.reduce(0) { $0.addingReportingOverflow($1).partialValue }
        guard facts.series.count >= burstSlices, total >= burstEvents, let most = facts.series.max(),
            Double(most) >= Double(total) * burstShare
        else { return nil }
        let slice = facts.window.start.duration(to: facts.window.end).inSeconds / Double(facts.series.count)
        return "It is a burst: \(most) of \(total) events within \(Self.length(slice)) [F1]."
    }

    /// A name from a log, without what could act on the reader's screen.
    private static func words(_ name: String) -> String {
        ProseCleaning.quotable(
            ProseCleaning.cleaned(UntrustedText.line(name, limit: EvidenceLimits.valueBytes), code: "", limit: 80))
    }

    private static func length(_ seconds: Double) -> String {
        let minutes = seconds.isFinite ? Int(min(1e7, max(1, (seconds / 60).rounded()))) : 1
        return minutes >= 120 ? "\(minutes / 60) hours" : "\(minutes) minutes"
    }
}
