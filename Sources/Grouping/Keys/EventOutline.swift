import Events

/// What grouping needs to know of an event, worked out once.
struct EventOutline {
    /// Exceptions of a chain that are looked at: the innermost ones.
    static let maxExceptions = 16
    static let maxTitleCharacters = 120

    let template: String
    let title: String
    let chain: [Link]
    private let rootType: String?

    /// - Parameter template: of the event's message, if it is known.
    init(_ event: ErrorEvent, _ normalizer: FrameNormalizer, template known: String? = nil) {
        let chain = Self.chain(event, normalizer)
        self.chain = chain
        let root = chain.last
        let template = known ?? MessageTemplate.mask(Self.message(event))
        self.template = template
        rootType = root?.type
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
        var message: String?
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
            return Link(
                type: exception.type.map(SymbolName.normalize), message: exception.message,
                frames: normalizer.frames(of: own))
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
    ///
    /// - Parameter usual: what `{{ default }}` stands for.
    func expand(_ part: String, _ event: ErrorEvent, _ usual: GroupingKey) -> [String] {
        guard let name = Self.variable(part) else { return [MessageTemplate.unmarked(part)] }
        if name == "default" { return usual.parts }
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
