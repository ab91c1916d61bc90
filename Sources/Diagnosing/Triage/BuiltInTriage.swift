import Events

/// The diagnosis without a model: rules for classes of error, and rules over facts. Pure.
///
/// It says what is known and no more: its confidence stays low, and its citations mean the same evidence that
/// a prompt would number so.
public struct BuiltInTriage: Sendable {
    private let rules: [TriageRule]

    public init() { rules = TriageRule.all }

    /// Confidence of a rule that fits, of none, and what evidence adds.
    private static let confidence = (matched: 35, unmatched: 20, code: 8, suspect: 8, fixedBefore: 9, most: 60)
    /// From which score on a suspect or a past group is worth naming in the root cause.
    private static let tellingSuspect = 0.5
    private static let tellingLikeness = 0.6
    private static let maximumSteps = 5
    private static let rootCauseCharacters = 400

    /// - Parameter reason: why no model's answer is given.
    public func diagnose(_ file: CaseFile, reason: Provenance.BuiltInReason, now: Timestamp) -> Diagnosis {
        let view = CaseView(file)
        let match = TriageMatch.first(for: file.sample, in: rules)
        return Diagnosis(
            severity: severity(file, match), rootCause: rootCause(view, match), analysis: analysis(view, match),
            impact: impact(file.facts), recommendations: recommendations(view, match),
            confidence: confidence(view, match), evidence: view.cited, alternatives: [],
            provenance: Provenance(author: .builtIn(reason: reason), at: now), caveats: caveats(file, match))
    }

    /// A new error with so many events in a window is an outbreak.
    private static let outbreak = 100

    private func severity(_ file: CaseFile, _ match: TriageMatch?) -> Severity {
        var severity = match?.rule.severity ?? (file.facts.group.level >= .error ? .medium : .low)
        if file.facts.group.level == .fatal { severity = max(severity, .high) }
        switch file.facts.trend {
        case .back: severity = max(severity, file.facts.group.level >= .error ? .high : .medium)
        // What was not there yesterday and is everywhere today.
        case .new where severity == .high && file.facts.count >= Self.outbreak: severity = .critical
        case .new, .worse, .ongoing: break
        }
        return SeverityBounds.clamp(severity, to: SeverityBounds.bounds(for: file.facts))
    }

    /// `TimeoutException in OrderRepository.findOpen (OrderRepository.java:88): … ; changed last by 7d20b51 [S1]`.
    private func rootCause(_ view: CaseView, _ match: TriageMatch?) -> String {
        let most = Self.rootCauseCharacters
        var line = view.subject(match)
        if let place = view.place { line += " in \(place)" }
        line += ": \(match?.rule.cause ?? "the built-in rules do not know this error")"
        if let peer = view.peer(match), match != nil { line += " (\(peer))" }
        if let found = view.findings?.clause, !found.isEmpty { line += "; \(found)" }
        // A change that was told already needs no second word.
        if view.findings?.tellsOfChange == true { return ProseCleaning.shortened(line, characters: most) }
        if let suspect = view.suspect, suspect.score >= Self.tellingSuspect {
            // What it did elsewhere may have nothing to do with it, and is still the first thing to look at.
            line += "; suspect " + (view.suspectedChange ?? "commit \(view.short(suspect.commit)) [\(view.suspectID)]")
        } else if let past = view.fixedBefore, past.score >= Self.tellingLikeness {
            line += "; fixed before as \(past.group) [\(past.id)]"
        }
        return ProseCleaning.shortened(line, characters: most)
    }

    private func analysis(_ view: CaseView, _ match: TriageMatch?) -> String {
        var sentences = FactObservations.sentences(for: view.file.facts)
        if let line = view.failingLine { sentences.append("The failing line is `\(line)` [C1].") }
        if let suspect = view.suspect {
            sentences.append(
                "Commit \(view.short(suspect.commit)) \"\(view.words(suspect.subject))\" of \(FactWords.day(suspect.time))"
                    + " is the likeliest change (\(view.words(suspect.reason))) [\(view.suspectID)].")
        }
        if let past = view.fixedBefore {
            sentences.append(
                "\(past.group) is \(FactWords.percent(past.score)) alike and was fixed: \(past.fix) [\(past.id)].")
        }
        if match == nil {
            sentences.append("No rule knows this class of error; the message has to be read: \(view.message) [E1].")
        }
        return sentences.joined(separator: " ")
    }

    private func impact(_ facts: GroupFacts) -> String {
        var text = "\(facts.count) \(facts.count == 1 ? "event" : "events") in this window"
        let hosts = facts.hosts.count
        if hosts > 0 { text += " on \(hosts) \(hosts == 1 ? "host" : "hosts")" }
        let services = facts.services.prefix(3).map {
            ProseCleaning.quotable(ProseCleaning.cleaned(UntrustedText.line($0.value, limit: 60), code: "", limit: 60))
        }
        if !services.isEmpty { text += " in \(services.joined(separator: ", "))" }
        return text + "."
    }

    /// The old fix first: nothing helps sooner at night.
    private func recommendations(_ view: CaseView, _ match: TriageMatch?) -> [Diagnosis.Recommendation] {
        var steps: [Diagnosis.Recommendation] = []
        if case .back(let resolved) = view.file.facts.trend {
            steps.append(
                .init(
                    action: "Check that the fix of \(FactWords.resolution(resolved)) is still in what runs",
                    why: "this very error was resolved by it and is back [F1]"))
        }
        // A remedy for something else is worse than none.
        if let past = view.fixedBefore, past.score >= Self.tellingLikeness {
            steps.append(
                .init(
                    action: "Try what fixed \(past.group): \(past.fix)",
                    why: "\(FactWords.percent(past.score)) alike [\(past.id)]"))
        }
        if let suspect = view.suspect {
            steps.append(
                .init(
                    action:
                        "Read commit \(view.short(suspect.commit)) \"\(view.words(suspect.subject))\", and take it back if it explains the error",
                    why: "\(view.words(suspect.reason)) [\(view.suspectID)]"))
        }
        let general =
            match?.rule.steps ?? [
                "Read the failing line and the message together", "Look at the lines before the error",
            ]
        steps += general.map { .init(action: $0, why: match.map { "usual for: \($0.rule.name)" } ?? "no rule fits") }
        return Array(steps.prefix(Self.maximumSteps))
    }

    private func confidence(_ view: CaseView, _ match: TriageMatch?) -> Int {
        let points = Self.confidence
        var confidence = match == nil ? points.unmatched : points.matched
        if view.failingLine != nil { confidence += points.code }
        if let suspect = view.suspect, suspect.score >= Self.tellingSuspect { confidence += points.suspect }
        if let past = view.fixedBefore, past.score >= Self.tellingLikeness { confidence += points.fixedBefore }
        return min(confidence, points.most)
    }

    private func caveats(_ file: CaseFile, _ match: TriageMatch?) -> [String] {
        // Why there is no code is told with the code itself.
        var caveats = file.code.notes.prefix(3).map { UntrustedText.line($0, limit: EvidenceLimits.nameBytes) }
        if match?.exception == nil, !file.sample.exceptions.isEmpty, match != nil {
            caveats.append("judged by the log message, not by the exception")
        }
        return caveats
    }
}

/// The case as the triage speaks of it: bounded, neutralized, cited.
private struct CaseView {
    let file: CaseFile
    private let numbering: EvidenceNumbering
    let findings: CaseFindings?

    init(_ file: CaseFile) {
        (self.file, numbering) = (file, EvidenceNumbering(file))
        findings = CaseFindings(file, frames: numbering)
    }

    /// The commit whose change explains the line, else the likeliest.
    var suspect: Suspect? { file.code.suspects.dropFirst(toldSuspect).first }
    var suspectID: String { "S\(toldSuspect + 1)" }

    /// What the likeliest commit changed, where that is not the line itself.
    var suspectedChange: String? { findings?.suspect == 0 ? findings?.changeClause : nil }

    private var toldSuspect: Int { findings?.tellsOfChange == true ? findings?.suspect ?? 0 : 0 }

    struct Past {
        var id: String
        var group: String
        var score: Double
        var fix: String
    }

    /// The likest past group that someone resolved, and whose cause nobody refuted.
    var fixedBefore: Past? {
        let known = file.similar.prefix(EvidenceLimits.similar).enumerated().filter { $0.element.verdict != .wrong }
        guard let (index, group) = known.first(where: { $0.element.resolution != nil }), let fix = group.resolution
        else { return nil }
        return Past(
            id: "H\(index + 1)", group: group.fingerprint.groupID, score: group.score, fix: FactWords.resolution(fix))
    }

    /// The exception's short name, or the message's beginning.
    func subject(_ match: TriageMatch?) -> String {
        let exception = match?.exception.map { file.sample.exceptions[$0] } ?? file.sample.rootException
        if let type = exception?.type, !type.isEmpty { return words(TriageMatch.lastComponent(type)) }
        if let code = file.sample.code { return words(code) }
        return match?.rule.name.capitalizedFirst ?? "“\(message)”"
    }

    var place: String? {
        if let index = numbering.failingFrame {
            return ProseCleaning.cleaned(EvidenceNumbering.place(of: numbering.frames[index]), code: "", limit: 160)
        }
        return file.sample.target.map { words($0) }
    }

    var failingLine: String? {
        guard let excerpt = file.code.excerpts.first, let mark = excerpt.marked.first else { return nil }
        let (index, overflow) = mark.subtractingReportingOverflow(excerpt.firstLine)
        guard !overflow, excerpt.lines.indices.contains(index) else { return nil }
        let line = UntrustedText.line(excerpt.lines[index], kind: .code, limit: 160)
        let trimmed = String(line.drop(while: \.isWhitespace).filter { $0 != "`" })
        return trimmed.isEmpty ? nil : trimmed
    }

    var message: String {
        ProseCleaning.quotable(ProseCleaning.cleaned(UntrustedText.line(text, limit: 160), code: "", limit: 120))
    }

    private var text: String { file.sample.rootException?.message ?? file.sample.message }

    /// `pricing:8443`, `10.0.0.7:5432`: whom the failing call was for, when the message says so.
    func peer(_ match: TriageMatch?) -> String? {
        let message = match?.exception.flatMap { file.sample.exceptions[$0].message } ?? file.sample.message
        for word in UntrustedText.bounded(message, bytes: 2000).split(whereSeparator: { " ,;()[]\"'/".contains($0) }) {
            let parts = word.split(separator: ":")
            guard parts.count == 2, let port = Int(parts[1]), (1...65535).contains(port) else { continue }
            let host = parts[0]
            let isHost = host.utf8.allSatisfy {
                $0 &- 0x30 < 10 || ($0 | 0x20) &- 0x61 < 26 || $0 == 0x2D || $0 == 0x2E
            }
            let ending = host.split(separator: ".").last.map(String.init) ?? ""
            guard isHost, host.utf8.count <= 80, host.contains(where: { $0.isLetter || $0 == "." }),
                !Self.sourceEndings.contains(ending)
            else { continue }
            return "\(host):\(port)"
        }
        return nil
    }

    private static let sourceEndings: Set<String> = [
        "java", "py", "rs", "go", "js", "ts", "cs", "rb", "php", "kt", "swift",
    ]

    func words(_ text: String) -> String {
        ProseCleaning.quotable(
            ProseCleaning.cleaned(UntrustedText.line(text, limit: EvidenceLimits.nameBytes), code: "", limit: 120))
    }

    func short(_ commit: String) -> String { words(String(commit.prefix(7))) }

    /// What the sentences rest on, in the order of numbering.
    var cited: [String] {
        var ids = ["E1"]
        if let index = numbering.failingFrame { ids.append(numbering.frameID(index)) }
        if failingLine != nil { ids.append("C1") }
        if suspect != nil { ids.append(suspectID) }
        if let past = fixedBefore { ids.append(past.id) }
        return ids + (findings == nil ? ["F1"] : ["F1", "F2"])
    }
}

extension String {
    fileprivate var capitalizedFirst: String { prefix(1).uppercased() + dropFirst() }
}
