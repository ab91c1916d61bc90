import Delivery
import Events
import Pipeline

/// The models of the site, and what waits for them.
struct ModelsView {
    struct Configured {
        let table: String
        let modelName: String
        let modelRole: String
        let modelSize: String
        let context: String
    }

    struct Check {
        let state: String
        let stateName: String
        let subject: String
        let finding: String
        let remedy: String?
    }

    struct Queued {
        let href: String
        let groupID: String
        let what: Markup
        let since: String
        let sinceISO: String
        let because: Markup
    }

    struct Cost {
        let costModel: String
        let calls: String
        let promptTokens: String
        let answerTokens: String
        let seconds: String
    }

    struct Ending {
        let calls: String
        let outcomeWords: Markup
    }

    let w: [String: String]
    let endpoint: String
    let configured: [Configured]
    let hasConfigured: Bool
    let checks: [Check]
    let hasChecks: Bool
    let queueHeading: String
    let pace: String?
    let queue: [Queued]
    let hasQueue: Bool
    let costs: [Cost]
    let hasCosts: Bool
    let outcomes: [Ending]

    static let endings = 20

    /// - Parameter checks: nil where the model's server did not answer in time.
    init(_ desk: DiagnosisQueue, checks: [Doctor.Check]?, clock: SiteClock, now: Timestamp, in say: ReportLanguage) {
        w = PageWords.all(in: say)
        endpoint = Shown.line(desk.endpoint)
        configured = desk.configured.map {
            Configured(
                table: Shown.line("[models.\($0.table)]"), modelName: Shown.line($0.name), modelRole: $0.role,
                modelSize: $0.size, context: NumberText.grouped($0.contextTokens))
        }
        hasConfigured = !configured.isEmpty
        self.checks = hasConfigured ? Self.checks(checks, say) : []
        hasChecks = !self.checks.isEmpty
        queueHeading = say("\(say.counted(desk.total, .group)) queued", "대기 중: \(say.counted(desk.total, .group))")
        pace = desk.secondsLeft.map { seconds in
            let time = DurationText.elapsed(.seconds(seconds))
            return say("About \(time) of model time, at the last day's pace.", "최근 하루의 속도로 약 \(time) 걸립니다.")
        }
        queue = desk.waiting.map {
            Queued(
                href: "/groups/\($0.group.id)", groupID: $0.group.id, what: .prose($0.group.title, limit: 140, in: say),
                since: clock.short($0.since, near: now), sinceISO: $0.since.rfc3339,
                because: .prose(ReportWords.because($0.reason, in: say), limit: 300, in: say))
        }
        hasQueue = !queue.isEmpty
        costs = desk.costs.map {
            Cost(
                costModel: Shown.line($0.model), calls: NumberText.grouped($0.calls),
                promptTokens: NumberText.grouped($0.promptTokens), answerTokens: NumberText.grouped($0.answerTokens),
                seconds: NumberText.grouped($0.seconds))
        }
        hasCosts = !costs.isEmpty
        outcomes = desk.outcomes.prefix(Self.endings).map {
            Ending(calls: NumberText.grouped($0.calls), outcomeWords: .prose($0.words, limit: 200, in: say))
        }
    }
}

extension ModelsView {
    private static func checks(_ found: [Doctor.Check]?, _ say: ReportLanguage) -> [Check] {
        guard let found else {
            let finding = say("the server does not answer in time", "서버가 제때 답하지 않음")
            return [
                Check(
                    state: "warning", stateName: say("warning", "주의"), subject: say("endpoint", "엔드포인트"),
                    finding: finding, remedy: nil)
            ]
        }
        return found.map { check in
            let name =
                switch check.state {
                case .ok: say("ok", "정상")
                case .warning: say("warning", "주의")
                case .broken: say("broken", "고장")
                }
            return Check(
                state: check.state.rawValue, stateName: name, subject: Shown.line(check.subject),
                finding: Shown.line(check.finding, limit: 500), remedy: check.remedy.map { Shown.line($0, limit: 500) })
        }
    }
}

/// What waits to leave the site, and what left.
struct OutboxView {
    struct Message {
        let href: String
        let number: String
        let subject: String
        let kind: String
        let severityName: String
        let size: String
        let age: String
    }

    struct Line {
        let lineISO: String
        let lineTime: String
        let event: String
        let number: String
        let subject: String
        let size: String
        let detail: String
    }

    let w: [String: String]
    let facts: String
    let alarm: String?
    let faults: [String]
    let hasFaults: Bool
    let needsApproval: Bool
    let heldHeading: String
    let closed: Markup?
    let held: [Message]
    let hasHeld: Bool
    let waitingHeading: String
    let waiting: [Message]
    let hasWaiting: Bool
    let waitingRest: String?
    let ledger: [Line]
    let hasLedger: Bool

    static let listed = 200

    init(_ desk: OutboxDesk.Overview, clock: SiteClock, now: Timestamp, closed: Markup?, in say: ReportLanguage) {
        w = PageWords.all(in: say)
        func age(_ time: Timestamp?) -> String {
            time.map { DurationText.words(max(.zero, $0.duration(to: now)), in: say) } ?? "–"
        }
        let chain =
            switch desk.faults {
            case nil: say("chain not checked: too many messages", "사슬 확인 안 함: 메시지가 너무 많음")
            case .some(let faults) where faults.isEmpty: say("the chain is whole", "사슬이 온전함")
            case .some: say("the chain is broken", "사슬이 끊어짐")
            }
        let oldest = desk.oldest.map { say("the oldest waits for \(age($0))", "가장 오래된 것 \(age($0))째 대기") }
        facts = [oldest, chain].compactMap(\.self).joined(separator: " · ")
        let count = desk.waiting.count
        alarm =
            count >= desk.fullFrom
            ? say(
                "The outbox is full: all but critical alerts are gathered until it is carried out.",
                "보낼 편지함이 가득 찼습니다. 가져갈 때까지 치명적 알림 외에는 모아 둡니다.") : nil
        faults = (desk.faults ?? []).prefix(20).map { Shown.line($0, limit: 300) }
        hasFaults = !faults.isEmpty
        needsApproval = desk.needsApproval || !desk.held.isEmpty
        heldHeading = say(
            "Waits for approval: \(NumberText.grouped(desk.held.count))",
            "승인 대기: \(NumberText.grouped(desk.held.count))")
        self.closed = closed
        held = desk.held.prefix(Self.listed).map {
            Message(
                href: "/outbox/held/\($0.held)", number: "\($0.held)", subject: Shown.line($0.subject),
                kind: Shown.line($0.kind), severityName: Shown.line($0.severity),
                size: NumberText.bytes(Int64($0.bytes)),
                age: age($0.time))
        }
        hasHeld = !held.isEmpty
        waitingHeading = say(
            "Waits to be carried out: \(NumberText.grouped(count))", "반출 대기: \(NumberText.grouped(count))")
        waiting = desk.waiting.prefix(Self.listed).map { message in
            Message(
                href: "/outbox/\(message.number)", number: "\(message.number)",
                subject: Shown.line(message.subject ?? message.file), kind: "", severityName: "",
                size: NumberText.bytes(Int64(message.bytes)), age: age(message.time.flatMap { Timestamp(rfc3339: $0) }))
        }
        hasWaiting = !waiting.isEmpty
        waitingRest =
            count > Self.listed
            ? say(
                "and \(NumberText.grouped(count - Self.listed)) more", "외 \(NumberText.grouped(count - Self.listed))개")
            : nil
        ledger = desk.ledger.map {
            Line(
                lineISO: $0.time.rfc3339, lineTime: clock.short($0.time, near: now), event: $0.event,
                number: "\($0.message)", subject: Shown.line($0.subject, limit: 80),
                size: NumberText.bytes(Int64($0.bytes)),
                detail: Shown.line($0.detail ?? "", limit: 80))
        }
        hasLedger = !ledger.isEmpty
    }
}

/// One message, exactly as it leaves.
struct MessageView {
    let w: [String: String]
    let crumb: String
    let heading: String
    let facts: String
    let closed: Markup?
    let mayDecide: Bool
    let deedBase: String
    let csrf: String
    /// Of the text that is shown: what is approved is what was read.
    let digest: String
    let bodyLines: [String]
    let cut: String?

    /// Scalars of a line that are shown as one, and of a message.
    static let width = 60_000
    static let scalars = 1_000_000

    init(_ text: String, number: Int, isHeld: Bool, digest: String, visit: PageVisit, closed: Markup?) {
        let say = visit.say
        w = PageWords.all(in: say)
        crumb = isHeld ? say("waiting \(number)", "대기 \(number)") : "\(number)"
        heading =
            isHeld
            ? say("Message \(number), waiting for approval", "승인을 기다리는 메시지 \(number)")
            : say("Message \(number)", "메시지 \(number)")
        facts = NumberText.bytes(Int64(text.utf8.count))
        self.closed = isHeld ? closed : nil
        mayDecide = isHeld && visit.mayAct
        (deedBase, csrf, self.digest) = ("/outbox/held/\(number)", visit.session?.csrf ?? "", digest)
        let shown = text.unicodeScalars.prefix(Self.scalars)
        var lines: [String] = []
        for line in shown.split(separator: "\n", omittingEmptySubsequences: false) {
            var rest = line
            repeat {
                lines.append(Shown.verbatim(String(rest.prefix(Self.width)), width: Self.width))
                rest = rest.dropFirst(Self.width)
            } while !rest.isEmpty
        }
        let isCut = shown.endIndex < text.unicodeScalars.endIndex
        bodyLines = lines
        cut =
            isCut
            ? say(
                "The rest is not shown here: appliance outbox show \(number).",
                "나머지는 여기에 보이지 않습니다: appliance outbox show \(number).")
            : nil
    }
}
