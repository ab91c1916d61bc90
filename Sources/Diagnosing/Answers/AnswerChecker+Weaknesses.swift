import Events
import Foundation

/// What a second try may better.
extension AnswerChecker {
    struct Weakness {
        var request: String
        var caveat: String
        var isOfRootCause = true
    }

    /// What a second try may better, and what is bearable if it does not.
    func weaknesses(of raw: RawAnswer) -> [Weakness] {
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
    var refuted: [String] { file.judged.filter { $0.verdict == .wrong }.compactMap(\.rootCause) }

    /// What stands before that which code adds to a root cause.
    static let computed = " Computed: "

    static func modelsPart(of rootCause: String) -> String {
        rootCause.range(of: computed).map { String(rootCause[..<$0.lowerBound]) } ?? rootCause
    }

    /// A small model ends its text where it quotes code with a quotation mark in it.
    static func isBrokenOff(_ text: String) -> Bool {
        guard let last = text.last(where: { !$0.isWhitespace }) else { return false }
        if "([{".contains(last) { return true }
        // It went on to write the rest of the answer inside of the text.
        if AnswerSchema.names.contains(where: { text.contains("'\($0)':") || text.contains("\"\($0)\":") }) {
            return true
        }
        return text.count(where: { $0 == "`" }) % 2 == 1
    }
}
