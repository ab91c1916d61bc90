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

    /// Lines taken in by one transaction.
    private static let linesAtOnce = 512

    /// Importing a file again, or the rest of one whose import was stopped, adds nothing twice.
    public func run(file: String, now: Timestamp) throws -> Summary {
        try configuration.home.prepare()
        let lock = try RunLock(home: configuration.home, holder: "history import")
        let site = try Site(configuration, mode: .readWrite, now: now)
        defer { withExtendedLifetime(lock) {} }
        var summary = Summary()
        var lines: [(number: Int, text: String)] = []
        try LineFile.forEach(file, limit: Self.lineLimit) { number, text in
            lines.append((number, text))
            guard lines.count == Self.linesAtOnce else { return }
            try take(lines, of: file, into: site, &summary, now: now)
            lines.removeAll(keepingCapacity: true)
        }
        try take(lines, of: file, into: site, &summary, now: now)
        return summary
    }

    /// A line that was taken apart, or why it could not be.
    private enum Taken: Sendable {
        case group(ImportedGroup, masked: [String: Int])
        case problem(String)
    }

    private func take(
        _ lines: [(number: Int, text: String)], of file: String, into site: Site, _ summary: inout Summary,
        now: Timestamp
    ) throws {
        var groups: [ImportedGroup] = []
        var masked: [String: Int] = [:]
        for taken in ParallelMap.map(lines, { _, line in Self.take(line.text, site, "\(file):\(line.number)") }) {
            switch taken {
            case .group(let group, let counts):
                groups.append(group)
                masked.merge(counts, uniquingKeysWith: +)
                summary.groups += 1
                summary.events += group.buckets.reduce(0) { $0 + $1.count }
            case .problem(let words):
                if summary.problems.count < Self.problemLimit { summary.problems.append(words) }
            }
        }
        guard !groups.isEmpty else { return }
        try site.history.importGroups(groups, masked: masked, now: now)
    }

    private static func take(_ text: String, _ site: Site, _ place: String) -> Taken {
        let line: Line
        do {
            line = try JSONDecoder().decode(Line.self, from: Data(text.utf8))
        } catch {
            let words = (error as? DecodingError).map(words) ?? "\(error)"
            return .problem(site.redactor("\(place): \(words)").text)
        }
        var masked: [String: Int] = [:]
        let event = line.event.redacted(by: site.redactor, ledger: &masked)
        let buckets =
            line.buckets?.map { ImportedGroup.Bucket(time: $0.time, count: max(1, $0.count)) }
            ?? [ImportedGroup.Bucket(time: event.time, count: event.count)]
        let diagnosis = line.rootCause.map { cause in
            Diagnosis(
                severity: .medium, rootCause: site.redactor(cause).text, confidence: 0,
                provenance: Provenance(
                    author: .builtIn(reason: .noModel), at: buckets.map(\.time).max() ?? event.time),
                caveats: ["imported with the history"])
        }
        let group = ImportedGroup(
            event: event, grouping: site.grouper.group(event), buckets: buckets,
            resolution: line.resolution?.redacted(by: site.redactor), diagnosis: diagnosis)
        return .group(group, masked: masked)
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
