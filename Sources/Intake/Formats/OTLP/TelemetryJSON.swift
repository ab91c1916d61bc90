/// OTLP in its JSON form, and in the spellings that exporters give it: `snake_case` names, attributes as a flat object,
/// numbers as strings or not.
enum TelemetryJSON {
    static func isRequest(_ value: JSONValue) -> Bool {
        !value[logs].isNull || !value[traces].isNull || !value[metrics].isNull
    }

    static let logs = ["resourceLogs", "resource_logs"]
    /// No errors; known, so that they are not taken for a program's records.
    static let metrics = ["resourceMetrics", "resource_metrics"]
    static let traces = ["resourceSpans", "resource_spans"]

    static func scopes(_ kind: TelemetryIndex.Kind) -> [String] {
        switch kind {
        case .log: ["scopeLogs", "scope_logs", "instrumentationLibraryLogs"]
        case .span: ["scopeSpans", "scope_spans", "instrumentationLibrarySpans"]
        }
    }

    static func records(_ kind: TelemetryIndex.Kind) -> [String] {
        switch kind {
        case .log: ["logRecords", "log_records", "logs"]
        case .span: ["spans"]
        }
    }

    /// Every log record and span; entries that are none are counted.
    static func read(_ value: JSONValue) -> TelemetryRequest {
        var request = TelemetryRequest()
        for resource in list(value[logs], &request) {
            var source = self.source(resource)
            for scope in list(resource[scopes(.log)], &request) {
                source.scopeName = scope["scope"]["name"].text
                for entry in list(scope[records(.log)], &request) {
                    guard request.hasRoom() else { continue }
                    request.add(record(entry), source)
                }
            }
        }
        for resource in list(value[traces], &request) {
            var source = self.source(resource)
            for scope in list(resource[scopes(.span)], &request) {
                source.scopeName = scope["scope"]["name"].text
                for entry in list(scope[records(.span)], &request) {
                    guard request.hasRoom() else { continue }
                    request.add(span(entry), source)
                }
            }
        }
        return request
    }

    /// The objects of a list. Anything else in its place is rejected, and costs nothing beside it.
    private static func list(_ value: JSONValue, _ request: inout TelemetryRequest) -> [JSONValue] {
        if value.isNull { return [] }
        guard case .array(let items) = value else {
            request.rejected += 1
            return []
        }
        let objects = items.filter(\.isObject)
        request.rejected += items.count - objects.count
        return objects
    }

    private static func source(_ resource: JSONValue) -> Telemetry.Source {
        Telemetry.Source(resource: attributes(resource["resource"]["attributes"]))
    }

    static func record(_ entry: JSONValue) -> Telemetry.Record {
        var record = Telemetry.Record()
        record.time = nanoseconds(entry[["timeUnixNano", "time_unix_nano"]])
        record.observed = nanoseconds(entry[["observedTimeUnixNano", "observed_time_unix_nano"]])
        record.severity = severity(entry[["severityNumber", "severity_number"]])
        record.severityText = entry[["severityText", "severity_text"]].text
        record.attributes = attributes(entry["attributes"])
        record.traceID = Telemetry.identifier(entry[["traceId", "trace_id"]].text, bytes: 16)
        record.spanID = Telemetry.identifier(entry[["spanId", "span_id"]].text, bytes: 8)
        record.eventName = entry[["eventName", "event_name"]].text
        let body = entry["body"]
        if isNested(body) {
            add(body, named: "", to: &record.bodyFields)
        } else {
            record.body = text(of: body)
        }
        return record
    }

    static func span(_ entry: JSONValue) -> Telemetry.Span {
        var span = Telemetry.Span()
        span.traceID = Telemetry.identifier(entry[["traceId", "trace_id"]].text, bytes: 16)
        span.id = Telemetry.identifier(entry[["spanId", "span_id"]].text, bytes: 8)
        span.parentID = Telemetry.identifier(entry[["parentSpanId", "parent_span_id"]].text, bytes: 8)
        span.name = entry["name"].text ?? ""
        span.kind = kind(entry["kind"])
        span.start = nanoseconds(entry[["startTimeUnixNano", "start_time_unix_nano"]])
        span.end = nanoseconds(entry[["endTimeUnixNano", "end_time_unix_nano"]])
        span.attributes = attributes(entry["attributes"])
        span.events = entry["events"].items.prefix(Telemetry.spanEvents).filter(\.isObject).map { event in
            Telemetry.Span.Event(
                time: nanoseconds(event[["timeUnixNano", "time_unix_nano"]]), name: event["name"].text ?? "",
                attributes: attributes(event["attributes"]))
        }
        let code = entry["status"]["code"]
        span.isError = code.int == 2 || code.string == "STATUS_CODE_ERROR" || code.string == "ERROR"
        span.statusMessage = entry["status"]["message"].text
        return span
    }

    /// A number as such, or in digits: a double has too few bits.
    private static func nanoseconds(_ value: JSONValue) -> UInt64 {
        guard let digits = value.text else { return 0 }
        if let exact = UInt64(digits) { return exact }
        return Double(digits).flatMap { UInt64(exactly: $0.rounded()) } ?? 0
    }

    private static func severity(_ value: JSONValue) -> Int {
        if let number = value.int { return number }
        // The name of the enumeration's value: SEVERITY_NUMBER_ERROR2.
        guard let name = value.string?[...].after("SEVERITY_NUMBER_") else { return 0 }
        let words = ["TRACE", "DEBUG", "INFO", "WARN", "ERROR", "FATAL"]
        guard let index = words.firstIndex(where: { name.hasPrefix($0) }) else { return 0 }
        return index * 4 + (Int(name.dropFirst(words[index].utf8.count)) ?? 1).clamped(to: 1...4)
    }

    private static func kind(_ value: JSONValue) -> Int {
        let names = ["UNSPECIFIED", "INTERNAL", "SERVER", "CLIENT", "PRODUCER", "CONSUMER"]
        return value.int ?? names.firstIndex { value.string?.hasSuffix($0) == true } ?? 0
    }

    // MARK: Values

    static func attributes(_ value: JSONValue) -> Telemetry.Attributes {
        var attributes = Telemetry.Attributes()
        for pair in value.pairs.prefix(Telemetry.attributes) { add(pair.value, named: pair.name, to: &attributes) }
        return attributes
    }

    private static let strings = ["stringValue", "string_value"]
    private static let scalars = [
        "stringValue", "string_value", "intValue", "int_value", "boolValue", "bool_value", "doubleValue",
        "double_value",
        "bytesValue", "bytes_value",
    ]
    private static let lists = ["arrayValue", "array_value"]
    private static let maps = ["kvlistValue", "kvlist_value"]

    private static func isNested(_ value: JSONValue) -> Bool {
        !value[maps].isNull || value.isObject && value[scalars].isNull && value[lists].isNull && !value.members.isEmpty
    }

    /// A scalar, or an array as `[a, b]`.
    private static func text(of value: JSONValue) -> String? {
        if let text = value.text ?? value[scalars].text { return text }
        let items = value[lists].isNull ? value.items : value[lists]["values"].items
        let texts = items.prefix(64).compactMap { text(of: $0) }
        return texts.isEmpty ? nil : "[\(texts.joined(separator: ", "))]"
    }

    /// Adds a value by its name, what lies inside it by dotted names. Depth is bounded by ``JSONLimits/depth``.
    private static func add(_ value: JSONValue, named name: String, to attributes: inout Telemetry.Attributes) {
        let inside = value[maps].isNull ? (isNested(value) ? value.pairs : []) : value[maps]["values"].pairs
        if inside.isEmpty {
            if let text = text(of: value) { attributes.add(name, text) }
            return
        }
        for pair in inside.prefix(Telemetry.attributes) {
            add(pair.value, named: clip(name.isEmpty ? pair.name : "\(name).\(pair.name)", to: 256), to: &attributes)
        }
    }
}

extension Int {
    fileprivate func clamped(to range: ClosedRange<Int>) -> Int {
        Swift.min(Swift.max(self, range.lowerBound), range.upperBound)
    }
}
