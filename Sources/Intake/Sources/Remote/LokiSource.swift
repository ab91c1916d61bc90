import Events
import HTTPTransport

/// Lines of Loki, oldest first, page by page.
///
/// A page begins at the instant where the one before ended, `start` being inclusive: entries of that instant that were
/// taken before are told by their marks, which the cursor keeps. So nothing is lost where a page ends amid entries of
/// one instant, and nothing comes twice.
struct LokiSource: SourceReader {
    /// How far was read, and which entries of the last instant were taken.
    struct Place: Codable, Hashable {
        /// Nanoseconds since the epoch.
        var time: Int64
        var marks: [String] = []
        /// A backfill came to its end.
        var isDone = false
    }

    private static let key = "loki"
    static let olderKey = "older loki"
    /// What one page may be larger than configured, where one instant fills it.
    private static let growth = 16
    private static let slice: Int64 = 12 * 3600 * 1_000_000_000
    private static let replyBytes = 128 << 20
    /// A trace's lines come within a second: a page is cut where nothing was said for so long.
    private static let gap: Int64 = 1_000_000_000
    /// LogQL without a choice of its own: every stream. The triggers choose among the lines.
    private static let everything = #"{service_name=~".+"}"#

    private let source: SourceSettings
    private let client: RemoteClient
    private let context: SourceContext
    private let key: String
    private let begin: Int64
    /// Exclusive, as Loki's.
    private let end: Int64
    private var place: Place?
    private var page: Int
    private var canGrow = true
    private var isAtEnd = false
    private var recent = RecentLines()

    init(_ source: SourceSettings, cursors: [SourceCursor], context: SourceContext) throws(SourceError) {
        (self.source, self.context) = (source, context)
        client = try RemoteClient(source, authorization: .standard, waiting: context.waiting)
        page = max(1, source.remote.page)
        switch context.stretch {
        case .news(let floor):
            key = Self.key
            begin = (floor ?? context.now.advanced(by: .zero - source.initial)).nanoseconds
            end = context.now.advanced(by: .zero - source.settle).nanoseconds
        case .older(let from, let floor): (key, begin, end) = (Self.olderKey, from.nanoseconds, floor.nanoseconds)
        }
        for cursor in cursors where cursor.key == key { place = try cursor.decode(Place.self, of: source.name) }
    }

    var progress: SourceProgress {
        let second: Int64 = 1_000_000_000
        return SourceProgress(
            done: max(0, (place?.time ?? begin) / second - begin / second),
            total: max(0, end / second - begin / second),
            unit: .seconds)
    }

    mutating func next(limit: Int) async throws -> SourcePiece? {
        let start = place?.time ?? begin
        if isAtEnd || place?.isDone == true || start >= end { return nil }
        // A range longer than the server allows (30 days, as it comes) is asked for piece by piece.
        let end = min(self.end, start.addingReportingOverflow(Self.slice).partialValue)
        guard let reply = try await ask(from: start, to: end) else { return SourcePiece() }
        var statistics = IntakeStatistics()
        statistics.bytes = Int64(reply.bytes)
        if reply.found.broken > 0 {
            statistics.add(
                IntakeProblem(path: client.source, offset: start, reason: .brokenReply, count: reply.found.broken))
        }
        // What could not be read counts too: a page that is taken for the last one would end the reading.
        let isFull = reply.found.entries.count + reply.found.broken >= page
        var entries = reply.found.entries.filter { $0.time >= start && $0.time < end }
        if isFull, entries.last?.time ?? start == start {
            if grow() { return SourcePiece() }
            // The server hands out no more of this instant than it did: the rest of it is told and passed over.
            statistics.add(IntakeProblem(path: client.source, offset: start, reason: .tooManyAtOnce))
            let taken = take(entries, after: start)
            place = Place(time: start + 1)
            return piece(taken, statistics)
        }
        if isFull { entries = Self.cut(entries, behind: start) } else { isAtEnd = end == self.end }
        let taken = take(entries, after: start)
        if !isFull, !isAtEnd {
            place = Place(time: end)
        } else if let last = entries.last?.time {
            let marks = Set(entries.filter { $0.time == last }.map(\.mark))
            let known = last == start ? Set(place?.marks ?? []) : []
            place = Place(time: last, marks: known.union(marks).sorted())
        } else if place == nil {
            place = Place(time: start)
        }
        page = max(1, source.remote.page)
        if isAtEnd, case .older = context.stretch { place?.isDone = true }
        return piece(taken, statistics)
    }

    /// Where one instant fills a page, larger pages are asked for.
    private mutating func grow() -> Bool {
        guard canGrow, page < max(1, source.remote.page) * Self.growth else { return false }
        page *= 2
        return true
    }

    private func take(_ entries: [LokiEntry], after start: Int64) -> [LokiEntry] {
        var known = Set(place?.marks ?? [])
        // The same line of the same stream at the same nanosecond is the same line.
        return entries.filter { known.insert($0.mark).inserted }
    }

    /// Without the entries behind the last silence, so that a trace's lines are not torn apart; at least half stays, and
    /// something later than the beginning, so that the next page begins later.
    private static func cut(_ entries: [LokiEntry], behind start: Int64) -> [LokiEntry] {
        for index in stride(from: entries.count - 1, to: entries.count / 2, by: -1)
        where entries[index - 1].time > start {
            if entries[index].time - entries[index - 1].time >= gap { return Array(entries[..<index]) }
        }
        return entries
    }

    private mutating func piece(_ entries: [LokiEntry], _ statistics: IntakeStatistics) -> SourcePiece {
        var streams = CarriedStreams(source, now: context.now, recent: recent)
        for entry in entries { streams.take(entry.line, stream: entry.stream, entry.facts) }
        streams.finish()
        recent = streams.recent
        var statistics = statistics
        statistics.lines = Int64(entries.count)
        let cursors = place.map { [SourceCursor(key: key, $0)] } ?? []
        return SourcePiece(events: streams.events, cursors: cursors, statistics: statistics)
    }

    /// - Returns: nil when the server refuses a page of that size; the configured one is asked for again.
    private mutating func ask(from start: Int64, to end: Int64) async throws -> (found: LokiPage, bytes: Int)? {
        var path = RemotePath("/loki/api/v1/query_range")
        path.add("query", source.remote.query ?? Self.everything)
        path.add("start", "\(start)")
        path.add("end", "\(end)")
        path.add("limit", "\(page)")
        path.add("direction", "forward")
        var headers = [HTTPHeader("X-Loki-Response-Encoding-Flags", "categorize-labels")]
        if let tenant = source.remote.tenant { headers.append(HTTPHeader("X-Scope-OrgID", tenant)) }
        let response: HTTPResponse
        do {
            response = try await client.send(HTTPRequest(path: path.text, headers: headers), limit: Self.replyBytes)
        } catch SourceError.refused(_, status: 400, _) where page > max(1, source.remote.page) {
            (canGrow, page) = (false, max(1, source.remote.page))
            return nil
        }
        do throws(LokiPage.Failure) {
            return (try LokiPage(response.body), response.body.count)
        } catch {
            throw SourceError.malformed(source: client.source, words: error.words)
        }
    }
}

extension LokiPage.Failure {
    fileprivate var words: String {
        switch self {
        case .notJSON: "the reply is not Loki's JSON"
        case .failed(let reason): "Loki failed: \(RemoteClient.bounded(reason))"
        case .notStreams(let type):
            "the query gives a \(RemoteClient.bounded(type)), not lines: remove the counting from it"
        }
    }
}
