import Events

/// The numbering of evidence: a function of the case alone, so that the prompt, the built-in triage and the
/// report mean the same thing by [C1].
struct EvidenceNumbering: Sendable {
    let file: CaseFile
    /// The failing call first: the innermost exception's frames from the fault outwards, then the frames of
    /// the exceptions around it; frames of libraries only at the fault, where the application has frames of its own.
    let frames: [StackFrame]

    init(_ file: CaseFile) {
        self.file = file
        let order = file.sample.exceptions.suffix(EvidenceLimits.exceptions).reversed()
            .flatMap { $0.frames.suffix(EvidenceLimits.frames).reversed() }
        // A server's thirty frames of framework say nothing; the two at the fault may name what failed.
        let hasOwn = order.contains { $0.inApp == true }
        let telling = order.enumerated().filter { !hasOwn || $0.element.inApp != false || $0.offset < 2 }
        frames = telling.prefix(EvidenceLimits.frames).map(\.element)
    }

    /// Index into `frames` of the call to blame: the first of the application, else the first.
    var failingFrame: Int? {
        frames.firstIndex { $0.inApp == true } ?? (frames.isEmpty ? nil : 0)
    }

    func frameID(_ index: Int) -> String { "E\(index + 2)" }

    /// Similar groups that are worth their place, with their number from 0: what mended them, or what a person said of
    /// their cause, is worth more than likeness alone.
    private var similar: [(index: Int, group: SimilarGroup)] {
        var unknown = 0
        return file.similar.prefix(EvidenceLimits.similar).enumerated().compactMap { index, group in
            if group.resolution == nil, group.verdict == nil, group.correction == nil {
                unknown += 1
                if unknown > EvidenceLimits.similarWithoutOutcome { return nil }
            }
            return (index, group)
        }
    }

    var candidates: [EvidenceCandidate] {
        var all = [errorCandidate]
        all += frames.indices.map(frameCandidate)
        all += file.code.excerpts.prefix(EvidenceLimits.excerpts).enumerated().map { codeCandidate($0, $1) }
        all += file.code.suspects.prefix(EvidenceLimits.suspects).enumerated().map { suspectCandidate($0, $1) }
        all += similar.map { similarCandidate($0.index, $0.group) }
        all += [
            linesBeforeCandidate, breadcrumbsCandidate, requestCandidate, parentSpansCandidate, neighboursCandidate,
            factsCandidate, findingsCandidate, metricsCandidate,
        ].compactMap(\.self)
        all += judgedCandidates + exampleCandidates
        return all
    }
}

/// The weight of each part, longest form first, side by side: the least is cut first. The error is never left out.
enum EvidenceWorth {
    static let error = [30, 70, 95, 100]
    static let failingFrame = 92
    static let ownFrame = 60
    static let libraryFrame = 25
    static let firstExcerpt = [35, 66, 84, 90]
    static let otherExcerpt = [20, 44, 54]
    static let firstSuspect = [40, 68, 82, 83]
    static let otherSuspect = [18, 38, 39]
    static let firstSimilar = [50, 64]
    static let otherSimilar = [22, 34]
    static let linesBefore = [10, 28, 42]
    static let breadcrumbs = [12, 32]
    static let request = [24, 58]
    static let parentSpans = [26, 52]
    static let neighbours = 46
    static let facts = [48, 88]
    static let findings = [74, 87]
    static let judged = [62, 89]
    static let example = 16
    static let metrics = [30, 56]

    /// What a form must weigh to stand in a short prompt: the lines next to the failing one are enough there, and of the
    /// first suspect its headline, where `F2` tells what it did to the line, be it that it wrote it.
    static func leastInBrief(_ kind: EvidenceItem.Kind, changeIsTold: Bool) -> Int {
        switch kind {
        case .suspect: changeIsTold ? 83 : 60
        case .code: 80
        default: 60
        }
    }
}

// MARK: what happened

extension EvidenceNumbering {
    private var errorCandidate: EvidenceCandidate {
        let sizes = [EvidenceLimits.messageBytes, 1000, 400, 150]
        let forms = sizes.enumerated().map { index, bytes in
            EvidenceCandidate.Form(
                text: UntrustedText.bounded(errorText(messageBytes: bytes), bytes: bytes),
                worth: EvidenceWorth.error[index],
                leavesOut: index == 0 ? nil : "the end of the error's message")
        }
        return EvidenceCandidate(id: "E1", kind: .error, forms: forms)
    }

    /// Level and message, then the chain of exceptions, each of which says something new.
    private func errorText(messageBytes: Int) -> String {
        let sample = file.sample
        var lines: [String] = []
        let message = UntrustedText.neutralized(sample.message, limit: messageBytes)
        let chain = sample.exceptions.suffix(EvidenceLimits.exceptions)
        for (index, exception) in chain.reversed().enumerated() {
            let type = exception.type.map { UntrustedText.line($0, limit: EvidenceLimits.nameBytes) } ?? "exception"
            let text = exception.message.map {
                UntrustedText.neutralized($0, limit: min(messageBytes, EvidenceLimits.exceptionMessageBytes))
            }
            let said = text.map { $0.isEmpty ? "" : ": \($0)" } ?? ""
            lines.append((index == 0 ? "" : "which led to ") + type + said)
        }
        let level = "\(sample.level)".uppercased()
        if !lines.contains(where: { $0.contains(message) }) { lines.append("logged as \(level): \(message)") }
        if let code = sample.code { lines.append("code \(UntrustedText.line(code, limit: 80))") }
        return lines.joined(separator: "\n")
    }

    private func frameCandidate(_ index: Int) -> EvidenceCandidate {
        let frame = frames[index]
        let worth: Int
        if index == failingFrame {
            worth = EvidenceWorth.failingFrame
        } else if index < 2 || frame.inApp == true {
            worth = max(1, EvidenceWorth.ownFrame - index)
        } else {
            worth = max(1, EvidenceWorth.libraryFrame - index)
        }
        var text = Self.place(of: frame)
        if frame.inApp == false { text += " (library)" }
        let id = frameID(index)
        return EvidenceCandidate(
            id: id, kind: .frame,
            forms: [.init(text: text, worth: worth), .init(text: "", worth: 100, leavesOut: "frame [\(id)]")])
    }

    /// `findOpen (src/OrderRepository.java:88)`, as far as it is known.
    static func place(of frame: StackFrame) -> String {
        let limit = EvidenceLimits.nameBytes
        let function = frame.function.map { UntrustedText.line($0, limit: limit) } ?? "?"
        let module = frame.module.map { UntrustedText.line($0, limit: limit) }
        let qualified = module.map { function.hasPrefix($0) ? function : "\($0).\(function)" } ?? function
        guard let file = frame.file.map({ UntrustedText.line($0, limit: limit) }) else { return qualified }
        return "\(qualified) (\(file)\(frame.line.map { ":\($0)" } ?? ""))"
    }
}

// MARK: code and history

extension EvidenceNumbering {
    private func codeCandidate(_ index: Int, _ excerpt: CodeExcerpt) -> EvidenceCandidate {
        let id = "C\(index + 1)"
        let contexts: [Int] = index == 0 ? [EvidenceLimits.codeLines, 8, 3, 1] : [EvidenceLimits.codeLines, 6, 2]
        let worths = index == 0 ? EvidenceWorth.firstExcerpt : EvidenceWorth.otherExcerpt
        var forms = zip(contexts, worths).enumerated().map { step, form in
            EvidenceCandidate.Form(
                text: ExcerptText.text(of: excerpt, around: form.0), worth: max(1, form.1 - 8 * max(0, index - 1)),
                leavesOut: step == 0 ? nil : "lines of [\(id)] farther than \(form.0) from the failing one")
        }
        forms.append(.init(text: "", worth: 100, leavesOut: "source excerpt [\(id)]"))
        return EvidenceCandidate(id: id, kind: .code, forms: forms)
    }

    private func suspectCandidate(_ index: Int, _ suspect: Suspect) -> EvidenceCandidate {
        let id = "S\(index + 1)"
        let head = Self.headline(of: suspect)
        func form(hunkBytes: Int, _ worth: Int, _ leavesOut: String?) -> EvidenceCandidate.Form {
            let hunk = suspect.hunk.map { UntrustedText.neutralized($0, limit: hunkBytes) }
            return .init(text: hunk.map { "\(head)\n\($0)" } ?? head, worth: worth, leavesOut: leavesOut)
        }
        var forms: [EvidenceCandidate.Form] = []
        if index == 0 {
            forms.append(form(hunkBytes: EvidenceLimits.hunkBytes, EvidenceWorth.firstSuspect[0], nil))
            forms.append(form(hunkBytes: 900, EvidenceWorth.firstSuspect[1], "part of [\(id)]'s change"))
        } else {
            forms.append(form(hunkBytes: 900, EvidenceWorth.otherSuspect[0], nil))
        }
        let worths = (index == 0 ? EvidenceWorth.firstSuspect : EvidenceWorth.otherSuspect).suffix(2)
        for (text, worth) in zip([head, Self.headline(of: suspect, reasons: 1)], worths) {
            forms.append(.init(text: text, worth: worth, leavesOut: "[\(id)]'s change"))
        }
        forms.append(.init(text: "", worth: 100, leavesOut: "suspect commit [\(id)]"))
        return EvidenceCandidate(id: id, kind: .suspect, forms: forms)
    }

    /// - Parameter reasons: how many of the reasons are told.
    static func headline(of suspect: Suspect, reasons: Int = .max) -> String {
        let author = suspect.author.map { " by \(UntrustedText.line($0, limit: 80))" } ?? ""
        let subject = UntrustedText.line(suspect.subject, limit: EvidenceLimits.nameBytes)
        let commit = UntrustedText.line(String(suspect.commit.prefix(10)), limit: 20)
        let told = suspect.reason.split(separator: ";").prefix(reasons).joined(separator: ";")
        let reason = UntrustedText.line(told, limit: EvidenceLimits.nameBytes)
        return "commit \(commit)\(author), \(FactWords.day(suspect.time)): \(subject) (\(reason))"
    }

    private func similarCandidate(_ index: Int, _ similar: SimilarGroup) -> EvidenceCandidate {
        let id = "H\(index + 1)"
        let bonus = similar.resolution == nil ? 0 : 8
        let worths = index == 0 ? EvidenceWorth.firstSimilar : EvidenceWorth.otherSimilar
        let forms: [EvidenceCandidate.Form] = [
            .init(text: Self.text(of: similar, limit: 400), worth: worths[0] + bonus),
            .init(text: Self.text(of: similar, limit: 100), worth: worths[1] + bonus, leavesOut: "part of [\(id)]"),
            .init(text: "", worth: 100, leavesOut: "similar group [\(id)]"),
        ]
        return EvidenceCandidate(id: id, kind: .similar, forms: forms)
    }

    private static func text(of similar: SimilarGroup, limit: Int) -> String {
        let title = UntrustedText.line(similar.title, limit: limit)
        let likeness = FactWords.percent(similar.score)
        let reason = UntrustedText.line(similar.reason, limit: limit)
        var lines = ["\(similar.fingerprint.groupID), \(likeness) alike (\(reason)): \(title)"]
        if let cause = similar.rootCause {
            let words = UntrustedText.line(cause, limit: limit)
            switch similar.verdict {
            case .correct: lines.append("its root cause, confirmed by a person: \(words)")
            case .partly: lines.append("its root cause, partly right: \(words)")
            case .wrong: lines.append("refuted by a person, so not its root cause: \(words)")
            case nil: lines.append("its root cause, not confirmed: \(words)")
            }
        }
        if let correction = similar.correction, !correction.isEmpty {
            lines.append("its root cause, as a person says: \(UntrustedText.line(correction, limit: limit))")
        }
        lines.append(similar.resolution.map { "fixed: \(FactWords.resolution($0))" } ?? "not resolved")
        return lines.joined(separator: "\n")
    }
}
