import Delivery
import Events
import Fixing
import Foundation
import GitMirror
import History

/// Makes, keeps and sends the draft of one group.
struct FixDrafting: Sendable {
    let site: Site
    let workshops: Workshops
    let isDryRun: Bool
    let now: Timestamp

    static let day = Duration.hours(24)

    func draft(_ group: ReportGroup) async throws -> FixReport {
        do {
            return try await attempt(group)
        } catch let refusal as Refusal {
            return FixReport(group: group.id, refusal: refusal.redacted(by: site.redactor), dryRun: isDryRun)
        }
    }

    private func attempt(_ group: ReportGroup) async throws -> FixReport {
        // The commit's message leaves with the patch: it quotes no sample where samples may not leave.
        var words = site.configuration.export
        words.code = true
        guard let diagnosis = ExportGate(settings: words, redactor: site.redactor).group(group).diagnosis else {
            throw Refusal.notProposed("it has no diagnosis yet")
        }
        let request = FixRequest(group: group.facts.group, diagnosis: diagnosis, code: group.code, now: now)
        // What costs nothing is asked first: most groups end here.
        try FixMaker(settings: site.configuration.fixing, workshop: .none(reason: ""), redactor: site.redactor)
            .eligible(request)
        try refuseJudged(group, diagnosis)
        guard case .read(let name, let revision, _) = group.code.state,
            let mirror = site.configuration.mirrors.first(where: { $0.name == name })
        else { throw Refusal.notProposed("the code that the model saw was not read from a configured mirror") }
        try refuseRepeated(group, revision: revision)
        let session = try await site.mirrors.session(mirror)
        guard try await !session.hasBranch(request.branch) else { throw Refusal.exists(branch: request.branch) }
        guard let repository = try await session.draft(at: revision) else {
            throw Refusal.unknownRevision(mirror: name, revision: revision)
        }
        let result: Result<MadeDraft, any Error>
        do {
            let maker = FixMaker(
                settings: site.configuration.fixing, workshop: try await workshops.workshop(for: mirror),
                redactor: site.redactor)
            result = .success(
                try await maker.draft(request, in: repository, mirror: name, head: try await session.branchHead()))
        } catch {
            result = .failure(error)
        }
        await repository.close()
        return try deliver(try result.get(), of: group)
    }

    private func refuseJudged(_ group: ReportGroup, _ diagnosis: Diagnosis) throws {
        let fingerprint = group.facts.group.fingerprint
        if let (at, verdict) = try site.history.latestVerdict(of: fingerprint), verdict == .wrong,
            at >= diagnosis.provenance.at
        {
            throw Refusal.notProposed("a person judged the diagnosis wrong")
        }
        if group.facts.group.resolution != nil, group.facts.trend.isOver {
            throw Refusal.notProposed("the group is resolved")
        }
    }

    private func refuseRepeated(_ group: ReportGroup, revision: String) throws {
        let fingerprint = group.facts.group.fingerprint
        let own = try site.history.fixDrafts(since: Timestamp(nanoseconds: .min), of: fingerprint)
        if let same = own.first(where: { $0.draft.base == revision }) {
            throw Refusal.exists(branch: "a draft of \(same.at.rfc3339.prefix(10)) for this group and revision")
        }
        if let open = own.first(where: { $0.fate == .open && $0.draft.tests.isUsable }) {
            throw Refusal.exists(branch: "\(open.draft.branch), an open draft of \(open.at.rfc3339.prefix(10)),")
        }
        let most = site.configuration.fixing.draftsADay
        let today = try site.history.fixDrafts(since: now.advanced(by: .zero - Self.day)).count { $0.at <= now }
        guard today < most else {
            throw Refusal.limit("\(today) drafts were made in the last 24 hours; \(most) are allowed")
        }
    }

    private func deliver(_ made: MadeDraft, of group: ReportGroup) throws -> FixReport {
        let gated = ExportGate(site).group(group)
        // Reasons are the model's words, and may quote what may not leave.
        let local = PullRequestText(group, made.draft)
        var report = FixReport(made.draft, pullRequest: local, dryRun: isDryRun)
        guard !isDryRun else { return report }
        let delivery = FixDelivery(site: site, now: now)
        report.folder = try delivery.keep(made, local)
        report.message = try delivery.enqueue(made.draft, of: group, gated: gated)
        return report
    }
}

extension GroupFacts.Trend {
    /// A resolved group that is back is open again.
    fileprivate var isOver: Bool {
        if case .back = self { false } else { true }
    }
}

extension TestOutcome {
    /// A draft whose tests failed stands in nobody's way.
    fileprivate var isUsable: Bool {
        if case .failed = self { false } else { true }
    }
}

extension Refusal {
    /// A parser's message quotes code.
    fileprivate func redacted(by redactor: Redactor) -> Refusal {
        guard case .syntax(let path, let tool, let message) = self else { return self }
        return .syntax(path: path, tool: tool, message: redactor(message).text)
    }
}

/// The sandbox, looked for once and only when it is needed.
actor Workshops {
    private let settings: FixingSettings
    private var found: (sandbox: Sandbox?, reason: String)?

    init(settings: FixingSettings) { self.settings = settings }

    func workshop(for mirror: MirrorSettings) async throws -> Workshop {
        let result: (sandbox: Sandbox?, reason: String)
        if let found {
            result = found
        } else {
            result = try await Sandbox.find(limits: settings.limits, tools: settings.tools)
            found = result
        }
        guard let sandbox = result.sandbox else { return .none(reason: "no sandbox works here (\(result.reason))") }
        return .sandbox(sandbox, testCommand: mirror.testCommand)
    }
}
