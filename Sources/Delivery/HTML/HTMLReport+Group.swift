import Events

/// One group of the page.
extension HTMLReport {
    func section(_ group: ReportGroup) -> String {
        let facts = group.facts
        let service = group.service.map { " \(HTMLText.code($0, limit: 80))" } ?? ""
        var blocks = [
            "<h3>\(group.id)\(service) — \(prose(facts.group.title, limit: 160))</h3>",
            "<p>\(charts.sparkline(facts.series)) \(seen(group))</p>",
            "<blockquote>\(prose(facts.group.template, limit: 500))</blockquote>",
        ]
        blocks += diagnosis(group)
        if let sample = group.sample {
            blocks.append(pre(SampleText.lines(of: sample, clock: clock, in: say), marked: []))
        }
        blocks += group.code.excerpts.prefix(2).enumerated().map { index, excerpt in code(excerpt, number: index + 1) }
        if let words = ReportWords.code(group.code.state, in: say) {
            blocks.append("<p class=\"small\">\(say("code", "코드")): \(prose(words))</p>")
        }
        blocks += past(group)
        blocks.append("<p class=\"small\">\(author(group.diagnosis))</p>")
        return "<section id=\"\(group.anchor)\">\n\(blocks.joined(separator: "\n"))\n</section>"
    }

    private func seen(_ group: ReportGroup) -> String {
        let facts = group.facts
        var parts = [say.counted(facts.count, .event), "<b>\(ReportWords.trend(facts.trend, in: say))</b>"]
        if report.layout.groupBy != .severity {
            parts.insert("<b>\(ReportWords.title(group.severity, in: say))</b>", at: 0)
        }
        if report.isUnderMaintenance(group) { parts.append("<b>\(say("under maintenance", "점검 중"))</b>") }
        if let growth = facts.growth {
            let factor = NumberText.factor(growth)
            parts.append(say("\(factor) of before", "이전의 \(factor)"))
        }
        if let burst = facts.notableBursts.last {
            let what =
                burst.kind == .serviceBurst ? say("burst of its service", "서비스 폭주") : say("burst", "폭주")
            let at = clock.short(burst.first, near: report.window.end)
            parts.append(say("<b>\(what)</b> at \(at)", "<b>\(what)</b> \(at)"))
        }
        parts.append("\(say("first", "처음")) \(clock.short(facts.group.firstSeen, near: report.window.end))")
        parts.append("\(say("last", "마지막")) \(clock.short(facts.group.lastSeen, near: report.window.end))")
        if let release = facts.releases.first {
            parts.append("\(say("release", "릴리스")) \(HTMLText.code(release.release, limit: 80))")
        }
        return parts.joined(separator: " · ")
    }

    private func diagnosis(_ group: ReportGroup) -> [String] {
        guard let diagnosis = group.diagnosis else { return [] }
        var blocks = ["<p><b>\(say("Root cause", "원인"))</b> \(prose(diagnosis.rootCause, limit: 800))</p>"]
        if !diagnosis.impact.isEmpty {
            blocks.append("<p><b>\(say("Impact", "영향"))</b> \(prose(diagnosis.impact))</p>")
        }
        let actions = diagnosis.recommendations.prefix(5).map { action in
            let why = action.why.isEmpty ? "" : " — \(prose(action.why))"
            return "<li>☐ \(prose(action.action))\(why)</li>"
        }
        if !actions.isEmpty {
            blocks.append(
                "<p><b>\(say("Do now", "지금 할 일"))</b></p>\n<ul class=\"do\">\(actions.joined(separator: "\n"))</ul>")
        }
        return blocks
    }

    private func code(_ excerpt: CodeExcerpt, number: Int) -> String {
        let shown = MarkdownReport.visible(excerpt)
        let lines = shown.map { index in
            "\(excerpt.firstLine &+ index) | \(VisibleText.verbatim(excerpt.lines[index], width: 160))"
        }
        let marked = Set(excerpt.marked.map { $0 &- excerpt.firstLine &- shown.lowerBound })
        let at = excerpt.revision.isEmpty ? "" : say(" at ", ", ") + HTMLText.code(ReportWords.short(excerpt.revision))
        let aside = ReportWords.aside(excerpt, in: say)
        let more = aside.isEmpty ? "" : " — \(prose(aside, limit: 200))"
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
            "<li>\(say("suspect", "의심되는 커밋")) [S\(index + 1)] \(HTMLText.code(ReportWords.short(suspect.commit))) "
                + "\(prose(suspect.author ?? "", limit: 80)) \(clock.day(suspect.time, near: near)), "
                + "\(prose(suspect.subject, limit: 160)) — \(prose(suspect.reason, limit: 200))</li>"
        }
        items += group.similar.prefix(3).enumerated().map { index, past in
            let outcome = past.resolution.map { resolution in
                let day = clock.day(resolution.at, near: near)
                return "\(say("resolved \(day)", "\(day) 해결")) \(prose(resolution.note ?? "", limit: 200))"
            }
            let score = NumberText.score(past.score)
            return
                "<li>\(say("seen before", "과거 유사 사례")) [H\(index + 1)] \(past.fingerprint.groupID) "
                + "(\(say("\(score) alike", "유사도 \(score)"))), \(outcome ?? say("not resolved", "해결되지 않음"))</li>"
        }
        return items.isEmpty ? [] : ["<ul>\(items.joined(separator: "\n"))</ul>"]
    }

    private func author(_ diagnosis: Diagnosis?) -> String {
        guard let diagnosis else { return say("not diagnosed", "진단 없음") }
        let confidence = ReportWords.confidence(diagnosis.confidence, in: say)
        let caveats = diagnosis.caveats.prefix(5).map { " · \(prose($0, limit: 200))" }.joined()
        switch diagnosis.provenance.author {
        case .model(let run):
            let prompt = "\(prose(run.prompt, limit: 64))/\(run.promptVersion)"
            let tokens = "\(NumberText.grouped(run.promptTokens)) + \(NumberText.grouped(run.answerTokens))"
            return [
                "\(say("diagnosed by", "진단 모델")) \(prose(run.model, limit: 100))", "\(say("prompt", "프롬프트")) \(prompt)",
                "\(tokens) \(say("tokens", "토큰"))", confidence, ReportWords.citations(run, in: say) + caveats,
            ].joined(separator: " · ")
        case .builtIn(let reason):
            return "\(say("built-in triage, because", "내장 분류, 이유:")) "
                + "\(prose(ReportWords.because(reason, in: say), limit: 300)) · \(confidence)\(caveats)"
        }
    }
}
