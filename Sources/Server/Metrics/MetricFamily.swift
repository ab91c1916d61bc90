import CoreMetrics

/// One metric of ours: its name, what it means, and which labels it has. What is not declared is not kept.
struct MetricFamily: Sendable {
    enum Kind: Sendable, Hashable {
        case counter, gauge
        /// Upper bounds, ascending; beyond the last everything counts as `+Inf`.
        case histogram([Double])

        var word: String {
            switch self {
            case .counter: "counter"
            case .gauge: "gauge"
            case .histogram: "histogram"
            }
        }
    }

    let name: String
    let kind: Kind
    let labels: [String]
    let help: String

    init(_ name: String, _ kind: Kind, _ labels: [String] = [], _ help: String) {
        (self.name, self.kind, self.labels, self.help) = (name, kind, labels, help)
    }
}

/// The numbers of one family under one set of labels.
struct MetricValue: Sendable, Equatable {
    /// Of a counter or gauge; of a histogram, the sum of what was recorded.
    var sum = 0.0
    /// Of a histogram: what fell under each bound alone, and beyond the last.
    var counts: [Int64] = []
}

/// A backend of swift-metrics that keeps what is declared, for as many sets of labels as there is room for.
///
/// Handed to each metric where it is made: nothing is set up for the whole process.
final class MetricsRegistry: MetricsFactory, Sendable {
    private let families: [String: MetricFamily]
    private let series: [String: MetricSeries]

    init(_ families: [MetricFamily]) {
        self.families = Dictionary(uniqueKeysWithValues: families.map { ($0.name, $0) })
        series = self.families.mapValues(MetricSeries.init)
    }

    /// Every family with its numbers, both in order.
    var current: [(family: MetricFamily, values: [(labels: [String], value: MetricValue)])] {
        families.values.sorted { $0.name < $1.name }.map { ($0, series[$0.name]?.current ?? []) }
    }

    private func cell(_ label: String, _ dimensions: [(String, String)]) -> MetricCell? {
        guard let family = families[label] else { return nil }
        let values = family.labels.map { name in dimensions.first { $0.0 == name }?.1 ?? "" }
        return series[label]?.cell(values)
    }

    func makeCounter(label: String, dimensions: [(String, String)]) -> any CounterHandler {
        cell(label, dimensions) ?? NOOPMetricsHandler.instance
    }

    func makeFloatingPointCounter(label: String, dimensions: [(String, String)]) -> any FloatingPointCounterHandler {
        cell(label, dimensions) ?? NOOPMetricsHandler.instance
    }

    func makeMeter(label: String, dimensions: [(String, String)]) -> any MeterHandler {
        cell(label, dimensions) ?? NOOPMetricsHandler.instance
    }

    func makeRecorder(label: String, dimensions: [(String, String)], aggregate: Bool) -> any RecorderHandler {
        cell(label, dimensions) ?? NOOPMetricsHandler.instance
    }

    func makeTimer(label: String, dimensions: [(String, String)]) -> any TimerHandler {
        cell(label, dimensions) ?? NOOPMetricsHandler.instance
    }

    // A series stays until the process ends: a counter that begins anew would fall.
    func destroyCounter(_ handler: any CounterHandler) {}
    func destroyFloatingPointCounter(_ handler: any FloatingPointCounterHandler) {}
    func destroyMeter(_ handler: any MeterHandler) {}
    func destroyRecorder(_ handler: any RecorderHandler) {}
    func destroyTimer(_ handler: any TimerHandler) {}
}
