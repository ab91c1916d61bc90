import Events

/// The usual key of an event: the first of these that has something to say.
extension EventOutline {
    /// - Parameters:
    ///   - event: whose exceptions the chain is.
    ///   - template: of the event's message.
    static func key(_ event: ErrorEvent, _ chain: [Link], _ template: String) -> GroupingKey {
        testKey(chain) ?? framesKey(chain, template) ?? codeKey(event)
            ?? messageKey(chain.last?.type, event.code, template)
    }

    // MARK: - Frames

    /// Guards and nameless frames beside those that count.
    private static let maxPassedFrames = 5

    private static func framesKey(_ chain: [Link], _ template: String) -> GroupingKey? {
        let best = chain.flatMap(\.frames).map(\.owner).max() ?? .runtime
        guard best > .runtime else { return nil }
        var parts: [String] = []
        var telling = 0
        for (position, link) in chain.enumerated() {
            let isRoot = position == chain.count - 1
            let frames = FrameNormalizer.collapsed(link.frames.filter { $0.owner == best })
            let limit = isRoot ? ErrorNature(type: link.type).keyFrames : FrameNormalizer.maxOuterKeyFrames
            let kept = innermost(limit, of: frames)
            parts.append("\(position == 0 ? "exception" : "caused by"): \(link.type ?? "unknown")")
            parts += kept.map { "in \($0.name)" }
            telling += kept.count(where: \.isTelling)
        }
        // What an assertion found wrong is in its message alone.
        if ErrorNature(type: chain.last?.type) == .assertion { parts.append("message: \(template)") }
        return telling > 0 ? GroupingKey(rule: .frames, parts: parts) : nil
    }

    /// The last frames, until as many as the limit count: a guard complains on its caller's behalf, and a nameless
    /// frame says little, so that neither counts.
    private static func innermost(_ limit: Int, of frames: [NormalizedFrame]) -> [NormalizedFrame] {
        var counted = 0
        var start = frames.count
        while start > 0, counted < limit, frames.count - start < limit + maxPassedFrames {
            start -= 1
            if frames[start].isTelling, !frames[start].isGuard { counted += 1 }
        }
        return Array(frames[start...])
    }

    // MARK: - Failed tests

    /// Words of a message from which on it tells one bug from another by itself.
    private static let tellingWords = 8
    /// Frames from the assertion outwards, beside the test's own.
    private static let maxTestFrames = 8

    /// A test that failed in its own assertion: the bug is not where the assertion stands but in what it found.
    ///
    /// Its values are constants of the test, so they stay: the difference of what was expected and what was found,
    /// where that is telling; else a telling message; else the message and the path from the test to the assertion.
    private static func testKey(_ chain: [Link]) -> GroupingKey? {
        guard let root = chain.last, let type = root.type, ErrorNature(type: type) == .assertion else { return nil }
        let own = root.frames.filter { $0.owner > .runtime }
        guard let test = own.firstIndex(where: \.isTest), let innermost = own.last else { return nil }
        let head = ["exception: \(type)"]
        let message = root.message ?? ""
        let finding = AssertionFinding(message: message)
        if let finding, finding.isTelling {
            let values = [("expected", finding.expected), ("found", finding.found)]
            let parts = values.map { "\($0): \(MessageTemplate.steady($1))" }
            return GroupingKey(rule: .frames, parts: head + ["in program \(innermost.program)"] + parts)
        }
        let steady = MessageTemplate.steady(message)
        if finding == nil, MessageTemplate.plainWords(in: message) >= tellingWords {
            return GroupingKey(rule: .frames, parts: head + ["in program \(innermost.program)", "message: \(steady)"])
        }
        let path = FrameNormalizer.collapsed([own[test]] + own[(test + 1)...].suffix(maxTestFrames))
        return GroupingKey(rule: .frames, parts: head + path.map { "in \($0.name)" } + ["message: \(steady)"])
    }

    // MARK: - Codes and messages

    private static func codeKey(_ event: ErrorEvent) -> GroupingKey? {
        guard let code = event.code, !code.isEmpty, let target = event.target, !target.isEmpty else { return nil }
        return GroupingKey(
            rule: .codeAndTarget,
            parts: ["code: \(MessageTemplate.unmarked(code))", "target: \(SymbolName.normalize(target))"])
    }

    private static func messageKey(_ type: String?, _ code: String?, _ template: String) -> GroupingKey {
        let coded = code.map { ["code: \(MessageTemplate.unmarked($0))"] } ?? []
        guard let type, !type.isEmpty else {
            return GroupingKey(rule: .template, parts: coded + ["message: \(template)"])
        }
        return GroupingKey(rule: .typeAndTemplate, parts: ["exception: \(type)"] + coded + ["message: \(template)"])
    }
}
