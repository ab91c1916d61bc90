import Events

/// The groups under their headings, and the window beside the one before.
extension MarkdownReport {
    func section(_ section: ReportSection) -> String {
        var blocks: [String]
        let limit: Int
        switch section.heading {
        case .severity(let severity):
            limit = severity >= .high ? Self.detailedWhenUrgent : Self.detailedOtherwise
            blocks = ["## \(ReportWords.title(severity, in: say))"]
        case .service, .release:
            limit = Self.detailedInSection
            blocks = ["## \(title(section))\n\(ReportWords.sum(section, in: say))"]
        }
        blocks += section.groups.prefix(limit).map { self.section($0, detail: .page) }
        let others = section.groups.dropFirst(limit)
        if !others.isEmpty || section.untold > 0 { blocks.append(table(Array(others), untold: section.untold)) }
        return blocks.joined(separator: "\n\n")
    }

    private func title(_ section: ReportSection) -> String {
        section.name.map { prose.code($0, limit: 120) } ?? ReportWords.nameless(section.heading, in: say)
    }

    /// Sections that are not told: one line each.
    var otherSections: String {
        let others = report.sections.dropFirst(Self.sections)
        guard !others.isEmpty else { return "" }
        var lines = others.prefix(Self.listEntries).map { "- \(title($0)): \(ReportWords.sum($0, in: say))" }
        lines += more(others.count, "- ", .section)
        return "## \(say("Others", "그 밖에"))\n" + lines.joined(separator: "\n")
    }

    private func table(_ groups: [ReportGroup], untold: Int) -> String {
        let more = say.more(groups.count + untold, .group)
        var lines = [
            say(
                "\(more) in short; `appliance show GROUP` tells each in full.",
                "\(more), 요약; 자세한 내용은 `appliance show GROUP`."), "",
            tableHead(
                say("group", "그룹"), say("service", "서비스"), say("what", "내용"), say("events", "이벤트"), say("before", "이전")),
            "|---|---|---|---|---|---|",
        ]
        lines += groups.prefix(Self.tableRows).map { group in
            let facts = group.facts
            return "| \(group.id) | \(cell.code(group.service ?? "", limit: 60)) | "
                + "\(cell.prose(facts.group.title, limit: 160)) | \(NumberText.grouped(facts.count)) | "
                + "\(NumberText.grouped(facts.previousCount)) | \(ReportWords.trend(facts.trend, in: say)) |"
        }
        let rest = groups.count + untold - min(groups.count, Self.tableRows)
        if rest > 0 {
            let count = say.counted(rest, .group)
            lines += [
                "",
                say(
                    "And \(count) more: `appliance report --format json` lists all.",
                    "\(count) 더: 전체 목록은 `appliance report --format json`."),
            ]
        }
        return lines.joined(separator: "\n")
    }

    private func tableHead(_ names: String...) -> String { "| \(names.joined(separator: " | ")) | |" }

    /// The groups that changed most.
    var comparison: String {
        guard let comparison = report.comparison else { return "" }
        let length = comparison.window.start.duration(to: comparison.window.end)
        let before = DurationText.before(length, in: say)
        var lines = [
            "## \(ReportWords.compared(with: before, in: say))", ReportWords.sum(comparison, in: say), "",
            tableHead(say("group", "그룹"), say("service", "서비스"), say("what", "내용"), before, say("now", "현재")),
            "|---|---|---|---|---|---|",
        ]
        let changed = comparison.groups.filter { $0.change != .same }
        guard !changed.isEmpty else { return lines.prefix(2).joined(separator: "\n") }
        lines += changed.prefix(Self.comparedRows).map { group in
            "| \(group.group) | \(cell.code(group.service ?? "", limit: 60)) | \(cell.prose(group.title, limit: 160)) | "
                + "\(NumberText.grouped(group.before)) | \(NumberText.grouped(group.now)) | "
                + "\(ReportWords.change(group, in: say)) |"
        }
        let rest = changed.count - Self.comparedRows
        if rest > 0 { lines += ["", say("And \(say.more(rest, .group)).", "\(say.more(rest, .group)).")] }
        return lines.joined(separator: "\n")
    }

    static let comparedRows = 30
}
