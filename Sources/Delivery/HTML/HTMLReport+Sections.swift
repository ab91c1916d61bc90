import Events

/// The groups under their headings, the window beside the one before, and the end of the page.
extension HTMLReport {
    var groups: String {
        let detailed = Set(report.groups.prefix(Self.detailed).map(\.id))
        var blocks: [String] = []
        for section in report.sections {
            let members = section.groups.filter { detailed.contains($0.id) }
            if members.isEmpty { continue }
            blocks.append(heading(section))
            blocks += members.map { self.section($0) }
        }
        let others = report.groups.dropFirst(Self.detailed)
        guard !others.isEmpty else { return blocks.joined(separator: "\n") }
        let rows = others.prefix(Self.tableRows).map { group in
            "<tr><td>\(group.id)</td><td>\(prose(group.facts.group.title, limit: 120))</td>"
                + "<td class=\"n\">\(NumberText.grouped(group.facts.count))</td></tr>"
        }
        let untold = report.untold?.counts.groups ?? 0
        let rest = others.count + untold - rows.count
        blocks.append(
            "<h2>\(say.more(others.count + untold, .group))</h2>\n<table>\n\(rows.joined(separator: "\n"))\n</table>")
        if rest > 0 {
            let count = say.counted(rest, .group)
            blocks.append(
                "<p>\(say("And \(count) more, in the JSON report.", "\(count) 더: JSON 보고서에 있습니다."))</p>")
        }
        return blocks.joined(separator: "\n")
    }

    private func heading(_ section: ReportSection) -> String {
        if case .severity(let severity) = section.heading {
            return "<h2>\(ReportWords.title(severity, in: say))</h2>"
        }
        let name = section.name.map { HTMLText.code($0, limit: 120) } ?? ReportWords.nameless(section.heading, in: say)
        return "<h2>\(name)</h2>\n<p class=\"small\">\(ReportWords.sum(section, in: say))</p>"
    }

    var comparison: String {
        guard let comparison = report.comparison else { return "" }
        let before = DurationText.before(comparison.window.start.duration(to: comparison.window.end), in: say)
        var blocks = [
            "<h2>\(ReportWords.compared(with: before, in: say))</h2>", "<p>\(ReportWords.sum(comparison, in: say))</p>",
        ]
        let changed = comparison.groups.filter { $0.change != .same }
        guard !changed.isEmpty else { return blocks.joined(separator: "\n") }
        let rows = changed.prefix(MarkdownReport.comparedRows).map { group in
            "<tr><td>\(group.group)</td><td>\(prose(group.title, limit: 120))</td>"
                + "<td class=\"n\">\(NumberText.grouped(group.before))</td><td class=\"n\">\(NumberText.grouped(group.now))</td>"
                + "<td>\(ReportWords.change(group, in: say))</td></tr>"
        }
        let head =
            "<tr><th>\(say("group", "그룹"))</th><th>\(say("what", "내용"))</th><th class=\"n\">\(before)</th>"
            + "<th class=\"n\">\(say("now", "현재"))</th><th></th></tr>"
        blocks.append("<table>\n\(head)\n\(rows.joined(separator: "\n"))\n</table>")
        let rest = changed.count - rows.count
        if rest > 0 { blocks.append("<p>\(say.more(rest, .group))</p>") }
        return blocks.joined(separator: "\n")
    }

    // MARK: - The end

    var end: String {
        var blocks: [String] = []
        let open = report.undiagnosed(in: say)
        if !open.isEmpty {
            var items = open.prefix(Self.listEntries).map {
                "<li>\($0.names(in: say)): \(prose($0.reason, limit: 400))\($0.ending(in: say))</li>"
            }
            if let rest = report.untold?.counts.notDiagnosed, rest > 0 {
                items.append("<li>\(say("and ", ""))\(say.more(rest, .group))</li>")
            }
            blocks.append(list(say("Not diagnosed", "진단 없음"), items, more: more(open.count, .reason)))
        }
        if !report.notRead.isEmpty {
            let items = report.notRead.prefix(Self.listEntries).map { "<li>\(prose($0))</li>" }
            blocks.append(list(say("What was not read", "읽지 못한 것"), items, more: more(report.notRead.count, .note)))
        }
        blocks += waiting + quieted + costs
        let masked = report.masked.filter { $0.value > 0 }.sorted { ($1.value, $0.key) < ($0.value, $1.key) }
        if !masked.isEmpty {
            let items = masked.prefix(Self.listEntries).map {
                "\(NumberText.grouped($0.value)) × \(HTMLText.code($0.key))"
            }
            blocks.append("<h2>\(say("What was masked", "가린 것"))</h2>\n<p>\(items.joined(separator: " · "))</p>")
        }
        return blocks.joined(separator: "\n")
    }

    private func more(_ count: Int, _ noun: CountedNoun) -> String {
        let rest = count - Self.listEntries
        return rest > 0 ? "<li>\(say("and ", ""))\(say.more(rest, noun))</li>" : ""
    }

    private var waiting: [String] {
        var items: [String] = []
        if report.queued > 0 {
            items.append("\(say.counted(report.queued, .group)) \(say("queued for a diagnosis", "진단 대기"))")
        }
        if report.held > 0 {
            let why = say("held back by the alert policy", "알림 정책에 따라 보류")
            items.append("\(say.counted(report.held, .alert)) \(why)")
        }
        if let drafts = report.fixDrafts { items.append(prose(drafts.words(in: say))) }
        return items.isEmpty ? [] : [list(say("What waits", "대기 중"), items.map { "<li>\($0)</li>" }, more: "")]
    }

    /// What the models took, where more than one call was made.
    private var costs: [String] {
        guard report.costs.reduce(0, { $0 + $1.calls }) > 1 else { return [] }
        let names = [
            say("model", "모델"), say("calls", "호출"), say("prompt tokens", "프롬프트 토큰"),
            say("answer tokens", "답변 토큰"), say("time", "시간"),
        ]
        let head = names.enumerated().map { "<th\($0.offset > 0 ? " class=\"n\"" : "")>\($0.element)</th>" }.joined()
        let rows = report.costs.prefix(Self.listEntries).map { cost in
            let numbers = [cost.calls, cost.promptTokens, cost.answerTokens].map {
                "<td class=\"n\">\(NumberText.grouped($0))</td>"
            }
            return "<tr><td>\(HTMLText.code(cost.model, limit: 100))</td>\(numbers.joined())"
                + "<td class=\"n\">\(DurationText.words(.seconds(cost.seconds), in: say))</td></tr>"
        }
        return [
            "<h2>\(say("What the models took", "모델이 쓴 것"))</h2>\n<table>\n<tr>\(head)</tr>\n"
                + "\(rows.joined(separator: "\n"))\n</table>"
        ]
    }

    private var quieted: [String] {
        let near = report.window.end
        var items = report.muted.prefix(Self.listEntries).map { group in
            "<li>\(group.facts.group.id) \(prose(group.facts.group.title, limit: 120)): "
                + prose(ReportWords.muted(group, clock: clock, near: near, in: say)) + "</li>"
        }
        items += report.maintenance.prefix(Self.listEntries).map {
            "<li>\(say("maintenance", "점검")): "
                + prose(ReportWords.maintenance($0, clock: clock, near: near, in: say)) + "</li>"
        }
        return items.isEmpty ? [] : [list(say("Muted and under maintenance", "음소거와 점검"), items, more: "")]
    }

    private func list(_ title: String, _ items: [String], more: String) -> String {
        "<h2>\(title)</h2>\n<ul>\(items.joined(separator: "\n"))\(more)</ul>"
    }
}
