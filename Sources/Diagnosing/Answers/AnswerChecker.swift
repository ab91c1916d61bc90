import Events
import Foundation

/// What the checks left of a model's answer, and what they took away.
public struct CheckedAnswer: Sendable, Equatable {
    public var severity: Severity
    public var rootCause: String
    public var analysis: String
    public var impact: String
    public var recommendations: [Diagnosis.Recommendation]
    public var confidence: Int
    public var evidence: [String]
    public var alternatives: [String]
    public var fix: Diagnosis.ProposedFix?
    public var isAutoFixable: Bool
    public var citationsChecked: Int
    public var citationsDropped: Int
    public var caveats: [String]
    /// Analysis and impact were not asked of the model.
    public var isBrief = false

    public func diagnosis(by provenance: Provenance) -> Diagnosis {
        Diagnosis(
            severity: severity, rootCause: rootCause, analysis: analysis, impact: impact,
            recommendations: recommendations, confidence: confidence, evidence: evidence, alternatives: alternatives,
            autoFixable: isAutoFixable, fix: fix, provenance: provenance, caveats: caveats)
    }
}

/// Holds an answer against the case. Pure: what it says follows from the values alone.
///
/// Nothing that the model claims is passed on unchecked: citations that do not resolve are dropped, severity
/// stays within what was observed, confidence within what the evidence carries.
public struct AnswerChecker: Sendable {
    public enum Result: Sendable, Equatable {
        case accepted(CheckedAnswer)
        /// Sentences that tell the model what to correct.
        case repairable([String])
    }

    /// What confidence is capped at without code to look at, and without a citation that holds.
    public static let capWithoutCode = 70
    public static let capWithoutEvidence = 40
    /// For an answer that only says the message again, or speaks another language.
    public static let capWithoutInsight = 20
    /// For a root cause that is about something else than the error.
    public static let capBesideTheError = 45
    /// Where the failing line was not to be seen, and the error does not explain itself.
    public static let capWithoutFailingLine = 39
    /// For a root cause that names the value or the change, and not both where both are known.
    public static let capForHalf = 69
    /// What a dropped citation costs.
    static let costOfDropped = 12

    private let file: CaseFile
    private let evidence: [String: EvidenceItem]
    private let language: AnswerLanguage
    private let world: CitedWorld
    private let code: String
    /// nil where the failing line was not shown.
    private let grounding: Grounding?
    /// What the model was asked to keep to.
    private let limits: AnswerLimits
    /// The words by which it was asked.
    private let instructions: String

    /// - Parameter evidence: what the prompt showed.
    public init(file: CaseFile, evidence: [String: EvidenceItem], language: String = "English") {
        self.init(file: file, evidence: evidence, language: language, limits: .most, instructions: "")
    }

    init(
        file: CaseFile, evidence: [String: EvidenceItem], language: String, limits: AnswerLimits, instructions: String
    ) {
        (self.file, self.evidence, self.limits, self.instructions) = (file, evidence, limits, instructions)
        self.language = AnswerLanguage(language)
        world = CitedWorld(file, evidence: evidence)
        code = file.code.excerpts.flatMap(\.lines).joined(separator: "\n")
        let isShown = evidence.values.contains { $0.kind == .code }
        let findings = isShown ? CaseFindings(file, frames: EvidenceNumbering(file)) : nil
        grounding = findings.map { Grounding($0, file.code) }
    }

    /// - Parameter isLastRound: no repair will follow: what is merely weak is taken, with low confidence.
    public func check(_ text: String, isLastRound: Bool) -> Result {
        let raw: RawAnswer
        do { raw = try RawAnswer(text: text) } catch { return .repairable([error.words]) }
        let problems = self.problems(of: raw)
        guard problems.isEmpty else { return .repairable(problems) }
        let weaknesses = self.weaknesses(of: raw)
        guard weaknesses.isEmpty || isLastRound else { return .repairable(weaknesses.map(\.request)) }
        let checked = accept(raw, weaknesses: weaknesses)
        guard !checked.rootCause.isEmpty else {
            return .repairable(["root_cause tells of what is not in the evidence; name only what is there."])
        }
        return .accepted(checked)
    }

    /// The text is JSON of the schema's shape, whatever it says.
    public func isReadable(_ text: String) -> Bool { (try? RawAnswer(text: text)) != nil }

    /// All that is to be bettered of an answer is its root cause, so that nothing else has to be written again.
    func isOnlyRootCauseWeak(_ text: String) -> Bool {
        guard let raw = try? RawAnswer(text: text), problems(of: raw).isEmpty else { return false }
        let found = weaknesses(of: raw)
        return !found.isEmpty && found.allSatisfy(\.isOfRootCause)
    }

    /// What no answer may have.
    private func problems(of raw: RawAnswer) -> [String] {
        var problems: [String] = []
        if Severity(rawValue: raw.severity.lowercased()) == nil {
            problems.append("severity must be one of \(AnswerSchema.severities.joined(separator: ", ")).")
        }
        if !(0...100).contains(raw.confidence) { problems.append("confidence must be from 0 to 100.") }
        if Words.of(raw.rootCause, most: 5).isEmpty { problems.append("root_cause is empty.") }
        // Hidden characters may break up a command until they are taken out.
        let rootCause = ProseCleaning.cleaned(raw.rootCause, code: code, limit: AnswerLimits.most.line * 2)
        if ProseCleaning.isDangerousCommand(rootCause, code: code) {
            problems.append("root_cause must name a cause, not a command.")
        }
        if !limits.isBrief, Words.of(raw.analysis, most: 5).isEmpty { problems.append("analysis is empty.") }
        let prose = [raw.rootCause, raw.analysis, raw.impact] + raw.recommendations.flatMap { [$0.action, $0.why] }
        if prose.contains(where: Repetition.isDegenerate) {
            problems.append("The answer repeats the same words again and again.")
        }
        return problems
    }

    private struct Weakness {
        var request: String
        var caveat: String
        var isOfRootCause = true
    }

    /// What a second try may better, and what is bearable if it does not.
    private func weaknesses(of raw: RawAnswer) -> [Weakness] {
        var weaknesses: [Weakness] = []
        let message =
            ([file.sample.message] + file.sample.exceptions.flatMap { [$0.type, $0.message].compactMap(\.self) })
            .map { UntrustedText.bounded($0, bytes: EvidenceLimits.messageBytes) }.joined(separator: " ")
        if Words.isRepeated(raw.rootCause, of: message) {
            weaknesses.append(
                .init(
                    request: "root_cause only repeats the error message; name what in the code or setting causes it.",
                    caveat: "the model's root cause says no more than the error message"))
        }
        if raw.ended(limits).causeParts.contains(where: Self.isBrokenOff) {
            weaknesses.append(
                .init(
                    request: "root_cause broke off: write it in full, with ' where code has a quotation mark.",
                    caveat: "the model's root cause broke off"))
        }
        if Words.isCopied(raw.rootCause, from: instructions, but: evidence.values.map(\.text)) {
            weaknesses.append(
                .init(
                    request: "root_cause repeats words of the instructions; say what is wrong with this very line.",
                    caveat: "the model's root cause repeats its instructions"))
        }
        if let grounding, !grounding.hasInsight(raw.rootCause) {
            weaknesses.append(
                .init(
                    request: grounding.request,
                    caveat: "the model's root cause names nothing of the failing line, nor of what changed it"))
        }
        if refuted.contains(where: { Words.areAlike(Self.modelsPart(of: $0), raw.rootCause) }) {
            weaknesses.append(
                .init(
                    request: "A person refuted that root_cause for this very error; find another one.",
                    caveat: "the model gave a cause again that a person had refuted"))
        }
        if !language.isPlausible(raw.rootCause + " " + raw.analysis) {
            weaknesses.append(
                .init(
                    request: "Write every text in \(language.name).",
                    caveat: "the model did not answer in \(language.name)", isOfRootCause: false))
        }
        return weaknesses
    }

    /// Causes of this very error that a person called wrong, as they were delivered.
    private var refuted: [String] { file.judged.filter { $0.verdict == .wrong }.compactMap(\.rootCause) }

    /// What stands before that which code adds to a root cause.
    private static let computed = " Computed: "

    private static func modelsPart(of rootCause: String) -> String {
        rootCause.range(of: computed).map { String(rootCause[..<$0.lowerBound]) } ?? rootCause
    }

    /// A small model ends its text where it quotes code with a quotation mark in it.
    private static func isBrokenOff(_ text: String) -> Bool {
        guard let last = text.last(where: { !$0.isWhitespace }) else { return false }
        if "([{".contains(last) { return true }
        // It went on to write the rest of the answer inside of the text.
        if AnswerSchema.names.contains(where: { text.contains("'\($0)':") || text.contains("\"\($0)\":") }) {
            return true
        }
        return text.count(where: { $0 == "`" }) % 2 == 1
    }

    private func accept(_ raw: RawAnswer, weaknesses: [Weakness]) -> CheckedAnswer {
        let limits = AnswerLimits.most
        var tally = Tallied()
        let cited = evidenceIDs(raw, &tally)
        let line = self.rootCause(
            raw.ended(self.limits).withoutEmptyChange.rootCause, limit: max(limits.line, self.limits.cause), &tally)
        let said = withoutWrongChange(withoutUnseenChange(line, &tally), &tally)
        let analysis = withoutUnseenChange(prose(raw.analysis, limit: limits.analysis, &tally), &tally)
        let impact = prose(raw.impact, limit: limits.line, &tally)
        let recommendations = self.recommendations(raw.recommendations, limits: limits, &tally)
        let alternatives = raw.otherCauses.prefix(limits.otherCauses)
            .map { prose($0, limit: limits.line, &tally) }
            .filter { !$0.isEmpty && !Self.nothing.contains($0.lowercased()) }
        var caveats = weaknesses.map(\.caveat)
        let fix = checkedFix(raw.fix, limits: limits, &tally, &caveats)
        if tally.dropped > 0 {
            caveats.append("\(tally.dropped) of the model's citations did not resolve; what they carried was dropped")
        }
        if tally.wrongChanges > 0 {
            caveats.append("what the model told of the change is not what the code shows; that was dropped")
        }
        if tally.changes > 0 { caveats.append("the model told of a change that nothing shows; that was dropped") }
        if tally.commands > 0 { caveats.append("\(tally.commands) sentences with unsafe commands were dropped") }
        let severity = severity(raw, &caveats)
        let confidence = self.confidence(
            raw.confidence, rootCause: said, cited: cited, dropped: tally.dropped, isWeak: !weaknesses.isEmpty,
            &caveats)
        let rootCause = completed(said, &caveats)
        return CheckedAnswer(
            severity: severity, rootCause: rootCause, analysis: analysis, impact: impact,
            recommendations: recommendations, confidence: confidence, evidence: cited, alternatives: alternatives,
            fix: fix, isAutoFixable: raw.autoFixable && fix != nil, citationsChecked: tally.held + tally.dropped,
            citationsDropped: tally.dropped, caveats: caveats, isBrief: self.limits.isBrief)
    }

    /// With what code knows and the model did not say: an answer is never worse than what was computed without it.
    private func completed(_ said: String, _ caveats: inout [String]) -> String {
        guard !said.isEmpty, let missing = grounding?.missing(of: said) else { return said }
        // A person who called it wrong knows better than what was computed.
        guard !refuted.contains(where: { $0.contains(missing.clause) }) else { return said }
        caveats.append("the model's root cause left out \(missing.name); what follows \"Computed:\" is not the model's")
        let end = said.last.map { ".!?…".contains($0) } == true ? "" : "."
        return ProseCleaning.shortened(
            "\(said)\(end)\(Self.computed)\(missing.clause).", characters: AnswerLimits.deliveredRootCause)
    }

    private struct Tallied {
        var held = 0
        var dropped = 0
        var commands = 0
        var changes = 0
        var wrongChanges = 0
    }
}

// MARK: parts

extension AnswerChecker {
    /// How models write that a list is empty.
    private static let nothing: Set<String> = ["none", "none.", "n/a", "-", "null", "unknown"]

    /// Ids of the list and of the prose, those that exist, in the order of numbering.
    private func evidenceIDs(_ raw: RawAnswer, _ tally: inout Tallied) -> [String] {
        let listed = raw.evidence.prefix(20).map { $0.filter { $0 != "[" && $0 != "]" }.uppercased() }
        let unknown = Set(listed).subtracting(evidence.keys).count
        tally.dropped += unknown
        tally.held += Set(listed).count - unknown
        let inProse = Citation.all(in: "\(raw.rootCause) \(raw.analysis)").compactMap { citation in
            if case .evidence(let id) = citation.kind { id } else { nil }
        }
        let all = Set(listed + inProse).intersection(evidence.keys)
        return all.sorted { Self.order($0) < Self.order($1) }
    }

    private static func order(_ id: String) -> (Int, Int) {
        let letters = Array("ECSHLBRPDFVM")
        return (id.first.flatMap { letters.firstIndex(of: $0) } ?? letters.count, Int(id.dropFirst()) ?? 0)
    }

    private func prose(_ text: String, limit: Int, _ tally: inout Tallied) -> String {
        let cleaned = ProseCleaning.cleaned(text, code: code, limit: limit * 2)
        let harmless = CheckedProse.sentences(cleaned).filter { sentence in
            guard ProseCleaning.isDangerousCommand(sentence, code: code) else { return true }
            tally.commands += 1
            return false
        }
        let checked = CheckedProse.dropping(harmless.joined(separator: " "), in: world)
        tally.held += checked.held
        tally.dropped += checked.dropped
        return ProseCleaning.shortened(checked.text, characters: limit)
    }

    /// One line. It loses only what does not resolve, and is empty where nothing else was said.
    private func rootCause(_ text: String, limit: Int, _ tally: inout Tallied) -> String {
        var line = ProseCleaning.cleaned(text, code: code, limit: limit)
        for citation in Citation.all(in: line) {
            if world.resolves(citation) {
                tally.held += 1
            } else {
                tally.dropped += 1
                line = Self.removing(citation.text, from: line)
            }
        }
        return Words.of(line, most: 3).count < 2 ? "" : line
    }

    /// Without the sentences that tell of a change of the code, where none was to be seen: a model that is used to
    /// finding one makes one up.
    private func withoutUnseenChange(_ text: String, _ tally: inout Tallied) -> String {
        guard !showsChange else { return text }
        let sentences = CheckedProse.sentences(text)
        let kept = sentences.filter { sentence in
            let lower = sentence.lowercased()
            return !Self.changesOfCode.contains(where: lower.contains)
        }
        guard kept.count < sentences.count else { return text }
        tally.changes += sentences.count - kept.count
        return kept.joined(separator: " ")
    }

    /// Without the sentences that take what stands there now for what stood there before, or put in what is not there.
    private func withoutWrongChange(_ text: String, _ tally: inout Tallied) -> String {
        guard let grounding else { return text }
        let sentences = CheckedProse.sentences(text)
        let kept = sentences.filter { !grounding.contradictsChange($0) }
        guard kept.count < sentences.count else { return text }
        tally.wrongChanges += sentences.count - kept.count
        return kept.joined(separator: " ")
    }

    private static let changesOfCode = [
        "the change ", "this change ", "that change ", "recent change", "code change", "the commit ", "this commit ",
        "that commit ",
    ]

    /// Anything of the evidence speaks of a change, be it of the code or of what runs.
    private var showsChange: Bool {
        evidence.values.contains { item in
            if item.kind == .suspect { return true }
            let lower = item.text.lowercased()
            return ["chang", "commit", "deploy", "releas"].contains(where: lower.contains)
        }
    }

    /// Takes out a citation with the preposition and brackets that led to it.
    private static func removing(_ citation: String, from line: String) -> String {
        guard let range = line.firstRange(of: citation) else { return line }
        var before = line[..<range.lowerBound]
        var after = line[range.upperBound...]
        while let last = before.last, "(`'\" ".contains(last) { before.removeLast() }
        while let first = after.first, ")`'\"".contains(first) { after.removeFirst() }
        for word in [" at", " in", " on", " from", " of", " commit", " by", " see", " file"]
        where before.hasSuffix(word) {
            before.removeLast(word.count)
            break
        }
        return String(before) + String(after)
    }

    private func recommendations(
        _ steps: [RawAnswer.Step], limits: AnswerLimits, _ tally: inout Tallied
    ) -> [Diagnosis.Recommendation] {
        steps.prefix(limits.recommendations).compactMap { step in
            let action = prose(
                ProseCleaning.ended(step.action, limit: self.limits.line), limit: limits.line, &tally)
            guard !action.isEmpty else { return nil }
            let why = prose(ProseCleaning.ended(step.why, limit: self.limits.line), limit: limits.line, &tally)
            return .init(action: action, why: why)
        }
    }

    private func checkedFix(
        _ change: RawAnswer.Change?, limits: AnswerLimits, _ tally: inout Tallied, _ caveats: inout [String]
    ) -> Diagnosis.ProposedFix? {
        guard let change else { return nil }
        let shown = file.code.excerpts.enumerated().filter { evidence["C\($0.offset + 1)"] != nil }.map(\.element)
        switch FixChecking(excerpts: shown).check(change, limits: limits) {
        case .holds(var fix):
            fix.description = prose(fix.description, limit: limits.line, &tally)
            return fix
        case .dropped(let reason):
            caveats.append(reason)
            return nil
        }
    }

    private func severity(_ raw: RawAnswer, _ caveats: inout [String]) -> Severity {
        let bounds = SeverityBounds.bounds(for: file.facts)
        let claimed = Severity(rawValue: raw.severity.lowercased()) ?? bounds.lowerBound
        let severity = SeverityBounds.clamp(claimed, to: bounds)
        if severity != claimed {
            caveats.append("the model said \(claimed.rawValue); what was observed makes it \(severity.rawValue)")
        }
        return severity
    }

    private func confidence(
        _ claimed: Int, rootCause: String, cited: [String], dropped: Int, isWeak: Bool, _ caveats: inout [String]
    ) -> Int {
        var confidence = max(0, claimed - min(dropped, 10) * Self.costOfDropped)
        func cap(_ limit: Int, _ reason: String) {
            guard confidence > limit else { return }
            confidence = limit
            caveats.append("confidence is capped at \(limit): \(reason)")
        }
        if !evidence.values.contains(where: { $0.kind == .code }) {
            cap(Self.capWithoutCode, FactWords.missingCode(file.code) ?? "the source code did not fit into the prompt")
        }
        let kind = ErrorKind(of: file.sample)
        if let grounding {
            if !grounding.namesValue(rootCause) || !grounding.namesChange(rootCause) {
                cap(Self.capForHalf, "the root cause names the value or what changed, not both")
            }
        } else if kind?.explainsItself != true {
            cap(Self.capWithoutFailingLine, "the source of the failing call was not there to be seen")
        }
        if cited.isEmpty { cap(Self.capWithoutEvidence, "no citation holds") }
        if let kind, grounding?.namesBoth(rootCause) != true,
            !kind.isSpokenOf(in: rootCause, suspects: file.code.suspects)
        {
            cap(Self.capBesideTheError, "the root cause says nothing of what the error itself says (\(kind.name))")
        }
        if isWeak { confidence = min(confidence, Self.capWithoutInsight) }
        return confidence
    }
}
