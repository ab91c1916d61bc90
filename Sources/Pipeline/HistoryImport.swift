import Events
import Foundation
import Grouping
import History

/// Takes in groups of the past from JSON lines (docs/formats.md): an event, when it occurred, what mended it.
public struct HistoryImport: Sendable {
    public struct Summary: Sendable, Hashable, Codable {
        public var groups = 0
        public var events = 0
        /// Lines that could not be used, with number and reason. Bounded.
        public var problems: [String] = []
    }

    /// One line of the file.
    struct Line: Decodable {
        struct Bucket: Decodable {
            var time: Timestamp
            var count: Int
        }

        var event: ErrorEvent
        var buckets: [Bucket]?
        var resolution: Resolution?
        var rootCause: String?
    }

    private static let lineLimit = 1 << 20
    private static let problemLimit = 100

    let configuration: Configuration

    public init(configuration: Configuration) { self.configuration = configuration }

    public func run(file: String, now: Timestamp) throws -> Summary {
        try configuration.home.prepare()
        let lock = try RunLock(home: configuration.home, holder: "history import")
        let site = try Site(configuration, mode: .readWrite, now: now)
        defer { withExtendedLifetime(lock) {} }
        var summary = Summary()
        try LineFile.forEach(file, limit: Self.lineLimit) { number, text in
            do {
                let line = try JSONDecoder().decode(Line.self, from: Data(text.utf8))
                summary.events += try take(line, number: number, into: site, now: now)
                summary.groups += 1
            } catch let error as DecodingError {
                guard summary.problems.count < Self.problemLimit else { return }
                summary.problems.append(site.redactor("\(file):\(number): \(Self.words(error))").text)
            }
        }
        return summary
    }

    private func take(_ line: Line, number: Int, into site: Site, now: Timestamp) throws -> Int {
        var ledger: [String: Int] = [:]
        let event = line.event.redacted(by: site.redactor, ledger: &ledger)
        let grouping = site.grouper.group(event)
        let buckets =
            line.buckets?.map { (time: $0.time, count: max(1, $0.count)) } ?? [(time: event.time, count: event.count)]
        let entries = buckets.enumerated().map { index, bucket in
            var copy = event
            copy.id = "import-\(number)-\(index)-\(event.id)"
            (copy.time, copy.count) = (bucket.time, bucket.count)
            return RecordEntry(event: copy, grouping: grouping)
        }
        _ = try site.history.record(RecordBatch(entries: entries, masked: ledger, now: now))
        if let cause = line.rootCause {
            let last = buckets.map(\.time).max() ?? event.time
            let provenance = Provenance(author: .builtIn(reason: .noModel), at: last)
            let diagnosis = Diagnosis(
                severity: .medium, rootCause: site.redactor(cause).text, confidence: 0, provenance: provenance,
                caveats: ["imported with the history"])
            try site.history.save(DiagnosisRecord(fingerprint: grouping.fingerprint, diagnosis: diagnosis))
        }
        if let resolution = line.resolution {
            try site.history.resolve(grouping.fingerprint, resolution.redacted(by: site.redactor))
        }
        return buckets.reduce(0) { $0 + $1.count }
    }

    private static func words(_ error: DecodingError) -> String {
        switch error {
        case .dataCorrupted(let context): context.debugDescription
        case .keyNotFound(let key, _): "\"\(key.stringValue)\" is missing"
        case .typeMismatch(_, let context), .valueNotFound(_, let context):
            "\(context.codingPath.map(\.stringValue).joined(separator: ".")): \(context.debugDescription)"
        @unknown default: "\(error)"
        }
    }
}
