import Events

/// A reply of Loki's `query_range`, `query` or `tail` (https://grafana.com/docs/loki/latest/reference/loki-http-api/).
public struct LokiStreams: Sendable, Equatable {
    /// One line of one stream.
    public struct Entry: Sendable, Equatable {
        /// Nanoseconds since 1970, as Loki pages by them.
        public var nanoseconds: Int64
        public var line: String
        /// Position of its stream in ``LokiStreams/streams``.
        public var stream: Int
        /// Structured metadata of this one line.
        public var metadata: [String: String]

        public var time: Timestamp { Timestamp(nanoseconds: nanoseconds) }
    }

    /// Each stream's labels.
    public var streams: [[String: String]] = []
    /// Oldest first; entries of one time keep the order of the reply within their stream.
    public var entries: [Entry] = []
    /// Entries that are none: without a time or a line.
    public var rejected = 0
    /// `streams`; `matrix` and `vector` hold numbers and no lines.
    public var resultType: String?

    /// - Throws: ``FormatError`` where the bytes are no reply, or one that says that the query failed.
    public static func parse(_ bytes: [UInt8]) throws(FormatError) -> LokiStreams {
        guard bytes.count <= IntakeLimits.document else {
            throw .tooLarge(format: "Loki", limit: IntakeLimits.document)
        }
        guard let value = JSONTree.parse(bytes) else { throw .notJSON(format: "Loki") }
        guard isReply(value) else { throw .notOfFormat("Loki") }
        return LokiStreams(value)
    }

    /// The errors among the lines: those of one stream that make one record are one event.
    ///
    /// - Parameter source: decides zone, triggers, and what is added where the lines do not say.
    public func events(source: SourceSettings, now: Timestamp) -> [ErrorEvent] {
        let reader = RecordReader(source: source, now: now)
        let drafts = reading(reader).drafts.filter { source.triggers.match($0.event) }
        return drafts.enumerated().map { index, draft in
            var event = draft.event
            if event.id.isEmpty {
                event.id = RecordReader.identifier(
                    file: event.tags.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }.joined(separator: ","),
                    offset: event.time.nanoseconds, record: [event.message])
            }
            event.source = event.source ?? EventSource(name: source.name)
            return event
        }
    }

    static func isReply(_ value: JSONValue) -> Bool {
        if value["data"].isObject, value["data"].has("resultType") { return true }
        return value["streams"].items.contains { $0["stream"].isObject || $0.has("labels") }
    }

    init(_ value: JSONValue) {
        resultType = value["data"]["resultType"].string ?? "streams"
        guard resultType == "streams" else { return }
        var backward: Set<Int> = []
        let listed = value["data"].has("result") ? value["data"]["result"].items : value["streams"].items
        for stream in listed {
            let labels = stream["stream"].isObject ? stream["stream"] : Self.labels(stream["labels"].string ?? "")
            streams.append(Self.texts(labels))
            for item in stream["values"].items + stream["entries"].items { add(item, &backward) }
        }
        // Replies run backward by default: within a stream, later ones first.
        entries = entries.enumerated().sorted { left, right in
            if left.element.nanoseconds != right.element.nanoseconds {
                return left.element.nanoseconds < right.element.nanoseconds
            }
            guard left.element.stream == right.element.stream else { return left.element.stream < right.element.stream }
            return backward.contains(left.element.stream) ? left.offset > right.offset : left.offset < right.offset
        }.map(\.element)
    }

    /// `["nanoseconds", "line", {metadata}?]`, or the older `{"ts": …, "line": …}`.
    private mutating func add(_ item: JSONValue, _ backward: inout Set<Int>) {
        let stream = streams.count - 1
        let (time, line, extra): (JSONValue, JSONValue, JSONValue)
        if item.isObject {
            (time, line, extra) = (item["ts"], item["line"], .null)
        } else {
            let parts = item.items
            guard parts.count >= 2 else {
                rejected += 1
                return
            }
            (time, line, extra) = (parts[0], parts[1], parts.count > 2 ? parts[2] : .null)
        }
        guard case .string(let text) = line, let nanoseconds = Self.nanoseconds(time) else {
            rejected += 1
            return
        }
        if let last = entries.last, last.stream == stream, last.nanoseconds > nanoseconds { backward.insert(stream) }
        let metadata = extra["structuredMetadata"].isObject ? extra["structuredMetadata"] : extra
        entries.append(Entry(nanoseconds: nanoseconds, line: text, stream: stream, metadata: Self.texts(metadata)))
    }

    private static func nanoseconds(_ value: JSONValue) -> Int64? {
        guard let text = value.text else { return nil }
        return Int64(text) ?? Timestamp(rfc3339: text)?.nanoseconds
    }

    private static func texts(_ value: JSONValue) -> [String: String] {
        var texts: [String: String] = [:]
        for member in value.members.prefix(64) {
            if let text = member.value.text { texts[clip(member.name, to: 256)] = clip(text, to: 2048) }
        }
        return texts
    }

    /// `{name="value", …}`, as older replies write labels.
    private static func labels(_ text: String) -> JSONValue {
        guard let (fields, _) = ContextPairs.parse(text[...]) else { return .null }
        return .object(
            fields.fields.compactMap { field in
                field.value.text.map { JSONValue.Member(name: field.path, value: .string($0)) }
            })
    }
}

extension LokiStreams {
    /// The records of the lines, each stream's apart.
    func reading(_ reader: RecordReader) -> FormatReading {
        let carriers = Carriers(times: reader.times, format: nil)
        let labels = streams.map(Self.members)
        var assembly = StreamAssembly(times: reader.times)
        var reading = FormatReading(rejected: rejected)
        for (index, entry) in entries.enumerated() {
            guard labels.indices.contains(entry.stream) else { continue }
            let outer = LokiLine.carried(
                text: entry.line, time: entry.time, labels: labels[entry.stream], metadata: Self.members(entry.metadata)
            )
            let line = carriers.inside(outer)
            if assembly.isCut(before: line) { reading += assembly.reading(reader) }
            assembly.add(line, start: Int64(index), end: Int64(index) + 1, .utf8)
        }
        reading += assembly.reading(reader)
        return reading
    }

    private static func members(_ texts: [String: String]) -> JSONValue {
        .object(texts.sorted { $0.key < $1.key }.map { JSONValue.Member(name: $0.key, value: .string($0.value)) })
    }
}
