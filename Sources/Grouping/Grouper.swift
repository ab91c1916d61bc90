import Events

/// Says which group an event belongs to, and why. A pure function of the event, the settings and the version.
public struct Grouper: Sendable {
    /// Version of the rules below. Once released they are frozen; other rules get another version.
    public static let fingerprintVersion = 1

    private let settings: GroupingSettings
    let normalizer: FrameNormalizer
    private let memory = MessageMemory()

    public init(settings: GroupingSettings = .init()) {
        self.settings = settings
        normalizer = FrameNormalizer(settings: settings)
    }

    /// The version of the fingerprints that this grouper makes.
    public var fingerprintVersion: Int { Self.fingerprintVersion }

    /// Groups one event (redacted: a secret enters the key as its type).
    ///
    /// The first of these that has something to say makes the key: an operator's rule, the event's own
    /// fingerprint, the application's frames with the exceptions' types, error code and target, exception type
    /// and message, the message alone. The service is no part of it.
    public func group(_ event: ErrorEvent) -> GroupingResult {
        guard settings.rules.isEmpty, event.exceptions.isEmpty, event.fingerprint.isEmpty else { return work(event) }
        // Most events are a message alone, and most messages have been seen.
        let key = MessageMemory.Key(
            template: MessageTemplate.mask(event.message), code: event.code, target: event.target)
        var result = memory.result(for: key) { work(event) }
        result.searchKey.text = Self.searchText(event)
        return result
    }

    private func work(_ event: ErrorEvent) -> GroupingResult {
        let outline = EventOutline(event, normalizer)
        let key = operatorKey(event, outline) ?? ownKey(event, outline) ?? outline.defaultKey
        return GroupingResult(
            fingerprint: key.fingerprint(version: fingerprintVersion), version: fingerprintVersion, rule: key.rule,
            parts: key.parts, template: outline.template, title: outline.title, searchKey: searchKey(of: event))
    }

    private func operatorKey(_ event: ErrorEvent, _ outline: EventOutline) -> GroupingKey? {
        guard let rule = settings.rules.first(where: { $0.matches(event) }) else { return nil }
        if let key = rule.key, !key.isEmpty {
            return GroupingKey(rule: .operatorRule, parts: key.flatMap { outline.expand($0, event) })
        }
        guard let names = rule.splitBy, !names.isEmpty else { return nil }
        let values = names.map { "\($0): \(outline.value(named: $0, event) ?? "")" }
        return GroupingKey(rule: .operatorRule, parts: outline.defaultKey.parts + values)
    }

    private func ownKey(_ event: ErrorEvent, _ outline: EventOutline) -> GroupingKey? {
        let own = event.fingerprint.prefix(Self.maxOwnParts)
        guard !own.isEmpty else { return nil }
        // Only {{ default }} asks for nothing special.
        guard own.contains(where: { !EventOutline.isDefault($0) }) else { return nil }
        return GroupingKey(rule: .ownFingerprint, parts: own.flatMap { outline.expand($0, event) })
    }

    /// Parts of an event's own fingerprint that are read.
    private static let maxOwnParts = 32
}
