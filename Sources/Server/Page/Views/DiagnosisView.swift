import Delivery
import Events

/// What a model or the built-in triage says of a group, with who says so and what it is based on.
struct DiagnosisView {
    struct Action {
        let action: Markup
        let reason: Markup?
    }

    struct Cited {
        let id: String
        let target: String?
    }

    struct Fix {
        let fixFile: String
        let fixWords: Markup
        let fixLines: [DiffLine]
    }

    let rootCause: Markup
    let impact: Markup?
    let actions: [Action]
    let hasActions: Bool
    let analysis: Markup?
    let alternatives: [Markup]
    let hasAlternatives: Bool
    let fix: Fix?
    let evidence: [Cited]
    let hasEvidence: Bool
    let author: Markup
    /// `model` or `built-in`: told apart by the style as well.
    let authorKind: String
    let caveats: [Markup]
    let hasCaveats: Bool
    let verdict: String?

    static let longest = 4000
    static let entries = 20
    static let fixLines = 120

    init(_ diagnosis: Diagnosis, verdict: Verdict?, links: CitationLinks, clock: SiteClock, in say: ReportLanguage) {
        func prose(_ text: String) -> Markup {
            Markup.prose(text, limit: Self.longest, in: say).linked(by: links)
        }
        func some(_ text: String) -> Markup? { text.isEmpty ? nil : prose(text) }
        rootCause = prose(diagnosis.rootCause)
        (impact, analysis) = (some(diagnosis.impact), some(diagnosis.analysis))
        actions = diagnosis.recommendations.prefix(Self.entries).map {
            Action(action: prose($0.action), reason: some($0.why))
        }
        hasActions = !actions.isEmpty
        alternatives = diagnosis.alternatives.prefix(Self.entries).map(prose)
        hasAlternatives = !alternatives.isEmpty
        evidence = diagnosis.evidence.prefix(Self.entries * 2).map {
            Cited(id: Shown.line($0, limit: 12), target: links.target($0))
        }
        hasEvidence = !evidence.isEmpty
        fix = diagnosis.fix.map { fix in
            Fix(
                fixFile: Shown.line(fix.file, limit: 200), fixWords: prose(fix.description),
                fixLines: DiffLine.change(from: fix.original, to: fix.modified, limit: Self.fixLines))
        }
        (author, authorKind) = Self.author(diagnosis, clock, say)
        caveats = diagnosis.caveats.prefix(Self.entries).map(prose)
        hasCaveats = !caveats.isEmpty
        self.verdict = verdict.map { verdict in
            let word =
                switch verdict {
                case .correct: say("correct", "맞음")
                case .partly: say("partly right", "일부 맞음")
                case .wrong: say("wrong", "틀림")
                }
            return say("A person judged this diagnosis: \(word).", "사람의 평가: \(word).")
        }
    }

    private static func author(
        _ diagnosis: Diagnosis, _ clock: SiteClock, _ say: ReportLanguage
    ) -> (Markup, kind: String) {
        let confidence = ReportWords.confidence(diagnosis.confidence, in: say)
        let at = clock.short(diagnosis.provenance.at, near: diagnosis.provenance.at)
        switch diagnosis.provenance.author {
        case .model(let run):
            var parts: [Markup] = [
                .joined([.prose(say("A model says so:", "모델의 진단:"), in: say), .code(run.model)], by: " ")
            ]
            if let digest = run.digest { parts.append(.code("sha256 \(digest.prefix(12))…")) }
            let tokens = "\(NumberText.grouped(run.promptTokens)) + \(NumberText.grouped(run.answerTokens))"
            let prompt = "\(run.prompt)/\(run.promptVersion)"
            parts += [
                say("prompt \(prompt)", "프롬프트 \(prompt)"), say("\(tokens) tokens", "토큰 \(tokens)"), confidence,
                ReportWords.citations(run, in: say), at,
            ].map { .prose($0, limit: 200, in: say) }
            return (.joined(parts), "model")
        case .builtIn(let reason):
            let why = ReportWords.because(reason, in: say)
            let words = say("No model: the built-in triage answered, because \(why)", "모델 없음: 내장 분류가 답함, 이유: \(why)")
            return (.joined([words, confidence, at].map { .prose($0, limit: 400, in: say) }), "built-in")
        }
    }
}

/// A line of a change.
struct DiffLine {
    let kind: String
    let text: String

    /// A part of `git diff`.
    static func hunk(_ text: String, limit: Int) -> [DiffLine] {
        VisibleText.lines(text, limit: limit, width: 240).lines.map { line in
            let kind =
                switch line.first {
                case "+": "add"
                case "-": "drop"
                case "@": "place"
                default: "same"
                }
            return DiffLine(kind: kind, text: line)
        }
    }

    static func change(from original: String, to modified: String, limit: Int) -> [DiffLine] {
        func lines(_ text: String, _ kind: String, _ sign: String) -> [DiffLine] {
            VisibleText.lines(text, limit: limit, width: 240).lines.map { DiffLine(kind: kind, text: sign + $0) }
        }
        return lines(original, "drop", "- ") + lines(modified, "add", "+ ")
    }
}
