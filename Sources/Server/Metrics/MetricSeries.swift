import CoreMetrics
import Synchronization

/// The numbers of one family.
final class MetricSeries: Sendable {
    private let family: MetricFamily
    private let cells = Mutex<[[String]: MetricCell]>([:])

    /// Sets of labels that are told apart; later ones are counted together.
    static let most = 200
    static let other = "other"

    init(_ family: MetricFamily) { self.family = family }

    var current: [(labels: [String], value: MetricValue)] {
        cells.withLock { $0.map { ($0.key, $0.value.current) } }.sorted { $0.0.lexicographicallyPrecedes($1.0) }
    }

    func cell(_ labels: [String]) -> MetricCell {
        cells.withLock { cells in
            if let known = cells[labels] { return known }
            let key = cells.count < Self.most ? labels : labels.map { _ in Self.other }
            if let known = cells[key] { return known }
            let cell = MetricCell(family.kind)
            cells[key] = cell
            return cell
        }
    }
}

/// One number, or one histogram, in every form that swift-metrics asks for.
final class MetricCell: CounterHandler, FloatingPointCounterHandler, MeterHandler, RecorderHandler, TimerHandler,
    Sendable
{
    private let bounds: [Double]
    private let value: Mutex<MetricValue>

    init(_ kind: MetricFamily.Kind) {
        if case .histogram(let bounds) = kind {
            self.bounds = bounds
            value = Mutex(MetricValue(counts: Array(repeating: 0, count: bounds.count + 1)))
        } else {
            bounds = []
            value = Mutex(MetricValue())
        }
    }

    var current: MetricValue { value.withLock { $0 } }

    func increment(by amount: Int64) { increment(by: Double(amount)) }
    func increment(by amount: Double) { value.withLock { $0.sum += max(0, amount) } }
    /// A counter never falls while the process lives.
    func reset() {}

    func set(_ number: Int64) { set(Double(number)) }
    func set(_ number: Double) { value.withLock { $0.sum = number } }
    func decrement(by amount: Double) { value.withLock { $0.sum -= amount } }

    func record(_ number: Int64) { record(Double(number)) }

    func record(_ number: Double) {
        value.withLock { value in
            guard !value.counts.isEmpty else {
                value.sum = number
                return
            }
            value.sum += number
            value.counts[bounds.firstIndex { number <= $0 } ?? bounds.count] += 1
        }
    }

    func recordNanoseconds(_ duration: Int64) { record(Double(duration) / 1e9) }
}
