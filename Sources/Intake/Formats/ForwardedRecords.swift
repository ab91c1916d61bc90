import Events

/// Lists of log records as clouds hand them on: AWS CloudWatch's events and Azure's resource logs.
enum ForwardedRecords {
    static func isMessage(_ value: JSONValue) -> Bool { isCloudWatch(value) || isAzure(value) }

    static func read(_ value: JSONValue, _ reader: RecordReader) -> FormatReading {
        isAzure(value) ? azure(value, reader) : cloudWatch(value, reader)
    }

    /// A subscription's message, or what `aws logs get-log-events` and `filter-log-events` print
    /// (https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/logs/SubscriptionFilters.html).
    private static func isCloudWatch(_ value: JSONValue) -> Bool {
        let listed = value["logEvents"].items.first ?? value["events"].items.first ?? .null
        return listed.has("message") && listed.has("timestamp")
            && (value.has("logEvents") || listed.has("ingestionTime") || listed.has("logStreamName"))
    }

    /// The lines of each log stream make records of their own.
    private static func cloudWatch(_ value: JSONValue, _ reader: RecordReader) -> FormatReading {
        if value["messageType"].string == "CONTROL_MESSAGE" { return FormatReading(ignored: 1) }
        let carriers = Carriers(times: reader.times, format: nil)
        var (assembly, reading) = (StreamAssembly(times: reader.times), FormatReading())
        let events = value["logEvents"].items + value["events"].items
        for (index, event) in events.enumerated() {
            guard case .string(let text) = event["message"] else {
                reading.rejected += 1
                continue
            }
            let line = carriers.inside(line(text, event, value, reader.times))
            if assembly.isCut(before: line) { reading += assembly.reading(reader) }
            assembly.add(line, start: Int64(index), end: Int64(index) + 1, .utf8)
        }
        reading += assembly.reading(reader)
        return reading
    }

    private static func line(
        _ text: String, _ event: JSONValue, _ outer: JSONValue, _ times: LogTime
    ) -> CarriedLine {
        var facts = LineFacts()
        (facts.time, facts.hasExactTime) = (times.field(event["timestamp"].field), true)
        facts.service = outer["logGroup"].string.map { group in
            clip(String(group[...].split(atLast: 0x2F)?.after ?? group[...]), to: LineFacts.valueLength)
        }
        let stream = event["logStreamName"].string ?? outer["logStream"].string
        facts.tag("aws.log_group", outer["logGroup"].string)
        facts.tag("aws.log_stream", stream)
        var hasher = Hasher()
        hasher.combine(stream)
        var text = text[...]
        while text.utf8.last == 0x0A || text.utf8.last == 0x0D { text = text.dropLast() }
        return CarriedLine(text: String(text), facts: facts, stream: hasher.finalize())
    }

    /// `{"records": [{"time", "resourceId", "category", "operationName", "level", "properties"}]}`
    /// (https://learn.microsoft.com/azure/azure-monitor/platform/resource-logs-schema).
    private static func isAzure(_ value: JSONValue) -> Bool {
        value["records"].items.first.map {
            $0.has("resourceId") && ($0.has("operationName") || $0.has("category"))
        } ?? false
    }

    private static func azure(_ value: JSONValue, _ reader: RecordReader) -> FormatReading {
        value["records"].items.reduce(into: FormatReading()) { total, record in
            if record.isObject { total.drafts.append(azure(record: record, reader)) } else { total.rejected += 1 }
        }
    }

    private static func azure(record: JSONValue, _ reader: RecordReader) -> EventDraft {
        let inner = record["properties"]
        let words = inner[["exception", "exceptionMessage", "message", "msg", "log", "Message", "errorMessage"]].text
        let told = words ?? record[["resultDescription", "message"]].text
        // What a program wrote is read as its line.
        var draft = told.map(reader.readBody) ?? EventDraft(event: blank(reader), hasTime: false, hasLevel: false)
        let time = reader.times.field(record[["time", "timeStamp", "timestamp"]].field)
        if let time { (draft.event.time, draft.hasTime) = (time, true) }
        let names = ["level", "Level", "severity"]
        let level = StructuredEvent.level((record[names].isNull ? inner[names] : record[names]).field)
        let status = record[["resultType", "status"]].text
        if let level {
            (draft.event.level, draft.hasLevel) = (level, true)
        } else if status == "Failed" || status == "Failure" {
            (draft.event.level, draft.hasLevel) = (max(draft.event.level, .error), true)
        }
        let operation = record["operationName"].text
        if told == nil { draft.event.message = clip(operation ?? record["category"].text ?? "", to: 1024) }
        let resource = record["resourceId"].string ?? ""
        draft.event.service =
            draft.event.service ?? resource[...].split(atLast: 0x2F).map { clip($0.after.lowercased(), to: 256) }
        draft.event.target = draft.event.target ?? operation.map { clip($0, to: 256) }
        draft.event.code = draft.event.code ?? inner[["errorCode", "code"]].text.map { clip($0, to: 128) }
        draft.event.durationMilliseconds = draft.event.durationMilliseconds ?? record["durationMs"].double
        for name in ["category", "location", "resourceId", "correlationId", "resultType"] {
            if let text = record[name].text { draft.event.tags[name] = clip(text, to: 256) }
        }
        return draft
    }

    private static func blank(_ reader: RecordReader) -> ErrorEvent {
        ErrorEvent(id: "", time: reader.times.now, level: .info, message: "")
    }
}

extension StreamAssembly {
    /// The events of all that was gathered.
    mutating func reading(_ reader: RecordReader) -> FormatReading {
        var reading = FormatReading()
        for record in takeAll() where !record.assembly.lines.allSatisfy(\.isEmpty) {
            reading.drafts += reader.readAll(record.assembly, facts: record.facts).compactMap(\.draft)
        }
        return reading
    }
}
