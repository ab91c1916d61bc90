import Foundation

/// So many of so many, with the interval in which the true share lies.
public struct Share: Sendable, Hashable, Encodable {
    public private(set) var right = 0
    public private(set) var all = 0

    public init(right: Int = 0, all: Int = 0) { (self.right, self.all) = (right, all) }

    mutating func add(_ isRight: Bool) {
        all += 1
        if isRight { right += 1 }
    }

    public var value: Double? { all == 0 ? nil : Double(right) / Double(all) }

    /// Of the normal distribution, for 95 %.
    private static let z = 1.959964

    /// Wilson's score interval (E. B. Wilson, 1927), 95 %; nil for none of none.
    public var interval: ClosedRange<Double>? {
        guard let p = value else { return nil }
        let (n, square) = (Double(all), Self.z * Self.z)
        let center = p + square / (2 * n)
        let half = Self.z * (p * (1 - p) / n + square / (4 * n * n)).squareRoot()
        let scale = 1 + square / n
        return max(0, (center - half) / scale)...min(1, (center + half) / scale)
    }

    private enum CodingKeys: String, CodingKey { case right, all, share, low, high }

    public func encode(to encoder: any Encoder) throws {
        var values = encoder.container(keyedBy: CodingKeys.self)
        try values.encode(right, forKey: .right)
        try values.encode(all, forKey: .all)
        func rounded(_ value: Double?) -> Double? { value.map { ($0 * 1000).rounded() / 1000 } }
        try values.encodeIfPresent(rounded(value), forKey: .share)
        try values.encodeIfPresent(rounded(interval?.lowerBound), forKey: .low)
        try values.encodeIfPresent(rounded(interval?.upperBound), forKey: .high)
    }
}
