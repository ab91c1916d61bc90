import Events

/// Inline SVG: events over time stacked by severity, a sparkline a group, the services with the most events.
enum HTMLCharts {
    static let slices = 48
    static let services = 8

    static func sparkline(_ series: [Int]) -> String {
        let values = Sparkline.narrowed(series.map { max(0, $0) })
        guard let peak = values.max(), peak > 0 else { return "" }
        let bars = values.enumerated().map { index, value in
            let height = 1 + Int(Double(value) / Double(peak) * 15)
            return "<rect x=\"\(index * 5)\" y=\"\(16 - height)\" width=\"4\" height=\"\(height)\"/>"
        }
        let width = values.count * 5
        return "<svg role=\"img\" aria-label=\"events over time\" width=\"\(width)\" height=\"16\" "
            + "viewBox=\"0 0 \(width) 16\" fill=\"currentColor\">\(bars.joined())</svg>"
    }

    /// The groups' series added up by severity, the worst at the bottom.
    static func events(_ report: Report) -> String {
        let count = min(slices, report.groups.map(\.facts.series.count).max() ?? 0)
        guard count > 1 else { return "" }
        var columns = [[Severity: Double]](repeating: [:], count: count)
        for group in report.groups {
            let series = group.facts.series
            for (index, value) in series.enumerated() where value > 0 {
                columns[index * count / series.count][group.severity, default: 0] += Double(value)
            }
        }
        let peak = columns.map { $0.values.reduce(0, +) }.max() ?? 0
        guard peak > 0 else { return "" }
        var bars: [String] = []
        for (index, column) in columns.enumerated() {
            var base = 100.0
            for severity in Severity.allCases.reversed() {
                guard let value = column[severity], value > 0 else { continue }
                let height = max(0.5, value / peak * 100)
                base -= height
                bars.append(
                    "<rect class=\"\(severity.rawValue)\" x=\"\(index * 12)\" y=\"\(fixed(base))\" width=\"11\" "
                        + "height=\"\(fixed(height))\"/>")
            }
        }
        return "<h2>Events over time</h2>\n<svg role=\"img\" aria-label=\"events over time by severity\" "
            + "viewBox=\"0 -4 \(count * 12) 104\" width=\"\(count * 12)\">\(bars.joined(separator: "\n"))</svg>"
    }

    /// A group's events count for the service that has it most.
    static func services(_ report: Report) -> String {
        var sums: [String: Double] = [:]
        for group in report.groups { sums[group.service ?? "(none)", default: 0] += Double(max(0, group.facts.count)) }
        let top = sums.sorted { ($1.value, $0.key) < ($0.value, $1.key) }.prefix(services)
        guard let most = top.first?.value, most > 0 else { return "" }
        let rows = top.enumerated().map { index, entry in
            let (y, width) = (index * 20, max(1, entry.value / most * 200))
            let name = HTMLText.escaped(String(VisibleText.line(entry.key).unicodeScalars.prefix(40)))
            return "<rect class=\"info\" x=\"0\" y=\"\(y)\" width=\"\(fixed(width))\" height=\"16\"/>"
                + "<text x=\"206\" y=\"\(y + 12)\">\(name) \(NumberText.grouped(Int(min(entry.value, 9e18))))</text>"
        }
        return
            "<h2>Top services</h2>\n<svg role=\"img\" aria-label=\"events by service\" viewBox=\"0 0 560 \(top.count * 20)\" "
            + "width=\"560\">\(rows.joined(separator: "\n"))</svg>"
    }

    /// One decimal, without a locale.
    private static func fixed(_ value: Double) -> String {
        let tenths = Int((value * 10).rounded())
        return "\(tenths < 0 ? "-" : "")\(abs(tenths) / 10).\(abs(tenths) % 10)"
    }
}
