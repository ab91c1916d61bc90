import Events

/// Reads one request of OpenTelemetry's protocol some records at a time, so that a request of a hundred thousand takes
/// the memory of its bytes and of what is in hand.
///
/// Of a request for traces, the spans that failed become events, and what is needed of the others stays in hand.
public struct OTLPReading {
    private enum Encoding { case json, protobuf }

    /// Records that could not be read, so far.
    public private(set) var rejected: Int
    /// Spans that did not fail; known at the end.
    public private(set) var ignored = 0

    private let bytes: [UInt8]
    private let encoding: Encoding
    private let index: TelemetryIndex
    private let maker: TelemetryEvents
    private let now: Timestamp
    private let document: DocumentID
    private var source: (origin: Int, value: Telemetry.Source)?
    private var spans: SpanTree?
    /// Log records and spans that were passed, and events that were made.
    private var (position, made) = (0, 0)

    /// Finds the records of an `ExportLogsServiceRequest` or `ExportTraceServiceRequest` in JSON.
    ///
    /// - Throws: ``FormatError`` where the bytes are neither, or hold too much.
    public init(json bytes: [UInt8], now: Timestamp) throws(FormatError) {
        try Self.check(bytes)
        let index = bytes.withUnsafeBytes { bytes in
            Result { () throws(FormatError) in try TelemetryJSON.index(bytes) }
        }
        self.init(bytes, .json, try index.get(), now)
    }

    /// Finds the records of the same requests as protocol buffers.
    ///
    /// - Throws: ``FormatError`` where the bytes are neither, or hold too much.
    public init(protobuf bytes: [UInt8], now: Timestamp) throws(FormatError) {
        try Self.check(bytes)
        guard let index = bytes.withUnsafeBytes(OTLPWire.index) else { throw .notOfFormat("OTLP") }
        guard !index.isTooLong else { throw .tooMany(format: "OTLP", limit: Telemetry.records) }
        self.init(bytes, .protobuf, index, now)
    }

    private static func check(_ bytes: [UInt8]) throws(FormatError) {
        guard bytes.count <= IntakeLimits.document else {
            throw .tooLarge(format: "OTLP", limit: IntakeLimits.document)
        }
    }

    private init(_ bytes: [UInt8], _ encoding: Encoding, _ index: TelemetryIndex, _ now: Timestamp) {
        let reader = RecordReader(source: SourceSettings(name: "otlp", paths: []), now: now)
        (self.bytes, self.encoding, self.index, self.now) = (bytes, encoding, index, now)
        maker = TelemetryEvents(times: reader.times, readText: reader.readBody)
        document = DocumentID(bytes)
        rejected = index.rejected
    }

    /// The events of the next records.
    ///
    /// - Parameter most: records that are read for them.
    /// - Returns: nil behind the last record; an empty list where none of these was an error.
    public mutating func next(_ most: Int) -> [ErrorEvent]? {
        guard position < index.count else { return nil }
        let end = min(index.count, position + max(1, most))
        var drafts: [EventDraft] = []
        while position < end {
            if position < index.logs.count {
                drafts += log(index.logs[position])
            } else {
                drafts += failed(position - index.logs.count)
            }
            position += 1
        }
        return drafts.map { draft in
            defer { made += 1 }
            return draft.finished(now: now, document: document, index: made)
        }
    }

    private mutating func log(_ place: TelemetryIndex.Place) -> [EventDraft] {
        let record = part(place.bytes) { bytes in
            switch encoding {
            case .json: TelemetryJSON.record(bytes)
            case .protobuf: OTLPWire.record(bytes)
            }
        }
        guard let record else {
            rejected += 1
            return []
        }
        return [maker.event(record, source(of: place))]
    }

    private mutating func failed(_ number: Int) -> [EventDraft] {
        let tree = spans ?? readSpans()
        spans = tree
        guard number < tree.count else { return [] }
        let events = maker.events(of: number, in: tree)
        if events.isEmpty { ignored += 1 }
        return events
    }

    /// What a failed span is told with may stand anywhere in the request.
    private mutating func readSpans() -> SpanTree {
        var read: [(span: Telemetry.Span, source: Telemetry.Source)] = []
        for place in index.spans {
            let found = part(place.bytes) { bytes in
                switch encoding {
                case .json: TelemetryJSON.span(bytes)
                case .protobuf: OTLPWire.span(bytes)
                }
            }
            guard var span = found else {
                rejected += 1
                continue
            }
            if !TelemetryEvents.mayFail(span) { (span.attributes, span.events) = (Telemetry.Attributes(), []) }
            read.append((span, source(of: place)))
        }
        return SpanTree(read)
    }

    private func part<Value>(_ range: Range<Int>, _ read: (UnsafeRawBufferPointer) -> Value?) -> Value? {
        bytes.withUnsafeBytes { read(UnsafeRawBufferPointer(rebasing: $0[range])) }
    }

    /// Records of one origin come one after another.
    private mutating func source(of place: TelemetryIndex.Place) -> Telemetry.Source {
        if let source, source.origin == place.origin { return source.value }
        let origin = index.origins[place.origin]
        let value = bytes.withUnsafeBytes { bytes in
            let resource = origin.resource.map { UnsafeRawBufferPointer(rebasing: bytes[$0]) }
            let scope = origin.scope.map { UnsafeRawBufferPointer(rebasing: bytes[$0]) }
            return switch encoding {
            case .json: TelemetryJSON.source(resource: resource, scope: scope)
            case .protobuf: OTLPWire.source(resource: resource, scope: scope)
            }
        }
        source = (place.origin, value)
        return value
    }
}
