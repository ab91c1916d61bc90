import Delivery
import Events
import Fixing
import Foundation
import History

/// The command `fix`: one group's draft now, or what became of all of them.
public struct Fixer: Sendable {
    let configuration: Configuration

    public init(configuration: Configuration) { self.configuration = configuration }

    /// - Parameter dryRun: makes and checks the draft, and keeps and sends nothing.
    public func fix(_ reference: GroupReference, dryRun: Bool, now: Timestamp) async throws -> FixReport {
        let isDry = dryRun || configuration.fixing.dryRun
        try configuration.home.prepare()
        // A dry run keeps nothing, and need not wait for another run.
        let lock = isDry ? nil : try RunLock(home: configuration.home, holder: "fix")
        defer { withExtendedLifetime(lock) {} }
        let site = try Site(configuration, mode: .readWrite, now: now)
        let group = try Reporting(site: site).group(reference, now: now).group
        let drafting = FixDrafting(
            site: site, workshops: Workshops(settings: configuration.fixing), isDryRun: isDry, now: now)
        let report: FixReport
        do {
            report = try await drafting.draft(group)
        } catch {
            await site.mirrors.close()
            throw error
        }
        await site.mirrors.close()
        if report.message != nil { try PendingMessages(site: site, now: now).write() }
        return report
    }

    /// Looks after open drafts, and lists all.
    public func summary(now: Timestamp) async throws -> (summary: FixSummary, problems: [String]) {
        let lock = try RunLock(home: configuration.home, holder: "fix")
        defer { withExtendedLifetime(lock) {} }
        let site = try Site(configuration, mode: .readWrite, now: now)
        let problems: [String]
        do {
            problems = try await DraftFates(site: site, now: now).update()
        } catch {
            await site.mirrors.close()
            throw error
        }
        await site.mirrors.close()
        return (try Self.summary(of: site.history), problems)
    }

    static func summary(of history: HistoryStore) throws -> FixSummary {
        let records = try history.fixDrafts(since: Timestamp(nanoseconds: .min))
        let entries = try records.map { record in
            FixSummary.Entry(
                group: record.fingerprint.groupID, title: try history.group(record.fingerprint)?.title ?? "",
                at: record.at, mirror: record.draft.mirror, base: record.draft.base, branch: record.draft.branch,
                tests: record.draft.tests.words, fate: record.fate, fateAt: record.fateAt)
        }
        func count(_ fate: DraftFate) -> Int { records.count { $0.fate == fate } }
        let counts = FixDraftCounts(
            made: records.count, tested: records.count { $0.draft.tests.isTested },
            reproduced: records.count { $0.draft.tests.isReproduced }, open: count(.open), merged: count(.merged),
            changed: count(.changed), refused: count(.refused))
        return FixSummary(drafts: entries, counts: records.isEmpty ? nil : counts)
    }
}
