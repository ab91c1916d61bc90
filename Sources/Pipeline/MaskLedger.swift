import Events
import Synchronization

/// Counts what is masked in a run besides events: in code, in answers, in what could not be read. Rule → count, never
/// a value.
final class MaskLedger: Sendable {
    private let counts = Mutex<[String: Int]>([:])

    /// The redactor, with everything that it masks counted here.
    func counting(_ redactor: @escaping Redactor) -> Redactor {
        { [self] text in
            let result = redactor(text)
            if !result.counts.isEmpty { counts.withLock { $0.merge(result.counts, uniquingKeysWith: +) } }
            return result
        }
    }

    /// What was counted since the last time.
    func take() -> [String: Int] {
        counts.withLock { counts in
            defer { counts = [:] }
            return counts
        }
    }
}
