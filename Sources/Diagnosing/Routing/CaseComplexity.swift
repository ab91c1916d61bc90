import Events

/// How much there is to understand in a case, from 0 to 1: what decides which size of model is asked first.
public struct CaseComplexity: Sendable, Hashable {
    public let value: Double

    /// Each of the four parts weighs the same; so much of it counts as all.
    private static let manyServices = 4.0
    private static let manyFrames = 30.0
    private static let manyKinds = 6.0
    private static let manyBytes = 6000.0

    /// Below it a small model is asked first, below the second a medium one.
    static let bounds = (small: 0.3, medium: 0.7)

    public init(_ sample: ErrorEvent, _ facts: GroupFacts) {
        let spans = sample.parentSpans.compactMap(\.service)
        let services = Set(facts.services.map(\.value) + spans + [sample.service].compactMap(\.self)).count
        let frames = sample.exceptions.reduce(0) { $0 + $1.frames.count }
        let own = Set(sample.frames.filter { $0.inApp != false }.compactMap(\.file)).count
        let types = Set(sample.exceptions.compactMap(\.type)).count
        let bytes = sample.exceptions.reduce(sample.message.utf8.count) { $0 + ($1.message?.utf8.count ?? 0) }
        let parts = [
            Double(services - 1) / Self.manyServices, Double(frames) / Self.manyFrames,
            Double(max(0, own - 1) + max(0, types - 1)) / Self.manyKinds, Double(bytes) / Self.manyBytes,
        ]
        value = parts.reduce(0) { $0 + min(1, max(0, $1)) } / Double(parts.count)
    }

    /// The size of model that is asked first. A single event is a small case whatever its size; one that takes a
    /// service down is worth one size more.
    public static func size(for sample: ErrorEvent, _ facts: GroupFacts) -> ModelSettings.Size {
        let complexity = CaseComplexity(sample, facts).value
        let size: ModelSettings.Size =
            if complexity < bounds.small || facts.count <= 1 {
                .small
            } else if complexity < bounds.medium {
                .medium
            } else {
                .large
            }
        return SeverityBounds.bounds(for: facts).lowerBound >= .high ? size.raised : size
    }
}
