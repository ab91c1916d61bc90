/// The documented JSON form of an event (docs/formats.md). Empty lists, and `count` 1, are left out.
extension ErrorEvent: Codable {
    /// Version of the form; a reader refuses a higher one.
    public static let formatVersion = 1

    enum CodingKeys: String, CodingKey {
        case v, id, time, receivedAt, level, service, message, exceptions, code, target, release, revision
        case repositoryURL = "repositoryUrl"
        case environment, host
        case traceID = "traceId"
        case spanID = "spanId"
        case durationMilliseconds = "durationMs"
        case request, parentSpans, breadcrumbs, linesBefore, tags, fingerprint, count, source
    }

    public init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        let version = try values.decodeIfPresent(Int.self, forKey: .v) ?? Self.formatVersion
        guard version <= Self.formatVersion else {
            throw DecodingError.dataCorruptedError(
                forKey: .v, in: values, debugDescription: "event form \(version) is newer than \(Self.formatVersion)")
        }
        self.init(
            id: try values.decodeIfPresent(String.self, forKey: .id) ?? "",
            time: try values.decodeIfPresent(Timestamp.self, forKey: .time) ?? Timestamp(nanoseconds: 0),
            level: try values.decodeIfPresent(LogLevel.self, forKey: .level) ?? .error,
            message: try values.decode(String.self, forKey: .message))
        receivedAt = try values.decodeIfPresent(Timestamp.self, forKey: .receivedAt)
        service = try values.decodeIfPresent(String.self, forKey: .service)
        exceptions = try values.decodeIfPresent([ExceptionInfo].self, forKey: .exceptions) ?? []
        code = try values.decodeIfPresent(String.self, forKey: .code)
        target = try values.decodeIfPresent(String.self, forKey: .target)
        release = try values.decodeIfPresent(String.self, forKey: .release)
        revision = try values.decodeIfPresent(String.self, forKey: .revision)
        repositoryURL = try values.decodeIfPresent(String.self, forKey: .repositoryURL)
        environment = try values.decodeIfPresent(String.self, forKey: .environment)
        host = try values.decodeIfPresent(String.self, forKey: .host)
        traceID = try values.decodeIfPresent(String.self, forKey: .traceID)
        spanID = try values.decodeIfPresent(String.self, forKey: .spanID)
        durationMilliseconds = try values.decodeIfPresent(Double.self, forKey: .durationMilliseconds)
        request = try values.decodeIfPresent(RequestInfo.self, forKey: .request)
        parentSpans = try values.decodeIfPresent([SpanInfo].self, forKey: .parentSpans) ?? []
        breadcrumbs = try values.decodeIfPresent([Breadcrumb].self, forKey: .breadcrumbs) ?? []
        linesBefore = try values.decodeIfPresent([String].self, forKey: .linesBefore) ?? []
        tags = try values.decodeIfPresent([String: String].self, forKey: .tags) ?? [:]
        fingerprint = try values.decodeIfPresent([String].self, forKey: .fingerprint) ?? []
        count = max(1, try values.decodeIfPresent(Int.self, forKey: .count) ?? 1)
        source = try values.decodeIfPresent(EventSource.self, forKey: .source)
    }

    public func encode(to encoder: any Encoder) throws {
        var values = encoder.container(keyedBy: CodingKeys.self)
        try values.encode(Self.formatVersion, forKey: .v)
        try values.encode(id, forKey: .id)
        try values.encode(time, forKey: .time)
        try values.encodeIfPresent(receivedAt, forKey: .receivedAt)
        try values.encode(level, forKey: .level)
        try values.encodeIfPresent(service, forKey: .service)
        try values.encode(message, forKey: .message)
        if !exceptions.isEmpty { try values.encode(exceptions, forKey: .exceptions) }
        try values.encodeIfPresent(code, forKey: .code)
        try values.encodeIfPresent(target, forKey: .target)
        try values.encodeIfPresent(release, forKey: .release)
        try values.encodeIfPresent(revision, forKey: .revision)
        try values.encodeIfPresent(repositoryURL, forKey: .repositoryURL)
        try values.encodeIfPresent(environment, forKey: .environment)
        try values.encodeIfPresent(host, forKey: .host)
        try values.encodeIfPresent(traceID, forKey: .traceID)
        try values.encodeIfPresent(spanID, forKey: .spanID)
        try values.encodeIfPresent(durationMilliseconds, forKey: .durationMilliseconds)
        try values.encodeIfPresent(request, forKey: .request)
        if !parentSpans.isEmpty { try values.encode(parentSpans, forKey: .parentSpans) }
        if !breadcrumbs.isEmpty { try values.encode(breadcrumbs, forKey: .breadcrumbs) }
        let before = linesBefore
        if !before.isEmpty { try values.encode(before, forKey: .linesBefore) }
        if !tags.isEmpty { try values.encode(tags, forKey: .tags) }
        if !fingerprint.isEmpty { try values.encode(fingerprint, forKey: .fingerprint) }
        if count != 1 { try values.encode(count, forKey: .count) }
        try values.encodeIfPresent(source, forKey: .source)
    }
}
