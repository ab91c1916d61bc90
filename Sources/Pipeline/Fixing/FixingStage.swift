import Delivery
import Events
import Fixing
import History

/// The batch's drafts, where `[fixing] auto_draft` asks for them: of the groups of this run, the worst first.
struct FixingStage {
    let site: Site
    let now: Timestamp
    let progress: ProgressHandler

    func run(touched: Set<Fingerprint>, into record: inout BatchRecord) async throws {
        var fixing = BatchRecord.Fixing()
        fixing.problems = try await DraftFates(site: site, now: now).update()
        if site.configuration.fixing.autoDraft { try await draft(touched, &fixing) }
        let all = try Fixer.summary(of: site.history).counts
        (fixing.merged, fixing.all) = (all?.merged ?? 0, all?.made ?? 0)
        if fixing != BatchRecord.Fixing() { record.fixing = fixing }
    }

    private func draft(_ touched: Set<Fingerprint>, _ fixing: inout BatchRecord.Fixing) async throws {
        let window = TimeWindow(start: now.advanced(by: .zero - Batch.reportWindow), end: now)
        let groups = try Reporting(site: site).report(of: window, now: now).groups
        let drafting = FixDrafting(
            site: site, workshops: Workshops(settings: site.configuration.fixing),
            isDryRun: site.configuration.fixing.dryRun, now: now)
        for group in groups where touched.contains(group.facts.group.fingerprint) {
            // Most diagnoses propose nothing; that is no refusal.
            guard let diagnosis = group.diagnosis, diagnosis.autoFixable, diagnosis.fix != nil else { continue }
            try Task.checkCancellation()
            // Once more by itself: in a report, not every group has its sample, and the draft's words depend on it.
            guard let reference = GroupReference(group.facts.group.fingerprint.hex) else { continue }
            let report = try await drafting.draft(Reporting(site: site).group(reference, now: now).group)
            switch report.outcome {
            case .drafted:
                fixing.drafted += 1
                fixing.tested += report.isTested ? 1 : 0
                fixing.reproduced += report.isReproduced ? 1 : 0
                progress(.detail("\(group.id) fix draft: \(report.tests ?? "")"))
            case .testsFailed:
                fixing.failed += 1
                progress(.detail("\(group.id) fix draft failed: \(report.reason ?? "")"))
            case .refused:
                fixing.refused[report.rule ?? "other", default: 0] += 1
                progress(.detail("\(group.id) no fix draft: \(report.reason ?? "")"))
            }
        }
    }
}
