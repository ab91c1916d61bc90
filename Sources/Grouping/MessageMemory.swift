import Events
import Synchronization

/// Remembers what grouping said of messages without exceptions, so that a key is hashed once.
///
/// Changes no result, only the time it takes: what is remembered is a pure function of the key.
final class MessageMemory: Sendable {
    /// All that the result of such an event depends on.
    struct Key: Hashable, Sendable {
        var template: String
        var code: String?
        var target: String?
    }

    /// Results kept; then all are forgotten and the memory fills anew.
    static let maxResults = 20_000

    private let results = Mutex<[Key: GroupingResult]>([:])

    func result(for key: Key, else work: () -> GroupingResult) -> GroupingResult {
        if let known = results.withLock({ $0[key] }) { return known }
        let result = work()
        results.withLock { results in
            if results.count >= Self.maxResults { results.removeAll(keepingCapacity: true) }
            results[key] = result
        }
        return result
    }
}
