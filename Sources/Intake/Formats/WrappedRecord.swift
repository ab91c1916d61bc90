import Events

/// Objects that put what happened into a `record`: loguru's `serialize=True`, and what AWS Lambda's platform says of a
/// function (https://docs.aws.amazon.com/lambda/latest/dg/telemetry-schema-reference.html).
enum WrappedRecord {
    static func isMessage(_ value: JSONValue) -> Bool {
        let record = value["record"]
        guard record.isObject else { return false }
        if record["level"]["name"].string != nil { return record.has("message") }
        return value["type"].string?.hasPrefix("platform.") == true
    }

    static func read(_ value: JSONValue, _ times: LogTime) -> FormatReading {
        let record = value["record"]
        return FormatReading(
            drafts: [
                record["level"].isObject
                    ? loguru(record, text: value["text"].string ?? "", times) : platform(value, record, times)
            ])
    }

    private static func loguru(_ record: JSONValue, text: String, _ times: LogTime) -> EventDraft {
        let short = { (value: JSONValue) in value.text.map { clip($0, to: 256) } }
        let time = times.field(record["time"]["timestamp"].field)
        let level = LogLevel(word: record["level"]["name"].string ?? "") ?? .info
        var event = ErrorEvent(
            id: "", time: time ?? times.now, level: level,
            message: clip(record["message"].text ?? "", to: TraceLimits.message))
        let failure = record["exception"]
        if failure.isObject {
            event.exceptions = StackText.exceptions(text, type: short(failure["type"]), message: failure["value"].text)
        }
        event.target = short(record["name"])
        for member in record["extra"].members.prefix(LineFacts.tagCount) where member.name.utf8.count <= 64 {
            if let text = member.value.text { event.tags[member.name] = clip(text, to: 256) }
        }
        if event.exceptions.isEmpty, level >= .error, let file = short(record["file"]["path"]) {
            let frame = StackFrame(
                file: file, function: short(record["function"]),
                line: record["line"].text.flatMap { positiveNumber($0[...]) },
                inApp: !LibraryCode.isPython(file[...]))
            event.exceptions = [ExceptionInfo(type: nil, frames: [frame])]
        }
        return EventDraft(event: event, hasTime: time != nil)
    }

    private static func platform(_ value: JSONValue, _ record: JSONValue, _ times: LogTime) -> EventDraft {
        let time = times.field(value["time"].field)
        let (type, status) = (value["type"].string ?? "", record["status"].string)
        let isError = status == "error" || status == "failure" || status == "timeout"
        let words = [type, status, record["errorType"].string].compactMap(\.self).joined(separator: " ")
        var event = ErrorEvent(
            id: "", time: time ?? times.now, level: isError ? .error : .info, message: clip(words, to: 1024))
        event.code = record["errorType"].text.map { clip($0, to: 128) }
        if let id = record["requestId"].text { event.tags["request_id"] = clip(id, to: 256) }
        return EventDraft(event: event, hasTime: time != nil, requestID: event.tags["request_id"])
    }
}
