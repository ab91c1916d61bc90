import Pipeline
import Synchronization

/// What came through the doors since the start.
final class DoorCounts: Sendable {
    struct Values: Sendable, Equatable {
        var messages = 0
        var accepted = 0
        var ignored = 0
        var rejected = 0
        var refused = 0
    }

    private let values = Mutex(Values())

    var current: Values { values.withLock { $0 } }

    func add(_ receipt: IntakeDoor.Receipt) {
        values.withLock {
            $0.messages += 1
            $0.accepted += receipt.accepted
            $0.ignored += receipt.ignored
            $0.rejected += receipt.rejected
        }
    }

    func refused() { values.withLock { $0.refused += 1 } }
}
