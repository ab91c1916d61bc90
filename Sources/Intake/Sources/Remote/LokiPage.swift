import Crypto
import Events
import Foundation

/// One log line of Loki, with the labels of its stream.
struct LokiEntry: Hashable {
    /// Nanoseconds since the epoch.
    var time: Int64
    /// The stream's own name: its labels, sorted.
    var stream: String
    var labels: [String: String]
    var line: String
    /// Structured metadata of the line alone.
    var metadata: [String: String]

    /// 64 bits of a hash of the whole entry: tells it from the others at its instant.
    var mark: String {
        var hash = SHA256()
        hash.update(data: Data("\(time)\n\(stream)\n".utf8))
        for (name, value) in metadata.sorted(by: { $0.key < $1.key }) {
            hash.update(data: Data("\(name)\u{0}\(value)\u{0}".utf8))
        }
        hash.update(data: Data("\n\(line)".utf8))
        return hash.finalize().prefix(8).map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined()
    }
}

/// A reply of `GET /loki/api/v1/query_range` to a log query.
struct LokiPage {
    /// In order of time, then stream; entries of one stream and instant in the server's order.
    private(set) var entries: [LokiEntry] = []
    /// Entries that are none.
    private(set) var broken = 0

    enum Failure: Error, Equatable {
        case notJSON
        /// `status` is not `success`.
        case failed(String)
        /// The query counts something instead of selecting lines.
        case notStreams(String)
    }

    /// - Parameter body: one JSON object.
    init(_ body: [UInt8]) throws(Failure) {
        let parsed: Any
        do { parsed = try JSONSerialization.jsonObject(with: Data(body)) } catch { throw .notJSON }
        guard let root = parsed as? [String: Any] else { throw .notJSON }
        if let status = root["status"] as? String, status != "success" {
            throw .failed(root["error"] as? String ?? status)
        }
        guard let data = root["data"] as? [String: Any] else { throw .notJSON }
        if let type = data["resultType"] as? String, type != "streams" { throw .notStreams(type) }
        guard let streams = data["result"] as? [Any] else { throw .notJSON }
        for stream in streams { read(stream) }
        // Swift's sort is stable.
        entries.sort { ($0.time, $0.stream) < ($1.time, $1.stream) }
    }

    private mutating func read(_ stream: Any) {
        guard let stream = stream as? [String: Any], let values = stream["values"] as? [Any] else {
            broken += 1
            return
        }
        let labels = Self.texts(stream["stream"])
        let name = labels.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }.joined(separator: ",")
        for value in values {
            guard let pair = value as? [Any], pair.count >= 2, let time = Self.time(pair[0]),
                let line = pair[1] as? String
            else {
                broken += 1
                continue
            }
            var metadata: [String: String] = [:]
            if pair.count > 2, let more = pair[2] as? [String: Any] {
                metadata = Self.texts(more["structuredMetadata"])
                metadata.merge(Self.texts(more["parsed"])) { own, _ in own }
            }
            entries.append(LokiEntry(time: time, stream: name, labels: labels, line: line, metadata: metadata))
        }
    }

    private static func time(_ value: Any) -> Int64? {
        if let text = value as? String { return Int64(text) }
        return (value as? NSNumber).flatMap { Int64(exactly: $0) }
    }

    private static func texts(_ value: Any?) -> [String: String] {
        guard let table = value as? [String: Any] else { return [:] }
        return table.compactMapValues { $0 as? String ?? ($0 as? NSNumber)?.stringValue }
    }
}

extension LokiEntry {
    private static let services = ["service_name", "service", "app", "app_kubernetes_io_name", "container", "job"]
    private static let hosts = ["host", "hostname", "node_name", "node", "instance", "pod"]
    private static let levels = ["detected_level", "level", "severity", "severity_text"]
    private static let environments = ["deployment_environment", "environment", "env", "namespace"]
    private static let traces = ["trace_id", "traceid", "traceID"]
    private static let spans = ["span_id", "spanid", "spanID"]
    private static let releases = ["service_version", "release", "version"]

    var facts: EntryFacts {
        func value(_ names: [String]) -> String? {
            names.lazy.compactMap { metadata[$0] ?? labels[$0] }.first { !$0.isEmpty && $0 != "unknown_service" }
        }
        var facts = EntryFacts(time: Timestamp(nanoseconds: time), identity: "\(stream)\n\(time)\n\(mark)")
        facts.level = value(Self.levels).flatMap { LogLevel(word: $0) }
        facts.service = value(Self.services)
        facts.host = value(Self.hosts)
        facts.environment = value(Self.environments)
        facts.release = value(Self.releases)
        facts.traceID = value(Self.traces)
        facts.spanID = value(Self.spans)
        facts.tags = labels.merging(metadata) { _, own in own }
        return facts
    }
}
