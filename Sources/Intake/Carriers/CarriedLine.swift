import Events

/// A line of a program, taken out of what a log collector put around it.
struct CarriedLine {
    /// What the program wrote; one message may have several lines.
    var text: String
    var facts = LineFacts()
    /// Lines of one stream of one program, and they alone, can make one record.
    var stream = 0
    /// The program's line goes on in the stream's next one.
    var isPartial = false
    /// The end is only missing: a line of its own, unless one with an end follows soon.
    var mayBeWhole = false
    /// Each message stands for itself: only what is clearly part of a trace goes on with the one before.
    var isMessage = false
}

/// What a carrier knows of a line, used where the program's own text does not say.
struct LineFacts {
    var time: Timestamp?
    var level: LogLevel?
    var service: String?
    var host: String?
    var target: String?
    var environment: String?
    var release: String?
    var traceID: String?
    var spanID: String?
    var tags: [String: String] = [:]
    /// The carrier's clock has a zone, so that a time of the text that lacks one can be put right by it.
    var hasExactTime = false

    /// Bytes of a name or value that are kept.
    static let valueLength = 256
    static let tagCount = 24

    mutating func tag(_ name: String, _ value: String?) {
        guard let value, !value.isEmpty, tags.count < Self.tagCount else { return }
        tags[name] = clip(value, to: Self.valueLength)
    }

    /// The facts of what lies inside, and where it says nothing those of what lies around it.
    func inside(_ outer: LineFacts) -> LineFacts {
        var facts = self
        facts.time = time ?? outer.time
        facts.hasExactTime = time == nil ? outer.hasExactTime : hasExactTime
        facts.level = level ?? outer.level
        facts.service = service ?? outer.service
        facts.host = host ?? outer.host
        facts.target = target ?? outer.target
        facts.environment = environment ?? outer.environment
        facts.release = release ?? outer.release
        facts.traceID = traceID ?? outer.traceID
        facts.spanID = spanID ?? outer.spanID
        facts.tags = outer.tags.merging(tags) { _, inner in inner }
        return facts
    }

    /// Adds to an event of the carried text what only the carrier knows.
    func complete(_ draft: inout EventDraft) {
        if let time, !draft.hasTime || hasExactTime && isOtherZone(draft.event.time, time) {
            (draft.event.time, draft.hasTime) = (time, true)
        }
        if let level, !draft.hasLevel {
            // A trace on standard output is an error, whatever priority its stream has.
            draft.event.level = draft.event.exceptions.isEmpty ? level : max(level, draft.event.level)
            draft.hasLevel = true
        }
        draft.event.service = draft.event.service ?? service
        draft.event.host = draft.event.host ?? host
        draft.event.target = draft.event.target ?? target
        draft.event.environment = draft.event.environment ?? environment
        draft.event.release = draft.event.release ?? release
        draft.event.traceID = draft.event.traceID ?? traceID
        draft.event.spanID = draft.event.spanID ?? spanID
        locate(&draft.event)
        for (name, value) in tags where draft.event.tags[name] == nil { draft.event.tags[name] = value }
    }

    /// The place of the statement that logged an error, where there is no trace.
    private func locate(_ event: inout ErrorEvent) {
        guard let file = tags["code.file.path"], event.level >= .error, event.exceptions.isEmpty else { return }
        let line = tags["code.line.number"].flatMap { positiveNumber($0[...]) }
        let frame = StackFrame(file: file, function: tags["code.function.name"], line: line, inApp: true)
        event.exceptions = [ExceptionInfo(type: nil, frames: [frame])]
    }

    /// Whether the two differ as clocks of two zones do: by quarters of an hour, and by no more than a minute else.
    private func isOtherZone(_ own: Timestamp, _ carrier: Timestamp) -> Bool {
        let seconds = carrier.duration(to: own).nanoseconds / 1_000_000_000
        let quarter: Int64 = 900
        guard seconds.magnitude >= UInt64(quarter - 60), seconds.magnitude <= 15 * 3600 else { return false }
        let rest = seconds.magnitude % UInt64(quarter)
        return min(rest, UInt64(quarter) - rest) <= 60
    }
}
