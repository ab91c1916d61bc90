import Delivery
import Events

/// What leaves the site in messages: source lines and samples only where the configuration allows them.
///
/// A diagnosis quotes code and messages; the quotes are taken out of the copy that leaves.
struct ExportGate: Sendable {
    let settings: Configuration.ExportSettings

    /// Shorter lines (`}`, `return`) say nothing of the code.
    private static let leastCharacters = 8
    static let withheldCode = "(code withheld)"
    static let withheldText = "(message withheld)"

    func report(_ report: Report) -> Report {
        var gated = Report(
            site: report.site, window: report.window, generatedAt: report.generatedAt, timeZone: report.timeZone,
            groups: report.groups.map(group), before: report.before, reading: report.reading, model: report.model,
            notRead: report.notRead, masked: report.masked, held: report.held, queued: report.queued,
            batchFailures: report.batchFailures, muted: report.muted)
        (gated.notices, gated.maintenance, gated.costs) = (report.notices, report.maintenance, report.costs)
        return gated
    }

    func group(_ group: ReportGroup) -> ReportGroup {
        var group = group
        var withheld: [(text: String, by: String)] = []
        if !settings.code {
            withheld += codeLines(group).map { ($0, Self.withheldCode) }
            for index in group.code.excerpts.indices { group.code.excerpts[index].lines = [] }
            for index in group.code.suspects.indices { group.code.suspects[index].hunk = nil }
        }
        if !settings.samples {
            withheld += messages(group).map { ($0, Self.withheldText) }
            group.sample = nil
        }
        guard !withheld.isEmpty else { return group }
        // The longest first: a line may contain another.
        withheld.sort { ($0.text.utf8.count, $0.text) > ($1.text.utf8.count, $1.text) }
        func clean(_ text: String) -> String {
            withheld.reduce(text) { $0.replacing($1.text, with: $1.by) }
        }
        if var diagnosis = group.diagnosis {
            (diagnosis.rootCause, diagnosis.impact) = (clean(diagnosis.rootCause), clean(diagnosis.impact))
            diagnosis.analysis = clean(diagnosis.analysis)
            diagnosis.recommendations = diagnosis.recommendations.map {
                Diagnosis.Recommendation(action: clean($0.action), why: clean($0.why))
            }
            if settings.code {
                let words = diagnosis.fix.map { clean($0.description) }
                if let words { diagnosis.fix?.description = words }
            } else {
                diagnosis.fix = nil
            }
            group.diagnosis = diagnosis
        }
        return group
    }

    private func codeLines(_ group: ReportGroup) -> Set<String> {
        Set(group.code.excerpts.flatMap(\.lines).map(\.trimmingSpaces).filter { $0.count >= Self.leastCharacters })
    }

    /// Messages as they were; what is equal to its template says nothing of one occurrence.
    private func messages(_ group: ReportGroup) -> Set<String> {
        guard let sample = group.sample else { return [] }
        let texts = [sample.message] + sample.exceptions.compactMap(\.message)
        return Set(texts.filter { $0.count >= Self.leastCharacters && $0 != group.facts.group.template })
    }
}
