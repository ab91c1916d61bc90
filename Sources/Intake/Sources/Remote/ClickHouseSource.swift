import Events

/// SigNoz's tables in ClickHouse: exceptions, failed spans and log records, added up a group and minute by the engine.
///
/// Time is read slice by slice, each up to a fixed end, and the cursor says where the next one begins: a slice is
/// counted once, whatever interrupts the run.
struct ClickHouseSource: SourceReader {
    private struct Place: Codable, Hashable {
        /// Everything before is read, in nanoseconds since the epoch.
        var until: Int64
    }

    private static let key = "clickhouse"
    static let olderKey = "older clickhouse"
    private static let minute: Int64 = 60_000_000_000
    private static let longest = 60 * minute
    /// Spans begin before the exceptions in them; a span's bucket begins up to half an hour before it.
    private static let near = 60 * minute
    private static let bucket: Int64 = 1800

    private let source: SourceSettings
    private let clickHouse: ClickHouseClient
    private let context: SourceContext
    private let key: String
    private let begin: Int64
    private let end: Int64
    private var place: Place
    private var slice = longest

    init(_ source: SourceSettings, cursors: [SourceCursor], context: SourceContext) throws(SourceError) {
        (self.source, self.context) = (source, context)
        clickHouse = ClickHouseClient(
            client: try RemoteClient(source, authorization: .clickHouse, waiting: context.waiting),
            settings: source.remote)
        switch context.stretch {
        case .news(let floor):
            key = Self.key
            begin = (floor ?? context.now.advanced(by: .zero - source.initial)).nanoseconds
            end = context.now.advanced(by: .zero - source.settle).nanoseconds
        case .older(let from, let floor): (key, begin, end) = (Self.olderKey, from.nanoseconds, floor.nanoseconds)
        }
        place = Place(until: begin)
        for cursor in cursors where cursor.key == key {
            let stored = try cursor.decode(Place.self, of: source.name)
            place = stored
        }
    }

    var progress: SourceProgress {
        let second: Int64 = 1_000_000_000
        return SourceProgress(
            done: max(0, place.until / second - begin / second), total: max(0, end / second - begin / second),
            unit: .seconds)
    }

    mutating func next(limit: Int) async throws -> SourcePiece? {
        guard place.until < end else { return nil }
        let page = Int64(max(1, source.remote.page))
        while true {
            let until = Self.sliceEnd(after: place.until, length: slice, end: end)
            let (rows, bytes) = try await read(from: place.until, to: until, page: page)
            let isFull = [rows.exceptions, rows.spans, rows.logs].contains { Int64($0.count) >= page }
            if isFull, slice > Self.minute {
                slice = max(Self.minute, slice / 4)
                continue
            }
            var statistics = IntakeStatistics()
            statistics.bytes = Int64(bytes)
            if isFull {
                statistics.add(IntakeProblem(path: source.name, offset: place.until, reason: .tooManyAtOnce))
            }
            let events =
                rows.exceptions.compactMap { exception($0, &statistics) }
                + rows.spans.compactMap { span($0, &statistics) }
                + rows.logs.compactMap { log($0, &statistics) }
            place = Place(until: until)
            slice = min(Self.longest, slice * 2)
            return SourcePiece(
                events: events.sorted { ($0.time, $0.id) < ($1.time, $1.id) },
                cursors: [SourceCursor(key: key, place)], statistics: statistics)
        }
    }

    /// Slices end at whole minutes, so that a group's minute is one row.
    private static func sliceEnd(after start: Int64, length: Int64, end: Int64) -> Int64 {
        let (far, overflow) = start.addingReportingOverflow(length)
        let whole = overflow ? end : far / minute * minute
        return min(end, whole > start ? whole : far)
    }

    private struct Rows { var exceptions, spans, logs: [ClickHouseRow] }

    private func read(from: Int64, to until: Int64, page: Int64) async throws -> (Rows, bytes: Int) {
        let parameters = parameters(from: from, to: until, page: page)
        var bytes = 0
        func ask(_ query: String) async throws -> [ClickHouseRow] {
            let (rows, size) = try await clickHouse.rows(query, parameters)
            bytes += size
            return rows
        }
        let exceptions = try await ask(ClickHouseQueries.exceptions)
        let spans = try await ask(ClickHouseQueries.spans)
        let logs = try await ask(ClickHouseQueries.logs)
        return (Rows(exceptions: exceptions, spans: spans, logs: logs), bytes)
    }

    private func parameters(from: Int64, to until: Int64, page: Int64) -> ClickHouseClient.Parameters {
        let second: Int64 = 1_000_000_000
        var parameters = ClickHouseClient.Parameters()
        parameters.add("traces", source.remote.tracesDatabase)
        parameters.add("logs", source.remote.logsDatabase)
        parameters.add("from", from)
        parameters.add("until", until)
        parameters.add("near_from", from - Self.near)
        parameters.add("near_until", until + Self.near)
        parameters.add("bucket_from", max(0, (from - Self.near) / second - Self.bucket))
        parameters.add("bucket_until", max(0, until / second))
        parameters.add("page", page)
        let level = source.triggers.level
        parameters.add("level", level.map(Self.severityNumber) ?? 255)
        parameters.add("words", level.map(Self.words) ?? [])
        parameters.add("traces_too", source.triggers.traces ? 1 : 0)
        return parameters
    }

    /// OpenTelemetry's numbers: the first of each level's four.
    private static func severityNumber(_ level: LogLevel) -> Int64 {
        switch level {
        case .trace: 1
        case .debug: 5
        case .info: 9
        case .warning: 13
        case .error: 17
        case .fatal: 21
        }
    }

    /// What records without a number call these levels.
    private static func words(_ level: LogLevel) -> [String] {
        [
            "trace", "debug", "info", "notice", "warn", "warning", "error", "err", "severe", "fatal", "critical",
            "crit",
            "panic", "alert", "emergency", "emerg",
        ].filter { LogLevel(word: $0).map { $0 >= level } ?? false }
    }

    // MARK: - Rows

    private func event(_ row: ClickHouseRow, kind: String, _ statistics: inout IntakeStatistics) -> ErrorEvent? {
        statistics.lines += 1
        guard let nanoseconds = row.number("nanoseconds"), let count = row.number("events"), count > 0,
            let group = row.text("grp"), let minute = row.number("minute")
        else {
            statistics.add(IntakeProblem(path: source.name, reason: .brokenReply))
            return nil
        }
        var event = ErrorEvent(
            id: "signoz-\(kind)-\(group)-\(minute)-\(nanoseconds)", time: Timestamp(nanoseconds: nanoseconds),
            message: "")
        let resources = row.map("resources")
        let attributes = row.map("attributes")
        event.count = Int(clamping: count)
        event.service = row.text("service") ?? resources["service.name"] ?? source.service
        event.release = resources["service.version"] ?? source.release
        event.environment =
            resources["deployment.environment.name"] ?? resources["deployment.environment"] ?? source.environment
        event.host = resources["host.name"] ?? resources["k8s.pod.name"]
        event.traceID = row.text("trace")
        event.spanID = row.text("span")
        event.tags = Self.tags(attributes, resources)
        event.repositoryURL = source.repositoryURL
        event.source = EventSource(name: source.name)
        if let duration = row.number("duration"), duration > 0 { event.durationMilliseconds = Double(duration) / 1e6 }
        if let parent = row.text("parent") { event.tags["parent.span_id"] = parent }
        if let name = row.text("name") { event.tags["span.name"] = clip(name, to: 256) }
        if let kind = row.text("kind") { event.tags["span.kind"] = clip(kind, to: 64) }
        return event
    }

    private static func tags(_ attributes: [String: String], _ resources: [String: String]) -> [String: String] {
        var tags: [String: String] = [:]
        for (name, value) in attributes.merging(resources, uniquingKeysWith: { own, _ in own }).sorted(by: {
            $0.key < $1.key
        })
        where tags.count < 24 && name.utf8.count <= 64 && !name.hasPrefix("exception.") && !value.isEmpty {
            tags[name] = clip(value, to: 256)
        }
        return tags
    }

    private func exception(_ row: ClickHouseRow, _ statistics: inout IntakeStatistics) -> ErrorEvent? {
        guard var event = event(row, kind: "exception", &statistics) else { return nil }
        fill(&event, type: row.text("type"), message: row.text("message"), trace: row.text("stacktrace"))
        return event
    }

    private func span(_ row: ClickHouseRow, _ statistics: inout IntakeStatistics) -> ErrorEvent? {
        guard var event = event(row, kind: "span", &statistics) else { return nil }
        let name = row.text("name") ?? "span"
        event.message = clip(row.text("status").map { "\(name): \($0)" } ?? "\(name) failed", to: TraceLimits.message)
        event.code = row.text("code").flatMap { $0 == "0" ? nil : $0 }
        event.target = clip(name, to: 256)
        return event
    }

    private func log(_ row: ClickHouseRow, _ statistics: inout IntakeStatistics) -> ErrorEvent? {
        guard let told = event(row, kind: "log", &statistics) else { return nil }
        // A body may be a line of any format, a trace among them.
        var records = CarriedRecords(openSettings, now: context.now)
        var facts = EntryFacts(time: told.time, identity: told.id)
        facts.level = row.number("number").flatMap(Self.level) ?? row.text("severity").flatMap { LogLevel(word: $0) }
        // Each row stands alone.
        var recent = RecentLines()
        _ = records.take(row.text("body") ?? "(no message)", facts, recent: &recent)
        guard var event = records.finish(recent: &recent) else { return nil }
        let parsed = event
        event = told
        (event.message, event.exceptions, event.code) = (parsed.message, parsed.exceptions, parsed.code)
        event.level = parsed.level
        event.target = parsed.target ?? row.text("scope")
        event.durationMilliseconds = event.durationMilliseconds ?? parsed.durationMilliseconds
        event.tags.merge(parsed.tags) { own, _ in own }
        let attributes = row.map("attributes")
        if event.exceptions.isEmpty {
            let trace = attributes["exception.stacktrace"]
            if let type = row.text("type") ?? (trace == nil ? nil : "exception") {
                let message = event.message
                fill(&event, type: type, message: attributes["exception.message"], trace: trace)
                event.message = message
            }
        }
        return event
    }

    /// The engine has applied the triggers.
    private var openSettings: SourceSettings {
        var settings = source
        settings.triggers.everything = true
        return settings
    }

    private static func level(_ number: Int64) -> LogLevel? {
        switch number {
        case 1...4: .trace
        case 5...8: .debug
        case 9...12: .info
        case 13...16: .warning
        case 17...20: .error
        case 21...24: .fatal
        default: nil
        }
    }

    /// An exception with the trace that was printed with it.
    private func fill(_ event: inout ErrorEvent, type: String?, message: String?, trace: String?) {
        var exceptions = trace.map { Trace.parse($0) } ?? []
        if exceptions.isEmpty { exceptions = [ExceptionInfo(type: type, message: message)] }
        if exceptions[0].type == nil { exceptions[0].type = type }
        if exceptions[0].message == nil { exceptions[0].message = message }
        event.exceptions = exceptions
        let words = [type, message].compactMap(\.self).joined(separator: ": ")
        event.message = clip(words.isEmpty ? "(no message)" : words, to: TraceLimits.message)
    }
}
