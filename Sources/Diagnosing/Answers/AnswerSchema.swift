/// How long each part of an answer may be, in characters; the grammar enforces it while the model writes.
struct AnswerLimits: Sendable, Hashable {
    var analysis: Int
    var line: Int
    var recommendations: Int
    var otherCauses: Int
    var evidence: Int
    /// 0 asks for no fix.
    var fixCode: Int
    /// Only cause, confidence, evidence, severity and one step: what a small model says best, and soonest.
    var isBrief = false
    /// What a change did to the line is told in a field of its own: asked for two things in one text, a small model
    /// tells one.
    var asksForChange = false

    /// What an answer of `full` tokens has room for.
    private static let full = 900
    private static let leastForFix = 600

    /// Scaled down with the tokens an answer may take, so that the end of the JSON is always reached.
    init(answerTokens: Int) {
        let share = Double(min(Self.full, max(0, answerTokens))) / Double(Self.full)
        analysis = max(120, Int(700 * share))
        line = max(60, Int(240 * share))
        recommendations = share > 0.6 ? 3 : share > 0.3 ? 2 : 1
        otherCauses = share > 0.6 ? 2 : 0
        evidence = share > 0.3 ? 6 : 3
        fixCode = answerTokens >= Self.leastForFix ? 400 : 0
    }

    /// A cause of two short sentences and one step, however many tokens there are.
    static func brief(answerTokens: Int) -> AnswerLimits {
        var limits = AnswerLimits(answerTokens: answerTokens)
        (limits.line, limits.recommendations, limits.evidence) = (min(limits.line, 120), 1, 3)
        (limits.otherCauses, limits.fixCode, limits.isBrief) = (0, 0, true)
        return limits
    }

    /// - Parameter showsChange: the prompt shows what the failing line was before.
    init(_ model: ModelSettings, answerTokens: Int, showsChange: Bool) {
        self = model.isBrief ? Self.brief(answerTokens: answerTokens) : AnswerLimits(answerTokens: answerTokens)
        asksForChange = isBrief && showsChange
    }

    /// Of the field with the root cause.
    var rootCause: Int { asksForChange ? line * 3 / 2 : isBrief ? line * 5 / 2 : line }
    /// Of the field with the change.
    var change: Int { asksForChange ? line * 5 / 3 : 0 }
    /// Of both, as one text.
    var cause: Int { rootCause + change + 1 }

    /// For answers whatever their origin: nothing longer is kept.
    static let most = AnswerLimits(answerTokens: full)
    /// Of a root cause as it is delivered, with what code added to it.
    static let deliveredRootCause = 400
}

/// The JSON schema that is sent as `format`. It lives beside the checker, which decodes just this shape.
///
/// Everything is bounded, because a small model does not stop by itself. There is no `pattern`, which the
/// server cannot enforce. The cause stands right behind the analysis that it is drawn from, and before the
/// confidence in it. One of the server's paths writes properties in the order of their names instead: in that order
/// too `analysis` comes before the conclusions.
enum AnswerSchema {
    /// Fields that no text of an answer holds.
    static let names = [
        "analysis", "root_cause", "change", "confidence", "evidence", "severity", "impact", "recommendations",
    ]
    static let severities = ["critical", "high", "medium", "low", "info"]

    /// - Parameter evidence: the ids that the prompt shows; the model can write no others.
    static func text(limits: AnswerLimits, evidence: [String]) -> String {
        let line = string(limits.line)
        let ids = evidence.isEmpty ? string(4) : "{\"type\":\"string\",\"enum\":\(list(evidence))}"
        let recommendation = object([("action", line), ("why", line)], required: ["action", "why"])
        var properties = [
            ("analysis", string(limits.analysis)),
            ("root_cause", string(limits.rootCause)),
            ("change", string(limits.change)),
            ("confidence", "{\"type\":\"integer\",\"minimum\":0,\"maximum\":100}"),
            ("evidence", array(ids, limits.evidence)),
            ("severity", "{\"type\":\"string\",\"enum\":\(list(severities))}"),
            ("impact", line),
            ("recommendations", array(recommendation, limits.recommendations)),
            ("auto_fixable", "{\"type\":\"boolean\"}"),
        ]
        if !limits.asksForChange { properties.removeAll { $0.0 == "change" } }
        if limits.isBrief { properties.removeAll { Self.leftToCode.contains($0.0) } }
        if limits.fixCode > 0 {
            let code = string(limits.fixCode)
            let fix = [("file", line), ("original", code), ("modified", code), ("description", line)]
            properties.append(("fix", object(fix, required: fix.map(\.0))))
        }
        if limits.otherCauses > 0 { properties.append(("other_causes", array(line, limits.otherCauses))) }
        return object(properties, required: properties.map(\.0).filter { $0 != "fix" && $0 != "other_causes" })
    }

    /// For a model that is asked for its root cause alone again.
    static func rootCauseOnly(_ limits: AnswerLimits) -> String {
        let cause = [("root_cause", string(limits.rootCause))]
        let both = limits.asksForChange ? cause + [("change", string(limits.change))] : cause
        return object(both, required: both.map(\.0))
    }

    /// For a model that is asked for a change alone.
    static func fix(_ limits: AnswerLimits) -> String {
        let code = string(limits.fixCode)
        let fix = [
            ("file", string(limits.line)), ("original", code), ("modified", code), ("description", string(limits.line)),
        ]
        return object(fix, required: fix.map(\.0))
    }

    /// What code writes where a model is asked for little.
    private static let leftToCode: Set<String> = ["analysis", "impact", "auto_fixable"]

    private static func string(_ length: Int) -> String { "{\"type\":\"string\",\"maxLength\":\(length)}" }

    private static func array(_ items: String, _ count: Int) -> String {
        "{\"type\":\"array\",\"maxItems\":\(count),\"items\":\(items)}"
    }

    private static func object(_ properties: [(String, String)], required: [String]) -> String {
        let fields = properties.map { "\"\($0)\":\($1)" }.joined(separator: ",")
        return "{\"type\":\"object\",\"properties\":{\(fields)},\"required\":\(list(required))}"
    }

    /// Only for our own words, which need no escaping.
    private static func list(_ words: [String]) -> String {
        "[\(words.map { "\"\($0)\"" }.joined(separator: ","))]"
    }
}
