/// A row of block characters that shows how a count moved: `▁▁▂▅▇█`.
///
/// Linear from zero to the largest value. Zero is `▁`; anything above zero is at least `▂`, so that a single
/// event in a quiet night can be seen.
public struct Sparkline: Sendable, Hashable, CustomStringConvertible {
    /// Wider rows are narrowed by adding up neighbours.
    public static let maximumWidth = 24

    public let description: String

    public init(_ series: [Int]) {
        let values = Self.narrowed(series.map { max(0, $0) })
        let peak = values.max() ?? 0
        description = String(values.map { Self.bar($0, peak: peak) })
    }

    /// Levels 0 to 7 of each value, for other drawings of the same row.
    static func level(_ value: Int, peak: Int) -> Int {
        guard value > 0, peak > 0 else { return 0 }
        return 1 + min(6, Int(Double(value) / Double(peak) * 6.0 + 0.5))
    }

    private static func bar(_ value: Int, peak: Int) -> Character {
        let bars: [Character] = ["▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"]
        return bars[level(value, peak: peak)]
    }

    /// At most ``maximumWidth`` slices of nearly equal length, nothing lost.
    static func narrowed(_ values: [Int]) -> [Int] {
        guard values.count > maximumWidth else { return values }
        var slices = [Int](repeating: 0, count: maximumWidth)
        for (index, value) in values.enumerated() {
            let slice = index * maximumWidth / values.count
            let (sum, overflow) = slices[slice].addingReportingOverflow(value)
            slices[slice] = overflow ? .max : sum
        }
        return slices
    }
}
