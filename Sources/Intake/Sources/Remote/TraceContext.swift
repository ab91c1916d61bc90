import Events
import Foundation
import HTTPTransport

/// What a remote engine knows of the trace that an event belongs to: the spans around it and the records near them.
public enum TraceContext {
    /// Spans, and log records, of one trace that are read; the rest of the reply is not waited for.
    static let rows = 100
    static let replyBytes = 2 << 20
    private static let near: Int64 = 3600 * 1_000_000_000
    private static let bucket: Int64 = 1800

    /// Asks for the spans and log records of the event's trace, near its time.
    ///
    /// - Returns: them in order of time, not redacted; nothing for an event without a trace, or of another kind of source.
    /// - Throws: ``SourceError``; an answer is not asked for twice.
    public static func breadcrumbs(of event: ErrorEvent, source: SourceSettings) async throws -> [Breadcrumb] {
        guard source.kind == .clickhouse, let trace = event.traceID, (16...32).contains(trace.utf8.count),
            trace.utf8.allSatisfy({ $0.isDigit || ($0 | 0x20) &- 0x61 < 6 })
        else { return [] }
        let clickHouse = ClickHouseClient(
            client: try RemoteClient(source, authorization: .clickHouse, waiting: RemoteWaiting()),
            settings: source.remote)
        let parameters = parameters(trace.lowercased(), at: event.time.nanoseconds, source)
        var crumbs: [Breadcrumb] = []
        try await clickHouse.forEach(ClickHouseQueries.traceSpans, parameters, limit: rows, bytes: replyBytes) { row in
            crumbs += span(row, of: event).map { [$0] } ?? []
        }
        try await clickHouse.forEach(ClickHouseQueries.traceLogs, parameters, limit: rows, bytes: replyBytes) { row in
            crumbs += log(row).map { [$0] } ?? []
        }
        return crumbs.sorted { ($0.time?.nanoseconds ?? 0, $0.message) < ($1.time?.nanoseconds ?? 0, $1.message) }
    }

    private static func parameters(
        _ trace: String, at time: Int64, _ source: SourceSettings
    ) -> ClickHouseClient.Parameters {
        let second: Int64 = 1_000_000_000
        var parameters = ClickHouseClient.Parameters()
        parameters.add("traces", source.remote.tracesDatabase)
        parameters.add("logs", source.remote.logsDatabase)
        parameters.add("trace", trace)
        let from = time.subtractingReportingOverflow(near).partialValue
        let until = time.addingReportingOverflow(near).partialValue
        parameters.add("from", max(0, from))
        parameters.add("until", max(0, until))
        parameters.add("bucket_from", max(0, from / second - bucket))
        parameters.add("bucket_until", max(0, until / second))
        parameters.add("page", Int64(rows))
        return parameters
    }

    private static func span(_ row: ClickHouseRow, of event: ErrorEvent) -> Breadcrumb? {
        guard let nanoseconds = row.number("nanoseconds"), let name = row.text("name") else { return nil }
        var words = [row.text("service"), row.text("kind"), name].compactMap(\.self).joined(separator: " ")
        if let duration = row.number("duration") { words += ", \(duration / 1_000_000) ms" }
        if let status = row.text("status") { words += ": \(status)" }
        if let span = row.text("span") {
            if span == event.spanID { words += " (this span)" }
            if span == event.tags["parent.span_id"] { words += " (its parent)" }
        }
        let hasFailed = row.number("failed") == 1
        return Breadcrumb(
            time: Timestamp(nanoseconds: nanoseconds), category: "span", level: hasFailed ? .error : .info,
            message: clip(words, to: 512))
    }

    private static func log(_ row: ClickHouseRow) -> Breadcrumb? {
        guard let nanoseconds = row.number("nanoseconds"), let body = row.text("body") else { return nil }
        let service = row.text("service").map { "\($0): " } ?? ""
        return Breadcrumb(
            time: Timestamp(nanoseconds: nanoseconds), category: "log",
            level: row.text("severity").flatMap { LogLevel(word: $0) }, message: clip(service + body, to: 1024))
    }
}

extension ClickHouseClient {
    /// Hands out rows as they arrive, and closes the connection when there are enough of them.
    func forEach(
        _ query: String, _ parameters: Parameters, limit: Int, bytes most: Int, _ body: (ClickHouseRow) -> Void
    ) async throws {
        var (rest, count, size) = ([UInt8](), 0, 0)
        try await client.stream(request(query, parameters)) { piece in
            rest += piece
            size += piece.count
            while let end = rest.firstIndex(of: 0x0A) {
                for row in try Self.rows(in: Array(rest[...end]), source: client.source) {
                    body(row)
                    count += 1
                }
                rest.removeFirst(end + 1)
                if count >= limit { return false }
            }
            return size < most
        }
    }
}
