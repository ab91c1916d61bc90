import Foundation
import Synchronization

/// A request as a stand-in sees it: path and decoded query.
public struct PlainRequest: Sendable {
    public var method: String
    public var path: String
    public var query: [String: String]
    public var headers: [String: String]
    public var body: String

    public init(_ bytes: [UInt8]) {
        let text = String(decoding: bytes, as: UTF8.self)
        let parts = text.split(separator: "\r\n\r\n", maxSplits: 1)
        let lines = (parts.first ?? "").split(separator: "\r\n")
        let words = (lines.first ?? "").split(separator: " ")
        method = words.first.map(String.init) ?? ""
        let target = words.count > 1 ? String(words[1]) : "/"
        body = parts.count > 1 ? String(parts[1]) : ""
        headers = [:]
        for line in lines.dropFirst() {
            guard let colon = line.firstIndex(of: ":") else { continue }
            headers[line[..<colon].lowercased()] =
                line[line.index(after: colon)...].trimmingCharacters(in: .whitespaces)
        }
        let pieces = target.split(separator: "?", maxSplits: 1)
        path = pieces.first.map(String.init) ?? "/"
        query = [:]
        for pair in pieces.dropFirst().first?.split(separator: "&") ?? [] {
            let halves = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            query[String(halves[0])] = halves.count > 1 ? String(halves[1]).removingPercentEncoding ?? "" : ""
        }
    }
}

/// What a server sends.
public enum PlainResponse {
    public static func make(
        _ status: String, _ body: String, headers: [String] = [], type: String = "application/json"
    ) -> [UInt8] {
        let lines =
            ["HTTP/1.1 \(status)", "Content-Type: \(type)", "Content-Length: \(body.utf8.count)", "Connection: close"]
            + headers
        return Array((lines.joined(separator: "\r\n") + "\r\n\r\n" + body).utf8)
    }

    public static func make(_ body: String, headers: [String] = []) -> [UInt8] {
        make("200 OK", body, headers: headers)
    }

    static func json(_ value: Any) -> String {
        guard let data = try? JSONSerialization.data(withJSONObject: value, options: [.sortedKeys]) else {
            return "null"
        }
        return String(decoding: data, as: UTF8.self)
    }
}

/// Answers `query_range` as Loki's documentation says: `start` inclusive, `end` exclusive, oldest first, `limit` over
/// all streams together, streams not merged, times as strings of nanoseconds.
///
/// A stand-in, not Loki: there is none to be had as a package. It proves our paging, not Loki's.
public final class LokiStandIn: Sendable {
    public struct Entry: Sendable {
        public var time: Int64
        public var labels: [String: String]
        public var line: String

        public init(_ time: Int64, _ labels: [String: String], _ line: String) {
            (self.time, self.labels, self.line) = (time, labels, line)
        }
    }

    public let server: ScriptedServer
    private let shared: Shared

    /// - Parameter most: entries of one reply; a larger limit is refused, as Loki's `max_entries_limit_per_query` does.
    public init(_ entries: [Entry], most: Int = 5000) throws {
        let shared = Shared(entries)
        server = try ScriptedServer(answering: [
            .respond { bytes in Self.answer(PlainRequest(bytes), shared.entries.withLock { $0 }, most: most) }
        ])
        self.shared = shared
    }

    private final class Shared: Sendable {
        let entries: Mutex<[Entry]>
        init(_ entries: [Entry]) { self.entries = Mutex(entries) }
    }

    public func add(_ more: [Entry]) { shared.entries.withLock { $0 += more } }

    private static func answer(_ request: PlainRequest, _ entries: [Entry], most: Int) -> [UInt8] {
        guard request.path == "/loki/api/v1/query_range", let start = request.query["start"].flatMap({ Int64($0) }),
            let end = request.query["end"].flatMap({ Int64($0) }),
            let limit = request.query["limit"].flatMap({ Int($0) }),
            request.query["direction"] == "forward"
        else { return PlainResponse.make("400 Bad Request", "bad query") }
        guard limit <= most else {
            return PlainResponse.make(
                "400 Bad Request", "max entries limit per query exceeded, limit > max_entries_limit")
        }
        let found = entries.filter { $0.time >= start && $0.time < end }.enumerated()
            .sorted { ($0.element.time, $0.offset) < ($1.element.time, $1.offset) }.prefix(limit).map(\.element)
        var streams: [[String: String]: [[String]]] = [:]
        for entry in found { streams[entry.labels, default: []].append(["\(entry.time)", entry.line]) }
        let result = streams.map { ["stream": $0.key, "values": $0.value] as [String: Any] }
        let body: [String: Any] = ["status": "success", "data": ["resultType": "streams", "result": result]]
        return PlainResponse.make(PlainResponse.json(body))
    }
}
