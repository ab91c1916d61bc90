import Events
import Foundation
import HTTPTransport

/// One row of a reply: names and values of any type.
struct ClickHouseRow {
    private let values: [String: Any]

    init(_ values: [String: Any]) { self.values = values }

    /// Text without the NULs that pad a FixedString; nil where it is empty: a join that found nothing gives `''`.
    func text(_ name: String) -> String? {
        guard var text = values[name] as? String else { return nil }
        while text.unicodeScalars.last?.value == 0 { text.unicodeScalars.removeLast() }
        return text.isEmpty ? nil : text
    }

    /// A whole number, quoted (as older servers write 64 bits) or bare.
    func number(_ name: String) -> Int64? {
        if let text = values[name] as? String { return Int64(text) }
        guard let number = values[name] as? NSNumber else { return nil }
        // Through text: a number beyond 2^53 is not always kept whole as a Double.
        return Int64(number.stringValue) ?? Int64(exactly: number)
    }

    func map(_ name: String) -> [String: String] {
        guard let table = values[name] as? [String: Any] else { return [:] }
        return table.compactMapValues { $0 as? String ?? ($0 as? NSNumber)?.stringValue }
    }
}

/// Reads ClickHouse's HTTP interface with `readonly=2`: nothing can be changed, and limits can be set.
struct ClickHouseClient {
    let client: RemoteClient
    let settings: RemoteSettings

    private static let replyBytes = 256 << 20
    private static let words = 4096

    /// What a query is given beside its text.
    struct Parameters {
        private(set) var values: [(name: String, text: String)] = []

        mutating func add(_ name: String, _ number: Int64) { values.append((name, String(number))) }

        /// Text is escaped as in tab-separated values, which is how parameters are read.
        mutating func add(_ name: String, _ text: String) { values.append((name, Self.escaped(text))) }

        mutating func add(_ name: String, _ texts: [String]) {
            let quoted = texts.map { "'\(Self.escaped($0).replacing("'", with: "\\'"))'" }
            values.append((name, "[\(quoted.joined(separator: ","))]"))
        }

        private static func escaped(_ text: String) -> String {
            text.replacing("\\", with: "\\\\").replacing("\t", with: "\\t").replacing("\n", with: "\\n")
                .replacing("\r", with: "\\r").replacing("\0", with: "\\0")
        }
    }

    /// - Returns: every row of the reply.
    /// - Throws: also when the reply ends in an exception although its status is 200.
    func rows(_ query: String, _ parameters: Parameters) async throws -> (rows: [ClickHouseRow], bytes: Int) {
        let response = try await client.send(request(query, parameters), limit: Self.replyBytes)
        return (try Self.rows(in: response.body, source: client.source), response.body.count)
    }

    func request(_ query: String, _ parameters: Parameters) -> HTTPRequest {
        var path = RemotePath("/")
        path.add("default_format", "JSONEachRow")
        path.add("readonly", "2")
        path.add("max_execution_time", "\(max(1, settings.requestTimeout.nanoseconds / 1_000_000_000))")
        path.add("wait_end_of_query", "1")
        path.add("output_format_json_quote_64bit_integers", "1")
        path.add("join_use_nulls", "0")
        for (name, text) in parameters.values { path.add("param_\(name)", text) }
        return HTTPRequest(
            .post, path: path.text, headers: [HTTPHeader("Content-Type", "text/plain; charset=utf-8")],
            body: Array(query.utf8))
    }

    static func rows(in body: [UInt8], source: String) throws(SourceError) -> [ClickHouseRow] {
        var rows: [ClickHouseRow] = []
        let lines = body.split(separator: 0x0A)
        for (index, line) in lines.enumerated() {
            let parsed: Any?
            do { parsed = try JSONSerialization.jsonObject(with: Data(line)) } catch { parsed = nil }
            if let object = parsed as? [String: Any] {
                // Newer servers write the exception as a row.
                if object.count == 1, let words = object["exception"] as? String { throw exception(words, source) }
                rows.append(ClickHouseRow(object))
                continue
            }
            let rest = String(
                decoding: Array(lines[index...].joined(separator: [0x0A])).prefix(Self.words), as: UTF8.self)
            if rest.contains("DB::Exception") { throw exception(rest, source) }
            throw .malformed(source: source, words: "the reply breaks off, or is not ClickHouse's: line \(index + 1)")
        }
        return rows
    }

    private static func exception(_ words: String, _ source: String) -> SourceError {
        let start = words.firstRange(of: "Code:")?.lowerBound ?? words.startIndex
        return .malformed(
            source: source, words: "ClickHouse stopped amid its reply: \(RemoteClient.bounded(String(words[start...])))"
        )
    }
}
