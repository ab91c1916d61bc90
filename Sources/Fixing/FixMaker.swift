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

/// Where commands of the repository can be run.
public enum Workshop: Sendable {
    case sandbox(Sandbox, testCommand: String?)
    /// Nothing is run: not even a parser.
    case none(reason: String)
}

/// A draft, and what only the operator sees of it.
public struct MadeDraft: Sendable {
    public var draft: FixDraft
    /// The end of what the tests wrote with the change. It may hold anything, and never leaves the site.
    public var testOutput: [UInt8]
}

/// Makes a draft of a diagnosis, or says why there is none. Nothing is written but in the draft's own private
/// repository, and nothing of the repository is run but in the sandbox.
public struct FixMaker: Sendable {
    let settings: FixingSettings
    let redactor: Redactor
    let workshop: Workshop

    public init(settings: FixingSettings, workshop: Workshop, redactor: @escaping Redactor) {
        (self.settings, self.workshop, self.redactor) = (settings, workshop, redactor)
    }

    static let contextLines = 3
    /// Larger bundles are left out: a message carries them.
    static let maxBundleBytes = 2 << 20

    /// Whether a diagnosis may become a draft at all, before anything is looked up.
    public func eligible(_ request: FixRequest) throws(Refusal) {
        let diagnosis = request.diagnosis
        guard case .model = diagnosis.provenance.author else {
            throw .notProposed("no model has diagnosed it; the built-in triage proposes no change of code")
        }
        guard !request.changes.isEmpty else {
            let why = diagnosis.caveats.first { $0.contains("proposed fix") }.map { ": \($0)" } ?? ""
            throw .notProposed("the diagnosis proposes no change of code\(why)")
        }
        guard diagnosis.autoFixable else {
            throw .notProposed("the model does not think that its change alone repairs the error")
        }
        let least = max(settings.minConfidence, FixingSettings.leastConfidence)
        guard diagnosis.confidence >= least else { throw .unsure(confidence: diagnosis.confidence, least: least) }
    }

    /// - Parameter head: the commit that is deployed now, where it is not the draft's base.
    /// - Throws: ``Refusal`` where the rules forbid it; ``MirrorError`` where git could not be used.
    public func draft(
        _ request: FixRequest, in repository: DraftRepository, mirror: String, head: String? = nil
    ) async throws -> MadeDraft {
        try eligible(request)
        let plan = try await ChangePlan(request, repository, settings: settings, redactor: redactor)
        let syntax = try await checkSyntax(plan)
        let report = try await runTests(plan, repository, mirror: mirror)
        let message = CommitMessage(request: request, plan: plan, tests: report.outcome)
        let commit = try await repository.commit(
            plan.contents, message: message.text, author: CommitMessage.author, at: request.now)
        let patch = try await checkedPatch(of: commit, repository)
        var draft = FixDraft(
            group: request.group.id, mirror: mirror, base: repository.base, branch: request.branch, commit: commit.name,
            files: plan.files, patch: patch, syntax: syntax, tests: report.outcome)
        try await addBundle(&draft, commit, plan, repository)
        if let head, head != repository.base, try await !repository.applies(Array(patch.utf8), to: head) {
            draft.notes.append("it does not apply to \(head.prefix(12)), the branch's head, without a hand")
        }
        return MadeDraft(draft: draft, testOutput: report.output)
    }

    private func checkSyntax(_ plan: ChangePlan) async throws -> [FixDraft.SyntaxCheck] {
        var checks: [FixDraft.SyntaxCheck] = []
        for (path, after) in plan.contents.sorted(by: { $0.key < $1.key }) {
            switch workshop {
            case .none(let reason): checks.append(.init(path: path, result: .notChecked(reason: reason)))
            case .sandbox(let sandbox, _):
                let narrow = Sandbox(kind: sandbox.kind, limits: SyntaxChecker.limits(), tools: sandbox.tools)
                let before = plan.originals[path] ?? []
                checks.append(try await SyntaxChecker(sandbox: narrow).check(path, before: before, after: after))
            }
        }
        return checks
    }

    private func runTests(
        _ plan: ChangePlan, _ repository: DraftRepository, mirror: String
    ) async throws -> TestRunner.Report {
        switch workshop {
        case .none(let reason): return .init(outcome: .notRun(reason: reason), output: [])
        case .sandbox(_, nil):
            return .init(outcome: .notRun(reason: "mirror \(mirror) has no test_command"), output: [])
        case .sandbox(let sandbox, let command?):
            return try await TestRunner(sandbox: sandbox, command: command).run(plan, in: repository)
        }
    }

    /// The patch, read back as its reader will read it, and without a secret beside the change.
    private func checkedPatch(of commit: DraftCommit, _ repository: DraftRepository) async throws -> String {
        let bytes = try await repository.patch(of: commit, context: Self.contextLines)
        guard try await repository.applies(bytes, to: repository.base) else {
            throw Refusal.patch("git apply --check refuses the patch")
        }
        guard try await repository.reproduces(commit, patch: bytes) else {
            throw Refusal.patch("the patch does not say what the change says")
        }
        guard let text = String(validating: bytes, as: UTF8.self) else { throw Refusal.patch("the patch is no text") }
        let body = text.firstRange(of: "\ndiff --git ").map { text[$0.lowerBound...] } ?? text[...]
        guard redactor(String(body)).counts.isEmpty else {
            throw Refusal.patch("a line beside the change holds a secret, and would be in the patch")
        }
        return text
    }

    /// A bundle holds whole files, so it is left out where one of them holds a secret anywhere.
    private func addBundle(
        _ draft: inout FixDraft, _ commit: DraftCommit, _ plan: ChangePlan, _ repository: DraftRepository
    ) async throws {
        guard settings.bundle != .none else { return }
        let texts = Array(plan.contents.values) + Array(plan.originals.values)
        guard texts.allSatisfy({ redactor(String(decoding: $0, as: UTF8.self)).counts.isEmpty }) else {
            draft.notes.append("no bundle: a changed file holds a secret elsewhere; the patch holds only the change")
            return
        }
        do {
            let bundle = try await repository.bundle(
                commit, branch: draft.branch, isWhole: settings.bundle == .whole, limit: Self.maxBundleBytes)
            draft.bundle = bundle
        } catch {
            guard case .outputTooLarge = error else { throw error }
            draft.notes.append("no bundle: it would have more than \(Self.maxBundleBytes >> 20) MB")
        }
    }
}
