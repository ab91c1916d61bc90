import Events

/// The sentences that several formats share.
package enum ReportWords {
    /// The first line of every page; where something is wrong with the appliance itself, it says so.
    static func title(of report: Report) -> String {
        let (say, clock, window) = (report.layout.language, report.clock, report.window)
        let words = DurationText.words(window.start.duration(to: window.end), in: say)
        let end = "\(clock.long(window.end)) \(clock.offsetName(at: window.end))"
        let title = say("Errors, \(words) to \(end)", "오류 보고서, \(end)까지 \(words)")
        return doubt(report, in: say).map { "\(title) — \($0)" } ?? title
    }

    /// The worst of what is wrong with the appliance itself.
    private static func doubt(_ report: Report, in say: ReportLanguage) -> String? {
        if !report.batchFailures.isEmpty { return say("a run failed", "실행 실패") }
        if report.reading == nil { return say("nothing was read", "읽은 것 없음") }
        return report.notices.isEmpty ? nil : say("the appliance needs a look", "장치 점검 필요")
    }

    /// "12 events, muted until 1 Dec (known, waits for the vendor)", without the group's id and title.
    static func muted(
        _ group: MutedGroup, clock: SiteClock, near time: Timestamp, in say: ReportLanguage = .english
    ) -> String {
        let end = group.mute.until.map { clock.short($0, near: time) }
        let muted = say(
            "muted \(end.map { "until \($0)" } ?? "for good")", end.map { "\($0)까지 음소거" } ?? "계속 음소거")
        return "\(say.counted(group.facts.count, .event)), \(muted): \(group.mute.reason)"
    }

    /// "billing, 21 Nov 02:00 to 04:00".
    static func maintenance(
        _ maintenance: Maintenance, clock: SiteClock, near time: Timestamp, in say: ReportLanguage = .english
    ) -> String {
        let service = maintenance.service == "*" ? say("all services", "모든 서비스") : maintenance.service
        let (start, end) = (
            clock.short(maintenance.start, near: time), maintenance.end.map { clock.short($0, near: time) }
        )
        let reason = maintenance.reason.map { " (\($0))" } ?? ""
        let span = say(
            "\(start) \(end.map { "to \($0)" } ?? "and not ended yet")",
            "\(start)부터 \(end.map { "\($0)까지" } ?? "아직 끝나지 않음")")
        return "\(service), \(span)\(reason)"
    }

    package static func trend(_ trend: GroupFacts.Trend, in say: ReportLanguage = .english) -> String {
        switch trend {
        case .new: say("new", "신규")
        case .back: say("back", "재발")
        case .worse: say("worse", "악화")
        case .ongoing: say("ongoing", "지속")
        }
    }

    package static func title(_ severity: Severity, in say: ReportLanguage = .english) -> String {
        switch severity {
        case .critical: say("Critical", "치명적")
        case .high: say("High", "높음")
        case .medium: say("Medium", "보통")
        case .low: say("Low", "낮음")
        case .info: say("Info", "정보")
        }
    }

    /// Completes "G-… ": what makes a reader look there first.
    package static func reason(
        _ reason: LookFirst.Reason, clock: SiteClock, near end: Timestamp, in say: ReportLanguage = .english
    ) -> String {
        switch reason {
        case .back(let resolution):
            say(
                "is back after being resolved on \(clock.day(resolution.at, near: end))",
                "\(clock.day(resolution.at, near: end)) 해결 후 재발")
        case .new(let severity): say("is new and \(severity.rawValue)", "신규, \(title(severity, in: say))")
        case .grown(let factor): say("grew \(NumberText.factor(factor))", "\(NumberText.factor(factor)) 증가")
        }
    }

    /// Completes "built-in triage, because ": untrusted where it quotes an endpoint or an answer.
    package static func because(_ reason: Provenance.BuiltInReason, in say: ReportLanguage = .english) -> String {
        switch reason {
        case .noModel: say("no model is configured", "설정된 모델이 없음")
        case .budget: say("the run's budget was used up", "실행 예산이 다 쓰임")
        case .unavailable(let what): say("the model could not be reached: \(what)", "모델에 연결할 수 없음: \(what)")
        case .invalidAnswer(let what):
            say("the model's answer did not pass the checks: \(what)", "모델의 답이 검사를 통과하지 못함: \(what)")
        case .abstained(let what): say("the model was not sure enough: \(what)", "모델이 충분히 확신하지 못함: \(what)")
        }
    }

    package static func citations(_ run: Provenance.ModelRun, in say: ReportLanguage = .english) -> String {
        let total = run.citationsChecked
        if total + run.citationsDropped == 0 { return say("no citations", "인용 없음") }
        if run.citationsDropped == 0 {
            return say(
                total == 1 ? "its 1 citation checked" : "all \(NumberText.grouped(total)) citations checked",
                "\(say.counted(total, .citation)) 모두 확인됨")
        }
        return say(
            "\(NumberText.grouped(run.citationsDropped)) citations did not hold and were dropped",
            "근거가 맞지 않아 버린 \(say.counted(run.citationsDropped, .citation))")
    }

    package static func confidence(_ percent: Int, in say: ReportLanguage = .english) -> String {
        "\(say("confidence", "확신도")) \(percent) \(ConfidenceLevel(percent: percent).rawValue)"
    }

    /// How the code was read, or why there is none; nil when it is the event's own commit or release. Untrusted:
    /// names stand between backticks, which ``InlineMarkdown`` keeps.
    package static func code(_ state: CodeContext.State, in say: ReportLanguage = .english) -> String? {
        switch state {
        case .read(_, _, .eventCommit), .read(_, _, .releaseTag): nil
        case .read(_, let revision, .branchBeforeEvent):
            say(
                "read at `\(short(revision))`, the branch's last commit before the event: the running commit is unknown",
                "`\(short(revision))`에서 읽음, 이벤트 직전 브랜치의 마지막 커밋: 실행 중인 커밋은 알 수 없음")
        case .read(_, let revision, .branchHead):
            say(
                "read at `\(short(revision))`, the head of the branch: the running commit is unknown, lines may have moved",
                "`\(short(revision))`에서 읽음, 브랜치의 끝: 실행 중인 커밋은 알 수 없고 줄이 옮겨졌을 수 있음")
        case .read(_, let revision, .framesAgree):
            say(
                "read at `\(short(revision))`, where the lines read as the event says: the running commit is unknown",
                "`\(short(revision))`에서 읽음, 줄이 이벤트와 일치함: 실행 중인 커밋은 알 수 없음")
        case .read(let mirror, _, .sourceTree):
            say("read from the source in `\(mirror)`, which has no history", "이력이 없는 소스 `\(mirror)`에서 읽음")
        case .fromEvent: say("as the event itself carries it", "이벤트에 담긴 그대로")
        case .notConfigured: say("none: no mirror is configured for this service", "없음: 이 서비스에 설정된 미러가 없음")
        case .noFrames: say("none: the event names no source line", "없음: 이벤트에 소스 위치가 없음")
        case .notFound(let mirror, let revision):
            say(
                "none: no frame's file is in mirror `\(mirror)` at `\(short(revision))`",
                "없음: 프레임의 파일이 미러 `\(mirror)`의 `\(short(revision))`에 없음")
        case .unavailable(let mirror, let reason):
            say("none: mirror `\(mirror)` could not be read: \(reason)", "없음: 미러 `\(mirror)` 읽기 실패: \(reason)")
        }
    }

    /// What follows an excerpt's place: why it is shown, and who owns it. Untrusted.
    package static func aside(_ excerpt: CodeExcerpt, in say: ReportLanguage = .english) -> String {
        let owners = excerpt.owners.map { names in
            let list = names.prefix(ownersShown).joined(separator: ", ")
            return say("owned by \(list)", "담당 \(list)")
        }
        return [excerpt.about, owners].compactMap(\.self).joined(separator: "; ")
    }

    private static let ownersShown = 3

    /// The reader can do nothing about it today: told in small print.
    static func isMinor(_ state: CodeContext.State) -> Bool {
        switch state {
        case .notConfigured, .noFrames, .fromEvent: true
        case .read, .notFound, .unavailable: false
        }
    }

    package static func short(_ objectName: String) -> String { String(objectName.prefix(7)) }

    package static func nothingRead(_ say: ReportLanguage) -> (what: String, so: String) {
        (
            say("No run read anything in this window.", "이 기간에는 아무것도 읽지 않았습니다."),
            say("This page says nothing about the services.", "이 보고서는 서비스의 상태를 말해 주지 않습니다.")
        )
    }

    // MARK: - Sections and comparison

    /// "1,204 events in 3 groups, the worst critical".
    static func sum(_ section: ReportSection, in say: ReportLanguage) -> String {
        let (events, groups) = (say.counted(section.events, .event), say.counted(section.groups.count, .group))
        return say(
            "\(events) in \(groups), the worst \(section.worst.rawValue)",
            "\(groups), \(events), 가장 심한 것: \(title(section.worst, in: say))")
    }

    static func nameless(_ heading: ReportSection.Heading, in say: ReportLanguage) -> String {
        if case .release = heading { return say("no release", "릴리스 없음") }
        return say("no service", "서비스 없음")
    }

    static func compared(with before: String, in say: ReportLanguage) -> String {
        say("Compared with the \(before)", "이전 기간과 비교 (\(before))")
    }

    /// "2 groups only now, 5 more often, 1 as often, 3 less often, 4 no more".
    static func sum(_ comparison: ReportComparison, in say: ReportLanguage) -> String {
        ReportComparison.Change.allCases.compactMap { change in
            let count = comparison.count(change)
            return count > 0 ? "\(NumberText.grouped(count)) \(word(change, in: say))" : nil
        }.joined(separator: ", ")
    }

    static func word(_ change: ReportComparison.Change, in say: ReportLanguage) -> String {
        switch change {
        case .started: say("only now", "새로 나타남")
        case .more: say("more often", "늘어남")
        case .same: say("as often", "같음")
        case .less: say("less often", "줄어듦")
        case .gone: say("no more", "사라짐")
        }
    }

    static func change(_ group: ReportComparison.Compared, in say: ReportLanguage) -> String {
        switch group.change {
        case .more, .less: group.factor.map(NumberText.factor) ?? word(group.change, in: say)
        case .started, .same, .gone: word(group.change, in: say)
        }
    }
}
