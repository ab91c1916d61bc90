import Delivery
import Events
import Pipeline

/// Everything about one group, with what a person can do with it.
struct GroupView {
    struct Fact {
        let name: String
        let value: Markup
    }

    struct Link {
        let href: String
        let name: String
        let isChosen: Bool
    }

    struct ActView {
        let actISO: String
        let actTime: String
        let actName: String
        let actWords: String
    }

    let w: [String: String]
    let groupID: String
    let severity: String
    let severityName: String
    let what: Markup
    let serviceName: String?
    let counted: String
    let marks: [StateMark]
    let template: Markup
    /// Resolved, muted, back: what the reader must know before anything else.
    let asides: [Markup]
    let diagnosis: DiagnosisView?
    let codeState: Markup?
    let excerpts: [ExcerptView]
    let suspects: [SuspectView]
    let hasSuspects: Bool
    let similar: [SimilarView]
    let hasSimilar: Bool
    let samples: [SampleView]
    let whySummary: String
    let why: [String]
    let course: Markup?
    let windows: [Link]
    let facts: [Fact]
    // What can be done.
    let closed: Markup?
    let mayAct: Bool
    let canJudge: Bool
    let isResolved: Bool
    let isMuted: Bool
    let muteLengths: [Choice]
    let deedBase: String
    let csrf: String
    let acts: [ActView]
    let hasActs: Bool

    static let tallies = 6
    static let whyLines = 60

    init(
        _ dossier: GroupDesk.Dossier, window: PageWindow, report: Report, visit: PageVisit, closed: Markup?
    ) {
        let (say, clock, group) = (visit.say, report.clock, dossier.group)
        let (facts, error, near) = (group.facts, group.facts.group, report.window.end)
        w = PageWords.all(in: say)
        groupID = group.id
        (severity, severityName) = (group.severity.rawValue, ReportWords.title(group.severity, in: say))
        what = .prose(error.title.isEmpty ? error.template : error.title, limit: 200, in: say)
        serviceName = group.service.map { Shown.line($0) }
        let length = window.name(in: say)
        counted = say(
            "\(say.counted(facts.count, .event)) in \(length), \(NumberText.grouped(error.total)) in all",
            "\(length) 동안 \(say.counted(facts.count, .event)), 모두 \(NumberText.grouped(error.total))건")
        let open = group.isDiagnosed ? [] : [StateMark(kind: "open", word: say("not diagnosed", "진단 없음"))]
        marks = GroupRow.marks(group, mute: dossier.mute, in: say) + open
        template = .prose(error.template, limit: 1000, in: say)
        asides = Self.asides(dossier, clock, near, say)
        let links = CitationLinks(group, similar: group.similar.count)
        diagnosis = group.diagnosis.map {
            DiagnosisView($0, verdict: dossier.verdict, links: links, clock: clock, in: say)
        }
        codeState = ReportWords.code(group.code.state, in: say).map { .prose($0, in: say) }
        excerpts = group.code.excerpts.enumerated().map { ExcerptView($1, number: $0 + 1, in: say) }
        suspects = group.code.suspects.enumerated().map {
            SuspectView($1, number: $0 + 1, clock: clock, near: near, in: say)
        }
        hasSuspects = !suspects.isEmpty
        similar = Self.similar(dossier, clock, near, say)
        hasSimilar = !similar.isEmpty
        samples = dossier.samples.enumerated().map { SampleView($1, isFirst: $0 == 0, clock: clock, in: say) }
        whySummary = say("Grouping version \(dossier.explanation.version)", "그룹화 버전 \(dossier.explanation.version)")
        why = dossier.explanation.lines.prefix(Self.whyLines).map { Shown.verbatim($0) }
        course = .made(HTMLCharts(report).eventsDrawing)
        windows = PageWindow.allCases.map {
            Link(
                href: "/groups/\(group.id)" + PageQuery(pairs: [("window", $0.rawValue)]).text, name: $0.name(in: say),
                isChosen: $0 == window)
        }
        self.facts = Self.facts(facts, clock, near, say)
        (self.closed, mayAct) = (closed, visit.mayAct)
        canJudge = group.diagnosis != nil
        (isResolved, isMuted) = (group.isResolved, dossier.mute != nil)
        muteLengths = MuteLength.allCases.map { Choice(value: $0.rawValue, name: $0.name(in: say), isChosen: false) }
        (deedBase, csrf) = ("/groups/\(group.id)", visit.session?.csrf ?? "")
        acts = dossier.acts.map { act in
            let words = [act.author.map { Shown.line($0, limit: 64) }, act.detail.map { Shown.line($0, limit: 64) }]
            return ActView(
                actISO: act.at.rfc3339, actTime: clock.short(act.at, near: near),
                actName: Deed.past(act.action, in: say), actWords: words.compactMap(\.self).joined(separator: " · "))
        }
        hasActs = !acts.isEmpty
    }

    private static func asides(
        _ dossier: GroupDesk.Dossier, _ clock: SiteClock, _ near: Timestamp, _ say: ReportLanguage
    ) -> [Markup] {
        var asides: [Markup] = []
        if case .back(let resolution) = dossier.group.facts.trend {
            let words = Markup.prose(say("It is back.", "재발했습니다."), in: say)
            asides.append(.joined([words, Outcome.words(resolution, clock, near: near, in: say)], by: " "))
        } else if let resolution = dossier.group.facts.group.resolution {
            asides.append(Outcome.words(resolution, clock, near: near, in: say))
        }
        if let mute = dossier.mute {
            let end = mute.until.map { clock.short($0, near: near) }
            let words = say(
                "Muted \(end.map { "until \($0)" } ?? "for good"): ", "\(end.map { "\($0)까지" } ?? "계속") 음소거: ")
            let by = mute.by.map { " (\(Shown.line($0, limit: 64)))" } ?? ""
            asides.append(.prose(words + mute.reason + by, limit: 400, in: say))
        }
        return asides
    }

    /// Those that the diagnosis was shown under their numbers, with today's outcomes; then what else is alike.
    private static func similar(
        _ dossier: GroupDesk.Dossier, _ clock: SiteClock, _ near: Timestamp, _ say: ReportLanguage
    ) -> [SimilarView] {
        let today = Dictionary(dossier.similar.map { ($0.fingerprint, $0) }, uniquingKeysWith: { first, _ in first })
        var views = dossier.group.similar.enumerated().map { index, then in
            var shown = then
            shown.resolution = today[then.fingerprint]?.resolution ?? then.resolution
            return SimilarView(shown, number: index + 1, place: index, clock: clock, near: near, in: say)
        }
        let known = Set(dossier.group.similar.map(\.fingerprint))
        for group in dossier.similar where !known.contains(group.fingerprint) {
            views.append(SimilarView(group, number: nil, place: views.count, clock: clock, near: near, in: say))
        }
        return views
    }

    private static func facts(
        _ facts: GroupFacts, _ clock: SiteClock, _ near: Timestamp, _ say: ReportLanguage
    ) -> [Fact] {
        func tallies(_ list: [Tally]) -> Markup? {
            guard !list.isEmpty else { return nil }
            let shown = list.prefix(Self.tallies).map { tally in
                Markup.joined(
                    [.code(tally.value, limit: 80), .prose(NumberText.grouped(tally.count), in: say)], by: " ")
            }
            let rest = list.count - shown.count
            return .joined(shown + (rest > 0 ? [.prose("+ \(rest)", in: say)] : []), by: ", ")
        }
        let times = [
            (say("first", "처음"), facts.group.firstSeen), (say("last", "마지막"), facts.group.lastSeen),
        ].map { ($0.0, Markup.prose(clock.short($0.1, near: near), in: say)) }
        let releases = facts.releases.map { Tally(value: $0.release, count: $0.count) }
        let others: [(String, Markup?)] = [
            (say("growth", "증가"), facts.growth.map { .prose(NumberText.factor($0), in: say) }),
            (say("services", "서비스"), tallies(facts.services)), (say("releases", "릴리스"), tallies(releases)),
            (say("hosts", "호스트"), tallies(facts.hosts)), (say("environments", "환경"), tallies(facts.environments)),
            (say("error code", "오류 코드"), facts.group.code.map { .code($0) }),
            (say("burst", "폭주"), facts.notableBursts.last.map { .prose(clock.short($0.first, near: near), in: say) }),
        ]
        return (times + others.compactMap { name, value in value.map { (name, $0) } }).map(Fact.init)
    }
}

/// For how long a group may be muted from the page.
enum MuteLength: String, CaseIterable {
    case day = "1d"
    case week = "7d"
    case month = "30d"
    case forever

    var length: Duration? {
        switch self {
        case .day: .days(1)
        case .week: .days(7)
        case .month: .days(30)
        case .forever: nil
        }
    }

    func name(in say: ReportLanguage) -> String {
        length.map { DurationText.words($0, in: say) } ?? say("for good", "계속")
    }
}
