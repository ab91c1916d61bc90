import Delivery
import Events
import Fixing
import Foundation
import History

/// Keeps a draft on the site, and puts what may leave into the outbox.
struct FixDelivery {
    let site: Site
    let now: Timestamp

    /// Writes the draft's files for the operator: patch, bundle, text, and what the tests wrote.
    ///
    /// - Returns: the folder.
    func keep(_ made: MadeDraft, _ text: PullRequestText) throws -> String {
        let draft = made.draft
        let folder = "\(site.configuration.home.drafts)/\(draft.group)-\(draft.base.prefix(12))"
        try FileManager.default.createDirectory(
            atPath: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        var files = FixMessage(draft, pullRequest: text).files
        if !made.testOutput.isEmpty {
            let output = site.redactor(String(decoding: made.testOutput, as: UTF8.self)).text
            files.append(("tests.txt", Data(output.utf8)))
        }
        for (name, bytes) in files {
            try bytes.write(to: URL(fileURLWithPath: "\(folder)/\(name)"), options: .atomic)
        }
        return folder
    }

    /// One message, committed together with the draft's own row: the draft where code may leave, else a notice.
    ///
    /// - Returns: its number.
    func enqueue(_ draft: FixDraft, of group: ReportGroup, gated: ReportGroup) throws -> Int? {
        let record = FixDraftRecord(fingerprint: group.facts.group.fingerprint, draft: draft, at: now)
        let made = message(draft, gated)
        guard case .fix(let fix) = made.data, site.redactor(fix.readablePatch).text != fix.readablePatch else {
            return try PendingMessages(site: site, now: now).enqueue([made], fixDrafts: [record]).first
        }
        // A patch that was rewritten would not apply: a person decides.
        let words =
            "A fix draft is held on the site: something in its patch looks like a secret. "
            + "See appliance outbox list, and let it leave with appliance outbox approve."
        return try PendingMessages(site: site, now: now).enqueue(
            [notice(words, draft, gated)], fixDrafts: [record], held: [made]
        ).first
    }

    private func notice(_ words: String, _ draft: FixDraft, _ gated: ReportGroup) -> Delivery.OutboxDraft {
        let settings = site.configuration
        let discord = DiscordMessages(
            site: settings.report.site, timeZone: settings.timeZone.identifier, mention: .none)
        // A file's reason may quote the code; its kind does not.
        let payload = discord.fixNotice(gated, draft, words: words)
        return .init(
            kind: .fixNotice, subject: gated.id, severity: .info, time: now, data: .discord(payload, thread: gated.id))
    }

    private func message(_ draft: FixDraft, _ gated: ReportGroup) -> Delivery.OutboxDraft {
        if case .failed(let reason, _) = draft.tests {
            return notice("A fix draft was made and does not hold: \(reason). It is kept on the site.", draft, gated)
        }
        guard site.configuration.export.code else {
            let tests = draft.tests.words
            return notice(
                "A fix draft waits on the site (\(tests)); code may not leave ([export] code is false).", draft, gated)
        }
        let text = PullRequestText(gated, draft)
        return .init(
            kind: .fix, subject: gated.id, severity: .info, time: now, data: .fix(FixMessage(draft, pullRequest: text)))
    }
}
