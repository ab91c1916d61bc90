import Events

/// The end of the page: what could not be done, and why.
extension MarkdownReport {
    var notDiagnosed: String {
        let reasons = report.undiagnosed(in: say)
        guard !reasons.isEmpty else { return "" }
        var lines = reasons.prefix(Self.listEntries).map { entry in
            "- \(entry.names(in: say)): \(prose.prose(entry.reason, limit: 400))\(entry.ending(in: say))"
        }
        lines += more(reasons.count, "- ", .reason)
        if let rest = report.untold?.counts.notDiagnosed, rest > 0 {
            lines.append("- \(say("and ", ""))\(say.more(rest, .group))")
        }
        return "## \(say("Not diagnosed", "진단 없음"))\n" + lines.joined(separator: "\n")
    }

    var notRead: String {
        guard !report.notRead.isEmpty else { return "" }
        let lines = report.notRead.prefix(Self.listEntries).map { "- \(prose.prose($0, limit: 600))" }
        return "## \(say("What was not read", "읽지 못한 것"))\n"
            + (lines + more(report.notRead.count, "- ", .note)).joined(separator: "\n")
    }

    var waiting: String {
        var lines: [String] = []
        if report.queued > 0 {
            lines.append(
                "- \(say.counted(report.queued, .group)) \(say("queued for a diagnosis", "진단 대기")): `appliance batch --queued`"
            )
        }
        if report.held > 0 {
            lines.append(
                "- \(say.counted(report.held, .alert)) \(say("held back by the alert policy", "알림 정책에 따라 보류"))")
        }
        if let drafts = report.fixDrafts { lines.append("- \(drafts.words(in: say)): `appliance fix`") }
        return lines.isEmpty ? "" : "## \(say("What waits", "대기 중"))\n" + lines.joined(separator: "\n")
    }

    /// What the models took, where more than one call was made.
    var costs: String {
        guard report.costs.reduce(0, { $0 + $1.calls }) > 1 else { return "" }
        let rows = report.costs.prefix(Self.listEntries).map { cost in
            "| \(cell.code(cost.model)) | \(NumberText.grouped(cost.calls)) | \(NumberText.grouped(cost.promptTokens)) "
                + "| \(NumberText.grouped(cost.answerTokens)) | \(DurationText.words(.seconds(cost.seconds), in: say)) |"
        }
        let head = [
            "## \(say("What the models took", "모델이 쓴 것"))",
            say(
                "| model | calls | prompt tokens | answer tokens | time |",
                "| 모델 | 호출 | 프롬프트 토큰 | 답변 토큰 | 시간 |"),
            "|---|---|---|---|---|",
        ]
        return (head + rows + more(report.costs.count, "", .model)).joined(separator: "\n")
    }

    /// Counted, and nothing more, because somebody said so.
    var quieted: String {
        var lines = report.muted.prefix(Self.listEntries).map { group in
            let words = ReportWords.muted(group, clock: clock, near: report.window.end, in: say)
            return "- \(group.facts.group.id) \(prose.prose(group.facts.group.title, limit: 120)): "
                + prose.prose(words, limit: 300)
        }
        lines += more(report.muted.count, "- ", .mutedGroup)
        lines += report.maintenance.prefix(Self.listEntries).map {
            let words = ReportWords.maintenance($0, clock: clock, near: report.window.end, in: say)
            return "- \(say("maintenance", "점검")): \(prose.prose(words, limit: 300))"
        }
        return lines.isEmpty
            ? "" : "## \(say("Muted and under maintenance", "음소거와 점검"))\n" + lines.joined(separator: "\n")
    }

    var masked: String {
        let rules = report.masked.filter { $0.value > 0 }
            .sorted { ($1.value, $0.key) < ($0.value, $1.key) }
        guard !rules.isEmpty else { return "" }
        let shown = rules.prefix(Self.listEntries).map { "\(NumberText.grouped($0.value)) × \(prose.code($0.key))" }
        let rest = rules.count - shown.count
        return "## \(say("What was masked", "가린 것"))\n" + shown.joined(separator: " · ")
            + (rest > 0 ? " · \(say.more(rest, .rule))" : "")
    }
}
