import Events

/// One group: what was seen, what is said about it, and on what evidence.
extension MarkdownReport {
    enum Detail { case page, full }

    func section(_ group: ReportGroup, detail: Detail) -> String {
        var blocks = [head(group), sample(group)]
        blocks += diagnosis(group, detail)
        blocks += code(group, detail)
        blocks += [suspects(group), similar(group), provenance(group)]
        return blocks.filter { !$0.isEmpty }.joined(separator: "\n\n")
    }

    // MARK: - What was seen

    private func head(_ group: ReportGroup) -> String {
        let facts = group.facts
        let service = group.service.map { " \(prose.code($0, limit: 80))" } ?? ""
        let title = prose.prose(facts.group.title, limit: 160)
        var lines = [
            "### \(group.id)\(service) — \(title.isEmpty ? "(no message)" : title)",
            "<a id=\"\(group.anchor)\"></a>", seen(facts),
        ]
        let template = prose.prose(facts.group.template, limit: 500)
        if !template.isEmpty { lines += ["", "> \(template)"] }
        return lines.joined(separator: "\n")
    }

    private func seen(_ facts: GroupFacts) -> String {
        let group = facts.group
        var parts: [String] = []
        if !facts.series.isEmpty { parts.append("`\(Sparkline(facts.series))`") }
        parts.append(NumberText.counted(facts.count, "event"))
        switch facts.trend {
        case .new: parts.append("**new**")
        case .back(let resolution):
            let by = resolution.by.map { " by \(prose.prose($0, limit: 80))" } ?? ""
            let what = resolution.note.map { ": \(prose.prose($0, limit: 200))" } ?? ""
            let commit = resolution.commit.map { " with \(prose.code(ReportWords.short($0)))" } ?? ""
            parts.append("**back** after being resolved on \(day(resolution.at))\(by)\(commit)\(what)")
        case .worse: parts.append("**worse**: \(facts.growth.map(NumberText.factor) ?? "more") than before")
        case .ongoing:
            if let growth = facts.growth, growth <= 0.5 { parts.append("fewer: \(NumberText.factor(growth))") }
        }
        parts += facts.notableBursts.suffix(Self.burstsShown).map { burst in
            let name = burst.kind == .serviceBurst ? "part of a **burst** of its service" : "**burst**"
            let (start, end) = (time(burst.first), clock.clockTime(burst.last))
            return "\(name), \(start)–\(end), up to \(NumberText.grouped(burst.count)) at a time"
        }
        parts.append("first \(time(group.firstSeen))")
        parts.append("last \(time(group.lastSeen))")
        if group.total > facts.count { parts.append("\(NumberText.grouped(group.total)) in all") }
        if facts.services.count > 1 { parts.append("\(NumberText.grouped(facts.services.count)) services") }
        if facts.hosts.count > 1 { parts.append("\(NumberText.grouped(facts.hosts.count)) hosts") }
        parts += release(facts)
        return parts.joined(separator: " · ")
    }

    /// The release that brought it, when the group is first seen in this window; else the latest one.
    private func release(_ facts: GroupFacts) -> [String] {
        guard let first = facts.releases.min(by: { ($0.first, $0.release) < ($1.first, $1.release) }),
            let last = facts.releases.max(by: { ($0.last, $0.release) < ($1.last, $1.release) })
        else { return [] }
        if facts.trend == .new { return ["new in release \(prose.code(first.release, limit: 80))"] }
        let latest = "release \(prose.code(last.release, limit: 80))"
        return [first.release == last.release ? latest : "\(latest), since \(prose.code(first.release, limit: 80))"]
    }

    private func sample(_ group: ReportGroup) -> String {
        guard let event = group.sample else { return "" }
        return Fence.block(SampleText.lines(of: event, clock: clock), language: "text")
    }

    private static let burstsShown = 2

    // MARK: - What is said about it

    private func diagnosis(_ group: ReportGroup, _ detail: Detail) -> [String] {
        guard let diagnosis = group.diagnosis else { return [] }
        var lines: [String] = []
        func add(_ label: String, _ text: String, limit: Int) {
            let shown = prose.prose(text, limit: limit)
            if !shown.isEmpty { lines.append("**\(label)** \(shown)  ") }
        }
        add("Root cause", diagnosis.rootCause, limit: 800)
        if detail == .full { add("Analysis", diagnosis.analysis, limit: 4000) }
        add("Impact", diagnosis.impact, limit: 500)
        let actions = diagnosis.recommendations.prefix(detail == .full ? 20 : 5)
        if !actions.isEmpty { lines.append("**Do now**") }
        for action in actions {
            let why = prose.prose(action.why, limit: 300)
            lines.append("- [ ] \(prose.prose(action.action, limit: 400))\(why.isEmpty ? "" : " — \(why)")")
        }
        let rest = diagnosis.recommendations.count - actions.count
        if rest > 0 { lines.append("- and \(NumberText.grouped(rest)) more: `appliance show \(group.id)`") }
        // Two spaces break the line within a paragraph; at its end they would only be litter.
        if let last = lines.last, last.hasSuffix("  ") { lines[lines.count - 1] = String(last.dropLast(2)) }
        var blocks = lines.isEmpty ? [] : [lines.joined(separator: "\n")]
        if let fix = diagnosis.fix {
            blocks.append(
                "**Fix drafted** for \(prose.code(fix.file)): \(prose.prose(fix.description, limit: 300))"
                    + " (not applied, not tested)")
        }
        if detail == .full, !diagnosis.alternatives.isEmpty {
            let list = diagnosis.alternatives.prefix(5).map { "- \(prose.prose($0, limit: 400))" }
            blocks.append("**It may also be**\n" + list.joined(separator: "\n"))
        }
        return blocks
    }

    private func provenance(_ group: ReportGroup) -> String {
        let code = ReportWords.isMinor(group.code.state) ? ReportWords.code(group.code.state) : nil
        let parts = author(group.diagnosis) + [code.map { "code: \($0)" }].compactMap { $0 }
        return "<sub>\(parts.joined(separator: " · "))</sub>"
    }

    private func author(_ diagnosis: Diagnosis?) -> [String] {
        guard let diagnosis else { return ["not diagnosed"] }
        var parts: [String]
        switch diagnosis.provenance.author {
        case .model(let run):
            let digest = run.digest.map { " (sha256 \(prose.prose(String($0.prefix(8)), limit: 64)))" } ?? ""
            parts = [
                "diagnosed by \(prose.prose(run.model, limit: 100))\(digest)",
                "prompt \(prose.prose(run.prompt, limit: 64))/\(run.promptVersion)",
                "\(NumberText.grouped(run.promptTokens)) + \(NumberText.grouped(run.answerTokens)) tokens",
                ReportWords.confidence(diagnosis.confidence), ReportWords.citations(run),
            ]
            if run.attempts > 1 { parts.insert("\(run.attempts) attempts", at: 3) }
        case .builtIn(let reason):
            parts = [
                "built-in triage, because \(prose.prose(ReportWords.because(reason), limit: 300))",
                ReportWords.confidence(diagnosis.confidence),
            ]
            if reason.isQueued { parts.append("queued for the next run") }
        }
        return parts + diagnosis.caveats.prefix(5).map { prose.prose($0, limit: 200) }
    }

    // MARK: - The past

    private func suspects(_ group: ReportGroup) -> String {
        let entries = group.code.suspects.prefix(3).enumerated().map { index, suspect in
            var parts = ["[S\(index + 1)] \(prose.code(ReportWords.short(suspect.commit)))"]
            if let author = suspect.author { parts.append(" \(prose.prose(author, limit: 80)),") }
            parts.append(" \(day(suspect.time)), \"\(prose.prose(suspect.subject, limit: 160))\"")
            if !suspect.reason.isEmpty { parts.append(" — \(prose.prose(suspect.reason, limit: 200))") }
            return parts.joined()
        }
        return list("Suspects", entries)
    }

    private func similar(_ group: ReportGroup) -> String {
        let entries = group.similar.prefix(3).enumerated().map { index, past in
            let reason = past.reason.isEmpty ? "" : ": \(prose.prose(past.reason, limit: 160))"
            return "[H\(index + 1)] \(past.fingerprint.groupID) (\(NumberText.score(past.score)) alike\(reason)), "
                + outcome(past)
        }
        return list("Seen before", entries)
    }

    private func outcome(_ past: SimilarGroup) -> String {
        guard let resolution = past.resolution else { return "last \(day(past.lastSeen)), not resolved" }
        let commit = resolution.commit.map { " by \(prose.code(ReportWords.short($0)))" } ?? ""
        let note = resolution.note.map { " \"\(prose.prose($0, limit: 200))\"" } ?? ""
        return "resolved \(day(resolution.at))\(commit)\(note)"
    }

    /// One entry stands beside its label, several below it.
    private func list(_ label: String, _ entries: [String]) -> String {
        switch entries.count {
        case 0: ""
        case 1: "**\(label)** \(entries[0])"
        default: "**\(label)**\n" + entries.map { "- \($0)" }.joined(separator: "\n")
        }
    }

    private func time(_ time: Timestamp) -> String { clock.short(time, near: report.window.end) }
    private func day(_ time: Timestamp) -> String { clock.day(time, near: report.window.end) }
}
