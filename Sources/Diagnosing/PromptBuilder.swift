import Events

/// A prompt that fits its budget, and what it shows.
public struct RenderedPrompt: Sendable {
    public var messages: [ChatMessage]
    /// What an answer may cite, by id.
    public var evidence: [String: EvidenceItem]
    /// What did not fit, in words, in the order of numbering.
    public var leftOut: [String]
    /// By estimate, margin included.
    public var estimatedTokens: Int
    /// Of all messages together.
    public var bytes: Int
    /// What weighs less was not shown, because the model is small.
    public var isBrief = false
    /// What the failing line was before is shown.
    public var showsChange = false
}

extension RenderedPrompt {
    /// The prompt as a request for one diagnosis, its answer bounded to these tokens.
    public func request(_ model: ModelSettings, answerTokens: Int) -> ChatRequest {
        var settings = model
        settings.maxAnswerTokens = answerTokens
        let schema = AnswerSchema.text(
            limits: AnswerLimits(model, answerTokens: answerTokens, showsChange: showsChange),
            evidence: evidence.keys.sorted())
        return ChatRequest(model: settings, messages: messages, schema: schema)
    }
}

/// The window is smaller than what every prompt must hold.
public struct WindowTooSmall: Error, Equatable {
    public var neededTokens: Int
    public var availableTokens: Int
}

/// Builds a prompt from a case: pure, the same bytes for the same values.
public struct PromptBuilder: Sendable {
    public let prompt: PromptFile
    /// The language of the answer, in English (`English`, `Korean`).
    public let language: String
    /// What the site, and the service's owners, want to be kept in mind.
    public let rules: HouseRules
    /// For a small model: few instructions, and where the failing line is known, only what weighs most.
    public let isBrief: Bool
    /// What was found to be the root cause; a prompt that asks for it shows none.
    public let cause: String?

    public init(
        prompt: PromptFile, language: String, rules: HouseRules = HouseRules(), isBrief: Bool = false,
        cause: String? = nil
    ) {
        (self.prompt, self.language, self.rules) = (prompt, language, rules)
        (self.isBrief, self.cause) = (isBrief, cause)
    }

    /// One byte of either rules for so many tokens of room: a quarter of the room for both, by the careful estimate.
    static let rulesShare = 3

    /// The name of a service stands outside the fence only where it can be nothing but a name.
    static func isPlainName(_ name: String) -> Bool {
        !name.isEmpty && name.utf8.count <= EvidenceLimits.valueBytes
            && name.utf8.allSatisfy { ($0 | 0x20) &- 0x61 < 26 || $0 &- 0x30 < 10 || "-_./:".utf8.contains($0) }
    }

    /// From this many tokens of room on, the prompt's `roomy` sections are shown.
    static let roomyTokens = 1100

    /// Shows everything at its longest, then cuts the least worthy forms until it fits.
    ///
    /// A short prompt begins with what weighs enough for it instead.
    public func build(_ file: CaseFile, budget: TokenBudget) throws(WindowTooSmall) -> RenderedPrompt {
        let numbering = EvidenceNumbering(file)
        let candidates = numbering.candidates.filter { isShown($0.kind) }
        let findings = CaseFindings(file, frames: numbering)
        let knowsChange = findings?.lineBefore != nil
        let first = firstForms(candidates, isBrief ? findings : nil)
        var shown = first
        let frame = render(file, candidates, nil, showsChange: false, budget: budget)
        var bytes = Self.bytes(of: frame) + zip(candidates, first).reduce(0) { $0 + Self.bytes(of: $1.0, form: $1.1) }
        for cut in Self.cuts(candidates, from: first) {
            if budget.fits(bytes: bytes) {
                // The sum leaves out a section's heading and fence; only the rendered text is exact.
                let rendered = rendering(
                    file, candidates, shown, from: first, knowsChange: knowsChange, budget: budget)
                if budget.fits(bytes: rendered.bytes) { return rendered }
            }
            bytes -= Self.bytes(of: candidates[cut.item], form: shown[cut.item])
            shown[cut.item] += 1
            bytes += Self.bytes(of: candidates[cut.item], form: shown[cut.item])
        }
        let least = rendering(file, candidates, shown, from: first, knowsChange: knowsChange, budget: budget)
        guard budget.fits(bytes: least.bytes) else {
            throw WindowTooSmall(neededTokens: least.estimatedTokens, availableTokens: budget.promptTokens)
        }
        return least
    }

    /// What this prompt has no place for is not shown, and cannot be cited.
    private func isShown(_ kind: EvidenceItem.Kind) -> Bool {
        prompt.user.shows(kind.section) || prompt.system.shows(kind.section)
    }

    /// The form of each candidate to begin with: all at their longest, but in a short prompt.
    private func firstForms(_ candidates: [EvidenceCandidate], _ findings: CaseFindings?) -> [Int] {
        guard let findings, candidates.contains(where: { $0.kind == .findings }) else {
            return [Int](repeating: 0, count: candidates.count)
        }
        return candidates.map { candidate in
            let least = EvidenceWorth.leastInBrief(candidate.kind, changeIsTold: findings.change != nil)
            return candidate.forms.firstIndex { $0.worth >= least } ?? 0
        }
    }

    /// One step of shortening one item.
    private struct Cut {
        var item: Int
        var worth: Int
    }

    /// The least worthy first; among equals the later in the numbering. Worth never falls along an item's
    /// forms, and the sort keeps their order, so that each cut is the item's next.
    private static func cuts(_ candidates: [EvidenceCandidate], from first: [Int]) -> [Cut] {
        let all = candidates.indices.reversed().flatMap { item in
            candidates[item].forms.dropLast().dropFirst(first[item]).map { Cut(item: item, worth: $0.worth) }
        }
        return all.enumerated().sorted { ($0.element.worth, $0.offset) < ($1.element.worth, $1.offset) }.map(\.element)
    }

    /// `[E1] ` and the line break count too.
    private static func bytes(of candidate: EvidenceCandidate, form: Int) -> Int {
        let text = candidate.forms[form].text
        return text.isEmpty ? 0 : text.utf8.count + candidate.id.utf8.count + 4
    }

    private static func bytes(of messages: [ChatMessage]) -> Int { messages.reduce(0) { $0 + $1.content.utf8.count } }

    private func rendering(
        _ file: CaseFile, _ candidates: [EvidenceCandidate], _ shown: [Int], from first: [Int], knowsChange: Bool,
        budget: TokenBudget
    ) -> RenderedPrompt {
        // A finding at its longest tells what the line was before.
        let showsChange = knowsChange && zip(candidates, shown).contains { $0.kind == .findings && $1 == 0 }
        let messages = render(file, candidates, shown, showsChange: showsChange, budget: budget)
        var evidence: [String: EvidenceItem] = [:]
        var leftOut: [String] = []
        for ((candidate, form), first) in zip(zip(candidates, shown), first) {
            let text = self.text(of: candidate, form)
            // An example is of another error: nothing about this one can be proved by it.
            if !text.isEmpty, candidate.kind != .example {
                evidence[candidate.id] = EvidenceItem(id: candidate.id, kind: candidate.kind, text: text)
            }
            if form > first, let words = candidate.forms[form].leavesOut { leftOut.append(words) }
        }
        let most = budget.promptTokens >= Self.roomyTokens ? budget.promptTokens / Self.rulesShare : 0
        if max(rules.site.utf8.count, rules.service.utf8.count) > most { leftOut.append("the end of the house rules") }
        let bytes = Self.bytes(of: messages)
        return RenderedPrompt(
            messages: messages, evidence: evidence, leftOut: leftOut,
            estimatedTokens: budget.estimator.tokens(forBytes: bytes), bytes: bytes,
            isBrief: first.contains { $0 > 0 }, showsChange: showsChange)
    }

    /// A small model that copies a quotation mark ends its own text by it: it is shown the other kind.
    private func text(of candidate: EvidenceCandidate, _ form: Int) -> String {
        let text = candidate.forms[form].text
        return isBrief ? text.replacing("\"", with: "'") : text
    }

    /// - Parameter shown: the form of each candidate; nil shows none of them.
    private func render(
        _ file: CaseFile, _ candidates: [EvidenceCandidate], _ shown: [Int]?, showsChange: Bool, budget: TokenBudget
    ) -> [ChatMessage] {
        var values: [String: PromptValue] = ["language": .text(language)]
        let isRoomy = budget.promptTokens >= Self.roomyTokens
        if isRoomy {
            values[isBrief ? "brief" : "roomy"] = .shown
            if showsChange { values["change"] = .shown }
            // The operator's own words, but never so many that they push the evidence out.
            let most = budget.promptTokens / Self.rulesShare
            if !rules.site.isEmpty { values["rules"] = .text(UntrustedText.bounded(rules.site, bytes: most)) }
            if !rules.service.isEmpty {
                values["serviceRules"] = .text(UntrustedText.bounded(rules.service, bytes: most))
            }
            if case .read(let mirror, let revision, _) = file.code.state {
                let name = UntrustedText.line(mirror, limit: EvidenceLimits.valueBytes)
                values["repository"] = .text("\(name) at \(UntrustedText.line(String(revision.prefix(10)), limit: 20))")
            }
        }
        if isRoomy, let service = file.sample.service ?? file.facts.services.first?.value, Self.isPlainName(service) {
            values["service"] = .text(service)
        }
        if isRoomy, let missing = FactWords.missingCode(file.code) {
            values["codeState"] = .text("Note: \(missing).")
        }
        var sections: [String: [String]] = [:]
        for (candidate, form) in zip(candidates, shown ?? []) where !candidate.forms[form].text.isEmpty {
            let number = candidate.kind == .example ? "Error" : "[\(candidate.id)]"
            sections[candidate.kind.section, default: []].append("\(number) \(text(of: candidate, form))")
        }
        if let cause { sections["cause"] = [UntrustedText.line(cause, limit: EvidenceLimits.causeBytes)] }
        for (name, items) in sections {
            let fence = UntrustedText.fence
            values[name] = .text("\(fence.open)\n\(items.joined(separator: "\n"))\n\(fence.close)")
        }
        return [ChatMessage(.system, prompt.system.render(values)), ChatMessage(.user, prompt.user.render(values))]
    }
}

extension EvidenceItem.Kind {
    /// The name by which a prompt file shows this kind.
    fileprivate var section: String {
        switch self {
        case .error: "error"
        case .frame: "frames"
        case .code: "code"
        case .suspect: "suspects"
        case .similar: "similar"
        case .linesBefore, .breadcrumbs: "before"
        case .request, .parentSpans: "request"
        case .neighbours: "neighbours"
        case .facts: "facts"
        case .findings: "findings"
        case .judged: "judged"
        case .example: "examples"
        case .metrics: "metrics"
        }
    }
}
