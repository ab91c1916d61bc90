import Synchronization

/// Wrong tokens of an address: after a few of them it waits.
final class LoginLimit: Sendable {
    private struct Failures {
        var count: Int
        var since: ContinuousClock.Instant
    }

    /// Wrong tokens within the window; of all addresses together, so many.
    static let ofOne = 5
    static let ofAll = 200
    static let window = Duration.seconds(300)
    /// Addresses remembered.
    private static let most = 10_000

    private let failures = Mutex<[String: Failures]>([:])

    /// Seconds until it may try again; nil when it may now.
    func wait(_ client: String, at now: ContinuousClock.Instant) -> Int? {
        failures.withLock { failures in
            failures = failures.filter { now - $0.value.since < Self.window }
            let all = failures.values.reduce(0) { $0 + $1.count }
            guard let own = failures[client], own.count >= Self.ofOne else {
                return all >= Self.ofAll ? 60 : nil
            }
            return max(1, Int((Self.window - (now - own.since)).inWholeSeconds))
        }
    }

    func failed(_ client: String, at now: ContinuousClock.Instant) {
        failures.withLock { failures in
            guard failures.count < Self.most || failures[client] != nil else { return }
            failures[client, default: Failures(count: 0, since: now)].count += 1
        }
    }

    func succeeded(_ client: String) { failures.withLock { $0[client] = nil } }
}

extension Duration {
    fileprivate var inWholeSeconds: Int64 { components.seconds }
}
