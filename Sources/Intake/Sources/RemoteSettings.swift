import Events

/// What a `[[source]]` says of an engine that is read over HTTP.
public struct RemoteSettings: Sendable, Hashable {
    /// `http(s)://ADDRESS:PORT/base` or `unix:/PATH`; a name only with `addresses`.
    public var url = ""
    /// For a host name: the addresses that it may have. It is never looked up.
    public var addresses: [String] = []
    public var caFile: String?
    /// File that holds a bearer token, or `user`'s password; read when the source is.
    public var tokenFile: String?
    public var user: String?
    /// Loki's `X-Scope-OrgID`.
    public var tenant: String?
    /// LogQL: what of Loki is read.
    public var query: String?
    /// Sentry's organization, by its slug.
    public var organization: String?
    /// Slugs of Sentry's projects; none: all of the organization.
    public var projects: [String] = []
    public var tracesDatabase = "signoz_traces"
    public var logsDatabase = "signoz_logs"
    /// Entries (Loki) or groups (ClickHouse) that are asked for at once.
    public var page = 5000
    /// The longest that one request may take.
    public var requestTimeout = Duration.seconds(60)
    /// The longest that a request is repeated for, waiting included.
    public var retryFor = Duration.minutes(2)

    public init() {}
}

/// What a `[[source]]` of kind `journald` says.
public struct JournalSettings: Sendable, Hashable {
    /// Only entries of these units.
    public var units: [String] = []
    /// `FIELD=value` matches, as journalctl takes them.
    public var matches: [String] = []
    /// The program to run.
    public var program = "/usr/bin/journalctl"
    /// The longest that it may be silent.
    public var timeout = Duration.seconds(60)

    public init() {}
}
