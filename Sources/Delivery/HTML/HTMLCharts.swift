import Events

/// Inline SVG: events over time stacked by severity, a sparkline a group, the services with the most events.
///
/// Drawn in units of about a pixel of a small telephone, and scaled up from there: every label is legible at 360
/// pixels. Colours are the style's; each drawing has a title and a description for those who do not see it.
package struct HTMLCharts {
    /// What the drawings look like; belongs into the page's style.
    package static let style = """
        .chart{display:block;width:100%;max-width:32rem;height:auto}.spark{fill:currentColor;opacity:.75;vertical-align:-2px}
        .critical{fill:#d93025}.high{fill:#e8710a}.medium{fill:#c7a500}.low{fill:#249a5c}.info{fill:#808890}.bar{fill:#4a7fb5}
        .chart text{fill:currentColor;font:10.5px system-ui,sans-serif}.chart line{stroke:#8886;stroke-width:.6}
        .end{text-anchor:end}.middle{text-anchor:middle}
        """

    private let report: Report
    private let say: ReportLanguage

    static let columns = 48
    static let services = 8
    private static let width = 340

    package init(_ report: Report) { (self.report, say) = (report, report.layout.language) }

    /// Bars of a group's events in equal slices of the window.
    package func sparkline(_ series: [Int]) -> String {
        let values = Sparkline.narrowed(series.map { max(0, $0) })
        guard let peak = values.max(), peak > 0 else { return "" }
        let bars = values.enumerated().map { index, value in
            let height = value == 0 ? 1 : 2 + Int(Double(value) / Double(peak) * 14)
            return "<rect x=\"\(index * 5)\" y=\"\(16 - height)\" width=\"4\" height=\"\(height)\"/>"
        }
        let label = say(
            "events over time, at most \(NumberText.grouped(peak)) in one of \(values.count) slices",
            "시간별 이벤트, \(values.count)구간 중 최대 \(NumberText.grouped(peak))건")
        let width = values.count * 5
        return "<svg class=\"spark\" role=\"img\" aria-label=\"\(label)\" width=\"\(width)\" height=\"16\" "
            + "viewBox=\"0 0 \(width) 16\">\(bars.joined())</svg>"
    }

    // MARK: - Events over time

    private struct Column {
        var counts: [Severity: Double] = [:]
        var sum: Double { counts.values.reduce(0, +) }
    }

    /// Where the bars stand.
    private enum Plot {
        static let (left, top, width, height) = (38.0, 8.0, 300.0, 110.0)
        static var bottom: Double { top + height }
    }

    var events: String { Self.under(say("Events over time", "시간별 이벤트"), eventsDrawing) }

    /// The groups' series added up by severity, the worst at the bottom; empty where there is nothing to draw.
    package var eventsDrawing: String {
        var all = report.groups.map { ($0.severity, $0.facts.series) }
        all += (report.untold?.series ?? [:]).sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
        let count = min(Self.columns, all.map(\.1.count).max() ?? 0)
        guard count > 1 else { return "" }
        var columns = [Column](repeating: Column(), count: count)
        for (severity, series) in all {
            for (index, value) in series.enumerated() where value > 0 {
                columns[index * count / series.count].counts[severity, default: 0] += Double(value)
            }
        }
        let peak = columns.map(\.sum).max() ?? 0
        guard peak > 0 else { return "" }
        let top = Self.niceTop(peak)
        let shown = Severity.allCases.reversed().filter { severity in columns.contains { $0.counts[severity] != nil } }
        let title = say("Events over time", "시간별 이벤트")
        let parts = [axes(top)] + bars(columns, top) + [legend(shown)]
        let height = Int(Plot.bottom) + 36
        return svg("events", title: title, description: description(columns), height: height, parts)
    }

    private func bars(_ columns: [Column], _ top: Double) -> [String] {
        let step = Plot.width / Double(columns.count)
        return columns.enumerated().compactMap { index, column in
            guard column.sum > 0 else { return nil }
            var base = Plot.bottom
            let rects = Severity.allCases.reversed().compactMap { severity -> String? in
                guard let value = column.counts[severity], value > 0 else { return nil }
                // One event among a million is still to be seen.
                let height = max(0.7, value / top * Plot.height)
                base -= height
                return "<rect class=\"\(severity.rawValue)\" x=\"\(Self.fixed(Plot.left + Double(index) * step))\" "
                    + "y=\"\(Self.fixed(base))\" width=\"\(Self.fixed(step * 0.88))\" height=\"\(Self.fixed(height))\"/>"
            }
            return "<g><title>\(words(column, at: index, of: columns.count))</title>\(rects.joined())</g>"
        }
    }

    /// "20 Nov 05:00: 12 critical, 3 low".
    private func words(_ column: Column, at index: Int, of count: Int) -> String {
        let parts = Severity.allCases.reversed().compactMap { severity in
            column.counts[severity].map { value in
                let number = Self.number(value)
                return say("\(number) \(severity.rawValue)", "\(ReportWords.title(severity, in: say)) \(number)")
            }
        }
        return "\(time(Double(index) / Double(count))): \(parts.joined(separator: ", "))"
    }

    private func axes(_ top: Double) -> String {
        var parts: [String] = []
        for share in [0.0, 0.5, 1.0] {
            let y = Self.fixed(Plot.bottom - share * Plot.height)
            parts.append(
                "<line x1=\"\(Self.fixed(Plot.left))\" x2=\"\(Self.fixed(Plot.left + Plot.width))\" y1=\"\(y)\" y2=\"\(y)\"/>"
                    + "<text class=\"end\" x=\"\(Self.fixed(Plot.left - 4))\" y=\"\(y)\" dy=\"3.5\">"
                    + "\(Self.short(top * share))</text>")
        }
        for (share, anchor) in [(0.0, "start"), (0.5, "middle"), (1.0, "end")] {
            parts.append(
                "<text class=\"\(anchor)\" x=\"\(Self.fixed(Plot.left + share * Plot.width))\" "
                    + "y=\"\(Self.fixed(Plot.bottom + 13))\">\(time(share))</text>")
        }
        return parts.joined(separator: "\n")
    }

    private func legend(_ severities: [Severity]) -> String {
        severities.enumerated().map { index, severity in
            let x = Plot.left + Double(index) * 60
            let y = Plot.bottom + 22
            return
                "<rect class=\"\(severity.rawValue)\" x=\"\(Self.fixed(x))\" y=\"\(Self.fixed(y))\" width=\"9\" height=\"9\"/>"
                + "<text x=\"\(Self.fixed(x + 12))\" y=\"\(Self.fixed(y + 8.5))\">\(ReportWords.title(severity, in: say))</text>"
        }.joined()
    }

    private func description(_ columns: [Column]) -> String {
        let peak = columns.enumerated().max { ($0.element.sum, $1.offset) < ($1.element.sum, $0.offset) }
        let most = Self.number(peak?.element.sum ?? 0)
        let at = time(Double(peak?.offset ?? 0) / Double(columns.count))
        let all = Severity.allCases.reversed().compactMap { severity -> String? in
            let sum = columns.reduce(0) { $0 + ($1.counts[severity] ?? 0) }
            guard sum > 0 else { return nil }
            return "\(ReportWords.title(severity, in: say)) \(Self.number(sum))"
        }.joined(separator: ", ")
        return say(
            "Stacked bars, \(columns.count) slices of the window. Most at \(at): \(most). In all: \(all).",
            "누적 막대, \(columns.count)구간. 가장 많은 때 \(at): \(most)건. 합계: \(all).")
    }

    /// When a share of the window has passed.
    private func time(_ share: Double) -> String {
        let window = report.window
        let passed = window.start.duration(to: window.end) * share
        return report.clock.short(window.start.advanced(by: passed), near: window.end)
    }

    // MARK: - Services

    var services: String { Self.under(say("Top services", "이벤트가 많은 서비스"), servicesDrawing) }

    /// A group's events count for the service that has it most.
    package var servicesDrawing: String {
        var sums: [String: Double] = [:]
        let none = say("(none)", "(없음)")
        for group in report.groups { sums[group.service ?? none, default: 0] += Double(max(0, group.facts.count)) }
        for (service, count) in report.untold?.services ?? [:] {
            sums[service.isEmpty ? none : service, default: 0] += Double(count)
        }
        let top = sums.sorted { ($1.value, $0.key) < ($0.value, $1.key) }.prefix(Self.services)
        guard let most = top.first?.value, most > 0 else { return "" }
        let rows = top.enumerated().map { index, entry in
            let (y, width) = (index * 28, max(1, entry.value / most * 270))
            let name = HTMLText.escaped(VisibleText.verbatim(VisibleText.line(entry.key), width: 44))
            return "<text x=\"0\" y=\"\(y + 10)\">\(name)</text>"
                + "<rect class=\"bar\" x=\"0\" y=\"\(y + 14)\" width=\"\(Self.fixed(width))\" height=\"9\"/>"
                + "<text x=\"\(Self.fixed(width + 5))\" y=\"\(y + 22)\">\(Self.number(entry.value))</text>"
        }
        let title = say("Top services", "이벤트가 많은 서비스")
        let words = top.map {
            "\(HTMLText.escaped(VisibleText.verbatim(VisibleText.line($0.key), width: 44))) \(Self.number($0.value))"
        }
        return svg("services", title: title, description: words.joined(separator: ", "), height: top.count * 28, rows)
    }

    // MARK: - Parts

    private static func under(_ heading: String, _ drawing: String) -> String {
        drawing.isEmpty ? "" : "<h2>\(heading)</h2>\n\(drawing)"
    }

    private func svg(_ name: String, title: String, description: String, height: Int, _ parts: [String]) -> String {
        "<svg class=\"chart\" role=\"img\" aria-labelledby=\"\(name)-title \(name)-words\" "
            + "viewBox=\"0 0 \(Self.width) \(height)\">\n<title id=\"\(name)-title\">\(title)</title>"
            + "<desc id=\"\(name)-words\">\(description)</desc>\n\(parts.joined(separator: "\n"))\n</svg>"
    }

    /// The least of 1, 2, 4, 5, 6, 8 × 10ⁿ that is not below the value: its half is a round number too.
    private static func niceTop(_ value: Double) -> Double {
        var power = 1.0
        while power * 10 <= value, power < 1e18 { power *= 10 }
        if value <= 2 { return 2 }
        return [1, 2, 4, 5, 6, 8, 10].map { $0 * power }.first { $0 >= value } ?? value
    }

    /// `850`, `1.5k`, `20M`: labels of an axis.
    private static func short(_ value: Double) -> String {
        let units: [(Double, String)] = [(1e15, "P"), (1e12, "T"), (1e9, "G"), (1e6, "M"), (1e3, "k")]
        guard let (size, unit) = units.first(where: { value >= $0.0 }) else {
            return value.rounded() == value ? "\(Int(value))" : fixed(value)
        }
        let scaled = fixed(min(value / size, 1e6))
        return (scaled.hasSuffix(".0") ? String(scaled.dropLast(2)) : scaled) + unit
    }

    private static func number(_ value: Double) -> String { NumberText.grouped(Int(min(max(0, value), 9e18))) }

    /// One decimal, without a locale.
    private static func fixed(_ value: Double) -> String {
        let tenths = Int((value * 10).rounded())
        return "\(tenths < 0 ? "-" : "")\(abs(tenths) / 10).\(abs(tenths) % 10)"
    }
}
