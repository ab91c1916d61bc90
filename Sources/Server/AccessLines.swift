import Dispatch
import Synchronization

/// Writes the lines of an access log one after the other, beside the work: whoever reads them slowly, or not at all,
/// holds up no request.
public final class AccessLines: Sendable {
    private struct State {
        var waiting = 0
        var dropped = 0
    }

    private let limit: Int
    private let write: @Sendable (String) -> Void
    private let state = Mutex(State())
    private let queue = DispatchQueue(label: "access log")

    /// - Parameters:
    ///   - limit: lines that wait to be written; further ones are dropped, and their number is told.
    ///   - write: may block.
    public init(limit: Int = 4096, write: @escaping @Sendable (String) -> Void) {
        (self.limit, self.write) = (limit, write)
    }

    public func add(_ line: String) {
        let isTaken = state.withLock { state in
            guard state.waiting < limit else {
                state.dropped += 1
                return false
            }
            state.waiting += 1
            return true
        }
        guard isTaken else { return }
        queue.async { [self] in
            write(line)
            let dropped = state.withLock { state in
                state.waiting -= 1
                guard state.waiting < limit / 2 else { return 0 }
                defer { state.dropped = 0 }
                return state.dropped
            }
            if dropped > 0 { write("\(dropped) lines of the access log were dropped: they were not read in time") }
        }
    }

    /// Waits until what was added is written, but not for ever.
    public func finish(within limit: Duration = .seconds(2)) {
        let done = DispatchSemaphore(value: 0)
        queue.async { done.signal() }
        _ = done.wait(timeout: .now() + .nanoseconds(Int(limit / .nanoseconds(1))))
    }
}
