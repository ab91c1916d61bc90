/// How an operator wants events grouped.
public struct GroupingSettings: Sendable, Hashable, Codable {
    /// Tried in order, before everything else; the first that matches decides.
    public var rules: [GroupingRule]
    /// Modules or paths that are the application's own, whatever else is known of them (`com.acme.`, `/srv/shop/`).
    public var inApp: [String]
    /// Modules or paths that are libraries.
    public var libraries: [String]
    /// Whether groups whose messages turn out to be alike become one.
    public var joinsAlike: Bool

    public init(
        rules: [GroupingRule] = [], inApp: [String] = [], libraries: [String] = [], joinsAlike: Bool = true
    ) {
        (self.rules, self.inApp, self.libraries, self.joinsAlike) = (rules, inApp, libraries, joinsAlike)
    }
}

/// What an operator says of some events: they belong together, or they are to be told apart.
public struct GroupingRule: Sendable, Hashable, Codable {
    /// Patterns with `*` and `?`, or regular expressions after `re:`; all that are given must match. A rule without any
    /// never matches.
    public var type: String?
    public var message: String?
    /// A frame's file or module, of any exception.
    public var path: String?
    public var service: String?
    /// The group's key. `{{ default }}`, `{{ type }}`, `{{ service }}`, `{{ environment }}`, `{{ code }}`,
    /// `{{ target }}` and `{{ message }}` (masked) stand for the event's own values.
    public var key: [String]?
    /// Values that tell groups apart beside the usual key: `service`, `environment`, `code`, `target`, `message`,
    /// `type`.
    public var splitBy: [String]?

    public init(
        type: String? = nil, message: String? = nil, path: String? = nil, service: String? = nil,
        key: [String]? = nil, splitBy: [String]? = nil
    ) {
        (self.type, self.message, self.path, self.service) = (type, message, path, service)
        (self.key, self.splitBy) = (key, splitBy)
    }
}
