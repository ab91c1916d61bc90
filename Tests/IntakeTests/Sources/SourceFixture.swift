import ApplianceTestSupport
import Events
import Foundation

@testable import Intake

/// What a store would hold of one source: cursors by their keys, replaced and forgotten as pieces say.
struct StoredSource {
    private(set) var cursors: [String: SourceCursor] = [:]
    private(set) var events: [ErrorEvent] = []
    private(set) var statistics = IntakeStatistics()

    var all: [SourceCursor] { cursors.values.sorted { $0.key < $1.key } }
    var messages: [String] { events.map(\.message) }
    /// Occurrences, as a history counts them.
    var count: Int { events.reduce(0) { $0 + $1.count } }

    mutating func commit(_ piece: SourcePiece, at time: Timestamp = SourceFixture.now) {
        events += piece.events
        statistics += piece.statistics
        for key in piece.forgotten { cursors[key] = nil }
        for cursor in piece.cursors {
            cursors[cursor.key] = SourceCursor(key: cursor.key, payload: cursor.payload, storedAt: time)
        }
    }

    /// Reads on from what is stored.
    ///
    /// - Parameter stop: reads no more pieces after so many, and forgets the last unless it is committed: a crash.
    mutating func read(
        _ source: SourceSettings, now: Timestamp = SourceFixture.now, stretch: SourceStretch = .news(floor: nil),
        limit: Int = 2000, stop: Int = .max, commitsLast: Bool = true,
        maskPath: @escaping @Sendable (String) -> String = { $0 }
    ) async throws {
        let context = SourceContext(now: now, stretch: stretch, waiting: SourceFixture.impatient, maskPath: maskPath)
        var reader = try openSource(source, cursors: all, context: context)
        var pieces = 0
        while let piece = try await reader.next(limit: limit) {
            pieces += 1
            if pieces >= stop {
                if commitsLast { commit(piece, at: now) }
                return
            }
            commit(piece, at: now)
        }
    }
}

enum SourceFixture {
    /// 2026-11-21T06:00:00Z.
    static let now = Timestamp(seconds: 1_795_240_800)

    /// Waits for nothing.
    static let impatient = RemoteWaiting(pause: { _ in }, jitter: { 0.5 })

    static func line(_ time: String, _ message: String, level: String = "ERROR") -> String {
        "\(time) \(level) app.worker: \(message)\n"
    }

    static func remote(_ kind: SourceSettings.Kind, _ url: String) -> SourceSettings {
        var source = SourceSettings(name: "remote", paths: [])
        source.kind = kind
        source.remote.url = url
        source.settle = .zero
        return source
    }

    /// Sets when a file was written last.
    static func touch(_ path: String, _ time: Timestamp) throws {
        try FileManager.default.setAttributes(
            [.modificationDate: Date(timeIntervalSince1970: time.seconds)], ofItemAtPath: path)
    }
}
