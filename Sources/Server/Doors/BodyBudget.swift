import Synchronization

/// The memory that all bodies in hand may take together: what is beyond it is asked to come again.
final class BodyBudget: Sendable {
    private let metrics: DoorMetrics
    private let used = Mutex(0)

    /// Bytes, as reckoned by ``BodyLease``.
    static let most = 96 << 20

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

    /// What a byte of a body costs until it is answered: itself, its parsed form, its events and their file.
    static let weight = 5

    init(_ budget: BodyBudget) { self.budget = budget }

    /// - Parameter bytes: of a body, as sent or decompressed.
    /// - Throws: ``DoorRefusal/noMemory``.
    func take(_ bytes: Int) throws(DoorRefusal) {
        guard takes(bytes) else { throw .noMemory }
    }

    /// - Returns: whether there is memory for them.
    func takes(_ bytes: Int) -> Bool {
        let (cost, isOverflow) = bytes.multipliedReportingOverflow(by: Self.weight)
        guard !isOverflow, budget.take(cost, held: held.withLock { $0 }) else { return false }
        held.withLock { $0 += cost }
        return true
    }

    func release() {
        let bytes = held.withLock { held in
            defer { held = 0 }
            return held
        }
        if bytes > 0 { budget.give(bytes) }
    }
}
