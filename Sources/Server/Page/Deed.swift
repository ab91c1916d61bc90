import Delivery
import Events
import Pipeline

/// What operators do on the pages.
enum Deed: String, CaseIterable, Sendable {
    case resolve, reopen, mute, unmute, feedback, approve, refuse

    /// What the next page says when it is done.
    func done(in say: ReportLanguage) -> String {
        switch self {
        case .resolve: say("Resolved. If it comes back, the report names it first.", "해결로 표시했습니다. 재발하면 보고서가 먼저 알립니다.")
        case .reopen: say("Reopened.", "다시 열었습니다.")
        case .mute: say("Muted.", "음소거했습니다.")
        case .unmute: say("The mute is ended.", "음소거를 끝냈습니다.")
        case .feedback: say("Your judgement is kept.", "평가를 기록했습니다.")
        case .approve: say("Approved: it is in the outbox now.", "승인했습니다. 이제 보낼 편지함에 있습니다.")
        case .refuse: say("Refused: it never leaves.", "거부했습니다. 나가지 않습니다.")
        }
    }

    /// A line of the audit: `resolved it`.
    static func past(_ action: String, in say: ReportLanguage) -> String {
        switch action {
        case "resolve": say("resolved", "해결")
        case "reopen": say("reopened", "다시 엶")
        case "mute": say("muted", "음소거")
        case "unmute": say("ended the mute", "음소거 끝냄")
        case "feedback": say("judged the diagnosis", "진단 평가")
        case "draft": say("fix draft", "수정 초안")
        default: action
        }
    }
}

/// A form that says what cannot be.
struct DeedProblem: OperatorFacing {
    var description: String
    var remedy: String?
    var kind: FailureKind { .usage }
}

/// The deeds on one group.
struct GroupDeed: Sendable {
    var deed: Deed
    var reference: GroupReference
    var form: PageQuery
    /// Who does it, as they logged in.
    var name: String
    var say: ReportLanguage

    private static let longestNote = 2000
    private static let longestReason = 500

    func run(_ configuration: Configuration, _ now: Timestamp) throws {
        let reporting = Reporting(configuration: configuration)
        switch deed {
        case .resolve:
            let resolution = Resolution(at: now, by: name, note: text("note", Self.longestNote), commit: try commit())
            _ = try reporting.resolve(reference, resolution)
        case .reopen: _ = try reporting.reopen(reference, by: name, now: now)
        case .mute: try mute(Muting(configuration: configuration), now)
        case .unmute: _ = try Muting(configuration: configuration).unmute(reference, by: name, now: now)
        case .feedback:
            guard let verdict = Verdict(rawValue: form["verdict"]) else {
                throw DeedProblem(
                    description: say("Choose correct, partly right or wrong.", "맞음, 일부 맞음, 틀림 중에서 고르십시오."))
            }
            let feedback = Feedback(
                verdict: verdict, cause: text("cause", Self.longestNote), fixedBy: try commit(), by: name, at: now)
            _ = try reporting.record(feedback, of: reference)
        case .approve, .refuse: break
        }
    }

    private func mute(_ muting: Muting, _ now: Timestamp) throws {
        guard let length = MuteLength(rawValue: form["until"]), let reason = text("reason", Self.longestReason) else {
            throw DeedProblem(description: say("A mute needs an end and a reason.", "음소거에는 기간과 이유가 필요합니다."))
        }
        let end = length.length.map { now.advanced(by: $0) }
        _ = try muting.mute(reference, until: end, reason: reason, by: name, now: now)
    }

    private func text(_ field: String, _ limit: Int) -> String? {
        let text = String(form[field].unicodeScalars.prefix(limit)).split(whereSeparator: \.isWhitespace)
        return text.isEmpty ? nil : text.joined(separator: " ")
    }

    private func commit() throws -> String? {
        let word = form["commit"].filter { $0 != " " }
        guard !word.isEmpty else { return nil }
        guard (7...64).contains(word.utf8.count), word.utf8.allSatisfy({ $0 &- 0x30 < 10 || ($0 | 0x20) &- 0x61 < 6 })
        else {
            throw DeedProblem(
                description: say("That is no commit id.", "커밋 식별자가 아닙니다."),
                remedy: say("Give 7 to 64 hexadecimal digits.", "16진수 7~64자리로 쓰십시오."))
        }
        return word.lowercased()
    }
}
