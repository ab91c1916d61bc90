import Delivery
import Events
import Foundation
import History

/// Drafts issues for the groups of a report that are worth one.
struct IssueDrafting {
    let site: Site
    let now: Timestamp

    /// The setting that the book is kept under.
    static let key = "issue.book"
    /// Issues of one run; the others are drafted by the next.
    private static let perRun = 25

    /// - Parameter report: as it may leave.
    /// - Returns: the drafts, and what is to be remembered together with them.
    func drafts(_ report: Report) throws -> (drafts: [Delivery.OutboxDraft], book: String) {
        var book =
            try site.history.setting(Self.key).map {
                try JSONDecoder().decode(IssueBook.self, from: Data($0.utf8))
            } ?? IssueBook()
        let (due, _) = book.takeDue(
            report.groups, atLeast: site.configuration.issues.atLeast, limit: Self.perRun, now: now)
        let drafts = due.map { entry in
            let draft = IssueDraft(
                entry.group, action: entry.reason.action, reason: entry.reason, site: report.site, clock: report.clock)
            return Delivery.OutboxDraft(
                kind: .issue, subject: entry.group.id, severity: .info, time: now, data: .issue(draft))
        }
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys]
        return (drafts, String(decoding: try encoder.encode(book), as: UTF8.self))
    }
}
