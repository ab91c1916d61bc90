import Events
import GitMirror

/// What a draft is made from.
public struct FixRequest: Sendable {
    public var group: ErrorGroup
    public var diagnosis: Diagnosis
    public var changes: [Diagnosis.ProposedFix]
    public var code: CodeContext
    public var now: Timestamp

    public init(group: ErrorGroup, diagnosis: Diagnosis, code: CodeContext, now: Timestamp) {
        (self.group, self.diagnosis, self.code, self.now) = (group, diagnosis, code, now)
        changes = diagnosis.fix.map { [$0] } ?? []
    }

    public var branch: String { "fix/appliance-\(group.id)" }
}

/// Makes a draft of a diagnosis, or says why there is none. Pure but for git and the sandbox: nothing outside the
/// draft's own folder is written.
public struct FixMaker: Sendable {
    let settings: FixingSettings
    let redactor: Redactor

    public init(settings: FixingSettings, redactor: @escaping Redactor) {
        (self.settings, self.redactor) = (settings, redactor)
    }

    /// Whether a diagnosis may become a draft at all, before anything is looked up.
    public func eligible(_ request: FixRequest) throws(Refusal) {
        let diagnosis = request.diagnosis
        guard case .model = diagnosis.provenance.author else {
            throw .notProposed("no model has diagnosed it; the built-in triage proposes no change of code")
        }
        guard !request.changes.isEmpty else {
            let why = diagnosis.caveats.first { $0.contains("fix") }.map { ": \($0)" } ?? ""
            throw .notProposed("the diagnosis proposes no change of code\(why)")
        }
        guard diagnosis.autoFixable else {
            throw .notProposed("the model does not think that its change alone repairs the error")
        }
        let least = max(settings.minConfidence, FixingSettings.leastConfidence)
        guard diagnosis.confidence >= least else { throw .unsure(confidence: diagnosis.confidence, least: least) }
    }

    /// - Throws: ``Refusal`` where the rules forbid it; ``MirrorError`` where git could not be used.
    public func draft(_ request: FixRequest, in repository: DraftRepository, mirror: String) async throws -> FixDraft {
        try eligible(request)
        let plan = try await ChangePlan(request, repository, settings: settings, redactor: redactor)
        let message = CommitMessage(request: request, plan: plan, tests: "not run")
        let commit = try await repository.commit(
            plan.contents, message: message.text, author: CommitMessage.author, at: request.now)
        let patch = try await checkedPatch(of: commit, repository, plan)
        return FixDraft(
            group: request.group.id, mirror: mirror, base: repository.base, branch: request.branch, commit: commit.name,
            files: plan.files, patch: patch,
            tests: .notRun(reason: "no test command is configured for mirror \(mirror)"))
    }

    /// The patch, read back as its reader will read it.
    private func checkedPatch(
        of commit: DraftCommit, _ repository: DraftRepository, _ plan: ChangePlan
    ) async throws -> String {
        let bytes = try await repository.patch(of: commit, context: Self.contextLines)
        guard try await repository.reproduces(commit, patch: bytes) else {
            throw Refusal.patch("the patch does not say what the change says")
        }
        guard let text = String(validating: bytes, as: UTF8.self) else { throw Refusal.patch("the patch is no text") }
        return text
    }

    static let contextLines = 3
}
