import Events

extension AnswerChecker {
    /// How models write that a list is empty.
    static let nothing: Set<String> = ["none", "none.", "n/a", "-", "null", "unknown"]

    /// Ids of the list and of the prose, those that exist, in the order of numbering.
    func evidenceIDs(_ raw: RawAnswer, _ tally: inout Tallied) -> [String] {
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

    static func order(_ id: String) -> (Int, Int) {
        let letters = Array("ECSHLBRPDFVM")
        return (id.first.flatMap { letters.firstIndex(of: $0) } ?? letters.count, Int(id.dropFirst()) ?? 0)
    }

    func prose(_ text: String, limit: Int, _ tally: inout Tallied) -> String {
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
    func rootCause(_ text: String, limit: Int, _ tally: inout Tallied) -> String {
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
    func withoutUnseenChange(_ text: String, _ tally: inout Tallied) -> String {
        guard !showsChange else { return text }
        return Self.without(text, &tally.changes) { sentence in
            Self.changesOfCode.contains(where: sentence.lowercased().contains)
        }
    }

    /// Without the sentences that take what stands there now for what stood there before, or put in what is not there.
    func withoutWrongChange(_ text: String, _ tally: inout Tallied) -> String {
        guard let grounding else { return text }
        return Self.without(text, &tally.wrongChanges, where: grounding.contradictsChange)
    }

    /// - Parameter count: grows by the sentences that are left out.
    static func without(_ text: String, _ count: inout Int, where isWrong: (String) -> Bool) -> String {
        let sentences = CheckedProse.sentences(text)
        let kept = sentences.filter { !isWrong($0) }
        guard kept.count < sentences.count else { return text }
        count += sentences.count - kept.count
        return kept.joined(separator: " ")
    }

    static let changesOfCode = [
        "the change ", "this change ", "that change ", "recent change", "code change", "the commit ", "this commit ",
        "that commit ",
    ]

    /// Anything of the evidence speaks of a change, be it of the code or of what runs.
    var showsChange: Bool {
        evidence.values.contains { item in
            if item.kind == .suspect { return true }
            let lower = item.text.lowercased()
            return ["chang", "commit", "deploy", "releas"].contains(where: lower.contains)
        }
    }

    /// Takes out a citation with the preposition and brackets that led to it.
    static func removing(_ citation: String, from line: String) -> String {
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

    func recommendations(
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

    func checkedFix(
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

    func severity(_ raw: RawAnswer, _ caveats: inout [String]) -> Severity {
        let bounds = SeverityBounds.bounds(for: file.facts)
        let claimed = Severity(rawValue: raw.severity.lowercased()) ?? bounds.lowerBound
        let severity = SeverityBounds.clamp(claimed, to: bounds)
        if severity != claimed {
            caveats.append("the model said \(claimed.rawValue); what was observed makes it \(severity.rawValue)")
        }
        return severity
    }

    func confidence(
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
