/// A metric that was another one around an error than before it.
public struct MetricJump: Sendable, Hashable, Codable {
    /// As the configuration names it.
    public var name: String
    /// Of the series, the few that tell it from the others: `instance=web-1`.
    public var labels: String
    /// The middle value of the time before.
    public var before: Double
    /// The value farthest from it around the error.
    public var around: Double
    public var at: Timestamp

    public init(name: String, labels: String, before: Double, around: Double, at: Timestamp) {
        (self.name, self.labels, self.before, self.around, self.at) = (name, labels, before, around, at)
    }
}
