import Events

/// One version of the rules that make keys. Once released it is frozen: other rules get another version.
///
/// Events of an older version's group are known by `GroupingResult.earlier`, so that the history can join the groups of
/// a new version to those that it has.
struct GroupingVersion: Sendable {
    let number: Int
    /// The key of an event that neither an operator nor the event itself has a key for.
    let usualKey: @Sendable (ErrorEvent, EventOutline) -> GroupingKey

    static let first = GroupingVersion(number: 1) { event, outline in
        EventOutline.key(event, outline.chain, outline.template)
    }

    /// Every version that fingerprints in a history may have; the first makes the groups of today.
    static let newestFirst = [first]
}
