import Foundation

/// An answer as the model wrote it, decoded but not believed.
struct RawAnswer: Sendable, Equatable {
    var severity: String
    /// With what the change did, where that was told apart.
    var rootCause: String { Self.joined(causeParts) }
    /// What is wrong, and what a change did to make it so: one or two texts.
    var causeParts: [String]
    var analysis: String
    var impact: String
    var recommendations: [Step]
    var confidence: Int
    var evidence: [String]
    var otherCauses: [String]
    var autoFixable: Bool
    var fix: Change?

    struct Step: Sendable, Equatable, Decodable {
        var action: String
        var why: String
    }

    struct Change: Sendable, Equatable, Decodable {
        var file: String
        var description: String
        var original: String
        var modified: String

        /// - Returns: nil for what is not one JSON object of this form, or is larger than any answer.
        init?(text: String) {
            let json = RawAnswer.withoutFence(text)
            guard text.utf8.count <= RawAnswer.maximumBytes, RawAnswer.depth(of: json) <= RawAnswer.maximumDepth,
                let change = try? JSONDecoder().decode(Self.self, from: Data(json.utf8))
            else { return nil }
            self = change
        }

        init(file: String, description: String, original: String, modified: String) {
            (self.file, self.description) = (file, description)
            (self.original, self.modified) = (original, modified)
        }
    }

    /// The largest answer that is looked at; `num_predict` keeps real ones far below.
    static let maximumBytes = 64 * 1024
    /// Deeper nesting than our shape has by far; the decoder would recurse as deep as the text says.
    static let maximumDepth = 16

    /// Without the clause in which the grammar ended a text of the cause.
    func ended(_ limits: AnswerLimits) -> RawAnswer {
        var answer = self
        let most = [limits.rootCause, limits.asksForChange ? limits.change : limits.rootCause]
        answer.causeParts = zip(causeParts, most).map { ProseCleaning.ended($0, limit: $1) }
        return answer
    }

    /// Without a line of code, or a place, where a change was asked for.
    var withoutEmptyChange: RawAnswer {
        guard causeParts.count > 1, !Grounding.tellsOfChange(causeParts[1]) else { return self }
        var answer = self
        answer.causeParts.removeLast()
        return answer
    }

    /// - Throws: `Problem` in words that the model can act on.
    init(text: String) throws(Problem) {
        guard text.utf8.count <= Self.maximumBytes else { throw Problem(words: "The answer is far too long.") }
        let json = Self.withoutFence(text)
        guard !json.isEmpty else { throw Problem(words: "The answer is empty.") }
        guard Self.depth(of: json) <= Self.maximumDepth else { throw Problem(words: "The JSON is nested too deep.") }
        do {
            self = try JSONDecoder().decode(RawAnswer.self, from: Data(json.utf8))
        } catch let error as DecodingError {
            throw Problem(words: Self.words(for: error))
        } catch {
            throw Problem(words: "The answer is not one JSON object.")
        }
    }

    struct Problem: Error, Equatable {
        var words: String
    }

    /// The root cause of the last of these answers that has one, as the model wrote it.
    static func lastRootCause(in answers: [String]) -> String? {
        for answer in answers.reversed() where answer.utf8.count <= maximumBytes && depth(of: answer) <= maximumDepth {
            if let cause = cause(in: answer) { return joined([cause.root_cause, cause.change].compactMap(\.self)) }
        }
        return nil
    }

    /// The fields that tell a cause, as they are written.
    private struct Cause: Decodable {
        var root_cause: String
        var change: String?
    }

    /// - Returns: nil for what is not JSON with a root cause; why, the checks of the whole answer say.
    private static func cause(in answer: String) -> Cause? {
        try? JSONDecoder().decode(Cause.self, from: Data(withoutFence(answer).utf8))
    }

    private static func joined(_ parts: [String]) -> String {
        guard let first = parts.first, let last = parts.last, parts.count > 1 else { return parts.first ?? "" }
        // A model that tells both at once tells the same again.
        let kept = [first, last].map { $0.trimmingCharacters(in: .whitespacesAndNewlines) }.filter { !$0.isEmpty }
        guard kept.count == 2 else { return kept.first ?? "" }
        if kept[0].contains(kept[1]) { return kept[0] }
        if kept[1].contains(kept[0]) { return kept[1] }
        let end = kept[0].last.map { ".!?…。".contains($0) } == true ? "" : "."
        return "\(kept[0])\(end) \(kept[1])"
    }

    /// An answer with the root cause of another; the other itself where either cannot be read.
    static func replacingRootCause(of kept: String, by other: String) -> String {
        guard other.utf8.count <= maximumBytes, depth(of: other) <= maximumDepth, let cause = cause(in: other),
            let object = try? JSONSerialization.jsonObject(with: Data(withoutFence(kept).utf8)),
            var fields = object as? [String: Any]
        else { return other }
        fields[CodingKeys.rootCause.rawValue] = cause.root_cause
        fields[CodingKeys.change.rawValue] = cause.change
        guard let data = try? JSONSerialization.data(withJSONObject: fields, options: .sortedKeys) else { return other }
        return String(decoding: data, as: UTF8.self)
    }

    /// Some models wrap JSON in a Markdown fence when no grammar holds them.
    private static func withoutFence(_ text: String) -> String {
        var lines = text.trimmingCharacters(in: .whitespacesAndNewlines).components(separatedBy: "\n")
        guard let first = lines.first, first.hasPrefix("```"), lines.count > 1 else {
            return lines.joined(separator: "\n")
        }
        lines.removeFirst()
        if lines.last?.trimmingCharacters(in: .whitespaces) == "```" { lines.removeLast() }
        return lines.joined(separator: "\n")
    }

    private static func depth(of json: String) -> Int {
        var (depth, most, inString, escaped) = (0, 0, false, false)
        for byte in json.utf8 {
            if escaped { escaped = false; continue }
            switch byte {
            case 0x5C where inString: escaped = true
            case 0x22: inString.toggle()
            case 0x7B where !inString, 0x5B where !inString: (depth, most) = (depth + 1, max(most, depth + 1))
            case 0x7D where !inString, 0x5D where !inString: depth -= 1
            default: break
            }
        }
        return most
    }

    /// The field and what is wrong with it, never the field's text.
    private static func words(for error: DecodingError) -> String {
        func field(_ path: [any CodingKey]) -> String {
            let names = path.filter { $0.intValue == nil }.map(\.stringValue)
            return names.isEmpty ? "the answer" : "\"\(names.joined(separator: "."))\""
        }
        switch error {
        case .keyNotFound(let key, let context): return "\(field(context.codingPath + [key])) is missing."
        case .typeMismatch(_, let context), .valueNotFound(_, let context):
            return "\(field(context.codingPath)) has the wrong type."
        case .dataCorrupted(let context) where context.codingPath.isEmpty: return "The answer is not one JSON object."
        case .dataCorrupted(let context): return "\(field(context.codingPath)) cannot be read."
        @unknown default: return "The answer cannot be read."
        }
    }
}

extension RawAnswer: Decodable {
    enum CodingKeys: String, CodingKey {
        case severity, analysis, impact, recommendations, confidence, evidence, fix, change
        case rootCause = "root_cause"
        case otherCauses = "other_causes"
        case alternatives
        case autoFixable = "auto_fixable"
    }

    init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        severity = try values.decode(String.self, forKey: .severity)
        let change = try values.decodeIfPresent(String.self, forKey: .change)
        causeParts = try [values.decode(String.self, forKey: .rootCause)] + (change.map { [$0] } ?? [])
        analysis = try values.decodeIfPresent(String.self, forKey: .analysis) ?? ""
        impact = try values.decodeIfPresent(String.self, forKey: .impact) ?? ""
        recommendations = try values.decodeIfPresent([Step].self, forKey: .recommendations) ?? []
        confidence = try values.decode(Int.self, forKey: .confidence)
        evidence = try values.decodeIfPresent([String].self, forKey: .evidence) ?? []
        otherCauses =
            try values.decodeIfPresent([String].self, forKey: .otherCauses)
            ?? values.decodeIfPresent([String].self, forKey: .alternatives) ?? []
        autoFixable = try values.decodeIfPresent(Bool.self, forKey: .autoFixable) ?? false
        fix = try values.decodeIfPresent(Change.self, forKey: .fix)
    }
}
