import Events
import Foundation

/// A fix draft as one message: the patch, the bundle and the pull request's text together, so that they arrive
/// together or not at all.
public struct FixMessage: Sendable, Hashable, Codable {
    public var group: String
    public var mirror: String
    public var base: String
    public var branch: String
    public var commit: String
    /// "tested: 12 passed, none failed", "not run: …".
    public var tests: String
    public var pullRequest: PullRequestText
    /// For `git am`.
    public var patch: String
    /// `git bundle`, Base64 (RFC 4648).
    public var bundle: String?

    public init(_ draft: FixDraft, pullRequest: PullRequestText) {
        (group, mirror, base, branch) = (draft.group, draft.mirror, draft.base, draft.branch)
        (commit, tests, patch) = (draft.commit, draft.tests.words, draft.patch)
        (self.pullRequest, bundle) = (pullRequest, draft.bundle.map { Data($0).base64EncodedString() })
    }

    /// The patch without git's own lines of object names, which look like secrets and are none.
    public var readablePatch: String {
        patch.split(separator: "\n", omittingEmptySubsequences: false)
            .filter { !$0.hasPrefix("From ") && !$0.hasPrefix("index ") }.joined(separator: "\n")
    }

    /// The files that a person hands on: name → bytes.
    public var files: [(name: String, bytes: Data)] {
        let name = branch.split(separator: "/").last.map(String.init) ?? group
        var files = [(name + ".patch", Data(patch.utf8)), (name + ".md", Data(pullRequest.body.utf8))]
        if let bundle = bundle.flatMap({ Data(base64Encoded: $0) }) { files.append((name + ".bundle", bundle)) }
        return files
    }
}

extension DiscordMessages {
    /// Tells that a draft exists that does not leave by itself, or failed: no code in it.
    ///
    /// - Parameter words: why, in a sentence of our own.
    public func fixNotice(_ group: ReportGroup, _ draft: FixDraft, words: String) -> DiscordPayload {
        let files = draft.files.prefix(3).map { "\(prose.code($0.path, limit: 120)) (\($0.kind))" }
        let embed = DiscordPayload.Embed(
            title: "\(group.id) \(prose.prose(group.facts.group.title, limit: Share.title - 20))",
            description: "\(prose.prose(words, limit: 600))\n\(files.joined(separator: "\n"))",
            color: Self.color(.info), fields: [],
            footer: .init(text: "site \(VisibleText.verbatim(site, width: 100)) · \(draft.base.prefix(12))"),
            timestamp: group.facts.group.lastSeen.rfc3339)
        return DiscordPayload(
            content: "fix draft: \(group.id)", embeds: [embed], allowedMentions: .init(.none))
    }
}

extension FixDraftCounts {
    /// "7 fix drafts made, 5 tested, 3 merged, 1 open for review".
    func words(in say: ReportLanguage) -> String {
        let rest = [
            (reproduced, say("reproduced", "재현")), (merged, say("merged", "병합")), (changed, say("overtaken", "추월")),
            (refused, say("refused", "거절")), (open, say("open for review", "검토 대기")),
        ]
        let parts = rest.filter { $0.0 > 0 }.map { say("\($0.0) \($0.1)", "\($0.1) \($0.0)") }
        let made = say("\(NumberText.counted(made, "fix draft")) made", say.counted(made, .fixDraft))
        return ([made, say("\(tested) tested", "시험 통과 \(tested)")] + parts).joined(separator: ", ")
    }
}
