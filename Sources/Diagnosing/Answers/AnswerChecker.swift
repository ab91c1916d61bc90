import Events
import Foundation

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

    let file: CaseFile
    let evidence: [String: EvidenceItem]
    let language: AnswerLanguage
    let world: CitedWorld
    let code: String
    /// nil where the failing line was not shown.
    let grounding: Grounding?
    /// What the model was asked to keep to.
    let limits: AnswerLimits
    /// The words by which it was asked.
    let instructions: String

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
    func problems(of raw: RawAnswer) -> [String] {
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

    func accept(_ raw: RawAnswer, weaknesses: [Weakness]) -> CheckedAnswer {
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
    func completed(_ said: String, _ caveats: inout [String]) -> String {
        guard !said.isEmpty, let missing = grounding?.missing(of: said) else { return said }
        // A person who called it wrong knows better than what was computed.
        guard !refuted.contains(where: { $0.contains(missing.clause) }) else { return said }
        caveats.append("the model's root cause left out \(missing.name); what follows \"Computed:\" is not the model's")
        let end = said.last.map { ".!?…".contains($0) } == true ? "" : "."
        return ProseCleaning.shortened(
            "\(said)\(end)\(Self.computed)\(missing.clause).", characters: AnswerLimits.deliveredRootCause)
    }

    struct Tallied {
        var held = 0
        var dropped = 0
        var commands = 0
        var changes = 0
        var wrongChanges = 0
    }
}
