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
        /// 0 where an index was there already.
        public var buildSeconds: Double
        public var bytesOnDisk: Int
        /// The most memory that the process had until now (VmHWM of /proc/self/status).
        public var peakMemoryBytes: Int
    }

    /// One row of either file: an event of ours, or text as it was logged.
    struct Row: Decodable, Sendable {
        var id: RowID?
        var text: String?
        var event: ErrorEvent?

        /// What its words and frames are taken from: a trace as such, any other text as a whole.
        ///
        /// - Parameter share: of ten lines, so many belong to the trace in what is one; where frames only stand among
        ///   other lines, those count too.
        func subject(now: Timestamp, share: Int = 6) -> ErrorEvent? {
            if let event { return event }
            guard let text else { return nil }
            let exceptions = parseTrace(text: text)
            if Self.isTrace(text, exceptions, share) {
                var event = ErrorEvent(id: "", time: now, message: "")
                event.exceptions = exceptions
                return event
            }
            return ErrorEvent(id: "", time: now, message: text)
        }

        private static func isTrace(_ text: String, _ exceptions: [ExceptionInfo], _ share: Int) -> Bool {
            guard exceptions.contains(where: { !$0.frames.isEmpty }) else { return false }
            let told = exceptions.reduce(0) { sum, exception in
                sum + 1 + exception.frames.count + (exception.message ?? "").utf8.count { $0 == 0x0A }
            }
            return told * 10 >= (text.utf8.count { $0 == 0x0A } + 1) * share
        }
    }

    /// A number or a text; answered as it came.
    enum RowID: Codable, Sendable {
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
    /// - Parameters:
    ///   - index: where the index is kept; one that is there is used as it is. Without it, it is temporary.
    ///   - emit: gets one JSON object a query, in order.
    public func similar(
        history: String, queries: String, index kept: String? = nil, top: Int, now: Timestamp,
        emit: (String) -> Void
    ) throws -> IndexFacts {
        let path = kept ?? Self.temporaryIndex()
        defer {
            // What SQLite keeps beside the file may or may not be there.
            if kept == nil { for suffix in ["", "-journal"] { unlink(path + suffix) } }
        }
        let clock = ContinuousClock()
        let start = clock.now
        let index = try SimilarityIndex(at: path)
        var rows = 0
        if try index.isEmpty() {
            try index.build { add in
                try forEachRow(of: history, now: now) { id, key in
                    try add(id.key, key)
                    rows += 1
                }
            }
        }
        let built = rows > 0 ? start.duration(to: clock.now).inSeconds : 0
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys]
        let grouper = Grouper(settings: configuration.grouping)
        try LineFile.forEach(queries, limit: Self.rowLimit) { number, text in
            let row = try Self.row(Data(text.utf8), queries, number)
            guard let id = row.id else { throw LineFileError.notARow(path: queries, number: number) }
            let key = try Self.key(of: row, queries, number, grouper, now: now)
            let asked = clock.now
            let found = try index.search(key, top: top)
            let time = Int(asked.duration(to: clock.now).inSeconds * 1e6)
            let results = found.map { Answer.Result(id: RowID(key: $0.id), score: $0.score) }
            let answer = Answer(query: id, results: results, microseconds: time)
            emit(String(decoding: try encoder.encode(answer), as: UTF8.self))
        }
        let size = try FileManager.default.attributesOfItem(atPath: path)[.size] as? Int ?? 0
        return IndexFacts(rows: rows, buildSeconds: built, bytesOnDisk: size, peakMemoryBytes: PeakMemory.bytes())
    }

    private static let rowLimit = 16 << 20
    /// Rows worked on at once.
    private static let rowsAtOnce = 512

    private static func temporaryIndex() -> String {
        FileManager.default.temporaryDirectory.appending(path: "likeness-\(UUID().uuidString).sqlite").path
    }

    /// Rows in their order; reading them as JSON and taking them apart is spread over the processors.
    private func forEachRow(
        of file: String, now: Timestamp, _ body: (RowID, SimilarityIndex.Prepared) throws -> Void
    ) throws {
        let grouper = Grouper(settings: configuration.grouping)
        try LineFile.forEachBatch(file, limit: Self.rowLimit, count: Self.rowsAtOnce) { first, lines in
            let prepared = try ParallelMap.map(lines) { index, line in
                let row = try Self.row(line, file, first + index)
                let key = try Self.key(of: row, file, first + index, grouper, now: now)
                guard let id = row.id else { throw LineFileError.notARow(path: file, number: first + index) }
                return (id, SimilarityIndex.Prepared(key))
            }
            for (id, key) in prepared { try body(id, key) }
        }
    }

    private static func row(_ line: Data, _ file: String, _ number: Int) throws -> Row {
        do {
            return try JSONDecoder().decode(Row.self, from: line)
        } catch {
            throw LineFileError.notARow(path: file, number: number)
        }
    }

    private static func key(
        of row: Row, _ file: String, _ number: Int, _ grouper: Grouper, now: Timestamp
    ) throws -> SearchKey {
        guard let subject = row.subject(now: now, share: 9) else {
            throw LineFileError.notARow(path: file, number: number)
        }
        return grouper.searchKey(of: subject)
    }
}
