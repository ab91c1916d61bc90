import Delivery
import Events

/// Source lines around a frame, each with an anchor that citations point to.
struct ExcerptView {
    struct Line {
        let lineAnchor: String
        let lineNumber: String
        let text: String
        let isMarked: Bool
    }

    let anchor: String
    let label: String
    let file: String
    let revision: String?
    let more: Markup?
    let lines: [Line]

    static let most = 200

    init(_ excerpt: CodeExcerpt, number: Int, in say: ReportLanguage) {
        (anchor, label) = ("c\(number)", "C\(number)")
        file = Shown.line(excerpt.file, limit: 200)
        revision = excerpt.revision.isEmpty ? nil : Shown.line(ReportWords.short(excerpt.revision), limit: 12)
        let aside = ReportWords.aside(excerpt, in: say)
        more = aside.isEmpty ? nil : .prose(aside, limit: 200, in: say)
        let marked = Set(excerpt.marked)
        lines = excerpt.lines.prefix(Self.most).enumerated().map { index, line in
            let at = excerpt.firstLine &+ index
            return Line(
                lineAnchor: "c\(number)-l\(at)", lineNumber: "\(at)", text: Shown.verbatim(line),
                isMarked: marked.contains(at))
        }
    }
}

/// A commit that may have brought the error in, with what it changed.
struct SuspectView {
    let anchor: String
    let label: String
    let commit: String
    let subject: Markup
    let byline: String
    let why: Markup
    let hunk: [DiffLine]
    let hasHunk: Bool

    static let hunkLines = 120

    init(_ suspect: Suspect, number: Int, clock: SiteClock, near: Timestamp, in say: ReportLanguage) {
        (anchor, label) = ("s\(number)", "S\(number)")
        commit = Shown.line(ReportWords.short(suspect.commit), limit: 12)
        subject = .prose(suspect.subject, limit: 200, in: say)
        let author = suspect.author.map { Shown.line($0, limit: 80) }
        byline = [author, clock.day(suspect.time, near: near), NumberText.score(suspect.score)].compactMap(\.self)
            .joined(separator: " · ")
        why = .prose(suspect.reason, limit: 300, in: say)
        hunk = DiffLine.hunk(suspect.hunk ?? "", limit: Self.hunkLines)
        hasHunk = !hunk.isEmpty
    }
}

/// A group of the past, and what became of it.
struct SimilarView {
    let anchor: String
    /// Of the diagnosis that was shown it; nil for one that was found since.
    let label: String?
    let href: String
    let groupID: String
    let what: Markup
    let likeness: String
    let seen: String
    let outcome: Markup?
    let cause: Markup?

    /// - Parameter number: under which the diagnosis cites it.
    init(
        _ similar: SimilarGroup, number: Int?, place: Int, clock: SiteClock, near: Timestamp, in say: ReportLanguage
    ) {
        (anchor, label) = (number.map { "h\($0)" } ?? "past-\(place)", number.map { "H\($0)" })
        (href, groupID) = ("/groups/\(similar.fingerprint.groupID)", similar.fingerprint.groupID)
        what = .prose(similar.title, limit: 160, in: say)
        likeness = Outcome.likeness(similar, in: say)
        let (first, last) = (clock.day(similar.firstSeen, near: near), clock.day(similar.lastSeen, near: near))
        let open = similar.resolution == nil ? say(" · not resolved", " · 해결되지 않음") : ""
        seen = "\(say.counted(similar.total, .event)), \(first == last ? first : "\(first) – \(last)")\(open)"
        outcome = similar.resolution.map { Outcome.words($0, clock, near: near, in: say) }
        let words = similar.rootCause ?? ""
        let verdict = similar.verdict == .wrong ? say(" (judged wrong)", " (틀린 것으로 평가됨)") : ""
        cause = words.isEmpty ? nil : .prose(say("diagnosed then: ", "당시 진단: ") + words + verdict, limit: 400, in: say)
    }
}

/// A kept event.
struct SampleView {
    let heading: String
    let isOpen: Bool
    let sampleLines: [String]
    let before: [String]
    let hasBefore: Bool

    static let crumbs = 30

    init(_ event: ErrorEvent, isFirst: Bool, clock: SiteClock, in say: ReportLanguage) {
        let place = [event.service, event.host, event.release].compactMap(\.self).map { Shown.line($0, limit: 60) }
        heading = ([clock.precise(event.time)] + place).joined(separator: " · ")
        isOpen = isFirst
        sampleLines = SampleText.lines(of: event, clock: clock, in: say)
        before = event.breadcrumbs.suffix(Self.crumbs).map { Shown.verbatim($0.message, width: 240) }
        hasBefore = !before.isEmpty
    }
}
