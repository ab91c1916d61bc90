import Delivery
import Events
import Pipeline

/// What a visitor asked of the list of groups: each value one of a known set, or bounded.
struct GroupsQuestion {
    enum State: String, CaseIterable {
        case new, back, worse, ongoing, resolved, muted, undiagnosed

        func name(in say: ReportLanguage) -> String {
            switch self {
            case .new: say("new", "신규")
            case .back: say("back", "재발")
            case .worse: say("worse", "악화")
            case .ongoing: say("ongoing", "지속")
            case .resolved: say("resolved", "해결됨")
            case .muted: say("muted", "음소거")
            case .undiagnosed: say("not diagnosed", "진단 없음")
            }
        }
    }

    var text: String
    var atLeast: Severity?
    var service: String
    var state: State?
    var window: PageWindow
    /// From 1.
    var page: Int

    /// Of the text, in small letters: each must stand somewhere in a group's title, template, services or diagnosis.
    private let words: [String]

    static let longestText = 500
    static let lastPage = 10_000

    init(_ query: PageQuery) {
        text = String(query["q"].unicodeScalars.prefix(Self.longestText))
        words = text.lowercased().split(whereSeparator: \.isWhitespace).map(String.init)
        atLeast = Severity(rawValue: query["severity"])
        service = String(query["service"].unicodeScalars.prefix(Self.longestText))
        state = State(rawValue: query["state"])
        window = PageWindow(rawValue: query["window"]) ?? .day
        page = min(max(1, Int(query["page"]) ?? 1), Self.lastPage)
    }

    var isFiltered: Bool { !text.isEmpty || atLeast != nil || !service.isEmpty || state != nil || window != .day }

    func admits(_ group: ReportGroup, mute: AlertState.Mute?) -> Bool {
        if let atLeast, group.severity < atLeast { return false }
        if !service.isEmpty, !group.facts.services.contains(where: { $0.value == service }) { return false }
        if let state, !matches(group, mute, state) { return false }
        guard !text.isEmpty else { return true }
        let error = group.facts.group
        let told = [error.title, error.template, error.id, error.code ?? "", group.diagnosis?.rootCause ?? ""]
        let fields = (told + group.facts.services.map(\.value)).map { $0.lowercased() }
        return words.allSatisfy { word in fields.contains { $0.contains(word) } }
    }

    private func matches(_ group: ReportGroup, _ mute: AlertState.Mute?, _ state: State) -> Bool {
        switch (state, group.facts.trend) {
        case (.new, .new), (.back, .back), (.worse, .worse): true
        case (.ongoing, .ongoing): !group.isResolved
        case (.resolved, _): group.isResolved
        case (.muted, _): mute != nil
        case (.undiagnosed, _): !group.isDiagnosed
        default: false
        }
    }
}

/// The list of groups with its filters, a page of it, and what the search finds in all of history.
struct GroupsView {
    struct Found {
        let href: String
        let groupID: String
        let what: Markup
        let likeness: String
        let seen: String
        let outcome: Markup?
    }

    struct Past {
        let pastHeading: String
        let found: [Found]
        let hasFound: Bool
    }

    struct Paging {
        let previous: String?
        let next: String?
        let pageWords: String
    }

    let w: [String: String]
    let heading: String
    let question: String
    let severities: [Choice]
    let serviceOptions: [Choice]
    let states: [Choice]
    let windows: [Choice]
    let isFiltered: Bool
    let caption: String
    let rows: [GroupRow]
    let hasRows: Bool
    let nothing: String
    let paging: Paging?
    let past: Past?

    /// Rows of a page, and services that can be chosen.
    static let rows = 50
    static let services = 200
    /// Groups of the past that a search tells.
    static let found = 20

    init(_ report: Report, _ question: GroupsQuestion, query: PageQuery, found: GroupDesk.Found?) {
        let (say, clock, charts) = (report.layout.language, report.clock, HTMLCharts(report))
        w = PageWords.all(in: say)
        heading = say("Groups of the last \(question.window.name(in: say))", "최근 \(question.window.name(in: say))의 그룹")
        self.question = Shown.line(question.text, limit: GroupsQuestion.longestText)
        isFiltered = question.isFiltered
        severities = Self.severities(question, say)
        states = Self.states(question, say)
        serviceOptions = Self.services(of: report, question, say)
        windows = PageWindow.allCases.map {
            Choice(value: $0.rawValue, name: $0.name(in: say), isChosen: $0 == question.window)
        }
        let muted = report.muted.map { (group: ReportGroup(facts: $0.facts), mute: Optional($0.mute)) }
        let all = report.groups.map { (group: $0, mute: AlertState.Mute?.none) } + muted
        let chosen = all.filter { question.admits($0.group, mute: $0.mute) }
        let pages = max(1, (chosen.count + Self.rows - 1) / Self.rows)
        let page = min(question.page, pages)
        rows = chosen.dropFirst((page - 1) * Self.rows).prefix(Self.rows).map {
            GroupRow($0.group, mute: $0.mute, near: report.window.end, charts, clock, in: say)
        }
        hasRows = !rows.isEmpty
        let (count, total) = (NumberText.grouped(chosen.count), NumberText.grouped(all.count))
        caption = say("\(count) of \(total) groups, the worst first", "그룹 \(total)개 중 \(count)개, 심한 순서")
        nothing =
            question.isFiltered
            ? say("No group of this window fits these filters.", "이 기간에 필터에 맞는 그룹이 없습니다.")
            : say("No errors.", "오류가 없습니다.")
        func link(_ number: Int) -> String { "/groups" + query.with("page", number > 1 ? "\(number)" : "").text }
        paging =
            pages > 1
            ? Paging(
                previous: page > 1 ? link(page - 1) : nil, next: page < pages ? link(page + 1) : nil,
                pageWords: say("page \(page) of \(pages)", "\(pages)쪽 중 \(page)쪽")) : nil
        past = found.map { Self.past($0, report, clock, say) }
    }

    private static func severities(_ question: GroupsQuestion, _ say: ReportLanguage) -> [Choice] {
        let any = Choice(value: "", name: say("any", "모두"), isChosen: question.atLeast == nil)
        return [any]
            + Severity.allCases.reversed().map { severity in
                let name = ReportWords.title(severity, in: say)
                return Choice(
                    value: severity.rawValue,
                    name: severity == .critical ? name : say("\(name) and worse", "\(name) 이상"),
                    isChosen: severity == question.atLeast)
            }
    }

    private static func states(_ question: GroupsQuestion, _ say: ReportLanguage) -> [Choice] {
        [Choice(value: "", name: say("any", "모두"), isChosen: question.state == nil)]
            + GroupsQuestion.State.allCases.map {
                Choice(value: $0.rawValue, name: $0.name(in: say), isChosen: $0 == question.state)
            }
    }

    private static func services(of report: Report, _ question: GroupsQuestion, _ say: ReportLanguage) -> [Choice] {
        var names = Set(report.groups.flatMap { $0.facts.services.map(\.value) })
        if !question.service.isEmpty { names.insert(question.service) }
        // A value is what a form sends back: only one that survives being shown can be chosen by it.
        let usable = names.filter { !$0.isEmpty && Shown.line($0, limit: GroupsQuestion.longestText) == $0 }
        return [Choice(value: "", name: say("any", "모두"), isChosen: question.service.isEmpty)]
            + usable.sorted().prefix(Self.services).map {
                Choice(value: $0, name: Shown.line($0, limit: 60), isChosen: $0 == question.service)
            }
    }

    private static func past(
        _ found: GroupDesk.Found, _ report: Report, _ clock: SiteClock, _ say: ReportLanguage
    ) -> Past {
        let near = report.window.end
        func entry(_ group: ErrorGroup, _ likeness: String) -> Found {
            Found(
                href: "/groups/\(group.id)", groupID: group.id, what: .prose(group.title, limit: 140, in: say),
                likeness: likeness, seen: seen(group.firstSeen, group.lastSeen, group.total, clock, near, say),
                outcome: group.resolution.map { Outcome.words($0, clock, near: near, in: say) })
        }
        var list = found.named.map { entry($0, say("this id", "이 식별자")) }
        list += found.holding.map { entry($0, say("holds these words", "이 낱말을 포함")) }
        list += found.alike.map { group in
            Found(
                href: "/groups/\(group.fingerprint.groupID)", groupID: group.fingerprint.groupID,
                what: .prose(group.title, limit: 140, in: say),
                likeness: Outcome.likeness(group, in: say),
                seen: seen(group.firstSeen, group.lastSeen, group.total, clock, near, say),
                outcome: group.resolution.map { Outcome.words($0, clock, near: near, in: say) })
        }
        return Past(
            pastHeading: say("In all of history", "전체 이력에서"), found: list, hasFound: !list.isEmpty)
    }

    private static func seen(
        _ first: Timestamp, _ last: Timestamp, _ total: Int, _ clock: SiteClock, _ near: Timestamp,
        _ say: ReportLanguage
    ) -> String {
        let (start, end) = (clock.day(first, near: near), clock.day(last, near: near))
        return "\(say.counted(total, .event)), \(start == end ? start : "\(start) – \(end)")"
    }
}

/// How alike a group of the past is, and what mended it, in words.
enum Outcome {
    static func likeness(_ group: SimilarGroup, in say: ReportLanguage) -> String {
        let score = NumberText.score(group.score)
        return "\(say("\(score) alike", "유사도 \(score)")): \(Shown.line(group.reason))"
    }

    static func words(
        _ resolution: Resolution, _ clock: SiteClock, near: Timestamp, in say: ReportLanguage
    ) -> Markup {
        let day = clock.day(resolution.at, near: near)
        let by = resolution.by.map { say(" by \(Shown.line($0, limit: 64))", ", \(Shown.line($0, limit: 64))") } ?? ""
        var words = Markup.prose(say("resolved \(day)\(by)", "\(day) 해결\(by)"), in: say)
        if let commit = resolution.commit { words = .joined([words, .code(ReportWords.short(commit))], by: " ") }
        if let note = resolution.note, !note.isEmpty {
            words = .joined([words, .prose(note, limit: 300, in: say)], by: ": ")
        }
        return words
    }
}
