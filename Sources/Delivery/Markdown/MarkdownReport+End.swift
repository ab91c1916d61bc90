import Events

/// The end of the page: what could not be done, and why.
extension MarkdownReport {
    var notDiagnosed: String {
        let open = report.groups.filter { !$0.isDiagnosed }
        guard !open.isEmpty else { return "" }
        var reasons: [(text: String, queued: Bool, groups: [String])] = []
        for group in open {
            let (text, queued) = Self.reason(group)
            if let index = reasons.firstIndex(where: { $0.text == text }) {
                reasons[index].groups.append(group.id)
            } else {
                reasons.append((text, queued, [group.id]))
            }
        }
        var lines = reasons.prefix(Self.listEntries).map { reason in
            let shown = reason.groups.prefix(10)
            let rest = reason.groups.count - shown.count
            let groups = shown.joined(separator: ", ") + (rest > 0 ? " and \(NumberText.grouped(rest)) more" : "")
            return "- \(groups): \(prose.prose(reason.text, limit: 400))"
                + (reason.queued ? ". Queued for the next run." : "")
        }
        lines += more(reasons.count, "- ", "reason")
        return "## Not diagnosed\n" + lines.joined(separator: "\n")
    }

    private static func reason(_ group: ReportGroup) -> (text: String, queued: Bool) {
        guard case .builtIn(let reason) = group.diagnosis?.provenance.author else {
            return ("nothing was said about it yet", false)
        }
        return ("\(ReportWords.because(reason)); built-in triage above", reason.isQueued)
    }

    var notRead: String {
        guard !report.notRead.isEmpty else { return "" }
        let lines = report.notRead.prefix(Self.listEntries).map { "- \(prose.prose($0, limit: 600))" }
        return "## What was not read\n" + (lines + more(report.notRead.count, "- ", "note")).joined(separator: "\n")
    }

    var waiting: String {
        var lines: [String] = []
        if report.queued > 0 {
            lines.append(
                "- \(NumberText.counted(report.queued, "group")) queued for a diagnosis: `appliance batch --queued`")
        }
        if report.held > 0 {
            lines.append("- \(NumberText.counted(report.held, "alert")) held back by the alert policy")
        }
        if let drafts = report.fixDrafts { lines.append("- \(drafts.words): `appliance fix`") }
        return lines.isEmpty ? "" : "## What waits\n" + lines.joined(separator: "\n")
    }

    /// What the models took, where more than one call was made.
    var costs: String {
        guard report.costs.reduce(0, { $0 + $1.calls }) > 1 else { return "" }
        let rows = report.costs.prefix(Self.listEntries).map { cost in
            "| \(cell.code(cost.model)) | \(NumberText.grouped(cost.calls)) | \(NumberText.grouped(cost.promptTokens)) "
                + "| \(NumberText.grouped(cost.answerTokens)) | \(DurationText.words(.seconds(cost.seconds))) |"
        }
        let head = [
            "## What the models took", "| model | calls | prompt tokens | answer tokens | time |",
            "|---|---|---|---|---|",
        ]
        return (head + rows + more(report.costs.count, "", "model")).joined(separator: "\n")
    }

    /// Counted, and nothing more, because somebody said so.
    var quieted: String {
        var lines = report.muted.prefix(Self.listEntries).map { group in
            let words = ReportWords.muted(group, clock: clock, near: report.window.end)
            return "- \(group.facts.group.id) \(prose.prose(group.facts.group.title, limit: 120)): "
                + prose.prose(words, limit: 300)
        }
        lines += more(report.muted.count, "- ", "muted group")
        lines += report.maintenance.prefix(Self.listEntries).map {
            let words = ReportWords.maintenance($0, clock: clock, near: report.window.end)
            return "- maintenance: \(prose.prose(words, limit: 300))"
        }
        return lines.isEmpty ? "" : "## Muted and under maintenance\n" + lines.joined(separator: "\n")
    }

    var masked: String {
        let rules = report.masked.filter { $0.value > 0 }
            .sorted { ($1.value, $0.key) < ($0.value, $1.key) }
        guard !rules.isEmpty else { return "" }
        let shown = rules.prefix(Self.listEntries).map { "\(NumberText.grouped($0.value)) × \(prose.code($0.key))" }
        let rest = rules.count - shown.count
        return "## What was masked\n" + shown.joined(separator: " · ") + (rest > 0 ? " · \(rest) more rules" : "")
    }
}
