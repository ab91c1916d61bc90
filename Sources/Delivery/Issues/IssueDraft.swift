import Events
import Foundation

/// An issue for a forge, made where no forge can be reached: somebody, or a script, carries it there.
///
/// The same group always has the same ``marker``, in the body: whoever opens issues looks for it first, and so updates
/// the issue that is there.
public struct IssueDraft: Sendable, Hashable, Codable {
    public enum Action: String, Sendable, Codable {
        /// Nothing was drafted for the group yet.
        case create
        /// It was: there is a comment to add, the issue is to be opened again where it was closed, and its body to be
        /// replaced.
        case update
    }

    public var group: String
    public var action: Action
    /// A word that no other group's issue has: `appliance-` and 16 hexadecimal digits.
    public var marker: String
    /// One line.
    public var title: String
    /// Plain CommonMark.
    public var body: String
    public var labels: [String]
    /// Of an update: what happened since.
    public var comment: String?

    private static let titleUnits = 120
    private static let partUnits = 1500
    private static let actions = 8
    private static let suspects = 3

    /// - Parameter group: as it may leave: code and samples withheld where the configuration says so.
    public init(_ group: ReportGroup, action: Action, reason: IssueBook.Reason, site: String, clock: SiteClock) {
        (self.group, self.action, marker) = (group.id, action, Self.marker(of: group.facts.group.fingerprint))
        title = Self.title(group)
        labels = ["appliance", "severity-\(group.severity.rawValue)"]
        let text = IssueText(group: group, site: site, clock: clock)
        body = text.body(marker: marker)
        comment = action == .update ? text.comment(reason) : nil
    }

    static func marker(of fingerprint: Fingerprint) -> String { "appliance-\(fingerprint.hex.prefix(16))" }

    /// Plain text: forges show titles as they are, but for mentions and issue numbers.
    private static func title(_ group: ReportGroup) -> String {
        let parts = [group.service, group.facts.group.title].compactMap { $0 }.joined(separator: ": ")
        let line = VisibleText.line(parts).filter { $0 != "@" && $0 != "#" && $0 != "`" }
        let shown = line.isEmpty ? "an error without a message" : line
        let head = "\(group.id) "
        guard shown.count + head.count > titleUnits else { return head + shown }
        let cut = shown.prefix(titleUnits - head.count - 1)
        return head + (cut.lastIndex(of: " ").map { cut[..<$0] } ?? cut) + "…"
    }

    /// The words of an issue.
    private struct IssueText {
        let group: ReportGroup
        let site: String
        let clock: SiteClock
        let prose = InlineMarkdown(.commonMark)

        func body(marker: String) -> String {
            var lines = seen + said + evidence
            lines += [
                "", "---", "Drafted by an appliance at \(prose.code(site)), which saw this; nobody has looked yet.",
            ]
            lines.append("Look for this word before opening another: `\(marker)`")
            return lines.joined(separator: "\n") + "\n"
        }

        func comment(_ reason: IssueBook.Reason) -> String {
            let facts = group.facts
            var lines = ["**\(reason.words)**", ""]
            if case .back(let resolution) = facts.trend {
                lines.append("- Resolved \(resolution.at.rfc3339), seen again since.")
            }
            lines.append(
                "- \(NumberText.counted(facts.count, "event")) in the last window; last \(time(facts.group.lastSeen)).")
            if let release = facts.latestRelease { lines.append("- Release: \(prose.code(release, limit: 120))") }
            return (lines + said).joined(separator: "\n") + "\n"
        }

        private var seen: [String] {
            let facts = group.facts
            var lines = ["## What was seen", ""]
            lines.append("- Severity: **\(group.severity.rawValue)**, \(ReportWords.trend(facts.trend))")
            let services = facts.services.prefix(5).map { prose.code($0.value, limit: 120) }.joined(separator: ", ")
            if !services.isEmpty { lines.append("- Services: \(services)") }
            lines.append(
                "- Seen: \(time(facts.group.firstSeen)) to \(time(facts.group.lastSeen)), "
                    + "\(NumberText.counted(facts.group.total, "event")) in all")
            if let release = facts.latestRelease { lines.append("- Release: \(prose.code(release, limit: 120))") }
            let template = prose.prose(facts.group.template, limit: 800)
            if !template.isEmpty { lines += ["", "> \(template)"] }
            if let sample = group.sample {
                lines += ["", Fence.block(SampleText.lines(of: sample, clock: clock), language: "text")]
            }
            return lines
        }

        private var said: [String] {
            guard let diagnosis = group.diagnosis else { return ["", "Not diagnosed yet."] }
            var lines = ["", "## Root cause", "", prose.prose(diagnosis.rootCause, limit: IssueDraft.partUnits)]
            let impact = prose.prose(diagnosis.impact, limit: IssueDraft.partUnits)
            if !impact.isEmpty { lines += ["", "**Impact** \(impact)"] }
            let actions = diagnosis.recommendations.prefix(IssueDraft.actions)
            if !actions.isEmpty { lines += ["", "## To do", ""] }
            lines += actions.map { "- [ ] \(prose.prose($0.action, limit: 400))" }
            let author =
                switch diagnosis.provenance.author {
                case .model(let run): "Written by a model, \(prose.code(run.model))"
                case .builtIn(let why): "Written by rules, because \(prose.prose(ReportWords.because(why), limit: 200))"
                }
            return lines + ["", "\(author), \(ReportWords.confidence(diagnosis.confidence))."]
        }

        private var evidence: [String] {
            var lines = group.code.suspects.prefix(IssueDraft.suspects).map { suspect in
                let author = suspect.author.map { " \(prose.prose($0, limit: 80)):" } ?? ""
                return "- Suspect: \(prose.code(ReportWords.short(suspect.commit)))\(author) "
                    + prose.prose(suspect.subject, limit: 160)
            }
            lines += group.similar.prefix(IssueDraft.suspects).map { past in
                let note = past.resolution?.note.map { ", mended by: \(prose.prose($0, limit: 200))" } ?? ""
                return "- Seen before: \(past.fingerprint.groupID)\(note)"
            }
            return lines.isEmpty ? [] : ["", "## Evidence", ""] + lines
        }

        private func time(_ time: Timestamp) -> String { time.rfc3339 }
    }
}
