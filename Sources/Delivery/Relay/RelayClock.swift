import Synchronization

/// How a relay waits; a test's waits for nothing.
public struct RelayClock: Sendable {
    /// Time since some fixed moment, never going back.
    public var now: @Sendable () -> Duration
    public var pause: @Sendable (Duration) async throws -> Void

    public init(now: @escaping @Sendable () -> Duration, pause: @escaping @Sendable (Duration) async throws -> Void) {
        (self.now, self.pause) = (now, pause)
    }

    /// The machine's own.
    public static var continuous: RelayClock {
        let start = ContinuousClock.now
        return RelayClock(now: { start.duration(to: .now) }, pause: { try await ContinuousClock().sleep(for: $0) })
    }
}

/// A limit that holds for all webhooks of this host together.
final class GlobalLimit: Sendable {
    private let until = Mutex(Duration.zero)

    func hold(until time: Duration) { until.withLock { $0 = max($0, time) } }

    func left(at now: Duration) -> Duration { max(.zero, until.withLock { $0 } - now) }
}
