import Events

/// One group of the page.
extension HTMLReport {
    func section(_ group: ReportGroup) -> String {
        let facts = group.facts
        let service = group.service.map { " \(HTMLText.code($0, limit: 80))" } ?? ""
        var blocks = [
            "<h3>\(group.id)\(service) — \(HTMLText.prose(facts.group.title, limit: 160))</h3>",
            "<p>\(HTMLCharts.sparkline(facts.series)) \(seen(group))</p>",
            "<blockquote>\(HTMLText.prose(facts.group.template, limit: 500))</blockquote>",
        ]
        blocks += diagnosis(group)
        if let sample = group.sample { blocks.append(pre(SampleText.lines(of: sample, clock: clock), marked: [])) }
        blocks += group.code.excerpts.prefix(2).enumerated().map { index, excerpt in code(excerpt, number: index + 1) }
        if let words = ReportWords.code(group.code.state) {
            blocks.append("<p class=\"small\">code: \(HTMLText.prose(words))</p>")
        }
        blocks += past(group)
        blocks.append("<p class=\"small\">\(author(group.diagnosis))</p>")
        return "<section id=\"\(group.anchor)\">\n\(blocks.joined(separator: "\n"))\n</section>"
    }

    private func seen(_ group: ReportGroup) -> String {
        let facts = group.facts
        var parts = [NumberText.counted(facts.count, "event"), "<b>\(ReportWords.trend(facts.trend))</b>"]
        if let growth = facts.growth { parts.append("\(NumberText.factor(growth)) of before") }
        if let burst = facts.notableBursts.last {
            let what = burst.kind == .serviceBurst ? "burst of its service" : "burst"
            parts.append("<b>\(what)</b> at \(clock.short(burst.first, near: report.window.end))")
        }
        parts.append("first \(clock.short(facts.group.firstSeen, near: report.window.end))")
        parts.append("last \(clock.short(facts.group.lastSeen, near: report.window.end))")
        if let release = facts.releases.first { parts.append("release \(HTMLText.code(release.release, limit: 80))") }
        return parts.joined(separator: " · ")
    }

    private func diagnosis(_ group: ReportGroup) -> [String] {
        guard let diagnosis = group.diagnosis else { return [] }
        var blocks = ["<p><b>Root cause</b> \(HTMLText.prose(diagnosis.rootCause, limit: 800))</p>"]
        if !diagnosis.impact.isEmpty { blocks.append("<p><b>Impact</b> \(HTMLText.prose(diagnosis.impact))</p>") }
        let actions = diagnosis.recommendations.prefix(5).map { action in
            let why = action.why.isEmpty ? "" : " — \(HTMLText.prose(action.why))"
            return "<li>☐ \(HTMLText.prose(action.action))\(why)</li>"
        }
        if !actions.isEmpty { blocks.append("<p><b>Do now</b></p>\n<ul>\(actions.joined(separator: "\n"))</ul>") }
        return blocks
    }

    private func code(_ excerpt: CodeExcerpt, number: Int) -> String {
        let shown = MarkdownReport.visible(excerpt)
        let lines = shown.map { index in
            "\(excerpt.firstLine &+ index) | \(VisibleText.verbatim(excerpt.lines[index], width: 160))"
        }
        let marked = Set(excerpt.marked.map { $0 &- excerpt.firstLine &- shown.lowerBound })
        let at = excerpt.revision.isEmpty ? "" : " at \(HTMLText.code(ReportWords.short(excerpt.revision)))"
        let aside = ReportWords.aside(excerpt)
        let more = aside.isEmpty ? "" : " — \(HTMLText.prose(aside, limit: 200))"
        return "<p>\(HTMLText.code(excerpt.file))\(at) [C\(number)]\(more)</p>\n" + pre(lines, marked: marked)
    }

    private func pre(_ lines: [String], marked: Set<Int>) -> String {
        let shown = lines.enumerated().map { index, line in
            marked.contains(index) ? "<mark>\(HTMLText.escaped(line))</mark>" : HTMLText.escaped(line)
        }
        return "<pre>\(shown.joined(separator: "\n"))</pre>"
    }

    private func past(_ group: ReportGroup) -> [String] {
        let near = report.window.end
        var items = group.code.suspects.prefix(3).enumerated().map { index, suspect in
            "<li>suspect [S\(index + 1)] \(HTMLText.code(ReportWords.short(suspect.commit))) "
                + "\(HTMLText.prose(suspect.author ?? "", limit: 80)) \(clock.day(suspect.time, near: near)), "
                + "\(HTMLText.prose(suspect.subject, limit: 160)) — \(HTMLText.prose(suspect.reason, limit: 200))</li>"
        }
        items += group.similar.prefix(3).enumerated().map { index, past in
            let outcome = past.resolution.map { resolution in
                "resolved \(clock.day(resolution.at, near: near)) \(HTMLText.prose(resolution.note ?? "", limit: 200))"
            }
            return
                "<li>seen before [H\(index + 1)] \(past.fingerprint.groupID) (\(NumberText.score(past.score)) alike), "
                + "\(outcome ?? "not resolved")</li>"
        }
        return items.isEmpty ? [] : ["<ul>\(items.joined(separator: "\n"))</ul>"]
    }

    private func author(_ diagnosis: Diagnosis?) -> String {
        guard let diagnosis else { return "not diagnosed" }
        let confidence = ReportWords.confidence(diagnosis.confidence)
        let caveats = diagnosis.caveats.prefix(5).map { " · \(HTMLText.prose($0, limit: 200))" }.joined()
        switch diagnosis.provenance.author {
        case .model(let run):
            let prompt = "\(HTMLText.prose(run.prompt, limit: 64))/\(run.promptVersion)"
            return "diagnosed by \(HTMLText.prose(run.model, limit: 100)) · prompt \(prompt) · "
                + "\(NumberText.grouped(run.promptTokens)) + \(NumberText.grouped(run.answerTokens)) tokens · "
                + "\(confidence) · \(ReportWords.citations(run))\(caveats)"
        case .builtIn(let reason):
            return
                "built-in triage, because \(HTMLText.prose(ReportWords.because(reason), limit: 300)) · \(confidence)\(caveats)"
        }
    }
}
