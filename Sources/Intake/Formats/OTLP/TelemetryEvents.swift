import Events

/// Makes events of log records and of the spans that failed.
struct TelemetryEvents {
    let times: LogTime
    /// Reads a body that is a line of a log itself.
    let readText: (String) -> EventDraft

    private static let valueLength = 256

    // MARK: Log records

    func event(_ record: Telemetry.Record, _ source: Telemetry.Source) -> EventDraft {
        let attributes = record.attributes
        let time = Telemetry.time(record.time) ?? Telemetry.time(record.observed)
        let inner = innerDraft(record)
        let level = StructuredEvent.otelLevel(record.severity) ?? record.severityText.flatMap(Self.level)
        var event = inner?.event ?? ErrorEvent(id: "", time: times.now, level: .info, message: "")
        event.time = time ?? event.time
        let exceptions = Self.exceptions(attributes)
        if !exceptions.isEmpty { event.exceptions = exceptions }
        event.level = level ?? (inner?.hasLevel == true ? event.level : event.exceptions.isEmpty ? .info : .error)
        let told = Self.message(attributes)
        let body = event.message.isEmpty ? record.eventName ?? "" : event.message
        event.message = clip(told ?? (body.isEmpty ? "Unknown error" : body), to: TraceLimits.message)
        if told != nil, !body.isEmpty, told?.contains(body) == false {
            event.tags["log.body"] = clip(body, to: Self.valueLength)
        }
        event.traceID = record.traceID ?? event.traceID
        event.spanID = record.spanID ?? event.spanID
        describe(&event, source, attributes, fallback: record.bodyFields)
        locate(&event, attributes)
        return EventDraft(
            event: event, hasTime: time != nil || inner?.hasTime == true,
            hasLevel: level != nil || inner?.hasLevel == true, requestID: inner?.requestID)
    }

    /// What the body says where it is a line of a log, or an object with the usual names.
    private func innerDraft(_ record: Telemetry.Record) -> EventDraft? {
        if let body = record.body { return readText(body) }
        guard !record.bodyFields.pairs.isEmpty else { return nil }
        var fields = LogFields()
        for pair in record.bodyFields.pairs { fields.add(pair.name, .init(written: pair.value)) }
        var structured = StructuredEvent(fields: fields, times: times)
        return structured.read()
    }

    private static func level(_ word: String) -> LogLevel? { StructuredEvent.level(.text(word)) }

    // MARK: Spans

    /// The events of the spans of one request that failed themselves, with the spans around them.
    func events(_ spans: [(span: Telemetry.Span, source: Telemetry.Source)]) -> [EventDraft] {
        let tree = SpanTree(spans)
        return spans.indices.flatMap { events(of: $0, in: tree) }
    }

    /// Of one of these spans.
    func events(of index: Int, in tree: SpanTree) -> [EventDraft] {
        let (span, source) = tree[index]
        let recorded = span.events.filter(Self.isException)
        if recorded.isEmpty {
            // An error that only passed through is told by the span where it arose.
            guard span.isError, !tree.hasFailedDescendant(index) else { return [] }
            return [draft(span, source, nil, tree.parents(of: index))]
        }
        return recorded.filter { !tree.isTold(below: index, $0) }
            .map { draft(span, source, $0, tree.parents(of: index)) }
    }

    /// Whether a span failed, or something in it did.
    static func mayFail(_ span: Telemetry.Span) -> Bool { span.isError || span.events.contains(where: isException) }

    private static func isException(_ event: Telemetry.Span.Event) -> Bool {
        event.attributes["exception.type"] ?? event.attributes["exception.message"] != nil
    }

    private func draft(
        _ span: Telemetry.Span, _ source: Telemetry.Source, _ recorded: Telemetry.Span.Event?, _ parents: [SpanInfo]
    ) -> EventDraft {
        let own = recorded?.attributes ?? span.attributes
        let time =
            recorded.flatMap { Telemetry.time($0.time) } ?? Telemetry.time(span.end) ?? Telemetry.time(span.start)
        var event = ErrorEvent(id: "", time: time ?? times.now, level: .error, message: "")
        event.exceptions = Self.exceptions(own)
        event.message = clip(
            Self.message(own) ?? span.statusMessage ?? "\(span.name.isEmpty ? "span" : span.name) failed",
            to: TraceLimits.message)
        (event.traceID, event.spanID, event.parentSpans) = (span.traceID, span.id, parents)
        if span.end >= span.start, span.start > 0 {
            event.durationMilliseconds = Double(span.end - span.start) / 1e6
        }
        event.tags["span.name"] = clip(span.name, to: Self.valueLength)
        event.tags["span.kind"] = Self.kinds.indices.contains(span.kind) ? Self.kinds[span.kind] : nil
        describe(&event, source, span.attributes, fallback: own)
        locate(&event, span.attributes)
        return EventDraft(event: event, hasTime: time != nil)
    }

    private static let kinds: [String?] = [nil, "internal", "server", "client", "producer", "consumer"]

    // MARK: Both

    private static func exceptions(_ attributes: Telemetry.Attributes) -> [ExceptionInfo] {
        StackText.exceptions(
            attributes["exception.stacktrace"], type: attributes["exception.type"].map { clip($0, to: 1024) },
            message: attributes["exception.message"].map { clip($0, to: TraceLimits.message) })
    }

    private static func message(_ attributes: Telemetry.Attributes) -> String? {
        let told = attributes["exception.message"]
        guard let type = attributes["exception.type"] else { return told }
        return told.map { "\(type): \($0)" } ?? type
    }

    private func describe(
        _ event: inout ErrorEvent, _ source: Telemetry.Source, _ attributes: Telemetry.Attributes,
        fallback: Telemetry.Attributes
    ) {
        let resource = source.resource
        let any = { (name: String) in attributes[name] ?? resource[name] ?? fallback[name] }
        let short = { (text: String?) in text.map { clip($0, to: Self.valueLength) } }
        event.service = short(resource["service.name"] ?? attributes["service.name"] ?? event.service)
        event.release = short(any("service.version") ?? event.release)
        event.environment = short(Provenance.first(Provenance.environmentNames, any) ?? event.environment)
        event.host = short(
            resource.first(["host.name", "k8s.pod.name", "container.name", "service.instance.id"]) ?? event.host)
        event.target = short(source.scopeName ?? event.target)
        event.revision = Provenance.revision(any, release: event.release) ?? event.revision
        event.repositoryURL = short(Provenance.first(Provenance.repositoryNames, any) ?? event.repositoryURL)
        event.code = short(attributes.first(["error.code", "exception.code", "error_code"]) ?? event.code)
        event.request = Provenance.request { attributes[$0] } ?? event.request
        for pair in attributes.pairs where event.tags.count < LineFacts.tagCount {
            guard !pair.name.hasPrefix("exception."), pair.name.utf8.count <= 64, event.tags[pair.name] == nil,
                !pair.value.utf8.contains(0x0A)
            else { continue }
            event.tags[pair.name] = clip(pair.value, to: Self.valueLength)
        }
        for name in ["service.namespace", "k8s.namespace.name", "k8s.pod.name", "telemetry.sdk.language"] {
            if let value = resource[name], event.tags.count < LineFacts.tagCount { event.tags[name] = short(value) }
        }
    }

    /// `code.*` name the place of the record: the fault's, where an error has no frames.
    private func locate(_ event: inout ErrorEvent, _ attributes: Telemetry.Attributes) {
        guard event.level >= .error, event.exceptions.allSatisfy({ $0.frames.isEmpty }),
            let file = attributes.first(["code.file.path", "code.filepath"])
        else { return }
        let number = { (names: [String]) in attributes.first(names).flatMap { positiveNumber($0[...]) } }
        let frame = StackFrame(
            file: clip(file, to: 4096), function: attributes.first(["code.function.name", "code.function"]),
            module: attributes["code.namespace"], line: number(["code.line.number", "code.lineno"]),
            column: number(["code.column.number", "code.column"]), inApp: true)
        if event.exceptions.isEmpty { event.exceptions = [ExceptionInfo(type: nil)] }
        event.exceptions[event.exceptions.count - 1].frames = [frame]
    }
}

/// Which span of a request lies within which.
struct SpanTree {
    private static let depth = 32

    private struct Key: Hashable {
        var trace: String?
        var span: String
    }

    private let spans: [(span: Telemetry.Span, source: Telemetry.Source)]
    private var positions: [Key: Int] = [:]
    /// Of each span, whether one below it failed, and what exceptions those below recorded.
    private var failedBelow: Set<Int> = []
    private var toldBelow: [Int: Set<String>] = [:]

    init(_ spans: [(span: Telemetry.Span, source: Telemetry.Source)]) {
        self.spans = spans
        for index in spans.indices {
            if let id = spans[index].span.id { positions[Key(trace: spans[index].span.traceID, span: id)] = index }
        }
        for index in spans.indices {
            let span = spans[index].span
            let told = Set(span.events.map(\.attributes).filter { $0["exception.type"] != nil }.map(Self.identity))
            guard span.isError || !told.isEmpty else { continue }
            for above in ancestors(of: index) {
                failedBelow.insert(above)
                if !told.isEmpty { toldBelow[above, default: []].formUnion(told) }
            }
        }
    }

    private static func identity(_ attributes: Telemetry.Attributes) -> String {
        "\(attributes["exception.type"] ?? "")\n\(attributes["exception.message"] ?? "")"
    }

    var count: Int { spans.count }

    subscript(index: Int) -> (span: Telemetry.Span, source: Telemetry.Source) { spans[index] }

    /// Nearest first; bounded, for a span may name itself.
    private func ancestors(of index: Int) -> [Int] {
        var (found, at): ([Int], Int) = ([], index)
        while found.count < Self.depth, let parent = spans[at].span.parentID,
            let above = positions[Key(trace: spans[at].span.traceID, span: parent)], above != index,
            !found.contains(above)
        {
            found.append(above)
            at = above
        }
        return found
    }

    func hasFailedDescendant(_ index: Int) -> Bool { failedBelow.contains(index) }

    /// Whether a span below recorded the same exception, which then passed through this one.
    func isTold(below index: Int, _ event: Telemetry.Span.Event) -> Bool {
        toldBelow[index]?.contains(Self.identity(event.attributes)) ?? false
    }

    func parents(of index: Int) -> [SpanInfo] {
        ancestors(of: index).reversed().map { above in
            let (span, source) = spans[above]
            let duration = span.end >= span.start && span.start > 0 ? Double(span.end - span.start) / 1e6 : nil
            return SpanInfo(
                id: span.id, name: clip(span.name, to: 256),
                service: source.resource["service.name"].map { clip($0, to: 256) },
                durationMilliseconds: duration)
        }
    }
}
