import Events

/// The text of a pull request for a fix draft, in plain CommonMark: for `gh pr create --draft --body-file`, and to be
/// pasted where GitLab, Gitea or Bitbucket ask for a description.
public struct PullRequestText: Sendable, Hashable, Codable {
    /// One line.
    public var title: String
    public var body: String
    public var labels: [String]

    /// Units of the parts that a model or a log wrote.
    private static let titleLimit = 72
    private static let partLimit = 1200

    /// - Parameter group: as it may leave: code and samples withheld where the configuration says so.
    public init(_ group: ReportGroup, _ draft: FixDraft) {
        let prose = InlineMarkdown(.commonMark)
        let diagnosis = group.diagnosis
        let cause = diagnosis?.rootCause ?? group.facts.group.title
        title = Self.title(cause)
        let level = ConfidenceLevel(percent: diagnosis?.confidence ?? 0)
        labels = ["auto-fix", "ai-generated", "confidence-\(level.rawValue.lowercased())"]
        var lines = [
            "> **Written by a model: review before merging.** Nothing was pushed; a person carried this here.", "",
        ]
        lines += ["## Error", "", "- Group: `\(group.id)` \(prose.prose(group.facts.group.title, limit: 300))"]
        if let service = group.service { lines.append("- Service: \(prose.code(service))") }
        lines.append(
            "- Seen: \(group.facts.group.firstSeen.rfc3339) to \(group.facts.group.lastSeen.rfc3339), \(NumberText.counted(group.facts.group.total, "event"))"
        )
        if let sample = group.sample { lines.append("- Message: \(prose.code(sample.message, limit: 400))") }
        for (name, issue) in Self.issues(of: group) { lines.append("- \(name): \(prose.code(issue, limit: 300))") }
        lines += ["", "## Root cause", "", prose.prose(cause, limit: Self.partLimit)]
        if let analysis = diagnosis?.analysis, !analysis.isEmpty {
            lines += ["", prose.prose(analysis, limit: Self.partLimit)]
        }
        lines += ["", "## Changes", ""]
        for file in draft.files {
            let why = file.reason.isEmpty ? "" : ": \(prose.prose(file.reason, limit: 400))"
            lines.append("- \(prose.code(file.path)) (+\(file.added) −\(file.removed), \(file.kind))\(why)")
        }
        lines += ["", "## Checks", ""] + Self.checks(draft, diagnosis)
        if !draft.notes.isEmpty {
            lines += ["", "## Notes", ""] + draft.notes.map { "- \(prose.prose($0, limit: 400))" }
        }
        lines += [
            "",
            "Branch \(prose.code(draft.branch)) starts from `\(draft.base)`. Labels: \(labels.joined(separator: ", ")).",
        ]
        body = lines.joined(separator: "\n") + "\n"
    }

    private static func checks(_ draft: FixDraft, _ diagnosis: Diagnosis?) -> [String] {
        let prose = InlineMarkdown(.commonMark)
        var lines: [String] = []
        if let diagnosis {
            let level = ConfidenceLevel(percent: diagnosis.confidence)
            lines.append("- Confidence: \(diagnosis.confidence) of 100 (\(level.rawValue))")
            if case .model(let run) = diagnosis.provenance.author {
                let digest = run.digest.map { ", sha256 `\($0.prefix(12))`" } ?? ""
                lines.append("- Model: \(prose.code(run.model))\(digest), \(diagnosis.provenance.at.rfc3339)")
            }
        }
        lines.append("- Tests: \(prose.prose(draft.tests.words, limit: 400))")
        for check in draft.syntax {
            let words =
                switch check.result {
                case .passed(let tool): "syntax read by \(prose.code(tool))"
                case .notChecked(let reason): "syntax not checked: \(prose.prose(reason, limit: 200))"
                }
            lines.append("- \(prose.code(check.path)): \(words)")
        }
        return lines
    }

    /// Where the error is kept elsewhere, as its events' tags say. Shown as text: a log's address is never made a link.
    private static func issues(of group: ReportGroup) -> [(String, String)] {
        guard let tags = group.sample?.tags else { return [] }
        let names = [
            ("Sentry", ["sentry.issue", "sentry.permalink", "sentry.url", "issue.url", "permalink", "sentry_url"]),
            ("Issue", ["issue", "issue_url", "ticket"]),
        ]
        return names.compactMap { name, keys in keys.lazy.compactMap { tags[$0] }.first.map { (name, $0) } }
    }

    /// `fix: …` without anything that a forge would make live: it shows titles as plain text, mentions aside.
    private static func title(_ cause: String) -> String {
        let line = VisibleText.line(cause).filter { $0 != "@" && $0 != "#" && $0 != "`" }
        guard line.count + 5 > titleLimit else { return "fix: \(line)" }
        let head = line.prefix(titleLimit - 6)
        let end = head.lastIndex(of: " ").map { head[..<$0] } ?? head
        return "fix: \(end)…"
    }
}
