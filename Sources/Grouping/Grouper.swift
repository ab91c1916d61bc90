import Events

/// Says which group an event belongs to, and why. A pure function of the event, the settings and the version.
public struct Grouper: Sendable {
    private let rules: [CompiledRule]
    let normalizer: FrameNormalizer
    private let versions: [GroupingVersion]
    private let memory = MessageMemory()

    public init(settings: GroupingSettings = .init()) { self.init(settings: settings, versions: .newestFirst) }

    /// - Parameter versions: newest first; not empty.
    init(settings: GroupingSettings, versions: [GroupingVersion]) {
        precondition(!versions.isEmpty, "a grouper needs rules")
        rules = settings.rules.map(CompiledRule.init)
        normalizer = FrameNormalizer(settings: settings)
        self.versions = versions
    }

    /// The version of the fingerprints that this grouper makes.
    public var fingerprintVersion: Int { versions[0].number }

    /// Groups one event (redacted: a secret enters the key as its type).
    ///
    /// The first of these that has something to say makes the key: an operator's rule, the event's own
    /// fingerprint, the application's frames with the exceptions' types, error code and target, exception type
    /// and message, the message alone. The service is no part of it.
    public func group(_ event: ErrorEvent) -> GroupingResult {
        guard rules.isEmpty, event.exceptions.isEmpty, event.fingerprint.isEmpty else { return work(event) }
        // Most events are a message alone, and most messages have been seen.
        var result = remembered(event)
        result.searchKey.text = Self.searchText(event)
        return result
    }

    private func remembered(_ event: ErrorEvent) -> GroupingResult {
        switch memory.answer(event.message, code: event.code, target: event.target) {
        case .known(let result): return result
        case .unknown(let template, let place):
            let result = work(event, template: template)
            memory.keep(result, at: place, code: event.code, target: event.target)
            return result
        }
    }

    /// The first of the operator's rules that matches, by its place in the configuration (from 0).
    public func operatorRule(for event: ErrorEvent) -> Int? { rules.firstIndex { $0.matches(event) } }

    private func work(_ event: ErrorEvent, template: String? = nil) -> GroupingResult {
        let outline = EventOutline(event, normalizer, template: template)
        let rule = operatorRule(for: event).map { rules[$0].rule }
        let keys = versions.map { version in
            let usual = version.usualKey(event, outline)
            return operatorKey(rule, event, outline, usual) ?? ownKey(event, outline, usual) ?? usual
        }
        let fingerprints = zip(versions, keys).map { $1.fingerprint(version: $0.number) }
        return GroupingResult(
            fingerprint: fingerprints[0], version: fingerprintVersion, rule: keys[0].rule, parts: keys[0].parts,
            template: outline.template, title: outline.title, searchKey: searchKey(of: event),
            earlier: Array(fingerprints.dropFirst()))
    }

    private func operatorKey(
        _ rule: GroupingRule?, _ event: ErrorEvent, _ outline: EventOutline, _ usual: GroupingKey
    ) -> GroupingKey? {
        guard let rule else { return nil }
        if let key = rule.key, !key.isEmpty {
            return GroupingKey(rule: .operatorRule, parts: key.flatMap { outline.expand($0, event, usual) })
        }
        guard let names = rule.splitBy, !names.isEmpty else { return nil }
        let values = names.map { "\($0): \(outline.value(named: $0, event) ?? "")" }
        return GroupingKey(rule: .operatorRule, parts: usual.parts + values)
    }

    private func ownKey(_ event: ErrorEvent, _ outline: EventOutline, _ usual: GroupingKey) -> GroupingKey? {
        let own = event.fingerprint.prefix(Self.maxOwnParts)
        guard !own.isEmpty else { return nil }
        // Only {{ default }} asks for nothing special.
        guard own.contains(where: { !EventOutline.isDefault($0) }) else { return nil }
        return GroupingKey(rule: .ownFingerprint, parts: own.flatMap { outline.expand($0, event, usual) })
    }

    /// Parts of an event's own fingerprint that are read.
    private static let maxOwnParts = 32
}

extension [GroupingVersion] {
    static var newestFirst: [GroupingVersion] { GroupingVersion.newestFirst }
}
