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
            "### \(group.id)\(service) — \(title.isEmpty ? say("(no message)", "(메시지 없음)") : title)",
            "<a id=\"\(group.anchor)\"></a>", seen(group),
        ]
        let template = prose.prose(facts.group.template, limit: 500)
        if !template.isEmpty { lines += ["", "> \(template)"] }
        return lines.joined(separator: "\n")
    }

    private func seen(_ shown: ReportGroup) -> String {
        let (facts, group) = (shown.facts, shown.facts.group)
        var parts: [String] = []
        if report.layout.groupBy != .severity { parts.append("**\(ReportWords.title(shown.severity, in: say))**") }
        if report.isUnderMaintenance(shown) { parts.append("**\(say("under maintenance", "점검 중"))**") }
        if !facts.series.isEmpty { parts.append("`\(Sparkline(facts.series))`") }
        parts.append(say.counted(facts.count, .event))
        switch facts.trend {
        case .new: parts.append("**\(say("new", "신규"))**")
        case .back(let resolution):
            let by =
                resolution.by.map { name in
                    let shown = prose.prose(name, limit: 80)
                    return say(" by \(shown)", ", \(shown)")
                } ?? ""
            let what = resolution.note.map { ": \(prose.prose($0, limit: 200))" } ?? ""
            let commit =
                resolution.commit.map { name in
                    let shown = prose.code(ReportWords.short(name))
                    return say(" with \(shown)", ", \(shown)")
                } ?? ""
            let day = self.day(resolution.at)
            parts.append(
                say(
                    "**back** after being resolved on \(day)\(by)\(commit)\(what)",
                    "**재발** \(day) 해결\(by)\(commit)\(what)"))
        case .worse:
            let factor = facts.growth.map(NumberText.factor)
            parts.append(
                say("**worse**: \(factor ?? "more") than before", "**악화**: \(factor.map { "이전의 \($0)" } ?? "이전보다 많음")"))
        case .ongoing:
            if let growth = facts.growth, growth <= 0.5 {
                parts.append("\(say("fewer", "감소")): \(NumberText.factor(growth))")
            }
        }
        parts += facts.notableBursts.suffix(Self.burstsShown).map { burst in
            let name =
                burst.kind == .serviceBurst
                ? say("part of a **burst** of its service", "서비스 **폭주**의 일부") : say("**burst**", "**폭주**")
            let (start, end, most) = (time(burst.first), clock.clockTime(burst.last), NumberText.grouped(burst.count))
            return say("\(name), \(start)–\(end), up to \(most) at a time", "\(name), \(start)–\(end), 한 번에 최대 \(most)")
        }
        parts.append("\(say("first", "처음")) \(time(group.firstSeen))")
        parts.append("\(say("last", "마지막")) \(time(group.lastSeen))")
        if group.total > facts.count {
            let total = NumberText.grouped(group.total)
            parts.append(say("\(total) in all", "모두 \(total)"))
        }
        if facts.services.count > 1 { parts.append(say.counted(facts.services.count, .service)) }
        if facts.hosts.count > 1 { parts.append(say.counted(facts.hosts.count, .host)) }
        parts += release(facts)
        return parts.joined(separator: " · ")
    }

    /// The release that brought it, when the group is first seen in this window; else the latest one.
    private func release(_ facts: GroupFacts) -> [String] {
        guard let first = facts.releases.min(by: { ($0.first, $0.release) < ($1.first, $1.release) }),
            let last = facts.releases.max(by: { ($0.last, $0.release) < ($1.last, $1.release) })
        else { return [] }
        let (oldest, newest) = (prose.code(first.release, limit: 80), prose.code(last.release, limit: 80))
        if facts.trend == .new { return [say("new in release \(oldest)", "릴리스 \(oldest)에서 처음")] }
        let latest = "\(say("release", "릴리스")) \(newest)"
        return [first.release == last.release ? latest : latest + say(", since \(oldest)", ", \(oldest)부터")]
    }

    private func sample(_ group: ReportGroup) -> String {
        guard let event = group.sample else { return "" }
        return Fence.block(SampleText.lines(of: event, clock: clock, in: say), language: "text")
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
        add(say("Root cause", "원인"), diagnosis.rootCause, limit: 800)
        if detail == .full { add(say("Analysis", "분석"), diagnosis.analysis, limit: 4000) }
        add(say("Impact", "영향"), diagnosis.impact, limit: 500)
        let actions = diagnosis.recommendations.prefix(detail == .full ? 20 : 5)
        if !actions.isEmpty { lines.append("**\(say("Do now", "지금 할 일"))**") }
        for action in actions {
            let why = prose.prose(action.why, limit: 300)
            lines.append("- [ ] \(prose.prose(action.action, limit: 400))\(why.isEmpty ? "" : " — \(why)")")
        }
        let rest = diagnosis.recommendations.count - actions.count
        if rest > 0 {
            let count = NumberText.grouped(rest)
            lines.append(say("- and \(count) more: ", "- \(count)개 더: ") + "`appliance show \(group.id)`")
        }
        // Two spaces break the line within a paragraph; at its end they would only be litter.
        if let last = lines.last, last.hasSuffix("  ") { lines[lines.count - 1] = String(last.dropLast(2)) }
        var blocks = lines.isEmpty ? [] : [lines.joined(separator: "\n")]
        if let fix = diagnosis.fix {
            let (file, words) = (prose.code(fix.file), prose.prose(fix.description, limit: 300))
            blocks.append(
                say(
                    "**Fix drafted** for \(file): \(words) (not applied, not tested)",
                    "**수정 초안** \(file): \(words) (적용하지 않음, 시험하지 않음)"))
        }
        if detail == .full, !diagnosis.alternatives.isEmpty {
            let list = diagnosis.alternatives.prefix(5).map { "- \(prose.prose($0, limit: 400))" }
            blocks.append("**\(say("It may also be", "다른 가능성"))**\n" + list.joined(separator: "\n"))
        }
        return blocks
    }

    private func provenance(_ group: ReportGroup) -> String {
        let code = ReportWords.isMinor(group.code.state) ? ReportWords.code(group.code.state, in: say) : nil
        let parts = author(group.diagnosis) + [code.map { "\(say("code", "코드")): \($0)" }].compactMap { $0 }
        return "<sub>\(parts.joined(separator: " · "))</sub>"
    }

    private func author(_ diagnosis: Diagnosis?) -> [String] {
        guard let diagnosis else { return [say("not diagnosed", "진단 없음")] }
        var parts: [String]
        switch diagnosis.provenance.author {
        case .model(let run):
            let digest = run.digest.map { " (sha256 \(prose.prose(String($0.prefix(8)), limit: 64)))" } ?? ""
            parts = [
                "\(say("diagnosed by", "진단 모델")) \(prose.prose(run.model, limit: 100))\(digest)",
                "\(say("prompt", "프롬프트")) \(prose.prose(run.prompt, limit: 64))/\(run.promptVersion)",
                "\(NumberText.grouped(run.promptTokens)) + \(NumberText.grouped(run.answerTokens)) \(say("tokens", "토큰"))",
                ReportWords.confidence(diagnosis.confidence, in: say), ReportWords.citations(run, in: say),
            ]
            if run.attempts > 1 { parts.insert(say("\(run.attempts) attempts", "시도 \(run.attempts)회"), at: 3) }
        case .builtIn(let reason):
            parts = [
                "\(say("built-in triage, because", "내장 분류, 이유:")) "
                    + prose.prose(ReportWords.because(reason, in: say), limit: 300),
                ReportWords.confidence(diagnosis.confidence, in: say),
            ]
            if reason.isQueued { parts.append(say("queued for the next run", "다음 실행에서 진단")) }
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
        return list(say("Suspects", "의심되는 커밋"), entries)
    }

    private func similar(_ group: ReportGroup) -> String {
        let entries = group.similar.prefix(3).enumerated().map { index, past in
            let reason = past.reason.isEmpty ? "" : ": \(prose.prose(past.reason, limit: 160))"
            return "[H\(index + 1)] \(past.fingerprint.groupID) (\(alike(past))\(reason)), "
                + outcome(past)
        }
        return list(say("Seen before", "과거 유사 사례"), entries)
    }

    private func alike(_ past: SimilarGroup) -> String {
        let score = NumberText.score(past.score)
        return say("\(score) alike", "유사도 \(score)")
    }

    private func outcome(_ past: SimilarGroup) -> String {
        guard let resolution = past.resolution else {
            let last = day(past.lastSeen)
            return say("last \(last), not resolved", "마지막 \(last), 해결되지 않음")
        }
        let commit = resolution.commit.map { name in
            let shown = prose.code(ReportWords.short(name))
            return say(" by \(shown)", ", \(shown)")
        }
        let note = resolution.note.map { " \"\(prose.prose($0, limit: 200))\"" } ?? ""
        let day = self.day(resolution.at)
        return say("resolved \(day)", "\(day) 해결") + (commit ?? "") + note
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
