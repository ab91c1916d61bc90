import Events

/// What grouping needs to know of an event, worked out once.
struct EventOutline {
    /// Exceptions of a chain that are looked at: the innermost ones.
    static let maxExceptions = 16
    static let maxTitleCharacters = 120

    let template: String
    let title: String
    let defaultKey: GroupingKey
    private let rootType: String?

    init(_ event: ErrorEvent, _ normalizer: FrameNormalizer) {
        let chain = Self.chain(event, normalizer)
        let root = chain.last
        let message = Self.message(event)
        template = MessageTemplate.mask(message)
        rootType = root?.type
        defaultKey =
            Self.framesKey(chain, template) ?? Self.codeKey(event, rootType, template)
            ?? Self.messageKey(rootType, event.code, template)
        title = Self.title(event, chain, template)
    }

    /// An event without a message of its own speaks through its innermost exception.
    private static func message(_ event: ErrorEvent) -> String {
        event.message.utf8.contains { !$0.isSpace } ? event.message : event.rootException?.message ?? ""
    }

    // MARK: - The chain of exceptions

    /// One exception: its type and frames, normalized.
    struct Link: Hashable {
        var type: String?
        var frames: [NormalizedFrame]
    }

    private static func chain(_ event: ErrorEvent, _ normalizer: FrameNormalizer) -> [Link] {
        let exceptions = event.exceptions.suffix(maxExceptions)
        return exceptions.enumerated().map { position, exception in
            var own = exception
            if position > 0 {
                let enclosing = exceptions[exceptions.startIndex + position - 1]
                own.frames.removeFirst(common(enclosing.frames, exception.frames))
            }
            return Link(type: exception.type.map(SymbolName.normalize), frames: normalizer.frames(of: own))
        }
    }

    /// Frames that a cause has in common with what it caused: the oldest ones, equal to the line. A cause that
    /// would be left with none keeps its own.
    private static func common(_ enclosing: [StackFrame], _ cause: [StackFrame]) -> Int {
        let count = zip(enclosing, cause).prefix { left, right in
            left.function == right.function && left.module == right.module && left.file == right.file
                && left.line == right.line
        }.count
        return count == cause.count ? 0 : count
    }

    /// The frames that tell errors apart: the application's, else tests', else libraries', else all.
    private static func telling(_ frames: [NormalizedFrame]) -> [NormalizedFrame] {
        for owner in [FrameOwner.app, .test, .library] {
            let found = frames.filter { $0.owner >= owner }
            if !found.isEmpty { return FrameNormalizer.collapsed(found) }
        }
        return []
    }

    // MARK: - Keys

    private static func framesKey(_ chain: [Link], _ template: String) -> GroupingKey? {
        let best = chain.flatMap(\.frames).map(\.owner).max() ?? .runtime
        guard best > .runtime else { return nil }
        var parts: [String] = []
        var frames = 0
        for (position, link) in chain.enumerated() {
            let isRoot = position == chain.count - 1
            let limit = isRoot ? FrameNormalizer.maxKeyFrames : FrameNormalizer.maxOuterKeyFrames
            let names = FrameNormalizer.collapsed(link.frames.filter { $0.owner == best }).suffix(limit).map(\.name)
            parts.append("\(position == 0 ? "exception" : "caused by"): \(link.type ?? "unknown")")
            parts += names.map { "in \($0)" }
            frames += names.filter(Self.isTelling).count
        }
        // What an assertion found wrong is in its message alone.
        if let type = chain.last?.type, isAssertion(type) { parts.append("message: \(template)") }
        return frames > 0 ? GroupingKey(rule: .frames, parts: parts) : nil
    }

    private static func isAssertion(_ type: String) -> Bool {
        type.contains("Assert") || type.contains("ComparisonFailure") || type == "panic"
    }

    /// A minified name or a bare bundle tells nothing.
    private static func isTelling(_ name: String) -> Bool {
        guard let colon = name.utf8.lastIndex(of: 0x3A) else {
            return !name.hasSuffix(".min.js") && name.utf8.count > 2
        }
        let (file, function) = (name[..<colon], name[name.index(after: colon)...])
        return !(file.hasSuffix(".js") && function.utf8.count <= 2)
    }

    private static func codeKey(_ event: ErrorEvent, _ type: String?, _ template: String) -> GroupingKey? {
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

    // MARK: - Title

    private static func title(_ event: ErrorEvent, _ chain: [Link], _ template: String) -> String {
        var title = template
        if let type = chain.last?.type, !type.isEmpty {
            let place = chain.reversed().lazy.compactMap { Self.place($0.frames) }.first
            title = place.map { "\(shortType(type)) in \($0)" } ?? "\(shortType(type)): \(template)"
        } else if let code = event.code, !code.isEmpty, !template.contains(code) {
            title = "\(code): \(template)"
        }
        if title.isEmpty { title = "(no message)" }
        guard title.count > maxTitleCharacters else { return title }
        return title.prefix(maxTitleCharacters - 1) + "…"
    }

    private static func place(_ frames: [NormalizedFrame]) -> String? {
        guard let frame = telling(frames).last else { return nil }
        guard !frame.name.contains("/"), !frame.name.contains(":") || frame.name.contains("::") else {
            guard let colon = frame.name.utf8.lastIndex(of: 0x3A) else { return frame.name }
            let file = frame.name[..<colon].split(separator: "/").last.map(String.init) ?? frame.name
            return "\(frame.name[frame.name.index(after: colon)...]) (\(file))"
        }
        let separator = frame.name.contains("::") ? "::" : "."
        return frame.name.split(separator: separator).suffix(2).joined(separator: separator)
    }

    private static func shortType(_ type: String) -> String {
        let name = type.split(separator: "::").last.map(String.init) ?? type
        return name.contains(" ") ? name : name.split(separator: ".").last.map(String.init) ?? name
    }
}

// MARK: - Variables of an operator's keys and of own fingerprints

extension EventOutline {
    /// The inside of `{{ name }}`.
    private static func variable(_ part: String) -> String? {
        guard part.hasPrefix("{{"), part.hasSuffix("}}"), part.utf8.count >= 4 else { return nil }
        return String(part.dropFirst(2).dropLast(2).filter { $0 != " " })
    }

    static func isDefault(_ part: String) -> Bool { variable(part) == "default" }

    /// A part of a key with its variable replaced; a text stands for itself.
    func expand(_ part: String, _ event: ErrorEvent) -> [String] {
        guard let name = Self.variable(part) else { return [MessageTemplate.unmarked(part)] }
        if name == "default" { return defaultKey.parts }
        return [value(named: name, event).map { "\(name): \($0)" } ?? part]
    }

    /// - Returns: nil for a name that is not known.
    func value(named name: String, _ event: ErrorEvent) -> String? {
        switch name {
        case "type", "error.type": rootType ?? ""
        case "message", "error.value": template
        case "service": event.service ?? ""
        case "environment": event.environment ?? ""
        case "code": event.code ?? ""
        case "target", "logger": event.target ?? ""
        default: nil
        }
    }
}
