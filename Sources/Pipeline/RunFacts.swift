import Delivery
import Events
import History

/// What the runs of a window say together.
enum RunFacts {
    static func reading(_ runs: [BatchRecord]) -> ReadingFacts? {
        guard !runs.isEmpty else { return nil }
        return ReadingFacts(
            runs: runs.count, sources: runs.map(\.reading.sources).max() ?? 0,
            lines: runs.reduce(0) { $0 + $1.reading.lines }, bytes: runs.reduce(0) { $0 + $1.reading.bytes },
            lastRun: runs.map(\.started).max())
    }

    /// What puts a run's sentences into a report's language, as far as they were said in it.
    static func said(_ runs: [BatchRecord], in language: ReportLanguage) -> (String) -> String {
        guard language == .korean else { return { $0 } }
        let known = runs.reduce(into: [String: String]()) { $0.merge($1.korean ?? [:]) { $1 } }
        return { known[$0] ?? $0 }
    }

    static func model(_ runs: [BatchRecord], in language: ReportLanguage) -> ModelInUse {
        let asked = runs.last { $0.diagnosing.byModel + $0.diagnosing.fromCache > 0 }
        if let asked, let name = asked.diagnosing.model {
            return .model(
                ModelFacts(
                    name: name, digest: asked.diagnosing.digest,
                    promptTokens: runs.reduce(0) { $0 + $1.diagnosing.promptTokens },
                    answerTokens: runs.reduce(0) { $0 + $1.diagnosing.answerTokens }))
        }
        let none =
            runs.isEmpty
            ? OwnWords("no run in this window", "이 기간에 실행이 없음") : OwnWords("no group needed one", "필요한 그룹이 없음")
        let reason = runs.last?.diagnosing.absence.map(said(runs, in: language))
        return .none(reason: reason ?? (language == .korean ? none.korean : none.english))
    }

    /// By model, the dearest first.
    static func costs(_ calls: [ModelCall]) -> [ModelCost] {
        Dictionary(grouping: calls, by: \.model).map { model, calls in
            let seconds = calls.reduce(0.0) { $0 + max(0, $1.seconds) }
            return ModelCost(
                model: model, calls: calls.count, promptTokens: calls.reduce(0) { $0 + $1.promptTokens },
                answerTokens: calls.reduce(0) { $0 + $1.answerTokens }, seconds: Int(min(seconds, 1e9).rounded()))
        }.sorted { ($1.seconds, $1.promptTokens, $0.model) < ($0.seconds, $0.promptTokens, $1.model) }
    }

    /// Every problem once, in the order first met; what a later run no longer met is still told.
    static func notRead(_ runs: [BatchRecord]) -> [String] {
        var seen: Set<String> = []
        let last = runs.last?.diagnosing
        var notes = runs.flatMap(\.reading.problems) + (last?.mirrorNotes ?? [])
        if let problem = last?.embedding?.problem { notes.append(problem) }
        return notes.filter { seen.insert($0).inserted }
    }
}

extension TimeWindow {
    /// A run's calls carry the time at which its report ends.
    var withItsEnd: TimeWindow { TimeWindow(start: start, end: end.advanced(by: .nanoseconds(1))) }
}
