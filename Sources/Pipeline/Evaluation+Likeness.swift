import Events
import Foundation
import Grouping
import History
import Intake

/// The measuring door of the search by likeness.
extension Evaluation {
    /// What building an index took, for the line on standard error.
    public struct IndexFacts: Sendable, Encodable {
        public var rows: Int
        public var buildSeconds: Double
        public var bytesOnDisk: Int
    }

    /// One row of either file: an event of ours, or text as it was logged.
    private struct Row: Decodable {
        var id: RowID
        var text: String?
        var event: ErrorEvent?

        /// What its words and frames are taken from: one trace as such, any other text as a whole.
        func subject(now: Timestamp) -> ErrorEvent? {
            if let event { return event }
            guard let text else { return nil }
            let read = parseEvent(text: text, now: now)
            if read.count == 1, let only = read.first, !only.frames.isEmpty { return only }
            return ErrorEvent(id: "", time: now, message: text)
        }
    }

    /// A number or a text; answered as it came.
    private enum RowID: Codable {
        case number(Int)
        case text(String)

        /// A key that tells `1` and `"1"` apart.
        var key: String {
            switch self {
            case .number(let number): "n\(number)"
            case .text(let text): "t\(text)"
            }
        }

        init(key: String) {
            let rest = String(key.dropFirst())
            self = key.hasPrefix("n") ? .number(Int(rest) ?? 0) : .text(rest)
        }

        init(from decoder: any Decoder) throws {
            let value = try decoder.singleValueContainer()
            do {
                self = .number(try value.decode(Int.self))
            } catch DecodingError.typeMismatch {
                self = .text(try value.decode(String.self))
            }
        }

        func encode(to encoder: any Encoder) throws {
            var value = encoder.singleValueContainer()
            switch self {
            case .number(let number): try value.encode(number)
            case .text(let text): try value.encode(text)
            }
        }
    }

    private struct Answer: Encodable {
        struct Result: Encodable {
            var id: RowID
            var score: Double
        }

        var query: RowID
        var results: [Result]
        var microseconds: Int
    }

    /// Builds an index of `history` on disk and asks it for what is like each of `queries`.
    ///
    /// - Parameter emit: gets one JSON object a query, in order.
    public func similar(
        history: String, queries: String, top: Int, now: Timestamp, emit: (String) -> Void
    ) throws -> IndexFacts {
        let path = FileManager.default.temporaryDirectory.appending(path: "likeness-\(UUID().uuidString).sqlite").path
        defer {
            // What SQLite keeps beside the file may or may not be there.
            for suffix in ["", "-wal", "-shm"] { unlink(path + suffix) }
        }
        let clock = ContinuousClock()
        let start = clock.now
        let index = try SimilarityIndex(at: path)
        var rows: [(id: String, key: SearchKey)] = []
        try forEachRow(of: history, now: now) { rows.append(($0.key, $1)) }
        try index.build(rows)
        let built = start.duration(to: clock.now).inSeconds
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys]
        try forEachRow(of: queries, now: now) { id, key in
            let asked = clock.now
            let found = try index.search(key, top: top)
            let time = Int(asked.duration(to: clock.now).inSeconds * 1e6)
            let results = found.map { Answer.Result(id: RowID(key: $0.id), score: $0.score) }
            let answer = Answer(query: id, results: results, microseconds: time)
            emit(String(decoding: try encoder.encode(answer), as: UTF8.self))
        }
        let size = try FileManager.default.attributesOfItem(atPath: path)[.size] as? Int ?? 0
        return IndexFacts(rows: rows.count, buildSeconds: built, bytesOnDisk: size)
    }

    private func forEachRow(of file: String, now: Timestamp, _ body: (RowID, SearchKey) throws -> Void) throws {
        let grouper = Grouper(settings: configuration.grouping)
        try LineFile.forEach(file, limit: 16 << 20) { number, text in
            let row: Row
            do {
                row = try JSONDecoder().decode(Row.self, from: Data(text.utf8))
            } catch {
                throw LineFileError.notARow(path: file, number: number)
            }
            guard let subject = row.subject(now: now) else { throw LineFileError.notARow(path: file, number: number) }
            try body(row.id, grouper.group(subject).searchKey)
        }
    }
}
