/// Prometheus' text format, version 0.0.4
/// (https://prometheus.io/docs/instrumenting/exposition_formats/#text-based-format).
struct PrometheusText {
    static let contentType = "text/plain; version=0.0.4; charset=utf-8"

    private(set) var text = ""

    /// Begins a family; its samples follow.
    mutating func begin(_ family: MetricFamily) {
        text += "# HELP \(family.name) \(Self.escaped(family.help, quotes: false))\n"
        text += "# TYPE \(family.name) \(family.kind.word)\n"
    }

    mutating func sample(_ name: String, _ labels: [(name: String, value: String)], _ value: Double) {
        text += name
        if !labels.isEmpty {
            let list = labels.map { "\($0.name)=\"\(Self.escaped($0.value, quotes: true))\"" }
            text += "{\(list.joined(separator: ","))}"
        }
        text += " \(Self.number(value))\n"
    }

    mutating func add(_ family: MetricFamily, _ values: [(labels: [String], value: MetricValue)]) {
        guard !values.isEmpty else { return }
        begin(family)
        for (labels, value) in values {
            let named = Array(zip(family.labels, labels)).map { (name: $0, value: $1) }
            if case .histogram(let bounds) = family.kind {
                histogram(family.name, named, bounds, value)
            } else {
                sample(family.name, named, value.sum)
            }
        }
    }

    private mutating func histogram(
        _ name: String, _ labels: [(name: String, value: String)], _ bounds: [Double], _ value: MetricValue
    ) {
        var below: Int64 = 0
        for (index, count) in value.counts.enumerated() {
            below += count
            let bound = index < bounds.count ? Self.number(bounds[index]) : "+Inf"
            sample(name + "_bucket", labels + [(name: "le", value: bound)], Double(below))
        }
        sample(name + "_sum", labels, value.sum)
        sample(name + "_count", labels, Double(below))
    }

    private static func escaped(_ text: String, quotes: Bool) -> String {
        var result = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\\": result += "\\\\"
            case "\n": result += "\\n"
            case "\"" where quotes: result += "\\\""
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result
    }

    static func number(_ value: Double) -> String {
        if value.isNaN { return "NaN" }
        if value.isInfinite { return value < 0 ? "-Inf" : "+Inf" }
        return Int64(exactly: value).map(String.init) ?? "\(value)"
    }
}
