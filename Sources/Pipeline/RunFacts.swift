import Delivery
import Events

/// What the runs of a window say together.
enum RunFacts {
    static func reading(_ runs: [BatchRecord]) -> ReadingFacts? {
        guard !runs.isEmpty else { return nil }
        return ReadingFacts(
            runs: runs.count, sources: runs.map(\.reading.sources).max() ?? 0,
            lines: runs.reduce(0) { $0 + $1.reading.lines }, bytes: runs.reduce(0) { $0 + $1.reading.bytes },
            lastRun: runs.map(\.started).max())
    }

    static func model(_ runs: [BatchRecord], _ groups: [ReportGroup]) -> ModelInUse {
        let asked = runs.last { $0.diagnosing.byModel + $0.diagnosing.fromCache > 0 }
        if let asked, let name = asked.diagnosing.model {
            return .model(
                ModelFacts(
                    name: name, digest: asked.diagnosing.digest,
                    promptTokens: runs.reduce(0) { $0 + $1.diagnosing.promptTokens },
                    answerTokens: runs.reduce(0) { $0 + $1.diagnosing.answerTokens }))
        }
        let reason = runs.last?.diagnosing.absence ?? (runs.isEmpty ? "no run in this window" : "no group needed one")
        return .none(reason: reason)
    }

    /// Every problem once, in the order first met; what a later run no longer met is still told.
    static func notRead(_ runs: [BatchRecord]) -> [String] {
        var seen: Set<String> = []
        let notes = runs.flatMap(\.reading.problems) + (runs.last?.diagnosing.mirrorNotes ?? [])
        return notes.filter { seen.insert($0).inserted }
    }
}
