import Delivery
import Events

/// What leaves the site in messages: source lines and samples only where the configuration allows them.
///
/// A diagnosis quotes code and messages; the quotes are taken out of the copy that leaves. Every text is redacted once
/// more, with the rules of today. Code is never rewritten: an excerpt in which a secret is found is withheld whole.
struct ExportGate: Sendable {
    let settings: Configuration.ExportSettings
    let redactor: Redactor

    init(settings: Configuration.ExportSettings, redactor: @escaping Redactor) {
        (self.settings, self.redactor) = (settings, redactor)
    }

    init(_ site: Site) { self.init(settings: site.configuration.export, redactor: site.redactor) }

    /// Shorter lines (`}`, `return`) say nothing of the code.
    private static let leastCharacters = 8
    static let withheldCode = "(code withheld)"
    static let withheldText = "(message withheld)"
    static let withheldSecret = "(code withheld: something in it looks like a secret)"

    func report(_ report: Report) -> Report {
        var gated = Report(
            site: report.site, window: report.window, generatedAt: report.generatedAt, timeZone: report.timeZone,
            groups: report.groups.map(group), before: report.before, reading: report.reading, model: report.model,
            notRead: report.notRead.map(redacted), masked: report.masked, held: report.held, queued: report.queued,
            batchFailures: report.batchFailures.map(redacted), muted: report.muted.map(muted))
        gated.notices = report.notices.map(redacted)
        gated.maintenance = report.maintenance.map { maintenance in
            var copy = maintenance
            copy.reason = maintenance.reason.map(redacted)
            return copy
        }
        gated.layout = report.layout
        gated.costs = report.costs
        return gated
    }

    private func redacted(_ text: String) -> String { redactor(text).text }

    private func muted(_ muted: MutedGroup) -> MutedGroup {
        var copy = muted
        copy.facts.group = named(muted.facts.group)
        copy.mute.reason = redacted(muted.mute.reason)
        return copy
    }

    private func named(_ group: ErrorGroup) -> ErrorGroup {
        var copy = group
        (copy.title, copy.template) = (redacted(group.title), redacted(group.template))
        copy.resolution = group.resolution?.redacted(by: redactor)
        return copy
    }

    /// The rules may be newer than what they are asked of.
    private func redactedAgain(_ group: ReportGroup) -> ReportGroup {
        var copy = group
        copy.facts.group = named(group.facts.group)
        if case .back(let resolution) = group.facts.trend {
            copy.facts.trend = .back(resolved: resolution.redacted(by: redactor))
        }
        copy.diagnosis = group.diagnosis?.redacted(by: redactor)
        copy.similar = group.similar.map { past in
            var similar = past
            (similar.title, similar.template) = (redacted(past.title), redacted(past.template))
            similar.resolution = past.resolution?.redacted(by: redactor)
            similar.rootCause = past.rootCause.map(redacted)
            return similar
        }
        // The gate's own finds are no news of what was read.
        var ledger: [String: Int] = [:]
        copy.sample = group.sample?.redacted(by: redactor, ledger: &ledger)
        for index in group.code.excerpts.indices {
            let lines = group.code.excerpts[index].lines
            guard lines != ErrorEvent.redactedLines(lines, redacted) else { continue }
            copy.code.excerpts[index].lines = []
            copy.code.notes.append(Self.withheldSecret)
        }
        for index in group.code.suspects.indices {
            let suspect = group.code.suspects[index]
            copy.code.suspects[index].author = suspect.author.map(redacted)
            copy.code.suspects[index].subject = redacted(suspect.subject)
            if suspect.hunk.map({ redacted($0) != $0 }) ?? false { copy.code.suspects[index].hunk = nil }
        }
        return copy
    }

    func group(_ original: ReportGroup) -> ReportGroup {
        var group = redactedAgain(original)
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
