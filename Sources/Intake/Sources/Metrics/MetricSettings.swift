import Events

/// What `[prometheus]` says: the one server that metrics are read from.
public struct PrometheusSettings: Sendable, Hashable {
    /// How it is reached; empty where there is none.
    public var remote: RemoteSettings
    public var queries: [MetricQuery] = []

    public init() {
        remote = RemoteSettings()
        // A metric is a help: nobody waits long for it.
        (remote.requestTimeout, remote.retryFor) = (.seconds(10), .zero)
    }
}

/// What a `[[prometheus.query]]` says.
public struct MetricQuery: Sendable, Hashable {
    /// Short, for prompts and reports.
    public var name = ""
    /// PromQL; `$service`, `$host` and `$environment` stand for those of the error.
    public var query = ""
    /// The range before the error that is compared with.
    public var before = Duration.hours(1)
    public var step = Duration.seconds(60)
    /// A value that so many times grew or shrank has jumped.
    public var factor = 3.0

    public init() {}

    /// The query about one event; nil where a name in it is not known, or is no plain name.
    func text(for event: ErrorEvent) -> String? {
        let known = [("$service", event.service), ("$host", event.host), ("$environment", event.environment)]
        var text = query
        for (name, value) in known where text.contains(name) {
            // A name from a log goes into a query only where it can be nothing but a name, also in a pattern.
            guard let value, Self.isPlain(value) else { return nil }
            text = text.replacing(name, with: value)
        }
        return text
    }

    private static func isPlain(_ name: String) -> Bool {
        !name.isEmpty && name.utf8.count <= 120
            && name.utf8.allSatisfy { ($0 | 0x20) &- 0x61 < 26 || $0 &- 0x30 < 10 || "-_./:".utf8.contains($0) }
    }
}
