import Events
import HTTPTransport

/// Asks Prometheus for the metrics around an error; only ever to read.
public enum PrometheusMetrics {
    /// Queries that are asked about one error.
    public static let mostQueries = 12
    /// Jumps of one error that are worth telling.
    static let mostJumps = 8
    private static let replyBytes = 8 << 20
    private static let after = Duration.seconds(600)

    /// The metrics that jumped around the event, the widest jump first, not redacted.
    ///
    /// - Parameter now: nothing later is asked for.
    /// - Throws: `SourceError`; an answer is not asked for twice.
    public static func jumps(
        around event: ErrorEvent, settings: PrometheusSettings, now: Timestamp,
        waiting: RemoteWaiting = RemoteWaiting()
    ) async throws -> [MetricJump] {
        guard !settings.remote.url.isEmpty else { return [] }
        var source = SourceSettings(name: "prometheus", paths: [])
        source.remote = settings.remote
        let client = try RemoteClient(source, authorization: .standard, waiting: waiting)
        var found: [MetricJump] = []
        for query in settings.queries.prefix(mostQueries) {
            guard let text = query.text(for: event) else { continue }
            try Task.checkCancellation()
            let response = try await client.send(
                HTTPRequest(path: path(query, text, around: event.time, now: now)), limit: replyBytes)
            do throws(MetricSeries.Failure) {
                found += try MetricSeries.all(in: response.body).compactMap {
                    $0.jump(named: query.name, at: event.time, factor: query.factor)
                }
            } catch {
                throw SourceError.malformed(source: source.name, words: "\(query.name): \(error.words)")
            }
        }
        return Array(found.sorted { ($1.width, $0.name, $0.labels) < ($0.width, $1.name, $1.labels) }.prefix(mostJumps))
    }

    private static func path(_ query: MetricQuery, _ text: String, around time: Timestamp, now: Timestamp) -> String {
        let start = time.advanced(by: .zero - query.before)
        let end = max(start, min(now, time.advanced(by: after)))
        var path = RemotePath("/api/v1/query_range")
        path.add("query", text)
        path.add("start", start.rfc3339)
        path.add("end", end.rfc3339)
        path.add("step", "\(max(1, query.step.components.seconds))")
        return path.text
    }
}

extension MetricJump {
    /// How many times it grew or shrank; from nothing to something is the widest.
    fileprivate var width: Double {
        guard before != 0, around != 0 else { return .greatestFiniteMagnitude }
        let ratio = abs(around / before)
        return max(ratio, 1 / ratio)
    }
}

extension MetricSeries.Failure {
    fileprivate var words: String {
        switch self {
        case .notJSON: "the reply is not Prometheus's JSON"
        case .failed(let reason): "Prometheus failed: \(RemoteClient.bounded(reason))"
        case .notSeries(let type): "the query gives a \(RemoteClient.bounded(type)), not series over time"
        }
    }
}
