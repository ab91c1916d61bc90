import Synchronization

/// The memory that all bodies in hand may take together: what is beyond it is asked to come again.
final class BodyBudget: Sendable {
    private let metrics: DoorMetrics
    private let used = Mutex(0)

    /// Bytes, as reckoned by ``BodyLease``.
    static let most = 64 << 20

    init(metrics: DoorMetrics) { self.metrics = metrics }

    /// - Parameter held: what the same body has by now; one that is alone may be as large as it likes.
    fileprivate func take(_ bytes: Int, held: Int) -> Bool {
        let (isTaken, all) = used.withLock { used in
            guard used + bytes <= Self.most || used == held else { return (false, used) }
            used += bytes
            return (true, used)
        }
        metrics.bodyBytes(all)
        return isTaken
    }

    fileprivate func hasRoom(for bytes: Int) -> Bool {
        used.withLock { $0 == 0 || $0 + bytes <= Self.most }
    }

    fileprivate func give(_ bytes: Int) {
        metrics.bodyBytes(
            used.withLock { used in
                used -= bytes
                return used
            })
    }
}

/// One body's part of the budget, until its request is answered.
final class BodyLease: Sendable {
    private let budget: BodyBudget
    private let held = Mutex(0)

    /// What a byte of a whole body costs until it is answered: itself, its parsed form, its events and their file.
    static let weight = 4

    init(_ budget: BodyBudget) { self.budget = budget }

    /// - Returns: whether there is memory for so many bytes more.
    func takes(_ bytes: Int) -> Bool {
        guard budget.take(bytes, held: held.withLock { $0 }) else { return false }
        held.withLock { $0 += bytes }
        return true
    }

    /// Whether a body of so many bytes could be received now.
    func hasRoom(for bytes: Int) -> Bool { budget.hasRoom(for: bytes) }

    func release() {
        let bytes = held.withLock { held in
            defer { held = 0 }
            return held
        }
        if bytes > 0 { budget.give(bytes) }
    }
}
