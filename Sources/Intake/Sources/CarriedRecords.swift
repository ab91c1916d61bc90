import Events

/// What a carrier (journald, Loki) says of a line, beside the line.
struct EntryFacts: Hashable {
    var time: Timestamp
    var level: LogLevel?
    var service: String?
    var host: String?
    var environment: String?
    var release: String?
    var traceID: String?
    var spanID: String?
    var tags: [String: String] = [:]
    /// The program that wrote it, whatever process.
    var program: Int {
        var hasher = Hasher()
        hasher.combine(host)
        hasher.combine(service)
        return hasher.finalize()
    }
    /// Names the entry among all of its source: the same entry, read again, has the same name.
    var identity: String
}

/// Puts the lines of one stream together to records, and makes events of them.
///
/// A carrier brings a stack trace as one entry a line, or as one entry of many lines; both are one event.
struct CarriedRecords {
    private let reader: RecordReader
    private let source: SourceSettings
    private var open: (record: RecordAssembly, facts: EntryFacts)?

    init(_ source: SourceSettings, now: Timestamp) {
        var bare = source
        // What the carrier says goes before what the configuration says of all.
        (bare.service, bare.release, bare.environment, bare.repositoryURL) = (nil, nil, nil, nil)
        reader = RecordReader(source: bare, now: now)
        self.source = source
    }

    /// Takes the next entry of the stream.
    ///
    /// - Parameter recent: what came before it; records are added as they end.
    /// - Returns: the event that ended before it, if a trigger takes it.
    mutating func take(_ text: String, _ facts: EntryFacts, recent: inout RecentLines) -> ErrorEvent? {
        var finished: ErrorEvent?
        for (index, line) in textLines(text, limit: TraceLimits.lines).enumerated() {
            let clean = LineDecoder.withoutControls(String(line))
            let shape = reader.shape(clean[...])
            if open?.record.accept(clean, shape, .utf8) == true { continue }
            if index > 0, open?.facts.identity == facts.identity, open?.record.isJSON == false {
                // Lines of one entry are one record, whatever they look like.
                open?.record.append(clean)
                continue
            }
            if let event = finish(recent: &recent) { finished = event }
            if case .blank = shape { continue }
            var record = RecordAssembly()
            record.begin(clean, shape, .utf8)
            open = (record, facts)
        }
        return finished
    }

    /// Ends the record that is open.
    mutating func finish(recent: inout RecentLines) -> ErrorEvent? {
        guard let (record, facts) = open else { return nil }
        open = nil
        defer { recent.add(record.lines, of: facts.program) }
        let draft = reader.read(record).draft
        var event = draft.event
        // The carrier's clock has a zone; the line's often has none.
        event.time = facts.time
        event.tags["time.missing"] = nil
        if !draft.hasLevel, event.exceptions.isEmpty, let level = facts.level { event.level = level }
        event.service = event.service ?? facts.service ?? source.service
        event.host = event.host ?? facts.host
        event.environment = event.environment ?? facts.environment ?? source.environment
        event.release = event.release ?? facts.release ?? source.release
        event.traceID = event.traceID ?? facts.traceID
        event.spanID = event.spanID ?? facts.spanID
        event.repositoryURL = event.repositoryURL ?? source.repositoryURL
        for (name, value) in facts.tags where event.tags[name] == nil && event.tags.count < Self.tags {
            event.tags[name] = clip(value, to: 256)
        }
        guard source.triggers.match(event) else { return nil }
        if event.id.isEmpty {
            event.id = RecordReader.identifier(file: facts.identity, offset: 0, record: record.lines)
        }
        event.source = EventSource(name: source.name)
        event.linesBefore = recent.before(
            source.linesBefore, of: facts.program, naming: [event.traceID, draft.requestID].compactMap(\.self))
        return event
    }

    private static let tags = 32
}

/// The streams of one carrier, each with its own records, and what came of them in the order of their ends.
struct CarriedStreams {
    private let source: SourceSettings
    private let now: Timestamp
    private var streams: [String: CarriedRecords] = [:]
    private(set) var events: [ErrorEvent] = []
    /// What they brought, to go on with in the next piece.
    private(set) var recent: RecentLines

    /// Streams beyond this are ended: their writers choose the number.
    private static let limit = 4096

    init(_ source: SourceSettings, now: Timestamp, recent: RecentLines = RecentLines()) {
        (self.source, self.now, self.recent) = (source, now, recent)
    }

    mutating func take(_ text: String, stream: String, _ facts: EntryFacts) {
        if streams[stream] == nil {
            if streams.count >= Self.limit { finish() }
            streams[stream] = CarriedRecords(source, now: now)
        }
        if let event = streams[stream]?.take(text, facts, recent: &recent) { events.append(event) }
    }

    /// Ends every record.
    mutating func finish() {
        for name in streams.keys.sorted() {
            if let event = streams[name]?.finish(recent: &recent) { events.append(event) }
        }
        streams = [:]
    }
}
