import Events
import Foundation

/// What is remembered of a source as a whole, beside the cursors of its inputs.
///
/// A source without it, whose cursors are there, was read before it was kept: it begins nowhere and is no baseline.
public struct SourceState: Codable, Hashable, Sendable {
    /// The time of the first run that read it.
    public var started: Timestamp
    /// What happened before was left out by the first reading, and is what a backfill reads; moved back by each.
    public var floor: Timestamp
    /// The first reading came to its end; from then on everything is news, however late.
    public var isComplete: Bool
    /// Where the backfill begins that is under way; kept until it is done, so that going on with it later, with another
    /// idea of how far back to go, neither skips nor doubles anything.
    public var backfill: Timestamp?

    /// The key that it is stored under, among the cursors of its source.
    public static let key = "state"

    public init(started: Timestamp, initial: Duration) {
        self.started = started
        floor = started.advanced(by: .zero - initial)
        isComplete = false
    }

    /// What happened before is left out by a run that reads the news.
    public var newsFloor: Timestamp? { isComplete ? nil : floor }

    /// Whether what this source brings now is what is usual there, so that nothing of it is called new.
    public func isBaseline(at time: Timestamp, days: Duration) -> Bool {
        days > .zero && time < started.advanced(by: days)
    }
}

extension SourceCursor {
    /// A value as a cursor; keys sorted, so that the same value makes the same bytes.
    init(key: String, _ value: some Encodable) {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        do {
            self.init(key: key, payload: String(decoding: try encoder.encode(value), as: UTF8.self))
        } catch {
            // Our cursors hold text and whole numbers only, which JSON always has a form for.
            preconditionFailure("a cursor cannot be written: \(error)")
        }
    }

    func decode<Value: Decodable>(_ type: Value.Type, of source: String) throws(SourceError) -> Value {
        do {
            return try JSONDecoder().decode(type, from: Data(payload.utf8))
        } catch {
            throw .unreadableCursor(source: source, key: key.split(separator: "\n").first.map(String.init) ?? key)
        }
    }
}

extension SourceState {
    /// The state among a source's cursors.
    ///
    /// - Throws: when it is there and cannot be understood.
    public static func find(in cursors: [SourceCursor], of source: String) throws(SourceError) -> SourceState? {
        guard let found = cursors.first(where: { $0.key == key }) else { return nil }
        return try found.decode(SourceState.self, of: source)
    }

    public var cursor: SourceCursor { SourceCursor(key: Self.key, self) }
}
