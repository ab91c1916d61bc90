import Events
import Foundation
import Pipeline
import Synchronization

/// Questions that are answered now, a few at once.
final class AnalysisDesk: Sendable {
    private let analyzer: Analyzer
    private let most: Int
    private let running = Mutex(0)

    init(configuration: Configuration, clock: @escaping @Sendable () -> Timestamp) {
        analyzer = Analyzer(configuration: configuration, clock: clock)
        most = configuration.serve.analysesAtOnce
    }

    /// - Returns: false where as many as may are being answered; otherwise ``end()`` follows.
    func begin() -> Bool {
        running.withLock { running in
            guard running < most else { return false }
            running += 1
            return true
        }
    }

    func end() { running.withLock { $0 -= 1 } }

    /// - Returns: JSON.
    /// - Throws: `MessageError` for what is no question; where home or history cannot be used.
    func answer(_ body: [UInt8]) async throws -> String {
        let reply = try await analyzer.answer(try AnalysisQuestion(body))
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return String(decoding: try encoder.encode(reply), as: UTF8.self)
    }
}
