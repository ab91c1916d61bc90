import Events
import Foundation
import HTTPTransport

/// Issues of a self-hosted Sentry, through its API: the latest event of each issue that was seen since the last run,
/// and how many of its events there were in each minute.
///
/// A run reads one stretch of time, up to its own beginning, and the stretch is kept until all its issues are read:
/// an issue is counted once for each stretch, whatever interrupts the run or changes the list meanwhile.
struct SentrySource: SourceReader {
    private struct Place: Codable, Hashable {
        var since: Timestamp
        var until: Timestamp
        /// Issues of this stretch that are read.
        var done: [String] = []
        /// All of them are; the next stretch begins at `until`.
        var isDone = false
    }

    private static let key = "sentry"
    static let olderKey = "older sentry"
    private static let replyBytes = 32 << 20
    private static let issuesAtOnce = 25
    /// Issues of one stretch.
    private static let issueLimit = 10_000
    /// Pages of 100 events that are counted for one issue.
    private static let eventPages = 100

    private let source: SourceSettings
    private let client: RemoteClient
    private let context: SourceContext
    private let key: String
    private let begin: Timestamp
    private var place: Place
    private var projects: ArraySlice<String?>
    private var page: String?
    private var isAtEnd = false

    init(_ source: SourceSettings, cursors: [SourceCursor], context: SourceContext) throws(SourceError) {
        (self.source, self.context) = (source, context)
        client = try RemoteClient(source, authorization: .standard, waiting: context.waiting)
        let until: Timestamp
        switch context.stretch {
        case .news(let floor):
            key = Self.key
            begin = floor ?? context.now.advanced(by: .zero - source.initial)
            until = context.now.advanced(by: .zero - source.settle)
        case .older(let from, let floor): (key, begin, until) = (Self.olderKey, from, floor)
        }
        place = Place(since: begin, until: until)
        let wanted = source.remote.projects.map(Optional.some)
        projects = (wanted.isEmpty ? [nil] : wanted)[...]
        for cursor in cursors where cursor.key == key {
            let stored = try cursor.decode(Place.self, of: source.name)
            switch context.stretch {
            case .news: place = stored.isDone ? Place(since: stored.until, until: until) : stored
            case .older: place = stored
            }
        }
        isAtEnd = place.isDone || place.since >= place.until
    }

    var progress: SourceProgress {
        let total = place.since.duration(to: place.until).inSeconds
        return SourceProgress(done: isAtEnd ? Int64(total) : 0, total: Int64(max(0, total)), unit: .seconds)
    }

    mutating func next(limit: Int) async throws -> SourcePiece? {
        guard !isAtEnd, let project = projects.first else { return nil }
        var statistics = IntakeStatistics()
        let (issues, following) = try await list(project, &statistics)
        var events: [ErrorEvent] = []
        var done = Set(place.done)
        for issue in issues where issue.lastSeen >= place.since && !done.contains(issue.id) && issue.isPlain {
            events += try await read(issue, &statistics)
            done.insert(issue.id)
        }
        place.done = done.sorted()
        // The list runs from the latest: behind the first that is older, all are.
        let isOver = following == nil || issues.contains { $0.lastSeen < place.since }
        page = isOver ? nil : following
        if isOver { projects.removeFirst() }
        if done.count > Self.issueLimit {
            statistics.add(IntakeProblem(path: source.name, reason: .tooMany))
            projects = []
        }
        if projects.isEmpty {
            place = Place(since: place.since, until: place.until, isDone: true)
            isAtEnd = true
        }
        return SourcePiece(events: events, cursors: [SourceCursor(key: key, place)], statistics: statistics)
    }

    // MARK: - Asking

    private func list(
        _ project: String?, _ statistics: inout IntakeStatistics
    ) async throws -> (issues: [SentryIssue], next: String?) {
        let organization = RemotePath.encoded(source.remote.organization ?? "")
        var path: RemotePath
        if let project {
            path = RemotePath("/api/0/projects/\(organization)/\(RemotePath.encoded(project))/issues/")
        } else {
            path = RemotePath("/api/0/organizations/\(organization)/issues/")
            path.add("project", "-1")
        }
        // Without a query, Sentry leaves out what is resolved or ignored.
        path.add("query", source.remote.query ?? "")
        path.add("sort", "date")
        path.add("limit", "\(Self.issuesAtOnce)")
        if let page { path.add("cursor", page) }
        let (list, head) = try await get(SentryList<SentryIssue>.self, path, &statistics)
        return (list, SentryLink.next(head["Link"]))
    }

    private func read(_ issue: SentryIssue, _ statistics: inout IntakeStatistics) async throws -> [ErrorEvent] {
        let occurrences: [SentryOccurrence]
        let sample: ErrorEvent
        do {
            occurrences = try await occurrencesOf(issue, &statistics)
            if occurrences.isEmpty { return [] }
            sample = try await latest(issue)
        } catch SourceError.refused(_, status: 404, _) {
            // Deleted or merged since the list was made.
            return []
        }
        var places: [SentryOccurrence.Place: [SentryOccurrence]] = [:]
        for occurrence in occurrences { places[occurrence.place, default: []].append(occurrence) }
        return places.sorted { $0.key.sortKey < $1.key.sortKey }.compactMap { place, same in
            event(of: issue, like: sample, place, same)
        }
    }

    /// The events of the stretch, the latest first.
    private func occurrencesOf(
        _ issue: SentryIssue, _ statistics: inout IntakeStatistics
    ) async throws -> [SentryOccurrence] {
        var found: [SentryOccurrence] = []
        var seen: Set<String> = []
        var cursor: String?
        for _ in 0..<Self.eventPages {
            var path = RemotePath("/api/0/issues/\(issue.id)/events/")
            if let cursor { path.add("cursor", cursor) }
            let (list, head) = try await get(SentryList<SentryOccurrence>.self, path, &statistics)
            for occurrence in list where place.since <= occurrence.dateCreated && occurrence.dateCreated < place.until {
                // New events move the others to later pages, where they are met again.
                if seen.insert(occurrence.name).inserted { found.append(occurrence) }
            }
            statistics.lines += Int64(list.count)
            cursor = SentryLink.next(head["Link"])
            if cursor == nil || list.contains(where: { $0.dateCreated < place.since }) { return found }
        }
        statistics.add(IntakeProblem(path: "\(source.name)/issues/\(issue.id)", reason: .tooMany))
        return found
    }

    private func latest(_ issue: SentryIssue) async throws -> ErrorEvent {
        let path = "/api/0/issues/\(issue.id)/events/latest/"
        let response = try await client.send(HTTPRequest(path: path), limit: Self.replyBytes)
        do {
            return try SentryEvent.parse(response.body, now: context.now)
        } catch {
            throw SourceError.malformed(source: source.name, words: "\(path): \(error)")
        }
    }

    /// One event that stands for all of one minute and place.
    private func event(
        of issue: SentryIssue, like sample: ErrorEvent, _ place: SentryOccurrence.Place, _ same: [SentryOccurrence]
    ) -> ErrorEvent? {
        guard let last = same.max(by: { ($0.dateCreated, $0.name) < ($1.dateCreated, $1.name) }) else { return nil }
        var event = sample
        event.id = "sentry-\(issue.id)-\(last.name)"
        event.time = last.dateCreated
        event.count = same.count
        event.release = place.release ?? sample.release ?? source.release
        event.environment = place.environment ?? sample.environment ?? source.environment
        event.host = place.host ?? sample.host
        event.level = (place.level ?? issue.level).flatMap { LogLevel(word: $0) } ?? sample.level
        event.service = sample.service ?? issue.project?.slug ?? source.service
        event.repositoryURL = sample.repositoryURL ?? source.repositoryURL
        event.source = EventSource(name: source.name)
        event.tags["sentry.issue"] = issue.id
        event.tags["time.missing"] = nil
        return source.triggers.match(event) ? event : nil
    }

    private func get<Element>(
        _ type: SentryList<Element>.Type, _ path: RemotePath, _ statistics: inout IntakeStatistics
    ) async throws -> ([Element], HTTPResponseHead) {
        let response = try await client.send(HTTPRequest(path: path.text), limit: Self.replyBytes)
        statistics.bytes += Int64(response.body.count)
        do {
            let list = try JSONDecoder().decode(type, from: Data(response.body))
            if list.broken > 0 {
                statistics.add(IntakeProblem(path: source.name, reason: .brokenReply, count: list.broken))
            }
            return (list.elements, response.head)
        } catch {
            throw SourceError.malformed(
                source: source.name, words: "\(path.text.prefix { $0 != "?" }) is not the list that Sentry should send")
        }
    }
}
